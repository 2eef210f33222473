"""What single kernels ask beyond the shapes in their contract.

A check is given an instruction's integers and its operands, and returns what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pymlp._engine.buffer import Buffer
from pymlp._engine.contracts import ACTIVATIONS, COMBINATIONS, DISTRIBUTIONS, MAX_RANK

__all__ = ["KERNEL_CHECKS"]

Check = Callable[..., str | None]


def _choice(place: int, count: int, what: str) -> Check:
    """Return the check that one of the integers is a number of something that there is."""

    def check(integers: Sequence[int], *operands: Buffer | None) -> str | None:
        chosen = integers[place]
        return None if 0 <= chosen < count else f"there is no {what} {chosen}"

    return check


_combination = _choice(0, COMBINATIONS, "way of combining")


def _strided(integers: Sequence[int], x: Buffer, y: Buffer) -> str | None:
    """A nest of loops stays in its matrices."""
    rank = integers[1]
    if not 0 <= rank <= MAX_RANK:
        return f"no tensor has {rank} axes"
    axes = [tuple(integers[4 + 3 * i : 7 + 3 * i]) for i in range(rank)]
    by_sample = rank > 0 and axes[0][0] == -1
    if any(length < 0 for length, *_ in axes[by_sample:]):
        return "only the first axis may be that of the batch"
    for which, buffer in enumerate((x, y)):
        at = integers[2 + which]
        rows = buffer.rows
        if by_sample and buffer.rows_per_sample:
            rows = buffer.rows_per_sample
            if axes[0][1 + which] != rows * buffer.ld or buffer.rows:
                return "samples do not follow one another"
        elif buffer.rows_per_sample or (by_sample and (which or axes[0][1])):
            return "one of its matrices is not by samples"
        if any(length == 0 for length, *_ in axes[by_sample:]):
            continue
        ends = [(length - 1) * strides[which] for length, *strides in axes[by_sample:]]
        first = at + sum(min(0, end) for end in ends)
        last = at + sum(max(0, end) for end in ends)
        if first < 0 or last >= rows * buffer.ld:
            return "it would leave its matrix"
    return None


def _reshape(integers: Sequence[int], x: Buffer, y: Buffer) -> str | None:
    """Both matrices hold as many elements, and the result either has samples or has not."""
    alike = [n * x.cols for n in x.extent] == [n * y.cols for n in y.extent]
    return None if alike and 0 in y.extent else f"{x[:3]} and {y[:3]} differ in their elements"


def _concatenate(integers: Sequence[int], a: Buffer, b: Buffer, out: Buffer) -> str | None:
    """Two matrices make up the third, side by side or in blocks of rows."""
    blocks = integers[0]
    parts = (a, b)
    if blocks == 0:
        fits = all(part.extent == out.extent for part in parts) and a.cols + b.cols == out.cols
    else:
        by_sample = out.rows_per_sample > 0
        rows = [x.rows_per_sample if by_sample else x.rows for x in (*parts, out)]
        fits = (
            all(x.cols == out.cols and (x.rows_per_sample > 0) == by_sample for x in parts)
            and blocks > 0
            and rows[0] + rows[1] == rows[2]
            and not any(n % blocks for n in rows)
        )
    return None if fits else f"{a[:3]} and {b[:3]} do not make {out[:3]}"


def _index(integers: Sequence[int], x: Buffer, index: Buffer, y: Buffer) -> str | None:
    """There is a row of indices for each row, or one for all."""
    fits = index.extent in ((1, 0), x.extent)
    return None if fits else f"indices {index[:3]} do not go with {x[:3]}"


def _table(integers: Sequence[int], x: Buffer, index: Buffer, y: Buffer) -> str | None:
    """The table, which is read going forward and written going back, is the same for all samples."""
    table = x if index.extent == y.extent else y
    return "its table has samples" if table.rows_per_sample else None


def _combined_rows(integers: Sequence[int], x: Buffer, out: Buffer) -> str | None:
    if out.rows_per_sample or out.rows < 1:
        return "its result has samples, or no rows"
    return _combination(integers)


def _pairs(integers: Sequence[int], *operands: Buffer) -> str | None:
    sums = operands[-1] if len(operands) == 5 else operands[0]
    return None if sums.cols == 2 else f"a row has two sums, received {sums[:3]}"


def _step_number(integers: Sequence[int], y: Buffer) -> str | None:
    return None if integers[0] >= 0 else f"there is no number {integers[0]}"


KERNEL_CHECKS: dict[str, Check] = {
    "circle_pairs": _pairs,
    "circle_pairs_dx": _pairs,
    "circle_pairs_dr": _pairs,
    "combine_cols": _combination,
    "combine_rows": _combined_rows,
    "concatenate": _concatenate,
    "dense": _choice(0, ACTIVATIONS, "activation"),
    "dense_dx": _choice(0, ACTIVATIONS, "activation"),
    "random": _choice(1, DISTRIBUTIONS, "distribution"),
    "reshape": _reshape,
    "step_number": _step_number,
    "strided": _strided,
    "take_cols": _index,
    "take_cols_dx": _index,
    "take_rows": _table,
    "take_rows_dtable": _table,
}
