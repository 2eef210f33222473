"""What goes element by element: an expression for each operation, within one nest of loops."""

from __future__ import annotations

from pymlp.export.c_loops import Walk, broadcast_walk, contiguous, nest
from pymlp.export.c_rules.step import Rule, Step
from pymlp.export.c_text import literal
from pymlp.export.sample_graph import sample_shape

__all__ = ["ELEMENTWISE", "RULES"]

# {0}, {1} ... are the operands, {p} and {q} the parameters.
ELEMENTWISE = {
    "negative": "-{0}",
    "abs": "fabsf({0})",
    "sign": "NAME_sign({0})",
    "square": "{0} * {0}",
    "sqrt": "sqrtf({0})",
    "exp": "expf({0})",
    "log": "logf({0})",
    "log1p": "log1pf({0})",
    "expm1": "expm1f({0})",
    "relu": "NAME_relu({0})",
    "leaky_relu": "NAME_leaky_relu({0}, {p})",
    "elu": "NAME_elu({0}, {p})",
    "sigmoid": "NAME_sigmoid({0})",
    "tanh": "tanhf({0})",
    "softplus": "NAME_softplus({0})",
    "erf": "erff({0})",
    "clip": "NAME_clip({0}, {p}, {q})",
    "sin": "sinf({0})",
    "cos": "cosf({0})",
    "floor": "floorf({0})",
    "ceil": "ceilf({0})",
    "round": "rintf({0})",
    "arcsin": "asinf({0})",
    "arccos": "acosf({0})",
    "arctan": "atanf({0})",
    "arcsinh": "asinhf({0})",
    "arccosh": "acoshf({0})",
    "arctanh": "atanhf({0})",
    "cbrt": "cbrtf({0})",
    "erfc": "erfcf({0})",
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "maximum": "NAME_maximum({0}, {1})",
    "minimum": "NAME_minimum({0}, {1})",
    "less": "{0} < {1} ? 1.0f : 0.0f",
    "less_equal": "{0} <= {1} ? 1.0f : 0.0f",
    "greater": "{0} > {1} ? 1.0f : 0.0f",
    "greater_equal": "{0} >= {1} ? 1.0f : 0.0f",
    "equal": "{0} == {1} ? 1.0f : 0.0f",
    "not_equal": "{0} != {1} ? 1.0f : 0.0f",
    "power": "powf({0}, {1})",
    "arctan2": "atan2f({0}, {1})",
    "where": "{0} == 0.0f ? {2} : {1}",
}


def _elementwise(step: Step) -> list[str]:
    y = step.y
    assert y.operation is not None
    template = ELEMENTWISE[y.operation.name]
    parameters = dict(zip("pq", y.attributes.get("parameters", ()), strict=False))
    texts = {name: literal(value, y.dtype) for name, value in parameters.items()}
    numbers = [step.number(x) for x in y.inputs]
    walks = [broadcast_walk(sample_shape(x), step.shape) for x in y.inputs]

    def body(*indices: str) -> str:
        operands = [
            number or f"{step.array(x)}[{index}]"
            for x, number, index in zip(y.inputs, numbers, indices, strict=False)
        ]
        return f"{step.array(y)}[{indices[-1]}] = {template.format(*operands, **texts)};"

    # A number that is written out does not keep loops apart.
    walks = [
        walk if number is None else Walk(0, (0,) * len(step.shape))
        for walk, number in zip(walks, numbers, strict=True)
    ]
    return nest(step.shape, [*walks, Walk(0, contiguous(step.shape))], body)


RULES: dict[str, Rule] = dict.fromkeys(ELEMENTWISE, _elementwise)
