from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp.saving import (
    FileRefused,
    load_model,
    load_weights,
    save_model,
    save_weights,
    serialize_object,
)

h5py = pytest.importorskip("h5py", reason="model files hold HDF5")

DATA = Path(__file__).parents[1] / "data"

Classifier = Callable[..., Any]
AssertSame = Callable[[Any, Any], None]


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Apply `change` to the configuration in a .keras file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: pymlp.optimizers.SGD(0.1),
        lambda: pymlp.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda: pymlp.optimizers.Adam(0.01, beta_1=0.8),
        lambda: pymlp.optimizers.RMSprop(0.01, rho=0.8),
    ],
    ids=["sgd", "nesterov", "adam", "rmsprop"],
)
def test_a_loaded_model_goes_on_as_if_never_saved(
    tmp_path: Path,
    classifier: Classifier,
    assert_same: AssertSame,
    optimizer: Callable[[], Any],
) -> None:
    model = classifier(optimizer=optimizer())
    model.save(tmp_path / "model.keras")
    assert_same(load_model(tmp_path / "model.keras"), model)


def test_what_comes_back_is_described_alike(tmp_path: Path, classifier: Classifier) -> None:
    model = classifier()
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    assert serialize_object(loaded) == serialize_object(model)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert loaded.optimizer.get_config() == model.optimizer.get_config()


def test_compile_false_loads_no_optimizer(
    tmp_path: Path, classifier: Classifier, data: tuple[np.ndarray, np.ndarray]
) -> None:
    model = classifier()
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", compile=False)
    assert loaded.optimizer is None
    x = data[0]
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_model_that_was_never_compiled(tmp_path: Path, assert_same: AssertSame) -> None:
    model = pymlp.Sequential([pymlp.Input((4, 4)), pymlp.layers.Flatten(), pymlp.layers.Dense(2)])
    save_model(model, tmp_path / "model.keras")
    assert_same(load_model(tmp_path / "model.keras"), model)


def test_a_model_that_was_compiled_but_not_trained(tmp_path: Path, assert_same: AssertSame) -> None:
    model = pymlp.Sequential([pymlp.Input((4, 4)), pymlp.layers.Flatten(), pymlp.layers.Dense(1)])
    model.compile(loss=pymlp.losses.Huber(0.5), optimizer="adam", metrics=["mae"])
    save_model(model, tmp_path / "model.keras")
    assert_same(load_model(tmp_path / "model.keras"), model)


