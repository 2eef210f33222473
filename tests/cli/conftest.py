"""What the tests of the command line tool share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def read_png() -> Callable[[Path], np.ndarray]:
    """Return a function that decodes a PNG file to integers, shape (height, width, 3)."""
    image = pytest.importorskip("matplotlib.image", reason="matplotlib reads the pictures back")

    def read(path: Path) -> np.ndarray:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        return np.rint(255 * image.imread(path)[..., :3]).astype(int)

    return read
