"""pymlp: fast multilayer perceptrons on a CPU, behind the Keras API.

Examples
--------
>>> import pymlp as keras
>>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu")])
>>> model.compile(loss="mse", optimizer="sgd")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymlp._engine import runtime as _runtime
from pymlp._lazy import lazily as _lazily

_runtime.start()

from pymlp import (  # noqa: E402  (the engine is started first: whatever else may already use it)
    activations,
    config,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
)
from pymlp._engine.runtime import get_num_threads, set_num_threads  # noqa: E402
from pymlp.layers import Input, Layer  # noqa: E402
from pymlp.models import Model, Sequential  # noqa: E402
from pymlp.variables import Variable  # noqa: E402

if TYPE_CHECKING:
    from pymlp import backend, callbacks, datasets, saving, utils

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Layer",
    "Model",
    "Sequential",
    "Variable",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "set_num_threads",
    "utils",
]

# What is not needed to build and run a model is imported when used, so that `import pymlp` stays light.
__getattr__, *_ = _lazily(__name__, {"": "backend callbacks datasets saving utils"})


def __dir__() -> list[str]:
    return sorted(__all__)
