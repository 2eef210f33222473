"""`Lambda`: a Python function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pymlp.layers.layer import Layer
from pymlp.nesting import is_shape, map_structure

__all__ = ["Lambda"]


class Lambda(Layer):
    """Apply a Python function, written with operators, `pymlp.ops` or NumPy functions.

    Parameters
    ----------
    function : callable
        It is traced: called once on symbolic tensors, differentiated and run natively. One that takes `training` is
        told whether the model is in training.
    output_shape : tuple, or callable, optional
        Shape of the outputs of one sample, or a function from the shape of the inputs to that of the outputs. It is
        found by tracing in any case, and must be that.
    mask
        Not supported: an error if it is given.
    arguments : dict, optional
        Further arguments of the function.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If `function` cannot be called, or the outputs are of another shape than was said.

    Notes
    -----
    Code is never loaded from a file: a model with such a layer is saved if the function has a name, and loaded with
    ``custom_objects={name: function}``.

    Examples
    --------
    >>> import numpy as np
    >>> Lambda(lambda x: np.square(x) + 1)(np.array([[2.0]]))
    array([[5.]], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise ValueError(
                f"Lambda {self.name!r}: function should be callable, received {function!r}. Code in files is not run: "
                "give custom_objects when loading."
            )
        if mask is not None:
            raise NotImplementedError(f"Lambda {self.name!r}: mask is not supported; leave it out.")
        self.function = function
        self.arguments = dict(arguments or {})
        # Files hold a tuple as a list.
        self.declared_output_shape = (
            tuple(output_shape)
            if isinstance(output_shape, list) and is_shape(output_shape)
            else output_shape
        )
        self._is_told = "training" in _parameters(function)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        said = {"training": training} if self._is_told else {}
        outputs = self.function(inputs, **self.arguments, **said)
        if self.declared_output_shape is not None:
            self._check_outputs(inputs, outputs)
        return outputs

    def _check_outputs(self, inputs: Any, outputs: Any) -> None:
        declared = self.declared_output_shape
        if callable(declared):
            expected = declared(map_structure(lambda x: tuple(x.shape), inputs))
            found = map_structure(lambda y: tuple(y.shape), outputs)
        else:
            expected, found = declared, map_structure(lambda y: tuple(y.shape[1:]), outputs)
        if isinstance(expected, int):
            expected = (expected,)
        if not is_shape(expected) or not is_shape(found):
            return  # nests of outputs are as the function makes them
        agree = len(expected) == len(found) and all(
            a is None or b is None or a == b for a, b in zip(expected, found, strict=True)
        )
        if not agree:
            raise ValueError(
                f"Lambda {self.name!r}: output_shape says {tuple(expected)}, but the function gives {found}."
            )

    def get_config(self) -> dict[str, Any]:
        declared = self.declared_output_shape
        said = {} if declared is None else {"output_shape": declared}
        config = {**super().get_config(), "function": self.function, "arguments": self.arguments}
        return {**config, **said}


def _parameters(function: Callable[..., Any]) -> Sequence[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # of one written in C
        return []
