"""A functional model in the making: the values of an ONNX file become tensors and arrays, its nodes become layers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.export.onnx_file import FileNode, OnnxFile
from pymlp.export.onnx_operation import FUNCTIONS, OnnxOperation
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers import Input
from pymlp.layers.layer import Layer
from pymlp.saving.refusal import FileRefused
from pymlp.tracing import tracing

__all__ = ["Network", "Value"]

# A tensor of the model; or what is known: numbers, or a shape, in which None stands for the number of samples.
Value = Tensor | np.ndarray

# No sample of a perceptron is larger; a file of few bytes could ask for any size.
_LARGEST_SAMPLE = 2**24
# What constants may add up to that a small file makes of smaller ones.
_SMALL = 2**20


class Network:
    """What the nodes of a file are read into.

    Attributes
    ----------
    file : OnnxFile
    dtype : {"float32", "float64"}
        The one type of all numbers that are not whole.
    batch : int or None
        The number of samples, where the file fixes it; pymlp takes any.
    """

    def __init__(self, file: OnnxFile) -> None:
        self.file = file
        self.dtype = _float_type(file)
        self.batch = _batch(file)
        self._names: Counter[str] = Counter()
        self.inputs = [
            Input(value.shape[1:], dtype=self.dtype, name=self._free(value.name.replace("/", "_")))
            for value in file.inputs
        ]
        self.whole = {v.name for v in file.inputs if not v.dtype.startswith("float")}
        self.values: dict[str, Value] = dict(file.initializers)
        self.values.update(zip((v.name for v in file.inputs), self.inputs, strict=True))
        self.absorbed: set[int] = set()
        self._readers: dict[str, list[FileNode]] = {}
        for node in file.nodes:
            for name in node.inputs:
                self._readers.setdefault(name, []).append(node)
        self._shared: dict[Any, Layer] = {}
        self._numbers_left = file.size + _SMALL

    # ---- what nodes take ------------------------------------------------------------------------

    def has(self, node: FileNode, index: int) -> bool:
        """Whether a node is given an input there."""
        return index < len(node.inputs) and bool(node.inputs[index])

    def value(self, node: FileNode, index: int) -> Value:
        """Return an input of a node."""
        if not self.has(node, index):
            raise FileRefused(f"it has {len(node.inputs)} inputs, input {index} is missing")
        return self.values[node.inputs[index]]

    def tensor(self, node: FileNode, index: int) -> Tensor:
        """Return an input that depends on the model's inputs."""
        value = self.value(node, index)
        if not isinstance(value, Tensor):
            raise FileRefused(
                f"its input {node.inputs[index]!r} is a constant, which is not supported there"
            )
        return value

    def array(self, node: FileNode, index: int) -> np.ndarray:
        """Return an input that does not."""
        value = self.value(node, index)
        if isinstance(value, Tensor):
            raise FileRefused(f"its input {node.inputs[index]!r} should be a constant")
        return value

    def integers(self, node: FileNode, index: int) -> list[int]:
        """Return an input that is a list of known whole numbers."""
        array = self.array(node, index)
        if array.ndim > 1 or array.dtype.kind not in "iO" or len(array.reshape(-1)) > 64:
            raise FileRefused(
                f"its input {node.inputs[index]!r} should be a short list of whole numbers"
            )
        return [int(n) for n in array.reshape(-1)]

    def number(self, node: FileNode, index: int) -> float:
        """Return an input that is one known number."""
        array = self.array(node, index)
        if array.size != 1:
            raise FileRefused(f"its input {node.inputs[index]!r} should be one number")
        return float(array.reshape(-1)[0])

    def values_of(self, node: FileNode) -> list[Value]:
        """Return all inputs of a node."""
        return [self.value(node, index) for index in range(len(node.inputs))]

    # ---- looking ahead ---------------------------------------------------------------------------

    def readers(self, name: str) -> int:
        """Return how many nodes take a value."""
        return len(self._readers.get(name, []))

    def only_reader(self, name: str) -> FileNode | None:
        """Return the node that takes a value, if it is one alone and the value no output of the model."""
        readers = self._readers.get(name, [])
        return readers[0] if len(readers) == 1 and name not in self.file.outputs else None

    def absorb(self, node: FileNode, value: Value) -> None:
        """Let a node be done with: another, before it, has made what it makes."""
        self.absorbed.add(id(node))
        self.values[node.outputs[0]] = value

    # ---- layers ------------------------------------------------------------------------------------

    def name_for(self, node: FileNode) -> str:
        """Return a name for a layer, after that of the node."""
        parts = [part for part in node.name.split("/") if part] or [node.kind.lower()]
        if len(parts) > 1 and re.fullmatch(rf"{re.escape(node.kind)}(_\d+)?", parts[-1]):
            parts.pop()
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", parts[-1])[:64].strip("_.") or node.kind.lower()
        return self._free(name)

    def _free(self, name: str) -> str:
        """Return a name, with a number behind it if it is given already."""
        number = self._names[name]
        self._names[name] += 1
        return name if not number else self._numbered(name, number)

    def _numbered(self, name: str, number: int) -> str:
        while self._names[f"{name}_{number}"]:
            number += 1
        self._names[name] = number + 1
        self._names[f"{name}_{number}"] += 1
        return f"{name}_{number}"

    def call(
        self,
        node: FileNode,
        make: type[Layer],
        inputs: Sequence[Tensor],
        weights: Sequence[np.ndarray] = (),
        sources: Sequence[str] = (),
        **arguments: Any,
    ) -> Tensor:
        """Return what a layer with these arguments and weights gives.

        Weights of the same names in the file (`sources`) are those of the same layer, called again.
        """
        key = repr(
            (make.__name__, sorted(arguments.items()), tuple(sources), [x.shape for x in inputs])
        )
        may_share = bool(weights) and all(sources)
        layer = self._shared.get(key) if may_share else None
        new = layer is None
        if layer is None:
            layer = make(**arguments, dtype=self.dtype, name=self.name_for(node))
        found = layer(list(inputs) if len(inputs) > 1 else inputs[0])
        self._check_size(found.shape)
        if new and weights:
            layer.set_weights([np.asarray(w, self.dtype) for w in weights])
        if may_share:
            self._shared[key] = layer
        assert isinstance(found, Tensor)
        return found

    def operation(
        self, node: FileNode, kind: str, operands: Sequence[Value], **attributes: Any
    ) -> Value:
        """Return what an operation of the table gives: computed at once, if all operands are known."""
        tensors = [x for x in operands if isinstance(x, Tensor)]
        if not tensors:
            return self._computed(kind, [np.asarray(x, self.dtype) for x in operands], attributes)
        described: list[Any] = []
        weights, sources = [], [kind]
        for x in operands:
            if isinstance(x, Tensor):
                described.append(None)
            elif x.size == 1 and x.ndim <= 1:
                described.append(float(x.reshape(-1)[0]))
            else:
                shape = list(_without_samples(x, max(t.ndim for t in tensors)))
                described.append({"shape": shape, "trainable": x.dtype.kind == "f"})
                weights.append(x.reshape(shape))
                sources.append(self._name_of(x, node))
        return self.call(
            node, OnnxOperation, tensors, weights, sources,
            operation=kind, operands=described, attributes=attributes,
        )  # fmt: skip

    def _name_of(self, x: np.ndarray, node: FileNode) -> str:
        """Return which input of a node a constant is, or "" if it was made for it."""
        return next((name for name in node.inputs if self.values.get(name) is x), "")

    def _computed(
        self, kind: str, arrays: list[np.ndarray], attributes: dict[str, Any]
    ) -> np.ndarray:
        """Return a constant made of others, once it is known not to be too large."""
        with tracing(anew=True):
            leaves = [input_tensor(x.shape, self.dtype, "constant") for x in arrays]
            self.take(math.prod(n or 0 for n in FUNCTIONS[kind](*leaves, **attributes).shape))
        return np.asarray(FUNCTIONS[kind](*arrays, **attributes), self.dtype)

    def take(self, count: int) -> None:
        """Raise FileRefused if constants would grow far beyond the file."""
        if count > self._numbers_left:
            raise FileRefused(
                f"it makes a constant of {count} numbers, of a file of {self.file.size} bytes"
            )
        self._numbers_left -= count

    def _check_size(self, shape: tuple[int | None, ...]) -> None:
        count = math.prod(n for n in shape if n is not None)
        if not count:
            raise FileRefused(f"its result of shape {shape} has no elements")
        if count > _LARGEST_SAMPLE:
            raise FileRefused(
                f"its result has {count} numbers a sample, more than {_LARGEST_SAMPLE}"
            )


