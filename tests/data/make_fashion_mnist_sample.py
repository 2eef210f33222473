"""Make the sample of Fashion-MNIST that ships with pymlp.

    python tests/data/make_fashion_mnist_sample.py

It needs the whole data set (``fashion_mnist.load_data``) and writes
``pymlp/datasets/sample/fashion_mnist.npz``. The same data gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "pymlp" / "datasets" / "sample" / "fashion_mnist.npz"
TRAIN_PER_CLASS = 200
TEST_PER_CLASS = 50


def first_of_each_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Return the indices of the first `count` of each label, in ascending order."""
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[:count] for c in range(10)]))


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as NumPy does, but compressed as hard as deflate can and without dates."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, buffer.getvalue(), compresslevel=9)


def main() -> None:
    from pymlp.datasets import fashion_mnist

    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    train = first_of_each_class(y_train, TRAIN_PER_CLASS)
    test = first_of_each_class(y_test, TEST_PER_CLASS)
    arrays = {
        "x_train": x_train[train],
        "y_train": y_train[train],
        "x_test": x_test[test],
        "y_test": y_test[test],
    }
    write_npz(TARGET, arrays)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(train)} training, {len(test)} test")


if __name__ == "__main__":
    main()
