"""`VocabularyLookup`: values to their places in a vocabulary that is given or found in data, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.hashing import hash_bins
from pymlp.layers.on_arrays import OnArrays, as_values, batches_of, checked_salt

__all__ = ["VocabularyLookup"]

_UNKNOWN, _NOWHERE = -1, -2


class VocabularyLookup(OnArrays):
    """What `IntegerLookup` and `StringLookup` have in common; they differ in the type of their values.

    The vocabulary is that of special values, if any, and of tokens: mask, out of vocabulary, then the tokens.
    """

    _kinds: str  # of the arrays that it takes
    _type: type[Any]
    encoding = "utf-8"

    def __init__(
        self, max_tokens: Any, num_oov_indices: int, mask_token: Any, oov_token: Any, **given: Any
    ) -> None:
        vocabulary, idf_weights = given.pop("vocabulary"), given.pop("idf_weights")
        output_mode, sparse = given.pop("output_mode"), bool(given.pop("sparse"))
        invert, pad = bool(given.pop("invert")), bool(given.pop("pad_to_max_tokens"))
        salt, method = given.pop("salt"), given.pop("oov_method")
        for argument in ("vocabulary_size", "has_input_vocabulary"):
            given.pop(argument, None)  # of files, which follow from the rest
        super().__init__(**given)
        modes = ("int", "one_hot", "multi_hot", "count", "tf_idf")
        mode = "tf_idf" if output_mode == "tf-idf" else output_mode
        self.output_mode = check_mode(self._label, mode, modes, sparse)
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
        if method not in ("floormod", "farmhash"):
            raise ValueError(
                f"{self._label}: oov_method should be 'floormod' or 'farmhash', received {method!r}."
            )
        if salt is not None and self._type is int and method != "farmhash":
            raise ValueError(
                f"{self._label}: salt is for oov_method='farmhash', which is {method!r}."
            )
        self.max_tokens = max_tokens
        self.num_oov_indices = int(num_oov_indices)
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = invert
        self.pad_to_max_tokens = pad
        self.oov_method = method
        self.salt = checked_salt(self._label, salt)
        self._tokens: list[Any] = []
        self._idf_weights: np.ndarray | None = None  # of all values, special ones among them
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError(
                f"{self._label}: idf_weights are of the tokens of a vocabulary, and none is given."
            )
        self._is_given = vocabulary is not None

    def _values(self, data: Any, kinds: str) -> np.ndarray:
        return as_values(self._label, data, kinds, self.encoding)

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

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these tokens, with the special ones before them or without.

        Parameters
        ----------
        vocabulary : sequence
        idf_weights : sequence of float, optional
            For "tf_idf": what each token counts, in the order of `vocabulary`. Special ones that this leaves out count
            the mean.

        Raises
        ------
        ValueError
            If it is empty or too long, a token is there twice, or a special one is elsewhere than at the start; if
            weights are missing, superfluous, or of another number.
        RuntimeError
            If vectors would become longer or shorter than they were.
        """
        if isinstance(vocabulary, str):
            raise ValueError(f"{self._label}: give the vocabulary as a list; files are not read.")
        if (idf_weights is not None) != (self.output_mode == "tf_idf"):
            raise ValueError(
                f"{self._label}: give idf_weights if output_mode is 'tf_idf', and only then; it is "
                f"{self.output_mode!r}, and idf_weights={idf_weights!r}."
            )
        tokens = [self._type(v) for v in self._values(list(vocabulary), self._kinds).tolist()]
        if not tokens:
            raise ValueError(f"{self._label}: the vocabulary should not be empty.")
        special = self._special()
        with_special = tokens[: len(special)] == special
        weights = self._checked_weights(idf_weights, len(tokens))
        if with_special:
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
        self._take(tokens, weights, with_special)

    def _checked_weights(self, idf_weights: Any, count: int) -> np.ndarray | None:
        if idf_weights is None:
            return None
        weights = np.asarray(idf_weights, np.float64)
        if weights.shape != (count,):
            raise ValueError(
                f"{self._label}: idf_weights should be as many numbers as the vocabulary has values, {count}; received "
                f"an array of shape {weights.shape}."
            )
        return weights

    def _take(self, tokens: list[Any], weights: np.ndarray | None, with_special: bool) -> None:
        """Make these the tokens, with weights of them or of all values."""
        vectors = self.output_mode != "int" and not self.pad_to_max_tokens
        if vectors and self._tokens and len(tokens) != len(self._tokens):
            raise RuntimeError(
                f"{self._label}: the vocabulary has {len(self._tokens)} tokens, and so many places are in the vectors "
                f"that it gives; it cannot be changed to one of {len(tokens)}. Make a new layer, or set "
                "max_tokens and pad_to_max_tokens=True."
            )
        if weights is not None and not with_special:
            weights = np.pad(weights, (len(self._special()), 0), constant_values=weights.mean())
        self._tokens, self._idf_weights = tokens, weights

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take the vocabulary from data: the most frequent values first, of equally frequent ones the greater.

        Parameters
        ----------
        data : array, list, column of a table, or iterable of arrays
            Of an iterable `steps` arrays are read. With "tf_idf" each row is a document: of an array or list with one
            axis each value, of a batch with one axis all of it. A token that is in n of N documents weighs
            ``log(1 + N / (1 + n))``.

        Raises
        ------
        ValueError
            If the layer was given its vocabulary, or values are of another type.
        RuntimeError
            If vectors would become longer or shorter than they were.
        """
        if self._is_given:
            raise ValueError(f"{self._label} was given its vocabulary: there is nothing to adapt.")
        counts: Counter[Any] = Counter()
        containing: Counter[Any] = Counter()
        documents = 0
        for batch in batches_of(data, steps, (list, tuple)):
            values = self._values(batch, self._kinds)
            if values.ndim < 2:
                values = values.reshape((-1, 1) if batch is data else (1, -1))
            counts.update(values.ravel().tolist())
            if self.output_mode == "tf_idf":
                documents += len(values)
                for document in values:
                    containing.update(np.unique(document).tolist())
        if not counts:
            return
        for token in (self.mask_token, self.oov_token):
            counts.pop(token, None)
        room = None if self.max_tokens is None else max(self.max_tokens - len(self._special()), 0)
        tokens = sorted(counts, key=lambda token: (counts[token], token), reverse=True)[:room]
        weights = None
        if self.output_mode == "tf_idf":
            frequencies = np.array([containing[token] for token in tokens], np.float64)
            weights = np.log1p(documents / (1.0 + frequencies))
        self._take(tokens, weights, with_special=False)

    # ---- looking up -----------------------------------------------------------------------------

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

    # ---- in files -----------------------------------------------------------------------------

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of the tokens into a dict, if there are any, as Keras does."""
        if self._idf_weights is not None:
            store["idf_weights"] = self._idf_weights

    def load_own_variables(self, store: Any) -> None:
        """Take the weights of the tokens from a dict; `load_assets` says of which tokens."""
        if self.output_mode == "tf_idf" and len(store):
            self._idf_weights = np.asarray(store["idf_weights"], np.float64)

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary to a folder, one value a line, as Keras does; one that was given is in the config."""
        if self._is_given:
            return
        values = [str(value) for value in self.get_vocabulary()]
        for value in values:
            if value.splitlines() not in ([value], []):
                raise ValueError(
                    f"{self._label}: {value!r} has an end of a line in it, and the file of the vocabulary one value a "
                    "line. Give the vocabulary by vocabulary=, which is saved otherwise."
                )
        Path(dir_path, "vocabulary.txt").write_text("\n".join(values), encoding="utf-8")

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabulary from a folder."""
        if self._is_given:
            return
        lines = Path(dir_path, "vocabulary.txt").read_text(encoding="utf-8").splitlines()
        while lines and not lines[-1]:
            lines.pop()
        values = [self._type(line) for line in lines]
        if values != self._special()[: len(values)]:
            self.set_vocabulary(values, self._idf_weights)

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
