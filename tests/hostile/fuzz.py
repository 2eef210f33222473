"""Loads valid files that were changed at random, in processes that may crash: an error or a model, nothing else.

    python -m tests.hostile.fuzz --inputs 200000 --seed 7

Each input follows from the seed and its number alone; what fails is written to a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from .mutations import mutated

__all__ = ["Failure", "fuzzed"]

# Of one input, on a machine that is busy: what takes so long will not end.
_SECONDS = 60


class Failure(NamedTuple):
    """An input that was neither refused nor loaded as it should be."""

    number: int
    name: str
    what: str


def fuzzed(inputs: int, seed: int, processes: int = 2) -> tuple[Counter[str], list[Failure]]:
    """Return what came of so many inputs, and those that failed."""
    outcomes: Counter[str] = Counter()
    failures: list[Failure] = []
    with ThreadPoolExecutor(processes) as pool:
        for counted, failed in pool.map(
            lambda first: _share(seed, first, processes, inputs), range(processes)
        ):
            outcomes += counted
            failures += failed
    return outcomes, failures


def _share(seed: int, first: int, step: int, last: int) -> tuple[Counter[str], list[Failure]]:
    """Run a process on its share of the inputs; after a crash, another one on what is left."""
    outcomes: Counter[str] = Counter()
    failures: list[Failure] = []
    while first < last:
        number, ending = _run(seed, first, step, last, outcomes, failures)
        if ending is None:
            break
        if number is None or "in mutated" in ending:
            raise RuntimeError(f"the worker did not come to its first input: {ending}")
        name, _ = mutated(random.Random(f"{seed}/{number}"))
        failures.append(Failure(number, name, ending))
        first = number + step
    return outcomes, failures


def _run(
    seed: int, first: int, step: int, last: int, outcomes: Counter[str], failures: list[Failure]
) -> tuple[int | None, str | None]:
    """Return the last input of a process, and how it ended if that was not after all."""
    here = Path(__file__).parent.parent
    paths = os.pathsep.join([str(here), str(here.parent), *filter(None, sys.path)])
    command = [sys.executable, "-m", "hostile.worker", *map(str, (seed, first, step, last))]
    number: int | None = None
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        pending = b""
        while True:
            if not select.select([process.stdout], [], [], _SECONDS)[0]:
                process.kill()
                return number, f"took more than {_SECONDS} s"
            read = os.read(process.stdout.fileno(), 2**16)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                word, _, rest = line.decode().partition(" ")
                if word == "failed":
                    failures.append(Failure(*json.loads(rest)))
                elif word == "done":
                    outcomes.update(json.loads(rest))
                    return number, None
                else:
                    number = int(word)
        said = process.stderr.read().decode(errors="replace")
        process.wait()
    return number, f"ended with {process.returncode}: {said[-3000:]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    arguments = parser.parse_args()
    outcomes, failures = fuzzed(arguments.inputs, arguments.seed, arguments.processes)
    for number, name, what in failures:
        arguments.keep.mkdir(exist_ok=True)
        kept = arguments.keep / f"{arguments.seed}-{number}-{name}"
        kept.write_bytes(mutated(random.Random(f"{arguments.seed}/{number}"))[1])
        print(f"--- {kept}\n{what}")
    print(f"{len(failures)} failed;", ", ".join(f"{k} {n}" for k, n in sorted(outcomes.items())))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
