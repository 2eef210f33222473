"""The command line tool ``pymlp``; one module per subcommand."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pymlp.cli import bench, demo
from pymlp.cli.arguments import EXIT_INTERRUPTED, CommandError, HelpfulParser

__all__ = ["CommandError", "main"]

# A subcommand is a module with add_to(subparsers), which declares its options and sets `run`, a
# function of the parsed arguments that returns the exit code. What takes time to import is
# imported in `run`, so that --help answers at once.
_COMMANDS = (demo, bench)

_EXIT_FAILURE = 1
_EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``pymlp`` with the given arguments and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; `sys.argv` by default.

    Returns
    -------
    int
        0 when all went well, 1 after an error that was explained on standard error, 130 after
        Ctrl-C. Wrong arguments raise SystemExit with code 2, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return _EXIT_USAGE
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`pymlp demo | head`). What is still buffered must go
        # somewhere, or Python complains when it flushes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _EXIT_FAILURE
    except (CommandError, OSError) as error:
        print(f"pymlp {options.command}: error: {error}", file=sys.stderr)
        return _EXIT_FAILURE


def _parser() -> HelpfulParser:
    from pymlp import __version__

    parser = HelpfulParser(
        prog="pymlp",
        description="Multilayer perceptrons on a CPU, behind the Keras API.",
        epilog="'pymlp COMMAND --help' explains a command and its options.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"pymlp {__version__}",
        help="Print pymlp's version and leave.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
