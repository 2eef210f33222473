"""What the subcommands share: their parser, checks of options, their error, an exit code."""

from __future__ import annotations

import argparse
import math
from typing import Any

__all__ = [
    "EXIT_INTERRUPTED",
    "CommandError",
    "HelpfulParser",
    "natural_number",
    "positive_number",
    "seed",
]

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class CommandError(Exception):
    """A command cannot go on; the message is all that the user needs to see."""


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
