"""``pymlp bench``: that it measures what it says; how fast anything is is not tested."""

from __future__ import annotations

import argparse
import re

import numpy as np
import pytest

import pymlp
from pymlp import cli
from pymlp._engine import runtime
from pymlp.cli.bench import architecture
from pymlp.cli.bench_network import Network
from pymlp.cli.bench_run import Floor, _rows, _Yardstick, measure

FASHION = Network((784, 300, 100, 10), "relu", "crossentropy", "sgd", 32, "float32")


def test_widths_are_read() -> None:
    assert architecture("784-300-100-10") == (784, 300, 100, 10)
    assert architecture("8-1") == (8, 1)


@pytest.mark.parametrize(
    "text", ["784", "", "784-", "8--1", "8-0-1", "8-x-1", "8,30,1", "-8-1", "8-1.5"]
)
def test_other_widths_are_explained(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        argparse.ArgumentTypeError, match=f"such as 784-300-100-10; received '{text}'"
    ):
        architecture(text)
    with pytest.raises(SystemExit) as left:
        cli.main(["bench", "--", text])
    assert left.value.code == 2
    assert "with dashes between" in capsys.readouterr().err


def test_operations_are_counted() -> None:
    # Products with 235,200 + 30,000 + 1,000 weights forward; backward those again, and 31,000 for dx.
    assert FASHION.forward_flops == 2 * 266_200
    assert FASHION.step_flops == 32 * 2 * (2 * 266_200 + 31_000)
    assert FASHION.weight_bytes == 4 * 266_610


@pytest.mark.parametrize("loss", ["crossentropy", "mse"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_network_is_the_one_asked_for(loss: str, dtype: str) -> None:
    network = Network((7, 5, 4, 3), "tanh", loss, "adam", 8, dtype)
    model = network.model()
    assert [w.shape for w in model.get_weights()] == [(7, 5), (5,), (5, 4), (4,), (4, 3), (3,)]
    assert sum(w.nbytes for w in model.get_weights()) == network.weight_bytes
    x, y = network.data(64)
    assert x.dtype == dtype
    outputs = model.predict(x, verbose=0)
    assert np.allclose(outputs.sum(axis=1), 1) == (loss == "crossentropy")
    assert np.isfinite(model.evaluate(x, y, verbose=0))


def test_the_floor_is_what_takes_longer() -> None:
    yardstick = _Yardstick(FASHION, 1e-4)
    yardstick._flops[1], yardstick._bytes[1] = 1e11, 1e10
    assert yardstick.floor(10**9, 1, 1) == Floor(1e-2, "multiply-adds")
    assert yardstick.floor(10, 2, 1) == Floor(2 * FASHION.weight_bytes / 1e10, "the weights' bytes")


def test_rows_are_whole_batches() -> None:
    assert _rows(FASHION, 1e11) % 32 == 0
    assert _rows(FASHION, 1.0) == 32
    wide = Network((10**6, 1), "relu", "mse", "sgd", 64, "float64")
    assert _rows(wide, 1e15) == 64


def test_everything_is_measured() -> None:
    before = runtime._num_threads
    network = Network((40, 30, 20, 3), "relu", "crossentropy", "adam", 16, "float32")
    measured = measure(network, 2, 0.01)
    assert runtime._num_threads == before
    assert measured.threads == 2
    assert sorted(measured.machine) == [1, 2]
    assert all(speed > 0 for pair in measured.machine.values() for speed in pair)
    assert [t.threads for t in measured.training] == [1, 2]
    assert all(t.seconds > 0 and t.floor.seconds > 0 for t in measured.training)
    assert [p.name for p in measured.phases] == [
        "gathering rows", "forward", "dx", "dW and the optimizer", "db and the optimizer", "loss and the rest",
    ]  # fmt: skip
    assert sum(p.flops for p in measured.phases) == network.step_flops
    assert [(p.rows, p.call) for p in measured.predictions] == [
        (1, "predictor"), (1, "predict"), (32, "predictor"), (32, "predict"), (10_000, "predict"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [[], ["--optimizer", "momentum", "--dtype", "float64", "--loss", "mse"]]
)
def test_the_command_prints_three_tables(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bench", "12-8-2", "--batch-size", "4", "--seconds", "0.01", "--threads", "1"]
    assert cli.main([*command, *arguments]) == 0
    out = capsys.readouterr().out
    assert f"pymlp {pymlp.__version__} on " in out
    for title in ("Training", "Where a step on one thread goes", "Prediction"):
        assert title in out
    assert re.search(r"share of it reached +│ +[\d.]+ %", out)
    assert ("softmax" in out) == (not arguments)
    assert "momentum" in out or not arguments
