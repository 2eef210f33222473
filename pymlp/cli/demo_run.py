"""The model of ``pymlp demo`` and its training."""

from __future__ import annotations

import time
from typing import Any

import pymlp
from pymlp.callbacks import Callback
from pymlp.cli.demo_data import DemoData
from pymlp.cli.optimizers import make_optimizer

__all__ = ["EpochLog", "build_model", "train"]


class EpochLog(Callback):
    """Keeps losses, metrics and seconds of every whole epoch, also when fit is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.seconds: list[float] = []
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop the clock and take the figures."""
        self.seconds.append(time.perf_counter() - self._started)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))


def build_model(optimizer: str, learning_rate: float | None, seed: int) -> Any:
    """Return the chapter's classifier, compiled."""
    pymlp.utils.set_random_seed(seed)
    model = pymlp.Sequential()
    model.add(pymlp.layers.Flatten(input_shape=[28, 28]))
    model.add(pymlp.layers.Dense(300, activation="relu"))
    model.add(pymlp.layers.Dense(100, activation="relu"))
    model.add(pymlp.layers.Dense(10, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=make_optimizer(optimizer, learning_rate),
        metrics=["accuracy"],
    )
    return model


def train(model: Any, data: DemoData, log: EpochLog, epochs: int, batch_size: int) -> bool:
    """Train with live progress; return False if Ctrl-C ended it early."""
    try:
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=(data.x_valid, data.y_valid),
            callbacks=[log],
        )
    except KeyboardInterrupt:
        return False
    return True
