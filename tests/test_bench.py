"""The benchmark harness: its arithmetic, and one small run through real worker processes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
if not (ROOT / "bench").is_dir():
    pytest.skip("bench/ is only in the repository", allow_module_level=True)
# At the end: an installed pymlp must not be shadowed by this checkout's sources.
sys.path.append(str(ROOT))

from bench import data, inference  # noqa: E402
from bench.behaviour import BEHAVIOUR, Circumstances  # noqa: E402
from bench.contest import Entrant  # noqa: E402
from bench.inference import INFERENCE, Inference  # noqa: E402
from bench.installed import installed_bytes  # noqa: E402
from bench.processes import Worker  # noqa: E402
from bench.questions import QUESTIONS  # noqa: E402
from bench.questions.inference import compare_outputs  # noqa: E402
from bench.questions.training import compare_losses  # noqa: E402
from bench.spread import ratio, summary  # noqa: E402
from bench.workloads import WORKLOADS, Workload, tiny  # noqa: E402

HOUSING = WORKLOADS["housing-sgd-32"]


def test_operations_of_an_epoch():
    # 784-300-100-10: forward and dW of 266,200 products, dX of 31,000, two operations each.
    fashion = WORKLOADS["fashion-sgd-32"]
    assert fashion.flops == 55_000 * (4 * 266_200 + 2 * 31_000)
    assert fashion.steps == 1719


def test_workloads_survive_the_way_to_a_worker():
    kinds = ((Workload, WORKLOADS), (Inference, INFERENCE), (Circumstances, BEHAVIOUR))
    for kind, workloads in kinds:
        for workload in workloads.values():
            assert kind.from_json(json.loads(json.dumps(workload.to_json()))) == workload


def test_names_are_said_once():
    # --workload picks by name over all questions.
    names = [name for question in QUESTIONS.values() for name in question.work]
    assert len(names) == len(set(names))


def test_operations_of_a_prediction():
    assert INFERENCE["housing-predict-32"].flops == 32 * 2 * (8 * 30 + 30 * 30 + 30)


def test_tiny_keeps_a_short_last_batch():
    small = tiny(HOUSING)
    assert small.rows % small.batch_size
    assert small.steps == 13


def test_tiny_keeps_all_rows_in_one_batch():
    small = tiny(WORKLOADS["small-full-batch"])
    assert small.rows == small.batch_size == 128
    assert small.steps == 1
    assert small.epochs == 3
    assert tiny(WORKLOADS["wide-sgd-512"]).units == (1024, 300, 300, 1024)


def test_summary_and_ratio():
    assert summary([4.0, 1.0, 3.0, 2.0, 5.0]) == {
        "median": 3.0, "low": 2.0, "high": 4.0, "min": 1.0, "max": 5.0,
    }  # fmt: skip
    assert summary([2.0])["low"] == 2.0
    # A machine that is twice as slow in the second round leaves the ratio alone.
    assert ratio([3.0, 6.0, 3.0], [1.0, 2.0, 1.0]) == 3.0


def test_losses_that_differ_are_named():
    def entrant(library, task=""):
        return Entrant(library, library, 1, task)

    agreement = list(WORKLOADS["fashion-sgd-32"].tolerances.items())
    entrants = {
        entrant("pymlp"): {"losses": [1.0, 1.0], "agreement": agreement},
        entrant("pymlp", "other"): {
            "losses": [2.0, 2.0],
            "agreement": agreement,
        },  # another task, another loss
        entrant("pytorch"): {"losses": [1.0 + 9e-6, 1.0 + 9e-4], "agreement": agreement},
        entrant("sklearn"): {"losses": [1.0 + 2e-5, 1.0], "agreement": agreement},
        entrant("numpy", "other"): {"losses": [2.0, float("nan")], "agreement": agreement},
    }
    lines = compare_losses(entrants)
    assert len(lines) == 2
    assert lines[0].startswith("sklearn 1.00002")
    assert lines[1].startswith("numpy, other nan, pymlp 2.0")


def test_outputs_that_differ_are_named():
    right = np.ones((4, 3))
    outputs = {
        "right": right,
        "rounded": right + 9e-5,
        "wrong": right + 2e-4,
        "missing": np.full((4, 3), np.nan),
        "short": right[:2],
    }
    lines = compare_outputs(outputs)
    starts = ("wrong by 2.0e-04", "missing by nan", "short (2, 3)")
    assert len(lines) == len(starts)
    assert all(map(str.startswith, lines, starts))


def test_installed_size():
    own, everything = installed_bytes(["pymlp", "numpy"])
    assert 100_000 < own < 50e6
    assert installed_bytes(["numpy"])[0] < everything - own  # h5py and rich are needed, too
    assert installed_bytes(["rich"])[0] > 100_000
    assert installed_bytes(["nothing_of_this_name"]) == (0, 0)


def test_arrays_survive_the_file(tmp_path):
    arrays, source = data.make(tiny(HOUSING))
    assert source.startswith("synthetic")
    assert arrays["y"].std() > 0.5  # targets worth learning
    data.save(arrays, tmp_path / "arrays.npz")
    again = data.load(tmp_path / "arrays.npz")
    for name in ("x", "y"):
        assert np.array_equal(again[name], arrays[name])
    for name in ("kernels", "biases"):
        assert all(map(np.array_equal, again[name], arrays[name]))


def test_synthetic_images_fill_in_for_missing_data():
    x, y = data._synthetic_images(500, 784, 10)
    assert (x.shape, x.dtype, x.min(), x.max()) == ((500, 784), "float32", 0, 1)
    assert set(y.tolist()) == set(range(10))


def test_callers_predict_at_once(tmp_path):
    workload = Inference("two", (8, 30, 1), "softmax", rows=1, callers=2)
    data.save(inference.make(workload), tmp_path / "arrays.npz")
    with Worker(sys.executable, 1, "inference") as worker:
        worker.ask(
            "prepare",
            peer="pymlp_predictor",
            workload=workload.to_json(),
            arrays=str(tmp_path / "arrays.npz"),
            threads=1,
            seconds=0.001,
        )
        worker.ask("output", path=str(tmp_path / "y.npy"))
        assert np.load(tmp_path / "y.npy") == 1.0  # softmax of a single class
        assert worker.ask("time")["seconds"] > 0


def run(folder, question, *arguments):
    """Run the command on two peers; returns the one workload's result and the page."""
    command = [sys.executable, "-m", "bench", question, "--tiny", "--threads", "1"]
    command += [*arguments, "--peer", "pymlp", "--peer", "numpy_by_hand"]
    done = subprocess.run(
        [*command, "--output", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (workload,) = json.loads((folder / f"{question}.json").read_text())["workloads"]
    assert not workload["disagreements"]
    assert not workload["failed"]
    assert workload["peak"]
    libraries = dict.fromkeys(row["name"] for row in workload["libraries"])
    assert list(libraries) == ["pymlp", "numpy_by_hand"]
    assert all(len(row["seconds"]) == 2 for row in workload["libraries"])
    return workload, (folder / f"{question}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["housing-sgd-32", "fashion-momentum-32", "small-full-batch"])
def test_training_run(tmp_path, name):
    workload, page = run(tmp_path, "training", "--workload", name)
    assert workload["workload"]["name"] == name
    assert "NumPy by hand" in page
    assert "All losses agree" in page


def test_inference_run(tmp_path):
    # No training workload is asked for, so there is only one answer.
    _, page = run(tmp_path, "inference", "--workload", "fashion-predict-32")
    assert "784-300-100-10, 32 rows a call" in page
    assert "All outputs agree" in page


def test_whole_process_run(tmp_path):
    workload, page = run(tmp_path, "process")
    for row in workload["libraries"]:
        assert row["import_seconds"] + row["training_seconds"] < max(row["seconds"])
        assert 0 <= row["own_bytes"] <= row["installed_bytes"]
    assert "from the start of Python to the first trained epoch" in page


@pytest.mark.parametrize("name", ["growth-depth", "idle"])
def test_behaviour_run(tmp_path, name):
    workload, page = run(tmp_path, "behaviour", "--workload", name)
    conditions = Circumstances.from_json(workload["workload"]).conditions
    tasks = [row["task"] for row in workload["libraries"] if row["name"] == "pymlp"]
    assert tasks == [condition.label for condition in conditions]
    assert all(label in page for label in tasks)


def test_list_names_everything():
    command = [sys.executable, "-m", "bench", "list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for question in QUESTIONS.values():
        assert all(name in done.stdout for name in (*question.work, *question.libraries))
