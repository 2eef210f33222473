"""The number of samples in a batch: what shapes have None for, known when a program runs and not before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.ops.operation import Kernel, Operation
from pymlp.tracing import current_trace

__all__ = [
    "BATCH_SIZE",
    "SampleCount",
    "batch_size",
    "counted",
    "counts_samples",
    "for_samples",
    "known_number",
    "lengths",
    "refuse_samples",
    "whole_number",
]

BATCH_SIZE = Operation(
    "batch_size",
    lambda x: (),
    lambda y: Kernel("batch_size", (y,), share="first"),
    lambda y, dy: (None,),
)


class SampleCount(Tensor):
    """A symbolic tensor that is the number of samples, and the length of their axis wherever a shape is asked for."""

    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        # All that is traced together is of one batch, and x.shape has None for its samples.
        return True if counts_samples(other) else super().__eq__(other)

    def __ne__(self, other: object) -> Any:
        return False if counts_samples(other) else super().__ne__(other)

    __hash__ = Tensor.__hash__

    def __index__(self) -> int:
        raise TypeError(
            f"A whole number was expected, received the number of samples. {_UNKNOWN} {_WAYS_OUT}"
        )


def counts_samples(entry: object) -> bool:
    """Whether an entry of a shape, or another number, is that of the samples."""
    return entry is None or isinstance(entry, SampleCount)


_UNKNOWN = "It is not known while a model is traced, for it differs from batch to batch."
_WAYS_OUT = (
    "It can be computed with, as in x / pymlp.ops.shape(x)[0], and be the first entry of a shape, as in "
    "pymlp.ops.zeros((pymlp.ops.shape(x)[0], 3)). Else give the model what you need as another input, or use "
    "pymlp.ops.python_function(forward, gradient, output_shape)(x), whose functions are given arrays of whole batches."
)


def batch_size(x: Tensor) -> SampleCount:
    """Return the number of samples in the batch that a symbolic tensor is of."""
    leaf = x
    while leaf.inputs:
        leaf = next((i for i in leaf.inputs if None in i.shape), leaf.inputs[0])
    return SampleCount((), x.dtype, BATCH_SIZE, (leaf,))


def counted(x: Any, beside: Sequence[Any] = (), name: str = "") -> Any:
    """Return x; for None, which shapes have for the number of samples, a tensor of that number.

    Parameters
    ----------
    x : object
    beside : sequence of object
        Tensors among them tell what samples are meant, unless `pymlp.ops.shape` was asked last.
    name : str
        Of the operation, for the message.

    Raises
    ------
    ValueError
        For None where nothing is traced that has samples.
    """
    if x is not None:
        return x
    trace = current_trace()
    for tensor in () if trace is None else (trace.samples, *beside):
        if isinstance(tensor, Tensor) and None in tensor.shape:
            return batch_size(tensor)
    raise ValueError(
        f"{name and name + ': '}None was given for a number or an array. If it is of a shape, where it stands for "
        "the samples of a symbolic tensor, compute with it in a layer's call, a loss or a metric, where samples "
        "can be counted."
    )


def lengths(name: str, shape: Any, argument: str = "shape") -> Shape:
    """Return a shape, None in the first place for the number of samples; or raise ValueError.

    Parameters
    ----------
    name, argument : str
        Of the function that was given the shape, and of its argument.
    shape : int, None, SampleCount, or sequence of such
    """
    entries = shape if isinstance(shape, Sequence) or hasattr(shape, "tolist") else (shape,)
    found: list[int | None] = []
    for place, n in enumerate(entries):
        samples = counts_samples(n)
        if samples and place:
            raise ValueError(
                f"{name}: the number of samples stands in the first place of a shape only, received "
                f"{argument}={_said(entries)}. {_WAYS_OUT}"
            )
        found.append(None if samples else whole_number(name, argument, n))
    return tuple(found)


def for_samples(name: str, value: Any, dtype: Any = None) -> Tensor:
    """Return numbers, or an array, as a tensor that can be repeated for every sample of what is traced.

    Its type is `dtype` if that is "float64", else that of the tensor whose shape was asked for, else `floatx`.

    Raises
    ------
    ValueError
        Where nothing is traced.
    """
    trace = current_trace()
    if trace is None:
        raise ValueError(
            f"{name}: the shape has None for the number of samples (the batch size), which is known where a model is "
            "traced only: do it in a layer's call, a loss or a metric, such as layers.Lambda(function)(x), or make "
            "it of a tensor of the model, as pymlp.ops.zeros_like(x)."
        )
    kind = floatx() if trace.samples is None else trace.samples.dtype
    return constant_tensor(value, "float64" if str(dtype) == "float64" else kind)


def whole_number(name: str, argument: str, value: Any) -> int:
    """Return a whole number that must be known, or raise ValueError."""
    number = known_number(name, argument, value)
    if not hasattr(number, "__index__") and int(number) != number:
        raise ValueError(f"{name}: {argument} should be a whole number, received {value!r}.")
    return int(number)


def known_number(name: str, argument: str, value: Any) -> Any:
    """Return a number that must be known, or raise ValueError: it is no symbolic tensor, nor the None of a shape."""
    if counts_samples(value):
        refuse_samples(name, argument)
    if isinstance(value, Tensor):
        raise ValueError(
            f"{name}: {argument} should be known while a model is traced, received {value}. {_WAYS_OUT}"
        )
    return value


def refuse_samples(name: str, argument: str) -> NoReturn:
    """Raise ValueError: an argument is the number of samples, and the result would have a length that depends on it."""
    raise ValueError(
        f"{name}: {argument} is the number of samples (the batch size). {_UNKNOWN} {_WAYS_OUT}"
    )


def _said(entries: Any) -> str:
    said = ["the number of samples" if isinstance(n, SampleCount) else repr(n) for n in entries]
    return f"({', '.join(said)})"
