"""`Stepping`: the part of an optimizer that says how a step changes variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import ops
from pymlp.graph.effects import Update
from pymlp.graph.tensor import Tensor
from pymlp.ops.stepping import step_number
from pymlp.optimizers.clipping import clipped_by_global_norm, clipped_by_norm
from pymlp.optimizers.rules import Number, Option, Rule
from pymlp.optimizers.state import State
from pymlp.tracing import tracing
from pymlp.variables import Variable

__all__ = ["Stepping"]

# Where the numbers of the options and those of the rule stand among the numbers of a step.
_OPTIONS_AT, _RULE_AT = 0, len(Number)


class Stepping(State):
    """What becomes of gradients, in Keras's order.

    They are divided by the loss scale, accumulated, clipped; variables decay; the rule is applied; running means
    follow; constraints come last. All that works on single elements is done by the kernel that ends in the rule, while
    the gradient is in registers. A norm needs the whole gradient: what comes before it is then composed of operations.
    So is all but the running means for a rule that is not native.
    """

    if TYPE_CHECKING:
        weight_decay: float | None
        clipnorm: float | None
        clipvalue: float | None
        global_clipnorm: float | None
        ema_momentum: float
        ema_overwrite_frequency: int | None
        loss_scale_factor: float | None
        _kept_from_decay: tuple[list[Variable], tuple[str, ...]]

        @property
        def rule(self) -> int | None: ...
        @property
        def slot_names(self) -> tuple[str, ...]: ...
        def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None: ...
        def rates(self, iterations: np.ndarray) -> np.ndarray: ...
        def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray: ...

    # ---- how a step changes variables -----------------------------------------------------------------

    @property
    def form(self) -> tuple[Any, ...]:
        """All that a program which was lowered for this optimizer depends on."""
        spared, names = self._kept_from_decay
        return (
            self.rule,
            self.slot_names,
            self.weight_decay,
            self.clipnorm,
            self.clipvalue,
            self.global_clipnorm,
            self.use_ema,
            self.loss_scale_factor,
            self.gradient_accumulation_steps,
            tuple(id(variable) for variable in spared),
            names,
        )

    def updates(self, gradients: Sequence[tuple[Variable, Tensor]]) -> list[Update]:
        """Return how a step changes each variable, for lowering."""
        self._build_for([variable for variable, _ in gradients])
        with tracing(anew=True) as trace:
            pairs, options = self._prepared(gradients)
            accumulated = [
                Update(variable, tensor, Rule.STORE) for variable, tensor in trace.assigned.values()
            ]
        changed = self._changes(pairs, options)
        if self.use_ema:
            reached = {id(update.variable) for update in changed}
            changed += [  # no step changes these; their running means follow all the same
                self._update(variable, variable.tensor, Rule.STORE, 0)
                for variable in self._trained
                if id(variable) not in reached
            ]
        return accumulated + changed + self._constrained([v for v, _ in gradients])

    def _constrained(self, variables: Sequence[Variable]) -> list[Update]:
        """Return the updates by constraints, which see variables as all others have left them."""
        with tracing(anew=True) as trace:
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        return [
            Update(variable, tensor, Rule.STORE, afterwards=True)
            for variable, tensor in trace.assigned.values()
        ]

    def _build_for(self, variables: Sequence[Variable]) -> None:
        # One that makes variables of its own does so once, as in Keras.
        if self.rule is not None or type(self).build is State.build or not self.built:
            self.build(variables)
        unknown = [v.path for v in variables if id(v) not in self._slots]
        if unknown:
            raise ValueError(
                f"{type(self).__name__}: it was built for other variables than {unknown}. Make a new optimizer for "
                "them."
            )

    def _prepared(
        self, gradients: Sequence[tuple[Variable, Tensor]]
    ) -> tuple[list[tuple[Variable, Any]], int]:
        """Return gradients ready for the kernel that ends in the rule, and the options left to it."""
        scaled = Option.SCALE if self.loss_scale_factor is not None else 0
        accumulated = Option.ACCUMULATE if self.gradient_accumulation_steps else 0
        clipped = Option.CLIP if self.clipvalue else 0
        if self.rule is not None and not self.clipnorm and not self.global_clipnorm:
            return list(gradients), scaled | accumulated | clipped
        found: list[Any] = [gradient for _, gradient in gradients]
        dtype = found[0].dtype if found else self.number_type
        if scaled:
            found = [ops.divide(g, self.loss_scale_factor) for g in found]
        if accumulated:
            due = step_number(_OPTIONS_AT + Number.DUE, dtype)
            for i, (variable, _) in enumerate(gradients):
                kept = self.slot(variable, "gradient_accumulator")
                total = ops.add(found[i], kept)
                kept.assign(ops.where(due, 0.0, total))
                found[i] = ops.divide(total, self.gradient_accumulation_steps)
        if self.clipnorm:
            found = [clipped_by_norm(g, self.clipnorm) for g in found]
        elif self.global_clipnorm:
            found = clipped_by_global_norm(found, self.global_clipnorm)
        elif clipped:
            limit = self.clipvalue or 0.0
            found = [ops.clip(g, -limit, limit) for g in found]
        pairs = [(variable, g) for (variable, _), g in zip(gradients, found, strict=True)]
        return pairs, Option.WHEN_DUE if accumulated else 0

    def _changes(self, pairs: Sequence[tuple[Variable, Any]], options: int) -> list[Update]:
        """Return the updates that the rule makes of gradients."""
        if self.rule is None:
            return self._composed(pairs, options)
        return [self._native(variable, gradient, options) for variable, gradient in pairs]

    def _native(self, variable: Variable, gradient: Any, options: int) -> Update:
        """Return the update of the native rule."""
        if self._decay_of(variable) is not None:
            options |= Option.DECAY
        slots = tuple(self.slot(variable, name) for name in self.slot_names)
        assert self.rule is not None
        return self._update(variable, gradient, self.rule, options, slots)

    def _update(
        self,
        variable: Variable,
        gradient: Any,
        rule: int,
        options: int,
        slots: tuple[Variable, ...] = (),
    ) -> Update:
        kept = []
        if options & Option.ACCUMULATE:
            kept.append(self.slot(variable, "gradient_accumulator"))
        if self.use_ema and id(variable) in self._slots:
            options |= Option.AVERAGE
            kept.append(self.slot(variable, "average"))
        return Update(
            variable,
            gradient,
            rule,
            _RULE_AT,
            slots,
            options,
            _OPTIONS_AT,
            tuple(kept),
        )

    def _composed(self, pairs: Sequence[tuple[Variable, Any]], options: int) -> list[Update]:
        """Trace `update_step`; every variable that it assigns is stored."""
        with tracing(anew=True) as trace:
            rate, self._traced_iterations = self._rule_number(0), self._rule_number(1)
            try:
                for variable, gradient in pairs:
                    decay = self._decay_of(variable)
                    if decay is not None:
                        lost = ops.multiply(ops.multiply(variable, decay), rate)
                        variable.assign(ops.subtract(variable, lost))
                    self.update_step(gradient, variable, rate)
            finally:
                self._traced_iterations = None
        return [
            self._update(variable, tensor, Rule.STORE, options)
            for variable, tensor in trace.assigned.values()
        ]

    def _rule_number(self, index: int) -> Tensor:
        """Return one of the numbers of `rule_numbers` as it stands in graphs."""
        return step_number(_RULE_AT + index, self.number_type)

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

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # ---- numbers of steps -------------------------------------------------------------------------------

    def numbers_of_next(self, steps: int) -> np.ndarray:
        """Return what a program is given for the next steps, a row a step."""
        first = int(self._iterations.value)
        passed = np.arange(first, first + steps)
        rates = self.rates(passed)
        count = self.gradient_accumulation_steps or 1
        applied = passed // count
        options = np.zeros((steps, len(Number)))
        options[:, Number.SCALE] = self.loss_scale_factor or 1.0
        options[:, Number.COUNT] = count
        options[:, Number.DUE] = (passed + 1) % count == 0
        options[:, Number.LIMIT] = self.clipvalue or 0.0
        options[:, Number.DECAY] = rates * rates.dtype.type(self.weight_decay or 0.0)
        if self.use_ema:
            options[:, Number.AVERAGE] = np.where(applied == 0, 0.0, self.ema_momentum)
            if self.ema_overwrite_frequency:
                options[:, Number.OVERWRITE] = (applied + 1) % self.ema_overwrite_frequency == 0
        return np.concatenate([options, self.rule_numbers(applied, rates)], axis=1)

    def advance(self, steps: int) -> None:
        """Take note that so many steps were taken."""
        self._iterations.assign(int(self._iterations.value) + steps)
