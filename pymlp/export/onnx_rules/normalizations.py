"""Normalisations, by columns, by rows, and softmax."""

from __future__ import annotations

import numpy as np

from pymlp.export.onnx_rules.rules import made_by, rule
from pymlp.export.onnx_writer import Writer
from pymlp.graph.tensor import Tensor


@rule("softmax")
def _softmax(w: Writer, y: Tensor) -> str:
    return w.node("Softmax", [w.value(y.inputs[0])], axis=-1)


@rule("sparsemax")
def _sparsemax(w: Writer, y: Tensor) -> str:
    """Martins and Astudillo's algorithm: the k greatest stay above 0, each less the same threshold."""
    x, n = w.value(y.inputs[0]), y.shape[-1] or 0
    order = w.node("TopK", [x, w.integers([n])], outputs=2)
    ranked = w.node("GatherElements", [x, order], axis=-1)
    last = w.array(np.array(-1))
    sums = w.node("Sub", [w.node("CumSum", [ranked, last]), w.number(1.0)])
    counts = w.array(np.arange(1, n + 1, dtype=w.dtype))
    inside = w.cast(w.node("Greater", [w.node("Mul", [ranked, counts]), sums]), w.dtype)
    k = w.node("ReduceSum", [inside, w.integers([-1])], keepdims=1)
    total = w.node("ReduceSum", [w.node("Mul", [inside, ranked]), w.integers([-1])], keepdims=1)
    threshold = w.node("Div", [w.node("Sub", [total, w.number(1.0)]), k])
    return w.node("Relu", [w.node("Sub", [x, threshold])])


@rule("batch_norm")
def _batch_norm(w: Writer, y: Tensor) -> str:
    x, mean, variance, *rest = y.inputs
    gamma = rest.pop(0) if y.attributes["scaled"] else None
    beta = rest[0] if rest else None
    epsilon, n = y.attributes["epsilon"], mean.shape[0] or 0
    if x.ndim == 2 and w.dtype == "float32":
        # The node has features along axis 1, and epsilon in single precision.
        scale = w.array(np.ones(n, w.dtype)) if gamma is None else w.value(gamma)
        shift = w.array(np.zeros(n, w.dtype)) if beta is None else w.value(beta)
        names = [w.value(x), scale, shift, w.value(mean), w.value(variance)]
        return w.node("BatchNormalization", names, epsilon=epsilon)
    root = w.node("Sqrt", [w.node("Add", [w.value(variance), w.number(epsilon)])])
    factor = w.node("Div", [w.number(1.0) if gamma is None else w.value(gamma), root])
    found = w.node("Mul", [w.node("Sub", [w.value(x), w.value(mean)]), factor])
    return found if beta is None else w.node("Add", [found, w.value(beta)])


@rule("row_norm")
def _row_norm(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    if y.attributes["centered"] and w.dtype == "float32":
        return _layer_norm(w, y, None, None)
    away = w.value(x)
    if y.attributes["centered"]:
        away = w.node("Sub", [away, w.node("ReduceMean", [away], axes=[-1], keepdims=1)])
    square = w.node("ReduceMean", [w.node("Mul", [away, away])], axes=[-1], keepdims=1)
    return w.node(
        "Div", [away, w.node("Sqrt", [w.node("Add", [square, w.number(y.attributes["epsilon"])])])]
    )


def _layer_norm(w: Writer, normalized: Tensor, gamma: Tensor | None, beta: Tensor | None) -> str:
    (x,) = normalized.inputs
    ones = np.ones(x.shape[-1] or 0, w.dtype)
    names = [w.value(x), w.array(ones) if gamma is None else w.value(gamma)]
    names += [] if beta is None else [w.value(beta)]
    return w.node("LayerNormalization", names, axis=-1, epsilon=normalized.attributes["epsilon"])


def _with_vector(t: Tensor, name: str) -> tuple[Tensor, Tensor] | None:
    """Return (what is combined with a variable along the last axis, the variable), or None."""
    if not made_by(t, name):
        return None
    x, vector = t.inputs
    fits = "variable" in vector.attributes and vector.shape == t.shape[-1:]
    return (x, vector) if fits else None


def _is_normalized(t: Tensor) -> bool:
    return made_by(t, "row_norm") and bool(t.attributes["centered"])


@rule("multiply")
def _multiply(w: Writer, y: Tensor) -> str:
    scaled = _with_vector(y, "multiply")
    if w.dtype == "float32" and scaled and _is_normalized(scaled[0]):
        return _layer_norm(w, *scaled, None)
    return w.node("Mul", [w.value(x) for x in y.inputs])


@rule("add")
def _add(w: Writer, y: Tensor) -> str:
    shifted = _with_vector(y, "add")
    if w.dtype == "float32" and shifted:
        x, beta = shifted
        scaled = _with_vector(x, "multiply")
        if scaled and _is_normalized(scaled[0]):
            return _layer_norm(w, *scaled, beta)
        if _is_normalized(x):
            return _layer_norm(w, x, None, beta)
    return w.node("Add", [w.value(x) for x in y.inputs])
