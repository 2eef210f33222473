"""`Steps`: what is done with a batch, which a subclass may say anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp.data import Samples
from pymlp.data.given import Given
from pymlp.graph.lower import Lowered
from pymlp.layers.layer import Layer
from pymlp.models.running import Running
from pymlp.models.spans import Runner, SpanRunner
from pymlp.models.step_runner import StepRunner, checked_logs
from pymlp.nesting import pack_shapes
from pymlp.tracing import eagerly
from pymlp.utils.packing import unpack_x_y_sample_weight

__all__ = ["Steps"]

# Rows that are predicted at once where nobody listens to batches: a row's result does not depend on the
# rows beside it, and more rows make better use of the weights that are read.
PREDICTION_ROWS = 256


class Steps(Running):
    """The part of a `Model` that takes a step."""

    # ---- the steps ----------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, Any]:
        """Take one step of training; return logs.

        A subclass may override it. `fit` then calls it for every batch, and `train_on_batch` does; what it calls runs
        natively: the model, losses, `value_and_grad`, ``optimizer.apply``, metrics. A model that does not
        override it is trained many batches at a time, without a return to Python.

        Parameters
        ----------
        data : x, (x, y) or (x, y, sample_weight)
            Arrays, nested as `fit` was given them: floats of the model's type, whole numbers as they were. See
            `pymlp.utils.unpack_x_y_sample_weight`. `train_on_batch` always gives three, None for what is missing.

        Returns
        -------
        dict
            Numbers or arrays by name: what callbacks are told of the batch. `fit` logs for the epoch what
            `get_metrics_result` gives if it has these names, and else what the last batch gave, as in Keras.

        Notes
        -----
        Keras's own signature depends on its backend; this is that of TensorFlow and PyTorch. A function handed to
        `value_and_grad` is traced: make it once, not in every step.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> class Mixed(keras.Sequential):
        ...     # Trains on means of pairs of samples.
        ...     def train_step(self, data):
        ...         x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        ...         return super().train_step(((x + x[::-1]) / 2, (y + y[::-1]) / 2))
        >>> model = Mixed([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> x = np.array([[1.0], [3.0]])
        >>> model.fit(x, np.zeros((2, 1)), verbose=0).history["loss"]
        [4.0]
        """
        return self._take_step("train", data)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Measure one batch; return logs. A subclass may override it, for `evaluate`, validation, `test_on_batch`.

        Parameters
        ----------
        data : x, (x, y) or (x, y, sample_weight)
            As in `train_step`.

        Returns
        -------
        dict
            As in `train_step`.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> class Rounded(keras.Sequential):
        ...     def test_step(self, data):
        ...         x, y = data
        ...         return {"right": np.mean(np.round(self(x, training=False)) == y)}
        >>> model = Rounded([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.evaluate(np.array([[0.6], [2.2]]), np.array([[1.0], [3.0]]), verbose=0)
        0.5
        """
        return self._take_step("test", data)

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch. A subclass may override it, for `predict` and `predict_on_batch`.

        Parameters
        ----------
        data : x or (x,)
            As in `train_step`.

        Returns
        -------
        array, or nest of arrays, with one row a sample

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> class Classifier(keras.Sequential):
        ...     def predict_step(self, data):
        ...         return np.argmax(super().predict_step(data), axis=-1)
        >>> dense = keras.layers.Dense(2, kernel_initializer="identity")
        >>> Classifier([keras.Input((2,)), dense]).predict(np.array([[0.1, 0.9]]), verbose=0)
        array([1])
        """
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._predict_arrays(list(self._inputs(x, "predict_step").values()))

    def _take_step(self, kind: str, data: Any) -> dict[str, Any]:
        """Run a program of one batch, and compute metrics in Python if they are to be."""
        where = f"{kind}_step"
        self._check_compiled(where, for_training=kind == "train")
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        samples = self._samples(x, y, sample_weight, where)
        rows = len(samples)
        measures = self._measures_in_python(kind, samples)
        lowered = self._program_on(samples.arrays, kind, samples.form, without_metrics=measures)
        out = self._output_for(rows) if measures else []
        runner = SpanRunner(lowered, [*samples.arrays, *out], rows, rows)
        if kind == "train":
            self._train_on(runner)
        else:
            runner.run()
        if not measures:
            return self.get_metrics_result()
        return self.compute_metrics(x, y, self._nested_outputs(out), sample_weight)

    def _train_on(self, runner: Runner) -> None:
        """Take a step on the one batch of a runner."""
        optimizer = self.optimizer
        if optimizer.whole_batches:
            self._minimize(runner)
        else:
            runner.run(numbers=lambda first, steps: optimizer.numbers_of_next(1))
            optimizer.advance(1)

    def _minimize(
        self, runner: Runner, numbers: Callable[[int, int], np.ndarray] | None = None
    ) -> None:
        """Let an optimizer of whole batches ask for the loss as often as it likes; measure the last weights."""
        optimizer = self.optimizer

        def evaluate() -> float:
            self.reset_metrics()
            runner.run(numbers=numbers or (lambda first, steps: optimizer.numbers_of_next(steps)))
            return float(self._loss_tracker.result())

        optimizer.minimize(evaluate, self.trainable_weights)
        evaluate()

    def _predict_arrays(self, arrays: list[np.ndarray]) -> Any:
        self._forget_losses()
        return self._outputs_for(arrays, self._program_on(arrays, "predict"))

    def _call_arrays(self, arrays: list[np.ndarray]) -> Any:
        """Return what a prediction does, and have layers keep what they add to the loss."""
        lowered = self._program("predict")
        if not lowered.adding:
            return self._outputs_for(arrays, lowered)
        lowered = self._program("call")
        rows = len(arrays[0])
        out = self._output_for(rows)
        for layer, loss in zip(lowered.adding, lowered.run([*arrays, *out], rows), strict=True):
            layer._keep_loss(loss[()])
        return self._nested_outputs(out)

    def _outputs_for(self, arrays: list[np.ndarray], lowered: Lowered) -> Any:
        """Run a program that stores outputs, on parts of the rows unless they are to be one batch."""
        rows = len(arrays[0])
        out = self._output_for(rows)
        at_once = rows if lowered.whole or self.run_eagerly else min(rows, PREDICTION_ROWS)
        SpanRunner(lowered, [*arrays, *out], rows, at_once).run()
        return self._nested_outputs(out)

    # ---- who takes them -----------------------------------------------------------------------------

    def _overrides(self, kind: str) -> bool:
        """Whether a subclass says what a step of that kind is."""
        own = getattr(self, f"{kind}_step")
        return getattr(own, "__func__", None) is not getattr(Steps, f"{kind}_step")

    def _needs_targets(self, kind: str) -> bool:
        """Whether a step of that kind cannot do without y."""
        return self._compares and not self._overrides(kind)

    def _steps_in_python(self, kind: str) -> bool:
        """Whether every batch goes through the step of that kind."""
        return self._overrides(kind) or self.run_eagerly

    def _in_python(self, kind: str) -> Callable[[Any], Any]:
        """Return the step of that kind, in which tensors tell their numbers if the model runs eagerly."""
        step: Callable[[Any], Any] = getattr(self, f"{kind}_step")

        def eager_step(data: Any) -> Any:
            with eagerly():
                return step(data)

        return eager_step if self.run_eagerly else step

    def _read(self, kind: str, x: Any, y: Any, sample_weight: Any, where: str) -> Samples | Given:
        """Return data as the runner of that kind needs it, checked; build the model if need be."""
        with eagerly(self.run_eagerly):
            return self._read_for(kind, x, y, sample_weight, where)

    def _read_for(
        self, kind: str, x: Any, y: Any, sample_weight: Any, where: str
    ) -> Samples | Given:
        if not self._steps_in_python(kind):
            return self._samples(x, y, sample_weight, where)
        if not self._overrides(kind):
            self._checked(kind, x, y, sample_weight, where)
        given = Given.of(x, y, sample_weight, where)
        # What a step of one's own makes of the data is its own affair; but many rely on a built model.
        if not self.built and type(self).call is not Layer.call:  # type: ignore[attr-defined]
            self._inputs(given.x, where)
        return given

    def _checked(self, kind: str, x: Any, y: Any, sample_weight: Any, where: str) -> None:
        """Check data that a step of pymlp's own is to be given."""
        if kind == "predict":
            Samples.of(self._inputs(x, where), None, None, where)
        else:
            self._samples(x, y, sample_weight, where)

    def _runner(
        self, kind: str, samples: Samples | Given, batch_size: int, steps: int | None = None
    ) -> Runner:
        """Return what runs steps of that kind over samples, at most so many."""
        rows = len(samples)
        if steps is not None:
            rows = min(rows, steps * batch_size)
        self._forget_losses()
        if isinstance(samples, Samples):
            if not self._measures_in_python(kind, samples):
                lowered = self._program(kind, samples.form)
                return SpanRunner(lowered, samples.arrays, rows, batch_size)
            samples = self._as_given(samples)
        return StepRunner(self._in_python(kind), samples, rows, batch_size, self.dtype)

    def _as_given(self, samples: Samples) -> Given:
        """Return samples nested as the model's inputs and outputs are."""
        inputs: Any = pack_shapes(self._build_shape, samples.x)
        y, weights = (
            pack_shapes(self.output_shapes(), part)
            if any(leaf is not None for leaf in part)
            else None
            for part in (samples.y, samples.sample_weight)
        )
        return Given(inputs, y, weights)

    def _measures_in_python(self, kind: str, samples: Samples) -> bool:
        """Whether metrics are computed on the arrays of every batch."""
        if kind == "predict":
            return False
        if self._own_metrics and not self.run_eagerly:
            self._program(kind, samples.form)  # whose trace tells
        return self.run_eagerly or self._reports_otherwise

    def _logs_of(self, runner: Runner, kind: str, at_end: bool = False) -> dict[str, Any]:
        """Return what is known after a span of a runner; at the end of its way, what metrics know if they know it."""
        if not isinstance(runner, StepRunner):
            return self._logs()
        logs = checked_logs(runner.last, f"{kind}_step", self.name)
        if at_end:
            measured = self._logs()
            if set(measured) == set(logs):
                return measured
        return logs
