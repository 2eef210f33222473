"""The measurements of ``pymlp bench``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import pymlp
from pymlp._engine import core, peak, runtime
from pymlp.cli.bench_network import Network
from pymlp.data import Samples
from pymlp.models.programs import training_program

__all__ = ["Floor", "Measured", "Phase", "Prediction", "Training", "measure"]

_ROUNDS = 5
_LARGEST_DATA = 64 << 20
_PREDICTED_ROWS = (1, 32, 10_000)


@dataclass(frozen=True)
class Floor:
    """The least time that a piece of work can take on this machine, and what takes it."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class Training:
    """A step of training with so many threads."""

    threads: int
    seconds: float
    floor: Floor


@dataclass(frozen=True)
class Phase:
    """A part of a step; `flops` are those of its matrix products."""

    name: str
    seconds: float
    flops: int


@dataclass(frozen=True)
class Prediction:
    """A call that predicts so many rows."""

    rows: int
    call: str
    threads: int
    seconds: float
    floor: Floor


@dataclass(frozen=True)
class Measured:
    """All that was found; `machine` has for a number of threads the operations and the bytes copied a second."""

    version: str
    isa: str
    threads: int
    rows: int
    machine: dict[int, tuple[float, float]]
    training: list[Training]
    phases: list[Phase]
    predictions: list[Prediction]


