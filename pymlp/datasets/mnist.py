"""MNIST: 70,000 pictures of handwritten digits.

The copyright of MNIST is held by Yann LeCun and Corinna Cortes, who made it available under the
Creative Commons Attribution-Share Alike 3.0 licence.

References
----------
Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document
Recognition", Proceedings of the IEEE 86 (11), 1998.
"""

from __future__ import annotations

import os
from pathlib import Path

from pymlp.datasets.images import Split, read_npz
from pymlp.datasets.locate import RemoteFile, cache_folder, data_folders, keras_folder, locate

__all__ = ["load_data"]

_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> tuple[Split, Split]:
    """Return MNIST, as ``keras.datasets.mnist.load_data`` does.

    The file is looked for, in this order, in ``$PYMLP_DATA`` (there or in its folder ``mnist``),
    in Keras's cache (``$KERAS_HOME`` or ``~/.keras``) and in pymlp's cache (``$PYMLP_CACHE``);
    then it is downloaded to pymlp's cache, 11 MB, which needs pooch.

    Parameters
    ----------
    path : path-like, default "mnist.npz"
        The file's name in those folders. An absolute path is read as it stands.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuples of ndarray
        Images, uint8 of shape (60000, 28, 28) and (10000, 28, 28); labels, uint8 of shape
        (60000,) and (10000,), the digits.

    Raises
    ------
    FileNotFoundError
        When the file is nowhere. The message lists the places and the ways to supply it.
    ValueError
        When the file is damaged. The message names it.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
    """
    if Path(path).is_absolute():
        return read_npz(path)
    cache = cache_folder()
    file = RemoteFile(os.fspath(path), _URL, _SHA256)
    places = [*data_folders("mnist"), keras_folder(), cache]
    (found,) = locate("MNIST", [file], places, cache)
    return read_npz(found)
