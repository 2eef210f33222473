"""The processes of the benchmark harness: workers, who hangs or dies, turns."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
if not (ROOT / "bench").is_dir():
    pytest.skip("bench/ is only in the repository", allow_module_level=True)
# At the end: an installed pymlp must not be shadowed by this checkout's sources.
sys.path.append(str(ROOT))

from bench import data  # noqa: E402
from bench.contest import Contest, Entrant  # noqa: E402
from bench.options import Options  # noqa: E402
from bench.processes import Missing, Worker, WorkerError  # noqa: E402
from bench.questions import QUESTIONS  # noqa: E402
from bench.questions.behaviour import kept_busy  # noqa: E402
from bench.workloads import WORKLOADS, tiny  # noqa: E402

HOUSING = WORKLOADS["housing-sgd-32"]


class TestWorker:
    @pytest.fixture
    def worker(self):
        with Worker(sys.executable, 1, "training") as worker:
            yield worker

    @pytest.fixture
    def prepare(self, tmp_path):
        arrays, _ = data.make(tiny(HOUSING))
        data.save(arrays, tmp_path / "arrays.npz")
        return {
            "workload": tiny(HOUSING).to_json(),
            "arrays": str(tmp_path / "arrays.npz"),
            "threads": 1,
            "seconds": 0.001,
        }

    def test_same_start_same_loss(self, worker, prepare):
        worker.ask("prepare", peer="numpy_by_hand", **prepare)
        first = worker.ask("loss", rows=389, epochs=1)
        timed = worker.ask("time")
        assert timed["loss"] == first
        assert timed["seconds"] > 0

    @pytest.mark.parametrize("peer", ["pymlp", "numpy_by_hand"])
    @pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
    def test_forgets_its_optimizer_between_epochs(self, worker, prepare, optimizer, peer):
        prepare["workload"]["optimizer"] = optimizer
        worker.ask("prepare", peer=peer, **prepare)
        losses = [worker.ask("loss", rows=389, epochs=1) for _ in range(2)]
        assert losses[0] == losses[1]
        # Two epochs go on with what the first one left.
        assert worker.ask("loss", rows=389, epochs=2) < losses[0]

    def test_missing_library(self, worker, prepare):
        with pytest.raises(Missing, match="nothing_of_this_name"):
            worker.ask("prepare", peer="nothing_of_this_name", **prepare)

    def test_failure_brings_its_traceback(self, worker, prepare):
        prepare["workload"]["activation"] = "no such thing"
        with pytest.raises(WorkerError, match=r"(?s)Traceback.*KeyError: 'no such thing'"):
            worker.ask("prepare", peer="numpy_by_hand", **prepare)

    def test_unsupported_work_is_missing(self, worker, prepare):
        prepare["workload"]["optimizer"] = "lbfgs"
        with pytest.raises(Missing, match="no lbfgs here"):
            worker.ask("prepare", peer="numpy_by_hand", **prepare)

    def test_death_is_reported(self, worker):
        worker._process.kill()
        worker._process.wait()
        with pytest.raises(WorkerError, match="ended by itself"):
            worker.ask("loss", rows=1, epochs=1)

    def test_every_task_has_its_own(self, worker, prepare):
        worker.ask("prepare", task="sgd", peer="numpy_by_hand", **prepare)
        prepare["workload"]["optimizer"] = "adam"
        worker.ask("prepare", task="adam", peer="numpy_by_hand", **prepare)
        losses = {
            task: worker.ask("loss", task=task, rows=389, epochs=1) for task in ("sgd", "adam")
        }
        assert losses["sgd"] == worker.ask("loss", task="sgd", rows=389, epochs=1)
        assert losses["adam"] != losses["sgd"]

    @pytest.mark.parametrize("name", ["fashion-uint8-32", "fashion-float64-32"])
    def test_types(self, worker, tmp_path, name):
        workload = tiny(WORKLOADS[name])
        arrays, _ = data.make(workload)
        assert {a.dtype.name for a in arrays["kernels"] + arrays["biases"]} == {workload.dtype}
        assert arrays["x"].dtype == ("uint8" if "uint8" in name else "float64")
        data.save(arrays, tmp_path / "arrays.npz")
        losses = []
        for peer in ("pymlp", "numpy_by_hand"):
            given = {"arrays": str(tmp_path / "arrays.npz"), "threads": 1, "seconds": 0.0}
            worker.ask("prepare", task=peer, peer=peer, workload=workload.to_json(), **given)
            losses.append(worker.ask("loss", task=peer, rows=workload.rows, epochs=1))
        # In float64 what is left is the learning rate, a float32 in Keras and pymlp.
        assert losses[0] == pytest.approx(losses[1], rel=1e-4 if "uint8" in name else 1e-8)

    def test_who_hangs_is_ended(self, worker, prepare):
        worker.ask("prepare", peer="numpy_by_hand", **prepare)
        worker._patience = 0.2
        for _ in range(2):
            with pytest.raises(WorkerError, match=r"no answer to 'loss' within 0\.2 s"):
                worker.ask("loss", rows=389, epochs=10**9)
        assert worker._process.wait(60) != 0


def options(**more):
    given = {"workloads": (), "peers": (), "threads": 1, "rounds": 2, "tiny": True, **more}
    return Options(sys.executable, sys.executable, **given)


def test_who_hangs_is_reported_and_the_others_go_on(tmp_path):
    """NumPy is sent into a loop without end when it is timed; pymlp's turns come all the same."""
    arrays, _ = data.make(tiny(HOUSING))
    data.save(arrays, tmp_path / "arrays.npz")
    said = []
    with Contest("training", options(), said.append) as contest:

        def prepare(entrant):
            given = {"arrays": str(tmp_path / "arrays.npz"), "threads": 1, "seconds": 0.001}
            workload = tiny(HOUSING).to_json()
            return contest.ask(entrant, "prepare", peer=entrant.library, workload=workload, **given)

        def sample(entrant):
            if entrant.library == "pymlp":
                return contest.ask(entrant, "time")
            contest._workers["numpy_by_hand", 1]._patience = 0.2
            return contest.ask(entrant, "loss", rows=389, epochs=10**9)

        names = ("numpy_by_hand", "pymlp", "nothing_of_this_name")
        contest.gather([Entrant(name, name, 1) for name in names], prepare)
        assert [entrant.library for entrant in contest.entrants] == ["numpy_by_hand", "pymlp"]
        contest.play(sample)
        result = contest.result({"": 1e9})
    assert [row["name"] for row in result["libraries"]] == ["pymlp"]
    assert len(result["libraries"][0]["seconds"]) == 2
    assert list(result["failed"]) == ["numpy_by_hand"]
    assert "within 0.2 s" in result["failed"]["numpy_by_hand"]
    assert "nothing_of_this_name" in result["skipped"]
    assert any("FAILED" in line for line in said)
    assert all(sample["fma_gflops"] > 0 for sample in result["peak"])
    assert result["peak_problem"] is None


