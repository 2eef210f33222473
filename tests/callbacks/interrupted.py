"""Trainings to interrupt, and all that is left at their ends: each depends on other things that must be kept."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import pymlp as keras
from pymlp.callbacks import BackupAndRestore, Callback
from pymlp.random import streams_state

_RNG = np.random.default_rng(8)
X = _RNG.normal(size=(52, 4)).astype("f4")
Y = (X[:, 0] * X[:, 1] > 0).astype("f4")
# Measured on something random: it soon gets worse.
OTHER_X, OTHER_Y = _RNG.normal(size=(9, 4)).astype("f4"), _RNG.integers(0, 2, 9).astype("f4")


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return X[8 * index :][:8], Y[8 * index :][:8]


class Shuffled(keras.utils.PyDataset):
    """Shuffles by itself, both when an epoch begins and when it ends, what it has shuffled before."""

    def __init__(self):
        super().__init__()
        self.order = np.arange(48)

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = self.order[8 * index :][:8]
        return X[rows], Y[rows]

    def on_epoch_begin(self):
        random.shuffle(self.order)

    def on_epoch_end(self):
        np.random.shuffle(self.order)  # noqa: NPY002

    def get_state(self):
        return self.order.copy()

    def set_state(self, state):
        self.order = state.copy()


def generated() -> Iterator[Any]:
    """Batches without end, of random rows."""
    rng = np.random.default_rng(1)
    while True:
        rows = rng.integers(0, len(X), 8)
        yield X[rows], Y[rows]


class Loader:
    """A new order for each epoch, drawn from NumPy's global stream."""

    def __len__(self):
        return 6

    def __iter__(self):
        order = np.random.permutation(48)  # noqa: NPY002
        for start in range(0, 48, 8):
            rows = order[start : start + 8]
            yield X[rows], Y[rows]


class Wandering(Callback):
    """A callback of a user's own, which keeps a number and an array, and draws from all global streams."""

    state_names = ("number", "kept")

    def on_train_begin(self, logs=None):
        self.number, self.kept = 0.0, np.zeros(2)

    def on_epoch_end(self, epoch, logs=None):
        self.number += np.random.random()  # noqa: NPY002
        self.kept += random.gauss(0, 1), float(keras.random.uniform((1,))[0])
        logs["wandered"] = self.number + self.kept.sum()


class OfOnesOwn(Callback):
    """Its state is under another name than its attribute."""

    def on_train_begin(self, logs=None):
        self._losses = ()

    def on_epoch_end(self, epoch, logs=None):
        self._losses = (*self._losses, logs["loss"])

    def get_state(self):
        return {"losses": self._losses}

    def set_state(self, state):
        self._losses = tuple(state["losses"])


class OwnStep(keras.Sequential):
    """Its step is in Python, and its logs are none of its metrics."""

    def train_step(self, data):
        logs = super().train_step(data)
        return {"loss": logs["loss"], "twice": 2 * logs["loss"]}


class Case(NamedTuple):
    optimizer: Callable[[], Any] = lambda: keras.optimizers.Adam(0.02)
    callbacks: Callable[[Path], list[Callback]] = lambda folder: []
    data: Callable[[], dict[str, Any]] = lambda: {"x": X, "y": Y, "batch_size": 8}
    fit: Mapping[str, Any] = MappingProxyType({})
    model: type[keras.Sequential] = keras.Sequential
    backup: Mapping[str, Any] = MappingProxyType({})


def stopping(folder: Path) -> list[Callback]:
    return [
        keras.callbacks.EarlyStopping(
            "loss", patience=2, min_delta=0.04, restore_best_weights=True
        ),
        keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, cooldown=1, factor=0.5),
    ]


def writing(folder: Path) -> list[Callback]:
    best = keras.callbacks.ModelCheckpoint(
        folder / "best.weights.h5", "val_loss", save_best_only=True, save_weights_only=True
    )
    counted = keras.callbacks.ModelCheckpoint(folder / "{epoch}-{batch}.keras", save_freq=5)
    return [best, counted, keras.callbacks.CSVLogger(folder / "log.csv"), Wandering(), OfOnesOwn()]


