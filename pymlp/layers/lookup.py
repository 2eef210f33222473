"""`IntegerLookup` and `StringLookup`: values to their places in a vocabulary, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.layer import Layer
from pymlp.nesting import flatten

__all__ = ["IntegerLookup", "StringLookup"]


class _Lookup(Layer):
    """What both have in common; they differ in the type of their values.

    The vocabulary is that of special values, if any, and of tokens: mask, out of vocabulary, then the tokens.
    """

    _kinds: str  # of the arrays that it takes
    _type: type[Any]

    def __init__(
        self, max_tokens: Any, num_oov_indices: int, mask_token: Any, oov_token: Any, **given: Any
    ) -> None:
        vocabulary, output_mode = given.pop("vocabulary"), given.pop("output_mode")
        invert, sparse = bool(given.pop("invert")), bool(given.pop("sparse"))
        pad, salt = bool(given.pop("pad_to_max_tokens")), given.pop("salt")
        idf_weights = given.pop("idf_weights")
        for argument in ("vocabulary_size", "has_input_vocabulary"):
            given.pop(argument, None)  # of files, which follow from the rest
        super().__init__(**given)
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = check_mode(self._label, output_mode, modes, sparse)
        if salt is not None or idf_weights is not None:
            raise NotImplementedError(f"{self._label}: salt and idf_weights are not supported.")
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(
                f"{self._label}: max_tokens should be more than 1, received {max_tokens}."
            )
        if pad and max_tokens is None:
            raise ValueError(f"{self._label}: pad_to_max_tokens=True needs max_tokens.")
        if num_oov_indices < 0:
            raise ValueError(
                f"{self._label}: num_oov_indices should be at least 0, received {num_oov_indices}."
            )
        if invert and self.output_mode != "int":
            raise ValueError(
                f"{self._label}: invert=True gives values, so output_mode should be 'int', received {output_mode!r}."
            )
        self.max_tokens = max_tokens
        self.num_oov_indices = int(num_oov_indices)
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = invert
        self.pad_to_max_tokens = pad
        self._tokens: list[Any] = []
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)
        self._is_given = vocabulary is not None

    @property
    def _label(self) -> str:
        return f"{type(self).__name__} {self.name!r}"

    def _values(self, data: Any, kinds: str) -> np.ndarray:
        array = np.asarray(data)
        if array.dtype.kind == "O" and all(isinstance(v, str) for v in array.flat):
            array = array.astype(str)
        if array.size and array.dtype.kind not in kinds:
            raise ValueError(f"{self._label} cannot look up values of type {array.dtype}.")
        return array.astype(str if kinds == "U" else np.int64)

    # ---- the vocabulary -----------------------------------------------------------------------

    def _special(self) -> list[Any]:
        masks = [self.mask_token] * (self.mask_token is not None and self.output_mode == "int")
        return masks + [self.oov_token] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the values, in the order of their indices; without special ones, of the tokens alone."""
        return (self._special() if include_special_tokens else []) + self._tokens

    def vocabulary_size(self) -> int:
        """Return how many indices there are, those of special values among them."""
        return len(self.get_vocabulary())

    def set_vocabulary(self, vocabulary: Any) -> None:
        """Take these tokens, with the special ones before them or without.

        Raises
        ------
        ValueError
            If it is empty or too long, a token is there twice, or a special one is elsewhere than at the start.
        """
        if isinstance(vocabulary, str):
            raise ValueError(f"{self._label}: give the vocabulary as a list; files are not read.")
        tokens = [self._type(v) for v in self._values(list(vocabulary), self._kinds).tolist()]
        if not tokens:
            raise ValueError(f"{self._label}: the vocabulary should not be empty.")
        special = self._special()
        if tokens[: len(special)] == special:
            tokens = tokens[len(special) :]
        twice = [token for token, count in Counter(tokens).items() if count > 1]
        if twice:
            raise ValueError(f"{self._label}: the vocabulary has {twice} more than once.")
        reserved = [self.mask_token, *([self.oov_token] if self.invert else [])]
        for token in reserved:
            if token is not None and token in tokens:
                raise ValueError(
                    f"{self._label}: {token!r} stands for something else, and may be in the vocabulary at its "
                    f"start only, which is then {special}."
                )
        if self.max_tokens is not None and len(special) + len(tokens) > self.max_tokens:
            raise ValueError(
                f"{self._label}: the vocabulary has {len(special) + len(tokens)} values, max_tokens is "
                f"{self.max_tokens}."
            )
        self._tokens = tokens

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take the vocabulary from data: the most frequent values first, of equally frequent ones the greater.

        Parameters
        ----------
        data : array, list, or iterable of arrays
            Of an iterable `steps` arrays are read.
        """
        if self._is_given:
            raise ValueError(f"{self._label} was given its vocabulary: there is nothing to adapt.")
        one = isinstance(data, list | tuple) or hasattr(data, "shape")
        batches: Iterable[Any] = [data] if one else islice(data, steps)
        counts: Counter[Any] = Counter()
        for batch in batches:
            counts.update(self._values(batch, self._kinds).ravel().tolist())
        for token in (self.mask_token, self.oov_token):
            counts.pop(token, None)
        room = None if self.max_tokens is None else max(self.max_tokens - len(self._special()), 0)
        ordered = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
        self._tokens = ordered[:room]

    # ---- looking up -----------------------------------------------------------------------------

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """Return indices, vectors or values for an array, or a list, of values or indices."""
        if any(isinstance(leaf, Tensor) for leaf in flatten(inputs)):
            raise NotImplementedError(
                f"{self._label} works on arrays, not within a model. Give a model what it returns: "
                "model.fit(lookup(x), y)."
            )
        return self.call(inputs)

    def call(self, inputs: Any) -> Any:
        if not self._tokens:
            raise ValueError(
                f"{self._label} has no vocabulary yet. Give it, or call adapt(data) first."
            )
        if self.invert:
            return self._looked_up_back(self._values(inputs, "iub"))
        indices = self._looked_up(self._values(inputs, self._kinds))
        if self.output_mode == "int":
            return indices
        depth = self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()
        samples = np.atleast_1d(indices).astype(np.float64)
        encoded: np.ndarray = encode(self._label, samples, self.output_mode, depth)
        return encoded.astype(self.dtype)

    def _looked_up(self, values: np.ndarray) -> np.ndarray:
        distinct, where = np.unique(values, return_inverse=True)
        first = len(self._special())
        table = {token: first + i for i, token in enumerate(self._tokens)}
        oov = first - self.num_oov_indices
        found = [self._index(value, table, oov) for value in distinct.tolist()]
        return np.array(found, np.int64)[where].reshape(values.shape)

    def _index(self, value: Any, table: dict[Any, int], oov: int) -> int:
        if self.mask_token is not None and value == self.mask_token:
            return 0 if self.output_mode == "int" else -1  # which is encoded as nothing
        if value in table:
            return table[value]
        if not self.num_oov_indices:
            raise ValueError(
                f"{self._label}: {value!r} is not in the vocabulary, and num_oov_indices=0 leaves no index for it. "
                "Make it 1."
            )
        return oov + (value % self.num_oov_indices if self.num_oov_indices > 1 else 0)

    def _looked_up_back(self, indices: np.ndarray) -> np.ndarray:
        values = np.array([*self.get_vocabulary(), self.oov_token])
        outside = (indices < 0) | (indices >= len(values) - 1)
        return values[np.where(outside, len(values) - 1, indices)]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": False,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "idf_weights": None,
            "vocabulary": self.get_vocabulary() if self._tokens else None,
            "salt": None,
        }


class IntegerLookup(_Lookup):
    """Turn whole numbers into their indices in a vocabulary, or with `invert` indices into numbers.

    Parameters
    ----------
    max_tokens : int, optional
        How long the vocabulary may be, special values counted.
    num_oov_indices : int
        How many indices there are for numbers that are not in the vocabulary; number n has the one ``n % that``.
    mask_token : int, optional
        The number with index 0, which is not counted in other modes than "int".
    oov_token : int
        What `invert` gives for an index out of the vocabulary.
    vocabulary : sequence of int, optional
        Instead of `adapt`.
    invert : bool
    output_mode : {"int", "one_hot", "multi_hot", "count"}
        See `CategoryEncoding`.
    pad_to_max_tokens : bool
        Whether vectors have length `max_tokens` even if the vocabulary is shorter.
    vocabulary_dtype, idf_weights, sparse, oov_method, salt
        Not supported beyond their defaults.

    Notes
    -----
    It works on arrays, not within a model.

    Examples
    --------
    >>> layer = IntegerLookup(vocabulary=[12, 36, 1138])
    >>> layer([[12, 1138], [36, 5]])
    array([[1, 3],
           [2, 0]])
    """

    _kinds, _type = "iub", int

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if vocabulary_dtype != "int64" or oov_method != "floormod":
            raise ValueError(
                "IntegerLookup: vocabulary_dtype should be 'int64' and oov_method 'floormod', received "
                f"{vocabulary_dtype!r} and {oov_method!r}."
            )
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary=vocabulary, invert=invert,
            output_mode=output_mode, sparse=sparse, pad_to_max_tokens=pad_to_max_tokens, salt=salt,
            idf_weights=idf_weights, name=name, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_dtype": "int64", "oov_method": "floormod"}


class StringLookup(_Lookup):
    """Turn strings into their indices in a vocabulary, or with `invert` indices into strings.

    Parameters
    ----------
    max_tokens, mask_token, oov_token, vocabulary, invert, output_mode, pad_to_max_tokens
        As of `IntegerLookup`, with strings for numbers.
    num_oov_indices : {0, 1}
        Whether there is an index for strings that are not in the vocabulary; Keras's hash of strings for several is
        not here.
    encoding : str
        Kept for configurations.
    idf_weights, sparse, salt
        Not supported.

    Notes
    -----
    It works on arrays, not within a model.

    Examples
    --------
    >>> layer = StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    >>> layer(["b", "x"])
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """

    _kinds, _type = "U", str

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("oov_method", None)  # of numbers
        if num_oov_indices > 1:
            raise NotImplementedError(
                f"StringLookup: num_oov_indices should be 0 or 1, received {num_oov_indices}."
            )
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary=vocabulary, invert=invert,
            output_mode=output_mode, sparse=sparse, pad_to_max_tokens=pad_to_max_tokens, salt=salt,
            idf_weights=idf_weights, name=name, **kwargs,
        )  # fmt: skip
        self.encoding = encoding

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "encoding": self.encoding}
