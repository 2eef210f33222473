"""`Training`: how far a `fit` has come, and all that its further course depends on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import random as pymlp_random
from pymlp.models.courses import Course, Part
from pymlp.models.step_runner import StepRunner
from pymlp.optimizers import Optimizer
from pymlp.variables import Variable

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["Training"]

_FORMAT = 2


class Training:
    """One run of `fit`: where it is, and how another one takes up from there.

    Parameters
    ----------
    model : Model
    hooks : CallbackList
    course : Course
    measured_on : Course, optional
        The one course of all validations, if there is such.
    shuffle : bool
    initial_epoch : int

    Attributes
    ----------
    epoch, batches : int
        The epoch it is in, or the next one if it is between two, and how many of its batches are done.
    logs : dict
        Of the last epoch that is over.
    metrics : tuple of (int, list of Metric), optional
        How many had been made in all, and those of the model, once an epoch with all that belongs to it is over: to
        look for them through all layers takes as long as an epoch of a small network.
    """

    def __init__(
        self,
        model: Any,
        hooks: CallbackList,
        course: Course,
        measured_on: Course | None,
        shuffle: bool,
        initial_epoch: int,
    ) -> None:
        self.hooks = hooks
        self.epoch = initial_epoch
        self.batches = 0
        self.logs: dict[str, Any] = {}
        self.metrics: tuple[int, list[Any]] | None = None
        self._model = model
        self._course = course
        self._measured_on = measured_on
        self._shuffle = bool(shuffle)
        self._resumed = False  # until the epoch it was resumed in is over
        self._part: Part | None = None
        self._step_logs: Any = None  # what the last step before an interruption had returned

    # ---- the way of `fit` ---------------------------------------------------------------------------

    def epochs(self, until: int) -> range:
        """Return the epochs to come."""
        at_its_end = self._resumed and not self.batches
        if at_its_end and self._model.stop_training:
            return range(0)
        return range(self.epoch, until)

    def parts(self, epoch: int) -> Iterator[Part]:
        """Yield what is to be run of an epoch."""
        stopped = self._resumed and self._model.stop_training
        for part in self._course.parts(self._shuffle, epoch, self.batches):
            self._part = part._replace(steps=0) if stopped else part
            if self._step_logs is not None and isinstance(part.runner, StepRunner):
                part.runner.last, self._step_logs = self._step_logs, None
            yield self._part

    def logs_of_no_batch(self) -> dict[str, Any]:
        """Return the logs of an epoch that nothing was left for: those of the one before, but for its validation."""
        before = {name: x for name, x in self.logs.items() if not name.startswith("val_")}
        return before or self._model._logs()

    def epoch_is_over(self, logs: dict[str, Any]) -> None:
        """Take note of an epoch's end; callbacks are to be told of it next."""
        self.epoch, self.batches, self.logs = self.epoch + 1, 0, logs
        self._resumed = False

    # ---- its state ----------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all that what follows depends on, as plain data; arrays are the variables' own memory."""
        runner = None if self._part is None else self._part.runner
        within = self.batches > 0
        return {
            "format": _FORMAT,
            "needs": self._needs(),
            "epoch": self.epoch,
            "batches": self.batches,
            "stop_training": bool(self._model.stop_training),
            "logs": self.logs,
            "step_logs": runner.last if within and isinstance(runner, StepRunner) else None,
            "course": self._course.place,
            "validation": None if self._measured_on is None else self._measured_on.place,
            "variables": self._arrays(),
            "metrics": self._metric_arrays() if within else [],
            "streams": pymlp_random.streams_state(),
            "callbacks": self.hooks.get_state(),
        }

    def check(self, state: dict[str, Any], source: str) -> None:
        """Raise ValueError, saying what differs, if this training cannot go on from a state.

        Parameters
        ----------
        state : dict
            What `state` returned, as it was read.
        source : str
            Where from, for messages.
        """
        try:
            version, needs = state["format"], state["needs"]
            if version != _FORMAT:
                raise ValueError(
                    f"{source} was written by another version of pymlp (form {version!r}, this one reads {_FORMAT}). "
                    "Go on with that one, or remove the file to begin anew."
                )
            differences = _differences(needs, self._needs())
            if not differences and state["batches"]:
                stored = [[list(a.shape), str(a.dtype)] for a in state["metrics"]]
                differences = _differences(
                    {"metrics": stored}, {"metrics": list(map(_form, self._metric_arrays()))}
                )
            arrays = [[list(a.shape), str(a.dtype)] for a in state["variables"]]
            place = (state["epoch"], state["batches"])
            others = {
                "stop_training",
                "logs",
                "step_logs",
                "course",
                "validation",
                "streams",
                "callbacks",
            }
            whole = (
                arrays == [form for *_, form in needs["variables"]]
                and all(type(number) is int and number >= 0 for number in place)
                and others <= set(state)
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{source} is no backup of a training: {error!r}.") from error
        if differences:
            raise ValueError(
                f"{source} is the backup of another training: {'; '.join(differences)}. Begin this one with the "
                "same model, data and arguments; or remove the file, or name another folder, to begin anew."
            )
        if not whole:
            raise ValueError(f"{source} is no whole backup of a training.")

    def restore(self, state: dict[str, Any]) -> None:
        """Take up from a state that `check` has let pass."""
        model = self._model
        self._course.go_to(state["course"], self._shuffle)
        if self._measured_on is not None and state["validation"] is not None:
            self._measured_on.go_to(state["validation"], False)
        for array, value in zip(self._arrays(), state["variables"], strict=True):
            array[...] = value
        if state["batches"]:
            for array, value in zip(self._metric_arrays(), state["metrics"], strict=True):
                array[...] = value
        self.epoch, self.batches = state["epoch"], state["batches"]
        self.logs, self._step_logs = state["logs"], state["step_logs"]
        self._resumed = True
        model.stop_training = bool(state["stop_training"])
        self.hooks.set_state(state["callbacks"])
        pymlp_random.set_streams_state(state["streams"])

    def _optimizers(self) -> list[Optimizer]:
        """Return the model's optimizer and what others it has as attributes, built."""
        found = {
            id(value): value for value in vars(self._model).values() if isinstance(value, Optimizer)
        }
        if not self._model.optimizer.built:
            self._model.optimizer.build(self._model.trainable_weights)
        return list(found.values())

    def _variables(self) -> list[tuple[str, Variable]]:
        """Return the variables of the model and of its optimizers, each once, with whose they are."""
        groups = [(self._model.name, self._model.variables)]
        groups += [(type(one).__name__, one.variables) for one in self._optimizers()]
        found = {id(v): (owner, v) for owner, variables in groups for v in variables}
        return list(found.values())

    def _arrays(self) -> list[np.ndarray]:
        return [variable.value for _, variable in self._variables()]

    def _metric_arrays(self) -> list[np.ndarray]:
        """Return what the metrics keep."""
        return [
            kept.value if isinstance(kept, Variable) else kept
            for metric in self._model.metrics
            for kept in metric.variables
        ]

    def _needs(self) -> dict[str, Any]:
        """Return what a training must have in common with this one to take up its state."""
        return {
            "data": {**self._course.sizes, "shuffle": self._shuffle},
            "layers": [type(layer).__name__ for layer in self._model.layers],
            "optimizers": [type(one).__name__ for one in self._optimizers()],
            "variables": [[v.name, _form(v.value)] for _, v in self._variables()],
        }


def _form(array: np.ndarray) -> list[Any]:
    return [list(array.shape), str(array.dtype)]


def _differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Say where what a backup needs differs from what there is; names of variables may."""
    found = [
        f"{name} was {then['data'].get(name)!r}, is {now['data'].get(name)!r}"
        for name in {**then.get("data", {}), **now.get("data", {})}
        if then["data"].get(name) != now["data"].get(name)
    ]
    found += [
        f"{what} were {then[what]}, are {now[what]}"
        for what in ("layers", "optimizers", "metrics")
        if then.get(what) != now.get(what)
    ]
    if found or "variables" not in now:
        return found
    if len(then["variables"]) != len(now["variables"]):
        return [
            f"there were {len(then['variables'])} variables of model and optimizer, there are "
            f"{len(now['variables'])}"
        ]
    return [
        f"variable {name!r} was of shape {tuple(old[0])} and type {old[1]}, {new_name!r} is of shape "
        f"{tuple(new[0])} and type {new[1]}"
        for (name, old), (new_name, new) in zip(then["variables"], now["variables"], strict=True)
        if old != new
    ]
