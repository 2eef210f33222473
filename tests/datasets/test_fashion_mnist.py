from __future__ import annotations

import hashlib
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pymlp.datasets import fashion_mnist

WriteFashion = Callable[..., list[np.ndarray]]

SAMPLE = Path(fashion_mnist.__file__).parent / "sample"
MAKE_SAMPLE = Path(__file__).parents[1] / "data" / "make_fashion_mnist_sample.py"

# SHA-256 of the bytes that the four published files decompress to, without their headers.
CONTENT_SHA256 = (
    "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
)


def flat(data: tuple[tuple[np.ndarray, ...], ...]) -> list[np.ndarray]:
    return [array for split in data for array in split]


@pytest.mark.parametrize("compressed", [True, False])
def test_pymlp_data_comes_first(
    bare_machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_fashion: WriteFashion,
    compressed: bool,
) -> None:
    expected = write_fashion(bare_machine / "data", seed=1, compressed=compressed)
    write_fashion(bare_machine / ".keras" / "datasets" / "fashion-mnist", seed=2)
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "data"))
    for read, array in zip(flat(fashion_mnist.load_data()), expected, strict=True):
        np.testing.assert_array_equal(read, array)


def test_the_order_of_the_other_places(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, write_fashion: WriteFashion
) -> None:
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "without-the-files"))
    monkeypatch.setenv("PYMLP_CACHE", str(bare_machine / "cache"))
    # From the last place to the first: each new copy must hide the ones before it.
    folders = [
        bare_machine / "cache" / "fashion-mnist",
        bare_machine / "usr-share" / "fashion-mnist",
        bare_machine / ".keras" / "datasets" / "fashion-mnist",
        bare_machine / "without-the-files",
        bare_machine / "without-the-files" / "fashion-mnist",
    ]
    for seed, folder in enumerate(folders):
        expected = write_fashion(folder, seed=seed)
        for read, array in zip(flat(fashion_mnist.load_data()), expected, strict=True):
            np.testing.assert_array_equal(read, array)


def test_nothing_to_be_had_lists_every_place(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "data"))
    monkeypatch.setenv("PYMLP_CACHE", str(bare_machine / "cache"))
    with pytest.raises(FileNotFoundError, match="Fashion-MNIST was not found") as caught:
        fashion_mnist.load_data()
    for folder in (
        bare_machine / "data" / "fashion-mnist",
        bare_machine / "data",
        bare_machine / ".keras" / "datasets" / "fashion-mnist",
        bare_machine / "usr-share" / "fashion-mnist",
        bare_machine / "cache" / "fashion-mnist",
    ):
        assert f"- {folder} (" in str(caught.value)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)


def test_a_damaged_file_is_named(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, write_fashion: WriteFashion
) -> None:
    write_fashion(bare_machine, seed=0)
    (bare_machine / "t10k-images-idx3-ubyte.gz").write_bytes(b"not gzip")
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine))
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz is not usable"):
        fashion_mnist.load_data()


def test_images_and_labels_that_disagree_are_named(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, write_fashion: WriteFashion
) -> None:
    write_fashion(bare_machine, seed=0)
    (bare_machine / "t10k-labels-idx1-ubyte.gz").write_bytes(
        (bare_machine / "train-labels-idx1-ubyte.gz").read_bytes()
    )
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine))
    with pytest.raises(ValueError, match=r"t10k-images.* labels of shape \(3,\)"):
        fashion_mnist.load_data()


def test_the_sample_is_balanced_and_small() -> None:
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_sample()
    assert x_train.shape == (2000, 28, 28)
    assert x_test.shape == (500, 28, 28)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(np.bincount(y_train), np.full(10, 200))
    np.testing.assert_array_equal(np.bincount(y_test), np.full(10, 50))
    assert len(np.unique(x_train.reshape(2000, -1), axis=0)) > 1990  # pictures, not one picture
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1.2e6


def test_the_sample_names_its_licence() -> None:
    licence = (SAMPLE / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert "Zalando SE" in licence


def test_there_is_a_name_for_every_class() -> None:
    assert len(set(fashion_mnist.CLASS_NAMES)) == 10


@pytest.fixture(scope="module")
def real_data() -> list[np.ndarray]:
    if not fashion_mnist._SYSTEM.folder.is_dir():
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYMLP_DATA", str(fashion_mnist._SYSTEM.folder))
        return flat(fashion_mnist.load_data())


def test_the_real_data_is_the_published_data(real_data: list[np.ndarray]) -> None:
    shapes = [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
    assert [array.shape for array in real_data] == shapes
    digests = tuple(hashlib.sha256(array.tobytes()).hexdigest() for array in real_data)
    assert digests == CONTENT_SHA256


def test_the_sample_is_what_its_script_takes_from_the_real_data(
    real_data: list[np.ndarray], tmp_path: Path
) -> None:
    script = runpy.run_path(str(MAKE_SAMPLE))
    x_train, y_train, x_test, y_test = real_data
    train = script["first_of_each_class"](y_train, script["TRAIN_PER_CLASS"])
    test = script["first_of_each_class"](y_test, script["TEST_PER_CLASS"])
    expected = [x_train[train], y_train[train], x_test[test], y_test[test]]
    for read, array in zip(flat(fashion_mnist.load_sample()), expected, strict=True):
        np.testing.assert_array_equal(read, array)
