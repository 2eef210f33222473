"""`Optimizer`, the base of all optimizers: its arguments, its configuration, and what a subclass says."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.checks import optional_whole
from pymlp.graph.tensor import Shape
from pymlp.naming import name_or_automatic, to_snake_case
from pymlp.optimizers import schedules
from pymlp.optimizers.applying import Applying
from pymlp.optimizers.arguments import check_clipping, optional_number, within
from pymlp.optimizers.learning_rate import LearningRate
from pymlp.optimizers.rules import numbers
from pymlp.optimizers.state import State
from pymlp.variables import Variable

__all__ = ["Optimizer"]


class Optimizer(LearningRate, Applying):
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
        State.__init__(self)
        LearningRate.__init__(self, learning_rate)
        Applying.__init__(self)
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

    def assign(self, variable: Variable, value: Any) -> None:
        """Set a variable, within `update_step`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable, within `update_step`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable, within `update_step`."""
        variable.assign_sub(value)

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

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} name={self.name}, learning_rate={float(self.learning_rate):g}>"
        )
