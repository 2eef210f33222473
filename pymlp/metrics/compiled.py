"""What ``Model.compile(metrics=...)`` means by a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp.graph.tensor import Shape
from pymlp.losses.lookup import classification_kind
from pymlp.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from pymlp.metrics.lookup import get
from pymlp.metrics.metric import Metric
from pymlp.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from pymlp.metrics.running import MeanMetricWrapper
from pymlp.naming import to_snake_case

__all__ = ["for_compile"]

_BY_KIND: dict[str, dict[str, Callable[..., Metric]]] = {
    "accuracy": {
        "binary": BinaryAccuracy,
        "sparse": SparseCategoricalAccuracy,
        "categorical": CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    },
}
_BY_KIND["acc"] = _BY_KIND["accuracy"]
_BY_KIND["ce"] = _BY_KIND["crossentropy"]


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
    by_kind = _BY_KIND.get(identifier.lower()) if isinstance(identifier, str) else None
    if by_kind is not None:
        return by_kind[classification_kind(y_true_shape, y_pred_shape)](name=identifier)
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
