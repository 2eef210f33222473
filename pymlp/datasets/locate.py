"""Finding the files of a data set: the places looked in, their order, and the download.

The order is: ``$PYMLP_DATA``, Keras's own cache, what the system provides, pymlp's cache, and
last the publisher, through pooch and with checksums, into pymlp's cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Place", "RemoteFile", "cache_folder", "data_folders", "keras_folder", "locate"]

# (to connect, between two pieces of data), in seconds: a machine whose network swallows packets
# must learn so within seconds, a slow line may take as long as it needs.
_TIMEOUT = (5.0, 20.0)


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, where it is published, and what it must hash to."""

    name: str
    url: str
    sha256: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names it goes by on disk: a ``.gz`` may have been decompressed."""
        plain = self.name.removesuffix(".gz")
        return (self.name,) if plain == self.name else (self.name, plain)


@dataclass(frozen=True)
class Place:
    """A folder that may hold a data set, and what to call it in a message."""

    folder: Path
    label: str


def data_folders(*subfolders: str) -> list[Place]:
    """Return the folders that ``$PYMLP_DATA`` stands for; none when it is not set."""
    root = os.environ.get("PYMLP_DATA")
    if not root:
        return []
    base = Path(root).expanduser()
    return [Place(base / sub, "$PYMLP_DATA") for sub in (*subfolders, ".")]


def keras_folder(*subfolders: str) -> Place:
    """Return a folder of Keras's cache of data sets (``$KERAS_HOME`` or ``~/.keras``)."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Place(Path(home).expanduser().joinpath("datasets", *subfolders), "Keras's cache")


def cache_folder(*subfolders: str) -> Place:
    """Return a folder of pymlp's own cache, which need not exist yet.

    ``$PYMLP_CACHE`` names the cache; without it, it is where the system keeps caches.
    """
    home = Path(os.path.expanduser("~"))
    if named := os.environ.get("PYMLP_CACHE"):
        base = Path(named).expanduser()
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "pymlp" / "Cache"
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches" / "pymlp"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "pymlp"
    return Place(base.joinpath(*subfolders), "pymlp's cache")


def locate(
    title: str, files: Sequence[RemoteFile], places: Sequence[Place], cache: Place
) -> list[Path]:
    """Return the paths of all `files`, downloading them if no place holds them all.

    Parameters
    ----------
    title : str
        The data set's name, for messages.
    files : sequence of RemoteFile
        What is needed. A place counts only if it holds every one of them: files of two places
        may be of two versions.
    places : sequence of Place
        Looked in, in this order, before the download.
    cache : Place
        Where a download goes.

    Returns
    -------
    list of Path
        In the order of `files`.

    Raises
    ------
    FileNotFoundError
        When no place holds the files and they cannot be downloaded. The message lists every
        place, what was wrong with it, and the ways to supply the files.
    """
    looked = []
    for place in places:
        found = [_spelled(place.folder, file) for file in files]
        if all(found):
            return [path for path in found if path]
        missing = [file.name for file, path in zip(files, found, strict=True) if not path]
        reason = f"without {', '.join(missing)}" if place.folder.is_dir() else "no such folder"
        looked.append(f"{place.folder} ({place.label}): {reason}")
    try:
        return [_download(file, cache.folder) for file in files]
    except ImportError:
        looked.append("the network: downloading needs pooch, install it with: pip install pooch")
    except (OSError, ValueError) as error:
        # pooch raises ValueError for a wrong checksum; what requests raises is an OSError.
        looked.append(f"the network, {files[0].url}: {' '.join(str(error).split())}")
    raise FileNotFoundError(_not_found(title, files, looked, cache))


def _spelled(folder: Path, file: RemoteFile) -> Path | None:
    """Return the path of `file` in `folder` under one of its names, or None."""
    candidates = (folder / name for name in file.spellings)
    return next((path for path in candidates if path.is_file()), None)


def _download(file: RemoteFile, folder: Path) -> Path:
    """Fetch `file` into `folder`; pooch writes beside the target, checks, and then renames."""
    import pooch

    target = folder / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    fetched = pooch.retrieve(
        file.url,
        known_hash=f"sha256:{file.sha256}",
        fname=target.name,
        path=target.parent,
        downloader=pooch.HTTPDownloader(timeout=_TIMEOUT),
    )
    return Path(fetched)


def _not_found(title: str, files: Sequence[RemoteFile], looked: Sequence[str], cache: Place) -> str:
    """Return the message: what is missing, every place looked in, and what to do about it."""
    names = ", ".join(file.name for file in files)
    ways = [
        f"put {names} into a folder and name that folder in the environment variable PYMLP_DATA;",
        f"put {'it' if len(files) == 1 else 'them'} into {cache.folder}, pymlp's cache "
        "(another cache: PYMLP_CACHE);",
        "load the data set once with Keras, whose cache pymlp reads;",
        "run this once with network access and pooch installed (pip install pooch); "
        "the files are kept.",
    ]
    return "\n".join(
        [
            f"{title} was not found on this machine and could not be downloaded. Looked in:",
            *(f"  - {line}" for line in looked),
            "Do one of these:",
            *(f"  - {way}" for way in ways),
        ]
    )
