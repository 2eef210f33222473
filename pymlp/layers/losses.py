"""`AddedLosses`: what layers add to the loss, penalties among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops, regularizers
from pymlp.graph.tensor import Tensor
from pymlp.layers.weights import Weighted, all_layers
from pymlp.nesting import flatten
from pymlp.ops.samples import batch_size
from pymlp.variables import Variable, current_trace

__all__ = ["AddedLosses"]


class AddedLosses(Weighted):
    """The part of a layer that adds to the loss.

    While a graph is traced, what is added belongs to the trace, and a program that measures the loss takes it from
    there. Outside, it is kept by the layer until it is called again.
    """

    def __init__(self, trainable: bool, activity_regularizer: Any) -> None:
        super().__init__(trainable)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._added_losses: list[Any] = []

    def add_loss(self, loss: Any) -> None:
        """Add a number, or several, to the loss; to be called within `call`.

        Parameters
        ----------
        loss : tensor, or nest of tensors
            Of one with axes the sum is added.

        Raises
        ------
        ValueError
            If it is no tensor.
        """
        trace = current_trace()
        for item in flatten(loss):
            if not isinstance(item, (Tensor, Variable, np.ndarray, np.generic, float)):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: add_loss expected a tensor, received {item!r}. Call it "
                    "within `call`, on what is computed from the inputs."
                )
            if trace is not None:
                trace.losses.append((self, item))
            else:
                self._added_losses.append(item)

    @property
    def losses(self) -> list[Any]:
        """What this layer and those within it added to the loss when last called, and the penalties on weights.

        Symbolic while a graph is traced.
        """
        layers = all_layers(self)
        trace = current_trace()
        if trace is None:
            added = [item for layer in layers for item in layer._added_losses]
        else:
            mine = {id(layer) for layer in layers}
            added = [item for layer, item in trace.losses if id(layer) in mine]
        return added + self._penalties()

    def _penalties(self) -> list[Any]:
        return [v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None]

    def _regularize_activity(self, outputs: Any) -> None:
        """Add the penalty on outputs, divided by the number of samples."""
        if self.activity_regularizer is None:
            return
        for output in flatten(outputs):
            if isinstance(output, (Tensor, np.ndarray)):
                penalty = self.activity_regularizer(output)
                if isinstance(output, Tensor) and None in output.shape:
                    penalty = ops.divide(penalty, batch_size(output))
                elif output.ndim > 0:
                    samples = output.shape[0]
                    penalty = penalty / samples if samples else penalty * 0.0
                self.add_loss(penalty)

    def _forget_losses(self) -> None:
        for layer in all_layers(self):
            layer._added_losses.clear()
