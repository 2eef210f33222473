"""Layers, under Keras's names."""

from pymlp._lazy import lazily

TABLE = {
    "activation": "Activation ELU LeakyReLU ReLU Softmax",
    "activity_regularization": "ActivityRegularization",
    "batch_normalization": "BatchNormalization",
    "category_encoding": "CategoryEncoding",
    "concatenation": "Concatenate",
    "dense": "Dense",
    "discretization": "Discretization",
    "dot_product": "Dot",
    "einsum_dense": "EinsumDense",
    "embedding": "Embedding",
    "flatten": "Flatten",
    "hashing": "HashedCrossing Hashing",
    "input_layer": "Input InputLayer",
    "lambda_layer": "Lambda",
    "layer": "Layer",
    "lookup": "IntegerLookup StringLookup",
    "merging": "Add Average Maximum Minimum Multiply Subtract",
    "merging_functions": "add average concatenate dot maximum minimum multiply subtract",
    "noise": "AlphaDropout Dropout GaussianDropout GaussianNoise",
    "normalization_by_sample": "GroupNormalization LayerNormalization RMSNormalization UnitNormalization",
    "prelu": "PReLU",
    "scaling": "Normalization Rescaling",
    "serialization": "deserialize serialize",
    "shaping": "Identity Permute RepeatVector Reshape",
}


def _reason(name: str) -> str | None:
    from pymlp.layers.out_of_scope import reason_for

    return reason_for(name)


__getattr__, __dir__, __all__ = lazily(__name__, TABLE, missing=_reason)
