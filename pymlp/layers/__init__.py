"""Layers, under Keras's names."""

from pymlp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from pymlp.layers.batch_normalization import BatchNormalization
from pymlp.layers.dense import Dense
from pymlp.layers.flatten import Flatten
from pymlp.layers.input_layer import Input, InputLayer
from pymlp.layers.layer import Layer
from pymlp.layers.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from pymlp.layers.normalization_by_sample import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from pymlp.layers.prelu import PReLU

__all__ = [
    "ELU",
    "Activation",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "PReLU",
    "RMSNormalization",
    "ReLU",
    "Softmax",
    "UnitNormalization",
]
