"""`value_and_grad`: a function of tensors and its gradient, as arrays; for training loops of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pymlp.data import as_array
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.nesting import flatten, map_structure, pack_as
from pymlp.tracing import Trace, is_eager, tracing
from pymlp.variables import Variable

__all__ = ["value_and_grad"]

_Variables = Sequence[Variable] | Callable[[], Sequence[Variable]]


def value_and_grad(
    function: Callable[..., Any], variables: _Variables, has_aux: bool = False
) -> Callable[..., tuple[Any, list[np.ndarray]]]:
    """Return a function that gives the value of another and its gradient with respect to variables.

    Parameters
    ----------
    function : callable
        Of arrays (or nests of arrays and None) of samples. Returns one number: a loss, computed by models and layers,
        losses and `pymlp.ops`. It is traced once for each form of its arguments and then run natively; what it reads
        besides variables and arguments is what it was then. Metrics that it updates are updated by every call. In a
        step of a model that is compiled with ``run_eagerly=True`` it is traced by every call.
    variables : sequence of Variable, or callable that returns one
        Such as ``model.trainable_variables``; as a callable if the model is built by the first call only.
    has_aux : bool
        Whether `function` returns a pair, of the number and a nest of other tensors to be had as arrays.

    Returns
    -------
    callable
        Takes the arguments of `function`; returns ``(value, gradients)``, one array for each variable, zero where the
        value does not depend on it; with `has_aux` ``((value, others), gradients)``. Layers behave as in prediction
        unless called with ``training=True``.

    Raises
    ------
    ValueError
        When called: if `function` does not return one number, or there are no variables.

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> loss = keras.losses.MeanSquaredError()
    >>> step = keras.models.value_and_grad(
    ...     lambda x, y: loss(y, model(x, training=True)), model.trainable_variables)
    >>> value, (dkernel, dbias) = step(np.array([[1.0, 2.0]]), np.array([[1.0]]))
    >>> value, dkernel.ravel().tolist(), dbias.tolist()
    (4.0, [4.0, 8.0], [4.0])

    A step of training, written by hand, with a metric:

    >>> optimizer, error = keras.optimizers.SGD(0.1), keras.metrics.MeanAbsoluteError()
    >>> def forward(x, y):
    ...     y_pred = model(x, training=True)
    ...     return loss(y, y_pred), y_pred
    >>> step = keras.models.value_and_grad(forward, model.trainable_variables, has_aux=True)
    >>> x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])
    >>> (value, y_pred), gradients = step(x, y)
    >>> optimizer.apply(gradients, model.trainable_variables)
    >>> error.update_state(y, y_pred)
    >>> error.result()
    2.0
    """
    return _ValueAndGrad(function, variables, has_aux)


class _Program(NamedTuple):
    """A traced function, and where the results of the program are.

    `aux` is a nest of their numbers, `places` has one for each of `variables`, or None.
    """

    lowered: Lowered
    aux: Any
    places: list[int | None]
    variables: list[Variable]


class _ValueAndGrad:
    """A class, so that models which keep one as an attribute are copied and pickled."""

    def __init__(self, function: Callable[..., Any], variables: _Variables, has_aux: bool) -> None:
        self._function = function
        self._variables = variables
        self._has_aux = has_aux
        self._programs: dict[Any, _Program] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_programs": {}}

    def __call__(self, *args: Any) -> tuple[Any, list[np.ndarray]]:
        leaves = flatten(args)
        arrays = [
            as_array(leaf, f"argument {index}", "value_and_grad")
            for index, leaf in enumerate(leaves)
            if leaf is not None
        ]
        rows = len(arrays[0]) if arrays else 1
        if any(len(array) != rows for array in arrays):
            raise ValueError(
                f"value_and_grad: the arguments have {[len(array) for array in arrays]} samples; they should be the "
                "same samples."
            )
        wanted = self._wanted()
        key = (
            tuple(array.shape[1:] for array in arrays),
            repr(map_structure(lambda leaf: None if leaf is None else 0, args)),
            tuple(map(id, wanted)),
        )
        if is_eager():
            made = self._program(args, arrays, wanted)
        else:
            if key not in self._programs:
                self._programs[key] = self._program(args, arrays, wanted)
            made = self._programs[key]
        lowered, aux, places, variables = made
        results = lowered.run(arrays, rows)
        found = [
            np.zeros(variable.shape, variable.dtype) if place is None else results[place]
            for variable, place in zip(variables, places, strict=True)
        ]
        value = float(results[0])
        if not self._has_aux:
            return value, found
        return (value, map_structure(lambda place: results[place], aux)), found

    def _wanted(self) -> list[Variable]:
        return list(self._variables() if callable(self._variables) else self._variables)

    def _traced(
        self, trace: Trace, args: Any, arrays: list[np.ndarray], dtype: str
    ) -> tuple[list[Tensor], Tensor, Any]:
        """Return the symbolic arguments, the value and the other tensors, in the trace that is under way."""
        inputs = [input_tensor((None, *array.shape[1:]), dtype, "argument") for array in arrays]
        trace.feed(inputs)
        rest = iter(inputs)
        returned = self._function(
            *map_structure(lambda leaf: None if leaf is None else next(rest), args)
        )
        value, aux = returned, ()
        if self._has_aux:
            if not isinstance(returned, tuple) or len(returned) != 2:
                raise ValueError(
                    "value_and_grad: with has_aux=True the function should return a pair (value, others), it returned "
                    f"{returned!r}."
                )
            value, aux = returned
        if not isinstance(value, Tensor) or math.prod(n or 2 for n in value.shape) != 1:
            raise ValueError(
                "value_and_grad: the function should return one number that is computed by layers, losses and "
                f"pymlp.ops, it returned {value!r}. Reduce it, for example by pymlp.ops.mean."
            )
        if not all(isinstance(leaf, Tensor) for leaf in flatten(aux)):
            raise ValueError(
                f"value_and_grad: beside the value the function should return tensors, it returned {aux!r}."
            )
        return inputs, value, aux

    def _program(self, args: Any, arrays: list[np.ndarray], variables: list[Variable]) -> _Program:
        from pymlp import ops

        if not variables:
            with tracing(anew=True, batch=arrays) as trace:
                self._traced(trace, args, arrays, "float32")  # which builds what the function calls
            variables = self._wanted()
        if not variables:
            raise ValueError("value_and_grad: there are no variables to differentiate by.")
        dtype = variables[0].dtype
        with tracing(anew=True, batch=arrays) as trace:
            inputs, value, aux = self._traced(trace, args, arrays, dtype)
            value = ops.reshape(value, ())
        found = gradients(value, [variable.tensor for variable in variables])
        results = [value, *flatten(aux)]
        numbers = pack_as(aux, range(1, len(results)))
        places: list[int | None] = []
        for gradient in found:
            places.append(None if gradient is None else len(results))
            if gradient is not None:
                results.append(gradient)
        lowered = lower(dtype, inputs, results=results, trace=trace)
        return _Program(lowered, numbers, places, variables)
