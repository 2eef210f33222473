"""`ActivityRegularization`."""

from __future__ import annotations

from typing import Any

from pymlp import regularizers
from pymlp.layers.layer import Layer

__all__ = ["ActivityRegularization"]


class ActivityRegularization(Layer):
    """Return the inputs as they are, and add a penalty on them to the loss.

    ``(l1 * sum(|inputs|) + l2 * sum(inputs ** 2)) / number of samples``.

    Parameters
    ----------
    l1, l2 : float, at least 0
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = ActivityRegularization(l1=0.5)
    >>> layer(np.array([[1.0, -2.0], [0.0, 1.0]]))
    array([[ 1., -2.],
           [ 0.,  1.]], dtype=float32)
    >>> [float(loss) for loss in layer.losses]
    [1.0]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1, l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]  # made of l1 and l2
        return {**config, "l1": self.l1, "l2": self.l2}
