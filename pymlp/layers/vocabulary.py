"""`Vocabulary`: the part of a lookup layer that has a vocabulary, given or found in data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.layers.on_arrays import OnArrays, as_values, batches_of

__all__ = ["Vocabulary"]


class Vocabulary(OnArrays):
    """Special values, if any, then tokens: mask, out of vocabulary, then the tokens.

    With "tf_idf" each of them has a weight.
    """

    _kinds: str  # of the arrays that it takes
    _type: type[Any]
    encoding = "utf-8"

    max_tokens: int | None
    num_oov_indices: int
    mask_token: Any
    oov_token: Any
    invert: bool
    output_mode: str
    pad_to_max_tokens: bool
    _tokens: list[Any]
    _idf_weights: np.ndarray | None  # of all values, special ones among them
    _is_given: bool

    def _values(self, data: Any, kinds: str) -> np.ndarray:
        return as_values(self._label, data, kinds, self.encoding)

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
