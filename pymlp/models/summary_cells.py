"""What `Model.summary` says of one layer, column by column, in the markup of rich."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pymlp.nesting import is_shape

__all__ = [
    "GREEN", "Connections", "bold", "coloured", "escape", "indent", "is_one_after_the_other", "is_trainable",
    "name_and_type", "output_shape", "param_count",
]  # fmt: skip

GREEN, _BLUE, _CYAN, _RED = 34, 33, 45, 9  # of the terminal's 256 colours


def is_one_after_the_other(model: Any) -> bool:
    """Whether each layer is called once, on what one before it gives: there is nothing to say of connections."""
    network = getattr(model, "_network", None)
    if network is None:
        return True
    if any(len(nodes) > 1 or len(nodes[0].inputs) > 1 for nodes in network.nodes_by_depth.values()):
        return False
    calls = Counter(node.layer for node in network.nodes)
    return max(calls.values()) == 1


class Connections:
    """What the calls of a layer within a model are made on: ``dense[0][0]``, the first result of its first call."""

    def __init__(self, model: Any) -> None:
        self.nodes = set(model._network.nodes)

    def __call__(self, layer: Any) -> str:
        made_on = [
            tensor.history
            for node in layer._inbound_nodes
            if node in self.nodes
            for tensor in node.inputs
        ]
        return (
            ", ".join(
                f"{escape(history.layer.name)}[{coloured(str(history.node_index), GREEN)}]"
                f"[{coloured(str(history.tensor_index), GREEN)}]"
                for history in made_on
            )
            or "-"
        )


def name_and_type(layer: Any) -> str:
    return f"{escape(layer.name)} ({coloured(escape(type(layer).__name__), _BLUE)})"


def output_shape(layer: Any) -> str:
    nodes = getattr(layer, "_inbound_nodes", ())
    if nodes:
        shapes = [tensor.shape for tensor in nodes[-1].outputs]
        return _shown(shapes[0] if len(shapes) == 1 else shapes)
    try:
        return _shown(layer.output_shape)
    except (AttributeError, RuntimeError, ValueError, NotImplementedError):
        return "?"  # the layer has not seen an input yet


def _shown(shapes: Any) -> str:
    """Return a shape, or a nest of them, as Keras writes it."""
    if shapes is None:
        return "?"
    if isinstance(shapes, dict):
        named = (f"{escape(str(key))}: {_shown(shape)}" for key, shape in shapes.items())
        return f"{{{', '.join(named)}}}"
    if is_shape(shapes):
        sizes = (coloured(str(size), _CYAN if size is None else GREEN) for size in shapes)
        return f"({', '.join(sizes)})"
    several = ", ".join(map(_shown, shapes))
    return f"[{several}]" if isinstance(shapes, list) else f"({several})"


def param_count(layer: Any) -> str:
    if not layer.built:
        return f"{coloured('0', GREEN)} (unbuilt)"
    return coloured(f"{layer.count_params():,}", GREEN)


def is_trainable(layer: Any) -> str:
    if not layer.weights:
        return bold("-")
    return bold(coloured("Y", GREEN) if layer.trainable else coloured("N", _RED))


def indent(level: int) -> str:
    return "   " * level + "└ " if level else ""


def coloured(text: str, colour: int) -> str:
    return f"[color({colour})]{text}[/]"


def bold(text: str) -> str:
    return f"[bold]{text}[/]"


def escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
