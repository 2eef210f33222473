"""`get_file`: from ``file://`` and from a server in this process; no test leaves the machine."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import stat
import sys
import tarfile
import threading
import warnings
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pymlp.utils import downloading, get_file

CONTENT = b"1,2\n3,4\n"
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """A machine without caches, and without servers between it and this process."""
    pytest.importorskip("pooch", reason="pooch is not installed, which downloads")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def remote(tmp_path):
    """A folder of files to be downloaded."""
    folder = tmp_path / "remote"
    folder.mkdir()
    (folder / "table.csv").write_bytes(CONTENT)
    return folder


@pytest.fixture
def server(remote):
    """The address of a server of that folder; and the paths that were asked for."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path.startswith("/cut"):  # breaks off in the middle
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"begin")
                return
            super().do_GET()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=remote))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


# ---- downloads ---------------------------------------------------------------------------------------


def test_once_by_http(server, cache, capsys):
    address, asked = server
    for _ in range(2):
        path = get_file(origin=f"{address}/table.csv?version=1", cache_dir=cache)
        assert path == str(cache / "datasets" / "table.csv")
        assert Path(path).read_bytes() == CONTENT
    assert asked == ["/table.csv?version=1"]
    assert files(cache) == ["datasets/table.csv"]
    out, err = capsys.readouterr()
    assert out.startswith(f"Downloading data from {address}/table.csv")
    assert [line.partition(" - ")[0] for line in out.splitlines()[1:]] == ["8/8"]
    assert err == ""


def test_once_from_a_file(remote, cache):
    origin = (remote / "table.csv").as_uri()
    path = get_file(origin=origin, cache_dir=cache, cache_subdir="tables", fname="mine")
    assert path == str(cache / "tables" / "mine")
    (remote / "table.csv").unlink()
    assert get_file("mine", origin, cache_dir=cache, cache_subdir="tables") == path


def test_permissions_are_ordinary(server, cache, tmp_path):
    path = get_file(origin=f"{server[0]}/table.csv", cache_dir=cache)
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_where_the_cache_is(remote, tmp_path, monkeypatch):
    origin = (remote / "table.csv").as_uri()
    assert get_file(origin=origin) == str(tmp_path / "home" / ".keras" / "datasets" / "table.csv")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert get_file(origin=origin) == str(tmp_path / "keras" / "datasets" / "table.csv")
    absolute = tmp_path / "absolute"
    assert get_file(origin=origin, cache_subdir=absolute) == str(absolute / "table.csv")


def test_a_home_that_cannot_be_written_to(remote, tmp_path, monkeypatch):
    def forbidden(path, *arguments, **named):
        if "home" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return made(path, *arguments, **named)

    made = Path.mkdir
    monkeypatch.setattr(Path, "mkdir", forbidden)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    origin = (remote / "table.csv").as_uri()
    assert get_file(origin=origin) == str(tmp_path / "temporary/.keras/datasets/table.csv")
    with pytest.raises(PermissionError):
        get_file(origin=origin, cache_dir=tmp_path / "home")


@pytest.mark.parametrize("arguments", [
    {"file_hash": SHA256}, {"file_hash": MD5}, {"md5_hash": MD5}, {"file_hash": SHA256.upper()},
    {"file_hash": SHA256, "hash_algorithm": "sha256"}, {"file_hash": MD5, "hash_algorithm": "md5"},
])  # fmt: skip
def test_hashes(arguments, server, cache):
    address, asked = server
    for _ in range(2):
        path = get_file(origin=f"{address}/table.csv", cache_dir=cache, **arguments)
        assert Path(path).read_bytes() == CONTENT
    assert len(asked) == 1
    Path(path).write_bytes(b"damaged")
    get_file(origin=f"{address}/table.csv", cache_dir=cache, **arguments)
    assert Path(path).read_bytes() == CONTENT
    assert len(asked) == 2


def test_what_was_there_stays_when_anything_fails(server, cache):
    address, _ = server
    path = Path(get_file("table.csv", f"{address}/table.csv", cache_dir=cache))
    path.write_bytes(b"old")
    again = {"fname": "table.csv", "cache_dir": cache, "force_download": True}
    with pytest.raises(ValueError, match=r"get_file: http.*table\.csv is not usable: SHA256 hash"):
        get_file(origin=f"{address}/table.csv", file_hash=OTHER, **again)
    with pytest.raises(OSError, match=r"get_file: http.*missing could not be downloaded: 404"):
        get_file(origin=f"{address}/missing", **again)
    with pytest.raises(OSError, match=r"cut could not be downloaded"):
        get_file(origin=f"{address}/cut", **again)
    with pytest.raises(OSError, match="could not be downloaded"):
        get_file(origin="http://127.0.0.1:9/nobody", **again)
    assert path.read_bytes() == b"old"
    assert files(cache) == ["datasets/table.csv"]
    get_file(origin=f"{address}/table.csv", **again)
    assert path.read_bytes() == CONTENT


