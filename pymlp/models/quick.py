"""`predictor`: the shortest way to a prediction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp._engine.core import NestPredictor, Predictor
from pymlp._engine.runtime import threads_for
from pymlp.checks import whole
from pymlp.data.nested import labelled, matched
from pymlp.graph.lower import Lowered
from pymlp.models.programs import prediction_program
from pymlp.models.running import Running, shapes_of
from pymlp.nesting import flatten, is_shape

__all__ = ["Quick"]


class Quick(Running):
    """The part of a `Model` that predicts without ado."""

    if TYPE_CHECKING:

        @property
        def variables(self) -> list[Any]: ...
        @property
        def metrics_variables(self) -> list[Any]: ...

    def predictor(self, batch_size: int = 1) -> Predictor | NestPredictor:
        """Return a function that predicts for `batch_size` samples, with as little work before the kernels as can be.

        It uses the weights as they are when it is called. For one thread at a time: make one for each. Layers that are
        added or taken off later do not change it, nor does it call a `predict_step` of the model's own.

        Parameters
        ----------
        batch_size : int
            Samples of every call.

        Returns
        -------
        Predictor
            Called on an array of shape (batch_size, ...), best of the model's type and C-contiguous, it returns an
            array of the model's type that **the next call overwrites**; copy what you keep. If the model has several
            inputs it takes, and if it has several outputs it returns, a nest of such arrays as the model has them.

        Raises
        ------
        ValueError
            If the model is not built.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> predict = model.predictor()
        >>> float(predict(np.array([[1.0, 2.0]], "float32"))[0, 0])
        3.0
        >>> a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
        >>> model = keras.Model([a, b], {"sum": keras.layers.add([a, b]), "b": b})
        >>> predict = model.predictor()
        >>> predict([np.ones((1, 2), "float32"), np.ones((1, 2), "float32")])["sum"]
        array([[2., 2.]], dtype=float32)
        """
        rows = whole("predictor", "batch_size", batch_size)
        if not self.built:
            raise ValueError(
                f"predictor: model {self.name!r} is not built. Give it an Input, or call build(input_shape)."
            )
        model: Any = self
        lowered = prediction_program(model)
        threads = threads_for(lowered.work * rows)
        shapes = shapes_of(rows, self._build_shape)
        arrays = self._output_for(rows)
        with self._unchanged() if lowered.keeps else nullcontext():
            return self._predictor_of(lowered, shapes, arrays, threads)

    def _predictor_of(
        self,
        lowered: Lowered,
        shapes: list[tuple[int, ...]],
        arrays: list[np.ndarray],
        threads: int,
    ) -> Predictor | NestPredictor:
        if is_shape(self._build_shape) and is_shape(self.output_shapes()):
            return Predictor(lowered.program, shapes[0], arrays[0], threads)
        names = self._input_names()
        labels = labelled("x", flatten(names), shapes)
        keys = None
        if isinstance(names, dict) and flatten(names) == sorted(names):
            keys = sorted(names)
        find = None
        if not is_shape(self._build_shape):
            find = partial(matched, "x", expected=names, where="predictor")
        return NestPredictor(
            lowered.program,
            shapes,
            list(labels),
            keys,
            find,
            arrays,
            self._nested_outputs(arrays),
            threads,
        )

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Undo what layers keep of the one run that a predictor begins with, on zeros."""
        held = [getattr(v, "value", v) for v in (*self.variables, *self.metrics_variables)]
        before = [array.copy() for array in held]
        yield
        for array, values in zip(held, before, strict=True):
            array[...] = values
