"""pymlp through its public `fit`, as a user calls it."""

from __future__ import annotations

from typing import Any

import numpy as np

import pymlp
from bench.peers.keras_like import KerasLikePeer


class ThisPeer(KerasLikePeer):
    packages = ("numpy",)
    library = pymlp
    extras = KerasLikePeer.extras | {"loss numpy_huber"}

    def loss(self) -> Any:
        return numpy_huber if self.workload.loss == "numpy_huber" else super().loss()

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"pymlp": pymlp.__version__, **super().versions()}


def numpy_huber(y_true: Any, y_pred: Any) -> Any:
    """Keras's Huber loss with delta 1, as a user of NumPy would write it."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.where(error < 1, np.square(error) / 2, error - 0.5), axis=-1)
