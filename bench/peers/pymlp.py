"""pymlp through its public `fit`, as a user calls it."""

from __future__ import annotations

import pymlp
from bench.peers.keras_like import KerasLikePeer


class ThisPeer(KerasLikePeer):
    packages = ("numpy",)
    library = pymlp

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"pymlp": pymlp.__version__, **super().versions()}
