"""Threads: the same bits for any number of them, and good manners towards the rest of the process."""

import itertools
import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from reference import assert_same_bits

import pymlp
from pymlp import ops, optimizers
from pymlp._engine import core, runtime
from pymlp._engine.core import Program
from pymlp.graph.effects import Accumulation
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

RULES = {
    "SGD": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda: optimizers.Adam(0.01),
    "AMSGrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "RMSprop": lambda: optimizers.RMSprop(0.01),
    "RMSprop with momentum": lambda: optimizers.RMSprop(0.01, momentum=0.9),
    "centered RMSprop": lambda: optimizers.RMSprop(0.01, momentum=0.9, centered=True),
}


class Training:
    """A network of odd sizes with all it needs to train, lowered to one program."""

    def __init__(self, optimizer, dtype="float32", sizes=(37, 53, 131, 11), rows=61, seed=0):
        rng = np.random.default_rng(seed)
        self.rows, self.dtype = rows, dtype
        self.x = rng.normal(size=(rows, sizes[0]))
        self.y = rng.integers(0, sizes[-1], rows)
        x = input_tensor((None, sizes[0]), dtype, "x")
        y = input_tensor((None,), dtype, "y")
        self.variables = []
        z = x
        for i, (fan_in, units) in enumerate(itertools.pairwise(sizes)):
            kernel = Variable(rng.normal(size=(fan_in, units)) / np.sqrt(fan_in), dtype=dtype)
            bias = Variable(rng.normal(size=units), dtype=dtype)
            self.variables += [kernel, bias]
            z = ops.dense(z, kernel.tensor, bias.tensor)
            if i < len(sizes) - 2:
                z = ops.relu(z) if i % 2 else ops.tanh(z)
        losses = ops.softmax_crossentropy(z, y, True)
        self.total = np.zeros((1, 2))
        found = gradients(ops.mean(losses), [v.tensor for v in self.variables])
        updates = optimizer.updates(list(zip(self.variables, found, strict=True)))
        self.optimizer = optimizer
        self.program = lower(
            dtype, [x, y], accumulations=[Accumulation(losses, None, self.total)], updates=updates
        ).program
        self.steps = 0

    def run(self, threads, epochs=2, batch_size=16):
        """Train; return everything that training changes."""
        steps = -(-self.rows // batch_size)
        for _ in range(epochs):
            order = np.random.default_rng(self.steps).permutation(self.rows)
            self.optimizer.iterations = self.steps
            numbers = self.optimizer.numbers_of_next(steps)
            with self.program.lock:
                self.program.bind([self.x, self.y])
                self.used = self.program.run(order, 0, self.rows, batch_size, numbers, threads)
                self.program.unbind()
            self.steps += steps
        slots = [v for v in self.optimizer.variables if v.dtype != "int32"]
        return [v.numpy() for v in (*self.variables, *slots)] + [self.total.copy()]


def all_same(results, expected):
    for result, other in zip(results, expected, strict=True):
        assert_same_bits(result, other)


@pytest.mark.parametrize("rule", list(RULES))
def test_bits_do_not_depend_on_threads(rule, dtype):
    one = Training(RULES[rule](), dtype)
    before = one.variables[0].numpy()
    expected = one.run(1)
    assert one.used == 1
    assert np.isfinite(np.concatenate([a.ravel() for a in expected])).all()
    assert (expected[0] != before).mean() > 0.9, "training should change the weights"
    for threads in (2, 3, 8):
        other = Training(RULES[rule](), dtype)
        all_same(other.run(threads), expected)
        assert other.used == threads


@pytest.mark.parametrize(
    "sizes", [(1, 1, 2), (3, 1, 5, 2), (257, 2, 65), (16, 16, 16), (8, 300, 3)]
)
@pytest.mark.parametrize("rows", [1, 15, 17, 64])
def test_bits_at_other_sizes(sizes, rows):
    make = RULES["Adam"]
    expected = Training(make(), "float32", sizes, rows).run(1)
    for threads in (2, 5):
        all_same(Training(make(), "float32", sizes, rows).run(threads), expected)


# ---- several Python threads --------------------------------------------------------------------


def at_once(*functions):
    """Call functions in threads of their own that start together; return what they return."""
    results = [None] * len(functions)
    start = threading.Barrier(len(functions))

    def call(i):
        start.wait()
        results[i] = functions[i]()

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_different_programs_at_once():
    """One has the team, the other runs alone: the results are what they are without company."""
    expected = [Training(RULES["Adam"](), seed=seed).run(2, epochs=30) for seed in range(3)]
    together = [Training(RULES["Adam"](), seed=seed) for seed in range(3)]
    results = at_once(*(lambda t=t: t.run(2, epochs=30) for t in together))
    for result, other in zip(results, expected, strict=True):
        all_same(result, other)


def test_the_same_program_at_once():
    """Who holds the lock has it. All rows are alike, so that it does not matter whose turn it is."""

    def training():
        made = Training(RULES["SGD"](), rows=32)
        made.x[:], made.y[:] = made.x[:1], made.y[:1]
        return made

    shared = training()
    at_once(*(lambda: shared.run(2, epochs=20) for _ in range(2)))
    all_same(shared.run(2, epochs=0), training().run(2, epochs=40))


def test_operations_at_once():
    """Operations on arrays keep programs that all threads share."""
    arrays = [np.full((n, 5), float(n)) for n in range(1, 9)]
    results = at_once(*(lambda a=a: [ops.exp(a) for _ in range(50)] for a in arrays))
    for array, found in zip(arrays, results, strict=True):
        expected = ops.exp(array)
        for result in found:
            assert_same_bits(result, expected)


def test_other_python_threads_go_on():
    """The GIL is free during a run: another thread finds it at work, which it could not otherwise."""
    program = Program("float64", [(0, 1, 8, 8, None)] * 2, [("exp", (0, 1), (), (), True)], [])
    program.reserve(1)
    found_at_work = 0
    for _ in range(50):  # the machine may be too busy to let both run, but not every time
        running = threading.Thread(target=program.run, args=(None, 0, 500_000, 1, None, 1))
        running.start()
        while running.is_alive() and found_at_work < 100:
            try:
                program.unbind()
            except RuntimeError:
                found_at_work += 1
        running.join()
        if found_at_work >= 100:
            break
    assert found_at_work >= 100


def test_idle_threads_use_no_time():
    training = Training(RULES["SGD"]())
    training.run(4)
    assert training.used == 4
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.05


# ---- processes -----------------------------------------------------------------------------------

PRELUDE = """
import os, sys, threading
import numpy as np
from engine.test_threads import RULES, Training

def trained():
    training = Training(RULES["Adam"]())
    result = training.run(2)
    assert training.used == 2, training.used
    return np.concatenate([a.ravel() for a in result])
"""


def run_python(code, prelude="", **environment):
    """Run a script that may import the tests; a hang fails."""
    paths = [os.path.dirname(os.path.dirname(__file__)), *sys.path]
    process = subprocess.run(
        [sys.executable, "-c", prelude + textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_trains():
    """It has none of its parent's threads, and makes its own; so does a child of the child."""
    process = run_python(
        """
        import warnings
        warnings.simplefilter("ignore")  # newer Pythons warn of every fork beside threads
        expected = trained()
        for generation in range(2):
            child = os.fork()
            if child:
                _, status = os.waitpid(child, 0)
                same = np.array_equal(trained(), expected)
                print("parent", generation, flush=True)
                os._exit(0 if same and status == 0 else 1)
            assert np.array_equal(trained(), expected)
        print("grandchild", flush=True)
        os._exit(0)
        """,
        PRELUDE,
    )
    assert process.stdout.split("\n")[:3] == ["grandchild", "parent 1", "parent 0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("ending", ["return", "raise"])
def test_a_function_that_forks_comes_back_twice(ending):
    """The child has no other thread: it goes on alone, to the same numbers, and then has a team of its own."""
    process = run_python(
        f"""
        import warnings
        warnings.simplefilter("ignore")
        import pymlp
        from pymlp import ops
        pymlp.utils.set_random_seed(1)
        pymlp.set_num_threads(2)
        children = []
        def forward(x):
            if forking and not children:
                children.append(os.fork())
                if children == [0] and {ending!r} == "raise":
                    raise ZeroDivisionError
            return 2 * x
        entry = pymlp.Input((300,))
        hidden = pymlp.layers.Dense(500, "relu")(entry)
        doubled = pymlp.layers.Lambda(ops.python_function(forward))(hidden)
        model = pymlp.Model(entry, pymlp.layers.Dense(500)(doubled))
        x = np.random.default_rng(0).normal(size=(2000, 300))
        forking = False
        expected = model.predict(x, batch_size=1000, verbose=0)
        forking = True
        try:
            same = np.array_equal(model.predict(x, batch_size=1000, verbose=0), expected)
        except ZeroDivisionError:
            same = children == [0] and {ending!r} == "raise"
        again = np.array_equal(model.predict(x, batch_size=1000, verbose=0), expected)
        if children == [0]:
            print("child", same, again, flush=True)
            os._exit(0)
        print("parent", same, again, os.waitpid(children[0], 0)[1])
        """,
        PRELUDE,
    )
    assert sorted(process.stdout.split("\n")) == ["", "child True True", "parent True True 0"]


def test_the_interpreter_exits_beside_sleeping_threads():
    process = run_python("trained(); print('done')", PRELUDE)
    assert (process.stdout, process.stderr) == ("done\n", "")


def test_the_interpreter_exits_beside_a_run():
    process = run_python(
        """
        training = Training(RULES["Adam"]())
        program = training.program
        program.bind([training.x, training.y])
        order = np.zeros(4_000_000, np.int64)  # seconds of work
        numbers = training.optimizer.numbers_of_next(1).repeat(4_000_000 // 16, 0)
        arguments = (order, 0, len(order), 16, numbers, 2)
        threading.Thread(target=program.run, args=arguments, daemon=True).start()
        while True:
            try:
                program.unbind()
                program.bind([training.x, training.y])
            except RuntimeError:
                break
        print("leaving")
        """,
        PRELUDE,
    )
    assert (process.stdout, process.stderr) == ("leaving\n", "")


# ---- how many --------------------------------------------------------------------------------------


@pytest.fixture
def threads_setting(monkeypatch):
    """No setting in force, and none left behind."""
    before = runtime._num_threads
    monkeypatch.delenv("PYMLP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    pymlp.set_num_threads(None)
    yield monkeypatch
    runtime._num_threads = before


@pytest.mark.parametrize("threads", [0, -1, 1.0, "2", True, np.float32(2), [2]])
def test_numbers_that_are_refused(threads, threads_setting):
    before = pymlp.get_num_threads()
    with pytest.raises(ValueError, match="set_num_threads: expected a whole number of at least 1"):
        pymlp.set_num_threads(threads)
    assert pymlp.get_num_threads() == before


def test_set_and_get(threads_setting):
    default = pymlp.get_num_threads()
    assert default == min(runtime.processors(), core.MAX_THREADS)
    pymlp.set_num_threads(3)
    assert pymlp.get_num_threads() == 3
    pymlp.set_num_threads(10**6)
    assert pymlp.get_num_threads() == core.MAX_THREADS
    pymlp.set_num_threads(None)
    assert pymlp.get_num_threads() == default


@pytest.mark.parametrize(
    ("own", "openmp", "expected"),
    [
        ("5", "", 5),
        ("", "6", 6),
        ("5", "6", 5),
        ("999", "", core.MAX_THREADS),
        ("none", "6", 6),
        ("0", "", None),
        ("-3", "1.5", None),
        ("", "4,2", 4),  # OpenMP's list: a number for each level of nesting
        ("", " 3 , 1", 3),
        ("", ",2", None),
    ],
)
def test_environment(own, openmp, expected, threads_setting):
    threads_setting.setenv("PYMLP_NUM_THREADS", own)
    threads_setting.setenv("OMP_NUM_THREADS", openmp)
    default = min(runtime.processors(), core.MAX_THREADS)
    assert pymlp.get_num_threads() == (default if expected is None else expected)
    pymlp.set_num_threads(2)  # goes before any of them
    assert pymlp.get_num_threads() == 2


def test_environment_of_a_process():
    code = "import pymlp; print(pymlp.get_num_threads())"
    assert run_python(code, PYMLP_NUM_THREADS="7", OMP_NUM_THREADS="3").stdout == "7\n"
    assert run_python(code, PYMLP_NUM_THREADS="", OMP_NUM_THREADS="3").stdout == "3\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_affinity():
    process = run_python(
        """
        import os
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
        import pymlp
        from pymlp._engine import runtime
        print(runtime.processors(), pymlp.get_num_threads())
        """,
        PYMLP_NUM_THREADS="",
        OMP_NUM_THREADS="",
    )
    assert process.stdout == "1 1\n"


@pytest.mark.parametrize(
    ("own", "files", "granted"),
    [
        ("0::/", {"cpu.max": "max 100000"}, None),
        ("0::/", {"cpu.max": "250000 100000\n"}, 2),
        ("0::/", {"cpu.max": "20000 100000"}, 1),  # a fifth of a processor is still one
        (
            "0::/a/b",
            {"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000", "cpu.max": "max 100000"},
            3,
        ),
        ("0::/a/b", {"a/b/cpu.max": "400000 100000", "a/cpu.max": "800000 100000"}, 4),
        ("0::/a/b", {}, None),  # the path is the host's; nothing of it is to be seen here
        (
            "5:memory:/x\n4:cpu,cpuacct:/x",
            {"cpu/x/cpu.cfs_quota_us": "600000", "cpu/x/cpu.cfs_period_us": "100000"},
            6,
        ),
        (
            "4:cpu,cpuacct:/",
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            None,
        ),
        (None, {}, None),
        ("", {"cpu.max": "300000 100000"}, None),  # no hierarchy is mounted
    ],
)
def test_control_groups(own, files, granted, tmp_path):
    for name, text in files.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(text)
    if own is not None:
        (tmp_path / "own").write_text(own)
    assert runtime._processors_granted(tmp_path / "fs", tmp_path / "own") == granted


def test_small_steps_run_on_one_thread(threads_setting):
    """A step shares its work only where there is enough of it for each."""
    pymlp.set_num_threads(4)
    unit = runtime.WORK_PER_THREAD
    asked = [runtime.threads_for(work) for work in (0, unit, 2 * unit, 3.5 * unit, 1e12)]
    assert asked == [1, 1, 2, 3, 4]


FORK_WHILE_AT_WORK = """
import os, sys, threading
import numpy as np
import pymlp as keras

model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(30, activation="relu"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x, y = np.ones((2000, 20)), np.ones((2000, 1))
model.fit(x, y, verbose=0)
keras.ops.exp(x)  # not for the first time in the threads: importing holds locks of Python's own
ended = False

def train():
    while not ended:
        model.fit(x, y, verbose=0)

def compute():
    while not ended:
        keras.ops.exp(x)

threads = [threading.Thread(target=train), threading.Thread(target=compute)]
for thread in threads:
    thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        model.train_on_batch(x[:32], y[:32])
        keras.ops.exp(x)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
ended = True
for thread in threads:
    thread.join()
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork_while_other_threads_are_at_work():
    """Locks that they hold are not held in the child, where they do not exist."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK_WHILE_AT_WORK],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.stdout == "done\n", process.stderr
