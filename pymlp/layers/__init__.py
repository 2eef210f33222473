"""Layers, under Keras's names."""

from pymlp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from pymlp.layers.activity_regularization import ActivityRegularization
from pymlp.layers.batch_normalization import BatchNormalization
from pymlp.layers.category_encoding import CategoryEncoding
from pymlp.layers.concatenation import Concatenate
from pymlp.layers.dense import Dense
from pymlp.layers.discretization import Discretization
from pymlp.layers.dot_product import Dot
from pymlp.layers.einsum_dense import EinsumDense
from pymlp.layers.embedding import Embedding
from pymlp.layers.flatten import Flatten
from pymlp.layers.hashing import HashedCrossing, Hashing
from pymlp.layers.input_layer import Input, InputLayer
from pymlp.layers.lambda_layer import Lambda
from pymlp.layers.layer import Layer
from pymlp.layers.lookup import IntegerLookup, StringLookup
from pymlp.layers.merging import Add, Average, Maximum, Minimum, Multiply, Subtract
from pymlp.layers.merging_functions import (
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from pymlp.layers.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from pymlp.layers.normalization_by_sample import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from pymlp.layers.out_of_scope import reason_for as _reason_for
from pymlp.layers.prelu import PReLU
from pymlp.layers.scaling import Normalization, Rescaling
from pymlp.layers.serialization import deserialize, serialize
from pymlp.layers.shaping import Identity, Permute, RepeatVector, Reshape

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "BatchNormalization",
    "CategoryEncoding",
    "Concatenate",
    "Dense",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "Input",
    "InputLayer",
    "IntegerLookup",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Maximum",
    "Minimum",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "StringLookup",
    "Subtract",
    "UnitNormalization",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]


def __getattr__(name: str) -> None:
    raise AttributeError(_reason_for(name) or f"module {__name__!r} has no attribute {name!r}")
