from __future__ import annotations

import os
from pathlib import Path

import pytest

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
