"""Drawing a model as a graph of its layers, by Graphviz."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pymlp.nesting import map_structure

if TYPE_CHECKING:
    pass

__all__ = ["model_to_dot", "plot_model"]

_DIRECTIONS = ("TB", "LR", "BT", "RL")


class _Shown(NamedTuple):
    """What is written into the box of a layer."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Return a model as a graph in Graphviz's language: a box for each layer, an arrow for each tensor between two.

    A model that is neither `Sequential` nor made of inputs and outputs is one box.

    Parameters
    ----------
    model : Model
    show_shapes : bool
        Whether to show the shapes of what goes into a layer and comes out of it.
    show_dtype : bool
        Whether to show the type of what comes out.
    show_layer_names : bool
        Whether to show names beside the classes.
    rankdir : {"TB", "LR", "BT", "RL"}
        Where the graph goes to: from top to bottom, from left to right, or the other way.
    expand_nested : bool
        Whether models within the model are drawn as frames with their own layers.
    dpi : int
        Dots per inch of a picture made of it.
    subgraph : bool
        Whether to return a frame, to be put into another graph.
    show_layer_activations : bool
    show_trainable : bool
        Whether to show if a layer that has weights is trainable.
    splines : str
        How arrows run: ``"ortho"`` (at right angles), ``"curved"``, ``"polyline"``, ``"spline"`` or ``"line"``.

    Returns
    -------
    pydot.Dot, or with `subgraph` pydot.Cluster
        ``.to_string()`` is its text. A layer's box is named ``str(id(layer))``.

    Raises
    ------
    ImportError
        If pydot is not installed.
    ValueError
        If the model is not built, `rankdir` is no direction, or an argument is unknown. ``layer_range`` is refused, as
        in Keras 3.

    Examples
    --------
    >>> import pymlp as keras
    >>> keras.utils.model_to_dot(keras.Sequential([keras.layers.Dense(3)]))
    Traceback (most recent call last):
    ValueError: model_to_dot: model 'sequential' is not built. Give it an Input, or call build(input_shape).
    """
    _check("model_to_dot", model, rankdir, kwargs)
    shown = _Shown(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable
    )
    graph = _frame(model) if subgraph else _page(rankdir, dpi, splines)
    _fill(graph, model, shown, expand_nested)
    return graph


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Draw a model into a file.

    Parameters
    ----------
    model : Model
    to_file : path-like
        Its ending is the format: ``.png``, ``.svg``, ``.pdf``, and what else Graphviz writes; without one, PNG.
    show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, show_layer_activations, show_trainable, \
splines
        See `model_to_dot`.

    Returns
    -------
    IPython.display.Image, or SVG, or None
        For a notebook to show. None if IPython is not installed, or the file is a PDF.

    Raises
    ------
    ImportError
        If pydot is not installed, or there is no program ``dot``.
    ValueError
        As `model_to_dot`, and if Graphviz cannot make such a file.

    Notes
    -----
    Keras prints instead of raising ImportError in a notebook.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    >>> image = keras.utils.plot_model(model, "model.png", show_shapes=True)  # doctest: +SKIP
    """
    _check("plot_model", model, rankdir, kwargs)
    _import_pydot("plot_model")
    if shutil.which("dot") is None:
        raise ImportError(
            "plot_model needs Graphviz, whose program dot was not found. Install it, for example by "
            "'apt install graphviz', 'brew install graphviz' or 'conda install graphviz', or from "
            "https://graphviz.org/download/, and see to it that dot is on the PATH."
        )
    graph: Any = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
    )
    path = Path(to_file)
    kind = path.suffix.removeprefix(".").lower() or "png"
    try:
        content = graph.create(format=kind)
    except AssertionError as error:  # what pydot makes of an error of dot's
        raise ValueError(
            f"plot_model: Graphviz cannot draw {os.fspath(to_file)!r}: {error}"
        ) from None
    path.write_bytes(content)
    return _image(path, kind)


def _image(path: Path, kind: str) -> Any:
    """Return a file as what a notebook shows."""
    if kind == "pdf":
        return None
    try:
        from IPython import display
    except ImportError:
        return None
    show = display.SVG if kind == "svg" else display.Image
    return show(filename=str(path))


def _check(where: str, model: Any, rankdir: str, others: dict[str, Any]) -> None:
    if not getattr(model, "built", False):
        raise ValueError(
            f"{where}: model {getattr(model, 'name', model)!r} is not built. Give it an Input, or call "
            "build(input_shape)."
        )
    if rankdir not in _DIRECTIONS:
        raise ValueError(f"{where}: rankdir should be one of {_DIRECTIONS}, received {rankdir!r}.")
    if others.pop("layer_range", None) is not None:
        raise ValueError(
            f"{where}: layer_range is not supported, as in Keras 3. To draw a part of a model, make a Model of it: "
            "Model(first.input, last.output)."
        )
    if others:
        raise ValueError(f"{where}: unknown arguments {sorted(others)}.")


def _import_pydot(where: str) -> Any:
    try:
        import pydot
    except ImportError:
        raise ImportError(
            f"{where} needs pydot. Install it by: pip install 'pymlp[plot]', or pip install pydot."
        ) from None
    return pydot


# ---- the graph --------------------------------------------------------------------------------------


def _page(rankdir: str, dpi: int, splines: str) -> Any:
    graph = _import_pydot("model_to_dot").Dot(
        rankdir=rankdir, concentrate=True, dpi=dpi, splines=splines
    )
    graph.set_node_defaults(shape="record")
    return graph


def _frame(model: Any) -> Any:
    pydot = _import_pydot("model_to_dot")
    return pydot.Cluster(model.name, style="dashed", label=model.name, labeljust="l")


def _fill(graph: Any, model: Any, shown: _Shown, expand_nested: bool) -> None:
    """Add the boxes and arrows of a model to a graph."""
    pydot = _import_pydot("model_to_dot")
    for layer in _parts(model) if _is_open(model) else [model]:
        if expand_nested and _is_open(layer):
            frame = _frame(layer)
            _fill(frame, layer, shown, expand_nested)
            graph.add_subgraph(frame)
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


# ---- a box --------------------------------------------------------------------------------------------


def _label(layer: Any, shown: _Shown) -> str:
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


def _cells(layer: Any, shown: _Shown) -> Iterator[str]:
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
