"""Hashes of texts, as TensorFlow computes them, and so Keras's bins: FarmHash's fingerprint, SipHash, and crossing.

All are computed for many texts at once, those of one length together: whole columns of 64-bit numbers, which wrap.

References
----------
G. Pike: FarmHash, 2014; its `Fingerprint64`, which is `Hash64` of the namespace farmhashna and never changes.
J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF". INDOCRYPT 2012; SipHash-2-4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["crossed", "farmhash", "of_texts", "siphash"]

Words = NDArray[np.uint64]
Rows = NDArray[np.uint8]

_K0, _K1, _K2 = map(np.uint64, (0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F))
_MURMUR = np.uint64(0xC6A4A7935BD1E995)
_CROSS_KEY = 0xDECAFCAFFE  # of tf.sparse.cross_hashed


def of_texts(texts: NDArray[Any], function: Callable[[Rows], Words]) -> Words:
    """Return the hash of the UTF-8 bytes of every text.

    Parameters
    ----------
    texts : array of str
        Of any shape; equal texts are hashed once.
    function : callable
        From bytes of shape (texts, length) to hashes of shape (texts,).
    """
    distinct, where = np.unique(texts, return_inverse=True)
    encoded = np.char.encode(distinct, "utf-8")
    lengths = np.char.str_len(encoded)
    bytes_ = encoded.view(np.uint8).reshape(len(encoded), encoded.itemsize)
    hashes = np.zeros(len(encoded), np.uint64)
    for length in np.unique(lengths):
        chosen = lengths == length
        hashes[chosen] = function(bytes_[chosen, :length])
    return hashes[where].reshape(texts.shape)


def _fetch(rows: Rows, at: int, size: int = 8) -> Words:
    """Return the number in the bytes from `at` on, the lowest first."""
    part = np.ascontiguousarray(rows[:, at : at + size])
    return part.view(f"<u{size}")[:, 0].astype(np.uint64)


def _left(x: Words, bits: int) -> Words:
    turned: Words = (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))
    return turned


def _right(x: Words, bits: int) -> Words:
    return _left(x, 64 - bits)


def _shift_mix(x: Words) -> Words:
    return x ^ (x >> np.uint64(47))


# ---- FarmHash ---------------------------------------------------------------------------------------------


def farmhash(rows: Rows) -> Words:
    """Return FarmHash's `Fingerprint64` of each row of bytes, of shape (texts, length)."""
    length = rows.shape[1]
    if length > 64:
        return _farmhash_long(rows)
    if length > 16:
        return _farmhash_middle(rows)
    if length > 3:
        mul = _K2 + np.uint64(2 * length)
        if length >= 8:
            a, b = _fetch(rows, 0) + _K2, _fetch(rows, length - 8)
            return _mixed(_right(b, 37) * mul + a, (_right(a, 25) + b) * mul, mul)
        first, last = _fetch(rows, 0, 4), _fetch(rows, length - 4, 4)
        return _mixed((first << np.uint64(3)) + np.uint64(length), last, mul)
    if length > 0:
        first, middle, last = (rows[:, i].astype(np.uint64) for i in (0, length // 2, length - 1))
        y, z = first + (middle << np.uint64(8)), np.uint64(length) + (last << np.uint64(2))
        return _shift_mix(y * _K2 ^ z * _K0) * _K2
    return np.full(len(rows), _K2)


def _mixed(u: Words, v: Words, mul: Words | np.uint64) -> Words:
    a = _shift_mix((u ^ v) * mul)
    b: Words = _shift_mix((v ^ a) * mul) * mul
    return b


def _farmhash_middle(rows: Rows) -> Words:
    """Of 17 to 64 bytes: both ends of up to 32 bytes, which may overlap."""
    length = rows.shape[1]
    mul = _K2 + np.uint64(2 * length)
    a, b = _fetch(rows, 0) * (_K1 if length <= 32 else _K2), _fetch(rows, 8)
    c, d = _fetch(rows, length - 8) * mul, _fetch(rows, length - 16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d
    z = _mixed(y, a + _right(b + _K2, 18) + c, mul)
    if length <= 32:
        return z
    e, f = _fetch(rows, 16) * mul, _fetch(rows, 24)
    g = (y + _fetch(rows, length - 32)) * mul
    h = (z + _fetch(rows, length - 24)) * mul
    return _mixed(_right(e + f, 43) + _right(g, 30) + h, e + _right(f + a, 18) + g, mul)


def _farmhash_long(rows: Rows) -> Words:
    """Of more than 64 bytes: blocks of 64, the last of which may overlap the one before."""
    count, length = rows.shape

    def all_alike(value: int) -> Words:
        return np.full(count, value % 2**64, np.uint64)

    x, y = all_alike(81), all_alike(81 * int(_K1) + 113)
    z = _shift_mix(y * _K2 + np.uint64(113)) * _K2
    v, w = (all_alike(0), all_alike(0)), (all_alike(0), all_alike(0))
    x = x * _K2 + _fetch(rows, 0)

    def block(at: int, mul: Words | np.uint64, last: bool = False) -> None:
        nonlocal x, y, z, v, w
        nine = np.uint64(9 if last else 1)
        x = _right(x + y + v[0] + _fetch(rows, at + 8), 37) * mul
        y = _right(y + v[1] + _fetch(rows, at + 48), 42) * mul
        x = x ^ w[1] * nine
        y = y + v[0] * nine + _fetch(rows, at + 40)
        z = _right(z + w[0], 33) * mul
        v = _weak(rows, at, v[1] * mul, x + w[0])
        w = _weak(rows, at + 32, z + w[1], y + _fetch(rows, at + 16))
        z, x = x, z

    end = (length - 1) // 64 * 64
    for at in range(0, end, 64):
        block(at, _K1)
    mul = _K1 + ((z & np.uint64(255)) << np.uint64(1))
    w = w[0] + np.uint64(length - 1 - end), w[1]
    v = v[0] + w[0], v[1]
    w = w[0] + v[0], w[1]
    block(length - 64, mul, last=True)
    first = _mixed(v[0], w[0], mul) + _shift_mix(y) * _K0 + z
    return _mixed(first, _mixed(v[1], w[1], mul) + x, mul)


def _weak(rows: Rows, at: int, a: Words, b: Words) -> tuple[Words, Words]:
    """Return two numbers made of 32 bytes and two numbers."""
    w, x, y, z = (_fetch(rows, at + i) for i in (0, 8, 16, 24))
    a = a + w
    b = _right(b + a + z, 21)
    first = a
    a = a + x + y
    return a + z, b + _right(a, 44) + first


# ---- SipHash ----------------------------------------------------------------------------------------------


def siphash(rows: Rows, key: tuple[int, int]) -> Words:
    """Return SipHash-2-4 of each row of bytes, of shape (texts, length), with a key of two 64-bit numbers."""
    count, length = rows.shape
    keys = [np.uint64(k % 2**64) for k in key]
    starts = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    v = [np.full(count, np.uint64(start) ^ keys[i % 2]) for i, start in enumerate(starts)]
    # The last word is what is left of the bytes, and the length.
    padded = np.zeros((count, length // 8 * 8 + 8), np.uint8)
    padded[:, :length] = rows
    padded[:, -1] = length % 256
    for at in range(0, padded.shape[1], 8):
        word = _fetch(padded, at)
        v[3] = v[3] ^ word
        v = _sip_round(_sip_round(v))
        v[0] = v[0] ^ word
    v[2] = v[2] ^ np.uint64(255)
    for _ in range(4):
        v = _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_round(v: list[Words]) -> list[Words]:
    a, b, c, d = v
    a, c = a + b, c + d
    b, d = _left(b, 13) ^ a, _left(d, 16) ^ c
    a = _left(a, 32)
    c, a = c + b, a + d
    b, d = _left(b, 17) ^ c, _left(d, 21) ^ a
    return [a, b, _left(c, 32), d]


# ---- crossing ---------------------------------------------------------------------------------------------


def crossed(columns: list[Words]) -> Words:
    """Return one hash of the numbers that stand side by side in columns of shape (samples,)."""
    found = np.full(columns[0].shape, np.uint64(_CROSS_KEY))
    for column in columns:
        mixed = (found ^ _MURMUR ^ _shift_mix(column * _MURMUR) * _MURMUR) * _MURMUR
        found = _shift_mix(_shift_mix(mixed) * _MURMUR)
    return found
