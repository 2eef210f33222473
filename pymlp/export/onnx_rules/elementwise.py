"""Functions of single elements, comparisons among them."""

from __future__ import annotations

from pymlp.export.onnx_rules.rules import RULES, made_by, rule
from pymlp.export.onnx_writer import Writer
from pymlp.graph.tensor import Tensor

# ---- elementwise -----------------------------------------------------------------------------------------


def _single(name: str, kind: str) -> None:
    """Enter a rule: one node without attributes."""
    RULES[name] = lambda w, y: w.node(kind, [w.value(x) for x in y.inputs])


for _name, _kind in {
    "abs": "Abs", "negative": "Neg", "sign": "Sign", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "relu": "Relu",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "erf": "Erf", "sin": "Sin", "cos": "Cos",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh",
    "floor": "Floor", "ceil": "Ceil", "round": "Round", "divide": "Div", "maximum": "Max", "minimum": "Min",
    "power": "Pow",
}.items():  # fmt: skip
    _single(_name, _kind)


@rule("copy")
def _copy(w: Writer, y: Tensor) -> str:
    return w.value(y.inputs[0])


@rule("square")
def _square(w: Writer, y: Tensor) -> str:
    x = w.value(y.inputs[0])
    return w.node("Mul", [x, x])


@rule("clip")
def _clip(w: Writer, y: Tensor) -> str:
    low, high = y.attributes["parameters"]
    return w.node("Clip", [w.value(y.inputs[0]), w.number(low), w.number(high)])


def _where_positive(w: Writer, x: str, positive: str, other: str) -> str:
    return w.node("Where", [w.node("Greater", [x, w.number(0.0)]), positive, other])


# ONNX Runtime has LeakyRelu, Elu, PRelu and Softplus in single precision alone, and so are all attributes.


@rule("leaky_relu")
def _leaky_relu(w: Writer, y: Tensor) -> str:
    x, (slope,) = w.value(y.inputs[0]), y.attributes["parameters"]
    if w.dtype == "float32":
        return w.node("LeakyRelu", [x], alpha=slope)
    return _where_positive(w, x, x, w.node("Mul", [x, w.number(slope)]))


@rule("elu")
def _elu(w: Writer, y: Tensor) -> str:
    x, (alpha,) = w.value(y.inputs[0]), y.attributes["parameters"]
    if w.dtype == "float32":
        return w.node("Elu", [x], alpha=alpha)
    return _where_positive(w, x, x, w.node("Mul", [_expm1_of(w, x), w.number(alpha)]))


@rule("subtract")
def _subtract(w: Writer, y: Tensor) -> str:
    """relu(x) - alpha * relu(-x) is one node: that is how `PReLU` computes."""
    a, b = y.inputs
    if made_by(a, "relu") and made_by(b, "multiply") and w.dtype == "float32":
        alpha, negative = b.inputs
        (x,) = a.inputs
        turned = negative.inputs[0] if made_by(negative, "relu") else None
        if turned is not None and made_by(turned, "negative") and turned.inputs[0] is x:
            return w.node("PRelu", [w.value(x), w.value(alpha)])
    return w.node("Sub", [w.value(a), w.value(b)])


@rule("cbrt")
def _cbrt(w: Writer, y: Tensor) -> str:
    x = w.value(y.inputs[0])
    root = w.node("Pow", [w.node("Abs", [x]), w.number(1.0 / 3.0)])
    return w.node("Mul", [w.node("Sign", [x]), root])


@rule("expm1")
def _expm1(w: Writer, y: Tensor) -> str:
    return _expm1_of(w, w.value(y.inputs[0]))


def _expm1_of(w: Writer, x: str) -> str:
    """exp(x) - 1 is tanh(x / 2) * (exp(x) + 1), which loses no digits of a small x."""
    half = w.node("Tanh", [w.node("Mul", [x, w.number(0.5)])])
    return w.node("Mul", [half, w.node("Add", [w.node("Exp", [x]), w.number(1.0)])])


@rule("log1p")
def _log1p(w: Writer, y: Tensor) -> str:
    return _log1p_of(w, w.value(y.inputs[0]))


@rule("softplus")
def _softplus(w: Writer, y: Tensor) -> str:
    x = w.value(y.inputs[0])
    if w.dtype == "float32":
        return w.node("Softplus", [x])
    small = w.node("Exp", [w.node("Neg", [w.node("Abs", [x])])])
    return w.node("Add", [w.node("Relu", [x]), _log1p_of(w, small)])


def _log1p_of(w: Writer, x: str) -> str:
    """log(u), with u = 1 + x rounded, times x / (u - 1) where x is small: W. Kahan's way to keep its digits."""
    one = w.number(1.0)
    u = w.node("Add", [x, one])
    logarithm = w.node("Log", [u])
    ratio = w.node("Div", [x, w.node("Sub", [u, one])])
    small = w.node("Less", [w.node("Abs", [x]), w.number(0.5)])
    found = w.node("Where", [small, w.node("Mul", [logarithm, ratio]), logarithm])
    return w.node("Where", [w.node("Equal", [u, one]), x, found])


# ---- comparisons: truth values, which become numbers where someone asks for numbers ----------------------


def _comparison(name: str, kind: str, negated: bool = False) -> None:
    def rule(w: Writer, y: Tensor) -> str:
        found = w.node(kind, [w.value(x) for x in y.inputs])
        w.give_truth(y, w.node("Not", [found]) if negated else found)
        return ""

    RULES[name] = rule


_comparison("less", "Less")
_comparison("less_equal", "LessOrEqual")
_comparison("greater", "Greater")
_comparison("greater_equal", "GreaterOrEqual")
_comparison("equal", "Equal")
_comparison("not_equal", "Equal", negated=True)


@rule("where")
def _where(w: Writer, y: Tensor) -> str:
    condition, a, b = y.inputs
    return w.node("Where", [w.truth(condition), w.value(a), w.value(b)])
