"""ONNX files become models: those of pymlp itself, of PyTorch, and of single operators by several operator sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import make_onnx_files
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers.test_every_layer import CASES, label
from onnx_cases import FUNCTIONS, Own, arrays, model_of, models_with, with_random_weights
from onnx_judges import NO_ONNX, by_runtime, close
from onnx_texts import MATRIX, file_of, imported

import pymlp
from pymlp import layers, saving
from pymlp.export import export_onnx, import_onnx
from pymlp.export.onnx_export import onnx_model
from pymlp.export.onnx_operation import OnnxOperation
from pymlp.saving.refusal import FileRefused

onnx = pytest.importorskip("onnx", reason=NO_ONNX)

FOLDER = Path(__file__).with_name("onnx_files")


def predicted(model: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    return pymlp.nesting.flatten(
        model.predict(list(arrays) if len(arrays) > 1 else arrays[0], verbose=0)
    )


def read_back(model: Any, folder: Path) -> Any:
    export_onnx(model, folder / "m.onnx")
    return import_onnx(folder / "m.onnx")


def kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers if type(layer).__name__ != "InputLayer"]


# ---- there and back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_layer_comes_back(case, dtype, tmp_path):
    for model, x in models_with(case, dtype):
        (found,), (expected,) = predicted(read_back(model, tmp_path), *x), predicted(model, *x)
        tolerance = 16 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


# They mix the samples of a batch, which a model that is read does not.
MIXING = {
    "broadcast", "sum_rows", "sum_all", "batch_size", "combine_rows", "column_mean", "column_variance",
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_operation_comes_back(name, dtype, tmp_path):
    model = model_of(FUNCTIONS[name], (2, 3), dtype)
    x = np.random.default_rng(3).normal(size=(5, 2, 3)).astype(dtype)
    if name in MIXING:
        with pytest.raises(FileRefused, match="that of the samples"):
            read_back(model, tmp_path)
        return
    (found,), (expected,) = predicted(read_back(model, tmp_path), x), predicted(model, x)
    tolerance = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_a_perceptron_comes_back_to_the_bit_with_its_layers(tmp_path):
    model = with_random_weights(
        pymlp.Sequential(
            [
                pymlp.Input((3, 4), name="pictures"),
                layers.Flatten(),
                layers.Dense(9, "relu", name="first"),
                layers.BatchNormalization(name="norm"),
                layers.Dense(7, "gelu", name="second"),
                layers.LayerNormalization(),
                layers.Dense(6, name="plain"),
                layers.LeakyReLU(negative_slope=0.3),
                layers.Dense(5, "softmax", use_bias=False, name="last"),
            ],
            name="net",
        )
    )
    again = read_back(model, tmp_path)
    x = arrays((8, 3, 4))[0]
    np.testing.assert_array_equal(again(x), model(x))
    assert again.name == "net"
    assert again.input_names == ["pictures"]
    dense = [layer for layer in again.layers if isinstance(layer, layers.Dense)]
    assert [layer.name for layer in dense] == ["first", "second", "plain", "last"]
    assert dense[0].activation is pymlp.activations.relu
    assert dense[3].activation is pymlp.activations.softmax
    assert again.get_layer("norm").epsilon == 1e-3
    assert kinds(again)[:3] == ["Flatten", "Dense", "BatchNormalization"]


@given(
    widths=st.lists(st.integers(1, 20), min_size=2, max_size=4),
    inner=st.lists(st.integers(1, 3), max_size=2),
    activation=st.sampled_from(["relu", "tanh", "elu", "softmax", "sigmoid", "softplus", None]),
    use_bias=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
    rows=st.sampled_from([1, 3, 65]),
)
def test_perceptrons_come_back(tmp_path_factory, widths, inner, activation, use_bias, dtype, rows):
    first, *others = widths
    stack = [
        layers.Dense(n, activation, use_bias, bias_initializer="random_normal", dtype=dtype)
        for n in others
    ]
    model = pymlp.Sequential([pymlp.Input((*inner, first), dtype=dtype), *stack])
    again = read_back(model, tmp_path_factory.getbasetemp())
    x = np.random.default_rng(rows).normal(size=(rows, *inner, first)).astype(dtype)
    tolerance = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(again(x), model(x), rtol=tolerance, atol=tolerance)
    assert again.dtype == dtype


def test_several_inputs_and_outputs_and_a_shared_layer(tmp_path):
    a, b = pymlp.Input((3,), name="left"), pymlp.Input((3,), name="right")
    shared = layers.Dense(5, "relu", name="shared")
    joined = layers.Concatenate()([shared(a), shared(b)])
    model = pymlp.Model([a, b], [layers.Dense(2, "tanh")(joined), joined, a, joined])
    again = read_back(model, tmp_path)
    x = arrays((6, 3), (6, 3))
    for found, expected in zip(predicted(again, *x), predicted(model, *x), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert again.count_params() == model.count_params()
    assert len(again.get_layer("shared")._inbound_nodes) == 2


def test_a_subclass_comes_back_as_a_functional_model(tmp_path):
    model = Own()
    a, b = arrays((5, 3), (5, 4))
    expected = model({"a": a, "b": b})
    found = predicted(read_back(model, tmp_path), a, b)
    close(found[0], expected["all"])
    close(found[1], expected["sum"])


def test_it_is_trained_further_saved_and_exported_again(tmp_path):
    pymlp.utils.set_random_seed(0)
    model = pymlp.Sequential(
        [
            pymlp.Input((3,)),
            layers.Rescaling([1.0, 2.0, 0.5]),
            layers.Dense(8, "relu"),
            layers.BatchNormalization(),
            layers.Lambda(lambda x: pymlp.ops.concatenate([x[:, ::2], pymlp.ops.abs(x)], -1)),
            layers.Dense(1),
        ]
    )
    again = read_back(model, tmp_path)
    x = arrays((64, 3))[0]
    y = x.sum(1, keepdims=True)
    again.compile(pymlp.optimizers.Adam(0.02), "mse")
    history = again.fit(x, y, epochs=30, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]
    scale = next(layer for layer in again.layers if isinstance(layer, OnnxOperation))
    assert (scale.constants[0].numpy() != [1.0, 2.0, 0.5]).any()
    again.save(tmp_path / "m.keras")
    loaded = saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), again.predict(x, verbose=0))
    third = read_back(again, tmp_path)
    np.testing.assert_array_equal(third.predict(x, verbose=0), again.predict(x, verbose=0))


# ---- PyTorch ------------------------------------------------------------------------------------------


def compared_with_torch(folder: Path, name: str) -> Any:
    model = import_onnx(folder / f"{name}.onnx")
    numbers = np.load(folder / f"{name}.npz")
    inputs = [numbers[key] for key in numbers.files if key.startswith("input")]
    outputs = [numbers[key] for key in numbers.files if key.startswith("output")]
    for found, expected in zip(predicted(model, *inputs), outputs, strict=True):
        close(found, expected)
    return model


@pytest.mark.parametrize("name", ["perceptron", "branches", "indices"])
def test_files_of_pytorch(name):
    model = compared_with_torch(FOLDER, name)
    if name == "perceptron":
        assert kinds(model)[:7] == [
            "Flatten", "Dense", "BatchNormalization", "Dense", "PReLU", "LayerNormalization", "Dense",
        ]  # fmt: skip
    if name == "branches":
        assert len(model.get_layer("shared")._inbound_nodes) == 2
    if name == "indices":
        assert kinds(model) == ["Embedding", "Flatten", "Dense"]


@pytest.mark.parametrize("opset", [11, 13, 18])
def test_pytorch_as_it_is(opset, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    make_onnx_files.write(tmp_path, opset)
    for name in ("perceptron", "branches", "indices"):
        compared_with_torch(tmp_path, name)


# ---- single operators, by several operator sets ---------------------------------------------------------

# Operator set, constants, and nodes from x of shape (N, 2, 3), or from what the first node makes of it, to y.
OPERATORS = [
    (7, "", "y = Dropout <ratio = 0.4> (x)"),
    (12, "float r = {0.4}, bool t = {0}", "y = Dropout(x, r, t)"),
    (10, "", "y = Clip <min = -0.5, max = 0.25> (x)"),
    (11, "float low = {-0.5}", "y = Clip(x, low)"),
    (13, "float low = {0}, float high = {6}", "y = Clip(x, low, high)"),
    (17, "float high = {0.5}", "y = Clip(x, , high)"),
    (11, "", "y = Softmax <axis = 2> (x)"),
    (13, "", "y = Softmax <axis = 1> (x)"),
    (13, "", "y = LogSoftmax <axis = 1> (x)"),
    (13, "", "y = LogSoftmax(x)"),
    (11, "", "y = ReduceSum <axes = [1], keepdims = 0> (x)"),
    (13, "int64[2] a = {-1, 1}", "y = ReduceSum(x, a)"),
    (13, "", "y = ReduceMean <axes = [2]> (x)"),
    (18, "int64[1] a = {2}", "y = ReduceMax <keepdims = 0> (x, a)"),
    (13, "", "y = ReduceL1 <axes = [1]> (x)"),
    (13, "", "y = ReduceL2 <axes = [1, 2]> (x)"),
    (13, "", "y = ReduceSumSquare <axes = [-1]> (x)"),
    (13, "", "y = ReduceLogSumExp <axes = [-1]> (x)"),
    (13, "", "y = ReduceMin <axes = [-1]> (x)"),
    (13, "", "y = ReduceProd <axes = [-1]> (x)"),
    (11, "", "z = Unsqueeze <axes = [1, -1]> (x) y = Squeeze <axes = [1, 4]> (z)"),
    (13, "int64[2] a = {1, -1}", "z = Unsqueeze(x, a) y = Squeeze(z, a)"),
    (13, "int64[1] a = {1}", "z = Unsqueeze(x, a) y = Squeeze(z)"),
    (9, "", "y = Slice <starts = [0, 1], ends = [1, 3], axes = [1, 2]> (x)"),
    (13, "int64[1] s = {-1}, int64[1] e = {-9223372036854775808}, int64[1] a = {2}, int64[1] t = {-2}",
     "y = Slice(x, s, e, a, t)"),
    (13, "int64[1] s = {-9}, int64[1] e = {-9}, int64[1] a = {2}, int64[1] t = {-1}", "y = Slice(x, s, e, a, t)"),
    (13, "int64[1] s = {9}, int64[1] e = {-9}, int64[1] a = {-1}, int64[1] t = {-1}", "y = Slice(x, s, e, a, t)"),
    (13, "int64[2] s = {0, 1}, int64[2] e = {9223372036854775807, 9223372036854775807}", "y = Slice(x, s, e)"),
    (10, "", "y = Pad <pads = [0, 1, 0, 0, 0, 2], value = 0.5> (x)"),
    (13, "int64[6] p = {0, 1, 0, 0, 0, 2}, float v = {-1}", "y = Pad(x, p, v)"),
    (18, "int64[2] p = {1, 2}, int64[1] a = {-1}", "y = Pad(x, p, , a)"),
    (11, "", "y, z = Split <axis = 2, split = [1, 2]> (x)"),
    (13, "int64[2] s = {2, 1}", "z, y = Split <axis = 2> (x, s)"),
    (18, "", "y, z = Split <axis = 2, num_outputs = 2> (x)"),
    (13, "", "y, z = Split <axis = 1> (x)"),
    (13, "int64[3] s = {0, -1, 1}", "y = Reshape(x, s)"),
    (13, "int64[2] s = {-1, 6}", "y = Reshape(x, s)"),
    (13, "int64[1] s = {-1}, int64[1] a = {1}, int64[1] m = {-1}",
     "n = Shape(x) h = Slice(n, a0, a) c = Concat <axis = 0> (h, m) y = Reshape(x, c)"),
    (15, "int64[2] r = {3, -1}", "n = Shape <start = 0, end = 1> (x) c = Concat <axis = 0> (n, r) y = Reshape(x, c)"),
    (13, "int64 zero = {0}, int64[1] m = {-1}, int64[1] a = {0}",
     "n = Shape(x) g = Gather(n, zero) u = Unsqueeze(g, a) c = Concat <axis = 0> (u, m) y = Reshape(x, c)"),
    (13, "", "y = Flatten(x)"),
    (13, "", "y = Transpose <perm = [0, 2, 1]> (x)"),
    (13, "int64[3] s = {1, 2, 1}, int64[3] t = {1, 2, 3}", "z = Tile(x, t) y = Tile(z, s)"),
    (13, "int64[1] a = {1}, int64[4] s = {1, 5, 1, 3}", "z = Unsqueeze(x, a) y = Expand(z, s)"),
    (13, "int64[1] k = {2}", "y, z = TopK <axis = 2> (x, k)"),
    (13, "int64[1] k = {1}", "z, i = TopK <axis = 1, largest = 0> (x, k) y = Cast <to = 1> (i)"),
    (13, "", "i = ArgMax <axis = 2, keepdims = 0> (x) y = Cast <to = 1> (i)"),
    (13, "", "i = ArgMin <axis = -1> (x) y = Cast <to = 1> (i)"),
    (14, "int64 a = {2}", "y = CumSum <reverse = 1> (x, a)"),
    (13, "int64[3] i = {2, 0, -1}", "y = Gather <axis = 2> (x, i)"),
    (13, "int64 i = {1}", "y = Gather <axis = 1> (x, i)"),
    (13, "", "i = ArgMax <axis = 2> (x) y = GatherElements <axis = 2> (x, i)"),
    (13, MATRIX, "y = MatMul(x, w)"),
    (13, MATRIX + ", float[2] b = {1, 2}", "z = MatMul(x, w) y = Add(b, z)"),
    (13, MATRIX + ", float[1, 2] b = {1, 2}", "z = MatMul(x, w) u = Add(z, b) y = Elu(u)"),
    (13, MATRIX + ", float[2, 2] b = {1, 2, 3, 4}", "z = MatMul(x, w) y = Add(z, b)"),
    (13, "", "t = Transpose <perm = [0, 2, 1]> (x) y = MatMul(x, t)"),
    (13, "float[2, 6] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, float[1, 2] b = {1, -1}",
     "f = Flatten(x) y = Gemm <alpha = 0.5, beta = 2.0, transB = 1> (f, w, b)"),
    (13, "float[6, 2] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, float b = {3}",
     "f = Flatten(x) z = Gemm(f, w, b) y = LeakyRelu <alpha = 0.3> (z)"),
    (9, "float[2] s = {1, 2}, float[2] b = {0, 1}, float[2] m = {1, 2}, float[2] v = {4, 9}",
     "y = BatchNormalization <epsilon = 0.01> (x, s, b, m, v)"),
    (17, "float[2, 3] s = {1, 2, 3, 4, 5, 6}", "y = LayerNormalization <axis = 1, epsilon = 0.1> (x, s)"),
    (17, "float[3] s = {1, 2, 3}, float[3] b = {1, 0, 1}", "y = LayerNormalization(x, s, b)"),
    (23, "float[3] s = {1, 2, 3}", "y = RMSNormalization <epsilon = 0.1> (x, s)"),
    (13, "", "y = LpNormalization <axis = 1, p = 1> (x)"),
    (13, "float[3] s = {0.1, 0.2, 0.3}", "y = PRelu(x, s)"),
    (13, "float[1] s = {0.1}", "y = PRelu(x, s)"),
    (13, "float[2, 1] s = {0.1, 0.2}", "y = PRelu(x, s)"),
    (13, "", "y = Selu(x)"),
    (13, "", "y = Selu <alpha = 1.5, gamma = 1.2> (x)"),
    (13, "", "y = Celu <alpha = 0.7> (x)"),
    (13, "", "y = Elu <alpha = 0.7> (x)"),
    (13, "", "y = LeakyRelu(x)"),
    (13, "", "y = HardSigmoid(x)"),
    (14, "", "y = HardSwish(x)"),
    (13, "", "y = ThresholdedRelu <alpha = 0.4> (x)"),
    (13, "", "y = Softsign(x)"),
    (18, "", "y = Mish(x)"),
    (20, "", "y = Gelu(x)"),
    (20, "", 'y = Gelu <approximate = "tanh"> (x)'),
    (13, "", "a = Tan(x) b = Sinh(a) c = Cosh(b) y = Reciprocal(c)"),
    (13, "float[3] c = {1, 2, 3}", "a = Sum(x, c, x) b = Mean(a, x, c) y = Max(b, x, c)"),
    (13, "", "a = Sum(x, x, x) b = Mean(a, x) c = Min(b) y = Max(c, x)"),
    (13, "float c = {2}", "a = Exp(x) b = Pow(a, c) y = Div(b, a)"),
    (13, "float c = {0}",
     "a = Greater(x, c) b = Less(x, x) d = Or(a, b) e = Not(d) f = Xor(e, a) y = Cast <to = 1> (f)"),
    (13, "float[3] c = {0, 1, 2}", "a = GreaterOrEqual(x, c) b = And(a, a) y = Where(b, x, c)"),
    (13, "bool[3] m = {1, 0, 1}, float c = {5}", "y = Where(m, x, c)"),
    (13, "", "a = IsNaN(x) b = IsInf(x) c = Or(a, b) y = Cast <to = 1> (c)"),
    (13, "", "i = Cast <to = 7> (x) j = Add(i, i) y = Cast <to = 1> (j)"),
    (13, "", "b = Cast <to = 9> (x) y = Cast <to = 1> (b)"),
    (13, "float[3] c = {1, 4, 9}, float e = {0.5}", "a = Sqrt(c) b = Add(a, e) d = Relu(b) y = Mul(x, d)"),
    (13, "", "c = Constant <value = float[3] {1, 2, 3}> () y = Sub(c, x)"),
    (13, "", "c = Constant <value_float = 2.5> () y = Mul(x, c)"),
    (13, "int64[2] s = {2, 3}", "c = ConstantOfShape <value = float[1] {3}> (s) y = Mul(x, c)"),
    (13, "int64[2] s = {2, 3}, float[2, 1] c = {1, 2}", "e = Expand(c, s) y = Mul(x, e)"),
    (13, "float[3, 2] c = {1, 2, 3, 4, 5, 6}", "t = Transpose(c) i = Identity(t) y = Add(x, i)"),
    (13, "", "n = Shape(x) y = Identity(x)"),
    (13, "", "y = Concat <axis = -1> (x, x, x)"),
    # as scikit-learn's perceptrons are written by skl2onnx
    (17, "float[6, 2] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, float[1, 2] b = {1, 2}, int64[2] s = {-1, 2}",
     "f = Flatten(x) c = Cast <to = 1> (f) m = MatMul(c, w) a = Add(m, b) r = Relu(a) y = Reshape(r, s)"),
    (13, "", "y = Concat <axis = 1> (x)"),
]  # fmt: skip


@pytest.mark.parametrize(("opset", "constants", "nodes"), OPERATORS)
def test_operators(opset, constants, nodes, tmp_path):
    message = file_of(opset, constants, nodes)
    x = np.random.default_rng(opset).normal(size=(4, 2, 3)).astype("float32")
    model = imported(message, tmp_path)
    (found,) = predicted(model, x)
    (expected,) = by_runtime(message, x, check=False)
    close(found, expected)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(
        saving.load_model(tmp_path / "m.keras").predict(x, verbose=0), found
    )


def test_every_operator_of_the_table_is_tried():
    from pymlp.export.onnx_nodes import NODES

    tried = {kind for _, _, nodes in OPERATORS for kind in re.findall(r"= (\w+) ?[(<]", nodes)}
    ours = {
        node.op_type
        for function in FUNCTIONS.values()
        for node in onnx_model(model_of(function, (2, 3), "float32")).graph.node
    }
    assert set(NODES) <= tried | ours


def test_a_fixed_number_of_samples_is_any(tmp_path):
    message = file_of(
        13, "int64[2] s = {1, 6}, int64[4] t = {1, 2, 3, 1}, int64[4] e = {1, 2, 3, 4}",
        "a = Reshape(x, t) b = Expand(a, e) f = Flatten(b) g = Softmax(f) y = Identity(g)",
        "float[1, 2, 3] x",
    )  # fmt: skip
    model = imported(message, tmp_path)
    assert model.input_shape == (None, 2, 3)
    assert predicted(model, np.ones((5, 2, 3), "float32"))[0].shape == (5, 24)


def test_inputs_with_slashes_in_their_names(tmp_path):
    """As other programs have them: a layer's name has none, and no two are the same."""
    message = file_of(13, "", "y = Add(x, z)", "float[N, 2] x, float[N, 2] z")
    for graph_input, name in zip(message.graph.input, ("a/b", "a_b"), strict=True):
        graph_input.name = name
    message.graph.node[0].input[:] = ["a/b", "a_b"]
    model = imported(message, tmp_path)
    assert [layer.name for layer in model.layers[:2]] == ["a_b", "a_b_1"]
    x = np.ones((1, 2), "float32")
    np.testing.assert_array_equal(predicted(model, x, 2 * x)[0], 3 * x)


def test_initializers_may_be_inputs_too(tmp_path):
    message = file_of(13, MATRIX, "y = MatMul(x, w)")
    message.graph.input.append(
        onnx.helper.make_tensor_value_info("w", onnx.TensorProto.FLOAT, [3, 2])
    )
    assert kinds(imported(message, tmp_path)) == ["Dense"]


def test_numbers_may_be_in_fields_of_their_own(tmp_path):
    message = file_of(13, MATRIX, "y = MatMul(x, w)")
    assert len(message.graph.initializer[0].float_data) == 6
    model = imported(message, tmp_path)
    np.testing.assert_array_equal(
        model.get_weights()[0], np.array([[1, -2], [3, 4], [0.5, -1]], "float32")
    )


def test_nodes_that_nobody_reads_are_left_out(tmp_path):
    model = imported(file_of(13, MATRIX, "z = MatMul(x, w) y = Relu(x)"), tmp_path)
    assert kinds(model) == ["ReLU"]


def test_different_constants_are_different_weights(tmp_path):
    message = file_of(13, "float[3] a = {1, 2, 3}, float[3] b = {4, 5, 6}", "y = Sum(x, a, b, a)")
    x = np.zeros((1, 2, 3), "float32")
    close(predicted(imported(message, tmp_path), x)[0], x + np.array([6, 9, 12], "float32"))


# ---- the layer for the rest -----------------------------------------------------------------------------


def test_the_layer_for_operators():
    layer = OnnxOperation("Where", [None, {"shape": [3], "trainable": True}, 2.0], name="w")
    x = np.array([[0.0, 1.0, 0.0]], "float32")
    np.testing.assert_array_equal(layer(x), [[2.0, 0.0, 2.0]])
    assert len(layer.trainable_variables) == 1
    again = OnnxOperation.from_config(layer.get_config())
    np.testing.assert_array_equal(again(x), layer(x))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("System",), "operation 'System' is none of"),
        (("Add", [None]), "does not go with operands"),
        (("Abs", [None], {"x": 1}), "does not go with operands"),
        (("Add", [None, "code"]), "an operand is None, a number, or a dict"),
        (("Add", [None, {"shape": [-1], "trainable": True}]), "an operand is None, a number"),
        (("Add", [None, {"shape": [2**20, 2**20], "trainable": True}]), "an operand is None, a number"),
    ],
)  # fmt: skip
def test_the_layer_takes_nothing_else(arguments, message):
    with pytest.raises(ValueError, match=message):
        OnnxOperation(*arguments)
