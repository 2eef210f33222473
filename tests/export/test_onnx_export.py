"""ONNX files of every layer, operation, activation and kind of model, run by others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from every_operation import NOT_PREDICTED, every_operation
from hypothesis import given
from hypothesis import strategies as st
from layers.test_every_layer import CASES, label
from onnx_cases import FUNCTIONS, Own, arrays, model_of, models_with, with_random_weights
from onnx_judges import NO_ONNX, by_definition, by_runtime, close

import pymlp
from pymlp import activations, layers, ops
from pymlp.export.onnx_export import export_onnx, onnx_model
from pymlp.export.onnx_rules import RULES

onnx = pytest.importorskip("onnx", reason=NO_ONNX)


def agrees(model: Any, *arrays: np.ndarray, judge: Any = by_runtime) -> Any:
    """Compare what a model predicts with what its ONNX file computes; return the file's message."""
    message = onnx_model(model)
    expected = model.predict(list(arrays) if len(arrays) > 1 else arrays[0], verbose=0)
    found = judge(message, *arrays)
    leaves = pymlp.nesting.flatten(expected)
    assert len(found) == len(leaves)
    for a, b in zip(found, leaves, strict=True):
        close(a, b, 1e-6 if judge is by_definition else None)
    return message


# ---- every layer, every operation ---------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_layer(case, dtype):
    """None is refused."""
    for model, x in models_with(case, dtype):
        agrees(model, *x)


# Beside those of no prediction.
NOT_IN_ONNX = {
    "arctan2": "ONNX has no angle of two numbers",
    "erfc": "ONNX's Erf has no digits left where this is small",
    "erfinv": "ONNX has no inverse of Erf",
    "softmax_crossentropy": "a loss",
}


def test_every_operation_is_written_or_refused_with_a_reason():
    assert set(RULES) == set(FUNCTIONS)
    assert every_operation() - set(RULES) == {*NOT_PREDICTED, *NOT_IN_ONNX}


def made_of(model: Any) -> set[str]:
    from pymlp.export.traced import prediction_graph

    return {t.operation.name for t in prediction_graph(model).order if t.operation is not None}


