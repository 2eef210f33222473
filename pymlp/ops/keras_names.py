"""Operations of functional models under Keras's names: where Keras has the class of each, and what it is made with.

Files name these classes. Of each function, by its name: the class's, where it is not the function's in another spelling
(``argmax`` is ``Argmax``, ``top_k`` is ``TopK``); and in brackets the arguments that the operation is made with, which
are its configuration. All others are given when it is called; those with an asterisk by their names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

__all__ = ["Entry", "entry_of"]

_TABLE = {
    "keras.src.ops.numpy": """
        abs:Absolute absolute add all(axis keepdims) allclose:AllClose(rtol atol equal_nan) amax(axis keepdims)
        amin(axis keepdims) any(axis keepdims) append(axis) arange(dtype *step) arccos arcsin arctan arctan2
        argmax(axis keepdims) argmin(axis keepdims) argsort(axis) array(dtype)
        array_split(indices_or_sections axis) average(axis *weights) broadcast_to(shape) cbrt ceil
        clip(x_min x_max) concatenate(axis) copy cos cosh count_nonzero(axis) cumprod(axis dtype)
        cumsum(axis dtype) diff(n axis) digitize divide divide_no_nan dot dsplit(indices_or_sections) dstack
        einsum(subscripts) empty_like(dtype) equal exp exp2 expand_dims(axis) expm1 fabs flip(axis) fliplr flipud
        floor floor_divide fmax fmin fmod full(shape dtype) full_like(dtype) get_item greater greater_equal
        heaviside hsplit(indices_or_sections) hstack inner isclose(equal_nan) isfinite
        isin:IsIn(assume_unique invert) isinf isnan isneginf isposinf less less_equal
        linspace(num endpoint retstep dtype axis) log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not
        logical_or logical_xor matmul max(axis keepdims initial) maximum mean(axis keepdims) meshgrid(indexing)
        min(axis keepdims initial) minimum mod moveaxis(source destination) multiply ndim negative not_equal
        ones_like(dtype) outer pad(pad_width mode *constant_values) power prod(axis keepdims dtype)
        ptp(axis keepdims) ravel reciprocal repeat(repeats axis) reshape(newshape) roll(shift axis) rot90(k axes)
        round(decimals) searchsorted:SearchSorted(side) select sign sin sinh size sort(axis)
        split(indices_or_sections axis) sqrt square squeeze(axis) stack(axis) std(axis keepdims) subtract
        sum(axis keepdims) swapaxes(axis1 axis2) take(axis) take_along_axis(axis) tan tanh tensordot(axes)
        tile(repeats) transpose(axes) true_divide trunc var(axis keepdims) vdot vsplit(indices_or_sections) vstack
        where zeros_like(dtype)
    """,
    "keras.src.ops.nn": """
        batch_normalization:BatchNorm(axis epsilon) binary_crossentropy(from_logits)
        categorical_crossentropy(from_logits axis) celu(alpha) elu(alpha) gelu(approximate) glu(axis)
        hard_shrink(threshold) hard_sigmoid hard_silu hard_tanh
        layer_normalization:LayerNorm(axis epsilon rms_scaling) leaky_relu(negative_slope) log_sigmoid
        log_softmax(axis) moments(axes keepdims synchronized) multi_hot(num_classes axis dtype sparse)
        normalize(axis order epsilon) one_hot(num_classes axis dtype sparse) relu relu6
        rms_normalization:RMSNorm(axis epsilon *scale) selu sigmoid silu soft_shrink(threshold) softmax(axis)
        softplus softsign sparse_categorical_crossentropy(from_logits axis) sparse_plus sparse_sigmoid
        sparsemax(axis) squareplus(b) tanh_shrink threshold(threshold default_value)
    """,
    "keras.src.ops.core": """
        cast(dtype) saturate_cast(dtype) scatter(shape) scatter_update(reduction) slice(shape) slice_update
        stop_gradient unstack(num axis)
    """,
    "keras.src.ops.math": """
        cdist:CDist erf in_top_k(k) logsumexp(axis keepdims) rsqrt segment_max segment_min segment_prod segment_sum
        top_k(k sorted)
    """,
    "keras.src.ops.linalg": """
        norm(ord axis keepdims)
    """,
}  # fmt: skip


class Entry(NamedTuple):
    """What Keras calls the operation that a function is.

    Attributes
    ----------
    module, class_name : str
    made_with : tuple of str
        Arguments that are the operation's configuration.
    by_name : tuple of str
        Arguments that are given by their names when it is called.
    """

    module: str
    class_name: str
    made_with: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()


def _camel_case(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


@cache
def _entries() -> dict[str, Entry]:
    found = {}
    for module, text in _TABLE.items():
        for name, class_name, brackets in re.findall(
            r"(\w+)(?::(\w+))?(?:\(([^)]*)\))?(?:\s|$)", text
        ):
            words = brackets.split()
            found[name] = Entry(
                module,
                class_name or _camel_case(name),
                tuple(word for word in words if not word.startswith("*")),
                tuple(word[1:] for word in words if word.startswith("*")),
            )
    return found


def entry_of(name: str) -> Entry:
    """Return the entry of a function; one that Keras lacks is an operation of pymlp's own."""
    return _entries().get(name) or Entry("pymlp.ops", _camel_case(name))
