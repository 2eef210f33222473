"""Drawing a model as a graph of its layers, by Graphviz."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from pymlp.utils.dot_graph import Shown, fill, frame, import_pydot, page

__all__ = ["model_to_dot", "plot_model"]

_DIRECTIONS = ("TB", "LR", "BT", "RL")


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
    shown = Shown(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    graph = frame(model) if subgraph else page(rankdir, dpi, splines)
    fill(graph, model, shown, expand_nested)
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
    import_pydot("plot_model")
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
