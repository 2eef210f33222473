"""Descriptions from files: text to dicts and lists, and what is checked of them before anything is made."""

from __future__ import annotations

import json
from typing import Any

from pymlp.saving.refusal import FileRefused

__all__ = ["check_description", "parsed"]

# A text of these bytes becomes at most some 400 MB of dicts and lists.
MOST_BYTES = 2**24
# A model in a model takes some 5 levels; 24 of them, one in the other, are more than anyone builds.
MOST_LEVELS = 128
# A layer takes some five descriptions, of itself, its initializers and regularizers.
MOST_DESCRIPTIONS = 20_000
# Lengths and counts are whole numbers that a machine's word holds.
MOST = 2**63
_KEYS = {"class_name": (str,), "module": (str, type(None)), "registered_name": (str, type(None))}


def parsed(text: bytes | str, where: str) -> Any:
    """Return what a JSON text holds, of reasonable size and depth.

    Raises
    ------
    FileRefused
        For a text that is none, holds a key twice in one object, or half a character in a text, or is too large
        or too deep.
    """
    if len(text) > MOST_BYTES:
        raise FileRefused(
            f"{where} is a text of {len(text)} bytes; a model's description has at most {MOST_BYTES}."
        )
    try:
        # Of bytes json would guess the encoding and import its codec, by what the file begins with.
        text = text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")
        config = json.loads(text, object_pairs_hook=_once)
    except FileRefused as error:
        raise FileRefused(f"{where} cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"{where} cannot be read: {error}") from error
    check_description(config, where)
    return config


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; readers differ in which of two values of one key they take."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise FileRefused("an object in it has one key twice.")
    return made


def check_description(config: Any, where: str) -> None:
    """Raise FileRefused unless a description is of reasonable depth and objects in it are named by strings."""
    waiting: list[tuple[Any, int]] = [(config, 0)]
    descriptions = 0
    while waiting:
        value, level = waiting.pop()
        if isinstance(value, str) and not _is_text(value):
            raise FileRefused(
                f"{where} holds {value!r:.80}, which is no text: half a character is in it."
            )
        if isinstance(value, int) and not -MOST <= value < MOST:
            raise FileRefused(f"{where} holds a whole number of {len(str(value))} digits.")
        if not isinstance(value, dict | list | tuple):
            continue
        if level > MOST_LEVELS:
            raise FileRefused(f"{where} is nested more than {MOST_LEVELS} levels deep.")
        if isinstance(value, dict) and "class_name" in value and "config" in value:
            descriptions += 1
            if descriptions > MOST_DESCRIPTIONS:
                raise FileRefused(
                    f"{where} holds more than {MOST_DESCRIPTIONS} descriptions of objects."
                )
            for key, kinds in _KEYS.items():
                if key in value and not isinstance(value[key], kinds):
                    raise FileRefused(
                        f"{where}: the {key} of {value['class_name']!r:.80} should be a string, it is "
                        f"{value[key]!r:.80}."
                    )
        items = [*value, *value.values()] if isinstance(value, dict) else value
        waiting += [(item, level + 1) for item in items]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
