"""Configurations of functional models, in Keras's format, and the calls made again from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from pymlp.graph.node import Node, functional_tensors
from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten, map_structure
from pymlp.ops.recording import ModelOperation

if TYPE_CHECKING:
    from pymlp.models.functional import Functional

__all__ = ["arguments_from", "config_of"]

_TENSOR = "__keras_tensor__"


def config_of(model: Functional) -> dict[str, Any]:
    """Return the layers, the calls between them, and which tensors are inputs and outputs."""
    from pymlp.saving import serialize_object

    nodes = set(model._network.nodes)
    layers = []
    for layer in model.operations:
        described = serialize_object(layer)
        described["name"] = layer.name
        described["inbound_nodes"] = [
            _described_node(node, nodes)
            for node in layer._inbound_nodes
            if node in nodes and node.inputs
        ]
        layers.append(described)

    def place(tensor: Tensor) -> list[Any]:
        # Keras counts a call before all others of a model that is used as a layer: the one that made it.
        first = 1 if hasattr(tensor.history.layer, "_network") else 0
        name, node_index, tensor_index = _place(tensor, nodes)
        return [name, node_index + first, tensor_index]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": map_structure(place, model.input),
        "output_layers": map_structure(place, model.output),
    }


def _place(tensor: Tensor, nodes: set[Node]) -> list[Any]:
    """Return the layer's name, the number of its call among those in the model, and the number of the result."""
    layer, node = tensor.history.layer, tensor.history.node
    own = [other for other in layer._inbound_nodes if other in nodes]
    return [layer.name, own.index(node), tensor.history.tensor_index]


def _described_node(node: Node, nodes: set[Node]) -> dict[str, Any]:
    from pymlp.saving import serialize_object

    def described(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return serialize_object(leaf)
        config = {
            "shape": list(leaf.shape),
            "dtype": leaf.dtype,
            "keras_history": _place(leaf, nodes),
        }
        return {"class_name": _TENSOR, "config": config}

    args = [map_structure(described, arg) for arg in node.args]
    return {"args": args, "kwargs": map_structure(described, node.kwargs)}


def arguments_from(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that make the model again, its layers being new and called as before.

    Raises
    ------
    ValueError
        If the calls do not fit together.
    """
    from pymlp.saving.restoring import restored

    rest = {
        key: value
        for key, value in config.items()
        if key not in ("layers", "input_layers", "output_layers")
    }
    layers: dict[str, _Made] = {}
    waiting: list[tuple[str, Any, list[Any]]] = []
    for described in config["layers"]:
        layer = restored(
            {key: value for key, value in described.items() if key not in ("name", "inbound_nodes")}
        )
        # One that a model made before has, too, was called there before.
        before = sum(not node.is_input for node in layer._inbound_nodes)
        layers[str(described["name"])] = _Made(layer, before)
        if described["inbound_nodes"]:
            waiting.append((str(described["name"]), layer, list(described["inbound_nodes"])))
    _make_calls(waiting, layers)

    def tensors(places: Any) -> Any:
        if isinstance(places, (list, tuple)) and len(places) == 3 and isinstance(places[0], str):
            name, node_index, tensor_index = places
            first = 1 if hasattr(_made(name, layers).layer, "_network") else 0
            return _tensor([name, node_index - first, tensor_index], layers)
        if isinstance(places, Mapping):
            return {key: tensors(value) for key, value in places.items()}
        return [tensors(place) for place in places]

    inputs = tensors(config["input_layers"])
    if len({id(tensor) for tensor in flatten(inputs)}) < len(flatten(inputs)):
        raise ValueError("The configuration has one input of the model twice.")
    return {
        **rest,
        "inputs": inputs,
        "outputs": tensors(config["output_layers"]),
    }


def _make_calls(waiting: Sequence[tuple[str, Any, list[Any]]], layers: Mapping[str, _Made]) -> None:
    """Call each layer as often as is described, in turns, as what it is called on becomes known.

    A shared layer may be called at several depths. One that has to wait is not looked at until what it waits for is
    called: turns are as many as there are layers if these stand in the wrong order.
    """
    turns = [(0, place) for place in range(len(waiting))]
    blocked: dict[str, list[int]] = {}
    while turns:
        turn, place = heappop(turns)
        name, layer, calls = waiting[place]
        while calls:
            missing = _missing_for(calls[0], layers)
            if missing is not None:
                blocked.setdefault(missing, []).append(place)
                break
            args, kwargs = _arguments_of(calls.pop(0), layers)
            if isinstance(layer, ModelOperation) and not functional_tensors((args, kwargs)):
                # It would be computed at once, on whatever the file has.
                raise ValueError(
                    f"The configuration calls the operation {layer.name!r} on no tensor of the model."
                )
            layer(*args, **kwargs)
            for other in blocked.pop(name, ()):
                heappush(turns, (turn + (other < place), other))
    names = [layer.name for _, layer, calls in waiting if calls]
    if names:
        raise ValueError(
            f"The calls of the layers {names[:20]} cannot be made: what they are called on is missing."
        )


class _Made(NamedTuple):
    """A layer, and how many calls of it belong to other models."""

    layer: Any
    calls_before: int

    @property
    def nodes(self) -> list[Node]:
        nodes: list[Node] = self.layer._inbound_nodes[self.calls_before :]
        return nodes


def _made(name: Any, layers: Mapping[str, _Made]) -> _Made:
    if name not in layers:
        raise ValueError(
            f"The configuration has no layer named {name!r}, on which another is called."
        )
    return layers[name]


def _tensor(place: Any, layers: Mapping[str, _Made]) -> Tensor:
    name, node_index, tensor_index = place
    nodes = _made(name, layers).nodes
    if not 0 <= node_index < len(nodes) or not 0 <= tensor_index < len(nodes[node_index].outputs):
        raise ValueError(
            f"The configuration names result {tensor_index} of call {node_index} of {name!r}."
        )
    tensor: Tensor = nodes[node_index].outputs[tensor_index]
    return tensor


def _places_in(described: Any) -> list[Any]:
    """Return the places of the tensors in a described argument."""
    if isinstance(described, Mapping):
        if described.get("class_name") == _TENSOR:
            return [described["config"]["keras_history"]]
        return [place for value in described.values() for place in _places_in(value)]
    if isinstance(described, (list, tuple)):
        return [place for value in described for place in _places_in(value)]
    return []


def _missing_for(call: Any, layers: Mapping[str, _Made]) -> str | None:
    """Return the name of a layer that has to be called before this call can be made, or None."""
    return next(
        (
            str(name)
            for name, node_index, _ in _places_in(call)
            if node_index >= len(_made(name, layers).nodes)
        ),
        None,
    )


def _arguments_of(call: Any, layers: Mapping[str, _Made]) -> tuple[list[Any], dict[str, Any]]:
    from pymlp.saving.restoring import restored

    def value(described: Any) -> Any:
        if isinstance(described, Mapping):
            if described.get("class_name") == _TENSOR:
                return _tensor(described["config"]["keras_history"], layers)
            if "class_name" in described:
                return restored(described)
            return {key: value(item) for key, item in described.items()}
        if isinstance(described, (list, tuple)):
            return [value(item) for item in described]
        return described

    kwargs = {key: value(item) for key, item in call.get("kwargs", {}).items() if key != "mask"}
    return [value(item) for item in call.get("args", ())], kwargs
