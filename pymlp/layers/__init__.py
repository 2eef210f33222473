"""Layers, under Keras's names."""

from pymlp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from pymlp.layers.dense import Dense
from pymlp.layers.flatten import Flatten
from pymlp.layers.input_layer import Input, InputLayer
from pymlp.layers.layer import Layer
from pymlp.layers.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from pymlp.layers.prelu import PReLU

__all__ = [
    "ELU",
    "Activation",
    "AlphaDropout",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Input",
    "InputLayer",
    "Layer",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "Softmax",
]
