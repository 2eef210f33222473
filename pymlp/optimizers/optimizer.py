"""`Optimizer`, the base of all optimizers: its arguments, its variables, its configuration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import initializers
from pymlp.checks import optional_whole
from pymlp.config import floatx
from pymlp.graph.tensor import Shape
from pymlp.naming import name_or_automatic, to_snake_case
from pymlp.optimizers import schedules
from pymlp.optimizers.arguments import (
    check_clipping,
    numbers,
    optional_number,
    within,
)
from pymlp.optimizers.learning_rate import LearningRate
from pymlp.optimizers.stepping import Stepping
from pymlp.variables import Variable, current_trace

__all__ = ["Optimizer"]


class Optimizer(LearningRate, Stepping):
    """A rule by which gradients change variables.

    One of the native rules, which run as the epilogue of the kernels that make the gradients: such a subclass names
    the rule (`rule`), the slots that the rule keeps for each variable (`slot_names`) and the numbers that it is given
    at each step (`rule_numbers`). Or a rule written with `pymlp.ops`: such a subclass makes its variables in `build`
    and writes the rule in `update_step`, as in Keras; it is traced and run natively, too.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        A number may be changed at any time; the next step uses it. A callable without arguments is asked before
        every step.
    weight_decay : float, optional
        Before the rule is applied, each variable loses ``weight_decay * learning_rate`` of itself.
    clipnorm : float, optional
        Each gradient whose norm is greater is scaled down to this norm.
    clipvalue : float, optional
        Every element of a gradient is kept within [-clipvalue, clipvalue].
    global_clipnorm : float, optional
        If the norm of all gradients together is greater, they are scaled down to this norm.
    use_ema : bool
        Whether to keep a running mean of each variable; at the end of `fit` it becomes the variable's value.
    ema_momentum : float, within [0, 1]
        ``average = ema_momentum * average + (1 - ema_momentum) * variable`` after each step.
    ema_overwrite_frequency : int, at least 1, optional
        After so many steps, again and again, variables are given the values of their running means.
    loss_scale_factor : float, optional
        The loss is multiplied by it before it is differentiated, and gradients are divided by it.
    gradient_accumulation_steps : int, at least 2, optional
        The rule is applied after so many steps to the mean of their gradients.
    name : str, optional

    Attributes
    ----------
    iterations : int
        Steps taken so far; with gradient accumulation, times that the rule was applied.
    variables : list of Variable
        ``iteration``, ``learning_rate``, then for each variable its slots, as in Keras.

    Examples
    --------
    >>> import pymlp as keras
    >>> class SignDescent(Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         variable.assign(variable - learning_rate * keras.ops.sign(gradient))
    >>> v = keras.Variable([1.0, 2.0])
    >>> steps = SignDescent(learning_rate=0.5).apply_gradients([([3.0, -4.0], v)])
    >>> v.numpy()
    array([0.5, 2.5], dtype=float32)
    """

    # Whether it looks at all samples at once, again and again, by its method `minimize`.
    whole_batches = False

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kind = type(self).__name__
        if kwargs:
            raise ValueError(f"{kind}: unknown arguments {sorted(kwargs)}.")
        check_clipping(
            kind, clipnorm=clipnorm, clipvalue=clipvalue, global_clipnorm=global_clipnorm
        )
        self.weight_decay = optional_number(kind, "weight_decay", weight_decay)
        self.clipnorm = optional_number(kind, "clipnorm", clipnorm)
        self.clipvalue = optional_number(kind, "clipvalue", clipvalue)
        self.global_clipnorm = optional_number(kind, "global_clipnorm", global_clipnorm)
        self.use_ema = bool(use_ema)
        self.ema_momentum = within(kind, "ema_momentum", ema_momentum, 0.0, 1.0)
        self.ema_overwrite_frequency = optional_whole(
            kind, "ema_overwrite_frequency", ema_overwrite_frequency or None, 1
        )
        self.loss_scale_factor = optional_number(kind, "loss_scale_factor", loss_scale_factor)
        self.gradient_accumulation_steps = optional_whole(
            kind, "gradient_accumulation_steps", gradient_accumulation_steps or None, 2
        )
        self.name = name_or_automatic(kind, name, to_snake_case(kind))
        self.built = False
        self._iterations = Variable(np.int32(0), dtype="int32", trainable=False, name="iteration")
        self._iterations.path = f"{self.name}/iteration"
        LearningRate.__init__(self, learning_rate)
        Stepping.__init__(self)
        self._trained: list[Variable] = []
        self._slots: dict[int, dict[str, Variable]] = {}
        self._own_variables: list[Variable] = []
        self._kept_from_decay: tuple[list[Variable], tuple[str, ...]] = ([], ())

    # ---- what a subclass with a native rule says ------------------------------------------------------

    @property
    def rule(self) -> int | None:
        """The native rule, one of `Rule`; None if the rule is `update_step`."""
        return None

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of what the rule keeps for each variable, in the rule's order."""
        return ()

    @property
    def slot_groups(self) -> tuple[tuple[str, ...], ...]:
        """The same names, grouped: `variables` has those of one group for every variable, then the next group."""
        return (self.slot_names,)

    def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]:
        """Return shape and first value of each slot of a variable, by its name."""
        return dict.fromkeys(self.slot_names, (variable.shape, 0.0))

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """Return the rule's numbers for each step.

        Parameters
        ----------
        iterations : ndarray of shape (steps,), int64
            How often the rule was applied before.
        rates : ndarray of shape (steps,), of `pymlp.config.floatx`
            The learning rate of each step.

        Returns
        -------
        ndarray of shape (steps, numbers)
            For a rule that is not native the learning rate and the iteration come first.
        """
        return numbers(rates, iterations)

    # ---- what a subclass with a rule of its own says --------------------------------------------------

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change a variable, and what is kept for it, by `assign` and its kin."""
        raise NotImplementedError(
            f"{type(self).__name__} must override update_step(self, gradient, variable, learning_rate)."
        )

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

    def assign(self, variable: Variable, value: Any) -> None:
        """Set a variable, within `update_step`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable, within `update_step`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable, within `update_step`."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Variable) -> int:
        """Return the place of a variable among those the optimizer was built for; custom optimizers use it."""
        return next(i for i, trained in enumerate(self._trained) if trained is variable)

    # ---- state --------------------------------------------------------------------------------------

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

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots that the rule needs and the variables do not have yet."""
        for variable in variables:
            if id(variable) not in self._slots:
                self._trained.append(variable)
            made = self._slots.get(id(variable), {})
            wanted = {
                **({"average": (variable.shape, 0.0)} if self.use_ema else {}),
                **(
                    {"gradient_accumulator": (variable.shape, 0.0)}
                    if self.gradient_accumulation_steps
                    else {}
                ),
                **self.slots_for(variable),
            }
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
            If the optimizer is not built, or their number is another.
        """
        variables = self.variables
        if not self.built or len(weights) != len(variables):
            raise ValueError(
                f"{type(self).__name__}: set_weights expected {len(variables)} arrays, received {len(weights)}."
                + ("" if self.built else " It is not built yet: call build(variables) first.")
            )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

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

    # ---- exclusions, running means, loss scale ----------------------------------------------------------

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Spare variables from weight decay.

        Parameters
        ----------
        var_list : list of Variable, optional
        var_names : list of str, optional
            Regular expressions; variables in whose `name` one is found are spared.
        """
        self._kept_from_decay = (list(var_list or ()), tuple(var_names or ()))

    def _decays(self, variable: Variable) -> bool:
        spared, names = self._kept_from_decay
        return not (
            any(variable is one for one in spared)
            or any(re.search(name, variable.name) for name in names)
        )

    def _decay_of(self, variable: Variable) -> float | None:
        """Return the weight decay of a variable, None for one that has none."""
        return self.weight_decay if self._decays(variable) else None

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

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # ---- configuration ------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an optimizer like this one, without its state."""
        return {
            "name": self.name,
            "learning_rate": self._rate_config(),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Return an optimizer from what `get_config` returned."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)

    def __getstate__(self) -> dict[str, Any]:
        # Slots are found by the identity of their variables, which unpickled ones have anew.
        state = {**self.__dict__, "_apply_programs": {}}
        state["_slots"] = [self._slots[id(variable)] for variable in self._trained]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        slots = state.pop("_slots")
        self.__dict__.update(state)
        self._slots = {id(v): s for v, s in zip(self._trained, slots, strict=True)}

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} name={self.name}, learning_rate={float(self.learning_rate):g}>"
        )
