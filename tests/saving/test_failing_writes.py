"""A write that fails, or a process that is killed while it writes, leaves the file that was there, and no other."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from killed_while_writing import KINDS, lengths_up_to, no_file_longer_than

import pymlp

posix = pytest.mark.skipif(os.name != "posix", reason="the system limits no lengths of files")


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("there_was_one", [True, False])
def test_a_write_that_fails_at_any_length(kind: str, there_was_one: bool, tmp_path: Path) -> None:
    name, write, read = KINDS[kind]
    path = tmp_path / name
    write(path, 1)
    lengths = lengths_up_to(path.stat().st_size)
    assert len(lengths) > 15
    if not there_was_one:
        path.unlink()
    for length in lengths:
        with no_file_longer_than(length), pytest.raises(OSError, match="File too large") as caught:
            write(path, 2)
        assert caught.value.errno == errno.EFBIG
        assert list(tmp_path.iterdir()) == ([path] if there_was_one else [])
        if there_was_one:
            assert read(path) == 1
    write(path, 2)
    assert read(path) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "shutil.copymode"])
def test_a_call_of_the_system_that_fails(
    kind: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, write, read = KINDS[kind]
    path = tmp_path / name
    write(path, 1)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(call, full)
        with pytest.raises(OSError, match="No space left"):
            write(path, 2)
    assert list(tmp_path.iterdir()) == [path]
    assert read(path) == 1


@posix
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
@pytest.mark.parametrize("kind", KINDS)
def test_a_process_that_is_killed_at_any_length(kind: str, tmp_path: Path) -> None:
    program = Path(__file__).with_name("killed_while_writing.py")
    done = subprocess.run(
        [sys.executable, str(program), kind, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(pymlp.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15
