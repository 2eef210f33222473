"""Exported models of every kind, and what cannot be exported."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from compiled import SANITIZED, WARNINGS, assert_agrees, compile_c, self_test
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pymlp
from pymlp import layers, ops
from pymlp.export import ExportError, export_model
from pymlp.export.c_text import as_comment


def export(model, folder, **options):
    source = folder / "net.c"
    model.export(source, verbose=False, **{"prefix": "net", "vectors": 3, **options})
    return source


def randomized(model, seed=0):
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if variable.dtype == model.dtype:
            variable.assign(rng.normal(size=variable.shape) / max(variable.shape, default=1) ** 0.5)
    return model


def samples(model, rows=20, seed=1):
    rng = np.random.default_rng(seed)
    shapes = [t.shape for t in model.inputs] or [model.input_shape]
    return [rng.normal(size=(rows, *shape[1:])).astype(model.dtype) for shape in shapes]


class Gated(layers.Layer):
    """A custom layer with weights of its own."""

    def build(self, input_shape):
        self.gate = self.add_weight((input_shape[-1],), initializer="ones", name="gate")

    def call(self, inputs):
        return inputs * ops.sigmoid(inputs * self.gate) + ops.mean(inputs, -1, keepdims=True)


class Branches(pymlp.Model):
    """A subclassed model with a dict of outputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.left, self.right = layers.Dense(3, dtype=self.dtype), layers.Dense(3, dtype=self.dtype)

    def call(self, inputs):
        left, right = self.left(inputs["b"]), self.right(inputs["a"])
        return {"sum": left + right, "class": ops.argmax(left, -1)}


def mlp(dtype):
    return pymlp.Sequential(
        [
            pymlp.Input((28, 28), dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(30, activation="relu", dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.Dropout(0.5, dtype=dtype),
            Gated(dtype=dtype),
            layers.Dense(10, activation="softmax", dtype=dtype),
        ]
    )


def wide_and_deep(dtype):
    wide, deep = pymlp.Input((5,), dtype=dtype), pymlp.Input((7,), dtype=dtype, name="deep")
    unused = pymlp.Input((2,), dtype=dtype)
    shared = layers.Dense(6, activation="gelu", dtype=dtype)
    x = layers.Dense(7, activation="selu", dtype=dtype)(deep)
    x = layers.Add(dtype=dtype)([x, deep])
    x = shared(layers.LayerNormalization(dtype=dtype)(x))
    main = layers.Concatenate(dtype=dtype)([wide, x])
    nested = pymlp.Sequential([pymlp.Input((11,), dtype=dtype), layers.Dense(2, dtype=dtype)])
    return pymlp.Model([wide, deep, unused], [nested(main), x, deep, layers.ReLU(dtype=dtype)(x)])


def subclassed(dtype):
    model = Branches(dtype=dtype)
    model({"a": np.zeros((2, 4), dtype), "b": np.zeros((2, 5), dtype)})
    return model


def test_a_sequence(dtype, tmp_path):
    model = randomized(mlp(dtype))
    source = export(model, tmp_path)
    for cc, *flags in (("gcc", "-O3"), ("clang", "-O3"), ("gcc", *SANITIZED)):
        program = compile_c(source, *flags, cc=cc)
        self_test(program)
        assert_agrees(program, model, *samples(model))
    assert "float64" not in source.read_text() or dtype == "float64"
    assert ("double" in source.with_suffix(".h").read_text()) == (dtype == "float64")


def test_several_inputs_and_outputs(dtype, tmp_path):
    model = randomized(wide_and_deep(dtype))
    program = compile_c(export(model, tmp_path), *SANITIZED)
    self_test(program)
    assert_agrees(program, model, *samples(model), names="abcd")
    header = (tmp_path / "net.h").read_text()
    real = "float" if dtype == "float32" else "double"
    for size in (
        "IN0_SIZE 5",
        "IN1_SIZE 7 /* deep: shape (7,) */",
        "OUT0_SIZE 2 /* sequential",
        "OUT3_SIZE 6 /* re_lu",
    ):
        assert f"#define NET_{size}" in header
    assert f"const {real} *in2, {real} *out0" in header


def test_a_subclass_with_nests(dtype, tmp_path):
    model = randomized(subclassed(dtype))
    program = compile_c(export(model, tmp_path), *SANITIZED)
    self_test(program)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(9, n)).astype(dtype) for n in (4, 5)]
    assert_agrees(program, model, *arrays, names=["class", "sum"])
    assert "_OUT1_SIZE 3 /* sum: shape (3,) */" in (tmp_path / "net.h").read_text()


