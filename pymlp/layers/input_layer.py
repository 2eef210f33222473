"""`InputLayer` and `Input`: where data enters a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.layers.layer import Layer, sample_shape

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
        self._build_shape = self.batch_shape

    def call(self, inputs: Any) -> Any:
        return inputs

    def tensor(self, dtype: str | None = None) -> Tensor:
        """Return a new symbolic tensor for the data, of the type they are converted to: by default the layer's."""
        tensor = input_tensor((None, *self.batch_shape[1:]), dtype or self.dtype, self.name)
        tensor.attributes["layer"] = self
        return tensor

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
    return layer.tensor()
