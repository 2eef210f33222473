"""`Measuring`: what a batch is measured by, loss and metrics, and what they have measured so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import ops
from pymlp.graph.tensor import Tensor, constant_tensor
from pymlp.layers.measured import own_metrics
from pymlp.metrics.logs import plain_logs
from pymlp.metrics.metric import Metric
from pymlp.models.compile_metrics import CompileMetrics, shapes_of
from pymlp.models.compiling import Compiled
from pymlp.models.outputs import by_output
from pymlp.nesting import flatten
from pymlp.ops.samples import batch_size
from pymlp.tracing import current_trace, tracing

if TYPE_CHECKING:
    from pymlp.models.training import Training

__all__ = ["Measuring"]


class Measuring(Compiled):
    """The part of a `Model` that says how good it is."""

    if TYPE_CHECKING:

        @property
        def losses(self) -> list[Any]: ...
        @property
        def layers(self) -> list[Any]: ...

    _training: Training | None = None  # while `fit` runs

    # ---- the metrics ------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The metrics, in Keras's order.

        The running mean of the loss, those of `compile` as one (`CompileMetrics`), the running means of the losses of
        several outputs, the metrics that are attributes of the model, and those of layers within. Metrics of models
        within are their own affair. A subclass may override it: what it leaves out is neither reset nor logged.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> model.metrics
        [<Mean name=loss>, <CompileMetrics name=compile_metrics>]
        """
        found: list[Any] = []
        if self.compiled:
            found.append(self._loss_tracker)
            if self._compile_metrics is not None:
                found.append(self._compile_metrics)
            outputs = sorted(self._outputs or [], key=lambda output: output.place)
            found += [o.loss_tracker for o in outputs if o.loss_tracker is not None]
        found += own_metrics(self)
        waiting = deque(self.layers)
        seen: set[int] = set()
        while waiting:
            layer = waiting.popleft()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            if not isinstance(layer, Measuring):
                found += layer.metrics
            waiting.extendleft(layer._inner_layers())
        return list({id(metric): metric for metric in found}.values())

    def _known_metrics(self) -> list[Any]:
        return self._found_metrics()[1]

    def _found_metrics(self) -> tuple[int, list[Any]]:
        """Return how many metrics have been made in all, and those of the model.

        Within a training they are those it found, unless a metric was made since: by a step, a callback or `compile`.
        """
        found = None if self._training is None else self._training.metrics
        made = Metric.made
        return (made, self.metrics) if found is None or found[0] != made else found

    @property
    def metrics_names(self) -> list[str]:
        """Names of the numbers that `evaluate` returns. (Keras has `CompileMetrics` as one among them.)"""
        return self._in_order_of_metrics(self._logs())

    def reset_metrics(self) -> None:
        """Start the running means again: `fit` does so at the beginning of an epoch, `evaluate` when it begins.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.evaluate(np.ones((2, 1)), np.zeros(2), verbose=0)
        1.0
        >>> model.reset_metrics()
        >>> model.get_metrics_result()
        {'loss': 0.0}
        """
        for metric in self._known_metrics():
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return what the metrics have measured since they were reset, by name; those of `compile` one by one.

        Returns
        -------
        dict
            Of a metric whose result is a dict the items, of another the result by its name.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> losses = model.evaluate(np.full((2, 1), 3.0), np.zeros(2), verbose=0)
        >>> model.get_metrics_result()
        {'loss': 9.0, 'mae': 3.0}
        """
        found: dict[str, Any] = {}
        with tracing(False), np.errstate(all="ignore"):  # a mean of nothing is nobody's mistake
            for metric in self._known_metrics():
                result = metric.result()
                found.update(result if isinstance(result, dict) else {metric.name: result})
        return found

    def _logs(self) -> dict[str, Any]:
        return plain_logs(self.get_metrics_result())

    def _in_order_of_metrics(self, logs: Mapping[str, Any]) -> list[str]:
        """Return the names in the logs as Keras lists their values: those that metrics have, then the others sorted.

        Among several outputs the metrics of `compile` are looked for without the names of the outputs.
        """
        several = len(self._outputs or []) > 1
        own: list[str] = []
        for metric in self._known_metrics():
            if not isinstance(metric, CompileMetrics):
                own.append(metric.name)
            elif several:
                own += [m.name for m in metric.metrics]
            else:
                own += metric.names
        first = [name for name in dict.fromkeys(own) if name in logs]
        return [*first, *sorted(name for name in logs if name not in own)]

    # ---- a batch ------------------------------------------------------------------------------------

    @property
    def _own_loss(self) -> bool:
        """Whether a subclass says what its loss is."""
        return type(self).compute_loss is not Measuring.compute_loss

    @property
    def _own_metrics(self) -> bool:
        """Whether a subclass says what its metrics are updated with."""
        return type(self).compute_metrics is not Measuring.compute_metrics

    @property
    def _compares(self) -> bool:
        """Whether the loss or the metrics of `compile` are of targets."""
        said = self._compile_arguments
        compared = self.loss is not None
        if not self._own_metrics:
            compared = compared or bool(said.get("metrics") or said.get("weighted_metrics"))
        return compared and not self._own_loss

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the loss of a batch: those of `compile`, weighted, and what layers add.

        A subclass may override it, in operations that can be traced; it then runs natively as any other.

        Parameters
        ----------
        x, y, y_pred, sample_weight : tensors or arrays, or nests of them
            Inputs, targets, outputs and weights, in the structure of the model; y and sample_weight may be None.
        training : bool

        Returns
        -------
        tensor of shape ()
            0 if there is no loss at all, as in Keras on JAX: a model may be measured by its metrics alone.

        Raises
        ------
        ValueError
            If there is no loss at all and the model is trained, or the reduction of one leaves more than a number.

        Examples
        --------
        >>> import pymlp as keras
        >>> class Scaled(keras.Sequential):
        ...     def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        ...         return 10.0 * super().compute_loss(x, y, y_pred, sample_weight, training)
        >>> model = Scaled([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.evaluate([[3.0]], [[1.0]], verbose=0)
        40.0
        """
        shapes = shapes_of(y_pred)
        names = self._names_of_outputs(shapes)
        targets, predictions, weights = (by_output(v, names) for v in (y, y_pred, sample_weight))
        outputs = self._compiled_outputs(list(map(shapes_of, targets)), shapes)
        total: Any = None
        for output, target, prediction, weight in zip(
            outputs, targets, predictions, weights, strict=True
        ):
            if output.loss is None:
                continue
            value: Any = output.loss(target, prediction, sample_weight=weight)
            if value.shape != ():
                raise ValueError(
                    f"Model {self.name!r}: the loss should be one number a batch, but {self.loss!r} with its "
                    f"reduction gives shape {value.shape}. Use reduction='sum_over_batch_size' or 'sum'."
                )
            if output.loss_tracker is not None:
                output.loss_tracker.update_state(value, sample_weight=_samples_in(prediction))
            total = output.total(value) if total is None else total + output.total(value)
        total = self._with_added_losses(total)
        if total is None and not training:
            return _zero_like(flatten(y_pred)[0])
        if total is None:
            raise ValueError(
                f"Model {self.name!r} was compiled without a loss, and no layer adds one. Call "
                "model.compile(loss=...) first."
            )
        return total

    def _with_added_losses(self, loss: Any) -> Any:
        """Return a loss (or None) and what layers add to it: penalties on weights and activities."""
        for added in self.losses:
            part = ops.sum(added) if getattr(added, "shape", ()) else added
            loss = part if loss is None else loss + part
        return loss

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Update the metrics of `compile` with a batch; return what all have measured so far.

        A subclass may override it, to update metrics that it holds as attributes. It is then traced, like `call`, and
        what it does runs natively; if what it returns has other names than `get_metrics_result`, it is called
        on the arrays of every batch instead.

        Parameters
        ----------
        x, y, y_pred, sample_weight : tensors or arrays, or nests of them
            As in `compute_loss`.

        Returns
        -------
        dict
            What callbacks are told of the batch.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> class Watched(keras.Sequential):
        ...     def __init__(self, layers):
        ...         super().__init__(layers)
        ...         self.greatest = keras.metrics.Mean(name="greatest")
        ...     def compute_metrics(self, x, y, y_pred, sample_weight=None):
        ...         self.greatest.update_state(keras.ops.max(y_pred))
        ...         return super().compute_metrics(x, y, y_pred, sample_weight)
        >>> model = Watched([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.evaluate(np.arange(4.0), np.zeros(4), batch_size=2, verbose=0)
        [3.5, 2.0]
        """
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()


def _zero_like(x: Any) -> Any:
    return constant_tensor(0.0, x.dtype) if isinstance(x, Tensor) else np.zeros((), x.dtype)[()]


def _samples_in(x: Any) -> Any:
    """Return how many samples a batch has, as the program counts them while a graph is traced."""
    if current_trace() is not None and isinstance(x, Tensor):
        return batch_size(x)
    return float(len(x))