_SINGLE_ALONE = ("erf", "gelu", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh")


def judge_of(name: str | None, dtype: str) -> Any:
    """ONNX Runtime has some functions in single precision alone; the definition has both, with single's accuracy."""
    return by_definition if dtype == "float64" and name in _SINGLE_ALONE else by_runtime


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_operation(name, dtype):
    model = model_of(FUNCTIONS[name], (2, 3), dtype)
    assert name in made_of(model)
    x = np.random.default_rng(3).normal(size=(5, 2, 3)).astype(dtype)
    agrees(model, x, judge=judge_of(name, dtype))


# One has arguments without defaults, so no layer has it by name; the other makes half as many columns.
@pytest.mark.parametrize("name", sorted(set(activations._FUNCTIONS) - {"threshold", "glu"}))
def test_every_activation(name, dtype):
    model = pymlp.Sequential([pymlp.Input((4,), dtype=dtype), layers.Dense(5, name, dtype=dtype)])
    x = np.random.default_rng(1).normal(size=(7, 4)).astype(dtype) * 3
    agrees(model, x, judge=judge_of(name, dtype))


SINGLE_NODES = {
    "relu": ["Gemm", "Relu"],
    "sigmoid": ["Gemm", "Sigmoid"],
    "tanh": ["Gemm", "Tanh"],
    "softmax": ["Gemm", "Softmax"],
    "elu": ["Gemm", "Elu"],
    "leaky_relu": ["Gemm", "LeakyRelu"],
    "softplus": ["Gemm", "Softplus"],
    "linear": ["Gemm"],
}


@pytest.mark.parametrize("activation", SINGLE_NODES)
def test_what_onnx_has_is_one_node(activation):
    model = pymlp.Sequential([pymlp.Input((4,)), layers.Dense(3, activation)])
    assert [node.op_type for node in onnx_model(model).graph.node] == SINGLE_NODES[activation]


@pytest.mark.parametrize(
    ("layer", "nodes"),
    [
        (lambda: layers.LayerNormalization(), ["LayerNormalization"]),
        (lambda: layers.LayerNormalization(center=False), ["LayerNormalization"]),
        (lambda: layers.LayerNormalization(scale=False), ["LayerNormalization"]),
        (lambda: layers.BatchNormalization(), ["BatchNormalization"]),
        (lambda: layers.PReLU(), ["PRelu"]),
        (lambda: layers.Dense(2, use_bias=False), ["MatMul"]),
    ],
)
def test_layers_that_are_one_node(layer, nodes):
    model = with_random_weights(pymlp.Sequential([pymlp.Input((4,)), layer()]))
    message = agrees(model, np.random.default_rng(0).normal(size=(3, 4)).astype("float32"))
    assert [node.op_type for node in message.graph.node] == nodes


# ---- shapes -------------------------------------------------------------------------------------------


@given(
    widths=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    inner=st.lists(st.integers(1, 4), max_size=2),
    rows=st.sampled_from([1, 2, 7, 64]),
    activation=st.sampled_from(["relu", "tanh", "selu", "gelu", "softmax", "mish", None]),
    use_bias=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 99),
)
def test_perceptrons(widths, inner, rows, activation, use_bias, dtype, seed):
    pymlp.random.set_random_seed(seed)
    first, *others = widths
    stack = [
        layers.Dense(n, activation, use_bias, bias_initializer="random_normal", dtype=dtype)
        for n in others
    ]
    model = pymlp.Sequential([pymlp.Input((*inner, first), dtype=dtype), *stack])
    x = np.random.default_rng(seed).normal(size=(rows, *inner, first)).astype(dtype)
    agrees(model, x, judge=judge_of(activation, dtype))


@pytest.mark.parametrize("rows", [0, 1, 13])
def test_the_number_of_samples_is_free(rows):
    model = pymlp.Sequential(
        [
            pymlp.Input((2, 3), batch_size=4),
            layers.Flatten(),
            layers.Dense(6),
            layers.Reshape((3, 2)),
            layers.Lambda(lambda x: ops.exp(ops.broadcast_to(ops.sum(x, 0), (None, 3, 2))) + x),
        ]
    )
    message = onnx_model(model)
    x = np.random.default_rng(0).normal(size=(rows, 2, 3)).astype("float32")
    (found,) = by_runtime(message, x)
    close(found, model(x) if rows else np.zeros((0, 3, 2), "float32"))
    (given,) = message.graph.input
    assert [d.dim_param or d.dim_value for d in given.type.tensor_type.shape.dim] == ["batch", 2, 3]


def test_an_axis_of_length_0_keeps_it():
    model = model_of(lambda x: ops.reshape(x[:, :, :0], (None, 0, 2)), (2, 3), "float32")
    (found,) = by_runtime(onnx_model(model), np.ones((4, 2, 3), "float32"))
    assert found.shape == (4, 0, 2)


def test_infinite_and_missing_numbers_go_through():
    model = pymlp.Sequential([pymlp.Input((4,)), layers.Activation("tanh"), layers.Rescaling(2.0)])
    x = np.array([[np.inf, -np.inf, np.nan, 0.0]], "float32")
    (found,) = by_runtime(onnx_model(model), x)
    np.testing.assert_array_equal(found, model(x))


# ---- kinds of models ----------------------------------------------------------------------------------


def names(values: Any) -> list[str]:
    return [value.name for value in values]


