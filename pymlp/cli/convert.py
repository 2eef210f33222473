"""``pymlp convert``: from one kind of file to another."""

from __future__ import annotations

import argparse
from typing import Any

from pymlp.cli.arguments import explained

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Read a model or its weights from one file and write them to another; the endings of their names say of which kind they
are: .keras and .h5 are whole models, .weights.h5 and .safetensors their weights, .onnx a network for others, .c a
C program that predicts. A file that is there is replaced, as a whole or not at all. Nothing in the file that is read is
run.
"""


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "convert",
        help="Write the model in a file as a file of another kind.",
        description=_DESCRIPTION,
    )
    option = parser.add_argument
    option("source", metavar="IN", help="The file to read.")
    option("target", metavar="OUT", help="The file to write.")
    option(
        "--architecture",
        metavar="MODEL",
        help="Take the layers from the file MODEL, if IN holds weights alone. Their shapes have to agree.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Convert and return the exit code."""
    from pymlp.cli.formats import kind_of, read_model

    with explained():
        kind = kind_of(options.target, "write")
        model = read_model(options.source, options.architecture)
        assert kind.write is not None
        kind.write(model, options.target)
    print(f"{options.source} -> {options.target}")
    return 0
