"""Files beside the weights: layers with `save_assets` and `load_assets` keep there what is no number.

Keras gives them a folder each, named like the layer's path among the weights: a `StringLookup` that was adapted writes
``assets/layers/string_lookup/vocabulary.txt``.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from pymlp.saving.archive import Archive
from pymlp.saving.refusal import FileRefused, refusing
from pymlp.saving.tree import Place, places_in

__all__ = ["read_assets", "write_assets"]

_FOLDER = "assets"
_PLAIN = re.compile(r"[\w][\w.-]*", re.ASCII)


def write_assets(archive: Any, model: Any) -> None:
    """Add to an open `zipfile.ZipFile` the files of all layers of a model."""
    for place in places_in(model):
        if not hasattr(place.object, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            place.object.save_assets(folder)
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    inner = path.relative_to(folder).as_posix()
                    archive.write(path, f"{_folder_of(place)}{inner}")


def read_assets(archive: Archive, model: Any) -> None:
    """Have the layers of a model read their files.

    They are given a new folder with copies of these alone: a name in the archive is part of no other path.
    """
    for place in places_in(model):
        if not hasattr(place.object, "load_assets"):
            continue
        prefix = _folder_of(place)
        inner = [
            name.removeprefix(prefix)
            for name in archive.members
            if name.startswith(prefix) and not name.endswith("/")
        ]
        if not inner:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name in inner:
                _copy(archive, prefix, name, Path(folder))
            label = f"{type(place.object).__name__} '{place.object.name}'"
            with refusing(f"{archive.name}: {label} does not take what is in {prefix}"):
                place.object.load_assets(folder)


def _folder_of(place: Place) -> str:
    return f"{_FOLDER}/{place.path}/" if place.path else f"{_FOLDER}/"


def _copy(archive: Archive, prefix: str, name: str, folder: Path) -> None:
    parts = name.split("/")
    if not all(_PLAIN.fullmatch(part) for part in parts):
        raise FileRefused(
            f"{archive.name}: the file {prefix + name!r:.200} in it has a name that is not plain letters and digits."
        )
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive.bytes_of(prefix + name))
