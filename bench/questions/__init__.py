"""The questions `bench` can answer, one file each.

A question is a module with ``TITLE`` (one line) and ``ask(options, say) -> dict``; `report` turns
the dictionary into a Markdown table.
"""

from __future__ import annotations

from bench.questions import training

__all__ = ["QUESTIONS"]

QUESTIONS = {"training": training}
