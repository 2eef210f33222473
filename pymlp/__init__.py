"""pymlp: fast multilayer perceptrons on a CPU, behind the Keras API.

Examples
--------
>>> import pymlp as keras
>>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu")])
>>> model.compile(loss="mse", optimizer="sgd")
"""

from pymlp._engine import runtime as _runtime

_runtime.start()

from pymlp import (  # noqa: E402  (the engine is started first: whatever else may already use it)
    activations,
    callbacks,
    config,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    saving,
    utils,
)
from pymlp._engine.runtime import get_num_threads, set_num_threads  # noqa: E402
from pymlp.layers import Input, Layer  # noqa: E402
from pymlp.models import Model, Sequential  # noqa: E402
from pymlp.variables import Variable  # noqa: E402

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Layer",
    "Model",
    "Sequential",
    "Variable",
    "activations",
    "callbacks",
    "config",
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
    "saving",
    "set_num_threads",
    "utils",
]
