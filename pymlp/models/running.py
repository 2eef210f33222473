"""`Running`: the programs of a model, and what runs them over samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymlp.data import SampleForm, Samples
from pymlp.graph.lower import Lowered
from pymlp.models.programs import evaluation_program, prediction_program, training_program
from pymlp.models.reading import Reading
from pymlp.models.spans import SpanRunner

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Running"]

_NO_TARGETS = SampleForm()


class Running(Reading):
    """The part of a `Model` that keeps its programs, each made on first use."""

    def __init__(self) -> None:
        super().__init__()
        self._programs: dict[Any, Lowered] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Programs hold pointers into the variables' memory; a copy lowers its own when it needs them.
        state: Any = super().__getstate__()
        return {**state, "_programs": {}}

    def _forget_programs(self) -> None:
        self._programs = {}

    def _program(self, kind: str, form: SampleForm = _NO_TARGETS) -> Lowered:
        key: tuple[Any, ...] = (kind, form)
        if kind == "train":
            trained = tuple(id(v) for v in self.trainable_weights)
            key += (trained, self.optimizer, self.optimizer.form)
        if key not in self._programs:
            model: Any = self
            if kind == "train":
                lowered = training_program(model, form)
            elif kind == "test":
                lowered = evaluation_program(model, form)
            else:
                lowered = prediction_program(model)
            self._programs[key] = lowered
        return self._programs[key]

    def _runner(
        self, kind: str, samples: Samples, batch_size: int, steps: int | None = None
    ) -> SpanRunner:
        lowered = self._program(kind, samples.form)
        rows = len(samples)
        if steps is not None:
            rows = min(rows, steps * batch_size)
        return SpanRunner(lowered, samples.arrays, rows, batch_size)

    def _callback_list(self, callbacks: Any, **arguments: Any) -> CallbackList:
        from pymlp.callbacks import CallbackList

        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = arguments["verbose"]
        if verbose not in ("auto", 0, 1, 2):
            raise ValueError(f"verbose should be 'auto', 0, 1 or 2, received {verbose!r}.")
        return CallbackList(callbacks, add_progbar=verbose != 0, model=self, **arguments)
