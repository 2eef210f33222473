"""A model without mathematics: it calls callbacks in the order in which a real one does.

With it a test says what the results of each epoch are. That a real model calls them so is tested in
test_with_models.py.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from pymlp.callbacks import CallbackList, History


class FakeOptimizer:
    """Keeps its learning rate in float32, as the real ones do."""

    def __init__(self) -> None:
        self._learning_rate = np.float32(0.1)

    @property
    def learning_rate(self) -> np.float32:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = np.float32(value)


class FakeModel:
    """Has one weight, which is the number of epochs it was trained for."""

    def __init__(self, **directions: str) -> None:
        self.optimizer = FakeOptimizer()
        self.stop_training = False
        self.metrics = [SimpleNamespace(name=n, _direction=d) for n, d in directions.items()]
        self.weight = 0
        self.history: History | None = None
        self.saved: list[tuple[str, str, int]] = []

    def save(self, filepath: str, overwrite: bool = True) -> None:
        """Note down how, where and with what weight."""
        self.saved.append(("whole", filepath, self.weight))

    def save_weights(self, filepath: str, overwrite: bool = True) -> None:
        self.saved.append(("weights", filepath, self.weight))

    def get_weights(self) -> list[np.ndarray]:
        return [np.array([self.weight])]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weight = int(weights[0][0])

    def fit(
        self,
        epoch_logs: list[dict[str, Any]],
        callbacks: Any = None,
        verbose: Any = 0,
        steps: int = 4,
        initial_epoch: int = 0,
    ) -> History:
        """Train for ``len(epoch_logs)`` epochs of `steps` batches, with these results."""
        epochs = initial_epoch + len(epoch_logs)
        callbacks = self._list(callbacks, verbose, steps, epochs=epochs, add_history=True)
        self.stop_training = False
        callbacks.on_train_begin()
        for epoch, logs in enumerate(epoch_logs, initial_epoch):
            callbacks.on_epoch_begin(epoch)
            running = {name: value for name, value in logs.items() if not name.startswith("val_")}
            self._run(callbacks, "train", steps, running)
            self.weight += 1
            if len(running) < len(logs):
                self.evaluate({name: logs["val_" + name] for name in running}, callbacks, steps=2)
            callbacks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        callbacks.on_train_end(logs)
        assert self.history is not None
        return self.history

    def evaluate(
        self, logs: dict[str, Any], callbacks: Any = None, verbose: Any = 0, steps: int = 4
    ) -> None:
        if not isinstance(callbacks, CallbackList):
            callbacks = self._list(callbacks, verbose, steps)
        callbacks.on_test_begin()
        self._run(callbacks, "test", steps, logs)
        callbacks.on_test_end(logs)

    def predict(self, callbacks: Any = None, verbose: Any = 0, steps: int = 4) -> None:
        callbacks = self._list(callbacks, verbose, steps)
        callbacks.on_predict_begin()
        self._run(callbacks, "predict", steps, {"outputs": np.zeros((2, 3))})
        callbacks.on_predict_end()

    def _list(
        self, callbacks: Any, verbose: Any, steps: int, epochs: int = 1, add_history: bool = False
    ) -> CallbackList:
        return CallbackList(
            callbacks,
            add_history=add_history,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )

    def _run(self, callbacks: CallbackList, mode: str, steps: int, logs: dict[str, Any]) -> None:
        """Run one epoch: batch by batch if a callback wants that, else in spans of two."""
        if getattr(callbacks, f"has_{mode}_batch_hooks"):
            for batch in range(steps):
                getattr(callbacks, f"on_{mode}_batch_begin")(batch)
                getattr(callbacks, f"on_{mode}_batch_end")(batch, logs)
        else:
            for last in range(1, steps, 2):
                getattr(callbacks, f"on_{mode}_span_end")(last, logs)
                if mode == "train" and self.stop_training:
                    break
