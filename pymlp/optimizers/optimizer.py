"""`Optimizer`, the base of all optimizers."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from pymlp.config import floatx
from pymlp.graph.lower import Update
from pymlp.graph.tensor import Tensor
from pymlp.naming import auto_name, to_snake_case
from pymlp.optimizers import schedules
from pymlp.optimizers.learning_rate import LearningRate
from pymlp.variables import Variable

__all__ = ["Optimizer", "Rule"]


class Rule:
    """Numbers of ``enum mlp_rule`` in csrc/kernels/update.inc.c."""

    STORE, SGD, MOMENTUM, NESTEROV, ADAM, AMSGRAD, RMSPROP = range(7)


class Optimizer(LearningRate):
    """An elementwise rule by which gradients change variables.

    A subclass names its rule (`rule`), the slots the rule keeps for each variable (`slot_names`), and the numbers
    that the rule is given at each step (`rule_numbers`). The rule itself is native and runs as the epilogue of
    the kernels that make the gradients.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        A number may be changed at any time; the next step uses it. A callable without arguments is asked before
        every step.
    name : str, optional

    Attributes
    ----------
    iterations : int
        Steps taken so far.
    variables : list of Variable
        ``iteration``, ``learning_rate``, then for each variable its slots, as in Keras.
    """

    _LATER: ClassVar[tuple[str, ...]] = (
        "weight_decay",
        "clipnorm",
        "clipvalue",
        "global_clipnorm",
        "loss_scale_factor",
        "gradient_accumulation_steps",
        "ema_overwrite_frequency",
    )

    def __init__(self, learning_rate: Any = 0.001, name: str | None = None, **kwargs: Any) -> None:
        kind = type(self).__name__
        for argument in self._LATER:
            if kwargs.pop(argument, None) is not None:
                raise NotImplementedError(f"{kind}: {argument} is not supported yet.")
        if kwargs.pop("use_ema", False):
            raise NotImplementedError(f"{kind}: use_ema is not supported yet.")
        kwargs.pop("ema_momentum", None)
        if kwargs:
            raise ValueError(f"{kind}: unknown arguments {sorted(kwargs)}.")
        self.name = name or auto_name(to_snake_case(kind))
        self.built = False
        self._iterations = Variable(np.int32(0), dtype="int32", trainable=False, name="iteration")
        self._iterations.path = f"{self.name}/iteration"
        LearningRate.__init__(self, learning_rate)
        self._trained: list[Variable] = []
        self._slots: dict[int, tuple[Variable, ...]] = {}

    # ---- what a subclass says ---------------------------------------------------------------------

    @property
    def rule(self) -> int:
        """The native rule, one of `Rule`."""
        raise NotImplementedError(f"{type(self).__name__} has no rule.")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of what the rule keeps for each variable, in the rule's order."""
        return ()

    @property
    def slot_groups(self) -> tuple[tuple[str, ...], ...]:
        """The same names, grouped: `variables` has those of one group for every variable, then the next group."""
        return (self.slot_names,)

    @property
    def form(self) -> tuple[int, tuple[str, ...]]:
        """The rule and its slots: what a program that was lowered for this optimizer depends on."""
        return self.rule, self.slot_names

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """Return the rule's numbers for each step.

        Parameters
        ----------
        iterations : ndarray of shape (steps,), int64
            Numbers of the steps, from 0.
        rates : ndarray of shape (steps,), of `pymlp.config.floatx`
            The learning rate of each.

        Returns
        -------
        ndarray of shape (steps, numbers), float64, C-contiguous
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule_numbers.")

    # ---- steps --------------------------------------------------------------------------------------

    def numbers_of_next(self, steps: int) -> np.ndarray:
        """Return what a program is given for the next steps, a row a step."""
        iterations = np.arange(self.iterations, self.iterations + steps)
        return self.rule_numbers(iterations, self.rates(iterations))

    def advance(self, steps: int) -> None:
        """Take note that so many steps were taken."""
        self.iterations += steps

    # ---- state --------------------------------------------------------------------------------------

    @property
    def iterations(self) -> int:
        """Steps taken so far."""
        return int(self._iterations.value)

    @iterations.setter
    def iterations(self, value: int) -> None:
        self._iterations.assign(value)

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots that the rule needs and the variables do not have yet, all zero."""
        for variable in variables:
            if id(variable) not in self._slots:
                self._trained.append(variable)
            made = {slot.name: slot for slot in self._slots.get(id(variable), ())}
            self._slots[id(variable)] = tuple(
                made.get(name) or self._slot(variable, name) for name in self.slot_names
            )
        self.built = True

    def _slot(self, variable: Variable, name: str) -> Variable:
        slot = Variable(np.zeros(variable.shape), dtype=variable.dtype, trainable=False, name=name)
        slot.path = f"{self.name}/{variable.path.replace('/', '_')}_{name}"
        return slot

    @property
    def number_type(self) -> str:
        """The type of the weights, and so of the arithmetic of a step."""
        return self._trained[0].dtype if self._trained else floatx()

    @property
    def variables(self) -> list[Variable]:
        """The optimizer's own variables, in Keras's order."""
        slots = [
            slot
            for names in self.slot_groups
            for variable in self._trained
            for slot in self._slots[id(variable)]
            if slot.name in names
        ]
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate, *slots]

    def updates(self, gradients: Sequence[tuple[Variable, Tensor]]) -> list[Update]:
        """Return how a step changes each variable, for lowering."""
        self.build([variable for variable, _ in gradients])
        return [
            Update(variable, gradient, self.rule, 0, self._slots[id(variable)])
            for variable, gradient in gradients
        ]

    # ---- configuration ------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an optimizer like this one, without its state."""
        return {
            "name": self.name,
            "learning_rate": self._rate_config(),
            "weight_decay": None,
            "clipnorm": None,
            "global_clipnorm": None,
            "clipvalue": None,
            "use_ema": False,
            "ema_momentum": 0.99,
            "ema_overwrite_frequency": None,
            "loss_scale_factor": None,
            "gradient_accumulation_steps": None,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return an optimizer from what `get_config` returned."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": schedules.deserialize(rate)}
        return cls(**config)

    def __getstate__(self) -> dict[str, Any]:
        # Slots are found by the identity of their variables, which unpickled ones have anew.
        state = dict(self.__dict__)
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


def numbers(*columns: Any) -> np.ndarray:
    """Return step numbers from columns, each an array of one number a step or one number for all."""
    return np.ascontiguousarray(np.stack(np.broadcast_arrays(*columns), axis=-1), dtype=np.float64)


def within(kind: str, argument: str, value: Any, low: float, high: float) -> float:
    """Return `value` if it is a number within [low, high], or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= float(value) <= high:
        raise ValueError(
            f"{kind}: {argument} should be a number within [{low}, {high}], received {value!r}."
        )
    return float(value)