def test_float64_keeps_every_bit(tmp_path: Path) -> None:
    model = pymlp.Sequential([pymlp.layers.Dense(2, input_shape=[3], dtype="float64")])
    save_model(model, tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.layers[0].dtype == "float64"
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert a.dtype == np.float64
        np.testing.assert_array_equal(a, b)


def test_the_archive_is_laid_out_as_keras_lays_it_out(
    tmp_path: Path, classifier: Classifier
) -> None:
    classifier().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        config = json.loads(archive.read("config.json"))
        weights = io.BytesIO(archive.read("model.weights.h5"))
    assert (config["module"], config["class_name"]) == ("keras", "Sequential")
    assert config["build_config"] == {"input_shape": [None, 4, 4]}
    assert config["compile_config"]["loss"] == "sparse_categorical_crossentropy"
    kinds = [(layer["module"], layer["class_name"]) for layer in config["config"]["layers"]]
    assert kinds[:3] == [("keras.layers", kind) for kind in ("InputLayer", "Flatten", "Dense")]
    with h5py.File(weights) as file:
        assert file["layers/flatten/vars"].attrs["name"] == "flatten"
        assert file["layers/dense/vars/0"].shape == (16, 7)
        assert file["layers/dense_1/vars/0"].shape == (7, 6)
        assert list(file["layers/dense_1/vars"]) == ["0"]
        assert file["layers/p_re_lu/vars/0"].shape == (5,)
        assert file["optimizer/vars/0"][()] == 6
        assert file["optimizer/vars/1"][()] == np.float32(0.01)
        assert len(file["optimizer/vars"]) == 2 + 2 * 8


@pytest.mark.parametrize("name", ["classifier", "regression"])
def test_files_that_keras_wrote_are_read(name: str) -> None:
    model = load_model(DATA / f"keras_{name}.keras")
    with np.load(DATA / "keras_models.npz") as known:
        x, y, predictions, losses = (
            known[f"{name}_{part}"] for part in ("x", "y", "predictions", "losses")
        )
    np.testing.assert_allclose(model.predict(x, verbose=0), predictions, rtol=1e-5, atol=1e-7)
    found = []
    for _ in range(3):
        model.reset_metrics()
        found.append(model.train_on_batch(x, y)[0])
    np.testing.assert_allclose(found, losses, rtol=1e-5)


def test_weights_that_keras_wrote_are_read() -> None:
    model = load_model(DATA / "keras_classifier.keras", compile=False)
    expected = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in expected])
    load_weights(model, DATA / "keras_classifier.weights.h5")
    for a, b in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_weights_alone(
    tmp_path: Path, classifier: Classifier, assert_same: AssertSame, ending: str
) -> None:
    model = classifier()
    path = tmp_path / f"file{ending}"
    (model.save if ending == ".keras" else model.save_weights)(path)
    other = classifier()
    other.fit(*[np.ones((8, 4, 4)), np.zeros(8)], epochs=1, verbose=0)
    other.load_weights(path)
    assert_same(other, model)


def narrower() -> Any:
    """Return a model whose first layer fits the classifier's file and whose second does not."""
    return pymlp.Sequential(
        [
            pymlp.layers.Flatten(input_shape=[4, 4]),
            pymlp.layers.Dense(7),
            pymlp.layers.Dense(5, use_bias=False),
        ]
    )


def test_weights_of_another_shape_are_refused_whole(tmp_path: Path, classifier: Classifier) -> None:
    save_weights(classifier(), tmp_path / "c.weights.h5")
    model = narrower()
    before = model.get_weights()
    with pytest.raises(
        ValueError, match=r"'kernel' of 'dense_\d+' has the shape \(7, 5\).*\(7, 6\)"
    ):
        load_weights(model, tmp_path / "c.weights.h5")
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_of_other_layers_are_refused(tmp_path: Path, classifier: Classifier) -> None:
    save_weights(classifier(), tmp_path / "c.weights.h5")
    model = pymlp.Sequential([pymlp.Input((6,)), pymlp.layers.Dense(7, use_bias=False)])
    with pytest.raises(ValueError, match=r"has 1 variables \(kernel\), the file has 2"):
        load_weights(model, tmp_path / "c.weights.h5")