def measure(network: Network, threads: int | None, seconds: float) -> Measured:
    """Measure the machine, training and prediction, for about so many seconds altogether.

    Parameters
    ----------
    network : Network
    threads : int or None
        The most to use; None for what pymlp would use.
    seconds : float
    """
    with _threads(threads):
        threads = runtime.get_num_threads()
        yardstick = _Yardstick(network, seconds / 100)
        rows = _rows(network, yardstick.flops(1))
        model, (x, y) = network.model(), network.data(rows)
        counts = sorted({1, threads})
        training = _train(network, model, x, y, counts, seconds / 30, yardstick)
        phases = _profile(network, model, x, y, seconds / 20)
        predictions = _predict(network, model, seconds / 30, yardstick)
        machine = {n: (yardstick.flops(n), peak.copy_speed(n, seconds / 100)) for n in counts}
    isa = core.isa() or ""
    return Measured(
        pymlp.__version__, isa, threads, rows, machine, training, phases, predictions
    )  # fmt: skip


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Within the block runs use up to `count` threads."""
    before = runtime._num_threads
    runtime.set_num_threads(before if count is None else count)
    try:
        yield
    finally:
        runtime.set_num_threads(before)


class _Yardstick:
    """What the machine can do; measured again on each `measure_again`, the best counts.

    Anything that disturbs a loop only slows it.
    """

    def __init__(self, network: Network, seconds: float) -> None:
        self.network = network
        self.seconds = seconds
        self._flops: dict[int, float] = {}
        self._bytes: dict[int, float] = {}

    def measure_again(self, threads: int) -> None:
        network, seconds = self.network, self.seconds
        flops = peak.multiply_add_speed(network.dtype, threads, seconds)
        read = peak.read_speed(network.weight_bytes, threads, seconds)
        self._flops[threads] = max(self._flops.get(threads, 0.0), flops)
        self._bytes[threads] = max(self._bytes.get(threads, 0.0), read)

    def flops(self, threads: int) -> float:
        if threads not in self._flops:
            self.measure_again(threads)
        return self._flops[threads]

    def floor(self, flops: int, times_over_weights: int, threads: int) -> Floor:
        """Return the time of so many operations, or of going over the weights so often, whichever is longer."""
        computing = flops / self.flops(threads)
        moving = times_over_weights * self.network.weight_bytes / self._bytes[threads]
        if computing >= moving:
            return Floor(computing, "multiply-adds")
        return Floor(moving, "the weights' bytes")


def _rows(network: Network, flops: float) -> int:
    """Whole batches: as many as train in about a fifth of a second, in moderate memory."""
    row_bytes = network.units[0] * np.dtype(network.dtype).itemsize
    steps = min(
        0.2 * flops / network.step_flops, _LARGEST_DATA / (row_bytes * network.batch_size), 4000
    )
    return max(1, int(steps)) * network.batch_size


def _train(
    network: Network,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    counts: list[int],
    seconds: float,
    yardstick: _Yardstick,
) -> list[Training]:
    """Time whole calls of `fit`, one number of threads after the other, again and again."""
    steps = len(x) // network.batch_size

    def fit(epochs: int) -> float:
        start = time.perf_counter()
        model.fit(x, y, batch_size=network.batch_size, epochs=epochs, verbose=0)
        return time.perf_counter() - start

    epochs, times = {}, {}
    for threads in counts:
        runtime.set_num_threads(threads)
        fit(1)
        epochs[threads] = max(1, round(seconds / fit(1)))
        times[threads] = [fit(epochs[threads])]  # counts too: with little time it is the only one
    for _ in range(_ROUNDS - 1):
        for threads in counts:
            runtime.set_num_threads(threads)
            yardstick.measure_again(threads)
            times[threads].append(fit(epochs[threads]))
    training = []
    for threads in counts:
        step = statistics.median(times[threads]) / (epochs[threads] * steps)
        # The weights are read at least once and written once.
        training.append(Training(threads, step, yardstick.floor(network.step_flops, 2, threads)))
    return training


_PHASES = {
    "gather": "gathering rows",
    "dense": "forward",
    "dense_dx": "dx",
    "dense_dkernel": "dW and the optimizer",
    "sum_rows": "db and the optimizer",
    "update": "the optimizer alone",
}


def _profile(
    network: Network, model: Any, x: np.ndarray, y: np.ndarray, seconds: float
) -> list[Phase]:
    """Run the training program on one thread with a clock beside every instruction."""
    lowered = training_program(model, Samples((x,), (y,), (None,)).form)
    program, size = lowered.program, network.batch_size
    steps = len(x) // size
    numbers = model.optimizer.numbers_of_next(steps)
    spent = np.zeros(len(program.kernels))
    program.bind([x, y])
    program.run(None, 0, len(x), size, numbers, 1)
    done, start = 0, time.perf_counter()
    while not done or time.perf_counter() - start < seconds:
        program.run(None, 0, len(x), size, numbers, 1, spent)
        done += steps
    flops = {
        "dense": size * network.forward_flops,
        "dense_dx": size * network.input_gradient_flops,
        "dense_dkernel": size * network.forward_flops,
    }
    phases = {}
    for kernel, name in [*_PHASES.items(), ("", "loss and the rest")]:
        took = sum(
            t
            for k, t in zip(program.kernels, spent, strict=True)
            if (k == kernel if kernel else k not in _PHASES)
        )
        if took > 0:
            phases[name] = Phase(name, float(took) / done, flops.get(kernel, 0))
    return list(phases.values())


def _predict(
    network: Network, model: Any, seconds: float, yardstick: _Yardstick
) -> list[Prediction]:
    """Time calls on few rows and on many."""
    predictions = []
    for rows in _PREDICTED_ROWS:
        x, _ = network.data(rows)
        work = rows * network.forward_flops / 2
        threads = runtime.threads_for(work)
        calls: dict[str, Callable[[], Any]] = {"predict": partial(model.predict, x, verbose=0)}
        if rows < _PREDICTED_ROWS[-1]:
            calls = {"predictor": partial(model.predictor(rows), x), **calls}
        yardstick.measure_again(threads)
        floor = yardstick.floor(rows * network.forward_flops, 1, threads)
        for name, call in calls.items():
            predictions.append(Prediction(rows, name, threads, _call_time(call, seconds), floor))
    return predictions


def _call_time(call: Callable[[], Any], seconds: float) -> float:
    """Return the median, over a few rounds, of the mean time of a call."""
    call()
    calls, took = 1, 0.0
    while took < seconds / _ROUNDS / 2:
        calls *= 2
        took = _repeated(call, calls)
    return statistics.median(_repeated(call, calls) for _ in range(_ROUNDS)) / calls


def _repeated(call: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start
