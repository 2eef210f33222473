"""`plot_model` and `model_to_dot`: boxes, arrows and labels, by themselves and beside Keras's."""

from __future__ import annotations

import itertools
import shutil
import sys
import types

import numpy as np
import pytest

import pymlp
from pymlp.utils import model_to_dot, plot_model

SWITCHES = ("show_shapes", "show_dtype", "show_layer_names", "expand_nested", "show_layer_activations",
            "show_trainable", "subgraph")  # fmt: skip


@pytest.fixture
def pydot():
    return pytest.importorskip("pydot", reason="pydot is not installed, which draws graphs")


@pytest.fixture
def graphviz(pydot):
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")


def models(keras):
    """Models of all kinds, made with pymlp or Keras."""
    layers = keras.layers

    def stack(name):
        deep = [keras.Input((2,)), layers.Dense(2, name="d0"), layers.ReLU(name="relu")]
        inner = [
            keras.Input((3,)),
            layers.Dense(2, name="s1"),
            keras.Sequential(deep, name="deep"),
            layers.Dense(1, name="s2"),
        ]
        return keras.Sequential(inner, name=name)

    class Own(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    joined = layers.Dense(2, name="of_both")(layers.Concatenate(name="both")([left, right]))
    two = keras.Model([left, right], [joined, right], name="two")

    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    hidden = layers.Dense(3, activation="relu", name="hidden")(a)
    shared = layers.Dense(3, name="shared")
    twice = shared(shared(hidden))
    inner = stack("inner")
    first, second = two([twice, b])
    end = layers.Dense(1, name="end", trainable=False)(second)
    added = layers.Add(name="added")([twice, hidden])
    big = keras.Model(
        {"a": a, "b": b}, [inner(twice), inner(hidden), added, end, first], name="big"
    )

    own = Own(name="own")
    own(np.ones((2, 3), "float32"))
    x = keras.Input((3,), name="x")
    outer = [
        keras.Input((3,)),
        layers.Dense(3, activation="softmax", name="o1"),
        stack("within"),
        layers.BatchNormalization(name="norm"),
    ]
    return {
        "big": big,
        "two": two,
        "own": own,
        "with own": keras.Model(x, own(x), name="with_own"),
        "stack": stack("alone"),
        "stacks": keras.Sequential(outer, name="outer"),
    }


def boxes(graph, frame=""):
    """(frame, box or frame, its label and looks) of all boxes and frames."""
    for node in graph.get_nodes():
        looks = {key: str(value) for key, value in node.get_attributes().items()}
        yield frame, "" if node.get_name().isdigit() else node.get_name(), looks
    for inner in graph.get_subgraphs():
        looks = {key: str(value) for key, value in inner.get_attributes().items()}
        yield frame, inner.get_name(), looks
        yield from boxes(inner, f"{frame}/{inner.get_name()}")


def labels(graph):
    found = {node.get_name(): node.get_label() for node in graph.get_nodes()}
    for inner in graph.get_subgraphs():
        found |= labels(inner)
    return found


def arrows(graph, name_of):
    for edge in graph.get_edges():
        looks = {key: str(value) for key, value in edge.get_attributes().items()}
        yield name_of[edge.get_source()], name_of[edge.get_destination()], looks
    for inner in graph.get_subgraphs():
        yield from arrows(inner, name_of)


def named(graph):
    """Arrows from name to name."""
    names = {
        box: (label or "").partition("<b>")[2].partition("</b>")[0]
        for box, label in labels(graph).items()
    }
    return [(source, target) for source, target, _ in arrows(graph, names)]


def everything(graph):
    looks = {key: str(value) for key, value in graph.get_attributes().items()}
    return list(boxes(graph)), list(arrows(graph, labels(graph))), looks


def test_as_keras_draws_it(pydot, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    ours, theirs = models(pymlp), models(keras)
    for name, values in itertools.product(ours, itertools.product([False, True], repeat=7)):
        switches = dict(zip(SWITCHES, values, strict=True))
        found = everything(model_to_dot(ours[name], **switches))
        expected = everything(keras.utils.model_to_dot(theirs[name], **switches))
        assert found == expected, (name, switches)
    looks = {"rankdir": "LR", "dpi": 50, "splines": "curved"}
    found = model_to_dot(ours["big"], **looks)
    assert everything(found) == everything(keras.utils.model_to_dot(theirs["big"], **looks))


def test_boxes_and_arrows(pydot):
    big = models(pymlp)["big"]
    assert named(model_to_dot(big)) == [
        ("a", "hidden"),
        ("hidden", "shared"),
        ("shared", "shared"),
        ("shared", "two"),
        ("b", "two"),
        ("shared", "inner"),
        ("hidden", "inner"),
        ("shared", "added"),
        ("hidden", "added"),
        ("two", "end"),
    ]
    expanded = model_to_dot(big, expand_nested=True)
    assert [frame for _, frame, _ in boxes(expanded) if frame.startswith("cluster")] == [
        "cluster_two",
        "cluster_inner",
        "cluster_deep",
    ]
    inside = [("left", "both"), ("right", "both"), ("both", "of_both")]
    assert {("shared", "left"), ("b", "right"), ("right", "end"), *inside} <= set(named(expanded))
    assert {("shared", "s1"), ("hidden", "s1"), ("s1", "d0"), ("relu", "s2")} <= set(
        named(expanded)
    )


def test_what_a_box_says(pydot):
    layer = pymlp.layers.Dense(3, activation="relu", name="<a & b>")
    layer.trainable = False
    model = pymlp.Sequential([pymlp.Input((2,)), layer])

    def text(**switches):
        (label,) = (label for label in labels(model_to_dot(model, **switches)).values() if label)
        return label

    assert "<b>&lt;a &amp; b&gt;</b> (Dense)" in text()
    assert "<b>Dense</b>" in text(show_layer_names=False)
    assert "Activation: <b>relu</b>" in text(show_layer_activations=True)
    shapes = text(show_shapes=True)
    assert "Input shape: <b>(None, 2)</b>" in shapes
    assert "Output shape: <b>(None, 3)</b>" in shapes
    assert "Output dtype: <b>float32</b>" in text(show_dtype=True)
    assert 'bgcolor="firebrick"' in text(show_trainable=True)


def test_a_shared_stack_has_no_arrows_of_other_models(pydot):
    """Keras draws them, from boxes that are not there."""
    inner = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(3, name="within")])
    x = pymlp.Input((3,), name="elsewhere")
    pymlp.Model(x, inner(x))
    outer = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(3, name="before"), inner])
    assert named(model_to_dot(outer, expand_nested=True)) == [("before", "within")]


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf", ".dot", ""])
def test_files(ending, tmp_path, graphviz, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    model = models(pymlp)["big"]
    path = tmp_path / f"a model{ending}"
    shown = plot_model(model, path, expand_nested=True, show_shapes=True, show_layer_names=True)
    content = path.read_bytes()
    begins = {
        ".png": b"\x89PNG",
        ".svg": b"<?xml",
        ".pdf": b"%PDF",
        ".dot": b"digraph",
        "": b"\x89PNG",
    }
    assert content.startswith(begins[ending])
    if ending == ".svg":
        for name in (b"hidden", b"of_both", b"deep", b"(None, 4)"):
            assert name in content
    assert shown is None


def test_names_that_graphviz_has_to_be_told_in_quotes(tmp_path, graphviz):
    inner = pymlp.Sequential(
        [pymlp.Input((3,)), pymlp.layers.Dense(3, name='a "b" <c>')], name="my: model-1"
    )
    outer = pymlp.Sequential([pymlp.Input((3,)), inner, pymlp.layers.Dense(1)], name="1 & 2")
    plot_model(outer, tmp_path / "model.svg", expand_nested=True, show_layer_names=True)
    text = (tmp_path / "model.svg").read_text("utf-8")
    assert "my: model&#45;1" in text
    assert "a &quot;b&quot; &lt;c&gt;" in text


def test_a_notebook_gets_a_picture(tmp_path, graphviz, monkeypatch):
    display = types.ModuleType("IPython.display")
    display.Image = lambda filename: ("Image", filename)
    display.SVG = lambda filename: ("SVG", filename)
    package = types.ModuleType("IPython")
    package.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    model = models(pymlp)["stack"]
    for ending, kind in ((".png", "Image"), (".svg", "SVG")):
        path = tmp_path / f"model{ending}"
        assert plot_model(model, path) == (kind, str(path))
    assert plot_model(model, tmp_path / "model.pdf") is None


def test_a_file_that_graphviz_cannot_make(tmp_path, graphviz):
    with pytest.raises(ValueError, match=r"plot_model: Graphviz cannot draw .*model\.nonsense"):
        plot_model(models(pymlp)["stack"], tmp_path / "model.nonsense")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        plot_model(models(pymlp)["stack"], tmp_path / "missing" / "model.png")


@pytest.mark.parametrize("function", [model_to_dot, plot_model])
def test_wrong_arguments(function):
    name, model = function.__name__, models(pymlp)["stack"]
    with pytest.raises(ValueError, match=f"{name}: model 'unbuilt' is not built. Give it an Input"):
        function(pymlp.Sequential([pymlp.layers.Dense(1)], name="unbuilt"))
    with pytest.raises(ValueError, match=f"{name}: rankdir should be one of .* received 'up'"):
        function(model, rankdir="up")
    with pytest.raises(ValueError, match=f"{name}: layer_range is not supported"):
        function(model, layer_range=["a", "b"])
    with pytest.raises(ValueError, match=rf"{name}: unknown arguments \['show_shape'\]"):
        function(model, show_shape=True)


@pytest.mark.parametrize("function", [model_to_dot, plot_model])
def test_without_pydot(function, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=rf"{function.__name__} needs pydot.*pymlp\[plot\]"):
        function(models(pymlp)["stack"])


def test_without_graphviz(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pydot", types.ModuleType("pydot"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match="needs Graphviz, whose program dot was not found"):
        plot_model(models(pymlp)["stack"])
