"""Instruction sets: every one this machine has, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pymlp._engine import core

AVAILABLE = []
_chosen = core.isa() or core.choose_isa(None)
for _name in ("baseline", "avx2", "avx512", "neon"):
    if core.choose_isa(_name) == _name:
        AVAILABLE.append(_name)
core.choose_isa(_chosen)


@pytest.fixture(params=AVAILABLE)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Programs made within the test use this instruction set."""
    before = core.isa()
    core.choose_isa(request.param)
    yield request.param
    core.choose_isa(before)
