"""`IntegerLookup` and `StringLookup`: values to their places in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

from pymlp.layers.vocabulary_lookup import VocabularyLookup

__all__ = ["IntegerLookup", "StringLookup"]


class IntegerLookup(VocabularyLookup):
    """Turn whole numbers into their indices in a vocabulary, or with `invert` indices into numbers.

    Parameters
    ----------
    max_tokens : int, optional
        How long the vocabulary may be, special values counted.
    num_oov_indices : int
        How many indices there are for numbers that are not in the vocabulary.
    mask_token : int, optional
        The number with index 0, which is not counted in other modes than "int".
    oov_token : int
        What `invert` gives for an index out of the vocabulary.
    vocabulary : sequence of int, optional
        Instead of `adapt`.
    invert : bool
    idf_weights : sequence of float, optional
        With a vocabulary and "tf_idf": what each token counts; see `set_vocabulary`.
    output_mode : {"int", "one_hot", "multi_hot", "count", "tf_idf"}
        "int": the index. "tf_idf": as "count", each count times the token's weight. The others as of
        `CategoryEncoding`.
    pad_to_max_tokens : bool
        Whether vectors have length `max_tokens` even if the vocabulary is shorter.
    oov_method : {"floormod", "farmhash"}
        Which of several indices out of the vocabulary number n has: ``n % num_oov_indices``, or by the hash that
        `Hashing` has.
    salt : int or sequence of two int, optional
        Key of that hash.
    vocabulary_dtype, sparse
        Not supported beyond their defaults.
    name, **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For arguments that do not go together (the message says which), and for values of another type.

    Notes
    -----
    It works on arrays, not within a model. Vectors are of the layer's type, as Keras's documentation has it. Files
    with a vocabulary are not read.

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
        if vocabulary_dtype != "int64":
            raise ValueError(
                f"IntegerLookup: vocabulary_dtype should be 'int64', received {vocabulary_dtype!r}."
            )
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary=vocabulary, invert=invert,
            output_mode=output_mode, sparse=sparse, pad_to_max_tokens=pad_to_max_tokens, salt=salt,
            idf_weights=idf_weights, oov_method=oov_method, name=name, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_dtype": "int64"}


class StringLookup(VocabularyLookup):
    """Turn strings into their indices in a vocabulary, or with `invert` indices into strings.

    Parameters
    ----------
    max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, pad_to_max_tokens
        As of `IntegerLookup`, with strings for numbers. Several indices out of the vocabulary are told apart by the
        hash that `Hashing` has.
    sparse : bool
        Not supported: an error if it is asked for.
    encoding : str
        Of values that are given as bytes.
    salt : int or sequence of two int, optional
        Key of the hash.
    name, **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For arguments that do not go together (the message says which), and for values of another type.

    Notes
    -----
    It works on arrays, not within a model. Vectors are of the layer's type, as Keras's documentation has it. Files
    with a vocabulary are not read.

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
        method = kwargs.pop("oov_method", "floormod")  # of configurations; it is for numbers
        self.encoding = encoding
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary=vocabulary, invert=invert,
            output_mode=output_mode, sparse=sparse, pad_to_max_tokens=pad_to_max_tokens, salt=salt,
            idf_weights=idf_weights, oov_method=method, name=name, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "encoding": self.encoding}
