"""``pymlp bench``: what share of this machine's own floor a network reaches."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pymlp.cli.arguments import natural_number, positive_number
from pymlp.cli.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from pymlp.cli.bench_network import Network
    from pymlp.cli.bench_run import Measured

__all__ = ["add_to", "architecture", "run"]

_ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "gelu", "selu", "softplus", "swish", "linear")
_LOSSES = ("auto", "crossentropy", "mse")

_DESCRIPTION = """\
Train a network of Dense layers on made-up numbers, predict with it (as an example: pymlp bench
784-300-100-10 --batch-size 32), and tell how near this machine's own floor that comes: the time that
nothing but its multiply-adds would take, or nothing but going once over its weights, whichever is
longer. What the machine can do is measured in the same run.
"""

_EPILOG = """\
Leave the machine alone meanwhile. It takes less than a minute; very large networks take longer.
"""


def architecture(text: str) -> tuple[int, ...]:
    """Return the widths in `text`, such as "784-300-100-10"."""
    if not re.fullmatch(r"[1-9]\d*(-[1-9]\d*)+", text):
        raise argparse.ArgumentTypeError(
            "expected the widths of inputs, hidden layers and outputs, whole numbers of at least 1 with dashes "
            f"between, such as 784-300-100-10; received '{text}'"
        )
    return tuple(map(int, text.split("-")))


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "bench",
        help="Tell what share of this machine's own floor a network reaches.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    option = parser.add_argument
    option(
        "units",
        type=architecture,
        metavar="WIDTHS",
        help="The widths of inputs, hidden layers and outputs, with dashes between.",
    )
    option(
        "--batch-size",
        type=natural_number,
        default=32,
        metavar="N",
        help="Take N rows for each step of the optimizer. The default is 32.",
    )
    option(
        "--activation",
        choices=_ACTIVATIONS,
        default="relu",
        metavar="NAME",
        help=f"Give the hidden layers the activation NAME, one of {', '.join(_ACTIVATIONS)}. The default is relu.",
    )
    option(
        "--loss",
        choices=_LOSSES,
        default="auto",
        metavar="NAME",
        help="Use softmax with sparse categorical crossentropy ('crossentropy'), or the mean squared error ('mse'). "
        "The default is mse for one output and crossentropy for more.",
    )
    option(
        "--optimizer",
        choices=OPTIMIZERS,
        default="sgd",
        metavar="NAME",
        help=f"Use the optimizer NAME, one of {', '.join(OPTIMIZERS)}. The default is sgd.",
    )
    option(
        "--dtype",
        choices=("float32", "float64"),
        default="float32",
        metavar="TYPE",
        help="Compute in TYPE, float32 or float64. The default is float32.",
    )
    option(
        "--threads",
        type=natural_number,
        metavar="N",
        help="Use up to N threads. The default is what pymlp would use, given the processors it may run on.",
    )
    option(
        "--seconds",
        type=positive_number,
        default=20.0,
        metavar="S",
        help="Measure for about S seconds altogether. The default is 20.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure, print the tables and return the exit code."""
    from pymlp.cli.bench_network import Network
    from pymlp.cli.bench_run import measure

    loss = options.loss
    if loss == "auto":
        loss = "crossentropy" if options.units[-1] > 1 else "mse"
    network = Network(
        options.units,
        options.activation,
        loss,
        options.optimizer,
        options.batch_size,
        options.dtype,
    )
    measured = measure(network, options.threads, options.seconds)
    _print(network, measured)
    return 0


def _print(network: Network, measured: Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)

    def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        drawn = Table(title=title, title_justify="left")
        for i, text in enumerate(head):
            drawn.add_column(text, justify="right" if i else "left")
        for row in rows:
            drawn.add_row(*row)
        console.print()
        console.print(drawn)

    console.print(str(network))
    console.print(
        f"pymlp {measured.version} on {measured.isa}, {_threads(measured.threads)}; "
        + "; ".join(
            f"{_threads(n)}: {peak / 1e9:.0f} GFLOP/s of multiply-adds, {copied / 1e9:.0f} GB/s copied"
            for n, (peak, copied) in measured.machine.items()
        )
    )
    console.print(
        f"{measured.rows:,} made-up rows, the machine and pymlp measured in turn; medians."
    )
    training = measured.training
    table(
        "Training",
        ["", *(_threads(t.threads) for t in training)],
        [
            ["a step", *(_time(t.seconds) for t in training)],
            ["rows a second", *(f"{network.batch_size / t.seconds:,.0f}" for t in training)],
            ["GFLOP/s", *(f"{network.step_flops / t.seconds / 1e9:.1f}" for t in training)],
            ["the floor", *(f"{_time(t.floor.seconds)}, {t.floor.reason}" for t in training)],
            ["share of it reached", *(_share(t.floor.seconds, t.seconds) for t in training)],
        ],
    )  # fmt: skip
    step = sum(phase.seconds for phase in measured.phases)
    table(
        "Where a step on one thread goes",
        ["", "time", "of the step", "GFLOP/s", "of the machine's"],
        [
            [
                phase.name,
                _time(phase.seconds),
                _share(phase.seconds, step),
                f"{phase.flops / phase.seconds / 1e9:.1f}" if phase.flops else "",
                _share(phase.flops / phase.seconds, measured.machine[1][0]) if phase.flops else "",
            ]
            for phase in measured.phases
        ],
    )
    table(
        "Prediction",
        ["", "a call", "threads", "the floor", "share of it reached"],
        [
            [
                f"{p.rows:,} row{'s' * (p.rows > 1)}, {p.call}",
                _time(p.seconds),
                str(p.threads),
                f"{_time(p.floor.seconds)}, {p.floor.reason}",
                _share(p.floor.seconds, p.seconds),
            ]
            for p in measured.predictions
        ],
    )


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if part > 0.095 * whole else f"{100 * part / whole:.1f} %"


def _time(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
