"""``.h5`` files of older versions: of Keras 3, of pymlp, and as Keras 2 wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.saving import FileRefused, load_model, load_weights


def model() -> Any:
    pymlp.utils.set_random_seed(1)
    x = pymlp.Input((3,), name="x")
    inner = pymlp.Sequential([layers.Dense(3, "tanh"), layers.BatchNormalization()], name="inner")
    y = layers.Dense(2, name="y")(layers.Add(name="add")([inner(x), x]))
    made = pymlp.Model(x, y)
    made.compile(pymlp.optimizers.Adam(0.01), "mse", metrics=["mae"])
    made.fit(*data(), verbose=0)
    return made


def data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    return generator.random((12, 3), np.float32), generator.random((12, 2), np.float32)


def assert_same(one: Any, other: Any) -> None:
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_round_trip_and_on(tmp_path: Path) -> None:
    made = model()
    made.save(tmp_path / "model.h5")
    loaded = load_model(tmp_path / "model.h5")
    assert_same(loaded, made)
    histories = [m.fit(*data(), shuffle=False, verbose=0).history for m in (made, loaded)]
    assert histories[0] == histories[1]
    assert load_model(tmp_path / "model.h5", compile=False).optimizer is None
    made.save(tmp_path / "bare.hdf5", include_optimizer=False)
    assert load_model(tmp_path / "bare.hdf5").optimizer is None


def test_the_layout_is_keras_own(tmp_path: Path) -> None:
    model().save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        group = file["model_weights"]
        assert [n.decode() for n in group.attrs["layer_names"]] == ["x", "inner", "add", "y"]
        names = [n.decode() for n in group["inner"].attrs["weight_names"]]
        # Those that are trained come first.
        assert [n.rpartition("/")[2] for n in names] == [
            "kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"
        ]  # fmt: skip
        assert group["inner"][names[0]].shape == (3, 3)
        assert len(group["top_level_model_weights"].attrs["weight_names"]) == 0
        training = json.loads(file.attrs["training_config"])
        assert training["loss"] == "mean_squared_error"
        assert training["optimizer_config"]["class_name"] == "Adam"
        assert len(file["optimizer_weights"].attrs["weight_names"]) == 2 + 2 * 6


def test_long_lists_of_names_are_in_parts(tmp_path: Path) -> None:
    name = "n" * 200
    wide = [layers.Activation("linear", name=f"{name}{i}") for i in range(400)]
    made = pymlp.Sequential([pymlp.Input((2,)), *wide, layers.Dense(1, name="last")])
    made.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        assert "layer_names1" in file["model_weights"].attrs
    assert_same(load_model(tmp_path / "model.h5"), made)


def weights_file(path: Path, **groups: list[tuple[str, Any]]) -> Path:
    """Write weights alone, as Keras 2 did."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in groups]
        file.attrs["keras_version"] = b"2.12.0"
        for name, weights in groups.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [weight.encode() for weight, _ in weights]
            for weight, value in weights:
                group[weight] = value
    return path


KERNEL, BIAS = np.arange(6, dtype=np.float32).reshape(3, 2), np.ones(2, np.float32)


def dense(name: str, kernel: Any = KERNEL, bias: Any = BIAS) -> list[tuple[str, Any]]:
    return [(f"{name}/kernel:0", kernel), (f"{name}/bias:0", bias)]


def stack() -> Any:
    return pymlp.Sequential(
        [pymlp.Input((3,)), layers.Dense(2, name="a"), layers.Dense(2, name="b")]
    )