def test_without_pymlp_there_is_no_peak():
    """The yardstick is pymlp's; a run that cannot have it says so and goes on."""
    with Contest("training", options(), str) as contest:
        contest.peak._worker._process.kill()
        contest.peak._worker._process.wait()
        contest.play(lambda entrant: {})
        assert "ended by itself" in contest.result({})["peak_problem"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_processor_is_kept_busy_and_let_go():
    def children():
        me = str(os.getpid())
        stats = [
            p.read_text().rpartition(")")[2].split() for p in Path("/proc").glob("[0-9]*/stat")
        ]
        return sum(fields[1] == me and fields[0] in "RS" for fields in stats)

    before = children()
    with kept_busy([min(os.sched_getaffinity(0))]):
        assert children() == before + 1
    assert children() == before
    with kept_busy(None):
        assert children() == before


# Of pymlp and NumPy alone, what comes after the first workload is tested above and in test_bench.py.
with_peers = pytest.mark.skipif(
    not any(map(find_spec, ("jax", "onnxruntime", "sklearn", "torch"))),
    reason="none of the libraries that pymlp is compared with is installed",
)


@pytest.mark.parametrize(
    "name",
    [
        "fashion-adam-32",
        pytest.param("fashion-float64-32", marks=with_peers),
        pytest.param("fashion-uint8-32", marks=with_peers),
        pytest.param("fashion-predict-1", marks=with_peers),
    ],
)
def test_all_libraries_that_are_here_agree(name):
    """Run with a Python that has the peers, this tries them all."""
    question = QUESTIONS["inference" if "predict" in name else "training"]
    chosen = options(rounds=1, workloads=(name,))
    (result,) = question.ask(chosen, lambda line: None)["workloads"]
    assert not result["failed"]
    assert not result["disagreements"]
    here = {row["title"] for row in result["libraries"]}
    assert here | set(result["skipped"]) == set(question.libraries.values())
    assert question.libraries["pymlp"] in here
    assert "NumPy by hand" in here
