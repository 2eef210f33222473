"""`evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymlp.checks import optional_whole, whole
from pymlp.models.courses import Course, Part
from pymlp.models.listening import listeners
from pymlp.models.planning import Planning

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Evaluating"]


class Evaluating(Planning):
    """The part of a `Model` that measures it on data."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_evaluating = False

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on data, by `test_step` if a subclass overrides it.

        Parameters
        ----------
        x, y, sample_weight
            As in `fit`.
        batch_size : int, optional
            Default: 32, or with `steps` what makes so many batches of all samples.
        verbose : {"auto", 0, 1, 2}
            Silent, a progress bar, or one line.
        steps : int, optional
            Batches to take; default: all. If there are fewer a warning is given, and the results are of these. Of a
            generator no more is taken than these.
        callbacks : list of Callback, optional
            One may set ``model.stop_evaluating``.
        return_dict : bool

        Returns
        -------
        float, or list of float, or dict
            The loss alone if there are no metrics; else the loss and the metrics in their order (`metrics_names`);
            by name with ``return_dict``. A metric whose result is an array gives that.

        Raises
        ------
        ValueError
            If the model is not compiled, or an argument does not suit it.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile(loss="mse", metrics=["mae"])
        >>> x = np.array([[1.0], [3.0]])
        >>> model.evaluate(x, np.zeros(2), verbose=0)
        [5.0, 2.0]
        >>> model.evaluate(x, np.zeros(2), verbose=0, return_dict=True)
        {'loss': 5.0, 'mae': 2.0}
        """
        self._check_compiled("evaluate")
        if batch_size is not None:
            whole("evaluate", "batch_size", batch_size)
        optional_whole("evaluate", "steps", steps)
        with self._restored_on_error():
            course = self._evaluation_course(x, y, sample_weight, batch_size, steps)
            hooks = self._callback_list(callbacks, verbose=verbose, epochs=1, steps=course.steps)
        try:
            logs = self._evaluate(course, hooks)
        except BaseException:
            hooks.interrupt()
            raise
        return self._reported(logs, return_dict)

    def _evaluate(self, course: Course, hooks: CallbackList) -> dict[str, Any]:
        begins, ended = listeners(hooks, "test", self.steps_per_execution)
        self.stop_evaluating = False
        self.reset_metrics()
        done = 0
        part: Part | None = None

        def batch_begins(batch: int) -> None:
            if begins is not None:
                begins(done + batch)

        def span_ended(last: int, steps: int) -> bool:
            assert part is not None
            ended(done + last, steps, self._logs_of(part.runner, "test"))
            return self.stop_evaluating

        hooks.on_test_begin()
        for part in course.parts(shuffle=False):
            done += part.runner.run(
                None,
                part.first,
                part.steps,
                batch_begins=None if begins is None else batch_begins,
                span_ended=span_ended,
                at_once=self.steps_per_execution,
            )
            if self.stop_evaluating:
                break
        logs = self._logs() if part is None else self._logs_of(part.runner, "test", True)
        hooks.on_test_end(logs)
        return logs

    def _reported(self, logs: dict[str, Any], return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = [logs[name] for name in self._in_order_of_metrics(logs)]
        return values[0] if len(values) == 1 else values
