"""Small data sets to learn and to test with, as Keras returns them.

`fashion_mnist` and `mnist` each offer ``load_data()``; `fashion_mnist` also offers
``load_sample()``, a small balanced part of the data set that ships with pymlp and needs no
network.
"""

from __future__ import annotations

from pymlp.datasets import fashion_mnist, mnist

__all__ = ["fashion_mnist", "mnist"]
