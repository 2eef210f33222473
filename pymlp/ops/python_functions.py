"""`python_function`: Python code on arrays as an operation, called in the midst of a native program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.nesting import is_shape, map_structure
from pymlp.ops.operation import Kernel, Operation, apply, eager_dtype
from pymlp.ops.samples import SampleCount
from pymlp.ops.several import RESULT, upstream_of
from pymlp.variables import traced

__all__ = ["PythonFunction", "python_function"]


def python_function(
    forward: Callable[..., Any],
    gradient: Callable[..., Any] | None = None,
    output_shape: Any = None,
    name: str | None = None,
) -> PythonFunction:
    """Make an operation of a Python function on arrays: the way out for what cannot be traced.

    What it returns is called on tensors wherever operations are: in a layer's `call`, in losses, metrics, activations.
    A model's program then calls `forward` for each batch, and in training `gradient`: in one thread, while the others
    wait. That takes the time that Python takes; whatever can be written with `pymlp.ops` is faster so, and needs no
    gradient (or one by `pymlp.ops.custom_gradient`). Called on arrays, it is computed at once.

    Parameters
    ----------
    forward : callable ``(*arrays) -> array, or tuple of arrays``
        Is given NumPy arrays of its own, of the model's type, samples along the first axis; variables are handed to it
        like other tensors. It should depend on nothing else: it is called once where the same is asked for twice, and
        not at all where nothing depends on it.
    gradient : callable ``(upstream, *arrays) -> array, or tuple of arrays``, optional
        Is given the gradient of the loss with respect to the result (a tuple, if there are several) and what `forward`
        was given; returns the gradient with respect to each of these, None standing for zeros. Default: there is none,
        and it is an error to ask for it.
    output_shape : tuple, list of tuples, or callable ``(*shapes) -> tuple or list of tuples``, optional
        Of the result; a list for several. None stands for the samples of a batch. Default: the shape of the first
        argument.
    name : str, optional
        For messages. Default: that of `forward`.

    Returns
    -------
    callable ``(*tensors) -> tensor, or tuple of tensors``

    Raises
    ------
    ValueError
        When it is called: where `forward` or `gradient` returns other shapes than were announced, or no numbers.
    NotImplementedError
        Where a gradient is asked for and there is none.

    Notes
    -----
    What `forward` or `gradient` raises, KeyboardInterrupt among it, comes out of `fit` or `predict`. Steps before that
    one are done; the step itself has changed nothing, for updates come after all such calls. (The exceptions are
    functions called within a constraint or an optimizer's ``update_step``: some variables are then updated already.)

    Within `forward` other models may be used, and the same model for something else: `predict` while it is in `fit`.
    What it is at already, such as `predict` within `predict`, raises RuntimeError there. A process that is forked
    within `forward` may leave by ``os._exit``, or return and go on with what its parent is at, in one thread.

    A model that uses one is saved as one that uses any other function of yours: by its name, with the function in
    ``custom_objects`` when it is loaded. It is pickled if `forward` and `gradient` are functions of a module.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import ops
    >>> def forward(x):
    ...     return np.sinc(x)
    >>> def gradient(upstream, x):
    ...     safe = np.where(x == 0, 1, x)
    ...     return upstream * np.where(x == 0, 0, (np.cos(np.pi * x) - np.sinc(x)) / safe)
    >>> sinc = ops.python_function(forward, gradient)
    >>> sinc(np.array([0.0, 0.5])).round(4)
    array([1.    , 0.6366])
    """
    return PythonFunction(forward, gradient, output_shape, name)


_Extents = Sequence[tuple[int, ...]]
_Work = Callable[[list[np.ndarray], _Extents], list[Any]]


class PythonFunction:
    """What `python_function` makes."""

    saved_by_name = True  # in files, like a function that is defined with def

    def __init__(
        self,
        forward: Callable[..., Any],
        gradient: Callable[..., Any] | None = None,
        output_shape: Any = None,
        name: str | None = None,
    ) -> None:
        self.__name__ = str(name or getattr(forward, "__name__", type(forward).__name__))
        self.__doc__ = getattr(forward, "__doc__", None)
        if not callable(forward) or not (gradient is None or callable(gradient)):
            raise ValueError(
                f"python_function {self.__name__!r}: forward, and gradient if there is one, should be functions of "
                f"arrays, received {forward!r} and {gradient!r}."
            )
        if not (output_shape is None or callable(output_shape)):
            self._shapes_in(output_shape)
        self.forward, self.gradient, self.output_shape = forward, gradient, output_shape
        self._operation = _calling(self.__name__, self._call_forward, self._gradients)
        self._gradient_operation = _calling(
            f"gradient of {self.__name__}", self._call_gradient, None
        )

    def __repr__(self) -> str:
        return f"<python_function {self.__name__}>"

    def __reduce__(self) -> Any:
        return PythonFunction, (self.forward, self.gradient, self.output_shape, self.__name__)

    def __call__(self, *inputs: Any) -> Any:
        """Return what `forward` makes of tensors; at once, if they are arrays."""
        if not inputs:
            raise ValueError(f"python_function {self.__name__!r} should be called on tensors.")
        values = [traced(x) for x in inputs]
        if any(isinstance(x, Tensor) and x.history is not None for x in values):
            raise ValueError(
                f"python_function {self.__name__!r} was called on a tensor of a functional model, which is made of "
                "layers and operations that can be saved. Call it within a layer: in its `call`, or in layers.Lambda."
            )
        symbolic = any(isinstance(x, Tensor) for x in values)
        if not symbolic:
            values = [np.array(x, eager_dtype(inputs)) for x in values]
        several, shapes = self._output_shapes([tuple(np.shape(x)) for x in values])
        results = self._trace(values, shapes) if symbolic else self._compute(values, shapes)
        return tuple(results) if several else results[0]

    def _trace(self, values: Sequence[Any], shapes: tuple[Shape, ...]) -> list[Any]:
        return _results_of(apply(self._operation, *values, shapes=shapes))

    def _compute(self, arrays: list[np.ndarray], shapes: tuple[Shape, ...]) -> list[Any]:
        rows = arrays[0].shape[0] if arrays[0].ndim else 1
        made = self._call_forward(arrays, [_of_batch(shape, rows) for shape in shapes])
        return [np.array(result, arrays[0].dtype) for result in made]

    # ---- shapes ------------------------------------------------------------------------------------

    def _output_shapes(self, inputs: Sequence[Shape]) -> tuple[bool, tuple[Shape, ...]]:
        """Return whether there are several results, and their shapes, for inputs of these shapes."""
        given = self.output_shape
        if given is None:
            given = inputs[0]
        return self._shapes_in(given(*inputs) if callable(given) else given)

    def _shapes_in(self, given: Any) -> tuple[bool, tuple[Shape, ...]]:
        given = map_structure(lambda n: None if isinstance(n, SampleCount) else n, given)
        several = isinstance(given, (list, tuple)) and bool(given) and not is_shape(given)
        shapes = [tuple(shape) for shape in given] if several else [given]
        if not all(is_shape(shape) and None not in shape[1:] for shape in shapes):
            raise ValueError(
                f"python_function {self.__name__!r}: output_shape should be a shape, with None first for the samples, "
                f"or a list of shapes, received {given!r}."
            )
        return several, tuple(tuple(shape) for shape in shapes)

    # ---- what a program calls ------------------------------------------------------------------------

    def _call_forward(self, arrays: list[np.ndarray], shapes: _Extents) -> list[Any]:
        return self._checked("forward", self.forward(*arrays), shapes)

    def _call_gradient(self, arrays: list[np.ndarray], shapes: _Extents) -> list[Any]:
        """Call `gradient` on arrays of which the last are the inputs: each has a gradient of its own shape."""
        assert self.gradient is not None
        upstream, inputs = arrays[: -len(shapes)], arrays[-len(shapes) :]
        several, _ = self._output_shapes([x.shape for x in inputs])
        found = self.gradient(tuple(upstream) if several else upstream[0], *inputs)
        return self._checked("gradient", found, shapes, may_be_none=True)

    def _checked(
        self, which: str, returned: Any, shapes: _Extents, may_be_none: bool = False
    ) -> list[Any]:
        """Return what a function returned as arrays of these shapes, or raise ValueError."""
        label = f"python_function {self.__name__!r}: {which}"
        results = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        if len(shapes) == 1 and len(results) != 1:
            results = [returned]  # one array, written as a list
        if len(results) != len(shapes):
            raise ValueError(
                f"{label} should return {len(shapes)} arrays, of shapes {list(shapes)}; it returned {len(results)}."
            )
        arrays = []
        for number, (result, shape) in enumerate(zip(results, shapes, strict=True)):
            if result is None and may_be_none:
                arrays.append(np.zeros(shape))
                continue
            try:
                array = np.asarray(result)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{label} returned what is no array: {error}") from error
            if array.dtype.kind not in "fiub" or array.shape != shape:
                raise ValueError(
                    f"{label} should return real numbers of shape {shape} as result {number}, it returned "
                    f"{array.dtype} of shape {array.shape}. Give python_function the output_shape that it returns."
                )
            arrays.append(array)
        return arrays

    # ---- the gradient ----------------------------------------------------------------------------------

    def _gradients(self, call: Tensor, dy: Any) -> tuple[Any, ...]:
        if self.gradient is None:
            raise NotImplementedError(
                f"python_function {self.__name__!r} has no gradient, and one is asked for. Give it one, "
                "python_function(forward, gradient), or take pymlp.ops.stop_gradient of its result."
            )
        upstream = upstream_of(dy, call.attributes["shapes"], call.dtype)
        shapes = tuple(x.shape for x in call.inputs)
        back = apply(self._gradient_operation, *upstream, *call.inputs, shapes=shapes)
        return tuple(_results_of(back))


def _results_of(call: Tensor) -> list[Any]:
    """Return the tensors of the results of a call."""
    return [
        apply(RESULT, call, number=number, shape=shape)
        for number, shape in enumerate(call.attributes["shapes"])
    ]


def _of_batch(shape: Shape, rows: int) -> tuple[int, ...]:
    return tuple(rows if n is None else n for n in shape)


def _calling(name: str, work: _Work, gradient: Any) -> Operation:
    """Return the operation of a Python function: it stands for several results, and its kernel is a call."""
    return Operation(
        name,
        lambda *inputs, shapes: (),
        lambda call: Kernel("call", call.inputs, function=partial(_run, name, work, call)),
        gradient,
    )


def _run(
    name: str,
    work: _Work,
    call: Tensor,
    numbers: Sequence[int],
    inputs: Sequence[np.ndarray],
    outputs: Sequence[np.ndarray],
    batch: int,
) -> None:
    """Write the results of these numbers, made of inputs: all are matrices in a program's memory."""
    arrays = [
        np.array(matrix).reshape(_of_batch(x.shape, batch))
        for matrix, x in zip(inputs, call.inputs, strict=True)
    ]
    try:
        results = work(arrays, [_of_batch(shape, batch) for shape in call.attributes["shapes"]])
        for number, matrix in zip(numbers, outputs, strict=True):
            matrix[...] = results[number].reshape(matrix.shape)
    except BaseException as error:
        if hasattr(error, "add_note"):  # from Python 3.11 on
            error.add_note(f"Raised by the python_function {name!r}, which a model called.")
        raise
