"""Weights in ``.safetensors`` files; what is wrong with one is found before the package reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.saving import FileRefused, load_weights, save_weights

package = pytest.importorskip(
    "safetensors.numpy", reason="the package safetensors is not installed"
)


def model(units: int = 4) -> Any:
    made = pymlp.Sequential(
        [pymlp.Input((3,)), layers.Dense(units, name="first"), layers.BatchNormalization(name="norm")],
        name="net",
    )  # fmt: skip
    made.set_weights([np.random.default_rng(1).random(w.shape) for w in made.get_weights()])
    return made


def assert_same(one: Any, other: Any) -> None:
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_round_trip(tmp_path: Path) -> None:
    made, other = model(), model()
    other.set_weights([np.zeros_like(w) for w in made.get_weights()])
    made.save_weights(tmp_path / "w.safetensors")
    other.load_weights(tmp_path / "w.safetensors")
    assert_same(other, made)
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_the_package_reads_it_by_the_paths_of_variables(tmp_path: Path) -> None:
    made = model()
    save_weights(made, tmp_path / "w.safetensors")
    found = package.load_file(tmp_path / "w.safetensors")
    assert set(found) == {variable.path for variable in made.weights}
    np.testing.assert_array_equal(found["net/first/kernel"], made.get_weights()[0])


def test_what_the_package_writes_is_read(tmp_path: Path) -> None:
    made = model()
    arrays = {v.path: np.full(v.shape, i, np.float64) for i, v in enumerate(made.weights)}
    package.save_file(arrays, tmp_path / "w.safetensors")
    load_weights(made, tmp_path / "w.safetensors")
    assert [float(w.flat[0]) for w in made.get_weights()] == [0, 1, 2, 3, 4, 5]


def test_files_of_other_models(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    model(5).save_weights(path)
    made = model()
    before = made.get_weights()
    with pytest.raises(FileRefused, match=r"'net/first/kernel' has the shape \(3, 4\).*\(3, 5\)"):
        load_weights(made, path)
    with pytest.warns(UserWarning, match="Skipped"):
        load_weights(made, path, skip_mismatch=True)
    assert all(np.array_equal(a, b) for a, b in zip(made.get_weights(), before, strict=True))
    package.save_file({v.path: v.numpy() for v in made.weights[1:]}, path)
    with pytest.raises(FileRefused, match="'net/first/kernel' is missing"):
        load_weights(made, path)
    package.save_file({"more": np.ones(1), **{v.path: v.numpy() for v in made.weights}}, path)
    with pytest.raises(FileRefused, match=r"no variables \['more'\]"):
        load_weights(made, path)


def test_variables_of_one_path_are_not_told_apart(tmp_path: Path) -> None:
    made = model()
    made.weights[1].path = made.weights[0].path
    with pytest.raises(ValueError, match="two variables with the path"):
        save_weights(made, tmp_path / "w.safetensors")
    assert not list(tmp_path.iterdir())


def entry(begin: int, end: int, **changed: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [(end - begin) // 4], "data_offsets": [begin, end], **changed}


HOSTILE: dict[str, tuple[Any, str]] = {
    "overlap": ({"a": entry(0, 8), "b": entry(4, 16)}, "overlaps"),
    "gap": ({"a": entry(0, 4), "b": entry(8, 16)}, "gap"),
    "late": ({"a": entry(4, 16)}, "gap"),
    "rest": ({"a": entry(0, 8)}, "the file has 16"),
    "beyond": ({"a": entry(0, 32)}, "the file has 16"),
    "backwards": ({"a": entry(0, 16, data_offsets=[16, 0])}, "needs 16 bytes"),
    "overflow": ({"a": entry(0, 16, shape=[2**62, 4])}, "needs"),
    "huge": ({"a": entry(0, 16, shape=[2**70])}, "22 digits"),
    "negative": ({"a": entry(0, 16, shape=[-4])}, "at least 0"),
    "fraction": ({"a": entry(0, 16, shape=[4.0])}, "whole numbers"),
    "truth": ({"a": entry(0, 16, shape=[True, 4])}, "whole numbers"),
    "dtype": ({"a": entry(0, 16, dtype="F8_E4M3")}, "is of type 'F8_E4M3'"),
    "no dtype": ({"a": entry(0, 16, dtype=["F32"])}, "is of type"),
    "more keys": ({"a": entry(0, 16, more=1)}, "should have dtype"),
    "no entry": ({"a": 7}, "should have dtype"),
    "metadata": ({"__metadata__": {"a": 1}, "b": entry(0, 16)}, "__metadata__"),
    "twice": ('{"a": {"dtype": "F32"}, "a": {}}', "one key twice"),
    "list": ("[1]", "no JSON object"),
    "broken": ('{"a"', "cannot be read"),
    "deep": ('{"a":' + "[" * 1000 + "]" * 1000 + "}", "levels|recursion"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_headers(tmp_path: Path, kind: str) -> None:
    header, message = HOSTILE[kind]
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))
    with pytest.raises(FileRefused, match=message):
        load_weights(model(), path)


@pytest.mark.parametrize("content", [b"", b"1234567", bytes(8), b"\xff" * 8, b"\xff" * 100])
def test_hostile_lengths(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(FileRefused, match=r"w\.safetensors"):
        load_weights(model(), tmp_path / "w.safetensors")