def test_weights_alone_by_order_and_by_name(tmp_path: Path) -> None:
    square = np.eye(2, dtype=np.float32)
    path = weights_file(tmp_path / "w.h5", p=dense("p"), none=[], q=dense("q", square))
    made = stack()
    load_weights(made, path)
    for found, expected in zip(made.get_weights(), (KERNEL, BIAS, square, BIAS), strict=True):
        np.testing.assert_array_equal(found, expected)
    made = stack()
    before = made.get_weights()
    path = weights_file(tmp_path / "w.h5", b=dense("b", square), other=dense("other"))
    made.load_weights(path, by_name=True)
    for found, expected in zip(made.get_weights(), (*before[:2], square, BIAS), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    made = stack()
    before = made.get_weights()
    path = weights_file(tmp_path / "w.h5", a=dense("a"), b=dense("b"))
    with pytest.raises(FileRefused, match=r"'kernel' of 'b' has the shape \(2, 2\).*\(3, 2\)"):
        load_weights(made, path)
    assert all(np.array_equal(a, b) for a, b in zip(made.get_weights(), before, strict=True))
    with pytest.warns(UserWarning, match=r"Skipped\..*'kernel' of 'b'"):
        load_weights(made, path, skip_mismatch=True)
    np.testing.assert_array_equal(made.get_weights()[0], KERNEL)
    np.testing.assert_array_equal(made.get_weights()[2], before[2])
    path = weights_file(tmp_path / "w.h5", a=dense("a"))
    with pytest.raises(FileRefused, match="has 2 layers with weights, the file has 1"):
        load_weights(made, path)
    path = weights_file(tmp_path / "w.h5", a=dense("a")[:1])
    with pytest.raises(FileRefused, match="'a' has 2 weights, the file has 1"):
        load_weights(made, path, by_name=True)
    with pytest.warns(UserWarning, match="Skipped"):
        load_weights(made, path, by_name=True, skip_mismatch=True)
    with pytest.raises(ValueError, match="by_name is for older"):
        load_weights(made, tmp_path / "w.weights.h5", by_name=True)


def test_files_without_a_model(tmp_path: Path) -> None:
    path = weights_file(tmp_path / "w.h5", a=dense("a"))
    with pytest.raises(FileRefused, match="it has no model_config"):
        load_model(path)
    path.write_bytes(b"no HDF5")
    with pytest.raises(FileRefused, match=r"w\.h5"):
        load_model(path)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = np.arange(4)
    with pytest.raises(FileRefused, match="expected texts"):
        load_model(path)


def test_texts_that_are_many_in_memory(tmp_path: Path) -> None:
    """An attribute of a thousand texts, all of which are one large one in the file."""
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        file.attrs["model_config"] = "x" * 2**20
        group.attrs.create("layer_names", ["n" * 3] * 3000, dtype=h5py.string_dtype())
    with pytest.raises(FileRefused, match="3000 texts, which is more than the file can hold"):
        load_weights(stack(), path)


def test_a_file_that_keras_3_wrote() -> None:
    data = Path(__file__).parents[1] / "data"
    loaded = load_model(data / "keras_older.h5")
    with np.load(data / "keras_more.npz") as known:
        found = loaded.predict(known["older_x"], verbose=0)
        for name in ("a", "b"):
            np.testing.assert_allclose(found[name], known[f"older_{name}"], rtol=1e-5, atol=1e-6)
    assert loaded.optimizer.iterations == 2
    assert loaded.loss["b"].label_smoothing == 0.1


# ---- as Keras 2 wrote them ----------------------------------------------------------------------------------


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {
        "class_name": kind,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
    }


def dense_layer(name: str, units: int, **config: Any) -> dict[str, Any]:
    return layer(
        "Dense", name, units=units, activation="relu", use_bias=True,
        kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": None}},
        bias_initializer={"class_name": "Zeros", "config": {}},
        kernel_regularizer={"class_name": "L2", "config": {"l2": 0.01}}, bias_regularizer=None,
        activity_regularizer=None, kernel_constraint=None, bias_constraint=None, **config,
    )  # fmt: skip


ADAM = {
    "class_name": "Adam",
    "config": {"name": "Adam", "learning_rate": 0.002, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999,
               "epsilon": 1e-07, "amsgrad": False},
}  # fmt: skip


def keras_2_file(path: Path, config: dict[str, Any], training: Any, made: Any) -> Path:
    """Write a model that has the weights of another, described as Keras 2 did."""
    made.save(path)
    with h5py.File(path, "a") as file:
        file.attrs["keras_version"] = "2.12.0"
        file.attrs["model_config"] = json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
    return path


def test_a_sequential_of_keras_2(tmp_path: Path) -> None:
    made = pymlp.Sequential(
        [
            pymlp.Input((3,)),
            layers.Dense(4, "relu"),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.1),
            layers.Dense(1),
        ]
    )
    config = {
        "class_name": "Sequential",
        "config": {
            "name": "old",
            "layers": [
                {"class_name": "InputLayer", "config": {
                    "batch_input_shape": [None, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "x"}},
                dense_layer("first", 4, batch_input_shape=[None, 3]),
                layer("BatchNormalization", "norm", axis=[1], momentum=0.9, epsilon=0.001, center=True, scale=True,
                      beta_initializer={"class_name": "Zeros", "config": {}}),
                layer("LeakyReLU", "leaky", alpha=0.1),
                layer("Dense", "last", units=1, activation="linear"),
            ],
        },
    }  # fmt: skip
    training = {
        "loss": {"class_name": "BinaryCrossentropy", "config": {
            "reduction": "auto", "name": "binary_crossentropy", "from_logits": True, "label_smoothing": 0.0}},
        "metrics": [[{"class_name": "MeanMetricWrapper", "config": {
            "name": "accuracy", "dtype": "float32", "fn": "binary_accuracy"}}, "mse"]],
        "weighted_metrics": None, "loss_weights": None, "optimizer_config": ADAM,
    }  # fmt: skip
    path = keras_2_file(tmp_path / "old.h5", config, training, made)
    loaded = load_model(path)
    assert [item.name for item in loaded.layers] == ["first", "norm", "leaky", "last"]
    assert_same(loaded, made)
    assert loaded.layers[0].kernel_regularizer.l2 == pytest.approx(0.01)
    assert loaded.layers[1].momentum == 0.9
    assert float(loaded.optimizer.learning_rate) == np.float32(0.002)
    x, y = data()
    logs = loaded.evaluate(x, np.round(y[:, :1]), verbose=0, return_dict=True)
    assert list(logs) == ["loss", "accuracy", "mse"]
    expected = made.predict(x, verbose=0)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected)


