"""The process in which one library is measured.

It reads one JSON object a line from standard input and answers each with one line on standard
output: a method of the session, the task it is for and its arguments, or ``quit``. What the library
itself prints goes to standard error. An answer is ``{"ok": ...}``, ``{"missing": reason}``,
``{"unsupported": reason}`` or ``{"failed": traceback}``.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections import defaultdict
from typing import Any

from bench import sessions
from bench.peers import Unsupported

__all__ = ["main"]


def main(name: str) -> None:
    """Serve until ``quit`` or the end of the input; every task has a session of its own."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # a library that prints must not get in between the answers
    tasks: defaultdict[str, Any] = defaultdict(sessions.load(name))
    for line in sys.stdin:
        command = json.loads(line)
        verb = command.pop("do")
        if verb == "quit":
            break
        try:
            answer = {"ok": getattr(tasks[command.pop("task", "")], verb)(**command)}
        except ImportError as error:
            answer = {"missing": str(error)}
        except Unsupported as error:
            answer = {"unsupported": str(error)}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
