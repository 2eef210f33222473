"""The native rules and what may stand around them: the Python side of csrc/kernels/{rules,update}.inc.c."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

__all__ = ["Number", "Option", "Rule", "numbers"]


class Rule:
    """Numbers of ``enum mlp_rule``."""

    (
        STORE, SGD, MOMENTUM, NESTEROV, ADAM, AMSGRAD, RMSPROP, ADAMAX, NADAM, ADAGRAD, ADADELTA, FTRL, LION,
    ) = range(13)  # fmt: skip


class Option:
    """Numbers of ``enum mlp_option``, which may be added."""

    SCALE, ACCUMULATE, CLIP, DECAY, AVERAGE, WHEN_DUE = (1 << bit for bit in range(6))


class Number(IntEnum):
    """Places among the options' numbers."""

    SCALE = 0
    COUNT = 1
    DUE = 2
    LIMIT = 3
    DECAY = 4
    AVERAGE = 5
    OVERWRITE = 6


def numbers(*columns: Any) -> np.ndarray:
    """Return step numbers from columns, each an array of one number a step or one number for all."""
    return np.ascontiguousarray(np.stack(np.broadcast_arrays(*columns), axis=-1), dtype=np.float64)
