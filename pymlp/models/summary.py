"""The table that `Model.summary` prints, in Keras's form."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pymlp.config import is_interactive_logging_enabled
from pymlp.models.summary_cells import (
    GREEN,
    Connections,
    bold,
    coloured,
    escape,
    indent,
    is_one_after_the_other,
    is_trainable,
    name_and_type,
    output_shape,
    param_count,
)
from pymlp.utils.terminal import print_message

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["print_summary"]

# Width of the table, and where its columns end: of one layer after the other, and of any other graph.
_LINE_LENGTH, _POSITIONS = 88, (0.45, 0.80, 1.0)
_LINE_LENGTH_CONNECTED, _POSITIONS_CONNECTED = 108, (0.3, 0.56, 0.74, 1.0)
_LINE_LENGTH_TRAINABLE = 12  # more, for the column "Trainable"


class _Column(NamedTuple):
    """One column of the table: its heading, and what it shows of a layer."""

    heading: str
    justify: Any  # Literal["left", "right", "center"] of rich
    field: Callable[[Any], str]


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print the table; arguments are those of `Model.summary`."""
    if print_fn is None and not is_interactive_logging_enabled():
        print_fn = print_message
    layers = _select(list(getattr(model, "operations", model.layers)), layer_range)
    columns = [
        _Column("Layer (type)", "left", name_and_type),
        _Column("Output Shape", "left", output_shape),
        _Column("Param #", "right", param_count),
    ]
    usual: Sequence[float] = _POSITIONS
    default_length = _LINE_LENGTH
    if not is_one_after_the_other(model):
        columns.append(_Column("Connected to", "left", Connections(model)))
        usual, default_length = _POSITIONS_CONNECTED, _LINE_LENGTH_CONNECTED
    ends = list(positions or usual)
    if show_trainable:
        columns.append(_Column("Trainable", "center", is_trainable))
        ends = [0.90 * end for end in ends] + [1.0]
        default_length += _LINE_LENGTH_TRAINABLE
    if not line_length:
        from shutil import get_terminal_size

        line_length = max(min(default_length, get_terminal_size().columns - 4), 40)

    table = _table(columns, _widths(ends, line_length, len(columns), show_trainable), line_length)
    for layer, level in _walk(layers, expand_nested):
        name, *others = (column.field(layer) for column in columns)
        table.add_row(indent(level) + name, *others)
    _print(table, model, line_length, print_fn)


def _select(layers: list[Any], layer_range: Sequence[str] | None) -> list[Any]:
    """Return the layers between the two that `layer_range` names, both included."""
    if layer_range is None:
        return layers
    if (
        isinstance(layer_range, str)
        or len(layer_range) != 2
        or not all(isinstance(name, str) for name in layer_range)
    ):
        raise ValueError(
            "summary expected layer_range to be the names of the first and the last layer, "
            f"received {layer_range!r}. Example: layer_range=('dense', 'dense_2')."
        )
    first, last = (
        [i for i, layer in enumerate(layers) if re.match(pattern, layer.name)]
        for pattern in layer_range
    )
    if not first or not last:
        missing = layer_range[0] if not first else layer_range[1]
        raise ValueError(
            f"summary: no layer's name fits {missing!r} of layer_range={layer_range!r}. "
            f"The layers are {', '.join(layer.name for layer in layers) or 'none'}."
        )
    if first[0] > last[-1]:  # given the wrong way round
        first, last = last, first
    return layers[first[0] : last[-1] + 1]


def _walk(layers: Iterable[Any], expand_nested: bool, level: int = 0) -> Iterator[tuple[Any, int]]:
    """Yield every layer to be shown, with how deep it is nested."""
    for layer in layers:
        yield layer, level
        if expand_nested:
            yield from _walk(getattr(layer, "layers", ()), expand_nested, level + 1)


def _widths(ends: Sequence[float], line_length: int, count: int, trainable: bool) -> list[int]:
    """Return the width of each column, given where each ends."""
    if len(ends) != count:
        own = count - trainable
        extra = " (beside 'Trainable')" if trainable else ""
        raise ValueError(
            f"summary expected positions to hold {own} numbers, one for each column{extra}, received "
            f"{len(ends) - trainable}."
        )
    stops = [0, *(int(end * line_length) for end in ends)]
    widths = [stop - start for start, stop in itertools.pairwise(stops)]
    if min(widths) < 4:
        raise ValueError(
            f"summary expected at least 4 characters for each column, received widths {widths}. "
            f"Pass a line_length larger than {line_length}, or other positions."
        )
    return widths


def _table(columns: Sequence[_Column], widths: Sequence[int], line_length: int) -> Table:
    from rich.table import Column, Table

    return Table(
        *(
            Column(column.heading, justify=column.justify, width=width)
            for column, width in zip(columns, widths, strict=True)
        ),
        width=line_length,
        show_lines=True,
    )


def _print(
    table: Table, model: Any, line_length: int, print_fn: Callable[[str], Any] | None
) -> None:
    """Print the title, the table and the totals; to `print_fn` as one string."""
    console = _console(line_length, to_string=print_fn is not None)
    if print_fn:
        console.begin_capture()
    console.print(bold(f'Model: "{escape(model.name)}"'))
    console.print(table)
    for heading, count, size in _totals(model):
        amount = coloured(f"{count:,}", GREEN)
        console.print(f"{bold(f' {heading}: ')}{amount} ({_readable_size(size)})")
    if print_fn:
        print_fn(console.end_capture())


def _console(line_length: int, to_string: bool) -> Console:
    from rich.console import Console

    if to_string:
        console = Console(highlight=False, force_terminal=False, color_system=None)
    else:
        console = Console(highlight=False)
    if console.width < line_length:
        # Asked for on purpose: a terminal wraps the lines; rich would cut the last columns off.
        console.width = line_length
    return console


def _totals(model: Any) -> Iterator[tuple[str, int, int]]:
    """Yield (heading, number of parameters, bytes) for the lines below the table."""
    trainable = _count_and_size(model.trainable_weights)
    non_trainable = _count_and_size(model.non_trainable_weights)
    optimizer: Any = getattr(model, "optimizer", None)
    # Before it is built an optimizer has no slots that could be counted.
    built = bool(optimizer is not None and optimizer.built)
    slots = _count_and_size(optimizer.variables) if built else (0, 0)
    total = [sum(amounts) for amounts in zip(trainable, non_trainable, slots, strict=True)]
    yield "Total params", total[0], total[1]
    yield "Trainable params", *trainable
    yield "Non-trainable params", *non_trainable
    if built:
        yield "Optimizer params", *slots


def _count_and_size(variables: Iterable[Any]) -> tuple[int, int]:
    """Return the number of elements in `variables`, and of the bytes they take (unpadded)."""
    count = size = 0
    for variable in variables:
        elements = math.prod(variable.shape)
        count += elements
        size += elements * np.dtype(variable.dtype).itemsize
    return count, size


def _readable_size(size: float) -> str:
    """Return ``8.00 B``, ``117.58 KB``, ``1.02 MB``, ..."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
