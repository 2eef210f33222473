"""Operations on arrays and on symbolic tensors, under Keras's names.

They compute in floats: a symbolic tensor has the type of its graph, an array that is neither float32 nor float64 is
taken for one of `pymlp.config.floatx()`. Of arrays comparisons are truth values, places and counts whole numbers of
int32; of symbolic tensors they are 1 and 0, and whole numbers, in the type of the graph.
"""

from typing import Any

from pymlp._lazy import lazily

TABLE = {
    "algebra": "cdist dot inner matmul norm outer tensordot vdot",
    "arithmetic": """
        absolute deg2rad divide_no_nan fabs floor_divide fmax fmin fmod heaviside hypot ldexp mod nan_to_num
        rad2deg reciprocal rsqrt true_divide trunc
    """,
    "averaging": "average count_nonzero logsumexp moments std var",
    "axes": "moveaxis ravel swapaxes transpose",
    "batch_norm": "batch_normalization",
    "contraction": "einsum",
    "control": "cond fori_loop select switch while_loop",
    "conversion": "array cast convert_to_numpy convert_to_tensor copy dtype is_tensor ndim saturate_cast shape size",
    "counting": "bincount histogram nonzero unique unravel_index",
    "crossentropy": "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy",
    "cumulating": "cumprod cumsum diff trapezoid",
    "custom_gradients": "custom_gradient",
    "dense": "dense",
    "elementwise": """
        abs add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil clip cos divide elu erf erfc
        erfinv exp expm1 floor leaky_relu log log1p maximum minimum multiply negative power relu round sigmoid
        sign sin softplus sqrt square subtract tanh where
    """,
    "extremes": "all amax amin any argmax argmin max min prod ptp",
    "gates": "gelu glu hard_sigmoid hard_silu hard_swish log_sigmoid silu softsign sparse_sigmoid swish tanh_shrink",
    "joining": "append concatenate dstack hstack stack vstack",
    "logic": """
        allclose equal greater greater_equal isclose isfinite isin isinf isnan isneginf isposinf less less_equal
        logical_and logical_not logical_or logical_xor not_equal signbit
    """,
    "making": "empty empty_like eye full full_like identity multi_hot one_hot ones ones_like tri zeros zeros_like",
    "missing": "nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmin nanprod nanstd nansum nanvar",
    "normalization": "layer_normalization normalize rms_normalization",
    "picking": "repeat take take_along_axis tile",
    "placing": "pad slice slice_update",
    "python_functions": "python_function",
    "quantiles": "median nanmedian nanpercentile nanquantile percentile quantile",
    "rearranging": "rearrange",
    "rectifiers": "celu hard_shrink hard_tanh relu6 selu soft_shrink sparse_plus squareplus threshold",
    "reduction": "mean sum",
    "scanning": "associative_scan map scan vectorized_map",
    "scattering": "scatter scatter_update segment_max segment_min segment_prod segment_sum",
    "searching": "digitize searchsorted",
    "shaping": "broadcast_to expand_dims reshape squeeze",
    "slicing": "flip fliplr flipud get_item roll rot90",
    "softmax": "log_softmax softmax softmax_crossentropy sparsemax",
    "sorting": "argpartition argsort in_top_k sort top_k",
    "spacing": "arange geomspace linspace logspace meshgrid",
    "splitting": "array_split dsplit hsplit split unstack vsplit",
    "stopping": "stop_gradient",
    "transcendental": "cosh exp2 log10 log2 logaddexp logaddexp2 sinc sinh tan",
    "triangles": "diag diagflat diagonal trace tril triu",
}

# What tells shapes and types, and what makes no operation of its own, is no part of a model.
_PLAIN = {
    "convert_to_numpy",
    "custom_gradient",
    "dtype",
    "is_tensor",
    "ndim",
    "python_function",
    "shape",
}


def _made(name: str, function: Any) -> Any:
    from pymlp.ops.recording import recorded_as

    return function if name in _PLAIN else recorded_as(__name__, name, function)


__getattr__, __dir__, __all__ = lazily(__name__, TABLE, made=_made)

# Modules of the same names, imported later, would take their places.
for _name in ("dense", "softmax"):
    __getattr__(_name)