@pytest.mark.parametrize("first", [0, 1])
def test_a_functional_model_of_keras_2(tmp_path: Path, first: int) -> None:
    """A model within it counts its calls from 1, as that of its own is one."""
    shared, inner = layers.Dense(3, "relu"), pymlp.Sequential([pymlp.Input((3,)), layers.Dense(3)])
    x = pymlp.Input((3,))
    made = pymlp.Model(x, layers.Dense(1)(layers.add([inner(shared(x)), shared(inner(x))])))

    def called(description: dict[str, Any], *calls: Any) -> dict[str, Any]:
        name = description["config"]["name"]
        return {**description, "name": name, "inbound_nodes": list(calls)}

    nested = {
        "class_name": "Sequential",
        "config": {"name": "inner", "layers": [
            {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "name": "i", "dtype": "float32"}},
            layer("Dense", "within", units=3, activation="linear"),
        ]},
    }  # fmt: skip
    config = {
        "class_name": "Model",
        "config": {
            "name": "old",
            "layers": [
                called(layer("InputLayer", "x", batch_input_shape=[None, 3])),
                called(dense_layer("shared", 3), [["x", 0, 0, {}]], [["inner", first + 1, 0, {}]]),
                called(nested, [["shared", 0, 0, {}]], [["x", 0, 0, {"training": False}]]),
                called(layer("Add", "add"), [["inner", first, 0, {}], ["shared", 1, 0, {}]]),
                called(layer("Dense", "y", units=1, activation="linear"), [["add", 0, 0, {}]]),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["y", 0, 0]],
        },
    }  # fmt: skip
    path = keras_2_file(tmp_path / "old.h5", config, None, made)
    loaded = load_model(path)
    x = data()[0]
    # Their order in the model decides in which order layers find their weights.
    assert [item.name for item in loaded.layers if item.weights] == ["shared", "inner", "y"]
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), made.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["layers"][1].update(class_name="Conv2D"), "'Conv2D'.*convolution"),
        (lambda c: c["layers"][1].update(class_name="MeanSquaredError"), "'MeanSquaredError' of None"),
        (lambda c: c["layers"][1].update(class_name="Lambda", config={"function": ["4wEA", None, None]}), "Lambda"),
        (lambda c: c["layers"][1]["config"].update(activation="eval"), "Unknown activation 'eval'"),
        (lambda c: c["layers"].append(7), "does not accept"),
    ],
)  # fmt: skip
def test_old_descriptions_are_refused_like_new_ones(
    tmp_path: Path, change: Any, message: str
) -> None:
    made = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(4)])
    config = {
        "class_name": "Sequential",
        "config": {
            "name": "old",
            "layers": [
                layer("InputLayer", "x", batch_input_shape=[None, 3]),
                dense_layer("first", 4),
            ],
        },
    }
    change(config["config"])
    with pytest.raises(FileRefused, match=message):
        load_model(keras_2_file(tmp_path / "old.h5", config, None, made))


def test_an_optimizer_with_decay_is_refused(tmp_path: Path) -> None:
    made = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(4)])
    made.compile("adam", "mse")
    config = json.loads(made.to_json())
    config.pop("compile_config")
    decaying = {**ADAM, "config": {**ADAM["config"], "decay": 0.1}}
    training = {"loss": "mse", "metrics": [], "loss_weights": None, "optimizer_config": decaying}
    path = keras_2_file(tmp_path / "old.h5", config, training, made)
    with pytest.raises(FileRefused, match="decay="):
        load_model(path)
    assert_same(load_model(path, compile=False), made)
