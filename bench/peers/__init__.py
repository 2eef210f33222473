"""The libraries measured, each in a file of its own, all behind `bench.peers.base.Peer`."""

from __future__ import annotations

from importlib import import_module

from bench.peers.base import Peer, Unsupported

__all__ = ["PEERS", "Peer", "Unsupported", "load"]

PEERS = {
    "pymlp": "pymlp",
    "pytorch": "PyTorch, eager",
    "pytorch_compile": "PyTorch, torch.compile",
    "jax_scan": "JAX, an epoch in one compiled scan",
    "jax_steps": "JAX, step by step",
    "keras_jax": "Keras on JAX",
    "sklearn": "scikit-learn",
    "numpy_by_hand": "NumPy by hand",
}
"""Module name in this package, and the name that tables show. pymlp comes first."""


def load(name: str) -> type[Peer]:
    """Import one peer's module, and with it the library; ImportError where that is missing."""
    peer: type[Peer] = import_module(f"bench.peers.{name}").ThisPeer
    return peer
