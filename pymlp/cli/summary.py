"""``pymlp summary``: what is in a file."""

from __future__ import annotations

import argparse
import os
from typing import Any

from pymlp.cli.arguments import explained

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Print the layers of a model in a file, with their output shapes and numbers of parameters, and how it was compiled.
Nothing in the file is run.
"""


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "summary",
        help="Print the layers of a model in a file and how it was compiled.",
        description=_DESCRIPTION,
    )
    option = parser.add_argument
    option("file", metavar="FILE", help="A saved model, such as model.keras.")
    option(
        "--expand-nested",
        action="store_true",
        help="Show the layers of models within the model, too.",
    )
    option(
        "--show-trainable",
        action="store_true",
        help="Show of each layer whether training changes it.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the summary and return the exit code."""
    from pymlp.cli.formats import read_model

    with explained():
        model = read_model(options.file)
    print(f"{options.file}: {os.path.getsize(options.file):,} bytes")
    model.summary(expand_nested=options.expand_nested, show_trainable=options.show_trainable)
    for line in _compiled(model):
        print(line)
    return 0


def _compiled(model: Any) -> list[str]:
    """Return lines that say how a model was compiled."""
    config = model.get_compile_config()
    if config is None:
        return ["Not compiled."]
    optimizer = config["optimizer"]
    rate = optimizer.get_config().get("learning_rate")
    schedule = (
        rate["class_name"] if isinstance(rate, dict) else f"{float(optimizer.learning_rate):g}"
    )
    lines = [
        f"Optimizer: {type(optimizer).__name__}, learning rate {schedule}, "
        f"{int(optimizer.iterations)} steps done"
    ]
    for key in ("loss", "loss_weights", "metrics", "weighted_metrics"):
        if config[key] is not None:
            lines.append(f"{key.replace('_', ' ').capitalize()}: {_named(config[key])}")
    return lines


def _named(value: Any) -> str:
    """Return what a loss or a metric, or a nest of them, is called."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_named(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_named, value))
    if isinstance(value, str | int | float) or value is None:
        return str(value)
    return str(getattr(value, "name", None) or getattr(value, "__name__", type(value).__name__))
