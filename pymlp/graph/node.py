"""`Node`: one call of a layer, or of an operation, on the tensors of a functional model."""

from __future__ import annotations

from typing import Any, NamedTuple

from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten, map_structure

__all__ = ["History", "Node", "functional_tensors", "stands_in_a_model"]


class History(NamedTuple):
    """Which call made a tensor of a functional model, and which of its results it is."""

    node: Node
    tensor_index: int

    @property
    def layer(self) -> Any:
        return self.node.layer

    @property
    def node_index(self) -> int:
        """The number of the call among those of the layer."""
        return self.node.index


class Node:
    """A call: the layer, its arguments, and the tensors that stand for its results.

    These tensors hold a shape and a type and know where they come from, nothing else: a model replays its nodes on
    other tensors when it is traced, and computes in training what it does not in prediction.

    Attributes
    ----------
    layer : Layer or ModelOperation
    args, kwargs
        As the layer was called.
    inputs : list of Tensor
        Those of a functional model among the arguments.
    outputs : list of Tensor
    structure : object
        The outputs as the layer nests them.
    """

    __slots__ = ("args", "inputs", "kwargs", "layer", "outputs", "structure")

    def __init__(
        self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], structure: Any
    ) -> None:
        self.layer = layer
        self.args = args
        self.kwargs = kwargs
        self.inputs = functional_tensors((args, kwargs))
        self.structure = structure
        self.outputs: list[Tensor] = flatten(structure)
        for index, tensor in enumerate(self.outputs):
            tensor.history = History(self, index)
        layer._inbound_nodes.append(self)

    @property
    def index(self) -> int:
        """The number of this call among those of its layer."""
        index: int = self.layer._inbound_nodes.index(self)
        return index

    @property
    def is_input(self) -> bool:
        """Whether data enters here."""
        return not self.inputs

    @property
    def parents(self) -> list[Node]:
        """The calls that made the inputs."""
        return [_history(tensor).node for tensor in self.inputs]

    def filled_in(self, values: dict[int, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with other values for the tensors of the model, by their id."""

        def value(leaf: Any) -> Any:
            return values[id(leaf)] if isinstance(leaf, Tensor) else leaf

        args: tuple[Any, ...] = map_structure(value, self.args)
        kwargs: dict[str, Any] = map_structure(value, self.kwargs)
        return args, kwargs

    def __repr__(self) -> str:
        return f"<Node layer={self.layer.name}, inputs={len(self.inputs)}, outputs={len(self.outputs)}>"


def _history(tensor: Tensor) -> History:
    history: History | None = tensor.history
    assert history is not None
    return history


def stands_in_a_model(value: Any) -> bool:
    """Whether a value is a tensor of a functional model: made by `Input`, or by a layer called on such tensors."""
    return isinstance(value, Tensor) and value.history is not None


def functional_tensors(nest: Any) -> list[Tensor]:
    """Return the tensors of a functional model in a nest of arguments."""
    return [leaf for leaf in flatten(nest) if stands_in_a_model(leaf)]
