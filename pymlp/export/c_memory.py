"""Where each tensor of an exported graph lies: in an argument, among the constants, or in scratch memory.

A piece of scratch memory is used again as soon as nothing reads what was in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymlp.export.sample_graph import SampleGraph, size_of
from pymlp.graph.tensor import Tensor

__all__ = ["Memory", "Place", "plan_memory"]


@dataclass(eq=False)
class Place:
    """Memory that holds a tensor, or several one after the other.

    Attributes
    ----------
    name : str
        What the C code calls it.
    size : int
        In numbers.
    first, last : int
        The steps from the one that writes it to the last that reads it.
    offset : int or None
        Where in the scratch memory it begins; None of what is not in there.
    """

    name: str
    size: int
    first: int = -1
    last: int = -1
    offset: int | None = None


@dataclass(frozen=True)
class Memory:
    """The places of all tensors, by their id, and how many numbers of scratch memory there are."""

    places: dict[int, Place]
    scratch: list[Place]
    size: int


def plan_memory(
    graph: SampleGraph,
    names: dict[int, str],
    output_names: Sequence[str],
    same_elements: Callable[[Tensor], bool],
    may_replace: Callable[[Tensor], Sequence[Tensor]],
) -> Memory:
    """Lay out the tensors of a graph.

    Parameters
    ----------
    graph : SampleGraph
    names : dict
        What inputs and constants are called, by their id.
    output_names : sequence of str
        What the memory of each output is called.
    same_elements : callable
        Whether a step has the elements of its input, only in another shape: it lies where that does.
    may_replace : callable
        Returns the inputs of a step that it may write over.
    """
    base: dict[int, int] = {key: key for key in names}
    places = {key: Place(name, 0) for key, name in names.items()}
    last = dict.fromkeys(base, -1)
    for index, step in enumerate(graph.steps):
        base[id(step)] = base[id(step.inputs[0])] if same_elements(step) else id(step)
        for source in step.inputs:
            last[base[id(source)]] = index
        last.setdefault(base[id(step)], index)
    fixed: dict[int, str] = {}
    for tensor, name in zip(graph.outputs, output_names, strict=True):
        last[base[id(tensor)]] = len(graph.steps)
        if base[id(tensor)] not in names:
            fixed.setdefault(base[id(tensor)], name)

    scratch: list[Place] = []
    for index, step in enumerate(graph.steps):
        key = base[id(step)]
        if key == id(step):
            free = (
                places[base[id(x)]]
                for x in may_replace(step)
                if last[base[id(x)]] == index and places[base[id(x)]] in scratch
            )
            place = next(free, None)
            if place is None:
                place = Place(f"t{index}", size_of(step), index)
                scratch.append(place)
            place.last = last[key]
            places[key] = place
            if (
                key in fixed
            ):  # all that this place has held so far is made in the output's own memory
                place.name = fixed[key]
                scratch.remove(place)
        places[id(step)] = places[key]
    return Memory(places, scratch, _laid_out(scratch))


def _laid_out(scratch: Sequence[Place]) -> int:
    """Give each place its offset, the large ones first, each as low as it fits; return how much memory that takes."""
    done: list[Place] = []
    for place in sorted(scratch, key=lambda p: -p.size):
        offset = 0
        for other in sorted(done, key=lambda p: p.offset or 0):
            assert other.offset is not None
            apart = other.last < place.first or place.last < other.first
            if not apart and offset + place.size > other.offset:
                offset = max(offset, other.offset + other.size)
        place.offset = offset
        done.append(place)
    return max((place.size + (place.offset or 0) for place in scratch), default=0)
