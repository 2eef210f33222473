"""How much memory work takes, and that it is given back: read from the system, in processes of their own.

Nothing here is timed. PYMLP_LONG_TESTS=1 does the full number of calls.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(),
    reason="reads a process's memory from Linux's /proc",
)

LONG = bool(os.environ.get("PYMLP_LONG_TESTS"))
FITS, PREDICTIONS, PREDICTOR_CALLS = (
    (1000, 1_000_000, 1_000_000) if LONG else (150, 2_000, 1_000_000)
)
MB = 1 << 20

PRELUDE = """
import gc, sys
import numpy as np
import pymlp as keras

def field(file, name):
    with open(f"/proc/self/{file}") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))

def anonymous():  # not what is mapped from files
    gc.collect()
    return field("smaps_rollup", "Anonymous")

def fashion():
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([keras.Input((784,)), layers.Dense(300, activation="relu"),
                              layers.Dense(100, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model

def small():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(30, activation="relu"), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model
"""


def measured(script, *arguments):
    """Run a script in a process of its own; return the numbers it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        # The allocator keeps what was freed in an arena for each thread; one makes figures repeatable.
        env={**os.environ, "PYMLP_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "1"},
    )
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def test_the_measure_sees_memory():
    """What the tests below would see if something grew, or if a file were read into memory."""
    before, after = measured("""
        before = anonymous()
        kept = np.ones(20 << 20, np.uint8)
        print(before, anonymous())
    """)
    assert 19 * MB < after - before < 24 * MB


CALLS = {
    "fit": "model.fit(x, y, batch_size=16, verbose=0)",
    "fit of other sizes": "model.fit(x[:1 + i % 64], y[:1 + i % 64], batch_size=1 + i % 40, verbose=0)",
    "evaluate": "model.evaluate(x, y, verbose=0)",
    "predict": "model.predict(x[:1], verbose=0)",
    "predict of other sizes": "model.predict(x[:1 + i % 64], batch_size=1 + i % 300, verbose=0)",
    "train_on_batch": "model.train_on_batch(x, y)",
    "predictor": "predict(row)",
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_leave_memory_where_it_was(name):
    calls = {"predictor": PREDICTOR_CALLS}.get(name, FITS if "fit" in name else PREDICTIONS)
    before, after = measured(
        f"""
        model, draw = small(), np.random.default_rng(0)
        x, y = draw.normal(size=(64, 8)).astype("float32"), draw.normal(size=(64, 1)).astype("float32")
        row, predict = x[:1].copy(), model.predictor()
        def call(times):
            for i in range(times):
                {CALLS[name]}
        call(int(sys.argv[1]) // 4)
        before = anonymous()
        call(int(sys.argv[1]))
        print(before, anonymous())
        """,
        calls,
    )
    # A page and a half for every ten calls of fit would be seen, and a byte for every call of the predictor.
    assert after - before < 0.75 * MB


@pytest.mark.parametrize("rows", [2_000, 40_000])
@pytest.mark.parametrize("shuffle", [False, True])
def test_training_takes_little_beside_data_and_parameters(rows, shuffle):
    """The README's model; no more for many rows than for few but the order of the rows, 8 bytes each."""
    before, peak, parameters = measured(
        """
        rows, shuffle = int(sys.argv[1]), bool(int(sys.argv[2]))
        x, y = np.ones((rows, 784), np.uint8), np.ones(rows, np.uint8)
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")  # the most it had is counted from here
        before = field("status", "VmRSS")
        model = fashion()
        model.fit(x, y, epochs=1, verbose=0, shuffle=shuffle)
        print(before, field("status", "VmHWM"), sum(w.nbytes for w in model.get_weights()))
        """,
        rows,
        int(shuffle),
    )
    assert peak - before > parameters  # or nothing was measured
    assert peak - before - parameters < 30 * MB


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_mapped_file_is_not_read_into_memory(tmp_path, shuffle):
    """The process may not have half as much memory of its own as the file is long; mapped pages do not count."""
    path, rows = tmp_path / "x.npy", 100_000  # 75 MiB, 300 in float32
    x = np.lib.format.open_memmap(path, "w+", np.uint8, (rows, 784))
    x[...] = np.arange(784) % 3
    x.flush()
    before, after, refused = measured(
        """
        import resource
        x, shuffle = np.load(sys.argv[1], mmap_mode="r"), bool(int(sys.argv[2]))
        y = np.zeros(len(x), np.uint8)
        model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
        model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
        model.fit(x[:64], y[:64], verbose=0)  # threads have their stacks now
        room = field("status", "VmData") + x.nbytes // 2
        resource.setrlimit(resource.RLIMIT_DATA, (room, room))
        before = anonymous()
        model.fit(x, y, batch_size=512, epochs=1, verbose=0, shuffle=shuffle)
        model.evaluate(x, y, batch_size=512, verbose=0)
        model.predict(x, verbose=0)
        try:
            refused = bool(np.array(x).nbytes) and 0
        except MemoryError:
            refused = 1
        print(before, anonymous(), refused)
        """,
        path,
        int(shuffle),
    )
    assert refused  # the limit is one that a copy of the file would meet
    assert after - before < 20 * MB