@pytest.mark.parametrize(
    "function",
    [lambda x: x, lambda x: ops.reshape(x, (None, 4)), lambda x: ops.zeros_like(x)],
    ids=["the input", "the input in another shape", "a constant"],
)
def test_outputs_that_nothing_computes(function, tmp_path):
    x = pymlp.Input((2, 2))
    model = pymlp.Model(x, [layers.Lambda(function)(x), layers.Lambda(function)(x)])
    program = compile_c(export(model, tmp_path), *SANITIZED)
    self_test(program)
    assert_agrees(program, model, *samples(model), names="ab")


def test_special_numbers_go_through(dtype, tmp_path):
    model = randomized(
        pymlp.Sequential(
            [
                pymlp.Input((6,), dtype=dtype),
                layers.Dense(5, activation="relu", dtype=dtype),
                layers.Dense(5, activation="softmax", dtype=dtype),
            ]
        )
    )
    x = np.random.default_rng(0).normal(size=(64, 6)).astype(dtype)
    special = [np.nan, np.inf, -np.inf, np.finfo(dtype).max, np.finfo(dtype).tiny / 4, -0.0]
    x[np.arange(60), np.arange(60) % 6] = np.repeat(special, 10)
    program = compile_c(export(model, tmp_path, examples=x), *SANITIZED)
    assert self_test(program) == "64 vectors agree\n"
    assert_agrees(program, model, x)


def test_special_weights(dtype, tmp_path):
    model = pymlp.Sequential([pymlp.Input((2,), dtype=dtype), layers.Dense(6, dtype=dtype)])
    tiny = np.finfo(dtype).tiny
    kernel = [[np.nan, 1, np.inf, -0.0, tiny / 8, 1 / 3], [0, -np.inf, 1, 0, 0, np.pi]]
    model.set_weights([np.array(kernel, dtype), np.zeros(6, dtype)])
    source = export(model, tmp_path)
    for flags in (SANITIZED, ("-O3",)):
        program = compile_c(source, *flags)
        self_test(program)
        assert_agrees(program, model, *samples(model))


def test_indices(tmp_path):
    x = pymlp.Input((3,))
    y = layers.Flatten()(layers.Embedding(7, 2)(x))
    model = randomized(pymlp.Model(x, layers.Dense(2)(y)))
    program = compile_c(export(model, tmp_path), *SANITIZED)
    stored = re.search(r"test_input\[9\] = \{(.*?)\}", (tmp_path / "net.c").read_text(), re.DOTALL)
    drawn = [float.fromhex(n.rstrip("f")) for n in stored[1].replace(",", " ").split()]
    assert set(drawn) <= set(range(7))
    whole = np.random.default_rng(0).integers(-9, 9, (50, 3)).astype("float32")
    assert_agrees(program, model, whole)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    widths=st.lists(st.integers(1, 17), min_size=1, max_size=4),
    activations=st.lists(
        st.sampled_from(
            "relu elu selu gelu silu tanh sigmoid softplus softsign hard_sigmoid mish linear softmax".split()  # noqa: SIM905
        ),
        min_size=4,
        max_size=4,
    ),
    extra=st.sampled_from(
        ["BatchNormalization", "LayerNormalization", "UnitNormalization", "PReLU"]
    ),
    skip=st.booleans(),
    inputs=st.integers(1, 13),
    kind=st.sampled_from(["float32", "float64"]),
)
def test_random_networks(widths, activations, extra, skip, inputs, kind, tmp_path):
    x = first = pymlp.Input((inputs,), dtype=kind)
    for width, activation in zip(widths, activations, strict=False):
        x = layers.Dense(width, activation=activation, dtype=kind)(x)
    x = getattr(layers, extra)(dtype=kind)(x)
    if skip:
        x = layers.Concatenate(dtype=kind)([x, first])
    model = pymlp.Model(first, x)
    rng = np.random.default_rng(0)
    for variable in model.variables:
        variable.assign(rng.uniform(0.1, 1.0, variable.shape))
    program = compile_c(export(model, tmp_path), "-O1")
    self_test(program)
    assert_agrees(program, model, *samples(model))


