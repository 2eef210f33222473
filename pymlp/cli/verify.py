"""``pymlp verify``: whether an exported C file compiles and predicts what it should."""

from __future__ import annotations

import argparse
from typing import Any

from pymlp.cli.arguments import (
    EXIT_FAILURE,
    explained,
    natural_number,
    positive_number,
    seed,
)

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Compile a C file that 'pymlp export' wrote, with warnings as errors, in a temporary folder, and run its self-test. This
runs the file: verify what you have exported, not what somebody sent you.
"""

_EPILOG = """\
The exit code is 0 if all agrees, 1 if something does not, and 2 if it could not be tried.
"""


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "verify",
        help="Compile an exported C file, run it, and compare what it predicts.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    option = parser.add_argument
    option("file", metavar="FILE", help="The C file; its header is beside it.")
    option(
        "--cc",
        action="append",
        metavar="COMPILER",
        help="Compile with COMPILER. It may be given several times; by default those of gcc and clang that are there.",
    )
    option(
        "--tolerance",
        type=positive_number,
        metavar="T",
        help="Let results be T off, as a part of the largest of a sample, or of 1. The default is 1e-5, and 1e-12 for "
        "models in float64.",
    )
    option(
        "--model",
        metavar="MODEL",
        help="Compare with the saved model MODEL, too. Samples are drawn at random.",
    )
    option(
        "--samples",
        type=natural_number,
        default=100,
        metavar="N",
        help="Compare N samples with those of MODEL. The default is 100.",
    )
    option(
        "--seed",
        type=seed,
        default=1,
        metavar="N",
        help="Start the random numbers at N; the same N gives the same samples. The default is 1.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Verify and return the exit code."""
    from pymlp.cli.formats import read_model
    from pymlp.export import verify_c

    with explained():
        model = None if options.model is None else read_model(options.model)
        verdicts = verify_c(
            options.file, options.cc, options.tolerance, model, options.samples, options.seed
        )
    for verdict in verdicts:
        print(f"{verdict.compiler}: {'ok' if verdict.agrees else 'FAILED'}, {verdict.message}")
    return 0 if all(verdict.agrees for verdict in verdicts) else EXIT_FAILURE
