"""What is raised for a file that is not read."""

from __future__ import annotations

__all__ = ["FileRefused"]


class FileRefused(ValueError):
    """A file is damaged, asks for what is not supported, or is made to do harm; the message says what and where."""
