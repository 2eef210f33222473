"""A machine without any data set, and small data sets to put on it."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pymlp.datasets import fashion_mnist, mnist
from pymlp.datasets.locate import Place

# A port that nothing listens on: refused at once, without leaving the machine.
UNREACHABLE = "http://127.0.0.1:9/"


def idx_bytes(array: np.ndarray) -> bytes:
    """Return an unsigned 8-bit array as an IDX file, written out by the format's definition."""
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 0x08, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_arrays(seed: int) -> dict[str, np.ndarray]:
    """Return the four arrays of a data set of 6 and 3 images, under the names of its files."""
    generator = np.random.default_rng(seed)
    return {
        "train-images-idx3-ubyte": generator.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": generator.integers(0, 10, 6, dtype=np.uint8),
        "t10k-images-idx3-ubyte": generator.integers(0, 256, (3, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": generator.integers(0, 10, 3, dtype=np.uint8),
    }


def write_fashion(folder: Path, seed: int, compressed: bool = True) -> list[np.ndarray]:
    """Write the four files into `folder` and return what they hold, in load_data's order."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = small_arrays(seed)
    for name, array in arrays.items():
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (folder / name).write_bytes(idx_bytes(array))
    return list(arrays.values())


# Test modules take these two as fixtures, so that they need not import this file.
@pytest.fixture(name="small_arrays")
def small_arrays_fixture() -> Callable[[int], dict[str, np.ndarray]]:
    return small_arrays


@pytest.fixture(name="write_fashion")
def write_fashion_fixture() -> Callable[..., list[np.ndarray]]:
    return write_fashion


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Hide every data set and the network; return the folder that stands for home."""
    for name in ("PYMLP_DATA", "PYMLP_CACHE", "KERAS_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(
        fashion_mnist, "_SYSTEM", Place(tmp_path / "usr-share" / "fashion-mnist", "Debian's")
    )
    monkeypatch.setattr(
        fashion_mnist,
        "_FILES",
        [replace(file, url=UNREACHABLE + file.name) for file in fashion_mnist._FILES],
    )
    monkeypatch.setattr(mnist, "_URL", UNREACHABLE + "mnist.npz")
    return tmp_path
