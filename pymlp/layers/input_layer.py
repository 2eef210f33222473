"""`InputLayer` and `Input`: where data enters a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.layers.layer import Layer, sample_shape
from pymlp.layers.node import Node
from pymlp.naming import auto_name

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """The entry of a model.

    Parameters
    ----------
    shape : sequence of int, optional
        Of one sample. ``input_shape=`` is accepted for it too.
    batch_size : int, optional
        Kept for the configuration only: pymlp takes batches of any size.
    dtype : {"float32", "float64"}, optional
        The type the data is converted to.
    batch_shape : sequence, optional
        The shape with the batch before it, instead of `shape`.
    name : str, optional

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
        if sparse or ragged or optional or input_tensor is not None:
            raise ValueError(
                "InputLayer: sparse, ragged, optional and input_tensor are not supported."
            )
        if shape is None:
            shape = kwargs.pop("input_shape", None)
        if batch_shape is not None:
            if shape is not None:
                raise ValueError("InputLayer: give shape or batch_shape, not both.")
            batch_size, *shape = batch_shape
        if shape is None:
            raise ValueError(
                "InputLayer: shape is missing: the shape of one sample, such as (28, 28)."
            )
        super().__init__(dtype=dtype, name=name, **kwargs)
        self.batch_shape: Shape = (
            batch_size,
            *sample_shape(shape, f"InputLayer {self.name!r}", "shape"),
        )
        self.built = True
        self._build_shapes = {"inputs": self.batch_shape}
        self._note_tensor(name)

    def _note_tensor(self, name: str | None) -> None:
        # As in Keras, a tensor is called as its layer only if that was given a name.
        self._tensor_name = name or auto_name("keras_tensor")
        Node(self, (), {}, input_tensor(self.batch_shape, self.dtype, self._tensor_name))

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }

    def get_build_config(self) -> None:
        return None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._note_tensor(self._tensor_name)


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
