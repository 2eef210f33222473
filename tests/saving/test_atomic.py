from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from pymlp.saving import atomic
from pymlp.saving.atomic import replacing


def test_a_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    with replacing(tmp_path / "new") as stream:
        stream.write(b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
    (tmp_path / "plain").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "plain"]


def test_the_old_file_is_there_until_the_end(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    with replacing(target) as stream:
        stream.write(b"new")
        stream.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")

    def write_half() -> None:
        with replacing(target) as stream:
            stream.write(b"half of the new")
            raise error

    with pytest.raises(error):
        write_half()
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_permissions_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with replacing(target) as stream:
        stream.write(b"new")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("real")
    with replacing(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(
            FileNotFoundError, match=r"missing/file: .*there is no folder .*missing"
        ) as caught,
        replacing(tmp_path / "missing" / "file"),
    ):
        pytest.fail("the block must not be entered")
    assert ".part" not in str(caught.value)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with (
        pytest.raises(NotADirectoryError, match=r"plain/file: .*plain is not a folder"),
        replacing(tmp_path / "plain" / "file"),
    ):
        pytest.fail("the block must not be entered")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with (
        pytest.raises(IsADirectoryError, match=r"taken: .*it is a folder"),
        replacing(tmp_path / "taken"),
    ):
        pytest.fail("the block must not be entered")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_file_can_be_read_back_while_it_is_written(tmp_path: Path) -> None:
    with replacing(tmp_path / "file") as stream:
        stream.write(b"abc")
        stream.seek(0)
        assert stream.read() == b"abc"
        stream.seek(0, os.SEEK_END)
        stream.write(b"d")
    assert (tmp_path / "file").read_bytes() == b"abcd"


# ---- what killed processes leave behind ---------------------------------------------------------------

KILLED = """
import os, signal, sys
from pymlp.saving.atomic import replacing
with replacing(sys.argv[1]) as stream:
    stream.write(b"half of it")
    stream.flush()
    print("writing", flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is writing the file "target", and is killed when it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "target")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.communicate()


def write(path: Path) -> None:
    with replacing(path) as stream:
        stream.write(b"new")


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by a signal")
def test_the_next_saving_removes_what_a_killed_process_has_left(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    writer.communicate("now\n")
    assert writer.returncode == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    write(tmp_path / "another")  # is none of its business
    assert len(list(tmp_path.glob(".target.*.part"))) == 1
    write(tmp_path / "target")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "target"]


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by a signal")
def test_what_a_living_process_is_writing_stays(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    write(tmp_path / "target")
    (part,) = tmp_path.glob(".target.*.part")
    assert part.read_bytes() == b"half of it"


def test_files_of_other_names_stay(tmp_path: Path) -> None:
    names = [".target.0123abc.part", ".target.0123abcd.part~", "target.0123abcd.part",
             ".target.0123ABCD.part", ".xtarget.0123abcd.part"]  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".target.0123abcd.part").mkdir()
    write(tmp_path / "target")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*names, ".target.0123abcd.part", "target"]
    )


def test_a_file_that_is_taken_away_before_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its opening and its locking another process may take it for a leftover."""
    lock, removed = atomic._lock, []

    def late(stream: IO[bytes], wait: bool) -> bool:
        if not removed:
            removed.append(stream.name)
            os.unlink(stream.name)
        return lock(stream, wait)

    monkeypatch.setattr(atomic, "_lock", late)
    write(tmp_path / "target")
    assert len(removed) == 1
    assert (tmp_path / "target").read_bytes() == b"new"


def test_where_nothing_can_be_locked_leftovers_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".target.0123abcd.part"
    left.touch()
    monkeypatch.setattr(atomic, "_lock", lambda stream, wait: False)
    write(tmp_path / "target")
    assert left.exists()


def test_windows_goes_by_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = tmp_path / ".target.0123abcd.part", tmp_path / ".target.dcba3210.part"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    monkeypatch.setattr(atomic, "_WINDOWS", True)
    write(tmp_path / "target")
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "target"]
