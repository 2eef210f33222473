"""The C functions that generated code calls, each written into a file only if something there calls it.

They are written for float; `pymlp.export.c_text.as_double` makes those for double of them. ``NAME`` stands for the
prefix. What a NaN or an infinity becomes is what the engine makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pymlp.export.c_row_functions import ROW_FUNCTIONS

__all__ = ["FUNCTIONS", "in_order"]


def _scalar(name: str, value: str, parameters: str = "") -> str:
    arguments = "float x" + "".join(f", float {p}" for p in parameters)
    return f"static float NAME_{name}({arguments})\n{{\n    return {value};\n}}\n"


# Below 0 it becomes 0, rather than above 0 it stays: a NaN is to be seen.
_SCALARS = {
    "sign": _scalar("sign", "x == 0.0f || x != x ? x : x < 0.0f ? -1.0f : 1.0f"),
    "relu": _scalar("relu", "x < 0.0f ? 0.0f : x"),
    "leaky_relu": _scalar("leaky_relu", "x < 0.0f ? p * x : x", "p"),
    "elu": _scalar("elu", "x > 0.0f ? x : p * expm1f(x)", "p"),
    "sigmoid": _scalar("sigmoid", "1.0f / (1.0f + expf(-x))"),
    "softplus": _scalar("softplus", "(x > 0.0f ? x : 0.0f) + log1pf(expf(-fabsf(x)))"),
    "clip": _scalar("clip", "x < p ? p : q < x ? q : x", "pq"),
    "maximum": _scalar("maximum", "x >= p || x != x ? x : p", "p"),
    "minimum": _scalar("minimum", "x <= p || x != x ? x : p", "p"),
}

FUNCTIONS = {**_SCALARS, **ROW_FUNCTIONS}


def in_order(called: Iterable[str]) -> list[str]:
    """Return the texts of functions and of those that they call, each before its callers."""
    order: dict[str, str] = {}

    def add(name: str) -> None:
        text = FUNCTIONS[name]
        for other in dict.fromkeys(re.findall(r"NAME_(\w+)\(", text)):
            if other != name:
                add(other)
        order.setdefault(name, text)

    for name in sorted(called):
        add(name)
    return list(order.values())