CASES = {
    "sgd": Case(lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), writing),
    "adam": Case(callbacks=stopping, backup={"save_freq": 3}),
    "within-epochs": Case(callbacks=writing, backup={"save_freq": 1, "double_checkpoint": True}),
    "rates": Case(
        lambda: keras.optimizers.SGD(0.2),
        lambda folder: [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.8)],
        backup={"save_freq": 2},
    ),
    "schedule": Case(
        lambda: keras.optimizers.Nadam(keras.optimizers.schedules.CosineDecay(0.1, 20)),
        fit={"steps_per_epoch": 5},
        backup={"save_freq": 4},
    ),
    "means": Case(
        lambda: keras.optimizers.RMSprop(0.02, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=9),
        lambda folder: [keras.callbacks.SwapEMAWeights(swap_on_epoch=True), *writing(folder)],
    ),
    "accumulated": Case(
        lambda: keras.optimizers.AdamW(0.05, gradient_accumulation_steps=3, global_clipnorm=1.0),
        fit={"shuffle": False},
        backup={"save_freq": 5},
    ),
    "executions": Case(callbacks=writing, fit={"steps_per_execution": 3}, backup={"save_freq": 3}),
    "data-set": Case(data=lambda: {"x": Batches()}, backup={"save_freq": 4}),
    "part-of-data-set": Case(
        data=lambda: {"x": Batches()}, fit={"steps_per_epoch": 4}, backup={"save_freq": 3}
    ),
    "loader": Case(data=lambda: {"x": Loader()}, callbacks=writing, backup={"save_freq": 4}),
    "generator": Case(
        data=lambda: {"x": generated()}, fit={"steps_per_epoch": 5}, backup={"save_freq": 3}
    ),
    "shuffled": Case(data=lambda: {"x": Shuffled()}, backup={"save_freq": 4}),
    "part-of-shuffled": Case(
        data=lambda: {"x": Shuffled()}, fit={"steps_per_epoch": 4}, backup={"save_freq": 3}
    ),
    "generators": Case(
        data=lambda: {"x": generated(), "validation_data": generated(), "validation_steps": 2},
        fit={"steps_per_epoch": 5},
    ),
    "generator-that-ends": Case(
        data=lambda: {"x": itertools.islice(generated(), 13)},
        fit={"steps_per_epoch": 5},
        backup={"save_freq": 3},
    ),
    "validation-that-ends": Case(
        data=lambda: {"x": generated(), "validation_data": itertools.islice(generated(), 4)},
        fit={"steps_per_epoch": 5, "validation_steps": 3},
    ),
    "own-step": Case(model=OwnStep, backup={"save_freq": 3}),
    "eagerly": Case(fit={"run_eagerly": True}, backup={"save_freq": 3}),
}  # fmt: skip


def make_model(case: Case = CASES["adam"], **compiled: Any) -> Any:
    layers = keras.layers
    model = case.model(
        [
            keras.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.GaussianNoise(0.1),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(case.optimizer(), "binary_crossentropy", metrics=["accuracy", "AUC"], **compiled)
    return model


def train(name: str, folder: Path, *others: Callback, backed_up: bool = True) -> dict[str, Any]:
    """Train, with the backup in a folder of `folder` if there is to be one; return all that is left at the end."""
    case = CASES[name]
    keras.utils.set_random_seed(5)
    fit = dict(case.fit)
    compiled = {key: fit.pop(key) for key in ("run_eagerly", "steps_per_execution") if key in fit}
    model = make_model(case, **compiled)
    callbacks = case.callbacks(folder)
    backup = [BackupAndRestore(folder / "backup", **case.backup)] if backed_up else []
    history = model.fit(
        **{"epochs": 5, "validation_data": (OTHER_X, OTHER_Y), **case.data(), **fit},
        verbose=0,
        callbacks=[*backup, *callbacks, *others],
    )
    assert not (folder / "backup").exists()
    csv = folder / "log.csv"
    return plain(
        {
            "model": [v.numpy() for v in model.variables],
            "optimizer": [v.numpy() for v in model.optimizer.variables],
            "history": history.history,
            "epochs": history.epoch,
            "stopped": model.stop_training,
            "callbacks": [one.get_state() for one in callbacks],
            "streams": streams_state(),
            "csv": csv.read_bytes() if csv.exists() else None,
            "files": sorted(path.name for path in folder.iterdir()),
            "best": best_weights(model, folder / "best.weights.h5"),
        }
    )


def best_weights(model: Any, path: Path) -> Any:
    if not path.exists():
        return None
    model.load_weights(path)
    return [v.numpy() for v in model.variables]


def plain(value: Any) -> Any:
    """Return a nest with arrays as their types and bytes, for comparing to the bit."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return (str(value.dtype), value.shape, value.tobytes())
    return float.hex(value) if isinstance(value, float) else value
