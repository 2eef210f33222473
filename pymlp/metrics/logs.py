"""Logs: what metrics have measured, as plain numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from pymlp.variables import Variable

__all__ = ["plain_logs"]


def plain_logs(logs: Mapping[str, Any] | None, ordered: bool = False) -> dict[str, Any]:
    """Return logs flat: dicts within give their items, scalars become floats, variables copies of what they hold.

    Arrays stay arrays. The names may be `ordered`, those of a dict within where that was.
    """
    plain: dict[str, Any] = {}
    items = (logs or {}).items()
    for name, value in sorted(items) if ordered else items:
        if isinstance(value, Mapping):
            plain.update(plain_logs(value, ordered))
            continue
        plain[name] = value = value.numpy() if isinstance(value, Variable) else value
        if getattr(value, "ndim", 0) == 0 and not isinstance(value, str):
            with contextlib.suppress(TypeError, ValueError):
                plain[name] = float(value)
    return plain