def _without_samples(x: np.ndarray, ndim: int) -> tuple[int, ...]:
    """Return the shape of a constant that is the same for all samples, without an axis for them."""
    if x.ndim == ndim and x.shape[0] == 1:
        return x.shape[1:]
    if x.ndim >= ndim:
        raise FileRefused(f"a constant of shape {x.shape} differs from sample to sample")
    return x.shape


def _float_type(file: OnnxFile) -> str:
    """Return the type of a file's numbers."""
    arrays = [*file.initializers.values()]
    arrays += [
        a for node in file.nodes for a in node.attributes.values() if isinstance(a, np.ndarray)
    ]
    types = {v.dtype for v in file.inputs} | {str(array.dtype) for array in arrays}
    found = sorted(types & {"float32", "float64"})
    if len(found) > 1:
        raise FileRefused("it has numbers in float32 and in float64, a model has one type")
    return found[0] if found else "float32"


def _batch(file: OnnxFile) -> int | None:
    """Return the number of samples that a file fixes, the first axis of all inputs being that of the samples."""
    lengths = {value.shape[0] for value in file.inputs}
    if len(lengths) > 1:
        raise FileRefused(
            f"the first axes of its inputs are of lengths {sorted(map(str, lengths))}; they are to be the samples'"
        )
    return lengths.pop()
