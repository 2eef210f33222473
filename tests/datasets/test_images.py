from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pymlp.datasets.images import check_split, read_npz


def images(n: int) -> np.ndarray:
    return np.zeros((n, 28, 28), np.uint8)


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)


def test_what_is_right_passes_through() -> None:
    x, y = images(2), labels(0, 9)
    same = check_split(x, y, "file")
    assert same[0] is x
    assert same[1] is y


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (images(2).astype(float), labels(0, 1), "it holds float64 of shape (2, 28, 28)"),
        (np.zeros((2, 28, 27), np.uint8), labels(0, 1), "it holds uint8 of shape (2, 28, 27)"),
        (np.zeros((2, 784), np.uint8), labels(0, 1), "it holds uint8 of shape (2, 784)"),
        (images(2), labels(0, 1, 2), "labels of shape (2,), it holds uint8 of shape (3,)"),
        (images(2), np.zeros(2, np.int64), "labels of shape (2,), it holds int64"),
        (images(0), labels(), "it holds no images"),
        (images(2), labels(1, 10), "labels from 0 to 9, it holds the label 10"),
    ],
)
def test_what_is_wrong_is_named(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match="the-file is not usable") as caught:
        check_split(x, y, "the-file")
    assert message in str(caught.value)


def test_npz_comes_back(tmp_path: Path) -> None:
    arrays = {
        "x_train": images(3) + 1,
        "y_train": labels(3, 4, 5),
        "x_test": images(1) + 2,
        "y_test": labels(6),
    }
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    (x_train, y_train), (x_test, y_test) = read_npz(path)
    for read, array in zip((x_train, y_train, x_test, y_test), arrays.values(), strict=True):
        np.testing.assert_array_equal(read, array)


def test_npz_without_an_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "half.npz"
    np.savez(path, x_train=images(1), y_train=labels(1))
    with pytest.raises(ValueError, match=r"half\.npz is not usable.*x_test"):
        read_npz(path)


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "objects.npz"
    np.savez(path, x_train=np.array([{}], object), y_train=labels(), x_test=labels())
    with pytest.raises(ValueError, match=r"objects\.npz is not usable"):
        read_npz(path)


@pytest.mark.parametrize("keep", [0, 10, 200, -40])
def test_a_truncated_npz_is_named(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.npz"
    np.savez_compressed(
        path, x_train=images(1), y_train=labels(1), x_test=images(1), y_test=labels(1)
    )
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"cut\.npz is not usable"):
        read_npz(path)
