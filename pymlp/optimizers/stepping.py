"""`Stepping`: the half of an optimizer that says how a step changes variables, and takes steps."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import ops
from pymlp.graph.lower import Lowered, Update, lower
from pymlp.graph.tensor import Tensor
from pymlp.ops.stepping import step_number
from pymlp.optimizers.clipping import clipped_by_global_norm, clipped_by_norm
from pymlp.optimizers.rules import Number, Option, Rule
from pymlp.variables import Variable, tracing

__all__ = ["Stepping"]

# Where the numbers of the options and those of the rule stand among the numbers of a step.
_OPTIONS_AT, _RULE_AT = 0, len(Number)
_apply_lock = threading.RLock()  # a Python function in an `update_step` may apply another optimizer


class Stepping:
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
        use_ema: bool
        ema_momentum: float
        ema_overwrite_frequency: int | None
        loss_scale_factor: float | None
        gradient_accumulation_steps: int | None
        built: bool
        _iterations: Variable
        _trained: list[Variable]
        _slots: dict[int, dict[str, Variable]]
        _kept_from_decay: tuple[list[Variable], tuple[str, ...]]

        @property
        def rule(self) -> int | None: ...
        @property
        def slot_names(self) -> tuple[str, ...]: ...
        @property
        def number_type(self) -> str: ...
        def slots_for(self, variable: Variable) -> dict[str, Any]: ...
        def slot(self, variable: Variable, name: str) -> Variable: ...
        def build(self, variables: Sequence[Variable]) -> None: ...
        def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None: ...
        def rates(self, iterations: np.ndarray) -> np.ndarray: ...
        def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray: ...
        def _decay_of(self, variable: Variable) -> float | None: ...

    def __init__(self) -> None:
        self._traced_iterations: Tensor | None = None
        self._apply_programs: dict[Any, tuple[Lowered, list[Variable]]] = {}

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
        from pymlp.optimizers.optimizer import Optimizer

        # One that makes variables of its own does so once, as in Keras.
        if self.rule is not None or type(self).build is Optimizer.build or not self.built:
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

    # ---- steps with gradients from elsewhere ----------------------------------------------------------

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