HOSTILE = [
    'a"b\\',
    "*/ int main(void){return 1;} /*",
    "/* nested",
    "line\nbreak */ #error x",
    "trigraph ??/",
    "*\\\n/",
    "// @BODY@ NAME_ UPPER_",
    "ключ 日本 \u202e\u2066",
    "%s %n",
    "float expf(1.0f)",
    "x" * 3000,
    "**//**//",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in_comments(name, dtype, tmp_path):
    dense = layers.Dense(2, dtype=dtype)
    dense._name = dense.name = name.replace("/", "|") if name == HOSTILE[1] else name
    model = pymlp.Sequential([pymlp.Input((3,), dtype=dtype, name="x"), dense])
    model.name = name
    for variable in model.weights:
        variable.path = f"{name}/{variable.name}"
    source = tmp_path / "net.c"
    model.export(source, verbose=False, vectors=1)
    text = source.read_text()
    assert text.isascii()
    prefix = re.search(r"#ifdef (\w+)_MAIN", text)[1]
    program = compile_c(source, "-Wcomment", "-Wtrigraphs", prefix=prefix)
    self_test(program)


@given(st.text())
def test_no_text_ends_a_comment(text):
    plain = as_comment(text)
    assert plain.isascii()
    assert not re.search(r"\*/|/\*|\n|\\|\?\?", plain)


def test_memory_is_used_again(tmp_path):
    x = first = pymlp.Input((50,))
    for _ in range(20):
        x = layers.Dense(40, activation="relu")(x)
    model = pymlp.Model(first, layers.Dense(1)(x))
    export(model, tmp_path)
    assert "#define NET_SCRATCH_SIZE 80\n" in (tmp_path / "net.h").read_text()


def test_a_header_of_another_export_is_noticed(tmp_path):
    one = pymlp.Sequential([pymlp.Input((2,)), layers.Dense(2)])
    source = export(one, tmp_path)
    kept = source.with_suffix(".h").read_text()
    export(randomized(one, 3), tmp_path)
    compile_c(source)
    source.with_suffix(".h").write_text(kept)
    with pytest.raises(AssertionError, match="another export"):
        compile_c(source)


def test_the_same_model_makes_the_same_files(tmp_path):
    model = randomized(mlp("float32"))
    first = export(model, tmp_path).read_bytes()
    assert export(model, tmp_path).read_bytes() == first


def test_it_works_from_other_sources(tmp_path):
    """With the header in one's own program in C and in C++, on scratch memory of one's own, without the self-test."""
    model = pymlp.Sequential([pymlp.Input((1,)), layers.Dense(4, "relu"), layers.Dense(1)])
    model.set_weights([np.ones(s, np.float32) for s in ((1, 4), (4,), (4, 1), (1,))])
    source = export(model, tmp_path)
    own = """
#include "net.h"
int main(void) {
    float x[NET_INPUT_SIZE] = {2}, y[NET_OUTPUT_SIZE], scratch[NET_SCRATCH_SIZE];
    net_predict_with(x, y, scratch);
    return (int)y[0];
}
"""
    command = ["gcc", *WARNINGS, "-DNET_NO_SELF_TEST", "-c", source, "-o", tmp_path / "net.o"]
    subprocess.run(command, check=True)
    for cc, ending in (("gcc", "c"), ("g++", "cpp")):
        (tmp_path / f"own.{ending}").write_text(own)
        link = [cc, tmp_path / f"own.{ending}", tmp_path / "net.o", "-lm", "-o", tmp_path / "own"]
        subprocess.run(link, check=True)
        assert subprocess.run([tmp_path / "own"], check=False).returncode == 13


@pytest.mark.parametrize(
    ("text", "code", "lines"),
    [("", 0, 0), ("1 2 3", 0, 1), (" 1\n2e0\t0x3p0 nan inf 0 \n", 0, 2), ("1 2", 2, 0), ("1 2 3 x", 2, 1), ("x", 2, 0)],
)  # fmt: skip
def test_the_program_reads_numbers(text, code, lines, tmp_path):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(2)])
    program = compile_c(export(model, tmp_path))
    done = subprocess.run(
        [program, "predict"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.count("\n")) == (code, lines)
    assert ("not whole" in done.stderr) == (code == 2)


# ---- what is refused ---------------------------------------------------------------------------------------


def lambda_model(function, shape=(3,)):
    return pymlp.Sequential([pymlp.Input(shape), layers.Lambda(function, name="mine")])


class Counting(layers.Layer):
    """A layer that counts its calls."""

    def build(self, input_shape):
        self.calls = self.add_weight((1,), name="calls", trainable=False)

    def call(self, inputs):
        self.calls.assign(self.calls + 1.0)
        return inputs


REFUSED = {
    "the batch's mean": (lambda: lambda_model(lambda x: x - ops.mean(x, 0)), "Lambda 'mine' makes one result of all"),
    "the batch's size": (lambda: lambda_model(lambda x: x / ops.size(x)), "'batch_size' .*all samples"),
    "random numbers": (lambda: lambda_model(lambda x: layers.Dropout(0.5)(x, training=True)), "'dropout.*random"),
    "changing weights": (lambda: pymlp.Sequential([pymlp.Input((3,)), Counting()]), "changes its variable .*calls"),
    "no elements": (lambda: lambda_model(lambda x: ops.concatenate([x[:, :0, None] * 0], 1)), "has no elements"),
    "not built": (lambda: pymlp.Sequential([layers.Dense(2)], name="empty"), "'empty' needs it to be built"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_models_that_are_refused(what, tmp_path):
    make, message = REFUSED[what]
    model = make()
    (tmp_path / "net.c").write_text("as it was")
    with pytest.raises(ValueError, match=message):
        export(model, tmp_path)
    assert (tmp_path / "net.c").read_text() == "as it was"
    assert not (tmp_path / "net.h").exists()


def test_an_operation_without_a_rule_is_named(tmp_path):
    from pymlp.ops.dense import DENSE_DX
    from pymlp.ops.operation import apply

    model = lambda_model(lambda x: apply(DENSE_DX, x, np.ones((2, 3), np.float32)))
    with pytest.raises(ExportError, match="'dense_dx' of Lambda 'mine' cannot"):
        export(model, tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("net.txt", {}, "stands for no format"),
        ("net.txt", {"format": "c"}, "should end in '.c'"),
        (
            "net",
            {"format": "tf_saved_model"},
            "'tf_saved_model' is not written by pymlp, it is TensorFlow's",
        ),
        ("net", {"format": "coreml"}, "'coreml' is not written by pymlp. There is 'c'"),
        ('a"b.c', {}, "takes no quotation marks"),
        ("net.c", {"prefix": "1a"}, "prefix should be a C identifier"),
        ("net.c", {"prefix": "a-b"}, "prefix should be a C identifier"),
        ("net.c", {"vectors": 0}, "vectors should be a whole number"),
        ("net.c", {"input_signature": [1]}, "leave input_signature out"),
        ("net.c", {"examples": np.zeros((0, 3))}, "x is empty"),
        ("net.c", {"examples": np.zeros((2, 4))}, "shape"),
        ("nowhere/net.c", {}, "nowhere"),
    ],
)
def test_wrong_arguments(name, options, message, tmp_path):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(2)])
    with pytest.raises((ValueError, OSError), match=message):
        export_model(model, tmp_path / name, verbose=False, **options)
    assert not list(tmp_path.iterdir())


def test_an_unknown_option_is_a_type_error(tmp_path):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(2)])
    with pytest.raises(TypeError, match="opset_version"):
        model.export(tmp_path / "net.c", opset_version=17)


def test_it_says_where_it_is(tmp_path, capsys):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(2)])
    model.export(tmp_path / "net.c")
    assert capsys.readouterr().out == f"Saved artifact at '{tmp_path / 'net.c'}'.\n"
    model.export(tmp_path / "net.c", verbose=False)
    assert not capsys.readouterr().out
