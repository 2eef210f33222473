"""Starting workers, each limited to the same processors and threads, and talking to them."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

__all__ = ["Missing", "Worker", "WorkerError", "environment", "processors"]

_ROOT = Path(__file__).resolve().parent.parent
# Pinned before anything is imported that counts the processors or starts threads. This checkout is
# appended to the path, so that an installed pymlp is measured rather than the sources.
_START = """
import os, sys
root, session, *pinned = sys.argv[1:]
if pinned:
    os.sched_setaffinity(0, map(int, pinned))
sys.path.append(root)
from bench.worker import main
main(session)
"""


class Missing(Exception):
    """A library is not installed, or cannot do the workload; the message says which."""


class WorkerError(Exception):
    """A worker failed; the message holds its traceback or the end of its error output."""


def processors(threads: int) -> list[int]:
    """Return the processors that every worker is pinned to: the first `threads` we may use."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))[:threads]


def environment(threads: int) -> dict[str, str]:
    """Return the environment in which every library finds its number of threads."""
    count = str(threads)
    return {
        **os.environ,
        "PYMLP_NUM_THREADS": count,
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "VECLIB_MAXIMUM_THREADS": count,
        # XLA sizes its pool by the processors it may use, or by this.
        "NPROC": count,
        "JAX_PLATFORMS": "cpu",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class Worker:
    """One measuring process, a context manager.

    Parameters
    ----------
    python : str
        The interpreter that has the library.
    threads : int
        How many the library may use.
    session : str
        What it does, a name in `bench.sessions.SESSIONS`.
    patience : float
        Seconds to wait for each answer. Who takes longer is ended: no library may hold up the others.
    pinned : list of int, optional
        The processors to run on; by default as many as threads.
    """

    def __init__(
        self,
        python: str,
        threads: int,
        session: str,
        patience: float = 600.0,
        pinned: list[int] | None = None,
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close())
        self._cwd = tempfile.TemporaryDirectory()
        self._patience = patience
        self._given_up = ""
        pinned = processors(threads) if pinned is None else pinned
        self._process = subprocess.Popen(
            [python, "-c", _START, str(_ROOT), session, *map(str, pinned)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=self._cwd.name,
            env=environment(threads),
            text=True,
        )
        # Pipes cannot be read with a time limit everywhere; a queue can.
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")  # the end, for whoever waits

    def ask(self, command: str, **arguments: Any) -> Any:
        """Send a command and wait for its result.

        Raises
        ------
        Missing
            When the library is not installed or does not do this workload.
        WorkerError
            When the worker failed, or gave no answer within its patience.
        """
        if self._given_up:
            raise WorkerError(self._given_up)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=self._patience)
        except queue.Empty:
            self._process.kill()
            self._given_up = f"no answer to {command!r} within {self._patience:g} s"
            raise WorkerError(f"{self._tail()}\n{self._given_up}") from None
        except OSError:
            line = ""
        if not line:
            self._process.wait()
            self._given_up = "the worker ended by itself"
            raise WorkerError(
                f"{self._tail()}\n{self._given_up}, status {self._process.returncode}"
            )
        answer = json.loads(line)
        if "ok" in answer:
            return answer["ok"]
        if "failed" in answer:
            raise WorkerError(answer["failed"])
        raise Missing(answer.get("missing") or answer["unsupported"])

    def close(self) -> None:
        """Let the process end, by force if it does not within ten seconds; may be repeated."""
        if self._errors.closed:
            return
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write('{"do": "quit"}\n')
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()
        self._cwd.cleanup()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tail(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:]