def test_skip_mismatch_loads_what_fits(tmp_path: Path, classifier: Classifier) -> None:
    source = classifier()
    save_weights(source, tmp_path / "c.weights.h5")
    model = narrower()
    second = model.get_weights()[2]
    with pytest.warns(UserWarning, match=r"Skipped.*\(7, 5\)"):
        load_weights(model, tmp_path / "c.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], source.get_weights()[0])
    np.testing.assert_array_equal(model.get_weights()[2], second)


def test_layers_may_be_left_out(tmp_path: Path, classifier: Classifier) -> None:
    source, model = classifier(), classifier()
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    save_weights(source, tmp_path / "c.weights.h5")
    load_weights(model, tmp_path / "c.weights.h5", objects_to_skip=[model.layers[1]])
    assert not model.layers[1].get_weights()[0].any()
    for a, b in zip(model.get_weights()[2:], source.get_weights()[2:], strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="objects_to_skip is for"):
        load_weights(model, tmp_path / "c.keras", objects_to_skip=[])


def test_files_of_keras_2_13_are_read(tmp_path: Path, classifier: Classifier) -> None:
    source, model = classifier(), classifier()
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    save_weights(source, tmp_path / "c.weights.h5")
    with h5py.File(tmp_path / "c.weights.h5", "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    load_weights(model, tmp_path / "c.weights.h5")
    for a, b in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_names_and_states_that_cannot_be_saved(tmp_path: Path, classifier: Classifier) -> None:
    model = classifier()
    with pytest.raises(ValueError, match=r"ending in '\.keras' or '\.h5' or '\.hdf5', received"):
        save_model(model, tmp_path / "model.pb")
    with pytest.raises(ValueError, match=r"ending in '\.weights\.h5' or '\.safetensors', "):
        save_weights(model, tmp_path / "model.h5")
    with pytest.raises(ValueError, match="needs it to be built"):
        save_model(pymlp.Sequential([pymlp.layers.Dense(2)]), tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []


def test_overwrite_false_keeps_the_file(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save_model(classifier(), path, overwrite=False)
    assert path.read_bytes() == b"precious"


def test_a_failure_keeps_the_old_file(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"precious")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pymlp.saving.keras_archive.write_weights", full)
    with pytest.raises(OSError, match="No space left"):
        save_model(classifier(), path)
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.keras"]


def test_classes_that_pymlp_lacks_are_refused_by_name(
    tmp_path: Path, classifier: Classifier
) -> None:
    classifier().save(tmp_path / "model.keras")

    def use_conv(config: dict[str, Any]) -> None:
        config["config"]["layers"][2]["class_name"] = "Conv2D"

    with pytest.raises(ValueError, match=r"model\.keras cannot be loaded.*'Conv2D'.*convolution"):
        load_model(rewritten(tmp_path / "model.keras", use_conv))


def test_damaged_files_are_named(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "model.keras"
    with pytest.raises(FileNotFoundError, match=r"model\.keras"):
        load_model(path)
    path.write_bytes(b"not a zip archive")
    with pytest.raises(ValueError, match=r"model\.keras is not a \.keras file"):
        load_model(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ValueError, match=r"model\.keras is not a whole \.keras file.*config\.json"):
        load_model(path)
    for text in ("{", "[]", "null", "[" * 100_000):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", text)
        with pytest.raises(ValueError, match=r"model\.keras: config\.json"):
            load_model(path)
    classifier().save(path)
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json")
        weights = archive.read("model.weights.h5")
    for damaged in (b"", b"HDF", weights[: len(weights) // 2]):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", damaged)
        with pytest.raises(ValueError, match=r"model\.keras"):
            load_model(path)


def test_weights_that_lie_elsewhere_are_refused(tmp_path: Path) -> None:
    model = pymlp.Sequential([pymlp.Input((2,)), pymlp.layers.Dense(1)])
    path = tmp_path / "w.weights.h5"
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["0"] = np.ones((2, 1), np.float32)
        other.create_group("vars")["0"] = np.ones((2, 1), np.float32)

    def write(change: Callable[[Any], None]) -> None:
        save_weights(model, path)
        with h5py.File(path, "a") as file:
            change(file)

    def link_array(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/0")

    def link_group(file: Any) -> None:
        del file["layers/dense/vars"]
        file["layers/dense/vars"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/vars")

    def text(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = np.full((2, 1), b"text")

    for change in (link_array, link_group, text):
        write(change)
        with pytest.raises(
            ValueError, match=r"not an array in the file|not a group|expected numbers"
        ):
            load_weights(model, path)


def without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make variables of more than some megabytes fail the test instead of the machine."""
    make = pymlp.variables.aligned_matrix

    def aligned_matrix(rows: int, columns: int, dtype: str) -> np.ndarray:
        assert rows * columns < 2**23, "memory was taken"
        return make(rows, columns, dtype)

    monkeypatch.setattr(pymlp.variables, "aligned_matrix", aligned_matrix)


@pytest.mark.parametrize("units", [10**7, 10**9, 10**30])
@pytest.mark.parametrize("kind", ["zeros", "glorot_uniform"])
def test_more_weights_than_the_file_can_hold_are_refused_before_memory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, units: int, kind: str
) -> None:
    without_memory(monkeypatch)
    layer = pymlp.layers.Dense(2, kernel_initializer=kind, name="large")
    pymlp.Sequential([pymlp.Input((3,)), layer]).save(tmp_path / "model.keras")

    def enlarge(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["config"]["units"] = units

    message = rf"cannot be loaded\..*Dense 'large'.*\(3, {units}\)"
    if units > 2**63:
        message = "config.json in it holds a whole number of 31 digits"
    with pytest.raises(FileRefused, match=rf"model\.keras.*{message}"):
        load_model(rewritten(tmp_path / "model.keras", enlarge))


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_a_small_archive_of_large_members_is_refused(
    tmp_path: Path, classifier: Classifier, member: str
) -> None:
    path = tmp_path / "model.keras"
    classifier().save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] += bytes(70 * 2**20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=rf"model\.keras: {member} in it would have 734\d+ bytes"):
        load_model(path)


def test_a_compressed_archive_is_read(
    tmp_path: Path, classifier: Classifier, assert_same: AssertSame
) -> None:
    model = classifier()
    model.save(tmp_path / "model.keras")
    with (
        zipfile.ZipFile(tmp_path / "model.keras") as archive,
        zipfile.ZipFile(tmp_path / "small.keras", "w", zipfile.ZIP_DEFLATED) as small,
    ):
        for name in archive.namelist():
            small.writestr(name, archive.read(name))
    assert_same(load_model(tmp_path / "small.keras"), model)


NONSENSE: list[Any] = [[1], 1, "ab", {"a": 1}, [None, "a"], [None, 2.5], [3, [4]], -1, 10**9, True]


@pytest.mark.filterwarnings("ignore:The optimizer starts afresh")
@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_anywhere_in_the_description_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    without_memory(monkeypatch)
    model = pymlp.Sequential(
        [pymlp.layers.Flatten(), pymlp.layers.Dense(3, "relu"), pymlp.layers.PReLU()]
    )
    model.compile(pymlp.optimizers.SGD(0.5, momentum=0.5), "mse", metrics=["mae"])
    model.build((None, 2, 2))
    path = tmp_path / "model.keras"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))

    messages = []
    for where in list(places(config)):
        changed = copy.deepcopy(config)
        inner: Any = changed
        for key in where[:-1]:
            inner = inner[key]
        inner[where[-1]] = value
        try:
            load_model(rewritten(path, lambda held, changed=changed: held.update(changed)))
        except FileRefused as error:
            messages.append(str(error))
    assert len(messages) > 10
    assert all(message.startswith(str(path)) for message in messages)


def places(config: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the keys that lead to each value within dicts and lists."""
    items = config.items() if isinstance(config, dict) else enumerate(config)
    for key, value in items:
        yield (*where, key)
        if isinstance(value, dict | list):
            yield from places(value, (*where, key))


@pytest.mark.parametrize("value", [[1], 1, "ab", [None, "a"], [None, 2.5], [None, 0]], ids=repr)
@pytest.mark.parametrize("key", ["build_input_shape", "compile_config", "build_config"])
def test_nonsense_about_building_and_compiling_is_refused(
    tmp_path: Path, key: str, value: Any
) -> None:
    model = pymlp.Sequential([pymlp.layers.Dense(3)])
    model.compile("sgd", "mse")
    model.build((None, 2))
    model.save(tmp_path / "model.keras")

    def put(config: dict[str, Any]) -> None:
        inner = config["config"]
        if key == "build_input_shape":
            del inner["layers"][0]  # the InputLayer
            del inner["layers"][0]["build_config"]
            inner[key] = value
        elif key == "build_config":
            inner["layers"][1][key] = {"input_shape": value}
        else:
            config[key] = value

    with pytest.raises(ValueError, match=r"model\.keras cannot be loaded\. "):
        load_model(rewritten(tmp_path / "model.keras", put))