def test_several_inputs_and_outputs():
    a, b = pymlp.Input((3,), name="left"), pymlp.Input((4,), name="right")
    shared = layers.Dense(5, "relu", name="shared")
    joined = layers.Concatenate()([shared(a), shared(layers.Dense(3)(b)), b])
    model = pymlp.Model([a, b], [layers.Dense(2, name="first")(joined), joined, a, joined])
    message = agrees(model, *arrays((6, 3), (6, 4)))
    assert names(message.graph.input) == ["left", "right"]
    assert len(set(names(message.graph.output))) == 4
    assert names(message.graph.output)[0] == "first"
    weights = {w.name: onnx.numpy_helper.to_array(w) for w in message.graph.initializer}
    assert {v.path for v in model.weights} <= set(weights)
    for variable in model.weights:
        np.testing.assert_array_equal(weights[variable.path], variable.numpy())


def test_dicts_and_models_within():
    x = pymlp.Input((3,), name="x")
    inner = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(4, "tanh"), layers.Dropout(0.5)])
    y = inner(x)
    model = pymlp.Model({"x": x}, {"z": inner(layers.Dense(3)(y)), "y": y})
    message = agrees(model, *arrays((5, 3)))
    assert names(message.graph.output) == ["y", "z"]


def test_a_subclass():
    model = Own()
    a, b = arrays((5, 3), (5, 4))
    expected = model({"a": a, "b": b})
    message = onnx_model(model)
    assert names(message.graph.input) == ["a", "b"]
    assert names(message.graph.output) == ["all", "sum"]
    for found, name in zip(by_runtime(message, a, b), ("all", "sum"), strict=True):
        close(found, expected[name])


def test_after_training_it_is_the_trained_model():
    model = pymlp.Sequential(
        [pymlp.Input((3,)), layers.Dense(8), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    x, y = arrays((40, 3), (40, 1))
    model.fit(x, y, epochs=2, verbose=0)
    agrees(model, x)


# ---- the file -----------------------------------------------------------------------------------------


def small() -> Any:
    return pymlp.Sequential([pymlp.Input((3,), name="x"), layers.Dense(2, name="d")], name="net")


def test_the_file_says_who_wrote_it_and_is_the_same_each_time(tmp_path):
    model = small()
    assert export_onnx(model, tmp_path / "a.onnx") == [tmp_path / "a.onnx"]
    export_onnx(model, tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    message = onnx.load(tmp_path / "a.onnx", load_external_data=False)
    assert (message.producer_name, message.producer_version) == ("pymlp", pymlp.__version__)
    assert (message.ir_version, message.opset_import[0].version) == (8, 17)
    assert message.graph.name == "net"
    assert all(w.HasField("raw_data") for w in message.graph.initializer)


def test_a_failed_export_leaves_the_old_file(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="needs it to be built"):
        export_onnx(pymlp.Sequential([layers.Dense(2)], name="net"), path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


class Noisy(layers.Layer):
    """Draws in prediction, too."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = pymlp.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + pymlp.random.normal((3,), seed=self.seeds)


class Counting(layers.Layer):
    """Remembers in prediction, too."""

    def build(self, input_shape):
        self.count = self.add_weight((), "zeros", trainable=False, name="count")

    def call(self, inputs):
        self.count.assign(self.count + 1.0)
        return inputs * self.count


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: Noisy(name="noisy"), "operation 'random' of Noisy 'noisy' cannot be written as ONNX"),
        (lambda: Counting(name="counting"), "changes its variable 'net/counting/count' when it predicts"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_named_with_its_layer(layer, message):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(3), layer()], name="net")
    with pytest.raises(ValueError, match=message):
        onnx_model(model)


def test_there_is_no_signature(tmp_path):
    with pytest.raises(ValueError, match="leave input_signature out"):
        export_onnx(small(), tmp_path / "m.onnx", input_signature=[(None, 3)])


def test_more_than_an_onnx_file_holds_is_refused(monkeypatch):
    monkeypatch.setattr("pymlp.export.onnx_export._LARGEST", 20)
    with pytest.raises(ValueError, match="32 bytes, an ONNX file holds less than 2 GB"):
        onnx_model(small())
