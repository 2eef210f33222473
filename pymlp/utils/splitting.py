"""Arrays cut in two: what to train on, and what to test with."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

__all__ = ["split_dataset"]


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """Return the first samples of arrays and the last ones.

    Parameters
    ----------
    dataset : ndarray of shape (n, ...), or list or tuple of such
        Of several arrays the same samples are taken.
    left_size, right_size : float within (0, 1), or int, optional
        A share of the samples, rounded to a whole number, or their number. One of the two may be missing: it is what
        the other leaves. If together they are less than all samples, those in the middle are left out.
    shuffle : bool
        Whether the samples are put into a random order first.
    seed : int, optional
        For `shuffle`: the same seed gives the same order, which is Keras's own. By default it comes from Python's
        `random`, which `set_random_seed` sets.
    preferred_backend : {None, "numpy", "pymlp"}
        Accepted for Keras's sake: arrays are returned.

    Returns
    -------
    left, right : like `dataset`
        Without `shuffle` views of the arrays, nothing is copied. (Keras returns TensorFlow's or PyTorch's data sets.)

    Raises
    ------
    TypeError
        If `dataset` is something else, or a size is no number.
    ValueError
        If the arrays differ in length, no size is given, the sizes exceed the samples, or a part would be empty.

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> (x_train, y_train), (x_test, y_test) = keras.utils.split_dataset((x, y), left_size=0.8)
    >>> x_train.shape, y_test
    ((4, 2), array([4]))
    """
    if preferred_backend not in (None, "numpy", "pymlp"):
        raise ValueError(
            f"split_dataset returns arrays; preferred_backend should be left out, received {preferred_backend!r}."
        )
    arrays = [dataset] if isinstance(dataset, np.ndarray) else dataset
    count = _number_of_samples(arrays)
    left, right = _sizes(left_size, right_size, count)
    parts: Any = (slice(left), slice(count - right, count))
    if shuffle:
        order = list(range(count))
        generator = random.Random(random.randint(0, 10**6) if seed is None else seed)
        generator.shuffle(order)
        parts = [order[part] for part in parts]

    def taken(rows: Any) -> Any:
        found = [array[rows] for array in arrays]
        return found[0] if arrays is not dataset else type(dataset)(found)

    return taken(parts[0]), taken(parts[1])


def _number_of_samples(arrays: Any) -> int:
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(
            f"split_dataset: dataset should be an array, or a list or tuple of arrays, received a "
            f"{type(arrays).__name__}. Of a torch.utils.data.Dataset, torch.utils.data.random_split makes two."
        )
    for index, array in enumerate(arrays):
        if not isinstance(array, np.ndarray) or array.ndim == 0:
            raise TypeError(
                f"split_dataset: dataset[{index}] should be an array of samples, received {type(array).__name__}. "
                "Make it one by numpy.asarray."
            )
    lengths = [len(array) for array in arrays]
    if not lengths or min(lengths) == 0:
        raise ValueError("split_dataset: dataset is empty.")
    if len(set(lengths)) > 1:
        raise ValueError(
            f"split_dataset: the arrays should hold the same samples, received {lengths} of them."
        )
    return lengths[0]


def _sizes(left_size: Any, right_size: Any, count: int) -> tuple[int, int]:
    """Return how many samples are on the left and on the right."""
    if left_size is None and right_size is None:
        raise ValueError("split_dataset: give left_size, right_size or both.")
    left, right = _size("left_size", left_size, count), _size("right_size", right_size, count)
    shares = isinstance(left_size, float) and isinstance(right_size, float)
    if shares and left_size + right_size > 1:
        raise ValueError(
            f"split_dataset: left_size and right_size should be at most 1 together, received {left_size} and "
            f"{right_size}."
        )
    left = count - right if left is None and right is not None else left
    right = count - left if right is None and left is not None else right
    assert left is not None
    assert right is not None
    if left + right > count:
        raise ValueError(
            f"split_dataset: {left} samples on the left and {right} on the right are more than the {count} there are."
        )
    if min(left, right) < 1:
        raise ValueError(
            f"split_dataset: of {count} samples, left_size={left_size} and right_size={right_size} leave the "
            f"{'left' if left < 1 else 'right'} side empty."
        )
    return left, right


def _size(argument: str, size: Any, count: int) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, float, np.integer, np.floating)):
        raise TypeError(f"split_dataset: {argument} should be a number, received {size!r}.")
    is_share = isinstance(size, (float, np.floating))
    if not 0 < size < (1 if is_share else count):
        raise ValueError(
            f"split_dataset: {argument} should be a share within (0, 1), or a number of samples from 1 to "
            f"{count - 1}, received {size!r}."
        )
    return round(float(size) * count) if is_share else int(size)
