"""The equations of `EinsumDense`: which shapes of weights they ask for, and whether they are a matrix product."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from pymlp.graph.tensor import Shape

__all__ = ["Equation", "MatrixProduct"]

_FORMS = (
    r"(?P<x>[a-zA-Z]+),(?P<kernel>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)",
    r"(?P<left>\.\.\.)(?P<x>[a-zA-Z]+),(?P<kernel>[a-zA-Z]+)->\.\.\.(?P<y>[a-zA-Z]+)",
    r"(?P<x>[a-zA-Z]{2,})(?P<right>\.\.\.),(?P<kernel>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)\.\.\.",
)


@dataclass(frozen=True)
class MatrixProduct:
    """Inputs of shape (*kept, k) times a kernel read as (k, n), the result of shape (*kept, *new)."""

    kept: Shape
    k: int
    n: int
    new: tuple[int, ...]
    has_bias: bool  # whether a bias can be read as (n,) and be added by the product


@dataclass(frozen=True)
class Equation:
    """An equation for inputs of one shape.

    Attributes
    ----------
    output_shape : tuple
        The first entry is that of the inputs, the number of samples.
    kernel_shape : tuple of int
    bias_shape : tuple of int, or None
    input_axes, output_axes : list of int
        Those axes of the kernel that are summed over, and those that the outputs have.
    product : MatrixProduct or None
        What it comes to if no axis has to be moved and none is shared by inputs, kernel and outputs.
    """

    output_shape: Shape
    kernel_shape: tuple[int, ...]
    bias_shape: tuple[int, ...] | None
    input_axes: list[int]
    output_axes: list[int]
    product: MatrixProduct | None

    @classmethod
    def of(
        cls, label: str, equation: str, bias_axes: str | None, input_shape: Shape, units: Shape
    ) -> Equation:
        """Return what an equation asks for.

        Parameters
        ----------
        label : str
            Of the layer, for messages.
        input_shape : tuple
            The first entry, the number of samples, may be None.
        units : tuple
            Shape of the outputs without the samples, and without what ``...`` stands for. None for an axis that
            is as long as that of the inputs.

        Raises
        ------
        ValueError
            If the equation has another form, or does not go with the shapes.
        """
        matches = (re.fullmatch(form, equation.replace(" ", "")) for form in _FORMS)
        match = next((m for m in matches if m), None)
        if match is None:
            raise ValueError(
                f"{label}: equation should be of the form '[X],[Y]->[Z]', '...[X],[Y]->...[Z]' or "
                f"'[X]...,[Y]->[Z]...', with letters for axes; received {equation!r}."
            )
        found = match.groupdict()
        x, kernel, y = found["x"], found["kernel"], found["y"]
        for letters in (x, kernel, y):
            if len(set(letters)) < len(letters):
                raise ValueError(
                    f"{label}: {letters!r} of equation {equation!r} names an axis twice."
                )
        spare = len(input_shape) - len(x)
        if spare < 0 or (spare > 0 and not (found.get("left") or found.get("right"))):
            raise ValueError(
                f"{label}: equation {equation!r} is for inputs of {len(x)} axes, the samples among them; received "
                f"inputs of shape {input_shape}."
            )
        # Digits stand for the axes that are not named.
        names = "".join(chr(ord("0") + i) for i in range(spare))
        if found.get("left"):
            full_x, full_y = names + x, names + y
            output_shape = (*input_shape[: max(spare, 1)], *units)
        else:
            full_x, full_y = x + names, y + names
            output_shape = (input_shape[0], *units, *input_shape[len(x) :])
        if len(output_shape) != len(full_y):
            raise ValueError(
                f"{label}: equation {equation!r} gives outputs of {len(full_y)} axes, of which output_shape should "
                f"say all but the samples{' and what ... stands for' if spare else ''}; received output_shape={units} "
                f"for inputs of shape {input_shape}."
            )
        lengths_x = dict(zip(full_x, input_shape, strict=True))
        lengths_y = dict(zip(full_y, output_shape, strict=True))
        for name, length in lengths_y.items():
            if length is None:
                lengths_y[name] = lengths_x.get(name)
            elif name in lengths_x and lengths_x[name] != length:
                raise ValueError(
                    f"{label}: axis {name!r} of equation {equation!r} is {lengths_x[name]} long in the inputs of "
                    f"shape {input_shape}, and {length} in output_shape={units}."
                )
        lengths = {**lengths_x, **lengths_y}
        for name in y:
            if name not in x + kernel:
                raise ValueError(
                    f"{label}: axis {name!r} of the outputs is neither in the inputs nor in the kernel of {equation!r}."
                )
        for name in kernel:
            if lengths.get(name) is None:
                raise ValueError(
                    f"{label}: axis {name!r} of the kernel has no length: it should be an axis of the inputs or of "
                    f"the outputs of equation {equation!r}, other than the samples, and be in output_shape if it is "
                    f"in the outputs only; received inputs of shape {input_shape} and output_shape={units}."
                )
        kernel_shape = tuple(lengths[name] or 0 for name in kernel)
        bias_shape = _bias_shape(label, bias_axes, y, names if found.get("right") else "", lengths)
        return cls(
            tuple(lengths_y[name] for name in full_y),
            kernel_shape,
            bias_shape,
            [i for i, name in enumerate(kernel) if name not in y],
            [i for i, name in enumerate(kernel) if name in y],
            _product(full_x, kernel, full_y, lengths, bias_axes),
        )


def _bias_shape(
    label: str, bias_axes: str | None, y: str, after: str, lengths: dict[str, int | None]
) -> tuple[int, ...] | None:
    """Return the lengths of the outputs' axes from the bias's first on, 1 where it has none of its own."""
    if bias_axes is None:
        return None
    for name in bias_axes:
        if name not in y or lengths[name] is None:
            raise ValueError(
                f"{label}: bias_axes should name axes of the outputs {y!r} other than the samples, received "
                f"{bias_axes!r}."
            )
    if not bias_axes:
        raise ValueError(
            f"{label}: bias_axes should name at least one axis, or be None for no bias."
        )
    first = min(y.index(name) for name in bias_axes)
    own = tuple((lengths[name] or 0) if name in bias_axes else 1 for name in y[first:])
    return own + (1,) * len(after)


def _product(
    x: str, kernel: str, y: str, lengths: dict[str, int | None], bias_axes: str | None
) -> MatrixProduct | None:
    summed = [name for name in kernel if name not in y]
    new = [name for name in kernel if name in y]
    kept = x[: len(x) - len(summed)]
    whole = (
        x == kept + "".join(summed) and kernel == "".join(summed + new) and y == kept + "".join(new)
    )
    if not whole or not summed or not kept or set(kept) & set(kernel):
        return None
    widths = tuple(lengths[name] or 0 for name in new)
    return MatrixProduct(
        tuple(lengths[name] for name in kept),
        math.prod(lengths[name] or 0 for name in summed),
        math.prod(widths),
        widths,
        set(bias_axes or "") == set(new),
    )
