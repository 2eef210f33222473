"""Layers of Keras that pymlp does not have, by name, and why; arguments that it does not have."""

from __future__ import annotations

from typing import Any

__all__ = ["reason_for", "refuse"]

_CONVOLUTION = (
    "Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D Conv1DTranspose Conv2DTranspose Conv3DTranspose "
    "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D "
    "MaxPool2D MaxPool3D AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D "
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
    "GlobalMaxPooling3D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D "
    "Cropping2D Cropping3D SpatialDropout1D SpatialDropout2D SpatialDropout3D"
)
_RECURRENCE = (
    "RNN LSTM GRU SimpleRNN LSTMCell GRUCell SimpleRNNCell StackedRNNCells Bidirectional TimeDistributed ConvLSTM1D "
    "ConvLSTM2D ConvLSTM3D"
)
_ATTENTION = "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention"
_REASONS = {
    **dict.fromkeys(_CONVOLUTION.split(), "convolution and its kin"),
    **dict.fromkeys(_RECURRENCE.split(), "recurrence"),
    **dict.fromkeys(_ATTENTION.split(), "attention"),
    "Masking": "masks of sequences",
}


def reason_for(name: str) -> str | None:
    """Return what to say of a layer of Keras that is out of scope; None for any other name."""
    kind = _REASONS.get(name)
    if kind is None:
        return None
    return (
        f"pymlp.layers has no {name}: {kind} is out of its scope, which is networks of dense layers. Use Keras for "
        "this model."
    )


def refuse(layer: Any, **arguments: Any) -> None:
    """Raise an error for the first of Keras's arguments that is given and that pymlp does not have."""
    for argument, value in arguments.items():
        if value is not None:
            raise NotImplementedError(
                f"{type(layer).__name__} {layer.name!r}: {argument} is not supported yet."
            )
