"""Measure, and save, the running means of the weights in place of the weights."""

from __future__ import annotations

from typing import Any

from pymlp.callbacks.callback import Callback

__all__ = ["SwapEMAWeights"]


class SwapEMAWeights(Callback):
    """Let weights and their running means change places while the model is evaluated or predicts.

    The optimizer keeps running means of the weights if it was made with ``use_ema=True``.

    Parameters
    ----------
    swap_on_epoch : bool
        Whether they change places at the end of each epoch, and back at the beginning of the next, so that callbacks
        after this one, such as one that saves the model, see the running means.

    Raises
    ------
    ValueError
        When the places are to be changed, if the optimizer keeps no running means.

    Notes
    -----
    After a prediction the weights are in their places again; in Keras they are not.

    References
    ----------
    Polyak, Juditsky (1992), "Acceleration of stochastic approximation by averaging".

    Examples
    --------
    >>> SwapEMAWeights(swap_on_epoch=True).swap_on_epoch
    True
    """

    state_names = ("_swapped",)

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _put(self, means: bool) -> None:
        """Have the model hold the running means, or the weights."""
        if means != self._swapped:
            for variable, average in self._pairs():
                kept = variable.numpy()
                variable.assign(average.numpy())
                average.assign(kept)
            self._swapped = means

    def _pairs(self) -> list[tuple[Any, Any]]:
        optimizer = self.model.optimizer
        if not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps running means of the weights: make it with use_ema=True."
            )
        pairs: list[tuple[Any, Any]] = optimizer.running_means()
        return pairs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.swap_on_epoch:
            self._put(means=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self.swap_on_epoch:
            return
        self._put(means=True)
        if self.model.stop_training or epoch == (self.params or {}).get("epochs", 0) - 1:
            # At its end `fit` gives the weights the values of their running means, which they have already.
            for variable, average in self._pairs():
                average.assign(variable.numpy())
            self._swapped = False

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._put(means=True)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._put(means=False)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._put(means=True)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._put(means=False)
