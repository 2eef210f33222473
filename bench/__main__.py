"""The command `python -m bench`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from bench.machine import describe
from bench.options import Options
from bench.questions import QUESTIONS
from bench.report import markdown


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the questions asked for; returns 1 when a library failed or losses differed."""
    given = _parser().parse_args(arguments)
    if "list" in given.questions:
        _list()
        return 0
    options = Options(
        python=sys.executable,
        peer_python=given.peer_python,
        workloads=tuple(given.workload or ()),
        peers=tuple(given.peer or ()),
        threads=given.threads,
        rounds=given.rounds or (2 if given.tiny else 7),
        tiny=given.tiny,
        patience=given.patience,
    )
    given.output.mkdir(parents=True, exist_ok=True)
    wrong = False
    for name in given.questions or QUESTIONS:
        if not options.chosen(QUESTIONS[name].work):
            _say(f"{name}: none of its workloads was asked for")
            continue
        machine = describe(options.threads)
        answer = QUESTIONS[name].ask(options, _say)
        result = {
            "question": name,
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "machine": machine,
            "rounds": options.rounds,
            "tiny": options.tiny,
            **answer,
        }
        (given.output / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        page = markdown(result, QUESTIONS[name].section)
        (given.output / f"{name}.md").write_text(page, encoding="utf-8")
        print(page)
        _say(f"written to {given.output / name}.json and .md")
        wrong |= any(w["disagreements"] or w["failed"] for w in result["workloads"])
    return int(wrong)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure pymlp beside other libraries, each in a process of its own, "
        "interleaved, on the same data and the same threads, losses compared first. The questions "
        f"are {', '.join(QUESTIONS)}. bench/README.md tells how each library is driven and timed.",
        epilog="Libraries that are not installed are skipped: bench/requirements-peers.txt has them.",
    )
    parser.add_argument(
        "questions",
        nargs="*",
        type=_question,
        metavar="QUESTION",
        help="What to measure; everything when left out. 'list' names questions, workloads and "
        "libraries.",
    )
    parser.add_argument(
        "--workload",
        action="append",
        choices=_names("work"),
        metavar="NAME",
        help="Only this workload. May be given several times.",
    )
    parser.add_argument(
        "--peer",
        action="append",
        choices=_names("libraries"),
        metavar="NAME",
        help="Only this library (pymlp included). May be given several times.",
    )
    parser.add_argument(
        "--peer-python",
        metavar="PATH",
        default=sys.executable,
        help="The Python that has the other libraries installed; this one by default. pymlp "
        "always runs in this one.",
    )
    parser.add_argument(
        "--threads",
        type=_positive,
        default=min(2, os.cpu_count() or 1),
        help="Threads, and processors, for every library (default: %(default)s).",
    )
    parser.add_argument(
        "--rounds",
        type=_positive,
        help="How often each library is timed (default: 7; 2 with --tiny).",
    )
    parser.add_argument(
        "--patience",
        type=_positive,
        default=600,
        metavar="SECONDS",
        help="How long to wait for a library's answer before it is ended and left out (default: "
        "%(default)s).",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("bench-results"),
        metavar="FOLDER",
        help="Where the JSON and Markdown files go (default: %(default)s).",
    )
    parser.add_argument(
        "--tiny",
        action="store_true",
        help="Cut all work down to seconds, to see whether everything runs.",
    )
    return parser


def _list() -> None:
    for name, question in QUESTIONS.items():
        print(f"{name}: {question.title}")
        print("  workloads:")
        for workload in question.work.values():
            print(f"    {workload.name:22} {workload}")
        print("  libraries:")
        for peer, title in question.libraries.items():
            print(f"    {peer:22} {title}")


def _names(what: str) -> list[str]:
    """The names of all questions' workloads or libraries, each once."""
    return list(dict.fromkeys(name for q in QUESTIONS.values() for name in getattr(q, what)))


def _question(text: str) -> str:
    if text != "list" and text not in QUESTIONS:
        raise argparse.ArgumentTypeError(
            f"unknown question {text!r}: expected one of {', '.join(QUESTIONS)}, or list"
        )
    return text


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, received {text}")
    return value


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
