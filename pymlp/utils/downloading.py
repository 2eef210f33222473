"""Downloading a file once, and unpacking it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pymlp.utils.archives import extract_archive
from pymlp.utils.progbar import Progbar
from pymlp.utils.terminal import print_message

__all__ = ["get_file"]

# (to connect, between two pieces of data), in seconds.
_TIMEOUT = (10.0, 60.0)
_LENGTHS = {"md5": 32, "sha256": 64}  # of hashes, in hexadecimal digits


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike[str] = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Iterable[str] | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file from the network, which is downloaded unless it is in the cache.

    Parameters
    ----------
    fname : str, optional
        The file's name in the cache, without a folder. By default the last part of `origin`. With `extract`, the name
        of the folder that the archive is unpacked into; if it has an ending, that is replaced by ``_extracted``.
    origin : str
        Its address: ``https://...``, ``http://...``, ``ftp://...`` or ``file://...``.
    untar : bool
        As `extract`, for tar archives. (An older argument.)
    md5_hash : str, optional
        As `file_hash`. (An older argument.)
    file_hash : str, optional
        What the file must hash to, in hexadecimal digits. A file in the cache that does not is downloaded again.
        **Give it where you can**: it is what tells a file from a damaged or a changed one.
    cache_subdir : path-like
        Folder within the cache; or an absolute path, which then is the folder.
    hash_algorithm : {"auto", "sha256", "md5"}
        ``"auto"`` goes by the length of the hash.
    extract : bool
        Whether to unpack the file, an archive, into a folder beside it.
    archive_format : {"auto", "tar", "zip"} or iterable of such
        What archives may be; ``"auto"`` is both. Tar archives may be compressed by gzip, bzip2 or xz.
    cache_dir : path-like, optional
        The cache; by default that of Keras, ``$KERAS_HOME`` or ``~/.keras``, or if that cannot be written to, a folder
        ``.keras`` among temporary files.
    force_download : bool
        Whether to download the file even if it is in the cache.

    Returns
    -------
    str
        The path of the file; with `extract`, of the folder.

    Raises
    ------
    ImportError
        If a download needs pooch, and it is not installed.
    OSError
        If the file cannot be downloaded or written.
    ValueError
        If an argument is none of these, the file does not hash to what it must, or is no archive or a damaged one.

    Notes
    -----
    The file takes its place in the cache in one step when it is complete and has been checked, and so does each
    unpacked file; what was there before stays there if anything fails. Members of an archive that would be written
    outside of the folder are skipped with a warning, and so are devices and links up; an archive that grows beyond 1 GB
    and 500 times its size is refused. Downloads are by pooch.

    Differences from Keras: a `cache_dir` that does not exist is made, and one that cannot be written to is an error
    (Keras then takes the folder among temporary files); a file that is no archive is one, too (Keras warns).

    Examples
    --------
    >>> import pathlib, pymlp as keras
    >>> _ = pathlib.Path("table.csv").write_text("1,2")
    >>> address = pathlib.Path("table.csv").absolute().as_uri()
    >>> path = keras.utils.get_file(origin=address, cache_dir="cache")  # doctest: +SKIP
    """
    if not origin:
        raise ValueError("get_file: origin is missing, the address of the file.")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    known_hash = _known_hash(file_hash, hash_algorithm)
    formats = _formats("tar" if untar else archive_format)
    unpacks = extract or untar
    if unpacks and not formats:
        raise ValueError("get_file: to extract an archive, archive_format should name its format.")
    name, folder_name = _names(fname, origin, unpacks)

    folder = _cache(cache_dir, cache_subdir)
    target = folder / name
    if force_download or not target.exists():
        _download(origin, target, known_hash)
    elif known_hash is not None and _hash(target, known_hash[0]) != known_hash[1]:
        print_message(f"{target} is not what it should be, by its {known_hash[0]} hash.")
        _download(origin, target, known_hash)
    if unpacks:
        extract_archive(target, folder / folder_name, formats)
        return str(folder / folder_name)
    return str(target)


# ---- arguments ----------------------------------------------------------------------------------------


def _known_hash(file_hash: str | None, algorithm: str) -> tuple[str, str] | None:
    """Return (algorithm, hash), or None if there is none."""
    if algorithm not in ("auto", *_LENGTHS):
        raise ValueError(
            f"get_file: hash_algorithm should be 'auto', 'sha256' or 'md5', received {algorithm!r}."
        )
    if file_hash is None:
        return None
    digits = file_hash.lower()
    if algorithm == "auto":
        algorithm = "sha256" if len(digits) == _LENGTHS["sha256"] else "md5"
    if len(digits) != _LENGTHS[algorithm] or set(digits) - set("0123456789abcdef"):
        raise ValueError(
            f"get_file: file_hash should be {_LENGTHS[algorithm]} hexadecimal digits for {algorithm}, received "
            f"{file_hash!r}."
        )
    return algorithm, digits


