"""`InputLayer` and `Input`: where data enters a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.checks import is_whole
from pymlp.graph.node import Node
from pymlp.graph.tensor import Shape, Tensor
from pymlp.graph.tensor import input_tensor as new_tensor
from pymlp.layers.layer import Layer
from pymlp.layers.shapes import sample_shape
from pymlp.naming import auto_name

__all__ = ["Input", "InputLayer"]

_WHOLE = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class InputLayer(Layer):
    """The entry of a model.

    Parameters
    ----------
    shape : sequence of int, optional
        Of one sample. ``input_shape=`` is accepted for it too.
    batch_size : int, optional
        Kept for the configuration only: pymlp takes batches of any size.
    dtype : str, optional
        The type the data is converted to: "float32" or "float64". A type of whole numbers, or "bool", is kept for the
        configuration, and data is converted to `pymlp.config.floatx`: float32 holds whole numbers up to 2 ** 24.
    sparse : bool, optional
        Kept for the configuration only: sparse data is known by itself.
    batch_shape : sequence, optional
        The shape with the batch before it, instead of `shape`; ``batch_input_shape=`` is the same.
    input_tensor : Tensor, optional
        A tensor of a functional model that is to be this entry: what came before it is then no longer looked at.
    name : str, optional
    ragged, optional
        Not supported: an error if they are asked for.

    Raises
    ------
    ValueError
        If no shape is given, two that do not agree, or something that is not supported.

    Examples
    --------
    >>> InputLayer((28, 28)).batch_shape
    (None, 28, 28)
    """

    def __init__(
        self,
        shape: Sequence[int | None] | int | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: Tensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if ragged or optional:
            raise ValueError("InputLayer: ragged and optional inputs are not supported.")
        if shape is None:
            shape = kwargs.pop("input_shape", None)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if input_tensor is not None:
            _check_tensor(input_tensor, shape, batch_size, batch_shape, dtype)
            shape, batch_size, batch_shape = None, None, input_tensor.shape
            dtype = input_tensor.dtype
        if batch_shape is not None:
            if shape is not None:
                raise ValueError("InputLayer: give shape or batch_shape, not both.")
            if batch_size is not None:
                raise ValueError("InputLayer: give batch_size or batch_shape, not both.")
            if not isinstance(batch_shape, (list, tuple)) or not batch_shape:
                raise ValueError(
                    "InputLayer: batch_shape should be the batch's size or None, and then the shape of a sample, "
                    f"received {batch_shape!r}."
                )
            batch_size, *shape = batch_shape
        if batch_size is not None and not is_whole(batch_size, 0):
            raise ValueError(
                f"InputLayer: batch_size should be None or a whole number of at least 0, received {batch_size!r}."
            )
        if shape is None:
            raise ValueError(
                "InputLayer: shape is missing: the shape of one sample, such as (28, 28)."
            )
        whole = dtype is not None and str(dtype) in _WHOLE
        super().__init__(dtype=None if whole else dtype, name=name, **kwargs)
        self.sparse = bool(sparse)
        self._said_dtype = str(dtype) if whole else self.dtype
        self.batch_shape: Shape = (
            batch_size,
            *sample_shape(shape, f"InputLayer {self.name!r}", "shape"),
        )
        self.built = True
        self._build_shapes = {"inputs": self.batch_shape}
        self._note_tensor(name, input_tensor)

    def _note_tensor(self, name: str | None, tensor: Tensor | None = None) -> None:
        # As in Keras, a tensor is called as its layer only if that was given a name.
        self._tensor_name = name or auto_name("keras_tensor")
        new = new_tensor(self.batch_shape, self.dtype, self._tensor_name)
        Node(self, (), {}, new if tensor is None else tensor)

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._said_dtype,
            "sparse": self.sparse,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }

    def get_build_config(self) -> None:
        return None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._note_tensor(self._tensor_name)


def _check_tensor(tensor: Any, shape: Any, batch_size: Any, batch_shape: Any, dtype: Any) -> None:
    """Raise ValueError if a tensor cannot be the entry of a model, or is not as was said besides."""
    if not isinstance(tensor, Tensor):
        raise ValueError(
            f"InputLayer: input_tensor should be a tensor of a functional model, received {tensor!r}."
        )
    said = {
        "shape": (shape, tensor.shape[1:]),
        "batch_size": (batch_size, tensor.shape[0] if tensor.shape else None),
        "batch_shape": (batch_shape, tensor.shape),
        "dtype": (dtype, tensor.dtype),
    }
    for argument, (given, own) in said.items():
        if given is None:
            continue
        value = (given,) if argument == "shape" and isinstance(given, int) else given
        if (tuple(value) if isinstance(own, tuple) else value) != own:
            raise ValueError(
                f"InputLayer: {argument}={given!r} does not go with input_tensor, whose own is {own!r}."
            )


def Input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: Tensor | None = None,
    optional: bool = False,
) -> Tensor:
    """Return a symbolic tensor for data of that shape; the arguments are those of `InputLayer`.

    Examples
    --------
    >>> Input((28, 28)).shape
    (None, 28, 28)
    """
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    output: Tensor = layer.output
    return output
