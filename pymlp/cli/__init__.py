"""The command line tool ``pymlp``; one module per subcommand."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pymlp.cli import bench, convert, demo, export, summary, verify
from pymlp.cli.arguments import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    CommandError,
    HelpfulParser,
)

__all__ = ["CommandError", "main"]

# A subcommand is a module with add_to(subparsers), which declares its options and sets `run`, a
# function of the parsed arguments that returns the exit code. What takes time to import is
# imported in `run`, so that --help answers at once.
_COMMANDS = (demo, bench, summary, convert, export, verify)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``pymlp`` with the given arguments and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; `sys.argv` by default.

    Returns
    -------
    int
        0 when all went well, 1 after an error that was explained on standard error, or 2 if it is of the files that
        were named, 130 after Ctrl-C. Wrong arguments raise SystemExit with code 2, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return EXIT_USAGE
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`pymlp demo | head`). What is still buffered must go
        # somewhere, or Python complains when it flushes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except (CommandError, OSError) as error:
        print(f"pymlp {options.command}: error: {error}", file=sys.stderr)
        return error.code if isinstance(error, CommandError) else EXIT_FAILURE


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
