"""`VocabularyLookup`: values to their places in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.checks import optional_whole, whole
from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.hashing import hash_bins
from pymlp.layers.on_arrays import checked_salt
from pymlp.layers.vocabulary import Vocabulary

__all__ = ["VocabularyLookup"]

_UNKNOWN, _NOWHERE = -1, -2


class VocabularyLookup(Vocabulary):
    """What `IntegerLookup` and `StringLookup` have in common; they differ in the type of their values."""

    def __init__(
        self,
        max_tokens: Any,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        *,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        oov_method: str,
        salt: Any,
        **kwargs: Any,
    ) -> None:
        for argument in ("vocabulary_size", "has_input_vocabulary"):
            kwargs.pop(argument, None)  # of files, which follow from the rest
        super().__init__(**kwargs)
        modes = ("int", "one_hot", "multi_hot", "count", "tf_idf")
        mode = "tf_idf" if output_mode == "tf-idf" else output_mode
        self.output_mode = check_mode(self._label, mode, modes, bool(sparse))
        self.max_tokens = optional_whole(self._label, "max_tokens", max_tokens, 2)
        self.num_oov_indices = whole(self._label, "num_oov_indices", num_oov_indices, 0)
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{self._label}: pad_to_max_tokens=True needs max_tokens.")
        if invert and self.output_mode != "int":
            raise ValueError(
                f"{self._label}: invert=True gives values, so output_mode should be 'int', received {output_mode!r}."
            )
        if oov_method not in ("floormod", "farmhash"):
            raise ValueError(
                f"{self._label}: oov_method should be 'floormod' or 'farmhash', received {oov_method!r}."
            )
        if salt is not None and self._type is int and oov_method != "farmhash":
            raise ValueError(
                f"{self._label}: salt is for oov_method='farmhash', which is {oov_method!r}."
            )
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = bool(invert)
        self.pad_to_max_tokens = bool(pad_to_max_tokens)
        self.oov_method = oov_method
        self.salt = checked_salt(self._label, salt)
        self._tokens = []
        self._idf_weights = None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError(
                f"{self._label}: idf_weights are of the tokens of a vocabulary, and none is given."
            )
        self._is_given = vocabulary is not None

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
        depth = self.vocabulary_size()
        if self.pad_to_max_tokens and self.max_tokens:
            depth = self.max_tokens
        samples = np.atleast_1d(indices).astype(np.float64)
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        encoded: np.ndarray = encode(self._label, samples, mode, depth)
        if self._idf_weights is not None:
            encoded = encoded * np.pad(self._idf_weights, (0, depth - len(self._idf_weights)))
        return encoded.astype(self.dtype)

    def _looked_up(self, values: np.ndarray) -> np.ndarray:
        distinct, where = np.unique(values, return_inverse=True)
        first = len(self._special())
        table = {token: first + i for i, token in enumerate(self._tokens)}
        if self.mask_token is not None:
            # Which in other modes than "int" is encoded as nothing.
            table[self._type(self.mask_token)] = 0 if self.output_mode == "int" else _NOWHERE
        found = np.array([table.get(value, _UNKNOWN) for value in distinct.tolist()], np.int64)
        unknown = found == _UNKNOWN
        if unknown.any():
            found[unknown] = first - self.num_oov_indices + self._oov_places(distinct[unknown])
        return found[where].reshape(values.shape)

    def _oov_places(self, values: np.ndarray) -> Any:
        """Return which of the indices for what is out of the vocabulary each value has, from 0 on."""
        if not self.num_oov_indices:
            raise ValueError(
                f"{self._label}: {values.tolist()[0]!r} is not in the vocabulary, and num_oov_indices=0 leaves no "
                "index for it. Make it 1."
            )
        if self.num_oov_indices == 1:
            return 0
        if self._type is int and self.oov_method == "floormod":
            return values % self.num_oov_indices
        return hash_bins(values, self.num_oov_indices, self.salt)

    def _looked_up_back(self, indices: np.ndarray) -> np.ndarray:
        values = np.array([*self.get_vocabulary(), self.oov_token])
        outside = (indices < 0) | (indices >= len(values) - 1)
        return values[np.where(outside, len(values) - 1, indices)]

    def get_config(self) -> dict[str, Any]:
        weights = self._idf_weights if self._is_given else None
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
            "idf_weights": None if weights is None else weights.tolist(),
            "vocabulary": self.get_vocabulary() if self._is_given else None,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }
