"""ONNX files that are damaged, ask for too much, or are made to do harm: refused, each with what and where."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx_judges import NO_ONNX
from onnx_texts import MATRIX, file_of, imported

import pymlp
from pymlp import layers
from pymlp.export import export_onnx, import_onnx
from pymlp.export.onnx_reading import read_onnx
from pymlp.export.onnx_wire import check_fields
from pymlp.saving.refusal import FileRefused

onnx = pytest.importorskip("onnx", reason=NO_ONNX)
helper = pytest.importorskip("onnx.helper", reason=NO_ONNX)


def matmul() -> Any:
    return file_of(13, MATRIX, "y = MatMul(x, w)")


def changed(change: Any) -> Any:
    """Return a good file with one thing changed."""

    def make() -> Any:
        message = matmul()
        change(message)
        return message

    return make


def weight(message: Any) -> Any:
    return message.graph.initializer[0]


def raw(message: Any, dims: list[int], data: bytes) -> None:
    tensor = weight(message)
    del tensor.float_data[:]
    del tensor.dims[:]
    tensor.dims.extend(dims)
    tensor.raw_data = data


def beside(message: Any) -> None:
    """CVE-2022-25882, CVE-2024-27318, CVE-2024-5187: weights in a file that the model names, anywhere on the disk."""
    tensor = weight(message)
    del tensor.float_data[:]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "../../../etc/passwd"), ("offset", "0"), ("length", "24")):
        tensor.external_data.add(key=key, value=value)


def named_beside(message: Any) -> None:
    """The location is named, though the flag says that the data is here."""
    weight(message).external_data.add(key="location", value="/etc/passwd")


def branch(message: Any) -> None:
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "inner", [], [])
    message.graph.node.append(
        helper.make_node("If", ["x"], ["z"], then_branch=inner, else_branch=inner)
    )


def local_function(message: Any) -> None:
    node = helper.make_node("Relu", ["a"], ["b"])
    message.functions.append(
        helper.make_function("own", "F", ["a"], ["b"], [node], [helper.make_opsetid("", 13)])
    )


def circle(message: Any) -> None:
    message.graph.node.insert(0, helper.make_node("Add", ["x", "u"], ["v"]))
    message.graph.node.insert(1, helper.make_node("Relu", ["v"], ["u"]))


def attribute(**attributes: Any) -> Any:
    return lambda message: message.graph.node[0].attribute.extend(
        helper.make_attribute(key, value) for key, value in attributes.items()
    )


def dimension(axis: int, **what: Any) -> Any:
    def change(message: Any) -> None:
        dim = message.graph.input[0].type.tensor_type.shape.dim[axis]
        dim.Clear()
        for key, value in what.items():
            setattr(dim, key, value)

    return change


def set_to(path: str, value: Any) -> Any:
    def change(message: Any) -> None:
        *owners, last = path.split(".")
        for owner in owners:
            message = message[int(owner)] if owner.isdigit() else getattr(message, owner)
        setattr(message, last, value)

    return change


def nodes(text: str, constants: str = MATRIX, opset: int = 13) -> Any:
    return lambda: file_of(opset, constants, text)


HOSTILE = {
    # weights that are elsewhere, or are not what is declared
    "weights in another file": (changed(beside), "'w' is in another file"),
    "another file named": (changed(named_beside), "'w' is in another file"),
    "fewer numbers than declared": (changed(lambda m: raw(m, [3, 2], b"\0" * 20)), "is 6 numbers, but there are 5"),
    "half a number": (changed(lambda m: raw(m, [3, 2], b"\0" * 22)), "but there are 5.5"),
    "more numbers than declared": (changed(lambda m: raw(m, [1, 2], b"\0" * 24)), "that is 2 numbers, but there are 6"),
    "a shape that overflows": (
        changed(lambda m: raw(m, [2**33, 2**33, 2**33], b"\0" * 24)), "but there are 6"),
    "a shape that overflows to what is there": (
        changed(lambda m: raw(m, [2**62, 16, 6], b"\0" * 24)), "but there are 6"),
    "a length below zero": (changed(lambda m: raw(m, [-1, -6], b"\0" * 24)), r"of shape \(-1, -6\)"),
    "too many axes": (changed(lambda m: raw(m, [1] * 30, b"\0" * 4)), "of shape"),
    "numbers twice": (changed(lambda m: setattr(weight(m), "raw_data", b"\0" * 24)), r"others in \['float_data'\]"),
    "numbers in a field of another type": (
        changed(lambda m: (weight(m).float_data.pop(), weight(m).double_data.append(1.0))), "but there are 5"),
    "texts": (changed(set_to("graph.initializer.0.data_type", 8)), "is of type string"),
    "half precision": (changed(set_to("graph.initializer.0.data_type", 10)), "is of type float16"),
    "no type": (changed(set_to("graph.initializer.0.data_type", 0)), "is of type 0"),
    "an unknown type": (changed(set_to("graph.initializer.0.data_type", 99)), "is of type 99"),
    "both types": (nodes("z = Add(x, d) y = MatMul(z, w)", MATRIX + ", double d = {1}"), "one type"),
    "segments": (changed(lambda m: m.graph.initializer[0].segment.SetInParent()), "in segments"),
    # names
    "two initializers of a name": (
        changed(lambda m: m.graph.initializer.append(weight(m))), "two initializers are named 'w'"),
    "a node that makes an initializer": (nodes("w = Relu(x) y = Relu(w)"), "makes 'w', which there is already"),
    "a node that makes an input": (nodes("x = Relu(x) y = Relu(x)"), "makes 'x', which there is already"),
    "two nodes that make one": (nodes("z = Relu(x) z = Abs(x) y = Relu(z)"), "makes 'z', which there is already"),
    "one output twice": (nodes("y, y = Split <axis = 2> (x)"), "makes 'y', which there is already"),
    "two outputs of a name": (changed(lambda m: m.graph.output.append(m.graph.output[0])), "have the same name"),
    "two inputs of a name": (changed(lambda m: m.graph.input.append(m.graph.input[0])), "an input makes 'x'"),
    "an input that nothing makes": (nodes("y = Add(x, nothing)"), "takes 'nothing', which nothing before it makes"),
    "a circle": (changed(circle), "takes 'u', which nothing before it makes"),
    "itself": (nodes("y = Add(x, y)"), "takes 'y', which nothing before it makes"),
    "an output that nothing makes": (nodes("z = Relu(x)"), "output 'y' is made by nothing"),
    "a long name": (changed(set_to("graph.node.0.name", "n" * 5000)), "a name of 5000 characters"),
    "a long operator": (changed(set_to("graph.node.0.op_type", "n" * 5000)), "a name of 5000 characters"),
    "no name": (changed(set_to("graph.initializer.0.name", "")), "a name of 0 characters"),
    "no outputs of a node": (changed(lambda m: m.graph.node[0].ClearField("output")), "has no output"),
    # what is more than a network
    "a branch": (changed(branch), "graphs within graphs are not supported"),
    "a function": (changed(local_function), "functions of its own"),
    "an operator of others": (changed(set_to("graph.node.0.domain", "com.evil")), "is MatMul of 'com.evil'"),
    "Python": (changed(set_to("graph.node.0.op_type", "PythonOp")), "this operator is not supported"),
    "a loop": (changed(set_to("graph.node.0.op_type", "Loop")), "this operator is not supported"),
    "training": (changed(lambda m: m.training_info.add()), "information on training"),
    "sparse tensors": (changed(lambda m: m.graph.sparse_initializer.add()), "sparse tensors"),
    "quantised tensors": (changed(lambda m: m.graph.quantization_annotation.add()), "quantised tensors"),
    # operators that are not what they should be
    "an unknown attribute": (changed(attribute(secret=1)), r"its attributes \['secret'\] are not known"),
    "an attribute twice": (
        changed(lambda m: (attribute(a=1)(m), attribute(a=2)(m))), "has two attributes 'a'"),
    "an attribute of another type": (nodes('y = Softmax <axis = "2"> (x)'), "its attribute axis is '2'"),
    "an attribute without a type": (
        changed(lambda m: m.graph.node[0].attribute.add(name="a")), "'a' of node 0"),
    "a reference to an attribute": (
        changed(lambda m: m.graph.node[0].attribute.add(name="a", ref_attr_name="b", type=2)), "that of a function"),
    "a graph as an attribute": (changed(attribute(g=helper.make_graph([], "g", [], []))), "no number"),
    "an old operator set": (changed(set_to("opset_import.0.version", 1)), "operator set 1, those from 7"),
    "a set of the future": (changed(set_to("opset_import.0.version", 10**6)), "operator set 1000000, those"),
    "no operator set": (changed(lambda m: m.ClearField("opset_import")), "declares 0 versions"),
    "two operator sets": (changed(lambda m: m.opset_import.add(domain="ai.onnx", version=9)), "declares 2 versions"),
    "too few inputs": (nodes("y = MatMul(x)"), "input 1 is missing"),
    "three inputs": (nodes("y = Sub(x, x, x)"), "it has 3 inputs"),
    "an input left out": (nodes("y = MatMul(, w)"), "input 0 is missing"),
    "a kernel that does not fit": (nodes("y = MatMul(x, w)", "float[4, 1] w = {1, 2, 3, 4}"), "does not go"),
    "statistics that do not fit": (
        nodes("y = BatchNormalization(x, s, s, s, s)", "float[3] s = {1, 2, 3}"), r"instead of \(2,\)"),
    "batch normalization of training": (
        nodes("y = BatchNormalization <training_mode = 1> (x, s, s, s, s)", "float[2] s = {1, 2}"), "of inference"),
    "dropout of training": (
        nodes("y = Dropout(x, r, t)", "float r = {0.5}, bool t = {1}"), "one of training"),
    "an axis that is not there": (nodes("y = Softmax <axis = 7> (x)"), "axis 7 is none of 3"),
    "a part without elements": (nodes("y = Slice <starts = [5], ends = [9], axes = [1]> (x)", "", 9), "no elements"),
    "a picked element that is not there": (
        nodes("y = Gather <axis = 2> (x, i)", "int64 i = {3}"), "what is not there"),
    "a constant for an output": (nodes("y = Identity(w)"), "does not depend on its inputs"),
    "two lengths to find": (nodes("y = Reshape(x, s)", "int64[2] s = {-1, -1}"), "does not say what samples become"),
    "an axis added twice": (nodes("y = Unsqueeze(x, a)", "int64[2] a = {-1, 4}"), "name one twice"),
    "unequal parts": (nodes("y, z = Split <axis = 2> (x)"), "do not make 2 equal parts"),
    # samples
    "a sum over samples": (nodes("y = ReduceSum <axes = [0]> (x)", "", 11), "that of the samples"),
    "samples moved": (nodes("y = Transpose(x)"), "moves the samples"),
    "samples taken apart": (nodes("y = Reshape(x, s)", "int64[2] s = {-1, 3}"), "do not become such"),
    "samples in the midst": (nodes("n = Shape(x) y = Reshape(x, r)", "int64[3] r = {2, -1, 3}"), "makes 2 samples"),
    "some samples": (nodes("y = Slice <starts = [1], ends = [2], axes = [0]> (x)", "", 9), "that of the samples"),
    "constants of each sample": (
        nodes("y = Add(x, c)", "float[2, 1, 3] c = {1, 2, 3, 4, 5, 6}"), "differs from sample to sample"),
    # shapes of inputs
    "a free axis": (changed(dimension(1, dim_param="M")), "axis 1 of its input 'x' is of no fixed length"),
    "an axis below zero": (changed(dimension(1, dim_value=-5)), r"'x' is of shape \[None, -5, 3\]"),
    "an axis of 2**40": (changed(dimension(1, dim_value=2**40)), "is of shape"),
    "axes that multiply to too much": (
        changed(lambda m: (dimension(1, dim_value=2**20)(m), dimension(2, dim_value=2**20)(m))), "no memory holds"),
    "no shape": (changed(lambda m: m.graph.input[0].type.tensor_type.ClearField("shape")), "has no shape"),
    "a sequence": (changed(lambda m: m.graph.input[0].type.sequence_type.SetInParent()), "is no tensor"),
    "inputs of texts": (changed(set_to("graph.input.0.type.tensor_type.elem_type", 8)), "is of type string"),
    "no inputs": (lambda: file_of(13, MATRIX, "y = Relu(w)", ""), "it has 0 inputs"),
    "no graph": (changed(lambda m: m.ClearField("graph")), "it has 0 inputs"),
    # small files that would make much
    "a constant of 10**18 numbers": (
        nodes("c = ConstantOfShape(s) y = Add(x, c)", "int64[2] s = {1000000000, 1000000000}"), "makes a constant of"),
    "an expanded constant": (
        nodes("c = Expand(v, s) y = Add(x, c)", "float v = {1}, int64[2] s = {100000, 100000}"), "makes a constant of"),
    "constants multiplied": (
        nodes("c = Mul(a, b) y = Add(x, c)",
              f"float[2000, 1] a = {{{', '.join(['1'] * 2000)}}}, float[1, 2000] b = {{{', '.join(['1'] * 2000)}}}"),
        "makes a constant of 4000000 numbers"),
    "constants that grow step by step": (
        nodes("a = Concat <axis = 0> (v, v) " + " ".join(
            f"{b} = Concat <axis = 0> ({', '.join([a] * 30)})" for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ) + " y = Add(x, h)", "float[1] v = {1}"), "makes a constant of"),
    "large samples": (nodes("y = Tile(x, r)", "int64[3] r = {1, 1000000, 1000000}"), "numbers a sample"),
    "large padding": (nodes("y = Pad(x, p, v)", "int64[6] p = {0, 0, 0, 0, 9000000, 9000000}, float v = {1}"), "large"),
    "padding below zero": (nodes("y = Pad(x, p)", "int64[6] p = {0, -1, 0, 0, 0, 0}"), "do not go with axes"),
    "picking again and again": (
        nodes("c = Concat <axis = 0> (i, i, i, i, i, i, i, i) " + " ".join(
            f"{b} = Gather(w, {a}) " for a, b in zip("cd", "de", strict=True)) + " y = Add(x, e)",
            MATRIX + ", int64[2] i = {0, 1}"), "whole numbers"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files(what, tmp_path):
    make, message = HOSTILE[what]
    with pytest.raises(FileRefused, match=message) as caught:
        imported(make(), tmp_path)
    assert str(tmp_path / "m.onnx") in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_weights_beside_the_file_are_never_opened(tmp_path, monkeypatch):
    """Even where they are there."""
    opened: list[str] = []
    (tmp_path / "weights.bin").write_bytes(b"\0" * 24)
    message = matmul()
    beside(message)
    weight(message).external_data[0].value = "weights.bin"
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda p: opened.append(p.name) or read_bytes(p))
    with pytest.raises(FileRefused, match="in another file"):
        imported(message, tmp_path)
    assert opened == ["m.onnx"]


@pytest.mark.parametrize(
    "data",
    [b"", b"text, no model at all", b"PK\x03\x04" + b"\0" * 60, b"\x89HDF\r\n\x1a\n" + b"\0" * 99, b"\xff" * 200],
)  # fmt: skip
def test_other_files(data, tmp_path):
    with pytest.raises(FileRefused, match="m\\.onnx is not"):
        imported(data, tmp_path)


def test_a_missing_file():
    with pytest.raises(FileNotFoundError):
        import_onnx("nowhere/m.onnx")


def test_every_shorter_file_is_refused(tmp_path):
    data = matmul().SerializeToString()
    for length in range(0, len(data), 3):
        with pytest.raises(FileRefused):
            imported(data[:length], tmp_path)


# ---- much of little -------------------------------------------------------------------------------------


def test_a_million_empty_nodes_are_counted_before_they_are_made(tmp_path):
    resource = pytest.importorskip("resource", reason="memory is not measured on Windows")
    graph = b"\x0a\x00" * 1_500_000
    length = len(graph)
    varint = bytes(
        [length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21]
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileRefused, match="more than 1000000 fields"):
        imported(b"\x3a" + varint + graph, tmp_path)
    # In kilobytes: what was read, not what parsing would have made of it.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_messages_that_nest_too_deep(tmp_path):
    data = b""
    for _ in range(120):  # a graph in an attribute of a node of a graph
        for tag in (0x32, 0x2A, 0x0A):
            data = bytes([tag]) + length_of(data) + data
    with pytest.raises(FileRefused, match="nest too deep"):
        imported(b"\x3a" + length_of(data) + data, tmp_path)


def length_of(data: bytes) -> bytes:
    length, found = len(data), b""
    while length > 127:
        found += bytes([length & 127 | 128])
        length >>= 7
    return found + bytes([length])


def test_more_nodes_than_a_network_has(tmp_path):
    message = matmul()
    message.graph.node.extend(helper.make_node("Relu", ["x"], [f"z{i}"]) for i in range(20_001))
    with pytest.raises(FileRefused, match="it has 20002 nodes, more than 20000"):
        imported(message, tmp_path)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (("Concat", ["x"] * 100_001, ["z"]), "100003 inputs of nodes, more than 100000"),
        (
            ("Split", ["x"], [f"z{i}" for i in range(20_000)]),
            "20001 outputs of nodes, more than 20000",
        ),
    ],
)
def test_more_values_than_a_network_has(node, message, tmp_path):
    good = matmul()
    good.graph.node.append(helper.make_node(*node))
    with pytest.raises(FileRefused, match=message):
        imported(good, tmp_path)


def test_a_file_beyond_what_protobuf_holds_is_not_read(tmp_path):
    path = tmp_path / "m.onnx"
    with open(path, "wb") as stream:
        stream.truncate(2**31)  # of nothing: it takes no place
    with pytest.raises(FileRefused, match="an ONNX file less than 2 GB"):
        import_onnx(path)


def test_deep_networks_are_read(tmp_path):
    text = " ".join(f"z{i + 1} = Abs(z{i})" for i in range(1500))
    model = imported(file_of(13, "", f"z0 = Abs(x) {text} y = Neg(z1500)"), tmp_path)
    np.testing.assert_array_equal(
        model.predict(np.full((1, 2, 3), -2.0), verbose=0), np.full((1, 2, 3), -2.0)
    )


@given(data=st.binary(max_size=300))
def test_any_bytes(data):
    """Of any bytes the fields are counted, or they are refused."""
    try:
        check_fields(data, "x")
    except FileRefused:
        return


# ---- valid files, changed at random ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def valid(tmp_path_factory) -> bytes:
    a, b = pymlp.Input((2, 3), name="a"), pymlp.Input((4,), name="b")
    x = layers.Add()([layers.Dense(4, "relu")(layers.Flatten()(a)), b])
    x = layers.LayerNormalization()(layers.BatchNormalization()(x))
    x = layers.Concatenate()(
        [layers.Reshape((2, 2))(x), layers.Permute((2, 1))(layers.Reshape((2, 2))(b))]
    )
    x = layers.Lambda(
        lambda x: pymlp.ops.sum(pymlp.ops.pad(x[:, ::-1], ((0, 0), (1, 0), (0, 0))), 1)
    )(x)
    model = pymlp.Model(
        [a, b], [layers.Dense(2, "softmax")(x), layers.Rescaling([1.0, 2.0, 3.0, 4.0])(b)]
    )
    path = tmp_path_factory.mktemp("valid") / "m.onnx"
    export_onnx(model, path)
    return path.read_bytes()


def mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 10])):
        at = rng.randrange(len(changed))
        match rng.randrange(5):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                changed[at] = rng.choice([0, 1, 127, 128, 255])
            case 2:
                del changed[at : at + rng.randrange(1, 20)]
            case 3:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
            case _:
                start = rng.randrange(len(changed))
                changed[at:at] = changed[start : start + rng.randrange(1, 60)]
    return bytes(changed)


def test_a_valid_file_changed_at_random_is_refused_or_a_model(valid, tmp_path):
    rng = random.Random(20)
    read = 0
    for _ in range(400):
        data = mutated(valid, rng)
        try:
            model = imported(data, tmp_path)
        except FileRefused:
            continue
        read += 1
        x = [np.ones((2, *tensor.shape[1:]), "float32") for tensor in model.inputs]
        assert len(model.outputs) == len(pymlp.nesting.flatten(model.predict(x, verbose=0)))
    assert read  # a weight's digit, a name: the file is another, and good


def test_what_was_read_does_not_depend_on_the_file(valid, tmp_path):
    """The file may be written over: nothing of it is mapped."""
    path = tmp_path / "m.onnx"
    path.write_bytes(valid)
    file = read_onnx(path)
    before = {name: array.copy() for name, array in file.initializers.items()}
    path.write_bytes(b"\0" * len(valid))
    for name, array in before.items():
        np.testing.assert_array_equal(file.initializers[name], array)
