"""Looking into programs as they are made."""

from __future__ import annotations

from typing import Any

import pytest

from pymlp.graph import lower as lowering


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Collect the instructions of every program that is made."""
    made: list[tuple[Any, ...]] = []

    class Program(lowering.Program):
        def __init__(self, dtype: str, buffers: Any, instructions: Any, arrays: Any) -> None:
            super().__init__(dtype, buffers, instructions, arrays)
            made.extend(instructions)

    monkeypatch.setattr(lowering, "Program", Program)
    return made
