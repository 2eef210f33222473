from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pymlp.datasets import mnist

WriteMnist = Callable[[Path, int], list[np.ndarray]]


@pytest.fixture
def write_mnist(small_arrays: Callable[[int], dict[str, np.ndarray]]) -> WriteMnist:
    def write(path: Path, seed: int) -> list[np.ndarray]:
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = list(small_arrays(seed).values())
        names = ("x_train", "y_train", "x_test", "y_test")
        np.savez_compressed(path, **dict(zip(names, arrays, strict=True)))
        return arrays

    return write


def assert_loads(expected: list[np.ndarray], path: str | os.PathLike[str] = "mnist.npz") -> None:
    read = [array for split in mnist.load_data(path) for array in split]
    for array, other in zip(read, expected, strict=True):
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, other)


def test_the_order_of_the_places(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, write_mnist: WriteMnist
) -> None:
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "data"))
    monkeypatch.setenv("PYMLP_CACHE", str(bare_machine / "cache"))
    # From the last place to the first: each new copy must hide the ones before it.
    for seed, folder in enumerate(
        (
            bare_machine / "cache",
            bare_machine / ".keras" / "datasets",
            bare_machine / "data",
            bare_machine / "data" / "mnist",
        )
    ):
        assert_loads(write_mnist(folder / "mnist.npz", seed))


def test_another_name_and_an_absolute_path(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, write_mnist: WriteMnist
) -> None:
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "data"))
    assert_loads(write_mnist(bare_machine / "data" / "digits.npz", 1), "digits.npz")
    elsewhere = bare_machine / "elsewhere" / "m.npz"
    assert_loads(write_mnist(elsewhere, 2), elsewhere)


def test_nothing_to_be_had_lists_every_place(bare_machine: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"MNIST was not found.*") as caught:
        mnist.load_data()
    assert str(bare_machine / ".keras" / "datasets") in str(caught.value)
    assert "put mnist.npz into a folder" in str(caught.value)
