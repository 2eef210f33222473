"""Python's names, numbers and texts as C has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = [
    "Names",
    "array_rows",
    "as_comment",
    "as_double",
    "identifier",
    "literal",
    "needs_math",
    "suffix",
]

_LONGEST = 40


def identifier(text: str, default: str) -> str:
    """Return a C identifier that is like `text`, in lower case and not beginning with an underscore.

    Examples
    --------
    >>> identifier("My net/2", "model"), identifier("3 layers", "model"), identifier("日", "model")
    ('my_net_2', 'model_3_layers', 'model')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower())[:_LONGEST].strip("_")
    if not plain:
        return default
    return plain if plain[0].isalpha() else f"{default}_{plain}"


class Names:
    """Hands out identifiers, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        """Return `wanted`, or `wanted` with a number if it was handed out before."""
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name


def as_comment(text: str) -> str:
    """Return a text that may stand within a C comment: nothing in it ends the comment, or begins another.

    What is not ASCII is written by its number, as in HTML: some of it would change how the lines around it look.

    Examples
    --------
    >>> as_comment("a */ b")
    'a * / b'
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    plain = plain.encode("ascii", "xmlcharrefreplace").decode("ascii")
    # A backslash could join lines, two question marks begin a trigraph.
    plain = plain.replace("\\", "&#92;").replace("??", "?&#63;")
    while "*/" in plain or "/*" in plain:
        plain = plain.replace("*/", "* /").replace("/*", "/ *")
    return plain


def literal(value: Any, dtype: str) -> str:
    """Return a number as it is easiest read, of exactly this value.

    Examples
    --------
    >>> literal(0.1, "float32"), literal(-2.0, "float64"), literal(float("inf"), "float32")
    ('0.1f', '(-2.0)', 'INFINITY')
    """
    number = np.dtype(dtype).type(value)
    text = _special(float(number)) or str(number)
    if text[-1] not in "YN":
        text += suffix(dtype)
    return f"({text})" if text[0] == "-" else text


def suffix(dtype: str) -> str:
    """Return what stands behind a number of that type."""
    return "f" if dtype == "float32" else ""


def _special(value: float) -> str:
    if value != value:
        return "NAN"
    return {float("inf"): "INFINITY", float("-inf"): "-INFINITY"}.get(value, "")


def array_rows(values: np.ndarray, per_row: int = 8) -> Iterator[str]:
    """Yield the numbers of an array as lines of hexadecimal literals, which every compiler reads alike."""
    end = suffix(str(values.dtype))
    flat = values.ravel().tolist()
    for first in range(0, len(flat), per_row):
        yield "    " + ", ".join(_hexadecimal(v, end) for v in flat[first : first + per_row]) + ","


def _hexadecimal(value: float, end: str) -> str:
    special = _special(value)
    if special:
        return special
    digits, exponent = value.hex().split("p")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}p{exponent}{end}"


# Functions of <math.h> that the rules use, in their form for float.
_FUNCTIONS = (
    "exp|expm1|log|log1p|tanh|erf|erfc|sqrt|cbrt|fabs|sin|cos|asin|acos|atan|atan2|asinh|acosh|atanh"
    "|floor|ceil|rint|pow"
)
_SINGLE = re.compile(rf"\b({_FUNCTIONS})f(?=\()")
_MATH = re.compile(rf"\b(NAN|INFINITY|({_FUNCTIONS})f?(?=\())")
_NUMBER = re.compile(r"\b(\d+\.\d*(?:e[-+]?\d+)?)f\b")


def needs_math(text: str) -> bool:
    """Whether C code uses something of <math.h>."""
    return bool(_MATH.search(text))


def as_double(lines: Sequence[str]) -> list[str]:
    """Return C lines written for float in their form for double; comments behind ``//`` stay as they are."""
    found = []
    for line in lines:
        code, mark, comment = line.partition("// ")
        code = _NUMBER.sub(r"\1", _SINGLE.sub(r"\1", code))
        found.append(re.sub(r"\bfloat\b", "double", code) + mark + comment)
    return found


def commented(lines: Sequence[str]) -> list[str]:
    """Return lines with comments behind ``//`` in the older form, and such that no name in them ends it."""
    found = []
    for line in lines:
        code, mark, comment = line.partition("// ")
        found.append(f"{code}/* {as_comment(comment)} */" if mark else line)
    return found
