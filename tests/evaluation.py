"""Evaluating operations in every way there is, and checking gradients by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import lower
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.variables import Variable


class Graph:
    """Outputs lowered to a program that can be run again and again.

    Outputs of samples are stored batch by batch; what the others hold at the end is looked at.
    """

    def __init__(self, outputs: Sequence[Tensor], inputs: Sequence[Tensor] = ()) -> None:
        self.outputs = outputs
        self.stored = [y for y in outputs if y.shape[:1] == (None,)]
        self.kept = [y for y in outputs if y.shape[:1] != (None,)]
        self.dtype = outputs[0].dtype
        self.lowered = lower(self.dtype, inputs, results=self.kept, stores=self.stored)

    def run(
        self,
        *arrays: np.ndarray,
        threads: int = 1,
        batch_size: int | None = None,
        order: np.ndarray | None = None,
    ) -> list[np.ndarray]:
        rows = len(order) if order is not None else len(arrays[0]) if arrays else 1
        results = [np.full((rows, *y.shape[1:]), -77.0, self.dtype) for y in self.stored]
        self.lowered.program.bind([*arrays, *results])
        batch_size = batch_size or max(rows, 1)
        self.lowered.program.run(order, 0, rows, batch_size, None, threads)
        last = rows % batch_size or min(rows, batch_size)
        results += [self.lowered.result(i, last) for i in range(len(self.kept))]
        place = {id(y): result for y, result in zip(self.stored + self.kept, results, strict=True)}
        return [place[id(y)] for y in self.outputs]


def run(
    outputs: Sequence[Tensor], feeds: Sequence[tuple[Tensor, np.ndarray]] = (), **how: Any
) -> list[np.ndarray]:
    """Run a graph once over all rows of what is fed; see `Graph.run`."""
    return Graph(outputs, [x for x, _ in feeds]).run(*(array for _, array in feeds), **how)


def feed(array: np.ndarray, dtype: str | None = None) -> tuple[Tensor, np.ndarray]:
    """An input tensor of samples for an array, with the array."""
    return input_tensor((None, *array.shape[1:]), dtype or str(array.dtype), "x"), array


def evaluations(
    function: Callable[..., Any], *arrays: np.ndarray, fed: Sequence[int] = (), eager: bool = True
) -> Iterator[np.ndarray]:
    """Yield the result of a function on arrays: at once, on variables, and batch by batch.

    Parameters
    ----------
    fed : sequence of int
        Which arrays have samples along their first axis. The others are variables.
    eager : bool
        Whether to run it on arrays, too.
    """
    if eager:
        yield function(*arrays)
    dtype = str(arrays[0].dtype)
    feeds = {i: feed(arrays[i]) for i in fed}
    leaves = [
        feeds[i][0] if i in feeds else Variable(a, dtype=dtype).tensor for i, a in enumerate(arrays)
    ]
    graph = Graph([function(*leaves)], [x for x, _ in feeds.values()])
    samples = len(arrays[fed[0]]) if fed else 1
    for threads, batch_size in ((1, samples), (2, samples), (2, 7)) if fed else ((1, 1), (2, 1)):
        yield graph.run(
            *(a for _, a in feeds.values()), threads=threads, batch_size=batch_size or 1
        )[0]


# Fourth-order central differences: the truncation error is about STEP**4 times a fifth derivative,
# rounding adds eps / STEP.
STEP = 2.0**-9
STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
PRECISION = 20 * (STEP**4 + np.finfo(np.float64).eps / STEP)


def check_gradients(
    function: Callable[..., Any], *arrays: Any, fed: Sequence[int] = (), fixed: Sequence[int] = ()
) -> list[np.ndarray]:
    """Compare a function's gradients with central differences, in float64; return them.

    `function` takes one tensor for every array: an input with samples where its number is in `fed`,
    else a variable. What it returns is multiplied by fixed numbers and added up, and that is
    differentiated, but not with respect to arrays in `fixed`. The others must stay 2 * STEP away
    from kinks.
    """
    values = [np.array(a, np.float64) for a in arrays]
    variables = {i: Variable(a, dtype="float64") for i, a in enumerate(values) if i not in fed}
    leaves = [
        variables[i].tensor
        if i in variables
        else input_tensor((None, *a.shape[1:]), "float64", f"x{i}")
        for i, a in enumerate(values)
    ]
    y = function(*leaves)
    batch = len(values[fed[0]]) if fed else 1
    # Unequal weights, so that gradients that merely add up right do not pass.
    shape = tuple(batch if n is None else n for n in y.shape)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, shape)
    inputs = [leaves[i] for i in fed]
    if None in y.shape:
        inputs.append(input_tensor(y.shape, "float64", "weights"))
        loss = ops.sum(ops.multiply(y, inputs[-1]))
    else:
        loss = ops.sum(ops.multiply(y, weights))
    found = gradients(loss, leaves)
    lowered = lower("float64", inputs, results=[loss, y, *(g for g in found if g is not None)])
    program = lowered.program
    program.bind([*(values[i] for i in fed), *([weights] if None in y.shape else [])])

    def value() -> float:
        program.run(None, 0, batch, max(batch, 1), None, 1)
        return float(lowered.result(0, batch))

    value()
    # The loss's own size, without cancellation, bounds its rounding.
    size = max(1.0, float(np.abs(lowered.result(1, batch) * weights).sum()))
    computed = iter([lowered.result(i, batch) for i in range(2, len(lowered.results))])
    analytic = [
        np.zeros_like(a) if g is None else next(computed)
        for a, g in zip(values, found, strict=True)
    ]
    for i, array in enumerate(values):
        if i in fixed:
            continue
        assert analytic[i].shape == array.shape, (
            f"gradient {i}: {analytic[i].shape}, not {array.shape}"
        )
        memory = variables[i].value if i in variables else array
        for index in np.ndindex(array.shape):
            kept = memory[index]
            slope = 0.0
            for steps, factor in STENCIL:
                memory[index] = kept + steps * STEP
                slope += factor * value() / STEP
            memory[index] = kept
            limit = PRECISION * max(size, abs(slope))
            assert abs(slope - analytic[i][index]) <= limit, (
                f"gradient {i} at {index}: {analytic[i][index]!r}, by differences {slope!r}"
            )
    return analytic


def padded(storage: np.ndarray) -> np.ndarray:
    """The whole rows of a matrix, padding included."""
    columns = storage.strides[0] // storage.itemsize
    return np.lib.stride_tricks.as_strided(storage, (storage.shape[0], columns))
