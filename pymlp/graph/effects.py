"""What a program does besides computing results: what it adds up, and how variables change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.variables import Variable

__all__ = ["Accumulation", "Count", "Update"]


@dataclass(frozen=True)
class Update:
    """A variable, its gradient, and the rule by which an optimizer changes it.

    `rule` is a number of ``enum mlp_rule`` in csrc/kernels/rules.inc.c, `numbers_at` where the rule's numbers
    begin in a step's scalars, `slots` variables of the same shape; `options` a sum of ``enum mlp_option``, `options_at`
    where their numbers begin, `option_slots` the variables they bring. One that comes `afterwards` is made of variables
    as the others left them.
    """

    variable: Variable
    gradient: Tensor
    rule: int
    numbers_at: int = 0
    slots: tuple[Variable, ...] = ()
    options: int = 0
    options_at: int = 0
    option_slots: tuple[Variable, ...] = ()
    afterwards: bool = False


@dataclass(frozen=True)
class Accumulation:
    """``total += (sum of weights * values, sum of weights)``, over the batches of a span.

    `total` is a float64 array of shape (1, 2).
    """

    kernel: ClassVar[str] = "accumulate"

    values: Tensor
    weights: Tensor | None
    total: np.ndarray


@dataclass(frozen=True)
class Count(Accumulation):
    """``total[value] += weight`` for every element of `values`, over the batches of a span: a histogram.

    `total` is a float64 array of shape (1, k), and values are places in it; what is no place of the k is left out.
    `weights` has the shape of `values`; None stands for 1.
    """

    kernel: ClassVar[str] = "count"
