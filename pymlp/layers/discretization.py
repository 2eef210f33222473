"""`Discretization`: numbers to the bins that they lie in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.graph.tensor import Tensor
from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.layer import Layer
from pymlp.layers.on_arrays import batches_of

__all__ = ["Discretization"]


class Discretization(Layer):
    """Turn numbers into the number of the bin that they lie in.

    With boundaries b the bins are ``(-inf, b[0]), [b[0], b[1]), ..., [b[-1], inf)``; a NaN lies in the last one.

    Parameters
    ----------
    bin_boundaries : sequence of float, ascending, optional
    num_bins : int, optional
        Instead: into how many bins of about as many numbers each `adapt` divides the data.
    epsilon : float
        How exactly, as a share of the data.
    output_mode : {"int", "one_hot", "multi_hot", "count"}
        "int": the number of the bin. The others as of `CategoryEncoding`.
    sparse : bool
        Not supported: an error if it is asked for.
    dtype, name, **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If both boundaries and a number of bins are given, or neither; if boundaries do not ascend; if it is called
        before there are boundaries.

    Notes
    -----
    With "int", arrays give whole numbers; within a model they are of its type, as everything is. A layer must be
    adapted before a model is made of it.

    References
    ----------
    The data is kept as a summary of some 1 / epsilon weighted numbers, merged with that of each further batch; after
    Greenwald, Khanna: "Space-efficient online computation of quantile summaries". SIGMOD 2001.

    Examples
    --------
    >>> import numpy as np
    >>> Discretization(bin_boundaries=[0.0, 1.0, 2.0])(np.array([[-1.5, 1.0, 3.4, 0.5]]))
    array([[0, 2, 3, 1]], dtype=int32)
    >>> layer = Discretization(num_bins=2)
    >>> layer.adapt(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> layer.bin_boundaries
    [2.0]
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=dtype, name=name, **kwargs)
        label = f"Discretization {self.name!r}"
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = check_mode(label, output_mode, modes, sparse)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"{label}: give either bin_boundaries or num_bins, received {bin_boundaries} and {num_bins}."
            )
        if num_bins is not None and num_bins < 1:
            raise ValueError(f"{label}: num_bins should be at least 1, received {num_bins}.")
        if not 0.0 < epsilon <= 1.0:
            raise ValueError(
                f"{label}: epsilon should be above 0 and at most 1, received {epsilon}."
            )
        self.num_bins = num_bins
        self.epsilon = float(epsilon)
        self.bin_boundaries = None if bin_boundaries is None else self._checked(bin_boundaries)
        self._is_in_a_graph = False

    def _checked(self, boundaries: Sequence[float]) -> list[float]:
        numbers = [float(b) for b in boundaries]
        if any(not a <= b for a, b in pairwise(numbers)):
            raise ValueError(
                f"Discretization {self.name!r}: bin_boundaries should ascend, received {boundaries}."
            )
        return numbers

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take the boundaries from data: an array, a column, or an iterable of arrays, of which `steps` are read.

        Raises
        ------
        ValueError
            If the layer was given its boundaries, or there is no number.
        RuntimeError
            If a model was made of it.
        """
        label = f"Discretization {self.name!r}"
        if self.num_bins is None:
            raise ValueError(f"{label} was given bin_boundaries: there is nothing to adapt.")
        if self._is_in_a_graph:
            raise RuntimeError(
                f"{label}: a model was made of it, which has its boundaries. Adapt a layer before making a model."
            )
        summary = np.zeros((2, 0), np.float32)
        for batch in batches_of(data, steps):
            new = _summary(np.asarray(batch, np.float32), self.epsilon)
            merged = np.concatenate([new, summary], axis=1)
            summary = _compressed(merged[:, np.argsort(merged[0], kind="stable")], self.epsilon)
        if not summary.shape[1]:
            raise ValueError(f"{label}: adapt needs at least one number.")
        boundaries: list[float] = _compressed(summary, 1.0 / self.num_bins)[0, :-1].tolist()
        self.bin_boundaries = boundaries

    def call(self, inputs: Any) -> Any:
        label = f"Discretization {self.name!r}"
        if self.bin_boundaries is None:
            raise ValueError(
                f"{label} has no bin_boundaries yet. Give them, or call adapt(data) first."
            )
        symbolic = isinstance(inputs, Tensor)
        self._is_in_a_graph |= symbolic
        count = len(self.bin_boundaries)
        if count:
            boundaries = np.asarray(self.bin_boundaries, self.dtype)
            bins = ops.cast(ops.searchsorted(boundaries, inputs, side="right"), self.dtype)
            bins = ops.where(ops.isnan(inputs), float(count), bins)
        else:
            bins = ops.zeros_like(inputs)
        if self.output_mode == "int":
            return bins if symbolic else bins.astype(np.int32)
        return encode(label, bins, self.output_mode, count + 1)

    def get_config(self) -> dict[str, Any]:
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": False,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a layer from what `get_config` returned, adapted if that one was."""
        config = dict(config)
        adapted = None if config.get("num_bins") is None else config.pop("bin_boundaries", None)
        layer = cls(**config)
        if adapted is not None:
            layer.bin_boundaries = layer._checked(adapted)
        return layer


def _summary(values: np.ndarray, epsilon: float) -> np.ndarray:
    """Return every so manieth of the sorted values, and for how many each stands."""
    values = np.sort(values, axis=None)
    step = max(values.size / (1.0 / epsilon), 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def _compressed(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """Return a summary of about 1 / epsilon values of equal weight, between those of a longer one."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = summary[1].cumsum()
    values, upto = (np.interp(shares, weights / weights[-1], y) for y in (summary[0], weights))
    return np.stack([values, np.diff(upto, prepend=0.0)]).astype(np.float32)
