"""`Hashing` and `HashedCrossing`: values, or several side by side, to bins that need no vocabulary."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from pymlp.checks import whole
from pymlp.config import floatx
from pymlp.layers import fingerprints
from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.on_arrays import OnArrays, as_values, checked_salt

__all__ = ["HashedCrossing", "Hashing", "hash_bins"]

_WHOLE = ("int32", "int64")


def hash_bins(values: np.ndarray, bins: int, salt: list[int] | None = None) -> np.ndarray:
    """Return the bin of each string, or of each whole number's decimal digits: FarmHash, or SipHash with a salt."""
    texts = values if values.dtype.kind == "U" else values.astype(str)
    function = fingerprints.farmhash
    if salt is not None:
        function = partial(fingerprints.siphash, key=(salt[0], salt[1]))
    return (fingerprints.of_texts(texts, function) % np.uint64(bins)).astype(np.int64)


class _InBins(OnArrays):
    """What both have in common: a number of bins, and how the bins are given."""

    def _set_bins(
        self, num_bins: Any, output_mode: Any, modes: tuple[str, ...], sparse: bool, dtype: Any
    ) -> None:
        self.output_mode = check_mode(self._label, output_mode, modes, sparse)
        self.num_bins = whole(self._label, "num_bins", num_bins)
        if self.output_mode == "int":
            self.dtype = "int64" if dtype is None else str(np.dtype(dtype))
            if self.dtype not in _WHOLE:
                raise ValueError(
                    f"{self._label}: with output_mode='int' dtype should be 'int32' or 'int64', received {dtype!r}."
                )

    def _encoded(self, bins: np.ndarray) -> np.ndarray:
        if self.output_mode == "int":
            return bins.astype(self.dtype)
        samples = np.atleast_1d(bins).astype(np.float64)
        encoded: np.ndarray = encode(self._label, samples, self.output_mode, self.num_bins)
        return encoded.astype(self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": False,
        }


def _float_type(dtype: Any, output_mode: Any) -> Any:
    """Return the type that the base class is told: with "int" that of the layer is not a float."""
    return floatx() if output_mode == "int" else dtype


class Hashing(_InBins):
    """Turn strings or whole numbers into one of so many bins, by a hash.

    The bin is ``hash(text) % num_bins``, a number's text being its decimal digits.

    Parameters
    ----------
    num_bins : int
    mask_value : str or int, optional
        What is given the bin 0, which then nothing else is: the other bins are ``1 + hash % (num_bins - 1)``.
    salt : int or sequence of two int, optional
        Key of the hash: others give other bins. Default: a hash without key.
    output_mode : {"int", "one_hot", "multi_hot", "count"}
        "int": the number of the bin. The others as of `CategoryEncoding`.
    sparse : bool
        Not supported: an error if it is asked for.
    **kwargs
        See `Layer`. `dtype` is that of the result: "int64" (the default) or "int32" with "int", else a float type.

    Raises
    ------
    ValueError
        For an argument out of range, or values that are neither strings nor numbers.

    Notes
    -----
    Arrays of shape (batch, ...) give bins of that shape. Fractions of numbers are cut off, as Keras does. It works on
    arrays, not within a model. Unlike Keras's, it does without TensorFlow, and gives the same bins.

    References
    ----------
    Without a salt the fingerprint of G. Pike's FarmHash, 2014; with one, J.-P. Aumasson, D. J. Bernstein: "SipHash: a
    fast short-input PRF". INDOCRYPT 2012.

    Examples
    --------
    >>> Hashing(num_bins=3)(["A", "B", "C", "D", "E"])
    array([1, 0, 1, 1, 2])
    >>> Hashing(num_bins=3, mask_value="")(["A", "B", "", "C", "D"])
    array([1, 1, 0, 2, 2])
    >>> Hashing(num_bins=3, salt=133)(["A", "B", "C", "D", "E"])
    array([0, 0, 2, 1, 0])
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: str | int | None = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        dtype = kwargs.pop("dtype", None)
        super().__init__(dtype=_float_type(dtype, output_mode), **kwargs)
        modes = ("int", "one_hot", "multi_hot", "count")
        self._set_bins(num_bins, output_mode, modes, sparse, dtype)
        self.mask_value = mask_value
        self.salt = checked_salt(self._label, salt)

    def call(self, inputs: Any) -> Any:
        array = np.asarray(inputs)
        if array.dtype.kind == "b":
            values = np.where(array, "true", "false")  # as TensorFlow writes them
        else:
            whole = array.astype(np.int64) if array.dtype.kind == "f" else inputs
            values = as_values(self._label, whole, "Uiu")
        if self.mask_value is None or self.num_bins == 1:
            return self._encoded(hash_bins(values, self.num_bins, self.salt))
        bins = hash_bins(values, self.num_bins - 1, self.salt) + 1
        compared = array if array.dtype.kind in "fb" else values
        return self._encoded(np.where(compared == self.mask_value, 0, bins))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value, "salt": self.salt}


class HashedCrossing(_InBins):
    """Turn values that stand side by side in several arrays into one of so many bins, by one hash of all.

    So that a linear model can have a weight for each combination of, say, a town and a month.

    Parameters
    ----------
    num_bins : int
    output_mode : {"int", "one_hot"}
        "int": the number of the bin. "one_hot": a vector of length `num_bins`, 1 at the bin's place.
    sparse : bool
        Not supported: an error if it is asked for.
    name, **kwargs
        See `Layer`.
    dtype : str, optional
        Of the result: "int64" (the default) or "int32" with "int", else a float type.

    Raises
    ------
    ValueError
        For an argument out of range, and called on anything but two or more arrays of one shape: (), (batch,) or
        (batch, 1), of strings or whole numbers.

    Notes
    -----
    It works on arrays, not within a model. Unlike Keras's, it does without TensorFlow, and gives the same bins.

    References
    ----------
    G. Pike: FarmHash, 2014, for strings; its mixing of two numbers is that of A. Appleby's MurmurHash, 2008.

    Examples
    --------
    >>> HashedCrossing(num_bins=5)((["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102]))
    array([1, 4, 1, 1, 3])
    >>> HashedCrossing(num_bins=2, output_mode="one_hot")((["A", "B"], [1, 2]))
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=_float_type(dtype, output_mode), **kwargs)
        self._set_bins(num_bins, output_mode, ("int", "one_hot"), sparse, dtype)

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, list | tuple) or len(inputs) < 2:
            raise ValueError(
                f"{self._label} should be called on a list or tuple of at least two arrays, received {inputs!r}."
            )
        columns = [as_values(self._label, column, "Uiu") for column in inputs]
        shape = columns[0].shape
        if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
            raise ValueError(
                f"{self._label} expected arrays of shape (), (batch_size,) or (batch_size, 1), received {shape}."
            )
        if any(column.shape != shape for column in columns):
            raise ValueError(
                f"{self._label} expected arrays of one shape, received {[c.shape for c in columns]}."
            )
        words = [
            fingerprints.of_texts(column, fingerprints.farmhash)
            if column.dtype.kind == "U"
            else column.astype(np.uint64)
            for column in (column.ravel() for column in columns)
        ]
        bins = fingerprints.crossed(words) % np.uint64(self.num_bins)
        return self._encoded(bins.astype(np.int64).reshape(shape))