def test_an_interrupted_download_leaves_nothing(remote, cache, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(downloading, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get_file(origin=(remote / "table.csv").as_uri(), cache_dir=cache)
    assert list((cache / "datasets").iterdir()) == []


def test_without_pooch(remote, cache, monkeypatch):
    origin = (remote / "table.csv").as_uri()
    path = get_file(origin=origin, cache_dir=cache)
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert get_file(origin=origin, cache_dir=cache) == path
    with pytest.raises(ImportError, match="needs pooch"):
        get_file(origin=origin, cache_dir=cache, force_download=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"origin": None}, "origin is missing"),
        ({"origin": "http://127.0.0.1/"}, "does not end in the name of a file"),
        ({"fname": "a/b"}, "a name without a folder, received 'a/b'"),
        ({"fname": ".."}, "a name without a folder"),
        ({"origin": "http://127.0.0.1/.."}, "a name without a folder"),
        ({"file_hash": "abc"}, "should be 32 hexadecimal digits for md5, received 'abc'"),
        ({"file_hash": MD5, "hash_algorithm": "sha256"}, "should be 64 hexadecimal digits"),
        ({"file_hash": "x" * 64}, "should be 64 hexadecimal digits"),
        ({"hash_algorithm": "sha1"}, "hash_algorithm should be 'auto', 'sha256' or 'md5'"),
        ({"extract": True, "archive_format": "rar"}, "archive_format should be .* received 'rar'"),
        ({"extract": True, "archive_format": None}, "archive_format should name its format"),
        ({"extract": True, "archive_format": []}, "archive_format should name its format"),
        ({"origin": "gopher://127.0.0.1/a"}, "is not usable"),
    ],
)
def test_wrong_arguments(arguments, message, tmp_path):
    arguments = {"origin": "http://127.0.0.1:9/table.csv", "cache_dir": tmp_path, **arguments}
    with pytest.raises(ValueError, match=message):
        get_file(**arguments)
    assert files(tmp_path) == []


# ---- archives ---------------------------------------------------------------------------------------------


def make_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = content
                archive.addfile(member)


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def make(path, members):
    if path.suffix == ".zip":
        make_zip(path, members)
    else:
        make_tar(
            path,
            members,
            {".tgz": "w:gz", ".tar": "w", ".bz2": "w:bz2", ".xz": "w:xz"}[path.suffix],
        )


@pytest.mark.parametrize(
    "name", ["data.tgz", "data.tar", "data.tar.bz2", "data.tar.xz", "data.zip"]
)
def test_archives(name, remote, cache):
    make(remote / name, {"a.txt": b"a", "inner/b.txt": b"b"})
    origin = (remote / name).as_uri()
    for _ in range(2):
        folder = get_file(origin=origin, cache_dir=cache, extract=True)
        assert folder == str(cache / "datasets" / name)
        assert files(Path(folder)) == ["a.txt", "inner/b.txt"]
    assert files(cache / "datasets") == [f"{name}/a.txt", f"{name}/inner/b.txt", f"{name}_archive"]


@pytest.mark.parametrize(
    ("fname", "archive", "folder"),
    [("mine", "mine_archive", "mine"), ("mine.tar.gz", "mine.tar.gz", "mine_extracted")],
)
def test_names_of_archives(fname, archive, folder, remote, cache):
    make(remote / "data.tgz", {"a.txt": b"a"})
    found = get_file(fname, (remote / "data.tgz").as_uri(), untar=True, cache_dir=cache)
    assert found == str(cache / "datasets" / folder)
    assert files(cache / "datasets") == sorted([archive, f"{folder}/a.txt"])


def test_files_of_one_s_own_stay_and_new_ones_take_the_place_of_old_ones(remote, cache):
    make(remote / "data.zip", {"a.txt": b"old", "inner/b.txt": b"old"})
    origin = (remote / "data.zip").as_uri()
    folder = Path(get_file(origin=origin, cache_dir=cache, extract=True))
    (folder / "inner" / "mine.txt").write_bytes(b"mine")
    make(remote / "data.zip", {"a.txt": b"new", "inner/c.txt": b"new"})
    get_file(origin=origin, cache_dir=cache, extract=True, force_download=True)
    found = {name: (folder / name).read_bytes() for name in files(folder)}
    assert found == {
        "a.txt": b"new",
        "inner/b.txt": b"old",
        "inner/c.txt": b"new",
        "inner/mine.txt": b"mine",
    }


UNSAFE = {
    "data.zip": {"../evil.txt": b"!", "inner/../../evil.txt": b"!", "/tmp/pymlp-evil.txt": b"!"},
    "data.tgz": {
        "../evil.txt": b"!",
        "inner/../../evil.txt": b"!",
        "link": (tarfile.SYMTYPE, "/etc"),
        "up": (tarfile.SYMTYPE, "../.."),
        "hard": (tarfile.LNKTYPE, "../../remote/table.csv"),
        "fifo": (tarfile.FIFOTYPE, ""),
    },
}


