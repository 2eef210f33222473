"""``pymlp export``: a saved model for programs without pymlp."""

from __future__ import annotations

import argparse
from typing import Any

from pymlp.cli.arguments import explained, natural_number

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Write a saved model in a format that runs without pymlp. A name that ends in .c makes one C99 file with the weights, a
function that predicts and a self-test, and its header; 'pymlp verify' compiles and runs it. One that ends in .onnx is
a file for ONNX Runtime and its kin. Files that are there are replaced.
"""


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "export",
        help="Write a saved model in a format that runs without pymlp, such as one C file.",
        description=_DESCRIPTION,
    )
    option = parser.add_argument
    option("model", metavar="MODEL", help="The saved model, such as model.keras.")
    option("target", metavar="OUT", help="The file to write.")
    option(
        "--format",
        metavar="NAME",
        help="Write the format NAME. By default the ending of OUT says which.",
    )
    option(
        "--prefix",
        metavar="NAME",
        help="Let the names in a C file begin with NAME. By default it is made of the model's name.",
    )
    option(
        "--examples",
        metavar="FILE",
        help="Store the samples in FILE in the self-test of a C file. It is an array in a .npy file, or an .npz file "
        "with one for each input. By default samples are drawn at random.",
    )
    option(
        "--vectors",
        type=natural_number,
        metavar="N",
        help="Draw N samples for the self-test of a C file. The default is 8.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export and return the exit code."""
    from pymlp.cli.formats import read_model
    from pymlp.export import export_model

    given = {"prefix": options.prefix, "vectors": options.vectors}
    with explained():
        if options.examples is not None:
            given["examples"] = _arrays(options.examples)
        model = read_model(options.model)
        chosen = {key: value for key, value in given.items() if value is not None}
        files = export_model(model, options.target, options.format, verbose=False, **chosen)
    print(f"{options.model} -> {', '.join(map(str, files))}")
    return 0


def _arrays(name: str) -> Any:
    """Return the array in a file, or the list of arrays."""
    import numpy as np

    found = np.load(name, allow_pickle=False)
    if isinstance(found, np.ndarray):
        return found
    with found:
        arrays = [found[key] for key in found.files]
    return arrays[0] if len(arrays) == 1 else arrays
