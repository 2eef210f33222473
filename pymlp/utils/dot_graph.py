"""A model as a graph of pydot's: boxes for layers, with tables of what is to be shown, and arrows for tensors."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

from pymlp.nesting import map_structure

__all__ = ["Shown", "fill", "frame", "import_pydot", "page"]


class Shown(NamedTuple):
    """What is written into the box of a layer."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool


def import_pydot(where: str) -> Any:
    try:
        import pydot
    except ImportError:
        raise ImportError(
            f"{where} needs pydot. Install it by: pip install 'pymlp[plot]', or pip install pydot."
        ) from None
    return pydot


def page(rankdir: str, dpi: int, splines: str) -> Any:
    """Return an empty graph."""
    graph = import_pydot("model_to_dot").Dot(
        rankdir=rankdir, concentrate=True, dpi=dpi, splines=splines
    )
    graph.set_node_defaults(shape="record")
    return graph


def frame(model: Any) -> Any:
    """Return an empty graph that is drawn as a frame within another."""
    pydot = import_pydot("model_to_dot")
    return pydot.Cluster(model.name, style="dashed", label=model.name, labeljust="l")


def fill(graph: Any, model: Any, shown: Shown, expand_nested: bool) -> None:
    """Add the boxes and arrows of a model to a graph."""
    pydot = import_pydot("model_to_dot")
    for layer in _parts(model) if _is_open(model) else [model]:
        if expand_nested and _is_open(layer):
            inner = frame(layer)
            fill(inner, layer, shown, expand_nested)
            graph.add_subgraph(inner)
        else:
            label = _label(layer, shown)
            graph.add_node(
                pydot.Node(_id(layer), label=label, fontname="Helvetica", border="0", margin="0")
            )
    if _is_open(model):
        for source, target in dict.fromkeys(_arrows(model, expand_nested)):
            graph.add_edge(pydot.Edge(source, target, penwidth="2"))


def _id(layer: Any) -> str:
    return str(id(layer))


def _is_open(layer: Any) -> bool:
    """Whether a layer is a model whose layers and their order are known."""
    return _network(layer) is not None or hasattr(layer, "_stack")


def _network(model: Any) -> Any:
    return getattr(model, "_network", None)


def _parts(model: Any) -> list[Any]:
    return list(getattr(model, "operations", model.layers))


def _arrows(model: Any, expand_nested: bool) -> Iterator[tuple[str, str]]:
    """Yield from where to where there are arrows."""
    for source, output, target, place in _calls(model):
        while expand_nested and _is_open(source):
            history = source.outputs[output].history
            source, output = history.layer, history.tensor_index
        while expand_nested and _is_open(target):
            # The InputLayer of a Sequential is not drawn.
            functional = _network(target) is not None
            target = target.inputs[place].history.layer if functional else target.layers[0]
        yield _id(source), _id(target)


def _calls(model: Any) -> Iterator[tuple[Any, int, Any, int]]:
    """Yield (layer, which of its outputs, the layer that takes it, as which of its inputs)."""
    network = _network(model)
    if network is None:
        yield from ((one, 0, following, 0) for one, following in pairwise(model.layers))
        return
    inside = set(network.nodes)
    for layer in _parts(model):
        for node in layer._inbound_nodes:
            if node in inside:
                for place, tensor in enumerate(node.inputs):
                    yield tensor.history.layer, tensor.history.tensor_index, layer, place


# ---- a box ------------------------------------------------------------------------------------------------


def _label(layer: Any, shown: Shown) -> str:
    """Return the box of a layer as one of Graphviz's tables."""
    kind = escape(type(layer).__name__)
    width = max(1, shown.dtype + shown.trainable + 2 * shown.shapes)
    title = f"<b>{escape(layer.name)}</b> ({kind})" if shown.names else f"<b>{kind}</b>"
    rows = [
        f'<tr><td colspan="{width}" bgcolor="black"><font point-size="16" color="white">{title}</font></td></tr>'
    ]
    activation = getattr(layer, "activation", None)
    if shown.activations and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", str(activation))
        rows.append(
            f'<tr><td bgcolor="white" colspan="{width}"><font point-size="14">Activation: '
            f"<b>{escape(str(name))}</b></font></td></tr>"
        )
    cells = "".join(_cells(layer, shown))
    if cells:
        rows.append(f"<tr>{cells}</tr>")
    table = '<<table border="0" cellborder="1" bgcolor="black" cellpadding="10">'
    return f"{table}{''.join(rows)}</table>>"


def _cells(layer: Any, shown: Shown) -> Iterator[str]:
    if shown.shapes:
        if type(layer).__name__ != "InputLayer":
            yield _cell("Input shape", _shape(layer, "input"))
        yield _cell("Output shape", _shape(layer, "output"))
    if shown.dtype:
        yield _cell("Output dtype", _of_tensors(layer, "output", "dtype") or "?")
    if shown.trainable and layer.weights:
        colour, word = (
            ("forestgreen", "Trainable") if layer.trainable else ("firebrick", "Non-trainable")
        )
        yield (
            f'<td bgcolor="{colour}"><font point-size="14" color="white"><b>{word}</b></font></td>'
        )


def _cell(title: str, value: Any) -> str:
    return f'<td bgcolor="white"><font point-size="14">{title}: <b>{escape(str(value), quote=False)}</b></font></td>'


def _shape(layer: Any, side: str) -> str:
    shape = _of_tensors(layer, side, "shape")
    if isinstance(shape, dict):
        return ", ".join(f"{key}: {one}" for key, one in shape.items())
    return "?" if shape is None else str(shape)


def _of_tensors(layer: Any, side: str, attribute: str) -> Any:
    """Return the shapes or types of a layer's inputs or outputs; None where they are not known."""
    try:
        return map_structure(lambda tensor: getattr(tensor, attribute), getattr(layer, side))
    except (AttributeError, ValueError):
        return None
