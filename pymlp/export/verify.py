"""`verify_c`: an exported C file compiled, run, and compared with what it should give."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.export.sample_graph import ExportError, SampleGraph
from pymlp.export.vectors import drawn_samples, predictions

__all__ = ["STRICT", "Verdict", "verify_c"]

# The flags under which an exported file compiles without a warning.
STRICT = ("-std=c99", "-Wall", "-Wextra", "-pedantic")

_COMPILERS = ("gcc", "clang")
_LONGEST_COMPILATION = 900.0  # seconds
_LONGEST_RUN = 300.0
_DEFAULT_TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


@dataclass(frozen=True)
class Verdict:
    """What one compiler made of a file.

    Attributes
    ----------
    compiler : str
    agrees : bool
        Whether it compiled without a warning and all results are right.
    message : str
        One line for people.

    Examples
    --------
    >>> verdict = Verdict("gcc", True, "8 vectors agree")
    >>> verdict.compiler, verdict.agrees
    ('gcc', True)
    """

    compiler: str
    agrees: bool
    message: str


def verify_c(
    filepath: str | os.PathLike[str],
    compilers: Sequence[str] | None = None,
    tolerance: float | None = None,
    model: Any = None,
    samples: int = 100,
    seed: int = 1,
) -> list[Verdict]:
    """Compile an exported C file with each compiler, run its self-test, and compare it with the model.

    **This runs the file**: verify what you have exported, not what somebody sent you.

    Parameters
    ----------
    filepath : path-like
        Written by `pymlp.export.c_file.export_c`, its header beside it.
    compilers : sequence of str, optional
        By default gcc and clang as far as they are there, or else cc.
    tolerance : float, optional
        How far results may be off, as a part of the largest number expected for a sample, or of 1. By default the
        file's own, which is 1e-5 in float32 and 1e-12 in float64.
    model : Model, optional
        To be compared with on `samples` samples, drawn anew from `seed`.
    samples, seed : int

    Returns
    -------
    list of Verdict
        One for each compiler.

    Raises
    ------
    FileNotFoundError
        If the file, its header or a compiler is not there.
    ExportError
        A ValueError: if the file is not one that pymlp wrote.

    Examples
    --------
    >>> import pymlp
    >>> model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2)])
    >>> model.export("net.c", verbose=False)
    >>> verdicts = verify_c("net.c", ["cc"], model=model)  # doctest: +SKIP
    >>> verdicts[0].message  # doctest: +SKIP
    '8 vectors agree; 100 samples agree with the model'
    """
    path = Path(filepath).absolute()
    prefix = _prefix_of(path)
    chosen = _found(compilers)
    defined = [f"-D{prefix}_MAIN"]
    if tolerance is not None:
        defined.append(f"-D{prefix}_TOLERANCE={float(tolerance)!r}")
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="pymlp-verify-") as folder:
        for compiler in chosen:
            program = os.path.join(folder, "net")
            command = [
                compiler,
                *STRICT,
                "-Werror",
                "-O2",
                *defined,
                "-o",
                program,
                str(path),
                "-lm",
            ]
            compiled = _ran(command, "", _LONGEST_COMPILATION)
            if compiled.returncode:
                first = next(iter(compiled.stderr.strip().splitlines()), "it says nothing")
                verdicts.append(Verdict(compiler, False, f"does not compile it: {first}"))
                continue
            tested = _ran([program], "", _LONGEST_RUN)
            agrees, message = tested.returncode == 0, _told(tested)
            if agrees and model is not None:
                agrees, more = _like(model, program, samples, seed, tolerance)
                message += f"; {more}"
            verdicts.append(Verdict(compiler, agrees, message))
    return verdicts


def _prefix_of(path: Path) -> str:
    """Return the prefix of a file's macros, or raise for what is not an exported file."""
    text = path.read_text("utf-8", errors="replace")
    found = re.search(r"^#ifdef (\w+)_MAIN$", text, re.MULTILINE)
    if found is None or "_self_test(void)" not in text:
        raise ExportError(
            f"verify: {path.name} is not a C file that pymlp exported: there is no self-test in it."
        )
    header = path.with_suffix(".h")
    if not header.exists():
        raise FileNotFoundError(
            f"verify: {header.name} is missing beside {path.name}; both are written by model.export."
        )
    return found[1]


def _found(compilers: Sequence[str] | None) -> list[str]:
    """Return compilers that are there."""
    if compilers is not None:
        for name in compilers:
            if shutil.which(name) is None:
                raise FileNotFoundError(f"verify: there is no compiler {name!r} on the path.")
        return list(compilers)
    there = [name for name in _COMPILERS if shutil.which(name)]
    there = there or [name for name in ("cc",) if shutil.which(name)]
    if not there:
        raise FileNotFoundError(
            "verify: no C compiler was found, neither gcc nor clang nor cc. Install one, or name yours."
        )
    return there


def _ran(command: list[str], given: str, seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no end after {seconds:.0f} s")


def _told(ended: subprocess.CompletedProcess[str]) -> str:
    """Return what a program said in one line."""
    said = " ".join((ended.stdout + ended.stderr).split())
    if ended.returncode < 0:
        said += f" ended by signal {-ended.returncode}"
    return said.strip() or f"ended with code {ended.returncode}"


def _like(
    model: Any, program: str, samples: int, seed: int, tolerance: float | None
) -> tuple[bool, str]:
    """Return whether a program predicts as the model does, and what to say of it."""
    graph = SampleGraph.of(model)
    inputs = drawn_samples(graph, samples, seed)
    expected = np.concatenate(
        [y.reshape(samples, -1) for y in predictions(model, inputs)], axis=1, dtype=float
    )
    rows = np.concatenate([x.reshape(samples, -1) for x in inputs], axis=1, dtype=float)
    text = "\n".join(" ".join(map(float.hex, row)) for row in rows.tolist())
    ended = _ran([program, "predict"], text, _LONGEST_RUN)
    if ended.returncode:
        return False, _told(ended)
    lines = [line.split() for line in ended.stdout.splitlines()]
    if [len(line) for line in lines] != [expected.shape[1]] * samples:
        return False, "inputs and outputs are not those of the model"
    found = np.array(lines, float)
    limit = tolerance if tolerance is not None else _DEFAULT_TOLERANCE[graph.dtype]
    apart = _apart(found, expected)
    worst = int(apart.argmax())
    if apart[worst] > limit:
        return (
            False,
            f"sample {worst + 1} of {samples} is {apart[worst]:.1e} off the model's, more than {limit:g}",
        )
    return True, f"{samples} samples agree with the model"


def _apart(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return of each row the greatest difference, as a part of the greatest number expected, or of 1."""
    finite = np.where(np.isfinite(expected), np.abs(expected), 0.0)
    largest = np.maximum(finite.max(axis=1, keepdims=True), 1.0)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(found - expected) / largest)
    worst: np.ndarray = np.where(np.isnan(apart), np.inf, apart).max(axis=1)
    return worst
