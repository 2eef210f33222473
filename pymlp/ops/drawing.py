"""Random numbers as operations: drawn by csrc/kernels/random.inc.c, from a state that the program advances.

The bits depend on the seed, on the number of the draw and on the place of an element: not on threads, nor on how many
batches run in one native call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.elementwise import UNARY, divide, less, where
from pymlp.ops.operation import Kernel, Operation, apply, apply_to_tensors, eager_dtype
from pymlp.ops.samples import SampleCount, lengths
from pymlp.random import SeedGenerator
from pymlp.tracing import current_trace
from pymlp.variables import traced

# The order of enum mlp_distribution in csrc/kernels/random.inc.c.
_NUMBERS = {"uniform": 0, "normal": 1, "truncated_normal": 2}


def _random_kernel(y: Tensor) -> Kernel:
    a = y.attributes
    return Kernel("random", (*y.inputs, y), (a["before"], a["distribution"]), a["parameters"])


def _dropout_kernel(y: Tensor) -> Kernel:
    x, mask, *positive = y.inputs
    operands = (x, mask, positive[0] if positive else None, y)
    return Kernel("dropout", operands, (y.attributes["relu"],))


def _dropout_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    """Drop of dy what was dropped of x; where x went through a relu, what is not above 0 in y too."""
    positive = (y,) if y.attributes["relu"] else y.inputs[2:]
    dx = apply(_DROPOUT, dy, y.inputs[1], *positive, relu=0)
    return (dx, *[None] * (len(y.inputs) - 1))


_RANDOM = Operation(
    "random", lambda state, *, shape, **_: shape, _random_kernel, lambda y, dy: (None,), seed_at=0
)
_DROPOUT_MASK = Operation(
    "dropout_mask",
    lambda state, *, shape, **_: shape,
    lambda y: Kernel(
        "dropout_mask", (*y.inputs, y), (y.attributes["before"],), (y.attributes["rate"],)
    ),
    lambda y, dy: (None,),
    seed_at=0,
)
_DROPOUT = Operation(
    "dropout",
    lambda x, *_, **__: x.shape,
    _dropout_kernel,
    _dropout_gradient,
)


def _applied(
    operation: Operation,
    kind: str,
    seeds: SeedGenerator,
    symbolic: bool = False,
    nth: int = 0,
    **attributes: Any,
) -> Any:
    """Apply an operation to a random state: at once, or as part of what is traced or `symbolic`.

    `nth` counts the draws of a stream that stays at its start, so that they differ.
    """
    trace = current_trace()
    if trace is None and not symbolic:
        state = np.array(seeds.next(), np.uint32)
        return apply(operation, state, before=0, dtype=kind, **attributes)
    before = trace.draw(seeds.state) if trace is not None and seeds.advances else nth
    return apply_to_tensors(
        operation, (seeds.state.tensor,), kind, {"before": before, **attributes}
    )


def draw(
    distribution: str,
    shape: Shape,
    a: float,
    b: float,
    dtype: str,
    seeds: SeedGenerator,
    nth: int = 0,
) -> Any:
    """Return random numbers.

    Parameters
    ----------
    distribution : {"uniform", "normal", "truncated_normal"}
    shape : tuple
        None in the first place stands for the samples of a batch.
    a, b : float
        Lower and upper bound, or mean and standard deviation.
    dtype : {"float32", "float64"}
    seeds : SeedGenerator
    nth : int
        Which of several draws this is, where the stream stays at its start.
    """
    shape = lengths(distribution, shape)
    return _applied(
        _RANDOM,
        dtype,
        seeds,
        nth=nth,
        distribution=_NUMBERS[distribution],
        parameters=(float(a), float(b)),
        shape=shape,
    )


def draw_like(
    x: Any,
    distribution: str,
    a: float,
    b: float,
    seeds: SeedGenerator,
    noise_shape: Sequence[int | None] | None = None,
) -> Any:
    """Return random numbers of the type and the shape of x, or of `noise_shape` with None where its lengths stand."""
    shape = x.shape
    if noise_shape is not None:
        if len(noise_shape) != len(shape):
            raise ValueError(
                f"noise_shape should have an entry for each axis of inputs of shape {shape}, received {noise_shape}."
            )
        shape = tuple(n if own is None else own for n, own in zip(shape, noise_shape, strict=True))
    return draw(distribution, tuple(shape), a, b, _type_of(x), seeds)


def dropout(
    x: Any, rate: float, noise_shape: Sequence[int | None] | None, seeds: SeedGenerator
) -> Any:
    """Return x with elements set to 0 at random and the others divided by ``1 - rate``."""
    x = traced(x) if hasattr(x, "shape") else np.asarray(x)
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: rate should be within 0 ... 1, received {rate!r}.")
    if noise_shape is not None:
        noise_shape = [None if isinstance(n, SampleCount) else n for n in noise_shape]
    if noise_shape is None or tuple(noise_shape) == tuple(x.shape):
        kind, symbolic = _type_of(x), isinstance(x, Tensor)
        mask = _applied(
            _DROPOUT_MASK, kind, seeds, symbolic, rate=float(rate), shape=tuple(x.shape)
        )
        # The commonest activation before dropout, and one whose derivative follows from what dropout leaves.
        relu = isinstance(x, Tensor) and x.operation is UNARY["relu"]
        return apply(_DROPOUT, x.inputs[0] if relu else x, mask, relu=int(relu))
    drawn = draw_like(x, "uniform", 0.0, 1.0, seeds, noise_shape)
    return where(less(drawn, rate), 0.0, divide(x, 1.0 - rate) if rate < 1 else x)


def _type_of(x: Any) -> str:
    return str(x.dtype) if isinstance(x, Tensor) else eager_dtype((x,))
