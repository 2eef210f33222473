"""The body of an exported prediction: rules applied to one operation after the other, constants written down."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from pymlp.export.c_memory import Memory, plan_memory
from pymlp.export.c_rules import RULES, SAME_ELEMENTS, Step, may_replace
from pymlp.export.c_text import Names, array_rows, as_comment, identifier, literal
from pymlp.export.sample_graph import ExportError, SampleGraph, sample_shape, size_of
from pymlp.graph.tensor import Tensor

__all__ = ["Body"]


class Body:
    """The C of a graph.

    Parameters
    ----------
    graph : SampleGraph
    inputs, outputs : sequence of str
        What C calls the arrays of a sample.

    Attributes
    ----------
    lines : list of str
        The statements, written for float; comments begin with ``//``.
    memory : Memory
    constants : int
        How many numbers the constants are.
    """

    def __init__(
        self,
        graph: SampleGraph,
        inputs: Sequence[str],
        outputs: Sequence[str],
    ) -> None:
        self._graph = graph
        self._arrays = io.StringIO()
        self._names = Names()
        self._constants: dict[int, str] = {}
        self.constants = 0
        names = dict(zip(map(id, graph.inputs), inputs, strict=True))
        names |= dict.fromkeys(graph.constants, "")
        self.memory: Memory = plan_memory(graph, names, outputs, _only_reshapes, may_replace)
        self.lines = [*self._declarations(inputs), *self._statements()]
        for tensor, name in zip(graph.outputs, outputs, strict=True):
            source = self._array(tensor)
            if source != name:
                self.lines += [
                    "",
                    f"    for (size_t i = 0; i < {size_of(tensor)}; i++)",
                    f"        {name}[i] = {source}[i];",
                ]

    @property
    def arrays(self) -> str:
        """The definitions of all constants."""
        return self._arrays.getvalue()

    # ---- statements -------------------------------------------------------------------------------

    def _declarations(self, inputs: Sequence[str]) -> list[str]:
        lines = []
        for place in self.memory.scratch:
            start = f"scratch + {place.offset}" if place.offset else "scratch"
            lines.append(f"    float *const {place.name} = {start}; // {place.size} numbers")
        lines += [] if lines else ["    (void)scratch;"]
        used = {id(x) for step in self._graph.steps for x in step.inputs}
        used |= {id(tensor) for tensor in self._graph.outputs}
        lines += [
            f"    (void){name};"
            for tensor, name in zip(self._graph.inputs, inputs, strict=True)
            if id(tensor) not in used
        ]
        return lines

    def _statements(self) -> list[str]:
        lines: list[str] = []
        before: object = lines  # which no layer is
        for step in self._graph.steps:
            if _only_reshapes(step):
                continue
            assert step.operation is not None
            rule = RULES.get(step.operation.name)
            if rule is None:
                raise ExportError(
                    f"Model {self._graph.traced.name!r}: {self._graph.where(step)} cannot be written in C: there is no "
                    "rule for it. Write the layer with other operations of pymlp.ops."
                )
            layer = self._graph.traced.layers.get(id(step))
            if layer is not before:
                title = "" if layer is None else f"{layer.name} ({type(layer).__name__}): "
                lines += ["", f"    // {title}{sample_shape(step)}"]
                before = layer
            lines += rule(Step(step, self._array, self._number, self._add, self._value))
        return lines

    # ---- what tensors are called ------------------------------------------------------------------

    def _array(self, tensor: Tensor) -> str:
        key = id(tensor)
        if key not in self._graph.constants:
            return self.memory.places[key].name
        if key not in self._constants:
            path = self._graph.names.get(key, "constant").removeprefix(
                f"{self._graph.traced.name}/"
            )
            self._constants[key] = self._add(path, self._graph.constants[key])
        return self._constants[key]

    def _value(self, tensor: Tensor) -> np.ndarray:
        return self._graph.constants[id(tensor)]

    def _number(self, tensor: Tensor) -> str | None:
        value = self._graph.constants.get(id(tensor))
        if value is None or value.size != 1:
            return None
        return literal(value.item(), self._graph.dtype)

    def _add(self, path: str, values: np.ndarray) -> str:
        """Write an array of constants down; return its name."""
        name = f"NAME_{self._names.new('w_' + identifier(path, 'constant'))}"
        real = "float" if self._graph.dtype == "float32" else "double"
        write = self._arrays.write
        write(f"/* {as_comment(path)}: {values.shape} */\n")
        write(f"static const {real} {name}[{values.size}] = {{\n")
        for row in array_rows(np.asarray(values, self._graph.dtype)):
            write(row + "\n")
        write("};\n\n")
        self.constants += values.size
        return name


def _only_reshapes(step: Tensor) -> bool:
    return step.operation is not None and step.operation.name in SAME_ELEMENTS
