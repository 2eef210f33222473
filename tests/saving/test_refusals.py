"""Files that are not what they should be are refused, by one exception, before anything is made of them."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.saving import FileRefused, load_model, load_weights

Change = Callable[[Any], Any]


def model() -> Any:
    made = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(4, name="first"), layers.Dense(2)])
    made.compile("adam", "mse")
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    model().save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, members: list[tuple[Any, bytes]], method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)


# ---- archives ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a//b", "C:/evil", "./a"])
def test_paths_that_lead_elsewhere(archive: Path, name: str) -> None:
    write(archive, [*members_of(archive).items(), (name, b"x")])
    with pytest.raises(FileRefused, match=r"leads out of the archive|not a plain path"):
        load_model(archive)
    assert sorted(p.name for p in archive.parent.iterdir()) == ["model.keras"]


def test_names_that_zipfile_would_shorten(archive: Path) -> None:
    write(archive, [*members_of(archive).items(), ("evil#txt", b"x")])
    archive.write_bytes(archive.read_bytes().replace(b"evil#txt", b"evil\0txt"))
    with pytest.raises(FileRefused, match="not a plain path"):
        load_model(archive)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice(archive: Path) -> None:
    members = [*members_of(archive).items()]
    write(archive, [*members, members[1]])
    with pytest.raises(FileRefused, match=r"'config\.json' in it is there twice"):
        load_model(archive)


def test_symbolic_links_and_other_methods(archive: Path) -> None:
    members = [*members_of(archive).items()]
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = 0o120777 << 16
    write(archive, [*members, (link, b"/etc/passwd")])
    with pytest.raises(FileRefused, match="symbolic link"):
        load_model(archive)
    write(archive, members, zipfile.ZIP_LZMA)
    with pytest.raises(FileRefused, match="compressed by method 14"):
        load_model(archive)


def test_encrypted_members(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    at = content.find(b"PK\1\2")
    content[at + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(FileRefused, match="is encrypted"):
        load_model(archive)


def test_members_that_share_bytes(archive: Path) -> None:
    """The bomb of David Fifield: one piece of compressed data that many members are."""
    content = bytearray(archive.read_bytes())
    first = content.find(b"PK\1\2")
    second = content.find(b"PK\1\2", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    archive.write_bytes(content)
    with pytest.raises(FileRefused, match=r"where it lies|overlaps"):
        load_model(archive)


def test_a_directory_that_fills_the_memory(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    end = content.find(b"PK\5\6")
    content[end + 12 : end + 16] = struct.pack("<I", 2**31)
    archive.write_bytes(content)
    with pytest.raises(FileRefused, match=r"is not a \.keras file"):
        load_model(archive)


def test_every_byte_counts(archive: Path) -> None:
    """Weights that were changed do not pass for others: the checksum tells."""
    content = bytearray(archive.read_bytes())
    kernel = np.ascontiguousarray(load_model(archive).get_weights()[0]).tobytes()
    content[content.find(kernel)] ^= 1
    archive.write_bytes(content)
    with pytest.raises(FileRefused, match=r"model\.weights\.h5 in it is damaged.*CRC"):
        load_model(archive)


# ---- descriptions -----------------------------------------------------------------------------------------


def with_config(path: Path, change: Change) -> Path:
    members = members_of(path)
    config = json.loads(members["config.json"])
    changed = change(config)
    text = changed if isinstance(changed, str) else json.dumps(config)
    write(path, [*{**members, "config.json": text.encode()}.items()])
    return path


FOREIGN = ["TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer", "TFOpLambda"]


@pytest.mark.parametrize("name", FOREIGN)
def test_wrappers_of_other_code_are_refused_by_name(archive: Path, name: str) -> None:
    def put(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["class_name"] = name

    with pytest.raises(FileRefused, match=f"{name!r}.*runs no code from files"):
        load_model(with_config(archive, put))


LAMBDAS: list[Any] = [
    {"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}},
    {"class_name": "__lambda__", "config": {"code": "4wEA", "defaults": None, "closure": None}},
    {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"},
    {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"},
    "relu",
    ["4wEA", None, None],
]  # fmt: skip


@pytest.mark.parametrize("function", LAMBDAS, ids=repr)
def test_lambdas_are_refused(archive: Path, function: Any) -> None:
    def put(config: dict[str, Any]) -> None:
        layer = config["config"]["layers"][1]
        layer.update(class_name="Lambda", config={"name": "l", "function": function})
        layer.pop("build_config")

    with pytest.raises(FileRefused, match=r"runs no code|does not have"):
        load_model(with_config(archive, put))


def test_a_lambda_of_a_function_of_the_programs_own_is_loaded(tmp_path: Path) -> None:
    def doubled(x: Any) -> Any:
        return x * 2.0

    pymlp.Sequential([pymlp.Input((2,)), layers.Lambda(doubled)]).save(tmp_path / "model.keras")
    with pytest.raises(FileRefused, match="holds the Lambda layer"):
        load_model(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"doubled": doubled})
    np.testing.assert_array_equal(loaded(np.ones((1, 2))), [[2.0, 2.0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: '{"a": 1, "a": 2}', "one key twice"),
        (lambda c: "[" * 200 + "]" * 200, "levels deep"),
        (lambda c: '{"n": 123456789012345678901234567890}', "30 digits"),
        (lambda c: '{"n": ' + "9" * 5000 + "}", "cannot be read"),
        (lambda c: " " * (2**24 + 1), "has fewer"),
        (lambda c: c["config"].update(layers=7), "does not accept"),
        (lambda c: c.update(class_name="Dense", module="keras.layers", config={"units": 1}), "describes a Dense"),
    ],
)  # fmt: skip
def test_descriptions_that_are_none(archive: Path, change: Change, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        load_model(with_config(archive, change))


@pytest.mark.parametrize("dtype", ["O", "U1000000000", "V8", "object", "S9", "float128", ["f4"]])
def test_arrays_of_other_things_than_numbers(dtype: Any) -> None:
    described = {"class_name": "__numpy__", "config": {"value": [1], "dtype": dtype}}
    with pytest.raises(FileRefused):
        pymlp.saving.deserialize_keras_object(described)


def nested_in_itself(times: int) -> dict[str, Any]:
    """A model that calls a model twice, which calls a model twice, and so on: few words, many calls."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    entry = {
        "module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
        "config": {"batch_shape": [None, 2], "name": "x", "dtype": "float32"},
    }  # fmt: skip
    inner: dict[str, Any] = {
        "module": "keras.layers", "class_name": "Activation", "registered_name": None,
        "config": {"activation": "relu", "name": "inner"},
    }  # fmt: skip
    for _ in range(times):
        again = {"class_name": "__keras_tensor__", "config": {"keras_history": ["inner", 0, 0]}}
        calls = [{"args": [tensor], "kwargs": {}}, {"args": [again], "kwargs": {}}]
        offset = 0 if inner["class_name"] == "Activation" else 1
        inner = {
            "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
            "config": {
                "name": "inner", "trainable": True,
                "layers": [entry, {**inner, "name": "inner", "inbound_nodes": calls}],
                "input_layers": ["x", 0, 0], "output_layers": ["inner", 1 + offset, 0],
            },
        }  # fmt: skip
    return inner


