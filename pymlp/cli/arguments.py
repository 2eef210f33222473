"""What the subcommands share: their parser, checks of options, their error, an exit code."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "EXIT_FAILURE",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "CommandError",
    "HelpfulParser",
    "explained",
    "natural_number",
    "positive_number",
    "seed",
]

EXIT_FAILURE = 1
EXIT_USAGE = 2  # as argparse has it
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class CommandError(Exception):
    """A command cannot go on; the message is all that the user needs to see.

    Attributes
    ----------
    code : int
        What the command exits with.
    """

    def __init__(self, message: str, code: int = EXIT_FAILURE) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def explained() -> Iterator[None]:
    """Make of errors in the files and the arguments that a user gave a `CommandError` of one line, with exit code 2."""
    try:
        yield
    except (ImportError, NotImplementedError, OSError, TypeError, ValueError) as error:
        message = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            message = f"{error.filename}: {error.strerror}"
        raise CommandError(" ".join(message.split()), EXIT_USAGE) from error


class HelpfulParser(argparse.ArgumentParser):
    """An argument parser whose help starts its sentences with a capital letter."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="Show this help and leave.")


def natural_number(text: str) -> int:
    """Return `text` as a whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of at least 1, received '{text}'"
        )
    return value


def positive_number(text: str) -> float:
    """Return `text` as a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, received '{text}'")
    return value


def seed(text: str) -> int:
    """Return `text` as a seed, a whole number from 0 to 2**32 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to {2**32 - 1}, received '{text}'"
        )
    return value
