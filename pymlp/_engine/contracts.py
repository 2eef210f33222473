"""What kernels ask of their operands: checked once, when a program is made, because C checks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Buffer", "check_buffer", "check_instruction"]

# For each operand, in the kernel's own order, its rows and columns: a letter for every size, the same letter for
# sizes that agree, "1" for one. "~" is whatever broadcasts to the last operand, "?" follows what may be left out, "|1"
# what may be a single number instead, "->" stands before the targets of an update rule. "total" and "seed" are two
# numbers of a type of their own. What is not listed works on single elements of one matrix.
CONTRACTS = {
    **dict.fromkeys(
        ("add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "less_equal",
         "greater", "greater_equal", "equal", "not_equal"),
        "~ ~ mn",
    ),
    "where": "~ ~ ~ mn",
    "broadcast": "~ mn",
    "sum_cols": "mn m1",
    "sum_all": "mn 11",
    "argmax_cols": "mn m1",
    "batch_size": "11",
    "step_number": "11",
    "accumulate": "mn w1? total",
    "searchsorted": "mn 1k mn",
    "count": "mn mn? totals",
    "softmax": "mn mn",
    "sparsemax": "mn mn",
    "softmax_grad": "mn mn mn",
    "softmax_crossentropy": "mn mn m1",
    "softmax_crossentropy_grad": "m1|1 mn mn mn",
    "gather": "mn",
    "scatter": "mn",
    "reshape": "mn pq",
    "dense": "mk kn 1n? mn",
    "dense_dx": "mn kn mk? mk",
    "dense_dkernel": "mk mn -> kn",
    "sum_rows": "mn -> rn",
    "update": "kn -> kn",
    "dropout": "mn seed mn",
    "random": "seed mn",
    "advance": "seed",
    "peak_multiply_add": "m1 11",
    "peak_copy": "mn mn",
    "peak_read": "mn m1",
}  # fmt: skip
# The same with class numbers in place of probabilities (integer[0] = 1).
SPARSE = {
    "softmax_crossentropy": "mn m1 m1",
    "softmax_crossentropy_grad": "m1|1 mn m1 mn",
}
OWN_TYPES = {"total": np.float64, "totals": np.float64, "seed": np.uint32}
ELEMENTWISE, ELEMENTWISE_GRADIENT = "mn mn", "mn|1 mn mn"

# Of each rule in csrc/kernels/update.inc.c: numbers it reads in a step's scalars, slots it cannot do without.
RULE_NUMBERS = (0, 1, 2, 2, 4, 4, 5, 5, 7, 2, 3, 5, 3)
RULE_SLOTS = (0, 0, 1, 1, 2, 3, 1, 2, 2, 1, 2, 2, 1)
# Of the options around a rule: all there are, those that bring a target of their own, the numbers they read.
OPTIONS, OPTIONS_WITH_TARGET, OPTION_NUMBERS = 63, (2, 16), 7

ACTIVATIONS = 17  # the entries of UNARY_FUNCTIONS in csrc/kernels/unary.inc.c
DISTRIBUTIONS = 3  # of enum mlp_distribution in csrc/kernels/random.inc.c
LARGEST = 2**40  # no product of two sizes within 8-byte elements overflows


class Buffer(NamedTuple):
    """A matrix of ``rows + rows_per_sample * batch`` rows; `array` is its memory if it lives elsewhere."""

    rows: int
    rows_per_sample: int
    cols: int
    ld: int
    array: np.ndarray | None

    @property
    def extent(self) -> tuple[int, int]:
        return self.rows, self.rows_per_sample


def check_buffer(number: int, buffer: Buffer) -> None:
    """Raise ValueError or TypeError if a buffer cannot be what it says."""
    sizes = buffer[:4]
    if any(not isinstance(n, (int, np.integer)) or isinstance(n, bool) for n in sizes):
        raise TypeError(f"buffer {number}: sizes are whole numbers, received {sizes}")
    if not all(0 <= n < LARGEST for n in sizes) or buffer.ld < buffer.cols:
        raise ValueError(
            f"buffer {number}: no matrix has (rows, rows a sample, columns, ld) = {sizes}"
        )
    array = buffer.array
    if array is None:
        return
    if not isinstance(array, np.ndarray) or array.dtype.name not in (
        "float32",
        "float64",
        "uint32",
    ):
        raise TypeError(
            f"buffer {number}: memory is an array of float32, float64 or, for a seed, uint32"
        )
    if (
        buffer.rows_per_sample
        or array.shape != (buffer.rows, buffer.cols)
        or (array.size and array.strides != (buffer.ld * array.itemsize, array.itemsize))
    ):
        raise ValueError(
            f"buffer {number}: memory of shape {array.shape} and strides {array.strides} is not laid out as {sizes}"
        )


def check_instruction(
    name: str,
    operands: Sequence[int],
    integers: Sequence[int],
    buffers: Sequence[Buffer],
    arrays: Sequence[tuple[int, bool]],
    dtype: str,
) -> int:
    """Check an instruction against its kernel's contract; return how many numbers of a step it reads.

    Parameters
    ----------
    name : str
    operands : sequence of int
        Numbers of buffers, -1 for one that is left out.
    integers : sequence of int
    buffers, arrays, dtype
        Of the program.

    Raises
    ------
    ValueError
        If it would read or write what is not there; the kernel is named.
    """
    for number in operands:
        if not -1 <= number < len(buffers):
            raise ValueError(f"kernel {name!r}: there is no buffer {number}")
    given = [None if number == -1 else buffers[number] for number in operands]
    integers = [*integers, 0, 0, 0, 0, 0, 0]
    default = ELEMENTWISE_GRADIENT if name.endswith("_grad") else ELEMENTWISE
    contract = CONTRACTS.get(name, default)
    if integers[0]:
        contract = SPARSE.get(name, contract)
    sources, _, target = contract.partition(" -> ")
    specs = sources.split()
    if target:
        specs += [target] * (len(given) - len(specs))
        slots = _check_rule(name, integers, sources, len(given))
    if len(given) != len(specs):
        raise ValueError(f"kernel {name!r} takes {len(specs)} operands, received {len(given)}")
    if target:
        targets = given[len(specs) - 1 - slots :]
        if len({None if b is None else b.ld for b in targets}) > 1:
            raise ValueError(f"kernel {name!r}: a weight and its slots are laid out alike")
    for position, (spec, buffer) in enumerate(zip(specs, given, strict=True)):
        if buffer is None and not spec.endswith("?"):
            raise ValueError(f"kernel {name!r}: operand {position} is missing")
    sizes: dict[str, object] = {}
    for position, (spec, buffer) in enumerate(zip(specs, given, strict=True)):
        if buffer is not None and not _agrees(spec, buffer, given[-1], sizes, dtype):
            shapes = [b and b[:3] for b in given]
            raise ValueError(
                f"kernel {name!r} takes {contract!r}, but operand {position} of {shapes} is something else"
            )
    if name in ("dense", "dense_dx") and not 0 <= integers[0] < ACTIVATIONS:
        raise ValueError(f"kernel {name!r}: there is no activation {integers[0]}")
    if name == "random" and not 0 <= integers[1] < DISTRIBUTIONS:
        raise ValueError(f"kernel {name!r}: there is no distribution {integers[1]}")
    if name in ("gather", "scatter"):
        _check_transfer(name, integers[0], given[0], arrays)
    if name == "reshape":
        x, y = given
        assert x is not None
        assert y is not None
        if [n * x.cols for n in x.extent] != [n * y.cols for n in y.extent] or 0 not in y.extent:
            raise ValueError(f"kernel {name!r}: {x[:3]} and {y[:3]} differ in their elements")
    if name == "step_number" and integers[0] < 0:
        raise ValueError(f"kernel {name!r}: there is no number {integers[0]}")
    if not target:
        return integers[0] + 1 if name == "step_number" else 0
    around = integers[4] + OPTION_NUMBERS if integers[3] else 0
    return max(integers[1] + RULE_NUMBERS[integers[0]], around)


def _agrees(
    spec: str, buffer: Buffer, last: Buffer | None, sizes: dict[str, object], dtype: str
) -> bool:
    if spec in OWN_TYPES:
        known = buffer.array is not None and buffer.array.dtype == OWN_TYPES[spec]
        return known and buffer[:2] == (1, 0) and (spec == "totals" or buffer.cols == 2)
    if buffer.array is not None and buffer.array.dtype != dtype:
        return False
    if spec == "~":
        assert last is not None
        # Rows are gone through again and again: there must be one to begin with.
        return buffer.cols in (1, last.cols) and (any(buffer.extent) or not any(last.extent))
    if spec.endswith("|1") and buffer[:3] == (1, 0, 1):
        return True
    if spec == "w1?" and not any(buffer.extent):
        return False
    # Columns are an extent, too: the rows of a dense layer's kernel are the columns of its inputs.
    return all(
        extent == ((1, 0) if letter == "1" else sizes.setdefault(letter, extent))
        for letter, extent in ((spec[0], buffer.extent), (spec[1], (buffer.cols, 0)))
    )


def _check_rule(name: str, integers: Sequence[int], sources: str, operands: int) -> int:
    """Check what an instruction says of its rule; return how many operands follow the weight."""
    rule, numbers_at, first_target, options, options_at, own = integers[:6]
    if not 0 <= rule < len(RULE_NUMBERS) or numbers_at < 0:
        raise ValueError(f"kernel {name!r}: there is no rule {rule} with numbers at {numbers_at}")
    if not 0 <= options <= OPTIONS or options_at < 0:
        raise ValueError(
            f"kernel {name!r}: there are no options {options} with numbers at {options_at}"
        )
    after = operands - first_target - 1
    slots = after - sum(bool(options & option) for option in OPTIONS_WITH_TARGET)
    if (
        first_target != len(sources.split())
        or not RULE_SLOTS[rule] <= slots <= 3
        or (options and own != slots + 1)
    ):
        raise ValueError(f"kernel {name!r}: rule {rule} takes other operands than {operands}")
    return after


def _check_transfer(
    name: str, which: int, buffer: Buffer | None, arrays: Sequence[tuple[int, bool]]
) -> None:
    assert buffer is not None
    if not 0 <= which < len(arrays) or arrays[which][1] != (name == "scatter"):
        raise ValueError(f"kernel {name!r}: there is no such array {which}")
    if buffer.rows or buffer.rows_per_sample * buffer.cols != arrays[which][0]:
        raise ValueError(
            f"kernel {name!r}: {buffer[:3]} does not hold {arrays[which][0]} elements a sample"
        )
