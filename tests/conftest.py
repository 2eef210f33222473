"""What all tests share: how hypothesis searches, Keras to compare with, and which engine is under test."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from judged import judged

from pymlp.graph import lower as lowering
from pymlp.naming import clear_session

# Kernels are fast and examples few; no deadline, because another process may hold the processor. The same examples at
# every run, so that a change is judged by what it changes; `--hypothesis-profile=search` looks for new ones.
settings.register_profile(
    "pymlp", deadline=None, max_examples=40, print_blob=True, derandomize=True
)
settings.register_profile(
    "search", settings.get_profile("pymlp"), max_examples=400, derandomize=False
)
settings.load_profile("pymlp")


def pytest_report_header() -> str:
    return f"pymlp: PYMLP_ISA={os.environ.get('PYMLP_ISA', '(the best there is)')}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--judged",
        action="store_true",
        help="only tests that another library judges",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--judged"):
        return
    chosen = judged(items)
    kept = set(map(id, chosen))
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = chosen


@pytest.fixture
def fresh_names() -> None:
    """Layers are called the same, whichever tests were before."""
    clear_session()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(12345)


@pytest.fixture(scope="session")
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Collect the instructions of every program that is made."""
    made: list[tuple[Any, ...]] = []

    class Program(lowering.Program):
        def __init__(self, dtype: str, buffers: Any, instructions: Any, *others: Any) -> None:
            super().__init__(dtype, buffers, instructions, *others)
            made.extend(instructions)

    monkeypatch.setattr(lowering, "Program", Program)
    return made