def _formats(archive_format: str | Iterable[str] | None) -> list[str]:
    if archive_format is None:
        return []
    if archive_format == "auto":
        return ["tar", "zip"]
    formats = [archive_format] if isinstance(archive_format, str) else list(archive_format)
    for one in formats:
        if one not in ("tar", "zip"):
            raise ValueError(
                f"get_file: archive_format should be 'auto', 'tar' or 'zip', received {one!r}."
            )
    return formats


def _names(fname: str | os.PathLike[str] | None, origin: str, unpacks: bool) -> tuple[str, str]:
    """Return the file's name in the cache, and that of the folder it is unpacked into."""
    given = os.fspath(fname) if fname else ""
    name = given or urlsplit(origin).path.rpartition("/")[2]
    if not name:
        raise ValueError(
            f"get_file: the address {origin!r} does not end in the name of a file; give one as fname."
        )
    if name in (".", "..") or any(mark in name for mark in {"/", os.sep, "\0"}):
        raise ValueError(
            f"get_file: fname should be a name without a folder, received {name!r}. Give the folder as cache_subdir or "
            "cache_dir."
        )
    if not unpacks:
        return name, ""
    if given and "." in given:
        return name, f"{name.partition('.')[0]}_extracted"
    return f"{name}_archive", name


def _cache(cache_dir: str | os.PathLike[str] | None, cache_subdir: str | os.PathLike[str]) -> Path:
    """Return the folder of the cache, which is made if need be."""
    usual = Path(os.environ.get("KERAS_HOME") or Path("~", ".keras"))
    folder = Path(cache_dir or usual).expanduser() / cache_subdir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if cache_dir is not None or os.access(folder, os.W_OK):
            return folder
    except PermissionError:
        if cache_dir is not None:
            raise
    folder = Path(tempfile.gettempdir(), ".keras") / cache_subdir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# ---- the download --------------------------------------------------------------------------------------


def _download(origin: str, target: Path, known_hash: tuple[str, str] | None) -> None:
    """Fetch a file, check it, and then put it into its place."""
    try:
        import pooch
    except ImportError:
        raise ImportError(
            f"get_file: downloading {origin} needs pooch. Install it by: pip install pooch."
        ) from None
    print_message(f"Downloading data from {origin}")
    kind = urlsplit(origin).scheme.lower()
    try:
        if kind == "file":
            downloader = _copy
        elif kind in ("http", "https"):
            downloader = pooch.HTTPDownloader(progressbar=_Progress(), timeout=_TIMEOUT)
        else:
            downloader = pooch.core.choose_downloader(origin)
        with (
            _quiet(pooch.get_logger()),
            tempfile.TemporaryDirectory(prefix=".download", dir=target.parent) as folder,
        ):
            fetched = pooch.retrieve(
                origin,
                known_hash=None if known_hash is None else ":".join(known_hash),
                fname=target.name,
                path=folder,
                downloader=downloader,
            )
            _give_ordinary_permissions(Path(fetched))
            os.replace(fetched, target)
    except ValueError as error:  # pooch's for a hash and for a kind of address
        raise ValueError(f"get_file: {origin} is not usable: {error}") from None
    except OSError as error:  # requests' errors are such
        raise OSError(f"get_file: {origin} could not be downloaded: {error}") from error


@contextmanager
def _quiet(logger: Any) -> Iterator[None]:
    """Keep a library from saying what was said already."""
    before = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(before)


class _Progress:
    """A progress bar as pooch moves it: its length is set, pieces are added, and at the end all of it once more."""

    def __init__(self) -> None:
        self.total = 0
        self._done = 0
        self._bar: Progbar | None = None

    def update(self, size: int) -> None:
        if self._bar is None:
            self._bar = Progbar(self.total or None, unit_name="byte")
        self._done += size
        self._show(finalize=False)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        self._show(finalize=True)

    def _show(self, finalize: bool) -> None:
        if self._bar is not None:  # the last piece is counted as long as the others
            self._bar.update(min(self._done, self.total or self._done), finalize=finalize)


def _copy(url: str, output_file: str, pooch: Any) -> None:
    """Fetch a file from a ``file://`` address."""
    from urllib.request import url2pathname

    shutil.copyfile(url2pathname(urlsplit(url).path), output_file)


def _give_ordinary_permissions(path: Path) -> None:
    """Give a temporary file, which is its owner's alone, the permissions of any new file."""
    ordinary = path.with_name(f"{path.name}.ordinary")
    ordinary.touch()
    shutil.copymode(ordinary, path)


def _hash(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    with open(path, "rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
