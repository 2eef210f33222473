"""Zip archives that are made to do harm."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

from .cases import Case, archive, enter, hostile
from .valid import members_of, valid_files, zipped

__all__: list[str] = []


def _with(name: Any, content: bytes = b"x", method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a good archive with one member more."""
    stream = io.BytesIO(valid_files()["chain.keras"])
    with zipfile.ZipFile(stream, "a") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened.writestr(name, content, method)
    return stream.getvalue()


def _patched(
    content: bytes, mark: bytes, offset: int, layout: str, value: int, which: int = 0
) -> bytes:
    """Return an archive with a field of a header changed."""
    at = -1
    for _ in range(which + 1):
        at = content.index(mark, at + 1)
    changed = bytearray(content)
    struct.pack_into(layout, changed, at + offset, value)
    return bytes(changed)


@hostile("leads out of")
def a_path_that_leads_out(secrets: Path) -> bytes:
    """CVE-2025-12060's kind ("Zip Slip", CVE-2018-1002200): a member that is written where its name leads."""
    return _with("../pwned")


@hostile("leads out of")
def a_path_from_the_root(secrets: Path) -> bytes:
    """The same, absolute."""
    return _with(f"{secrets}/pwned")


@hostile("leads out of|not a plain path")
def a_path_of_windows(secrets: Path) -> bytes:
    """The same, by Windows's separators."""
    return _with("assets\\..\\..\\pwned")


for _kind, _path in {
    "a path that leads out on the way": "a/../../evil",
    "a path with an empty step": "a//b",
    "a path with a drive": "C:/evil",
    "a path from here": "./a",
}.items():
    _message = "leads out of the archive|not a plain path"
    enter(
        _kind,
        Case(
            ".keras",
            _message,
            lambda _, path=_path: _with(path),
            "The same, by other ways to write it.",
        ),
    )


@hostile("not a plain path")
def a_name_that_zipfile_would_shorten(secrets: Path) -> bytes:
    """zipfile ends a name at its first zero; others do not."""
    return _with("evil#txt").replace(b"evil#txt", b"evil\0txt")


@hostile("symbolic link")
def a_symbolic_link(secrets: Path) -> bytes:
    """keras-team/keras#23015: a link in the archive, behind which others are then written."""
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = 0o120777 << 16
    return _with(link, str(secrets).encode())


@hostile("is there twice")
def a_member_that_is_there_twice(secrets: Path) -> bytes:
    """Readers differ in which they take: what a scanner saw is not what is loaded."""
    return _with("config.json", b"{}")


@hostile("encrypted")
def an_encrypted_member(secrets: Path) -> bytes:
    """zipfile asks for a password, by an error of its own."""
    return _patched(valid_files()["chain.keras"], b"PK\1\2", 8, "<H", 1)


@hostile("whole archive has")
def a_bomb(secrets: Path) -> bytes:
    """keras-team/keras#23010: members of a .keras file that decompress to gigabytes."""
    return _with("assets/zeros", bytes(120 * 2**20), zipfile.ZIP_DEFLATED)


@hostile("has fewer|whole archive has")
def a_bomb_in_the_description(secrets: Path) -> bytes:
    """keras-team/keras#23010: config.json is read first."""
    members = members_of(valid_files()["chain.keras"])
    members["config.json"] = b" " * (20 * 2**20)
    return zipped(members, zipfile.ZIP_DEFLATED)


@hostile("overlaps|where it lies")
def members_that_share_bytes(secrets: Path) -> bytes:
    """CVE-2019-9674's kind (Fifield's bomb): one piece of compressed data that is many members."""
    content = valid_files()["chain.keras"]
    first = content.index(b"PK\1\2")
    offset = int.from_bytes(content[first + 42 : first + 46], "little")
    return _patched(content, b"PK\1\2", 42, "<I", offset, which=1)


@hostile("damaged|overlaps|whole archive")
def a_size_that_is_a_lie(secrets: Path) -> bytes:
    """A member that says it is small, and is a gigabyte when decompressed."""
    members = members_of(valid_files()["chain.keras"])
    members["config.json"] += b" " * (8 * 2**20)
    content = zipped(members, zipfile.ZIP_DEFLATED)
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        content = _patched(content, mark, place, "<I", 400, which=1)
    return content


@hostile("damaged|overlaps")
def a_size_beyond_the_file(secrets: Path) -> bytes:
    """A member that would go on behind the end."""
    return _patched(valid_files()["chain.keras"], b"PK\1\2", 20, "<I", 2**31)


@hostile("not a .keras file|damaged|overlaps")
def an_offset_before_the_file(secrets: Path) -> bytes:
    """zipfile takes what stands before the first member for a prefix, and adds it to all offsets."""
    return _patched(valid_files()["chain.keras"], b"PK\5\6", 16, "<I", 2**31)


@hostile("compressed by method")
def another_method(secrets: Path) -> bytes:
    """Methods whose decompressors take memory by what the header says (LZMA), or come from elsewhere."""
    return _with("assets/x", bytes(1000), zipfile.ZIP_LZMA)


@hostile(r"not a \.keras file")
def a_directory_beyond_all_memory(secrets: Path) -> bytes:
    """zipfile reads the directory by the length that the end of the file says."""
    return _patched(valid_files()["chain.keras"], b"PK\5\6", 12, "<I", 2**31)


@hostile("not a .keras file|members|directory")
def very_many_members(secrets: Path) -> bytes:
    """A directory of a hundred thousand empty members: each is an object."""
    stream = io.BytesIO(valid_files()["chain.keras"])
    with zipfile.ZipFile(stream, "a") as opened:
        for number in range(100_000):
            opened.writestr(zipfile.ZipInfo(f"assets/{number}"), b"")
    return stream.getvalue()


@hostile("where it lies")
def a_name_that_is_another_where_it_lies(secrets: Path) -> bytes:
    """Readers differ in which of a member's two names they take."""
    content = valid_files()["chain.keras"]
    at = content.index(b"config.json")
    return content[:at] + b"config.jsom" + content[at + 11 :]


@hostile("cannot be read")
def a_description_in_another_encoding(secrets: Path) -> bytes:
    """Of bytes, Python's json guesses the encoding by the first four, and imports the codec: readers differ in it."""
    return archive(
        config=members_of(valid_files()["chain.keras"])["config.json"].decode().encode("utf-32-le")
    )


@hostile("no config.json")
def no_description(secrets: Path) -> bytes:
    """What must be there is not."""
    return archive(config=None)


@hostile("damaged.*CRC")
def weights_that_were_changed(secrets: Path) -> bytes:
    """A changed weight must not pass: stored members are read from where they lie, and zipfile's check is passed by."""
    content = bytearray(valid_files()["chain.keras"])
    content[content.index(b"\x89HDF") + 5000] ^= 1
    return bytes(content)


@hostile("not a .keras file")
def an_empty_file(secrets: Path) -> bytes:
    """An empty file."""
    return b""
