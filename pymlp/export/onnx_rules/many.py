"""Products, and one number of many: sums, the greatest, the first few."""

from __future__ import annotations

import numpy as np

from pymlp.export.onnx_rules.rules import rule
from pymlp.export.onnx_writer import Writer
from pymlp.graph.tensor import Tensor

# ---- products --------------------------------------------------------------------------------------------


@rule("dense")
def _dense(w: Writer, y: Tensor) -> str:
    x, *others = y.inputs
    names = [w.value(t) for t in y.inputs]
    if x.ndim == 2 and len(others) == 2:
        return w.node("Gemm", names)
    product = w.node("MatMul", names[:2])
    return w.node("Add", [product, names[2]]) if len(others) == 2 else product


# ---- sums and other numbers of many ----------------------------------------------------------------------


@rule("sum_all")
def _sum_all(w: Writer, y: Tensor) -> str:
    return w.node("ReduceSum", [w.value(y.inputs[0])], keepdims=0)


@rule("sum_rows")
def _sum_rows(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    kept = y.shape
    while kept[:1] == (1,) and x.shape[-len(kept) :] != kept:
        kept = kept[1:]
    axes = list(range(x.ndim - len(kept)))
    found = w.node("ReduceSum", [w.value(x), w.integers(axes)], keepdims=0)
    return w.reshape(found, kept, y.shape)


@rule("sum_cols")
def _sum_cols(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    factor, keepdims = y.attributes["factor"], int(y.attributes["keepdims"])
    if x.shape[-1] and factor == 1.0 / x.shape[-1]:
        return w.node("ReduceMean", [w.value(x)], axes=[-1], keepdims=keepdims)
    found = w.node("ReduceSum", [w.value(x), w.integers([-1])], keepdims=keepdims)
    return found if factor == 1.0 else w.node("Mul", [found, w.number(factor)])


@rule("batch_size")
def _batch_size(w: Writer, y: Tensor) -> str:
    return w.cast(w.node("Squeeze", [w.samples(), w.integers([0])]), w.dtype)


@rule("argmax_cols")
def _argmax(w: Writer, y: Tensor) -> str:
    keepdims = int(y.attributes["keepdims"])
    return w.cast(w.node("ArgMax", [w.value(y.inputs[0])], axis=-1, keepdims=keepdims), w.dtype)


_COMBINATIONS = ("ReduceMax", "ReduceMin", "ReduceProd")


@rule("combine_cols")
def _combine_cols(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    kind = _COMBINATIONS[y.attributes["how"]]
    return w.node(kind, [w.value(x)], axes=[-1], keepdims=int(y.ndim == x.ndim))


@rule("combine_rows")
def _combine_rows(w: Writer, y: Tensor) -> str:
    return w.node(_COMBINATIONS[y.attributes["how"]], [w.value(y.inputs[0])], axes=[0], keepdims=0)


@rule("column_mean")
def _column_mean(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    return w.node("ReduceMean", [w.value(x)], axes=list(range(x.ndim - 1)), keepdims=0)


@rule("column_variance")
def _column_variance(w: Writer, y: Tensor) -> str:
    x, mean = y.inputs
    away = w.node("Sub", [w.value(x), w.value(mean)])
    axes = list(range(x.ndim - 1))
    return w.node("ReduceMean", [w.node("Mul", [away, away])], axes=axes, keepdims=0)


@rule("cumsum_cols")
def _cumsum(w: Writer, y: Tensor) -> str:
    axis, reverse = w.array(np.array(-1)), int(y.attributes["reverse"])
    return w.node("CumSum", [w.value(y.inputs[0]), axis], reverse=reverse)


@rule("argsort_cols")
def _argsort(w: Writer, y: Tensor) -> str:
    count = w.integers([y.shape[-1] or 0])
    return w.cast(w.node("TopK", [w.value(y.inputs[0]), count], outputs=2, largest=0), w.dtype)
