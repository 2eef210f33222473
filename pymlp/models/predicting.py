"""`predict`, and `predictor` for the shortest way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp._engine.core import Predictor
from pymlp._engine.runtime import threads_for
from pymlp.data import Samples
from pymlp.data.stream import Stream, stream_of
from pymlp.graph.lower import Lowered
from pymlp.models.arguments import batch_size_of, optional_whole, whole
from pymlp.models.programs import prediction_program
from pymlp.models.running import Running
from pymlp.models.spans import SpanRunner
from pymlp.nesting import is_shape, pack_shapes, shapes_in

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Predicting"]

# Rows that predict works on at once where nobody listens to its batches: a row's result does not depend on the
# rows beside it, and more rows make better use of the weights that are read.
_PREDICTION_ROWS = 256


class Predicting(Running):
    """The part of a `Model` that gives its outputs."""

    if TYPE_CHECKING:
        dtype: str

        @property
        def input_shape(self) -> Any: ...

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the model's output for every sample.

        Parameters
        ----------
        x : array-like of shape (n, ...)
        batch_size : int, optional
            Rows a callback is told of at once. Results do not depend on it, to the last bit.

        Returns
        -------
        ndarray of shape (n, ...), of the model's dtype
        """
        if batch_size is not None:
            whole("predict", "batch_size", batch_size)
        optional_whole("predict", "steps", steps)
        stream = stream_of(x, None, None, batch_size, "predict")
        if stream is not None:
            return self._predict_stream(stream, steps, verbose, callbacks)
        with self._restored_on_error():
            arrays = list(self._inputs(x, "predict").values())
            samples = len(arrays[0])
            if len(arrays) > 1:
                Samples.of(dict(enumerate(arrays)), None, None, "predict")
            rows = batch_size_of(batch_size, samples, steps)
            count = samples if steps is None else min(samples, steps * rows)
            hooks = self._callback_list(
                callbacks, verbose=verbose, epochs=1, steps=-(-count // rows)
            )
            out = self._output_for(count)
            program = self._program("predict")
        try:
            hooks.on_predict_begin()
            self._predict_part(program, arrays, out, count, rows, 0, hooks)
            hooks.on_predict_end()
        except BaseException:
            hooks.interrupt()
            raise
        return self._nested_outputs(out)

    def _predict_part(
        self,
        program: Lowered,
        arrays: list[np.ndarray],
        out: list[np.ndarray],
        count: int,
        rows: int,
        before: int,
        hooks: CallbackList,
    ) -> None:
        """Predict for so many samples, in batches of `rows` as callbacks see it, `before` of which came earlier."""
        by_batch = hooks.has_predict_batch_hooks
        size = rows if by_batch or program.keeps else max(rows, _PREDICTION_ROWS)
        runner = SpanRunner(program, [*arrays, *out], count, size)

        def batch_begins(batch: int) -> None:
            hooks.on_predict_batch_begin(before + batch)

        def span_ended(last: int, steps: int) -> bool:
            if by_batch:
                part = [one[last * rows : (last + 1) * rows] for one in out]
                hooks.on_predict_batch_end(before + last, {"outputs": self._nested_outputs(part)})
            else:
                done = min((last + 1) * runner.batch_size, count)
                hooks.on_predict_span_end(before - (-done // rows) - 1, {})
            return False

        runner.run(batch_begins=batch_begins if by_batch else None, span_ended=span_ended)

    def _predict_stream(
        self, stream: Stream, steps: int | None, verbose: Any, callbacks: Any
    ) -> Any:
        """Return the outputs for all batches of a stream, one after the other."""
        known = stream.batches if steps is None else steps
        hooks = self._callback_list(callbacks, verbose=verbose, epochs=1, steps=known)
        found: list[list[np.ndarray]] = []
        done = 0
        try:
            hooks.on_predict_begin()
            stream.epoch_begins()
            for block in stream.blocks(shuffle=False):
                with self._restored_on_error():
                    arrays = list(self._inputs(block.x, "predict").values())
                    program = self._program("predict")
                rows = block.batch_size or len(arrays[0])
                count = len(arrays[0])
                if steps is not None:
                    count = min(count, (steps - done) * rows)
                out = self._output_for(count)
                self._predict_part(program, arrays, out, count, rows, done, hooks)
                found.append(out)
                done += -(-count // rows)
                if known is not None and done >= known:
                    break
            hooks.on_predict_end()
        except BaseException:
            hooks.interrupt()
            raise
        if not found:
            raise ValueError("predict: the data is empty: x gave no batch.")
        return self._nested_outputs([np.concatenate(parts) for parts in zip(*found, strict=True)])

    def _output_for(self, rows: int) -> list[np.ndarray]:
        shapes = shapes_in(self.output_shapes())
        return [np.empty((rows, *(n or 1 for n in shape[1:])), self.dtype) for shape in shapes]

    def _nested_outputs(self, arrays: list[np.ndarray]) -> Any:
        return pack_shapes(self.output_shapes(), arrays)

    def _predict_arrays(self, arrays: list[np.ndarray]) -> Any:
        rows = len(arrays[0])
        out = self._output_for(rows)
        lowered = self._program("predict")
        SpanRunner(lowered, [*arrays, *out], rows, min(rows, _PREDICTION_ROWS)).run()
        return self._nested_outputs(out)

    def predictor(self, batch_size: int = 1) -> Predictor:
        """Return a function that predicts for `batch_size` samples, with as little work before the kernels as can be.

        It uses the weights as they are when it is called. For one thread at a time: make one for each. Layers that are
        added or taken off later do not change it.

        Parameters
        ----------
        batch_size : int
            Samples of every call.

        Returns
        -------
        Predictor
            Called on an array of shape (batch_size, ...), best of the model's type and C-contiguous, it returns an
            array of the model's type that **the next call overwrites**; copy what you keep.

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
        """
        rows = whole("predictor", "batch_size", batch_size)
        shapes = (self._build_shape, self.output_shapes()) if self.built else ()
        if not all(map(is_shape, shapes)):
            raise ValueError(
                f"predictor: model {self.name!r} has several inputs or outputs; it takes models of one of each. Use "
                "predict_on_batch."
            )
        if not self.built:
            raise ValueError(
                f"predictor: model {self.name!r} is not built. Give it an Input, or call build(input_shape)."
            )
        model: Any = self
        lowered = prediction_program(model)
        return Predictor(
            lowered.program,
            (rows, *(n or 1 for n in self.input_shape[1:])),
            self._output_for(rows)[0],
            threads_for(lowered.work * rows),
        )
