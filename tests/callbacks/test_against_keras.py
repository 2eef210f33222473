"""The callbacks act as Keras's own on random results; needs Keras."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from fake_model import FakeModel

from pymlp import callbacks

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture(scope="module")
def keras_callbacks() -> Any:
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    return keras.callbacks


def random_case(seed: int) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Return results, multiples of 1/4 as Keras compares in float32, and arguments."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 12, random.integers(1, 15)) / 4
    arguments = {
        "monitor": "loss",
        "mode": str(random.choice(["auto", "min", "max"])),
        "patience": int(random.integers(0, 4)),
        "min_delta": float(random.choice([0, 0.25, 0.5])),
    }
    return [{"loss": float(value)} for value in values], arguments


@pytest.mark.parametrize("seed", range(60))
def test_early_stopping(seed: int, keras_callbacks: Any) -> None:
    results, arguments = random_case(seed)
    random = np.random.default_rng((seed, 1))
    arguments["baseline"] = random.choice([None, 1.0, 2.0])
    arguments["restore_best_weights"] = bool(random.integers(2))
    arguments["start_from_epoch"] = int(random.integers(0, 3))
    outcomes = []
    for module in (callbacks, keras_callbacks):
        model, stop = FakeModel(), module.EarlyStopping(**arguments)
        epochs = model.fit(results, stop).epoch
        outcomes.append(
            (epochs, model.weight, stop.best, stop.best_epoch, stop.stopped_epoch, stop.wait)
        )
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("seed", range(60))
def test_reduce_lr_on_plateau(seed: int, keras_callbacks: Any) -> None:
    results, arguments = random_case(seed)
    random = np.random.default_rng((seed, 2))
    arguments["factor"] = float(random.choice([0.1, 0.5, 0.7]))
    arguments["cooldown"] = int(random.integers(0, 3))
    arguments["min_lr"] = float(random.choice([0.0, 0.01, 0.03]))
    outcomes = [
        FakeModel().fit(results, module.ReduceLROnPlateau(**arguments)).history
        for module in (callbacks, keras_callbacks)
    ]
    assert outcomes[0] == outcomes[1]


def checkpoint_case(seed: int) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Return results, some without what is monitored, and arguments."""
    random = np.random.default_rng((seed, 3))
    results = [
        {"loss": a / 4, "val_loss": b / 4}
        for a, b in random.integers(0, 12, (random.integers(1, 9), 2))
    ]
    weights = bool(random.integers(2))
    by_batch = bool(random.integers(2))
    names = ["model", "{epoch:02d}-{loss:.2f}"]
    names.append("{epoch}-{batch:03d}" if by_batch else "folder/{epoch:02d}-{val_loss:.2f}")
    arguments = {
        "filepath": str(random.choice(names)) + (".weights.h5" if weights else ".keras"),
        "monitor": str(random.choice(["val_loss", "loss", "mae"])),
        "mode": str(random.choice(["min", "max"])),
        "verbose": int(random.integers(2)),
        "save_weights_only": weights,
        "save_freq": int(random.integers(1, 10)) if by_batch else "epoch",
        # In the first epoch Keras 3.15 cannot compare batches: it has found no mode yet.
        "save_best_only": not by_batch and bool(random.integers(2)),
        "initial_value_threshold": random.choice([None, 1.5]),
    }
    if arguments["monitor"] != "mae" and random.integers(2):
        arguments["mode"] = "auto"
    return results, arguments


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("ignore:.*available:UserWarning")
@pytest.mark.filterwarnings("ignore:ModelCheckpoint. there is no 'mae':UserWarning")
def test_model_checkpoint(
    seed: int, keras_callbacks: Any, tmp_path: Any, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    results, arguments = checkpoint_case(seed)
    outcomes = []
    for module in (callbacks, keras_callbacks):
        model, checkpoint = FakeModel(), module.ModelCheckpoint(**arguments)
        model.fit(results[:-1] or results, checkpoint)
        model.fit(results[-1:], checkpoint, initial_epoch=7)  # it goes on where it was
        outcomes.append((model.saved, checkpoint.best, capsys.readouterr().out))
    assert outcomes[0] == outcomes[1]


CSV_RESULTS = {
    "plain": [{"loss": 0.5, "acc": 0.25}, {"loss": 0.1, "acc": float("nan")}],
    "validation": [{"loss": 0.5, "val_loss": 1e-9}, {"loss": 0.25, "val_loss": 1 / 3}],
    "validation later": [{"loss": 0.5}, {"loss": 0.25, "val_loss": 0.75}],
    "one that vanishes": [{"acc": 1.0, "loss": 0.5}, {"loss": 0.25}],
    "others than numbers": [{"loss": np.array([1.5, 2.0]), "acc": "a,b;c", "top": np.array(2.0)}],
}


@pytest.mark.parametrize("results", CSV_RESULTS.values(), ids=CSV_RESULTS)
@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("before", [None, "", "epoch,loss\n0,1.0\n"])
def test_csv_logger(
    results: Any, append: bool, separator: str, before: Any, keras_callbacks: Any, tmp_path: Any
) -> None:
    written = []
    for module in (callbacks, keras_callbacks):
        path = tmp_path / f"{module.__name__}.csv"
        if before is not None:
            path.write_text(before)
        logger = module.CSVLogger(path, separator=separator, append=append)
        for _ in range(2):  # a second training begins anew, or goes on
            logger.on_train_begin()
            for epoch, logs in enumerate(results):
                logger.on_epoch_end(epoch, logs)
            logger.on_train_end()
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_learning_rate_scheduler(keras_callbacks: Any) -> None:
    outcomes = [
        FakeModel()
        .fit([{"loss": 1.0}] * 4, module.LearningRateScheduler(lambda epoch, rate: rate * 0.9))
        .history
        for module in (callbacks, keras_callbacks)
    ]
    assert outcomes[0] == outcomes[1]


def test_a_callback_written_for_keras_works(keras_callbacks: Any) -> None:
    class Mine(keras_callbacks.Callback):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.losses: list[float] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.losses.append(logs["loss"])

    mine = Mine()
    FakeModel().fit([{"loss": 0.5}], mine, steps=3)
    assert mine.losses == [0.5] * 3
    assert not callbacks.CallbackList(keras_callbacks.Callback()).has_train_batch_hooks
