"""Send the results of the epochs to a server."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from pymlp.callbacks.callback import Callback

__all__ = ["RemoteMonitor"]

# A server that takes a connection and never answers must not hold up the training for ever.
_PATIENCE_SECONDS = 10.0


class RemoteMonitor(Callback):
    """Send the number of each epoch (from 0) and its results to a server, as JSON by HTTP POST.

    Parameters
    ----------
    root : str
        Address of the server, ``http://...`` or ``https://...``.
    path : str
        Where on the server to send them.
    field : str
        Name of the form's field that holds the JSON text; not used with `send_as_json`.
    headers : mapping of str to str, optional
        HTTP headers to be sent along.
    send_as_json : bool
        Whether the JSON text is sent by itself, as ``application/json``, instead of within a form.

    Raises
    ------
    ValueError
        If `root` is no such address.

    Notes
    -----
    If the server cannot be reached, or takes longer than 10 seconds, there is a warning, and training goes on. JSON
    that is sent by itself has no NaN or infinite numbers: of such an epoch there is a warning too. What the server
    answers is not looked at.

    Examples
    --------
    >>> RemoteMonitor("http://localhost:9000", send_as_json=True).path
    '/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if not root.lower().startswith(("http://", "https://")):
            raise ValueError(
                f"RemoteMonitor expected a root that begins with http:// or https://, received {root!r}."
            )
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        results = {name: _plain(value) for name, value in (logs or {}).items()}
        results = {"epoch": epoch, **results}
        if not self.send_as_json:
            from urllib.parse import urlencode

            form = urlencode({self.field: json.dumps(results)})
            self._post(form, "application/x-www-form-urlencoded")
            return
        try:
            text = json.dumps(results, allow_nan=False)
        except ValueError:
            warnings.warn(
                f"RemoteMonitor: the results of epoch {epoch} have NaN or infinite numbers, which JSON has not; they "
                "are not sent.",
                stacklevel=2,
            )
            return
        self._post(text, "application/json")

    def _post(self, body: str, content_type: str) -> None:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        headers = {"Content-Type": content_type, **(self.headers or {})}
        request = Request(self.root + self.path, body.encode(), headers, method="POST")
        try:
            urlopen(request, timeout=_PATIENCE_SECONDS).close()
        except HTTPError as answer:
            answer.close()  # "not found", for example: the server was reached
        except (OSError, HTTPException) as error:
            warnings.warn(
                f"RemoteMonitor: the server at {self.root} could not be reached: {error}.",
                stacklevel=3,
            )


def _plain(value: Any) -> Any:
    """Return what JSON has for `value`."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.item() if value.size == 1 else value.tolist()
    return value
