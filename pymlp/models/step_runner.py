"""Running a step that is written in Python, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp.data.given import Given
from pymlp.metrics.logs import plain_logs
from pymlp.models.spans import Runner
from pymlp.utils.packing import pack_x_y_sample_weight

__all__ = ["StepRunner", "checked_logs"]


class StepRunner(Runner):
    """Calls a step on the arrays of each batch.

    Parameters
    ----------
    step : callable ``(data) -> object``
    given : Given
    rows, batch_size : int
    dtype : str
        Of the floats in batches.

    Attributes
    ----------
    last : object
        What the last step returned.
    """

    span = 1

    def __init__(
        self, step: Callable[[Any], Any], given: Given, rows: int, batch_size: int, dtype: str
    ) -> None:
        super().__init__(rows, batch_size)
        self._step = step
        self._given = given
        self._dtype = dtype
        self.last: Any = None

    def run_span(
        self, order: np.ndarray | None, first: int, last: int, numbers: np.ndarray | None
    ) -> None:
        for start in range(first, last, self.batch_size):
            rows: Any = slice(start, min(start + self.batch_size, last))
            batch = self._given.batch(rows if order is None else order[rows], self._dtype)
            self.last = self._step(pack_x_y_sample_weight(*batch))

    def on_all(self, name: str, model: str) -> dict[str, Any]:
        """Call the step on all samples as one batch of three parts, as `train_on_batch` does; return its logs."""
        return checked_logs(self._step(self._given.batch(slice(None), self._dtype)), name, model)


def checked_logs(logs: Any, step: str, model: str) -> dict[str, Any]:
    """Return what a step of that name returned as plain logs, or raise ValueError if it is no dict."""
    if not isinstance(logs, dict):
        raise ValueError(
            f"Model {model!r}: {step} should return a dict of logs, it returned {logs!r}. Return "
            "self.compute_metrics(x, y, y_pred), or {name: value, ...}."
        )
    return plain_logs(logs)
