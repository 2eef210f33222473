"""Write the results of the epochs to a CSV file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import Any

from pymlp.callbacks.callback import Callback

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Write one line with the results of each epoch to a CSV file.

    The columns are ``epoch`` (from 0) and the names in the logs of the first epoch, in alphabetical order. If that
    epoch had no validation, columns ``val_...`` follow for those to come. Where a value is missing stands ``NA``.

    Parameters
    ----------
    filename : path-like
        The file; its folder must exist.
    separator : str
        One character, which stands between the values.
    append : bool
        Whether a file that exists is gone on with, instead of being emptied when training begins.

    Raises
    ------
    ValueError
        If `separator` is not one character.
    OSError
        When training begins, if the file cannot be written.

    Notes
    -----
    A line is written in one go and the file is closed again, so whatever ends the training, the lines of the epochs
    before are there.

    Examples
    --------
    >>> CSVLogger("training.csv", separator=";").sep
    ';'
    """

    state_names = ("keys", "append_header", "_begins", "_written")

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(
                f"CSVLogger expected one character as separator, received {separator!r}."
            )
        self.sep = separator
        self.filename = os.fspath(filename)
        self.append = append
        self.append_header = True
        self.keys: list[str] | None = None
        self._path = self.filename
        self._begins = 0  # the place in the file
        self._written = ""  # since training began

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._path = os.path.abspath(self.filename)  # wherever the process goes while it trains
        self.keys = None
        with open(self._path, "a" if self.append else "w", encoding="utf-8") as file:
            self._begins, self._written = file.tell(), ""
            self.append_header = self._begins == 0

    def set_state(self, state: dict[str, Any]) -> None:
        """Have the file hold what it held then: no line is lost, none comes twice."""
        super().set_state(state)
        with open(self._path, "r+b") as file:
            file.truncate(min(self._begins, os.path.getsize(self._path)))
            file.seek(0, os.SEEK_END)
            file.write(self._written.encode())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        row = [epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)]
        self._write([["epoch", *self.keys], row] if self.append_header else [row])
        self.append_header = False

    def _write(self, rows: list[list[Any]]) -> None:
        import csv

        lines = io.StringIO(newline="")
        csv.writer(lines, delimiter=self.sep).writerows(rows)
        with open(self._path, "a", encoding="utf-8", newline="") as file:
            file.write(lines.getvalue())
        self._written += lines.getvalue()


def _cell(value: Any) -> Any:
    """Return what stands for `value` in a line: several numbers become one text."""
    if isinstance(value, str) or getattr(value, "ndim", 1) == 0:
        return value
    if isinstance(value, Iterable):
        return f'"[{", ".join(map(str, value))}]"'
    return value
