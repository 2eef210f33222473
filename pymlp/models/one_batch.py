"""`train_on_batch`, `test_on_batch` and `predict_on_batch`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymlp.data import Samples
from pymlp.data.given import Given
from pymlp.models.fitting import Fitting
from pymlp.models.predicting import Predicting
from pymlp.models.reading import class_weighted
from pymlp.models.spans import Runner
from pymlp.models.step_runner import StepRunner

__all__ = ["OneBatch"]


class OneBatch(Fitting, Predicting):
    """The part of a `Model` that takes single batches."""

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Take one step on one batch; return its loss and metrics before the step, as `evaluate` does.

        Parameters
        ----------
        x, y, sample_weight : array-like of shape (n, ...), or nests of such
            As in `fit`.
        class_weight : dict of class number to weight, optional
            Not with `sample_weight`.
        return_dict : bool

        Returns
        -------
        float, or list of float, or dict
            As of `evaluate`. The metrics were reset before.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile(keras.optimizers.SGD(0.25), "mse")
        >>> x, y = np.ones((4, 1)), np.zeros(4)
        >>> [model.train_on_batch(x, y) for _ in range(2)]
        [1.0, 0.0]
        """
        runner = self._runner_of_one("train", x, y, sample_weight, class_weight)
        if isinstance(runner, StepRunner):
            return self._reported(runner.on_all("train_step", self.name), return_dict)
        self._train_on(runner)
        return self._reported(self._logs(), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return the loss and the metrics of one batch, as `evaluate` does.

        Parameters
        ----------
        x, y, sample_weight : array-like of shape (n, ...), or nests of such
            As in `fit`.
        return_dict : bool

        Returns
        -------
        float, or list of float, or dict
            As of `evaluate`. The metrics were reset before.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> model.test_on_batch(np.full((4, 1), 2.0), np.zeros(4), return_dict=True)
        {'loss': 4.0, 'mae': 2.0}
        """
        runner = self._runner_of_one("test", x, y, sample_weight)
        if isinstance(runner, StepRunner):
            return self._reported(runner.on_all("test_step", self.name), return_dict)
        runner.run()
        return self._reported(self._logs(), return_dict)

    def _runner_of_one(
        self,
        kind: str,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Mapping[int, float] | None = None,
    ) -> Runner:
        """Check one batch; return what runs a step of that kind on it, the metrics being reset."""
        where, trains = f"{kind}_on_batch", kind == "train"
        self._check_compiled(where, for_training=trains)
        with self._restored_on_error():
            samples = self._read(kind, x, y, sample_weight, where)
            samples = class_weighted(samples, class_weight, self._names_of_outputs, where)
            self._check_compiled(where, for_training=trains)
            runner = self._runner(kind, samples, len(samples))
        self.reset_metrics()
        return runner

    def predict_on_batch(self, x: Any) -> Any:
        """Return the output for one batch, quietly.

        Parameters
        ----------
        x : array-like of shape (n, ...), or nest of such

        Returns
        -------
        ndarray of shape (n, ...), of the model's dtype; or nest of such

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict_on_batch(np.array([[2.0]]))
        array([[2.]], dtype=float32)
        """
        if self._steps_in_python("predict"):
            given = self._read("predict", x, None, None, "predict_on_batch")
            assert isinstance(given, Given)
            return self._in_python("predict")((given.batch(slice(None), self.dtype)[0],))
        arrays = list(self._inputs(x, "predict_on_batch").values())
        Samples.of(dict(enumerate(arrays)), None, None, "predict_on_batch")
        return self._predict_arrays(arrays)
