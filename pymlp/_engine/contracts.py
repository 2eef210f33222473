"""What kernels ask of their operands: checked once, when a program is made, because C checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["CALL", "Buffer", "check_buffer", "check_call", "check_instruction"]

CALL = "call"  # the instruction that is no kernel: a Python function is called

# For each operand, in the kernel's own order, its rows and columns: a letter for every size, the same letter for
# sizes that agree, "1" for one. "~" is whatever broadcasts to the last operand, "?" follows what may be left out, "|1"
# what may be a single number instead, "->" stands before the targets of an update rule. "total" and "seed" are two
# numbers of a type of their own. What is not listed works on single elements of one matrix.
CONTRACTS = {
    **dict.fromkeys(
        ("add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "less_equal",
         "greater", "greater_equal", "equal", "not_equal", "power", "arctan2"),
        "~ ~ mn",
    ),
    "where": "~ ~ ~ mn",
    "broadcast": "~ mn",
    "sum_cols": "mn m1",
    "sum_all": "mn 11",
    "argmax_cols": "mn m1",
    "batch_size": "11",
    "step_number": "11",
    "accumulate": "mn w1? total",
    "searchsorted": "mn 1k mn",
    "count": "mn mn? totals",
    "softmax": "mn mn",
    "sparsemax": "mn mn",
    "softmax_grad": "mn mn mn",
    "softmax_crossentropy": "mn mn m1",
    "softmax_crossentropy_grad": "m1|1 mn mn mn",
    "circle_pairs": "nd n1 md m1 nk",
    "circle_pairs_dx": "nk nk nd n1 md m1 nd",
    "circle_pairs_dr": "nk nk nd n1 md m1 md",
    "gather": "mn",
    "scatter": "mn",
    "reshape": "mn pq",
    "dense": "mk kn 1n? mn",
    "dense_dx": "mn kn mk? mk",
    "dense_dkernel": "mk mn -> kn",
    "sum_rows": "mn -> rn",
    "update": "kn -> kn",
    "dropout_mask": "seed mn",
    "dropout": "mn mn mn",
    "random": "seed mn",
    "advance": "seed",
    "peak_multiply_add": "m1 11",
    "peak_copy": "mn mn",
    "peak_read": "mn m1",
    "strided": "mn pq",
    "concatenate": "ab cd mn",
    "take_rows": "rn m1 mn",
    "take_rows_dtable": "mn m1 rn",
    "take_cols": "mn xk mk",
    "take_cols_dx": "mk xk mn",
    "combine_cols": "mn m1",
    "combine_rows": "mn rn",
    "product_of_others": "mn mn",
    "cumsum_cols": "mn mn",
    "argsort_cols": "mn mn",
    "column_mean": "mn 1n",
    "column_variance": "mn 1n 1n",
    "batch_norm": "mn 1n 1n 1n? 1n? mn",
    "batch_norm_dgamma": "mn mn 1n 1n 1n",
    "batch_norm_dx": "mn mn 1n 1n 1n? 1n 1n mn",
    "row_norm": "mn mn",
    "row_norm_dx": "mn mn mn mn",
}  # fmt: skip
# The same with class numbers in place of probabilities (integer[0] = 1).
SPARSE = {
    "softmax_crossentropy": "mn m1 m1",
    "softmax_crossentropy_grad": "m1|1 mn m1 mn",
}
OWN_TYPES = {"total": np.float64, "totals": np.float64, "seed": np.uint32}
ELEMENTWISE, ELEMENTWISE_GRADIENT = "mn mn", "mn|1 mn mn"

# Of each rule in csrc/kernels/rules.inc.c: numbers it reads in a step's scalars, slots it cannot do without.
RULE_NUMBERS = (0, 1, 2, 2, 4, 4, 5, 5, 7, 2, 3, 5, 3)
RULE_SLOTS = (0, 0, 1, 1, 2, 3, 1, 2, 2, 1, 2, 2, 1)
# Of the options around a rule: all there are, those that bring a target of their own, the numbers they read.
OPTIONS, OPTIONS_WITH_TARGET, OPTION_NUMBERS = 63, (2, 16), 7

ACTIVATIONS = 32  # the entries of UNARY_FUNCTIONS in csrc/kernels/unary.inc.c
COMBINATIONS = 3  # of enum mlp_combination in csrc/kernels/reduce.inc.c
MAX_RANK = 8
DISTRIBUTIONS = 3  # of enum mlp_distribution in csrc/kernels/random.inc.c
LARGEST = 2**40  # no product of two sizes within 8-byte elements overflows


class Buffer(NamedTuple):
    """A matrix of ``rows + rows_per_sample * batch`` rows; `array` is its memory if it lives elsewhere."""

    rows: int
    rows_per_sample: int
    cols: int
    ld: int
    array: np.ndarray | None

    @property
    def extent(self) -> tuple[int, int]:
        return self.rows, self.rows_per_sample


def check_buffer(number: int, buffer: Buffer) -> None:
    """Raise ValueError or TypeError if a buffer cannot be what it says."""
    sizes = buffer[:4]
    if any(not isinstance(n, (int, np.integer)) or isinstance(n, bool) for n in sizes):
        raise TypeError(f"buffer {number}: sizes are whole numbers, received {sizes}")
    if not all(0 <= n < LARGEST for n in sizes) or buffer.ld < buffer.cols:
        raise ValueError(
            f"buffer {number}: no matrix has (rows, rows a sample, columns, ld) = {sizes}"
        )
    array = buffer.array
    if array is None:
        return
    if not isinstance(array, np.ndarray) or array.dtype.name not in (
        "float32",
        "float64",
        "uint32",
    ):
        raise TypeError(
            f"buffer {number}: memory is an array of float32, float64 or, for a seed, uint32"
        )
    if not array.flags.writeable:
        raise ValueError(f"buffer {number}: memory must be writable")
    if (
        buffer.rows_per_sample
        or array.shape != (buffer.rows, buffer.cols)
        or (array.size and array.strides != (buffer.ld * array.itemsize, array.itemsize))
    ):
        raise ValueError(
            f"buffer {number}: memory of shape {array.shape} and strides {array.strides} is not laid out as {sizes}"
        )


def check_instruction(
    name: str,
    operands: Sequence[int],
    integers: Sequence[int],
    buffers: Sequence[Buffer],
    arrays: Sequence[tuple[int, bool]],
    dtype: str,
) -> int:
    """Check an instruction against its kernel's contract; return how many numbers of a step it reads.

    Parameters
    ----------
    name : str
    operands : sequence of int
        Numbers of buffers, -1 for one that is left out.
    integers : sequence of int
    buffers, arrays, dtype
        Of the program.

    Raises
    ------
    ValueError
        If it would read or write what is not there; the kernel is named.
    """
    for number in operands:
        if not -1 <= number < len(buffers):
            raise ValueError(f"kernel {name!r}: there is no buffer {number}")
    given = [None if number == -1 else buffers[number] for number in operands]
    integers = [*integers, *[0] * 28]
    default = ELEMENTWISE_GRADIENT if name.endswith("_grad") else ELEMENTWISE
    contract = CONTRACTS.get(name, default)
    if integers[0]:
        contract = SPARSE.get(name, contract)
    sources, _, target = contract.partition(" -> ")
    specs = sources.split()
    if target:
        specs += [target] * (len(given) - len(specs))
        slots = _check_rule(name, integers, sources, len(given))
    if len(given) != len(specs):
        raise ValueError(f"kernel {name!r} takes {len(specs)} operands, received {len(given)}")
    if target:
        targets = given[len(specs) - 1 - slots :]
        if len({None if b is None else b.ld for b in targets}) > 1:
            raise ValueError(f"kernel {name!r}: a weight and its slots are laid out alike")
    for position, (spec, buffer) in enumerate(zip(specs, given, strict=True)):
        if buffer is None and not spec.endswith("?"):
            raise ValueError(f"kernel {name!r}: operand {position} is missing")
    sizes: dict[str, object] = {}
    for position, (spec, buffer) in enumerate(zip(specs, given, strict=True)):
        if buffer is not None and not _agrees(spec, buffer, given[-1], sizes, dtype):
            shapes = [b and b[:3] for b in given]
            raise ValueError(
                f"kernel {name!r} takes {contract!r}, but operand {position} of {shapes} is something else"
            )
    if name in ("dense", "dense_dx") and not 0 <= integers[0] < ACTIVATIONS:
        raise ValueError(f"kernel {name!r}: there is no activation {integers[0]}")
    if name == "random" and not 0 <= integers[1] < DISTRIBUTIONS:
        raise ValueError(f"kernel {name!r}: there is no distribution {integers[1]}")
    if name in ("gather", "scatter"):
        _check_transfer(name, integers[0], given[0], arrays)
    if name in CHECKS:
        CHECKS[name](integers, *given)
    if name == "reshape":
        x, y = given
        assert x is not None
        assert y is not None
        if [n * x.cols for n in x.extent] != [n * y.cols for n in y.extent] or 0 not in y.extent:
            raise ValueError(f"kernel {name!r}: {x[:3]} and {y[:3]} differ in their elements")
    if name == "step_number" and integers[0] < 0:
        raise ValueError(f"kernel {name!r}: there is no number {integers[0]}")
    if not target:
        return integers[0] + 1 if name == "step_number" else 0
    around = integers[4] + OPTION_NUMBERS if integers[3] else 0
    return max(integers[1] + RULE_NUMBERS[integers[0]], around)


def check_call(
    operands: Sequence[int],
    integers: Sequence[int],
    buffers: Sequence[Buffer],
    functions: Sequence[object],
    dtype: str,
) -> None:
    """Raise ValueError unless a call is of one of the functions, on buffers of the program that hold its type."""
    if (
        len(integers) != 2
        or not 0 <= integers[0] < len(functions)
        or not callable(functions[integers[0]])
        or not 0 <= integers[1] <= len(operands)
    ):
        raise ValueError(
            f"a call of {tuple(integers)}: there is no such function of so many inputs"
        )
    for number in operands:
        if not 0 <= number < len(buffers):
            raise ValueError(f"a call: there is no buffer {number}")
        array = buffers[number].array
        if array is not None and array.dtype != dtype:
            raise ValueError(f"a call: buffer {number} is of {array.dtype}, the program of {dtype}")


def _agrees(
    spec: str, buffer: Buffer, last: Buffer | None, sizes: dict[str, object], dtype: str
) -> bool:
    if spec in OWN_TYPES:
        known = buffer.array is not None and buffer.array.dtype == OWN_TYPES[spec]
        return known and buffer[:2] == (1, 0) and (spec == "totals" or buffer.cols == 2)
    if buffer.array is not None and buffer.array.dtype != dtype:
        return False
    if spec == "~":
        assert last is not None
        # Rows are gone through again and again: there must be one to begin with.
        return buffer.cols in (1, last.cols) and (any(buffer.extent) or not any(last.extent))
    if spec.endswith("|1") and buffer[:3] == (1, 0, 1):
        return True
    if spec == "w1?" and not any(buffer.extent):
        return False
    # Columns are an extent, too: the rows of a dense layer's kernel are the columns of its inputs.
    return all(
        extent == ((1, 0) if letter == "1" else sizes.setdefault(letter, extent))
        for letter, extent in ((spec[0], buffer.extent), (spec[1], (buffer.cols, 0)))
    )


def _check_rule(name: str, integers: Sequence[int], sources: str, operands: int) -> int:
    """Check what an instruction says of its rule; return how many operands follow the weight."""
    rule, numbers_at, first_target, options, options_at, own = integers[:6]
    if not 0 <= rule < len(RULE_NUMBERS) or numbers_at < 0:
        raise ValueError(f"kernel {name!r}: there is no rule {rule} with numbers at {numbers_at}")
    if not 0 <= options <= OPTIONS or options_at < 0:
        raise ValueError(
            f"kernel {name!r}: there are no options {options} with numbers at {options_at}"
        )
    after = operands - first_target - 1
    slots = after - sum(bool(options & option) for option in OPTIONS_WITH_TARGET)
    if (
        first_target != len(sources.split())
        or not RULE_SLOTS[rule] <= slots <= 3
        or (options and own != slots + 1)
    ):
        raise ValueError(f"kernel {name!r}: rule {rule} takes other operands than {operands}")
    return after


def _check_strided(integers: Sequence[int], x: Buffer, y: Buffer) -> None:
    """Raise ValueError if a nest of loops would leave one of its matrices."""
    rank = integers[1]
    if not 0 <= rank <= MAX_RANK:
        raise ValueError(f"kernel 'strided': no tensor has {rank} axes")
    axes = [tuple(integers[4 + 3 * i : 7 + 3 * i]) for i in range(rank)]
    by_sample = rank > 0 and axes[0][0] == -1
    if any(length < 0 for length, *_ in axes[by_sample:]):
        raise ValueError("kernel 'strided': only the first axis may be that of the batch")
    for which, buffer in enumerate((x, y)):
        at = integers[2 + which]
        rows = buffer.rows
        if by_sample and buffer.rows_per_sample:
            rows = buffer.rows_per_sample
            if axes[0][1 + which] != rows * buffer.ld or buffer.rows:
                raise ValueError("kernel 'strided': samples do not follow one another")
        elif buffer.rows_per_sample or (by_sample and (which or axes[0][1])):
            raise ValueError("kernel 'strided': one of its matrices is not by samples")
        if any(length == 0 for length, *_ in axes[by_sample:]):
            continue
        ends = [(length - 1) * strides[which] for length, *strides in axes[by_sample:]]
        if (
            at + sum(min(0, end) for end in ends) < 0
            or at + sum(max(0, end) for end in ends) >= rows * buffer.ld
        ):
            raise ValueError("kernel 'strided': it would leave its matrix")


def _check_concatenate(integers: Sequence[int], a: Buffer, b: Buffer, out: Buffer) -> None:
    """Raise ValueError unless two matrices make up the third."""
    blocks = integers[0]
    parts = (a, b)
    if blocks == 0:
        fits = all(part.extent == out.extent for part in parts) and a.cols + b.cols == out.cols
    else:
        sizes = [
            part.rows_per_sample if out.rows_per_sample else part.rows for part in (*parts, out)
        ]
        alike = all(
            part.cols == out.cols and bool(part.rows_per_sample) == bool(out.rows_per_sample)
            for part in parts
        )
        fits = (
            alike
            and blocks > 0
            and sizes[0] + sizes[1] == sizes[2]
            and not any(n % blocks for n in sizes)
        )
    if not fits:
        raise ValueError(f"kernel 'concatenate': {a[:3]} and {b[:3]} do not make {out[:3]}")


def _check_index(integers: Sequence[int], x: Buffer, index: Buffer, y: Buffer) -> None:
    """Raise ValueError unless there is a row of indices for each row, or one for all."""
    if index.extent not in ((1, 0), x.extent):
        raise ValueError(f"kernel 'take_cols': indices {index[:3]} do not go with {x[:3]}")


def _check_table(integers: Sequence[int], x: Buffer, index: Buffer, y: Buffer) -> None:
    """Raise ValueError unless the table is the same for all samples."""
    if (x if index.extent == y.extent else y).rows_per_sample:
        raise ValueError("kernel 'take_rows': its table has samples")


def _check_combination(integers: Sequence[int], x: Buffer, out: Buffer) -> None:
    """Raise ValueError for an unknown way of combining."""
    if not 0 <= integers[0] < COMBINATIONS:
        raise ValueError(f"kernels of reductions: there is no way {integers[0]} of combining")


def _check_rows(integers: Sequence[int], x: Buffer, out: Buffer) -> None:
    """Raise ValueError unless rows are combined to a fixed number of rows that divides theirs."""
    _check_combination(integers, x, out)
    if out.rows_per_sample or out.rows < 1:
        raise ValueError("kernel 'combine_rows': its result has samples, or no rows")


def _check_pairs(integers: Sequence[int], *operands: Buffer) -> None:
    """Raise ValueError unless there are two sums for each row."""
    sums = operands[-1] if len(operands) == 5 else operands[0]
    if sums.cols != 2:
        raise ValueError(f"kernels of pairs: a row has two sums, received {sums[:3]}")


CHECKS: dict[str, Callable[..., None]] = {
    "circle_pairs": _check_pairs,
    "circle_pairs_dx": _check_pairs,
    "circle_pairs_dr": _check_pairs,
    "strided": _check_strided,
    "concatenate": _check_concatenate,
    "take_rows": _check_table,
    "take_rows_dtable": _check_table,
    "take_cols": _check_index,
    "take_cols_dx": _check_index,
    "combine_cols": _check_combination,
    "combine_rows": _check_rows,
}


def _check_transfer(
    name: str, which: int, buffer: Buffer | None, arrays: Sequence[tuple[int, bool]]
) -> None:
    assert buffer is not None
    if not 0 <= which < len(arrays) or arrays[which][1] != (name == "scatter"):
        raise ValueError(f"kernel {name!r}: there is no such array {which}")
    if buffer.rows or buffer.rows_per_sample * buffer.cols != arrays[which][0]:
        raise ValueError(
            f"kernel {name!r}: {buffer[:3]} does not hold {arrays[which][0]} elements a sample"
        )
