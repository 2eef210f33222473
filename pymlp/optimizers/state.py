"""`State`: what an optimizer keeps from step to step, all of it in variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import initializers
from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor
from pymlp.tracing import current_trace
from pymlp.variables import Variable, assign_all

__all__ = ["State"]


class State:
    """The part of an optimizer that counts its steps and keeps something for each variable: slots."""

    if TYPE_CHECKING:
        name: str
        use_ema: bool
        gradient_accumulation_steps: int | None
        _learning_rate: Any

        @property
        def slot_groups(self) -> tuple[tuple[str, ...], ...]: ...
        def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]: ...

    def __init__(self) -> None:
        self.built = False
        self._iterations = Variable(np.int32(0), dtype="int32", trainable=False, name="iteration")
        self._iterations.path = f"{self.name}/iteration"
        self._traced_iterations: Tensor | None = None
        self._trained: list[Variable] = []
        self._slots: dict[int, dict[str, Variable]] = {}
        self._own_variables: list[Variable] = []

    @property
    def iterations(self) -> Any:
        """Steps taken so far; with gradient accumulation, times that the rule was applied.

        Within `update_step` it is a symbolic tensor.
        """
        if current_trace() is not None and self._traced_iterations is not None:
            return self._traced_iterations
        return int(self._iterations.value) // (self.gradient_accumulation_steps or 1)

    @iterations.setter
    def iterations(self, value: int) -> None:
        self._iterations.assign(int(value) * (self.gradient_accumulation_steps or 1))

    # ---- slots ----------------------------------------------------------------------------------------

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots that the rule needs and the variables do not have yet."""
        for variable in variables:
            if id(variable) not in self._slots:
                self._trained.append(variable)
            made = self._slots.get(id(variable), {})
            wanted: dict[str, tuple[Shape, float]] = {}
            if self.use_ema:
                wanted["average"] = variable.shape, 0.0
            if self.gradient_accumulation_steps:
                wanted["gradient_accumulator"] = variable.shape, 0.0
            wanted |= self.slots_for(variable)
            self._slots[id(variable)] = {
                name: made.get(name) or self._slot(variable, name, *how)
                for name, how in wanted.items()
            }
        self.built = True

    def _slot(self, variable: Variable, name: str, shape: Shape, value: float) -> Variable:
        slot = Variable(np.full(shape, value), dtype=variable.dtype, trainable=False, name=name)
        slot.path = f"{self.name}/{variable.path.replace('/', '_')}_{name}"
        return slot

    def slot(self, variable: Variable, name: str) -> Variable:
        """Return what is kept for a variable under a name."""
        return self._slots[id(variable)][name]

    @property
    def number_type(self) -> str:
        """The type of the weights, and so of the arithmetic of a step."""
        return self._trained[0].dtype if self._trained else floatx()

    def _get_variable_index(self, variable: Variable) -> int:
        """Return the place of a variable among those the optimizer was built for; custom optimizers use it."""
        return next(i for i, trained in enumerate(self._trained) if trained is variable)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Give variables the values of their running means, if there are any. `fit` does so at its end."""
        wanted = {id(variable) for variable in var_list}
        for variable, average in self.running_means():
            if id(variable) in wanted:
                variable.assign(average.value)

    def running_means(self) -> list[tuple[Variable, Variable]]:
        """Return each trained variable with its running mean; none before the first step, or without `use_ema`."""
        if not self.use_ema or not self.iterations:
            return []
        pairs = [(variable, self._slots[id(variable)].get("average")) for variable in self._trained]
        return [(variable, average) for variable, average in pairs if average is not None]

    # ---- variables that a subclass makes itself ---------------------------------------------------------

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable of the optimizer's own; `aggregation` and `layout` are taken for Keras's sake."""
        variable = Variable(initializers.get(initializer), tuple(shape), dtype, False, name)
        variable.path = f"{self.name}/{variable.name}"
        self._own_variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Make a variable of the shape and type of one that is trained."""
        label = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(
            reference_variable.shape, initializer, reference_variable.dtype, name=label
        )

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Variable],
        name: str | Sequence[str],
        initializer: Any = "zeros",
    ) -> Any:
        """Make one variable, or one of each name, for each that is trained; return a list, or one of each name."""
        names = [name] if isinstance(name, str) else list(name)
        initial = (
            list(initializer)
            if isinstance(initializer, (list, tuple))
            else [initializer] * len(names)
        )
        if len(initial) != len(names):
            raise ValueError(
                f"{type(self).__name__}: as many initializers as names were expected, received name={name!r} and "
                f"initializer={initializer!r}."
            )
        made = [
            [
                self.add_variable_from_reference(v, *pair)
                for pair in zip(names, initial, strict=True)
            ]
            for v in trainable_variables
        ]
        columns = tuple([row[i] for row in made] for i in range(len(names)))
        return columns[0] if isinstance(name, str) else columns

    # ---- all of it ------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """The optimizer's own variables, in Keras's order."""
        groups = (("average",), ("gradient_accumulator",), *self.slot_groups)
        slots = [
            slot
            for names in groups
            for variable in self._trained
            for name, slot in self._slots[id(variable)].items()
            if name in names
        ]
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate, *slots, *self._own_variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all variables.

        Raises
        ------
        ValueError
            If the optimizer is not built, or a number or shape is wrong. Nothing is changed then.
        """
        where = f"{type(self).__name__}: set_weights"
        if not self.built:
            raise ValueError(
                f"{where} needs an optimizer that is built. Call build(variables) first."
            )
        assign_all(where, self.variables, weights)

    def own_variables(self) -> list[Variable]:
        """Return what files hold of the optimizer: its variables."""
        return self.variables

    def save_own_variables(self, store: Any) -> None:
        """Put the variables into a dict, as what files hold of the optimizer."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable

    def load_own_variables(self, store: Any) -> None:
        """Set the variables from a dict of arrays, as `save_own_variables` made it."""
        for index, variable in enumerate(self.variables):
            variable.assign(store[str(index)])

    def __getstate__(self) -> dict[str, Any]:
        # Slots are found by the identity of their variables, which unpickled ones have anew.
        return {**self.__dict__, "_slots": [self._slots[id(v)] for v in self._trained]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        slots = state.pop("_slots")
        self.__dict__.update(state)
        self._slots = {id(v): s for v, s in zip(self._trained, slots, strict=True)}
