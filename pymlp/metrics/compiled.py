"""What ``Model.compile(metrics=...)`` means by a name."""

from __future__ import annotations

from typing import Any

from pymlp import metrics
from pymlp.graph.tensor import Shape
from pymlp.losses.lookup import classification_kind
from pymlp.metrics.lookup import get
from pymlp.metrics.metric import Metric
from pymlp.metrics.running import MeanMetricWrapper
from pymlp.naming import to_snake_case

__all__ = ["for_compile"]

_KINDS = {"binary": "Binary", "sparse": "SparseCategorical", "categorical": "Categorical"}
_OF_KINDS = {
    "acc": "Accuracy",
    "accuracy": "Accuracy",
    "ce": "Crossentropy",
    "crossentropy": "Crossentropy",
}


def for_compile(identifier: Any, y_true_shape: Shape, y_pred_shape: Shape) -> Metric:
    """Return the `Metric` that ``Model.compile(metrics=[identifier])`` means for one output.

    Parameters
    ----------
    identifier : str, dict, Metric, class or callable
        As in `get`. Besides, ``"accuracy"`` or ``"acc"``, ``"crossentropy"`` or ``"ce"`` stand for
        that of the three kinds that goes with the shapes.
    y_true_shape, y_pred_shape : tuple
        Shapes of targets and output, None standing for the number of samples.

    Returns
    -------
    Metric
        Named as it was asked for: ``"mse"`` is logged as ``mse``, a function under its own name.

    Raises
    ------
    ValueError
        For None, and as `get` does.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.for_compile("accuracy", (None,), (None, 10))
    <SparseCategoricalAccuracy name=accuracy>
    """
    if identifier is None:
        raise ValueError(
            "compile expected a metric, received None. Leave it out of the list of metrics."
        )
    what = _OF_KINDS.get(identifier.lower()) if isinstance(identifier, str) else None
    if what is not None:
        kind = _KINDS[classification_kind(y_true_shape, y_pred_shape)]
        made: Metric = getattr(metrics, f"{kind}{what}")(name=identifier)
        return made
    found = get(identifier)
    name = identifier if isinstance(identifier, str) else _name_of(found)
    metric = found if isinstance(found, Metric) else MeanMetricWrapper(found, name=name)
    metric.name = name
    return metric


def _name_of(obj: Any) -> str:
    for attribute in ("name", "__name__"):
        if hasattr(obj, attribute):
            return str(getattr(obj, attribute))
    return to_snake_case(type(obj).__name__)
