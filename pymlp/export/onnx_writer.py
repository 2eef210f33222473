"""A list of ONNX nodes in the making: values get names, arrays become initializers, what nobody reads is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.variables import Variable

__all__ = ["Node", "Writer"]


@dataclass
class Node:
    """One node: the operator, names of values that go in and come out, and attributes."""

    kind: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


@dataclass
class Writer:
    """What a graph is written into.

    Attributes
    ----------
    dtype : {"float32", "float64"}
        Of all tensors of the graph.
    batch_source : str
        Name of an input whose first axis is that of the samples, or "" if there is none.
    taken : set of str
        Names that values may not get any more.
    """

    dtype: str
    batch_source: str
    taken: set[str]
    nodes: list[Node] = field(default_factory=list)
    initializers: dict[str, np.ndarray] = field(default_factory=dict)
    place: str = ""
    _values: dict[int, str] = field(default_factory=dict)
    _truths: dict[int, str] = field(default_factory=dict)
    _known: dict[Any, str] = field(default_factory=dict)

    # ---- names --------------------------------------------------------------------------------

    def fresh(self, hint: str) -> str:
        """Return a name that nothing has yet."""
        number, name = 0, hint
        while name in self.taken:
            number += 1
            name = f"{hint}_{number}"
        self.taken.add(name)
        return name

    def give(self, tensor: Tensor, name: str) -> None:
        """Let a value of that name be the tensor."""
        self._values[id(tensor)] = name

    def give_truth(self, tensor: Tensor, name: str) -> None:
        """Let a value of that name, of truth values, be the tensor, whose elements are 1 and 0."""
        self._truths[id(tensor)] = name

    def value(self, tensor: Tensor) -> str:
        """Return the name of the tensor's value."""
        found = self._values.get(id(tensor))
        if found is None and id(tensor) in self._truths:
            found = self._values[id(tensor)] = self.cast(self._truths[id(tensor)], self.dtype)
        elif found is None:
            found = self._values[id(tensor)] = self._leaf(tensor)
        return found

    def truth(self, tensor: Tensor) -> str:
        """Return the name of truth values: where the tensor is not 0."""
        if id(tensor) not in self._truths:
            zero = self.node("Equal", [self.value(tensor), self.number(0.0)])
            self._truths[id(tensor)] = self.node("Not", [zero])
        return self._truths[id(tensor)]

    def _leaf(self, tensor: Tensor) -> str:
        variable: Variable | None = tensor.attributes.get("variable")
        if variable is None:
            return self.array(np.asarray(tensor.attributes["constant"], self.dtype))
        name = self.fresh(variable.path)
        self.initializers[name] = variable.numpy()
        return name

    # ---- initializers ---------------------------------------------------------------------------

    def array(self, value: np.ndarray) -> str:
        """Return the name of an initializer of that value; equal ones share it."""
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self._known:
            name = self._known[key] = self.fresh("constant")
            self.initializers[name] = value
        return self._known[key]

    def number(self, value: float) -> str:
        """Return the name of a number of the graph's type."""
        return self.array(np.asarray(value, self.dtype))

    def integers(self, values: Sequence[int]) -> str:
        """Return the name of a list of whole numbers: axes, lengths."""
        return self.array(np.asarray(values, np.int64))

    # ---- nodes ----------------------------------------------------------------------------------

    def node(self, kind: str, inputs: Sequence[str], outputs: int = 1, **attributes: Any) -> str:
        """Append a node; return the name of its last output, the only one that is looked at."""
        names = [self.fresh(f"{self.place}/{kind}") for _ in range(outputs)]
        self.nodes.append(Node(kind, list(inputs), names, attributes))
        return names[-1]

    def cast(self, name: str, dtype: str) -> str:
        """Return the name of a value converted to another type."""
        return self.node("Cast", [name], to=np.dtype(dtype))

    def reshape(self, name: str, old: Shape, new: Shape) -> str:
        """Return the name of a value with its elements in another shape."""
        if old == new:
            return name
        if 0 not in new:
            # 0 stands for as many as there are: the samples, which come first in both.
            return self.node("Reshape", [name, self.integers([n or 0 for n in new])])
        return self.node("Reshape", [name, self.lengths(new)], allowzero=1)

    def expand(self, name: str, own: Shape, new: Shape) -> str:
        """Return the name of a value repeated to a shape."""
        if own == new:
            return name
        if None in new and None not in own:
            return self.node("Expand", [name, self.lengths(new)])
        # The samples are there already: 1 leaves them as many as they are.
        return self.node("Expand", [name, self.integers([1 if n is None else n for n in new])])

    def samples(self) -> str:
        """Return the name of the number of samples, a list of one whole number."""
        if not self.batch_source:
            raise ValueError("there is no input that tells the number of samples")
        key = "samples"
        if key not in self._known:
            self._known[key] = self.node("Shape", [self.batch_source], start=0, end=1)
        return self._known[key]

    def lengths(self, shape: Shape) -> str:
        """Return the name of a shape in which the number of samples is the right one."""
        if None not in shape:
            return self.integers([n for n in shape if n is not None])
        rest = [n for n in shape[1:] if n is not None]
        return (
            self.node("Concat", [self.samples(), self.integers(rest)], axis=0)
            if rest
            else self.samples()
        )

    # ---- the end ----------------------------------------------------------------------------------

    def finish(self, outputs: Sequence[tuple[str, Tensor]]) -> None:
        """Give the outputs their names, and drop nodes and initializers that nothing is made of."""
        made = {name for node in self.nodes for name in node.outputs}
        renamed: dict[str, str] = {}
        for name, tensor in outputs:
            value = self.value(tensor)
            made |= {n for node in self.nodes[-2:] for n in node.outputs}
            if value in made and value not in renamed:
                renamed[value] = name
            else:
                self.nodes.append(Node("Identity", [value], [name], {}))
        for node in self.nodes:
            node.inputs = [renamed.get(name, name) for name in node.inputs]
            node.outputs = [renamed.get(name, name) for name in node.outputs]
        needed = {name for name, _ in outputs}
        kept = []
        for node in reversed(self.nodes):
            if needed & set(node.outputs):
                kept.append(node)
                needed |= set(node.inputs)
        self.nodes = kept[::-1]
        self.initializers = {k: v for k, v in self.initializers.items() if k in needed}
