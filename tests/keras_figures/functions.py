"""Losses and activations on small fixed inputs, evaluated in Keras or pymlp alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_figures.training import uniform

__all__ = ["activations", "losses"]

_N, _K = 6, 4

_SCORES = (8 * uniform((_N, _K), 200) - 4).astype(np.float32)
_TARGETS = (3 * uniform((_N, _K), 201) - 1).astype(np.float32)
_WEIGHTS = (2 * uniform((_N,), 202)).astype(np.float32)
_UNIT = _SCORES / np.linalg.norm(_SCORES, axis=1, keepdims=True)
_BITS = (uniform((_N, _K), 203) < 0.5).astype(np.float32)
_CLASSES = (_K * uniform((_N,), 204)).astype(np.int32)
_ONE_HOT = np.eye(_K, dtype=np.float32)[_CLASSES]
_SHARES = (lambda u: u / u.sum(axis=1, keepdims=True))(uniform((_N, _K), 205)).astype(np.float32)
_PROBABILITIES = uniform((_N, _K), 206).astype(np.float32)
_PROBABILITIES[0] = [0, 1, 0, 1]  # where only the clipping keeps the logarithm finite
_PROBABILITIES[1] = [1, 0, 0, 0]
_WIDE = np.where(uniform((_N, _K), 207) < 0.3, 25 * _SCORES, _SCORES).astype(np.float32)

# class, function, y_true, predictions, scores (or None), constructor's further arguments
_LOSSES: list[tuple[str, str, Any, Any, Any, list[dict[str, Any]]]] = [
    ("MeanSquaredError", "mean_squared_error", _TARGETS, _SCORES, None, [{}]),
    ("MeanAbsoluteError", "mean_absolute_error", _TARGETS, _SCORES, None, [{}]),
    ("Huber", "huber", _TARGETS, _SCORES, None, [{}, {"delta": 0.5}, {"delta": 3.0}]),
    (
        "BinaryCrossentropy",
        "binary_crossentropy",
        _BITS,
        _PROBABILITIES,
        _WIDE,
        [{}, {"label_smoothing": 0.2}],
    ),
    (
        "CategoricalCrossentropy",
        "categorical_crossentropy",
        _ONE_HOT,
        _PROBABILITIES,
        _WIDE,
        [{}, {"label_smoothing": 0.2}],
    ),
    ("CategoricalCrossentropy", "categorical_crossentropy", _SHARES, _SHARES[::-1], _SCORES, [{}]),
    (
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        _CLASSES,
        _PROBABILITIES,
        _WIDE,
        [{}],
    ),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", _CLASSES, _PROBABILITIES, _WIDE,
     [{"ignore_class": 2}]),
    ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", _TARGETS, _SCORES, None, [{}]),
    ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", _SHARES, _PROBABILITIES, None, [{}]),
    ("LogCosh", "log_cosh", _TARGETS, _SCORES, None, [{}]),
    ("CosineSimilarity", "cosine_similarity", _TARGETS, _SCORES, None, [{}]),
    ("Hinge", "hinge", _BITS, _SCORES, None, [{}]),
    ("Hinge", "hinge", 2 * _BITS - 1, _SCORES, None, [{}]),
    ("SquaredHinge", "squared_hinge", _BITS, _SCORES, None, [{}]),
    ("CategoricalHinge", "categorical_hinge", _ONE_HOT, _SCORES, None, [{}]),
    ("KLDivergence", "kl_divergence", _SHARES, _SHARES[::-1], None, [{}]),
    ("Poisson", "poisson", _CLASSES[:, None] * _BITS, _PROBABILITIES, None, [{}]),
    ("BinaryFocalCrossentropy", "binary_focal_crossentropy", _BITS, _PROBABILITIES, _SCORES,
     [{}, {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.2}]),
    ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", _ONE_HOT, _PROBABILITIES, _SCORES,
     [{}, {"alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.2}]),
    ("CategoricalGeneralizedCrossEntropy", "categorical_generalized_cross_entropy", _CLASSES, _SHARES, None,
     [{"q": 0.7}]),
    ("Dice", "dice", _BITS, _PROBABILITIES, None, [{}, {"axis": -1}]),
    ("Tversky", "tversky", _BITS, _PROBABILITIES, None, [{}, {"alpha": 0.3, "beta": 0.6, "axis": -1}]),
    ("Circle", "circle", _CLASSES, _UNIT, None,
     [{"gamma": 8.0}, {"gamma": 4.0, "margin": 0.2, "remove_diagonal": False}]),
]  # fmt: skip

_REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]


def losses(library: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and a value for every loss, as a function and as a class in all its settings."""
    for number, (cls, function, y_true, predictions, scores, settings) in enumerate(_LOSSES):
        for extra in settings:
            inputs = [({}, predictions)]
            if scores is not None:
                inputs = [({"from_logits": False}, predictions), ({"from_logits": True}, scores)]
            for logits, y_pred in inputs:
                arguments = {**extra, **logits}
                label = f"{number} {arguments}"
                call = getattr(library.losses, function)
                yield f"{function} {label}", np.asarray(call(y_true, y_pred, **arguments))
                for reduction in _REDUCTIONS:
                    loss = getattr(library.losses, cls)(reduction=reduction, **arguments)
                    name = f"{cls} {label} {reduction}"
                    yield name, np.asarray(loss(y_true, y_pred))
                    weighted = loss(y_true, y_pred, sample_weight=_WEIGHTS)
                    yield f"{name} weighted", np.asarray(weighted)


_INPUTS = np.concatenate(
    [
        np.array([-100, -30, -1, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1, 6, 30, 100], np.float32),
        _SCORES.ravel()[:12],
    ]
).reshape(4, 6)

_ACTIVATIONS: list[tuple[str, dict[str, Any]]] = [
    ("linear", {}),
    ("sigmoid", {}),
    ("tanh", {}),
    ("relu", {}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 0.5}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("softplus", {}),
    ("softmax", {}),
    ("celu", {}),
    ("celu", {"alpha": 0.7}),
    ("selu", {}),
    ("mish", {}),
    ("squareplus", {}),
    ("squareplus", {"b": 0.5}),
    ("hard_sigmoid", {}),
    ("hard_silu", {}),
    ("hard_tanh", {}),
    ("hard_shrink", {"threshold": 0.7}),
    ("soft_shrink", {"threshold": 0.7}),
    ("tanh_shrink", {}),
    ("threshold", {"threshold": 1.0, "default_value": 3.0}),
    ("sparse_sigmoid", {}),
    ("sparse_plus", {}),
    ("log_softmax", {}),  # not sparsemax: the rows of Keras 3.15's do not add up to 1
]

_LAYERS: list[tuple[str, dict[str, Any]]] = [
    *(("Activation", {"activation": name}) for name, settings in _ACTIVATIONS if not settings),
    ("ReLU", {}),
    ("ReLU", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 0.5}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.1}),
    ("PReLU", {"alpha_initializer": "ones"}),
    ("PReLU", {}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.5}),
    ("Softmax", {}),
]


def activations(library: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and a value for every activation, as a function, by name, and as a layer."""
    for name, settings in _ACTIVATIONS:
        function = getattr(library.activations, name)
        yield f"{name} {settings}", np.asarray(function(_INPUTS, **settings))
        if not settings:
            yield f"get {name}", np.asarray(library.activations.get(name)(_INPUTS))
    for name, settings in _LAYERS:
        layer = getattr(library.layers, name)(**settings)
        yield f"{name} {settings}", np.asarray(layer(_INPUTS))
