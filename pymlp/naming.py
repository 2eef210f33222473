"""Automatic names: `Dense` becomes ``dense``, ``dense_1``, ... as in Keras."""

from __future__ import annotations

import re
from collections import Counter

from pymlp.config import forget_session

__all__ = ["auto_name", "clear_session", "name_or_automatic", "to_snake_case"]

_used: Counter[str] = Counter()


def to_snake_case(name: str) -> str:
    """Return a class name in the form that Keras derives layer names from.

    Examples
    --------
    >>> to_snake_case("LeakyReLU"), to_snake_case("PReLU"), to_snake_case("InputLayer")
    ('leaky_re_lu', 'p_re_lu', 'input_layer')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """Return `prefix`, or `prefix` with the number of times it was handed out before."""
    count = _used[prefix]
    _used[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def name_or_automatic(where: str, name: str | None, prefix: str) -> str:
    """Return the name that was given, which paths in files are put together from, or an automatic one."""
    if name is not None and (not isinstance(name, str) or "/" in name):
        raise ValueError(f"{where}: name should be a string without '/', received {name!r}.")
    return name or auto_name(prefix)


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names again: the next `Dense` is called ``dense``.

    Models and layers made before keep their names and go on working. As in Keras, what
    `pymlp.config.set_dtype_policy` and `disable_interactive_logging` were told is forgotten, and `floatx` is not.

    Parameters
    ----------
    free_memory : bool
        Accepted for Keras's sake: nothing is kept that Python does not free by itself.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.utils.clear_session()
    >>> pymlp.layers.Dense(1).name, pymlp.layers.Dense(1).name
    ('dense', 'dense_1')
    """
    _used.clear()
    forget_session()