@pytest.mark.parametrize("name", UNSAFE)
def test_nothing_is_written_outside_of_the_folder(name, remote, cache):
    make(remote / name, {"good.txt": b"good", **UNSAFE[name]})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        folder = get_file(origin=(remote / name).as_uri(), cache_dir=cache, extract=True)
    assert len(caught) == len(UNSAFE[name])
    assert all("get_file skips a member of the archive" in str(one.message) for one in caught)
    assert files(Path(folder)) == ["good.txt"]
    assert files(cache) == [f"datasets/{name}/good.txt", f"datasets/{name}_archive"]
    assert not Path("/tmp/pymlp-evil.txt").exists()


def test_what_is_behind_a_link_is_not_written_to(remote, cache):
    """A link first, then a member that goes through it."""
    make(remote / "data.tgz", {"link": (tarfile.SYMTYPE, ".."), "link/evil.txt": b"!"})
    with pytest.warns(UserWarning, match="skips a member"):
        get_file(origin=(remote / "data.tgz").as_uri(), cache_dir=cache, extract=True)
    assert not (cache / "datasets" / "evil.txt").exists()


def test_links_up_are_skipped_wherever_they_lead(remote, cache):
    """CVE-2025-4517, CVE-2025-12638: Python's filter judges them wrongly behind paths that are too long."""
    members = {
        "c.txt": b"c",
        "a/b": (tarfile.SYMTYPE, "../c.txt"),
        "a/down": (tarfile.SYMTYPE, "e.txt"),
        "a/e.txt": b"e",
    }
    make(remote / "data.tgz", members)
    with pytest.warns(UserWarning, match=r"'a/b' has \.\. in its path, or is a link"):
        folder = get_file(origin=(remote / "data.tgz").as_uri(), cache_dir=cache, extract=True)
    assert files(Path(folder)) == ["a/down", "a/e.txt", "c.txt"]


@pytest.mark.parametrize("inner", ["..", "link/../evil.txt"])
def test_links_up_and_detours_by_links(inner, remote, cache):
    """keras-team/keras#23015, #22973: what is up is told of lexically, and by the system another way."""
    make(remote / "data.tgz", {"link": (tarfile.SYMTYPE, "."), inner: b"!", "good.txt": b""})
    with pytest.warns(UserWarning, match=r"\.\. in its path"):
        folder = get_file(origin=(remote / "data.tgz").as_uri(), cache_dir=cache, extract=True)
    assert sorted(p.name for p in Path(folder).iterdir()) == ["good.txt", "link"]


@pytest.mark.parametrize("name", ["data.tgz", "data.zip"])
def test_bombs_are_not_unpacked(name, remote, cache, monkeypatch):
    monkeypatch.setattr("pymlp.utils.archives._SMALL", 10_000)
    if name == "data.zip":
        with zipfile.ZipFile(remote / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", bytes(2**22))
    else:
        make(remote / name, {"zeros": bytes(2**22)})
    with pytest.raises(ValueError, match="would have 4194304 bytes, expected at most"):
        get_file(origin=(remote / name).as_uri(), cache_dir=cache, extract=True)
    assert not (cache / "datasets" / name).exists()


def test_a_link_that_was_there_is_not_followed(remote, cache, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"mine")
    folder = cache / "datasets" / "data.zip"
    folder.mkdir(parents=True)
    (folder / "a.txt").symlink_to(outside)
    make(remote / "data.zip", {"a.txt": b"new"})
    get_file(origin=(remote / "data.zip").as_uri(), cache_dir=cache, extract=True)
    assert outside.read_bytes() == b"mine"
    assert (folder / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["data.tgz", "data.zip"])
def test_damaged_archives_leave_nothing(name, remote, cache):
    make(remote / name, {"a.txt": os.urandom(5000), "b.txt": os.urandom(5000)})
    content = bytearray((remote / name).read_bytes())
    content[3000:3100] = bytes(100)
    (remote / name).write_bytes(content)
    with pytest.raises(
        ValueError, match=r"cannot be unpacked: .*force_download=True|is no archive"
    ):
        get_file(origin=(remote / name).as_uri(), cache_dir=cache, extract=True)
    assert files(cache) == [f"datasets/{name}_archive"]


def test_what_is_no_archive(remote, cache):
    with pytest.raises(ValueError, match="is no archive of the format tar or zip"):
        get_file(origin=(remote / "table.csv").as_uri(), cache_dir=cache, extract=True)
    make(remote / "data.zip", {"a": b"a"})
    with pytest.raises(ValueError, match="is no archive of the format tar"):
        get_file(
            origin=(remote / "data.zip").as_uri(),
            cache_dir=cache,
            extract=True,
            archive_format="tar",
        )
