"""`AddedLosses`: what layers add to the loss, penalties among them."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from pymlp import ops, regularizers
from pymlp.graph.tensor import Tensor
from pymlp.layers.weights import Weighted, all_layers
from pymlp.nesting import flatten
from pymlp.ops.samples import batch_size
from pymlp.tracing import current_trace
from pymlp.variables import Variable

__all__ = ["AddedLosses"]

_keeping: weakref.WeakSet[AddedLosses] = weakref.WeakSet()  # layers that have losses to forget


class AddedLosses(Weighted):
    """The part of a layer that adds to the loss.

    While a graph is traced, what is added belongs to the trace, and a program that measures the loss takes it from
    there. Outside, it is kept by the layer until that, or one that it is part of, is called again, or as a model
    predicts, is evaluated or trained.
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
                self._keep_loss(item)

    def _keep_loss(self, loss: Any) -> None:
        self._added_losses.append(loss)
        _keeping.add(self)

    @property
    def losses(self) -> list[Any]:
        """What this layer and those within it added to the loss when last called, and the penalties on weights.

        A call of this layer, or of one that it is part of, forgets those of the call before; so do `predict`,
        `evaluate` and `fit`, which keep none. Symbolic while a graph is traced.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> dense = keras.layers.Dense(1, kernel_initializer="ones", activity_regularizer="l1")
        >>> model = keras.Sequential([keras.Input((2,)), dense])
        >>> y = model(np.ones((3, 2)))
        >>> [round(float(loss), 4) for loss in model.losses]
        [0.02]
        """
        trace = current_trace()
        if trace is None:
            added = [item for layer in self._with_inner_layers() for item in layer._added_losses]
        else:
            mine = {id(layer) for layer in all_layers(self)}
            added = [item for layer, item in trace.losses if id(layer) in mine]
        return added + self._penalties()

    def _with_inner_layers(self) -> list[Any]:
        """Return this layer and those within, in the order in which Keras lists their losses."""
        found: dict[int, Any] = {id(self): self}
        waiting = [*self._inner_layers()][::-1]
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                waiting.extend(layer._inner_layers())
        return list(found.values())

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
        if not _keeping:
            return  # the usual case, which predictions of one row have no more time for
        for layer in all_layers(self):
            layer._added_losses.clear()
            _keeping.discard(layer)
