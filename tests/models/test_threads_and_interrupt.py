"""Threads, seeds, the interpreter's lock and Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import pymlp as keras

# Wide enough that a step of 32 rows is shared between two threads.
FEATURES, UNITS, ROWS = 200, 150, 320


@pytest.fixture(autouse=True)
def _default_threads():
    yield
    keras.set_num_threads(None)


def network(dtype="float32", optimizer="adam"):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((FEATURES,), dtype=dtype),
            layers.Dense(UNITS, activation="relu", dtype=dtype),
            layers.Dense(UNITS, activation="tanh", dtype=dtype),
            layers.Dense(10, activation="softmax", dtype=dtype),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def problem():
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, FEATURES)), rng.integers(0, 10, ROWS)


def trained(threads, dtype, optimizer="adam", seed=3, batch_size=32):
    """Return everything that training leaves: weights, history, evaluation, predictions."""
    keras.set_num_threads(threads)
    keras.utils.set_random_seed(seed)
    model, (x, y) = network(dtype, optimizer), problem()
    history = model.fit(
        x, y, batch_size, epochs=2, verbose=0, validation_split=0.2, sample_weight=1 + y % 3
    ).history
    return [
        *model.get_weights(),
        *(np.array(values) for values in history.values()),
        np.array(model.evaluate(x, y, verbose=0)),
        model.predict(x, verbose=0),
    ]


@pytest.mark.parametrize("batch_size", [32, 33])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(optimizer, batch_size, dtype):
    one, again, two, three = (
        trained(threads, dtype, optimizer, batch_size=batch_size) for threads in (1, 1, 2, 3)
    )
    for others in (again, two, three):
        for expected, actual in zip(one, others, strict=True):
            np.testing.assert_array_equal(expected, actual)


def test_the_work_is_shared_at_all():
    # Else the test above compares one thread with one thread.
    from pymlp._engine.runtime import threads_for

    keras.set_num_threads(2)
    model, (x, y) = network(), problem()
    model.fit(x, y, verbose=0)
    (program,) = model._programs.values()
    assert threads_for(program.work * 32) == 2


def test_another_seed_gives_other_bits():
    one, other = trained(2, "float32"), trained(2, "float32", seed=4)
    assert not np.array_equal(one[0], other[0])


def test_number_of_threads():
    keras.set_num_threads(3)
    assert keras.get_num_threads() == 3
    keras.set_num_threads(None)
    assert keras.get_num_threads() >= 1
    for wrong in (0, -1, 1.5, "2", True):
        with pytest.raises(
            ValueError, match="set_num_threads: expected a whole number of at least"
        ):
            keras.set_num_threads(wrong)


class TestSharedModel:
    def test_predictions_from_many_threads_at_once(self):
        model, (x, _) = network(), problem()
        expected = model.predict(x, verbose=0)
        parts = [slice(i, i + 40) for i in range(0, ROWS, 40)] * 8

        def predict(part):
            return model.predict(x[part], verbose=0)

        with ThreadPoolExecutor(8) as pool:
            for part, found in zip(parts, pool.map(predict, parts), strict=True):
                np.testing.assert_array_equal(found, expected[part])

    def test_first_predictions_from_many_threads_at_once(self):
        # The program is made by whoever comes first.
        model, (x, _) = network(), problem()
        start = threading.Barrier(8)

        def predict(_):
            start.wait()
            return model.predict(x, verbose=0)

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(predict, range(8)))
        for found in results[1:]:
            np.testing.assert_array_equal(found, results[0])

    def test_evaluations_of_models_of_their_own(self):
        x, y = problem()
        expected = trained(1, "float32")

        def train(_):
            model = network()
            return model.fit(x, y, epochs=3, verbose=0).history["loss"]

        with ThreadPoolExecutor(4) as pool:
            for losses in pool.map(train, range(8)):
                assert losses[-1] < losses[0]
        for one, other in zip(expected, trained(2, "float32"), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_predicting_while_another_thread_trains(self):
        model, (x, y) = network(), problem()
        stop = threading.Event()
        seen = []

        def watch():
            while not stop.is_set():
                seen.append(model.predict(x, verbose=0))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            model.fit(x, y, epochs=20, verbose=0)
        finally:
            stop.set()
            watcher.join()
        assert seen
        for p in seen:
            np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


class Flagged:
    """A program that says when it is inside its native call."""

    def __init__(self, program):
        self.program, self.inside = program, threading.Event()

    def __getattr__(self, name):
        return getattr(self.program, name)

    def run(self, *arguments):
        self.inside.set()
        try:
            return self.program.run(*arguments)
        finally:
            self.inside.clear()


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_the_interpreter_s_lock_is_free(call):
    """Another thread counts while one native call runs; were the lock held, it could not."""
    keras.set_num_threads(1)
    rows = 20_000  # in one batch: one native call, of some tenths of a second
    x, y = np.ones((rows, FEATURES), "f4"), np.zeros(rows)
    model = network("float64", keras.optimizers.SGD(0.0))
    arguments = {"x": x, "batch_size": rows, "verbose": 0}
    if call != "predict":
        arguments["y"] = y
    getattr(model, call)(**{name: v[:1] if name in "xy" else v for name, v in arguments.items()})
    (lowered,) = model._programs.values()
    lowered.program = flagged = Flagged(lowered.program)
    worker = threading.Thread(target=getattr(model, call), kwargs=arguments)
    worker.start()
    flagged.inside.wait()
    count = 0
    while flagged.inside.is_set():
        count += 1
        time.sleep(0)
    worker.join()
    # A few even with the lock held: between the flag and the call.
    assert count > 100


INTERRUPTED = """
import signal, sys, time
import numpy as np
import pymlp as keras

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
rng = np.random.default_rng(0)
x, y = rng.normal(size=(4000, 200)), rng.integers(0, 10, 4000)
layers = keras.layers
model = keras.Sequential([keras.Input((200,)), layers.Dense(300, "relu"), layers.Dense(10, "softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x, y, verbose=0)  # programs are made, threads are awake
before = model.get_weights()
print("training", flush=True)
try:
    model.fit(x, y, epochs=1_000_000, verbose=0)
except KeyboardInterrupt:
    stopped = time.monotonic()
    after = model.get_weights()
    assert all(np.isfinite(w).all() for w in after)
    assert not np.array_equal(before[0], after[0])
    assert np.isfinite(model.predict(x, verbose=0)).all()
    assert np.isfinite(model.evaluate(x, y, verbose=0))
    model.fit(x, y, verbose=0)
    print(stopped, flush=True)
    sys.exit(42)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent in another way there")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_stops_at_once_and_leaves_a_usable_model(threads):
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYMLP_NUM_THREADS": str(threads)},
    )
    with child:
        assert child.stdout.readline() == "training\n"
        time.sleep(0.3)  # well into an epoch
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        stopped = float(child.stdout.readline() or "nan")
        assert child.wait(60) == 42
    # A tenth of a second or so where the machine is free; another process may hold it here.
    assert stopped - sent < 2
