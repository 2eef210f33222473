"""Which calls of layers lie between inputs and outputs, and in which order they are run and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pymlp.graph.node import Node, stands_in_a_model
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers.input_layer import Input
from pymlp.layers.layer import Layer
from pymlp.naming import auto_name
from pymlp.nesting import flatten, map_structure, pack_as

__all__ = ["Network", "with_inputs_of_its_own"]


@dataclass(frozen=True)
class Network:
    """The calls between inputs and outputs.

    Attributes
    ----------
    layers : list of (Layer or ModelOperation)
        In Keras's order: by depth, the furthest from the outputs first; of equal depth as they are met on the way
        from the outputs back.
    nodes_by_depth : dict
        From depths, in falling order, to the calls there.
    """

    layers: list[Any]
    nodes_by_depth: dict[int, list[Node]]

    @property
    def nodes(self) -> list[Node]:
        """The calls, each after those that make its inputs."""
        return [node for nodes in self.nodes_by_depth.values() for node in nodes]

    @classmethod
    def between(cls, inputs: Sequence[Tensor], outputs: Sequence[Tensor], name: str) -> Network:
        """Return the calls that make the outputs of the inputs.

        Raises
        ------
        ValueError
            If an output needs something else than the inputs, or two layers have the same name.
        """
        order, met = _walked_back(inputs, outputs)
        depth_of_node: dict[Node, int] = {}
        depth_of_layer: dict[Any, int] = {}
        inside = set(order)
        for node in reversed(order):
            depth = max(depth_of_node.get(node, 0), depth_of_layer.get(node.layer, 0))
            depth_of_layer[node.layer] = depth_of_node[node] = depth
            for parent in node.parents:
                if parent in inside:
                    depth_of_node[parent] = max(depth + 1, depth_of_node.get(parent, 0))
        for tensor in inputs:  # one that no output needs is part of the model all the same
            node = tensor.history.node
            if node.layer not in depth_of_layer:
                depth_of_layer[node.layer] = depth_of_node[node] = 0
                met[node.layer] = -1
        by_depth: dict[int, list[Node]] = {
            depth: [] for depth in sorted(set(depth_of_node.values()), reverse=True)
        }
        for node, depth in depth_of_node.items():
            by_depth[depth].append(node)
        layers = sorted(depth_of_layer, key=lambda layer: (-depth_of_layer[layer], met[layer]))
        network = cls(layers, by_depth)
        network._check(inputs, name)
        return network

    def _check(self, inputs: Sequence[Tensor], name: str) -> None:
        known = {id(tensor) for tensor in inputs}
        passed: list[str] = []
        for node in self.nodes:
            for tensor in node.inputs:
                if id(tensor) not in known:
                    raise ValueError(
                        f"Model {name!r}: the inputs of layer {node.layer.name!r} do not stem from those of the model "
                        f"alone: {tensor.history.layer.name!r} is not reached from {[x.name for x in inputs]}. Add "
                        f"what is missing to inputs=. Layers reached: {passed}."
                    )
            passed.append(node.layer.name)
            if not node.is_input:
                known |= {id(tensor) for tensor in node.outputs}
        for shared, count in Counter(layer.name for layer in self.layers).items():
            if count > 1:
                raise ValueError(
                    f"Model {name!r}: {count} of its layers are named {shared!r}; names have to differ. Give them "
                    "others by name=."
                )

    def run(
        self, inputs: Sequence[Tensor], values: Sequence[Any], training: bool | None
    ) -> dict[int, Any]:
        """Call the layers anew, on other values for the inputs; return the values of all tensors by their id."""
        known = {id(tensor): value for tensor, value in zip(inputs, values, strict=True)}
        for node in self.nodes:
            if node.is_input:
                continue
            args, kwargs = node.filled_in(known)
            if training is not None and isinstance(node.layer, Layer):
                kwargs["training"] = training
            results = flatten(node.layer(*args, **kwargs))
            known.update((id(x), result) for x, result in zip(node.outputs, results, strict=True))
        return known


def _walked_back(
    inputs: Sequence[Tensor], outputs: Iterable[Tensor]
) -> tuple[list[Node], dict[Any, int]]:
    """Return the calls from outputs back to inputs, each after its parents; and the order layers are met in."""
    given = {id(tensor) for tensor in inputs}
    order: list[Node] = []
    met: dict[Any, int] = {}
    finished: set[Node] = set()
    entered: set[Node] = set()
    for output in outputs:
        stack = [(output, False)]  # not recursive: models may be deep
        while stack:
            tensor, expanded = stack.pop()
            node = tensor.history.node
            if expanded:
                finished.add(node)
                order.append(node)
            elif node not in finished and node not in entered:
                if id(tensor) in given and not node.is_input:
                    continue
                entered.add(node)
                met.setdefault(node.layer, len(met))
                stack.append((tensor, True))
                stack.extend((x, False) for x in reversed(node.inputs))
    return order, met


def with_inputs_of_its_own(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Return (inputs, outputs) of the same calls made once more, with an `Input` for each input that is none.

    A model may begin in the midst of another: at what one of its layers gives.
    """
    flat = flatten(inputs)
    if all(tensor.history.node.is_input for tensor in flat):
        return inputs, outputs
    order, _ = _walked_back(flat, flatten(outputs))
    replaced: dict[int, Tensor] = {}
    for tensor in flat:
        replaced[id(tensor)] = (
            tensor
            if tensor.history.node.is_input
            else Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}CLONE")
        )

    def other(leaf: Any) -> Any:
        return replaced.get(id(leaf), leaf) if isinstance(leaf, Tensor) else leaf

    for node in order:
        if node.is_input:
            continue
        for tensor in node.outputs:
            replaced[id(tensor)] = input_tensor(
                tensor.shape, tensor.dtype, auto_name("keras_tensor")
            )
        Node(
            node.layer,
            map_structure(other, node.args),
            map_structure(other, node.kwargs),
            map_structure(other, node.structure),
        )
    return pack_as(inputs, map(other, flat)), map_structure(other, outputs)


def check_tensors(argument: str, value: Any) -> None:
    """Raise ValueError unless a nest holds tensors of a functional model."""
    leaves = flatten(value)
    if not leaves:
        raise ValueError(f"Model: {argument} is empty; give at least one tensor.")
    for leaf in leaves:
        if not stands_in_a_model(leaf):
            raise ValueError(
                f"Model: {argument} should hold tensors made by Input or by layers called on such tensors, received "
                f"{leaf!r}."
            )
