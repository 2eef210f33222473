"""`predict`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.checks import optional_whole, whole
from pymlp.data import Samples
from pymlp.data.given import Given
from pymlp.data.stream import Stream, stream_of
from pymlp.models.arguments import batch_size_of
from pymlp.models.courses import tell_that_data_ran_out
from pymlp.models.listening import listeners
from pymlp.models.spans import SpanRunner
from pymlp.models.step_runner import StepRunner
from pymlp.models.steps import PREDICTION_ROWS, Steps
from pymlp.nesting import flatten, map_structure, pack_as

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Predicting"]

_Data = list[np.ndarray] | Given


class Predicting(Steps):
    """The part of a `Model` that gives its outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_predicting = False

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the model's output for every sample, by `predict_step` if a subclass overrides it.

        Parameters
        ----------
        x : array-like of shape (n, ...), or nest of such; or something that gives batches
            As in `fit`; of tuples the first item counts.
        batch_size : int, optional
            Rows that callbacks are told of at once. Results do not depend on it, to the last bit, unless layers keep
            something from batch to batch, or compute with all samples of one, as a mean over them. Default: 32, or
            with `steps` what makes so many batches of all samples.
        verbose : {"auto", 0, 1, 2}
        steps : int, optional
            Batches to take; default: all. If there are fewer a warning is given, and the outputs are of these.
        callbacks : list of Callback, optional
            One may set ``model.stop_predicting``; what was predicted until then is returned.

        Returns
        -------
        ndarray of shape (n, ...), of the model's dtype; or nest of such

        Raises
        ------
        ValueError
            If x does not suit the model, or is empty.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict(np.array([[1.0, 2.0], [3.0, 4.0]]), verbose=0)
        array([[3.],
               [7.]], dtype=float32)
        """
        if batch_size is not None:
            whole("predict", "batch_size", batch_size)
        optional_whole("predict", "steps", steps)
        stream = stream_of(x, None, None, batch_size, "predict")
        known = steps
        blocks: Iterator[tuple[_Data, int]]
        with self._restored_on_error():
            if stream is None:
                data = self._prediction_data(x)
                rows = batch_size_of(batch_size, _samples_in(data), steps)
                known = known or -(-_samples_in(data) // rows)
                blocks = iter([(data, rows)])
            else:
                known = known or stream.batches
                blocks = self._prediction_blocks(stream)
            hooks = self._callback_list(callbacks, verbose=verbose, epochs=1, steps=known)
        try:
            hooks.on_predict_begin()
            found = self._predict_blocks(blocks, known, steps is not None, hooks)
            if stream is not None:
                stream.epoch_ended()
            hooks.on_predict_end()
        except BaseException:
            hooks.interrupt()
            raise
        if not found:
            raise ValueError("predict: the data is empty: x gave no batch.")
        return found[0] if len(found) == 1 else _one_after_the_other(found)

    def _prediction_data(self, x: Any) -> _Data:
        """Return checked data as it is predicted from: arrays for the program, or what a step is given."""
        if self._steps_in_python("predict"):
            given = self._read("predict", x, None, None, "predict")
            assert isinstance(given, Given)
            return given
        arrays = self._inputs(x, "predict")
        Samples.of(arrays, None, None, "predict")
        return list(arrays.values())

    def _prediction_blocks(self, stream: Stream) -> Iterator[tuple[_Data, int]]:
        stream.epoch_begins()
        for block in stream.blocks(shuffle=False):
            with self._restored_on_error():
                data = self._prediction_data(block.x)
            yield data, block.batch_size or _samples_in(data)

    def _predict_blocks(
        self,
        blocks: Iterator[tuple[_Data, int]],
        known: int | None,
        wanted: bool,
        hooks: CallbackList,
    ) -> list[Any]:
        """Return the outputs for each block, of `known` batches in all; warn if there are fewer that are wanted."""
        found: list[Any] = []
        done = 0
        self.stop_predicting = False
        for data, rows in blocks:
            count = _samples_in(data)
            if known is not None:
                count = min(count, (known - done) * rows)
            predict = self._predict_given if isinstance(data, Given) else self._predict_native
            found += predict(data, count, rows, done, hooks)
            done += -(-count // rows)
            if self.stop_predicting or (known is not None and done >= known):
                return found
        if wanted:
            tell_that_data_ran_out("predict", done, known, stacklevel=4)
        return found

    def _predict_native(
        self, arrays: Any, count: int, rows: int, before: int, hooks: CallbackList
    ) -> list[Any]:
        """Return the outputs for so many samples, in batches of `rows`, `before` of which came earlier."""
        at_once = self.steps_per_execution
        begins, ended = listeners(hooks, "predict", at_once)
        self._forget_losses()
        program = self._program("predict")
        out = self._output_for(count)
        size = rows if begins or program.whole else max(rows, PREDICTION_ROWS)
        runner = SpanRunner(program, [*arrays, *out], count, size)
        finished = 0

        def span_ended(last: int, steps: int) -> bool:
            nonlocal finished
            begin, finished = finished, min((last + 1) * size, count)
            logs = {}
            if begins is not None:
                logs = {"outputs": self._nested_outputs([one[begin:finished] for one in out])}
            ended(before - (-finished // rows) - 1, steps, logs)
            return self.stop_predicting

        runner.run(
            batch_begins=None if begins is None else lambda batch: begins(before + batch),
            span_ended=span_ended,
            at_once=at_once,
        )
        return [self._nested_outputs([one[:finished] for one in out] if finished < count else out)]

    def _predict_given(
        self, given: Any, count: int, rows: int, before: int, hooks: CallbackList
    ) -> list[Any]:
        """Return what `predict_step` does, batch by batch."""
        at_once = self.steps_per_execution
        begins, ended = listeners(hooks, "predict", at_once)
        found: list[Any] = []
        predict = self._in_python("predict")

        def step(data: Any) -> None:
            found.append(map_structure(np.asarray, predict(data)))

        def span_ended(last: int, steps: int) -> bool:
            logs = {"outputs": _one_after_the_other(found[-steps:])} if begins else {}
            ended(before + last, steps, logs)
            return self.stop_predicting

        StepRunner(step, given, count, rows, self.dtype).run(
            batch_begins=None if begins is None else lambda batch: begins(before + batch),
            span_ended=span_ended,
            at_once=at_once,
        )
        return found


def _samples_in(data: _Data) -> int:
    return len(data) if isinstance(data, Given) else len(data[0])


def _one_after_the_other(nests: list[Any]) -> Any:
    """Return a nest of what the nests hold at each place, concatenated."""
    leaves = zip(*map(flatten, nests), strict=True)
    return pack_as(nests[0], [np.concatenate(parts) for parts in leaves])
