"""`find_learning_rate`: what a model's loss does while the learning rate grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["LearningRateSearch", "find_learning_rate"]

# How much of the running mean of the losses each new loss makes up, and where it is not worth going on.
_SHARE = 0.1
_DIVERGED = 4.0


@dataclass
class LearningRateSearch:
    """What `find_learning_rate` saw.

    Attributes
    ----------
    rates : ndarray of shape (steps,)
        Growing.
    losses : ndarray of shape (steps,)
        The loss of each batch, before the step with that learning rate.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 1.0, 5)
    >>> search = LearningRateSearch(rates, losses=np.array([1.0, 0.8, 0.1, 0.1, 9.0]))
    >>> round(search.suggestion, 6)
    0.01
    """

    rates: np.ndarray
    losses: np.ndarray

    @property
    def smoothed(self) -> np.ndarray:
        """Running means of the losses."""
        mean, means = 0.0, []
        for step, loss in enumerate(self.losses, 1):
            mean += _SHARE * (loss - mean)
            means.append(mean / (1 - (1 - _SHARE) ** step))
        return np.array(means)

    @property
    def suggestion(self) -> float:
        """A tenth of the learning rate where the smoothed loss is lowest: it learns fast, and is far from diverging."""
        smoothed = np.where(np.isfinite(self.smoothed), self.smoothed, np.inf)
        return float(self.rates[int(np.argmin(smoothed))] / 10)

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses over the learning rates, and where the suggestion is; return Matplotlib's axes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError as error:
                raise ImportError(
                    "plot needs Matplotlib: install it by `pip install matplotlib`."
                ) from error
            ax = pyplot.subplots()[1]
        ax.plot(
            self.rates, self.losses, linewidth=0.5, color="tab:gray", label="loss of each batch"
        )
        ax.plot(self.rates, self.smoothed, label="smoothed")
        ax.axvline(self.suggestion, linestyle="--", label=f"suggestion: {self.suggestion:.2g}")
        finite = self.smoothed[np.isfinite(self.smoothed)]
        if len(finite):
            ax.set_ylim(0.9 * finite.min(), 1.1 * max(finite[0], finite.min()))
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss")
        ax.legend()
        return ax


def find_learning_rate(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int = 32,
    min_rate: float = 1e-5,
    max_rate: float = 10.0,
    steps: int = 200,
    sample_weight: Any = None,
) -> LearningRateSearch:
    """Train for some steps with a learning rate that grows evenly in its logarithm, and note each batch's loss.

    Afterwards weights and optimizer are as they were before; a model or an optimizer that was not built is.

    Parameters
    ----------
    model : Model
        Compiled.
    x, y : array of shape (n, ...), or several in a list, tuple or dict
        Batches are drawn from all samples.
    batch_size : int
    min_rate, max_rate : float, more than 0
        The first and the last learning rate.
    steps : int, at least 2
        It stops earlier if the loss is no longer a number, or 4 times the lowest.
    sample_weight : array of shape (n,), optional

    Returns
    -------
    LearningRateSearch
        With `rates`, `losses`, a `suggestion` and `plot`.

    Raises
    ------
    ValueError
        If the model is not compiled, or an argument is out of its range.

    Notes
    -----
    Keras does not have it.

    References
    ----------
    Smith (2017), "Cyclical learning rates for training neural networks", section 3.3.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> search = find_learning_rate(model, x, 2 * x, steps=50)
    >>> 1e-5 <= search.suggestion <= 10.0
    True
    """
    if not 0 < min_rate < max_rate < float("inf"):
        raise ValueError(
            f"find_learning_rate: expected 0 < min_rate < max_rate, received min_rate={min_rate!r} and "
            f"max_rate={max_rate!r}."
        )
    if steps < 2 or batch_size < 1:
        raise ValueError(
            "find_learning_rate: expected at least 2 steps and 1 sample a batch, received "
            f"steps={steps!r} and batch_size={batch_size!r}."
        )
    if getattr(model, "optimizer", None) is None:
        raise ValueError(
            f"find_learning_rate: model {model.name!r} is not compiled. "
            "Call model.compile(optimizer=..., loss=...) first."
        )
    rows = _length(x)
    if rows == 0:
        raise ValueError("find_learning_rate: there are no samples in x.")
    if not model.built:
        model(_take(x, np.arange(1)))
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    before, given = [variable.numpy() for variable in variables], optimizer._learning_rate
    generator = np.random.default_rng(0)  # of its own: the next fit draws what it would have drawn
    rates = np.geomspace(min_rate, max_rate, steps)
    losses: list[float] = []
    try:
        for rate in rates:
            optimizer._learning_rate = lambda rate=rate: rate
            batch = generator.choice(rows, min(batch_size, rows), replace=False)
            weights = None if sample_weight is None else np.asarray(sample_weight)[batch]
            logs = model.train_on_batch(
                _take(x, batch), _take(y, batch), sample_weight=weights, return_dict=True
            )
            losses.append(float(logs["loss"]))
            if not np.isfinite(losses[-1]) or losses[-1] > _DIVERGED * min(losses):
                break
    finally:
        optimizer._learning_rate = given
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        model.reset_metrics()
    return LearningRateSearch(rates[: len(losses)], np.array(losses))


def _length(data: Any) -> int:
    if isinstance(data, Mapping):
        return _length(next(iter(data.values())))
    if isinstance(data, (list, tuple)) and data and hasattr(data[0], "shape"):
        return _length(data[0])
    return len(data)


def _take(data: Any, rows: np.ndarray) -> Any:
    """Return those rows of an array, or of each of several."""
    if isinstance(data, Mapping):
        return {name: _take(array, rows) for name, array in data.items()}
    if isinstance(data, (list, tuple)) and data and hasattr(data[0], "shape"):
        return type(data)(_take(array, rows) for array in data)
    return np.asarray(data)[rows]
