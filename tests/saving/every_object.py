"""Models that hold every layer, every loss, every metric: of Keras or pymlp alike, with data."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras_figures.functions import _LOSSES
from keras_figures.metrics import CASES, made
from layers.test_every_layer import CASES as LAYERS
from layers.test_every_layer import several

ROWS = 6
METRICS = [case for case in CASES if case[0] not in ("Mean", "Sum")]  # of targets and predictions


def layers_model(library: Any) -> tuple[Any, list[np.ndarray]]:
    """Return a model with a branch for each layer of the table in tests/layers, and inputs."""
    rng = np.random.default_rng(0)
    inputs, outputs, x = [], [], []
    for number, case in enumerate(LAYERS):
        shape = next((s for s in case.shapes if s != ()), None)
        if shape is None or case.name in _NOT_FROM_FILES:
            continue
        shapes = shape if several(shape) else (shape,)
        mine = [library.Input(s, name=f"x{number}_{i}") for i, s in enumerate(shapes)]
        arguments = {"seed": 1} if case.name in _DRAWING else {}
        layer = getattr(library.layers, case.name)(
            **case.arguments, **arguments, name=f"layer{number}"
        )
        outputs.append(layer(mine if several(shape) else mine[0]))
        inputs += mine
        for s in shapes:
            values = rng.normal(size=(ROWS, *s)) + 0.1
            if case.indices:
                values = rng.integers(0, case.indices, (ROWS, *s))
            x.append(values.astype(np.float32))
    return library.Model(inputs, outputs), x


# A Lambda is program code, which files are not asked for: test_refusals.py has it.
_NOT_FROM_FILES = ("Lambda",)
_DRAWING = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")


def losses_model(
    library: Any, older: bool = False
) -> tuple[Any, list[np.ndarray], dict[str, np.ndarray]]:
    """Return a model that passes predictions on, compiled with each loss for one of them, and data."""
    cases = []
    for name, _, y_true, predictions, scores, settings in _LOSSES:
        if name == "Huber":
            settings = settings[:1]  # Keras 3.15 does not write delta down
        if older and name == "CategoricalGeneralizedCrossEntropy":
            continue  # which Keras 3.15 does not find in older files
        cases += [(name, extra, y_true, predictions) for extra in settings]
        if scores is not None:
            cases.append((name, {"from_logits": True, **settings[-1]}, y_true, scores))
    model, x, y = _passing_on(library, [(t, p) for _, _, t, p in cases])
    made = [getattr(library.losses, name)(**arguments) for name, arguments, _, _ in cases]
    model.compile("sgd", loss={f"out{i}": loss for i, loss in enumerate(made)})
    return model, x, y


def metrics_of(library: Any) -> list[Any]:
    """Return each metric of the table in tests/keras_figures, with a name of its own."""
    return [
        made(library, name, {**arguments, "name": f"metric{i}"})
        for i, (name, arguments, _) in enumerate(METRICS)
    ]


def values_of(metrics: list[Any]) -> list[np.ndarray]:
    """Return what metrics give for the data of the table."""
    for metric in metrics:
        _, _, data = METRICS[int(metric.name.removeprefix("metric"))]
        metric.update_state(*data)
    return [np.asarray(metric.result()) for metric in metrics]


def measured_by(model: Any) -> list[Any]:
    """Return the metrics that a model was compiled with, in Keras and pymlp."""
    if type(model).__module__.startswith("pymlp."):
        return list(model._compile_arguments["metrics"])
    return list(model._compile_metrics._user_metrics)


def _passing_on(library: Any, pairs: list[tuple[Any, Any]]) -> tuple[Any, list[np.ndarray], Any]:
    x = [np.ascontiguousarray(y_pred, np.float32) for _, y_pred in pairs]
    inputs = [library.Input(values.shape[1:], name=f"in{i}") for i, values in enumerate(x)]
    outputs = {
        f"out{i}": library.layers.Activation("linear", name=f"out{i}")(tensor)
        for i, tensor in enumerate(inputs)
    }
    return library.Model(inputs, outputs), x, {f"out{i}": t for i, (t, _) in enumerate(pairs)}
