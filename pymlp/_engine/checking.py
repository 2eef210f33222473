"""Whether instructions ask of kernels what these can do: checked when a program is made, because C checks nothing."""

from __future__ import annotations

from collections.abc import Sequence

from pymlp._engine.buffer import Buffer
from pymlp._engine.contracts import (
    CONTRACTS,
    ELEMENTWISE,
    ELEMENTWISE_GRADIENT,
    OPTION_NUMBERS,
    OPTIONS,
    OPTIONS_WITH_TARGET,
    OWN_TYPES,
    RULE_NUMBERS,
    RULE_SLOTS,
    SPARSE,
)
from pymlp._engine.kernel_checks import KERNEL_CHECKS

__all__ = ["check_call", "check_instruction"]


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
    if name in ("gather", "scatter"):
        _check_transfer(name, integers[0], given[0], arrays)
    wrong = KERNEL_CHECKS[name](integers, *given) if name in KERNEL_CHECKS else None
    if wrong:
        raise ValueError(f"kernel {name!r}: {wrong}")
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
