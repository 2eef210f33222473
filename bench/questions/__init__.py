"""The questions `bench` can answer, one file each.

A question is a module with ``TITLE`` (one line), ``WORK`` and ``LIBRARIES`` (what can be asked for
by name), ``ask(options, say)``, which returns ``{"title": ..., "workloads": [...]}``, and
``section(workload)``, which returns a workload's part of the Markdown page, a list of lines.
"""

from __future__ import annotations

from bench.questions import inference, training

__all__ = ["QUESTIONS"]

QUESTIONS = {"training": training, "inference": inference}
