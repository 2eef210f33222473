"""Ten thousand files that are nearly valid: each is refused, or is a model, and the guard sees what it should see."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .fuzz import fuzzed
from .mutations import lookup3

pytestmark = pytest.mark.skipif(
    sys.platform != "linux",
    reason="what the process may do is limited and watched as Linux does it",
)
INPUTS = int(os.environ.get("PYMLP_FUZZ_INPUTS", "10000"))


def test_mutated_files_are_refused_or_models() -> None:
    outcomes, failures = fuzzed(INPUTS, seed=0)
    assert not failures, "\n".join(f"seed 0, {n}, {name}: {what}" for n, name, what in failures[:5])
    endings = ["keras", "h5", "weights.h5", "json"]
    endings += ["safetensors"] if find_spec("safetensors") else []
    endings += ["onnx"] if find_spec("onnx") else []
    for ending in endings:
        # Mutations that are all refused would say nothing of what is loaded, and the other way round.
        assert outcomes[f"{ending}: refused"] > INPUTS // 100
        assert outcomes[f"{ending}: loaded"] > INPUTS // 1000


def test_the_checksum_of_hdf5() -> None:
    """By the examples in Jenkins's own lookup3.c."""
    assert lookup3(b"") == 0xDEADBEEF
    assert lookup3(b"Four score and seven years ago") == 0x17770551


EVIL = {
    "open(home / 'other.txt')": "open",
    "open(path, 'r+')": "open",
    "os.system('true')": "os.system",
    "subprocess.run(['true'])": "subprocess.Popen",
    "socket.socket()": "socket",
    "importlib.import_module('colorsys')": "exec",
    "import colorsys": "import",
    "exec('1')": "exec",
    "os.mkdir(home / 'new')": "os.mkdir",
    "(temporary / 'left').write_text('')": "left",
    "open(path)": "",
}


@pytest.mark.parametrize("code", EVIL)
def test_the_guard_sees(code: str, tmp_path: Path) -> None:
    """What watches has to be seen to bark."""
    program = f"""
import importlib, os, pathlib, socket, subprocess, sys, tempfile
from hostile.guard import watching
home = pathlib.Path(sys.argv[1]); path = home / "file.txt"; temporary = home / "temporary"
temporary.mkdir(); tempfile.tempdir = str(temporary)
for name in ("file.txt", "other.txt"): (home / name).write_text("")
with watching(path) as touched:
    {code}
print(touched)
"""
    here = Path(__file__).parent.parent
    paths = os.pathsep.join([str(here), str(here.parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=60,
    )  # fmt: skip
    assert (EVIL[code] in done.stdout) if EVIL[code] else (done.stdout == "[]\n"), done.stdout


def test_the_limit_on_memory() -> None:
    program = "from hostile.guard import limit_memory; limit_memory(); bytearray(10**9); bytearray(2 * 10**9)"
    here = Path(__file__).parent.parent
    paths = os.pathsep.join([str(here), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, timeout=60,
    )  # fmt: skip
    assert "MemoryError" in done.stderr
