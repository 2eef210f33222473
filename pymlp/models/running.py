"""`Running`: the programs of a model, and what runs them over samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.data import SampleForm
from pymlp.graph.lower import Lowered
from pymlp.models.programs import evaluation_program, prediction_program, training_program
from pymlp.models.reading import Reading
from pymlp.nesting import pack_shapes, shapes_in

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Running", "shapes_of"]

_NO_TARGETS = SampleForm()


def shapes_of(rows: int, nest: Any) -> list[tuple[int, ...]]:
    """Return the shapes in a nest for so many samples."""
    return [(rows, *(1 if n is None else n for n in shape[1:])) for shape in shapes_in(nest)]


class Running(Reading):
    """The part of a `Model` that keeps its programs, each made on first use."""

    if TYPE_CHECKING:
        dtype: str

        def _forget_losses(self) -> None: ...

    def __init__(self) -> None:
        super().__init__()
        self._programs: dict[Any, Lowered] = {}
        # Whether compute_metrics was seen to return other names than those of the metrics.
        self._reports_otherwise = False

    def __getstate__(self) -> dict[str, Any]:
        # Programs hold pointers into the variables' memory; a copy lowers its own when it needs them. Nor is it in the
        # training that its model may be in, whose callbacks copy it.
        state: Any = super().__getstate__()
        return {**state, "_programs": {}, "_training": None}

    def _forget_programs(self) -> None:
        self._programs = {}
        self._reports_otherwise = False

    def _program(
        self, kind: str, form: SampleForm = _NO_TARGETS, without_metrics: bool = False
    ) -> Lowered:
        """Return the program of that kind, for data of that form; one `without_metrics` stores the outputs instead."""
        key: tuple[Any, ...] = (kind, form, without_metrics)
        if kind == "train":
            trained = tuple(id(v) for v in self.trainable_weights)
            key += (trained, self.optimizer, self.optimizer.form)
        if key not in self._programs:
            self._programs[key] = self._traced(kind, form, without_metrics)
        return self._programs[key]

    def _program_on(
        self,
        arrays: Sequence[np.ndarray],
        kind: str,
        form: SampleForm = _NO_TARGETS,
        without_metrics: bool = False,
    ) -> Lowered:
        """Return the same for one batch; of a model that runs eagerly a new one, traced on the batch's arrays."""
        if self.run_eagerly:
            return self._traced(kind, form, without_metrics, arrays)
        return self._program(kind, form, without_metrics)

    def _traced(
        self,
        kind: str,
        form: SampleForm,
        without_metrics: bool,
        arrays: Sequence[np.ndarray] = (),
    ) -> Lowered:
        """Return a new program, traced on the arrays of one batch if there are any."""
        model: Any = self
        if kind == "train":
            return training_program(model, form, without_metrics, arrays)
        if kind == "test":
            return evaluation_program(model, form, without_metrics, arrays)
        return prediction_program(model, kind == "call", arrays)

    def _output_for(self, rows: int) -> list[np.ndarray]:
        return [np.empty(shape, self.dtype) for shape in shapes_of(rows, self.output_shapes())]

    def _nested_outputs(self, arrays: list[np.ndarray]) -> Any:
        return pack_shapes(self.output_shapes(), arrays)

    def _callback_list(self, callbacks: Any, **arguments: Any) -> CallbackList:
        from pymlp.callbacks import CallbackList

        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = arguments["verbose"]
        if verbose not in ("auto", 0, 1, 2):
            raise ValueError(f"verbose should be 'auto', 0, 1 or 2, received {verbose!r}.")
        return CallbackList(callbacks, add_progbar=verbose != 0, model=self, **arguments)
