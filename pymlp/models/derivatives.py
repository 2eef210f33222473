"""`value_and_grad`: a function of tensors and its gradient, as arrays; for training loops of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pymlp._engine.runtime import threads_for
from pymlp.data import as_array
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.nesting import flatten, map_structure
from pymlp.variables import Variable, tracing

__all__ = ["value_and_grad"]


def value_and_grad(
    function: Callable[..., Any], variables: Sequence[Variable] | Callable[[], Sequence[Variable]]
) -> Callable[..., tuple[float, list[np.ndarray]]]:
    """Return a function that gives the value of another and its gradient with respect to variables.

    Parameters
    ----------
    function : callable
        Of arrays (or nests of arrays) of samples. Returns one number: a loss, computed by models and layers, losses
        and `pymlp.ops`. It is traced once for each form of its arguments and then run natively; what it reads besides
        variables and arguments is what it was then.
    variables : sequence of Variable, or callable that returns one
        Such as ``model.trainable_variables``; as a callable if the model is built by the first call only.

    Returns
    -------
    callable
        Takes the arguments of `function`; returns ``(value, gradients)``, one array for each variable, zero where the
        value does not depend on it. Layers behave as in prediction unless called with ``training=True``.

    Raises
    ------
    ValueError
        When called: if `function` does not return one number.

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
    """
    programs: dict[Any, tuple[Lowered, list[int | None], list[Variable]]] = {}

    def evaluate(*args: Any) -> tuple[float, list[np.ndarray]]:
        arrays = [
            as_array(leaf, f"argument {index}", "value_and_grad")
            for index, leaf in enumerate(flatten(args))
        ]
        rows = len(arrays[0]) if arrays else 1
        if any(len(array) != rows for array in arrays):
            raise ValueError(
                f"value_and_grad: the arguments have {[len(array) for array in arrays]} samples; they should be the "
                "same samples."
            )
        wanted = list(variables() if callable(variables) else variables)
        key = (
            tuple(array.shape[1:] for array in arrays),
            repr(map_structure(lambda _: 0, args)),
            tuple(map(id, wanted)),
        )
        if key not in programs:
            if not wanted:
                _traced(function, args, arrays, "float32")  # which builds what the function calls
                wanted = list(variables() if callable(variables) else variables)
            programs[key] = (*_program(function, args, arrays, wanted), wanted)
        lowered, places, differentiated = programs[key]
        program = lowered.program
        with program.lock:
            program.bind(arrays)
            try:
                program.run(None, 0, rows, rows, None, threads_for(lowered.work * rows))
            finally:
                program.unbind()
            results = [lowered.result(index, rows) for index in range(len(lowered.results))]
        found = [
            np.zeros(variable.shape, variable.dtype) if place is None else results[place]
            for variable, place in zip(differentiated, places, strict=True)
        ]
        return float(results[0]), found

    return evaluate


def _traced(
    function: Callable[..., Any], args: Any, arrays: list[np.ndarray], dtype: str
) -> tuple[list[Tensor], Tensor]:
    """Return the symbolic arguments and the value, in the trace that is under way."""
    inputs = [input_tensor((None, *array.shape[1:]), dtype, "argument") for array in arrays]
    rest = iter(inputs)
    value = function(*map_structure(lambda _: next(rest), args))
    if not isinstance(value, Tensor) or math.prod(n or 2 for n in value.shape) != 1:
        raise ValueError(
            "value_and_grad: the function should return one number that is computed by layers, losses and pymlp.ops, "
            f"it returned {value!r}. Reduce it, for example by pymlp.ops.mean."
        )
    return inputs, value


def _program(
    function: Callable[..., Any], args: Any, arrays: list[np.ndarray], variables: list[Variable]
) -> tuple[Lowered, list[int | None]]:
    from pymlp import ops

    dtype = variables[0].dtype
    with tracing(anew=True) as trace:
        inputs, value = _traced(function, args, arrays, dtype)
        value = ops.reshape(value, ())
    found = gradients(value, [variable.tensor for variable in variables])
    results, places = [value], []
    for gradient in found:
        places.append(None if gradient is None else len(results))
        if gradient is not None:
            results.append(gradient)
    return lower(dtype, inputs, results=results, trace=trace), places
