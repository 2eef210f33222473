"""`Applying`: steps with gradients that come from elsewhere than a model's own program."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Tensor
from pymlp.optimizers.stepping import Stepping
from pymlp.tracing import tracing
from pymlp.variables import Variable

__all__ = ["Applying"]

_apply_lock = threading.RLock()  # a Python function in an `update_step` may apply another optimizer


class Applying(Stepping):
    """The part of an optimizer that takes a step when it is told to, by a program of the updates alone."""

    def __init__(self) -> None:
        self._apply_programs: dict[Any, tuple[Lowered, list[Variable]]] = {}

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Take a step with pairs (gradient, variable); return the counter of steps."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Take a step.

        Parameters
        ----------
        grads : sequence of array
            None for a variable that has none.
        trainable_variables : sequence of Variable, optional
            Default: those the optimizer was built for.

        Raises
        ------
        ValueError
            If their numbers or shapes differ, or there is no gradient at all.
        """
        grads = list(grads)
        if not grads:
            return
        kind = type(self).__name__
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    f"{kind}: apply without variables needs an optimizer that is built. Call "
                    "build(trainable_variables) first, or give the variables, too."
                )
            trainable_variables = self._trained
        if len(grads) != len(trainable_variables):
            raise ValueError(
                f"{kind}: apply received {len(grads)} gradients for {len(trainable_variables)} variables."
            )
        pairs = [(g, v) for g, v in zip(grads, trainable_variables, strict=True) if g is not None]
        missing = [v.path for g, v in zip(grads, trainable_variables, strict=True) if g is None]
        if not pairs:
            raise ValueError(f"{kind}: apply received no gradient for any variable.")
        if missing:
            warnings.warn(
                f"{kind}: there are no gradients for the variables {missing}.", stacklevel=2
            )
        arrays = [np.asarray(gradient) for gradient, _ in pairs]
        for array, (_, variable) in zip(arrays, pairs, strict=True):
            if array.shape != variable.shape:
                raise ValueError(
                    f"{kind}: a gradient of shape {variable.shape} was expected for {variable.path!r}, received "
                    f"{array.shape}."
                )
        if not self.built:
            self.build(list(trainable_variables))
        with _apply_lock, tracing(False):
            lowered = self._apply_program([variable for _, variable in pairs])
            lowered.program.reserve(1)
            for number, array in zip(lowered.results, arrays, strict=True):
                view = lowered.program.view(number, 1)
                view[...] = array.reshape(view.shape)
            lowered.program.run(None, 0, 1, 1, self.numbers_of_next(1), 1)
        self.advance(1)

    def _apply_program(self, variables: list[Variable]) -> Lowered:
        key = (self.form, *(id(variable) for variable in variables))
        if key not in self._apply_programs:
            fed = [Tensor(v.shape, v.dtype, attributes={"fed": i}) for i, v in enumerate(variables)]
            updates = self.updates(list(zip(variables, fed, strict=True)))
            lowered = lower(variables[0].dtype, (), results=fed, updates=updates)
            self._apply_programs = {key: (lowered, variables)}
        return self._apply_programs[key][0]

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_apply_programs": {}}
