"""All hostile files. ``python -m tests.hostile.corpus FOLDER`` writes them, to look at or to try on other loaders."""

from __future__ import annotations

import sys
from pathlib import Path

from . import archive_cases, code_cases, hdf5_cases, size_cases, tensor_cases  # noqa: F401  (they enter cases)
from .cases import CASES, SECRETS, Case

__all__ = ["CASES", "Case", "made", "secrets_in"]


def secrets_in(folder: Path) -> Path:
    """Make the files that hostile ones name: what they would be read for."""
    import h5py
    import numpy as np

    secrets = folder / SECRETS
    secrets.mkdir()
    (secrets / "secret.txt").write_text("root\nsecret\n")
    (secrets / "secret.bin").write_bytes(bytes(4096))
    (secrets / "link.bin").symlink_to("/etc/passwd")
    with h5py.File(secrets / "secret.h5", "w") as file:
        file["data"] = np.ones((3, 4), np.float32)
    return secrets


def made(name: str, folder: Path) -> Path:
    """Write a file of the corpus into a folder where `secrets_in` was called."""
    case = CASES[name]
    path = folder / f"{name.replace(' ', '_')}{case.ending}"
    path.write_bytes(case.make(folder / SECRETS))
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    secrets_in(target)
    for each in CASES:
        print(f"{made(each, target).name}: {CASES[each].weakness}")
