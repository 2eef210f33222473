"""The one error for what a file holds and should not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["FileRefused", "naming", "refusing"]


class FileRefused(ValueError):
    """A file, or a description from one, was not loaded; the message says what in it is wrong, and where.

    Examples
    --------
    >>> from pymlp import saving
    >>> try:
    ...     saving.deserialize_keras_object({"class_name": "__lambda__", "config": {}})
    ... except saving.FileRefused as error:
    ...     print(str(error)[:41])
    The file holds a lambda, which is program
    """


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn whatever the values in a file make other code raise into an error about the file."""
    try:
        yield
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(f"{what}: {error or type(error).__name__}") from error


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Say in refusals which file it is, if they do not."""
    try:
        yield
    except FileRefused as error:
        if where in str(error):
            raise
        raise FileRefused(f"{where} cannot be loaded. {error}") from error
