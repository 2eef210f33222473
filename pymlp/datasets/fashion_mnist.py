"""Fashion-MNIST: 70,000 pictures of articles of clothing in ten classes.

Published by Zalando SE under the MIT licence; a drop-in replacement for MNIST that is harder.

References
----------
H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms", 2017, arXiv:1708.07747.
"""

from __future__ import annotations

from pathlib import Path

from pymlp.datasets.idx import read_idx
from pymlp.datasets.images import Split, check_split, read_npz
from pymlp.datasets.locate import (
    Place,
    RemoteFile,
    cache_folder,
    data_folders,
    keras_folder,
    locate,
)

__all__ = ["CLASS_NAMES", "load_data", "load_sample"]

#: The names of the classes 0 to 9.
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}
_FILES = [RemoteFile(name, _ORIGIN + name, sha256) for name, sha256 in _SHA256.items()]
_SYSTEM = Place(Path("/usr/share/datasets/fashion-mnist"), "Debian's dataset-fashion-mnist")
_SAMPLE = Path(__file__).parent / "sample" / "fashion_mnist.npz"


def load_data() -> tuple[Split, Split]:
    """Return the whole of Fashion-MNIST, as ``keras.datasets.fashion_mnist`` does.

    The four files are looked for, in this order, in ``$PYMLP_DATA`` (there or in its folder
    ``fashion-mnist``), in Keras's cache (``$KERAS_HOME`` or ``~/.keras``), in
    ``/usr/share/datasets/fashion-mnist`` (Debian's package ``dataset-fashion-mnist``) and in
    pymlp's cache (``$PYMLP_CACHE``); then they are downloaded to pymlp's cache, 30 MB, which
    needs pooch. Files may be compressed with gzip or not.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuples of ndarray
        Images, uint8 of shape (60000, 28, 28) and (10000, 28, 28), 0 is white and 255 is black;
        labels, uint8 of shape (60000,) and (10000,), indices into `CLASS_NAMES`.

    Raises
    ------
    FileNotFoundError
        When the files are nowhere. The message lists the places and the ways to supply them.
    ValueError
        When a file is damaged. The message names it.

    See Also
    --------
    load_sample : A small part of the data set that is always there.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
    """
    cache = cache_folder("fashion-mnist")
    places = [*data_folders("fashion-mnist"), keras_folder("fashion-mnist"), _SYSTEM, cache]
    paths = locate("Fashion-MNIST", _FILES, places, cache)
    x_train, y_train, x_test, y_test = (read_idx(path) for path in paths)
    return check_split(x_train, y_train, paths[0]), check_split(x_test, y_test, paths[2])


def load_sample() -> tuple[Split, Split]:
    """Return 2,000 training and 500 test images of Fashion-MNIST, which ship with pymlp.

    They are the first 200 training and the first 50 test images of each class, in the order of
    the data set. Enough to try things on and to test with; a classifier trained on them reaches
    about 0.8 where the whole data set gives 0.88.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuples of ndarray
        Images, uint8 of shape (2000, 28, 28) and (500, 28, 28); labels, uint8 of shape (2000,)
        and (500,).

    Examples
    --------
    >>> from pymlp.datasets import fashion_mnist
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_sample()
    >>> x_train.shape, y_test.shape
    ((2000, 28, 28), (500,))
    >>> fashion_mnist.CLASS_NAMES[y_train[0]]
    'Ankle boot'
    """
    return read_npz(_SAMPLE)
