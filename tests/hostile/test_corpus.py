"""Every file of the corpus is refused by one exception, which says what and where; nothing else happens."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .corpus import CASES, secrets_in

pytestmark = pytest.mark.skipif(
    sys.platform != "linux",
    reason="what the process may do is limited and watched as Linux does it",
)
HERE = Path(__file__).parent.parent
# For all files: what takes so long hangs.
SECONDS = 300


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what came of each file, loaded in a process that may crash, which is then followed by another."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(CASES)
    while waiting:
        folder = tmp_path_factory.mktemp("hostile")
        (folder / "temporary").mkdir()
        secrets_in(folder)
        paths = os.pathsep.join([str(HERE), str(HERE.parent), *filter(None, sys.path)])
        done = subprocess.run(
            [sys.executable, "-m", "hostile.corpus_worker", str(folder), *waiting],
            capture_output=True, text=True, timeout=SECONDS, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        for line in done.stdout.splitlines():
            outcome = json.loads(line)
            ended = {
                "kind": f"the process ended with {done.returncode}",
                "said": done.stderr[-2000:],
                "touched": [],
            }
            found[outcome["name"]] = {**ended, **outcome}
        left = [name for name in waiting if name not in found]
        assert len(left) < len(waiting), done.stderr
        waiting = left
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_file_is_refused(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome, case = outcomes[name], CASES[name]
    assert outcome["kind"] == "FileRefused", f"{case.weakness}\n{outcome['said']}"
    assert re.search(case.message, outcome["said"]), outcome["said"][:2000]
    assert len(outcome["said"]) < 4000
    if case.ending != ".json":
        assert f"{name.replace(' ', '_')}{case.ending}" in outcome["said"]
    assert outcome["touched"] == []
