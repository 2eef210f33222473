"""`CompileMetrics`: the metrics given to `compile`, those of all outputs, as one metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pymlp.metrics.metric import Metric
from pymlp.models.outputs import by_output
from pymlp.nesting import map_structure
from pymlp.tracing import current_trace

if TYPE_CHECKING:
    from pymlp.models.compiling import Compiled

__all__ = ["CompileMetrics", "shapes_of"]


class CompileMetrics(Metric):
    """The metrics of `Model.compile`. They are chosen when the targets are first seen; until then there are none.

    Parameters
    ----------
    compiled : Compiled
        The model.
    """

    def __init__(self, compiled: Compiled) -> None:
        super().__init__(name="compile_metrics")
        self._compiled = compiled

    @property
    def metrics(self) -> list[Any]:
        """The metrics, those that are not weighted first."""
        return [metric for _, metric in self._each()]

    @property
    def names(self) -> list[str]:
        """Their names in logs."""
        return [name for name, _ in self._each()]

    @property
    def variables(self) -> list[Any]:
        return [variable for metric in self.metrics for variable in metric.variables]

    def _each(self) -> Iterator[tuple[str, Any]]:
        """Yield the name in logs and the metric; two of the same name are told apart as in Keras."""
        times: dict[str, int] = {}
        outputs = self._compiled._outputs or []
        for weighted in (False, True):
            for output in outputs:
                for metric in output.weighted_metrics if weighted else output.metrics:
                    name = output.log_name(metric.name)
                    if name in times and weighted:
                        name = output.log_name(f"weighted_{metric.name}")
                    times[name] = times.get(name, 0) + 1
                    yield name if times[name] == 1 else f"{name}_{times[name] - 1}", metric

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true, y_pred, sample_weight : tensors or arrays, or nests of them
            As the model's outputs are nested, or dicts by their names.
        """
        shapes = shapes_of(y_pred)
        names = self._compiled._names_of_outputs(shapes)
        targets, predictions, weights = (
            by_output(nest, names) for nest in (y_true, y_pred, sample_weight)
        )
        outputs = self._compiled._compiled_outputs(list(map(shapes_of, targets)), shapes)
        rows = list(zip(outputs, targets, predictions, weights, strict=True))
        for output, target, prediction, _ in rows:
            for metric in output.metrics:
                _update(metric, target, prediction)
        for output, target, prediction, weight in rows:
            for metric in output.weighted_metrics:
                _update(metric, target, prediction, weight)

    def reset_state(self) -> None:
        """Forget all batches."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        """Return the values of all metrics by their names in logs."""
        return {name: metric.result() for name, metric in self._each()}


def shapes_of(nest: Any) -> Any:
    """Return the shapes of tensors or arrays as they are nested, None standing for the samples."""

    def shape(leaf: Any) -> Any:
        return None if leaf is None else (None, *leaf.shape[1:])

    return map_structure(shape, nest)


def _update(metric: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    try:
        metric.update_state(y_true, y_pred, **weights)
    except Exception as error:
        if current_trace() is None or _is_of_pymlp(metric):
            raise
        raise ValueError(
            f"The metric {metric.name!r} ({type(metric).__name__}) cannot be traced, as it has to be to run while a "
            f"model is trained: {error} Write it with pymlp.ops or NumPy functions that take tensors; or have it "
            "computed in Python on the arrays of each batch, by model.compile(..., run_eagerly=True)."
        ) from error


def _is_of_pymlp(metric: Any) -> bool:
    """Whether what the metric computes is written in pymlp."""
    function: Callable[..., Any] = getattr(metric, "_fn", type(metric).update_state)
    return str(getattr(function, "__module__", "")).startswith("pymlp.")
