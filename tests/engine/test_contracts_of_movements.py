"""Programs that would leave a matrix are refused before they are made."""

import numpy as np
import pytest

from pymlp._engine.core import Program

# (rows, rows a sample, columns, ld, memory)
FIXED, OTHER, BY_SAMPLE, NARROW = (
    (4, 0, 3, 16, None),
    (2, 0, 3, 16, None),
    (0, 2, 3, 16, None),
    (4, 0, 1, 16, None),
)
BUFFERS = [FIXED, OTHER, BY_SAMPLE, NARROW]


def strided(x, y, *integers):
    return "strided", (x, y), integers, (), True


REFUSED = {
    "too far": strided(0, 1, 0, 1, 0, 0, 5, 16, 1),
    "too far in the result": strided(0, 1, 0, 1, 0, 0, 3, 1, 16),
    "before the start": strided(0, 1, 0, 1, 0, 0, 2, -1, 1),
    "an offset": strided(0, 1, 0, 0, 64, 0),
    "too many axes": strided(0, 1, 0, 9, 0, 0),
    "a batch that is not there": strided(0, 1, 0, 1, 0, 0, -1, 16, 16),
    "a batch inside": strided(2, 2, 0, 2, 0, 0, -1, 32, 32, -1, 16, 16),
    "samples that overlap": strided(2, 2, 0, 1, 0, 0, -1, 16, 32),
    "columns that do not add up": ("concatenate", (0, 0, 0), (0,), (), True),
    "rows that do not add up": ("concatenate", (1, 1, 1), (1,), (), True),
    "blocks": ("concatenate", (1, 1, 0), (3,), (), True),
    "a table with samples": ("take_rows", (2, 3, 0), (), (), True),
    "indices of other rows": ("take_cols", (0, 1, 0), (), (), True),
    "a way of combining": ("combine_cols", (0, 3), (3,), (), True),
    "a distribution": ("random", (4, 0), (0, 3), (), True),
    "no seed": ("random", (1, 0), (0, 0), (), True),
    "a seed of floats": ("advance", (1,), (1,), (), True),
}


def made(instruction):
    seed = np.zeros((1, 16), np.uint32)[:, :2]
    return Program("float32", [*BUFFERS, (1, 0, 2, 16, seed)], [instruction], [])


@pytest.mark.parametrize("instruction", REFUSED.values(), ids=REFUSED)
def test_refused(instruction):
    with pytest.raises(ValueError, match="kernel"):
        made(instruction)


@pytest.mark.parametrize(
    "instruction",
    [strided(0, 1, 0, 2, 0, 0, 2, 32, 16, 3, 1, 1), strided(0, 1, 0, 1, 2, 0, 3, -1, 1),
     strided(0, 2, 1, 2, 0, 0, -1, 0, 32, 2, 16, 16), ("concatenate", (1, 1, 0), (2,), (), True),
     ("random", (4, 0), (0, 2), (), True), ("advance", (4,), (1,), (), True)],
)  # fmt: skip
def test_accepted(instruction):
    made(instruction)
