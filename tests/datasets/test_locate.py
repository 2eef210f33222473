from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pymlp.datasets.locate import (
    Place,
    RemoteFile,
    cache_folder,
    data_folders,
    keras_folder,
    locate,
)

CONTENT = {"a.gz": b"first file", "b.gz": b"second file"}


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the requests out of the test's output."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Publish CONTENT on this machine and return the address."""
    published = tmp_path / "published"
    published.mkdir()
    for name, content in CONTENT.items():
        (published / name).write_bytes(content)
    handler = partial(QuietHandler, directory=str(published))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def files(origin: str) -> list[RemoteFile]:
    return [RemoteFile(n, origin + n, sha256(c).hexdigest()) for n, c in CONTENT.items()]


NOWHERE = "http://127.0.0.1:9/"


def test_the_first_folder_with_every_file_wins(tmp_path: Path) -> None:
    half, whole, later = (Place(tmp_path / n, n) for n in ("half", "whole", "later"))
    for place, names in ((half, ["a.gz"]), (whole, ["a.gz", "b"]), (later, ["a.gz", "b.gz"])):
        place.folder.mkdir()
        for name in names:
            (place.folder / name).touch()
    found = locate("Data", files(NOWHERE), [half, whole, later], Place(tmp_path / "c", "cache"))
    assert found == [whole.folder / "a.gz", whole.folder / "b"]


def test_the_error_lists_places_and_ways(bare_machine: Path) -> None:
    pytest.importorskip("pooch", reason="without pooch the error names pooch, tested below")
    half = Place(bare_machine / "half", "my disk")
    half.folder.mkdir()
    (half.folder / "b.gz").touch()
    gone = Place(bare_machine / "gone", "old disk")
    cache = Place(bare_machine / "cache", "cache")
    with pytest.raises(FileNotFoundError) as caught:
        locate("Data", files(NOWHERE), [half, gone], cache)
    message = str(caught.value)
    assert f"{half.folder} (my disk): without a.gz" in message
    assert f"{gone.folder} (old disk): no such folder" in message
    assert f"the network, {NOWHERE}a.gz" in message
    assert "PYMLP_DATA" in message
    assert f"put them into {cache.folder}" in message
    assert "pip install pooch" in message


def test_without_pooch_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(FileNotFoundError, match="downloading needs pooch, install it with: pip"):
        locate("Data", files(NOWHERE), [], Place(tmp_path, "cache"))


def test_a_download_is_checked_and_kept(bare_machine: Path, server: str) -> None:
    pytest.importorskip("pooch", reason="downloading needs pooch")
    cache = Place(bare_machine / "cache" / "data", "cache")
    found = locate("Data", files(server), [cache], cache)
    assert [path.read_bytes() for path in found] == list(CONTENT.values())
    assert sorted(path.name for path in cache.folder.iterdir()) == sorted(CONTENT)
    assert locate("Data", files(NOWHERE), [cache], cache) == found


def test_a_wrong_checksum_leaves_nothing_behind(bare_machine: Path, server: str) -> None:
    pytest.importorskip("pooch", reason="downloading needs pooch")
    cache = Place(bare_machine / "cache", "cache")
    first, second = files(server)
    forged = RemoteFile(second.name, second.url, "0" * 64)
    with pytest.raises(FileNotFoundError, match="does not match the known hash"):
        locate("Data", [first, forged], [], cache)
    assert [path.name for path in cache.folder.iterdir()] == [first.name]


def test_a_missing_page_is_an_error_that_names_it(bare_machine: Path, server: str) -> None:
    pytest.importorskip("pooch", reason="downloading needs pooch")
    lost = RemoteFile("lost.gz", server + "lost.gz", "0" * 64)
    with pytest.raises(FileNotFoundError, match=r"lost\.gz: 404"):
        locate("Data", [lost], [], Place(bare_machine / "cache", "cache"))


def test_a_cache_that_cannot_be_written_is_an_error(bare_machine: Path, server: str) -> None:
    pytest.importorskip("pooch", reason="downloading needs pooch")
    (bare_machine / "cache").write_text("a file where a folder should be")
    with pytest.raises(FileNotFoundError, match="cache"):
        locate("Data", files(server), [], Place(bare_machine / "cache", "cache"))


def test_environment_variables_name_the_folders(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folders("mnist") == []
    assert keras_folder("fashion-mnist").folder == bare_machine / ".keras/datasets/fashion-mnist"
    monkeypatch.setenv("PYMLP_DATA", str(bare_machine / "d"))
    monkeypatch.setenv("KERAS_HOME", str(bare_machine / "k"))
    monkeypatch.setenv("PYMLP_CACHE", str(bare_machine / "c"))
    folders = [place.folder for place in data_folders("mnist")]
    assert folders == [bare_machine / "d" / "mnist", bare_machine / "d"]
    assert keras_folder("x").folder == bare_machine / "k" / "datasets" / "x"
    assert cache_folder("x").folder == bare_machine / "c" / "x"


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".cache/pymlp"),
        ("darwin", "Library/Caches/pymlp"),
        ("win32", "AppData/Local/pymlp/Cache"),
    ],
)
def test_the_cache_is_where_the_system_keeps_caches(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, platform: str, folder: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder().folder == bare_machine / folder


def test_xdg_cache_home_is_honoured(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(bare_machine / "xdg"))
    assert cache_folder("m").folder == bare_machine / "xdg" / "pymlp" / "m"