def test_models_in_models_that_would_take_for_ever(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pymlp.limits._MOST_CALLS", 1000)
    assert pymlp.saving.deserialize_keras_object(nested_in_itself(3)).count_params() == 0

    def put(config: dict[str, Any]) -> None:
        config.clear()
        config.update(nested_in_itself(20))

    with pytest.raises(FileRefused, match="too often"):
        load_model(with_config(archive, put))


@pytest.mark.parametrize(
    "metric",
    [
        ("AUC", {"num_thresholds": 10**9}),
        ("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 10**9}),
        ("MeanIoU", {"num_classes": 10**6}),
        ("OneHotIoU", {"num_classes": 10**6, "target_class_ids": [0]}),
    ],
)
def test_metrics_that_would_fill_the_memory(archive: Path, metric: tuple[str, Any]) -> None:
    def put(config: dict[str, Any]) -> None:
        name, arguments = metric
        described = {"module": "keras.metrics", "class_name": name, "config": arguments}
        config["compile_config"]["metrics"] = [described]

    with pytest.raises(FileRefused, match="numbers, which is too many"):
        load_model(with_config(archive, put))


def test_there_is_no_unsafe_mode(archive: Path) -> None:
    with pytest.raises(ValueError, match="no unsafe mode"):
        load_model(archive, safe_mode=False)
    with pytest.raises(ValueError, match="no unsafe mode"):
        pymlp.saving.deserialize_keras_object({}, safe_mode=False)


# ---- HDF5 -------------------------------------------------------------------------------------------------

KERNEL = "layers/dense/vars/0"


def replaced(file: Any, make: Change) -> None:
    del file[KERNEL]
    make(file)


def virtual(file: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "source.h5", "w") as source:
        source["data"] = np.ones((3, 4), np.float32)
    layout = h5py.VirtualLayout((3, 4), np.float32)
    layout[:] = h5py.VirtualSource(tmp_path / "source.h5", "data", (3, 4))
    file.create_virtual_dataset(KERNEL, layout)


def external(file: Any, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(48))
    file.create_dataset(KERNEL, (3, 4), np.float32, external=[(tmp_path / "raw", 0, 48)])


HOSTILE: dict[str, tuple[Callable[[Any, Path], Any], str]] = {
    "soft link": (lambda f, _: f.__setitem__(KERNEL, h5py.SoftLink("/layers/dense_1/vars/0")), "SoftLink"),
    "external link": (lambda f, p: f.__setitem__(KERNEL, h5py.ExternalLink(str(p / "x.h5"), "/a")), "ExternalLink"),
    "virtual": (virtual, "in other files"),
    "external storage": (external, "in other files"),
    "group": (lambda f, _: f.create_group(KERNEL), "not an array"),
    "text": (lambda f, _: f.create_dataset(KERNEL, data=np.full((3, 4), b"x")), "expected numbers"),
    "records": (lambda f, _: f.create_dataset(KERNEL, (3, 4), "f4,f4"), "expected numbers"),
    "references": (lambda f, _: f.create_dataset(KERNEL, (3, 4), h5py.ref_dtype), "expected numbers"),
    "complex": (lambda f, _: f.create_dataset(KERNEL, (3, 4), "c8"), "expected numbers"),
    "other shape": (lambda f, _: f.create_dataset(KERNEL, (4, 3), "f4"), r"the shape \(3, 4\)"),
    "far too large": (lambda f, _: f.create_dataset(KERNEL, (2**40, 2**20), "f4", chunks=(1, 1)), r"the shape \(3,"),
    "no numbers": (lambda f, _: f.create_dataset(KERNEL, (3, 4), "f4"), "not whole"),
    "no chunks": (lambda f, _: f.create_dataset(KERNEL, (3, 4), "f4", chunks=(1, 4)), "not whole"),
    "nothing": (lambda f, _: f.create_dataset(KERNEL, data=h5py.Empty("f4")), "is empty"),
    "filter": (lambda f, _: f.create_dataset(KERNEL, data=np.ones((3, 4)), compression="lzf"), r"filters \[32000\]"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_hostile_arrays(tmp_path: Path, kind: str, ending: str) -> None:
    make, message = HOSTILE[kind]
    path = tmp_path / f"file{ending}"
    made = model()
    (made.save if ending == ".keras" else made.save_weights)(path)
    stream = io.BytesIO(
        members_of(path)["model.weights.h5"] if ending == ".keras" else path.read_bytes()
    )
    with h5py.File(stream, "r+") as file:
        replaced(file, lambda f: make(f, tmp_path))
    if ending == ".keras":
        write(path, [*{**members_of(path), "model.weights.h5": stream.getvalue()}.items()])
    else:
        path.write_bytes(stream.getvalue())
    before = made.get_weights()
    with pytest.raises(FileRefused, match=message) as caught:
        load_model(path) if ending == ".keras" else load_weights(made, path)
    assert str(path) in str(caught.value)
    for a, b in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("compression", ["gzip", None])
def test_usual_filters_are_read(tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "file.weights.h5"
    made = model()
    made.save_weights(path)
    values = np.arange(12, dtype=np.float64).reshape(3, 4)
    with h5py.File(path, "r+") as file:
        replaced(
            file,
            lambda f: f.create_dataset(
                KERNEL, data=values, compression=compression, shuffle=True, fletcher32=True, chunks=(2, 2)
            ),
        )  # fmt: skip
    load_weights(made, path)
    np.testing.assert_array_equal(made.get_weights()[0], values)


def test_arrays_of_which_many_are_the_same_bytes(tmp_path: Path) -> None:
    """A hard link to one array from a thousand places would be a thousand arrays in memory."""
    path = tmp_path / "file.weights.h5"
    many = pymlp.Sequential(
        [pymlp.Input((64,)), *(layers.Dense(64, use_bias=False) for _ in range(30))]
    )
    many.save_weights(path)
    with h5py.File(path, "a") as file:
        first = file["layers/dense/vars/0"]
        for number in range(1, 30):
            del file[f"layers/dense_{number}/vars/0"]
            file[f"layers/dense_{number}/vars/0"] = first
    with h5py.File(path) as file, h5py.File(tmp_path / "small.weights.h5", "w") as small:
        file.copy("layers", small)
        file.copy("vars", small)
    assert os.path.getsize(tmp_path / "small.weights.h5") < 200_000
    with pytest.raises(FileRefused, match="more bytes than the file"):
        load_weights(many, tmp_path / "small.weights.h5")


def test_whole_numbers_are_not_set_from_fractions(tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    made = model()
    made.save_weights(path)
    with h5py.File(path, "a") as file:
        del file["optimizer/vars/0"]
        file["optimizer/vars/0"] = np.float32("nan")
    with pytest.warns(UserWarning, match="The optimizer starts afresh"):
        load_weights(made, path)
    assert made.optimizer.iterations == 0
