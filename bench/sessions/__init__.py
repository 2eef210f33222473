"""What a worker process can do, a file for each kind of session.

A session is a class whose methods are the commands; `prepare` comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["load"]


def load(name: str) -> Callable[[], Any]:
    """Import one session's module and return its class."""
    session: Callable[[], Any] = import_module(f"bench.sessions.{name}").Session
    return session
