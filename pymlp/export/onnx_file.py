"""What an ONNX file holds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pymlp.saving.refusal import FileRefused

__all__ = ["FileInput", "FileNode", "OnnxFile"]


@dataclass(frozen=True)
class FileInput:
    """What a model is given: a name, a type, and lengths of axes, None where they are not fixed."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass
class FileNode:
    """One operator: what it is, what goes in and comes out by name, and attributes that are plain data."""

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    seen: set[str] = field(default_factory=set)

    def attribute(self, name: str, default: Any, kind: type | tuple[type, ...]) -> Any:
        """Return an attribute, or raise FileRefused if it is of another type."""
        self.seen.add(name)
        value = self.attributes.get(name, default)
        if value is not default and not isinstance(value, kind):
            raise FileRefused(f"its attribute {name} is {value!r}")
        return value

    def check_attributes(self) -> None:
        """Raise FileRefused if there are attributes that nobody looked at."""
        unknown = sorted(set(self.attributes) - self.seen)
        if unknown:
            raise FileRefused(f"its attributes {unknown} are not known")

    def __str__(self) -> str:
        return f"node {(self.name or self.outputs[0])!r} ({self.kind})"


@dataclass(frozen=True)
class OnnxFile:
    """What an ONNX file holds.

    Attributes
    ----------
    source : str
        Where it is, for messages.
    size : int
        In bytes.
    opset : int
    name : str
    inputs : list of FileInput
    outputs : list of str
    initializers : dict of str to ndarray
    nodes : list of FileNode
        Each after those that make its inputs.
    """

    source: str
    size: int
    opset: int
    name: str
    inputs: list[FileInput]
    outputs: list[str]
    initializers: dict[str, np.ndarray]
    nodes: list[FileNode]
