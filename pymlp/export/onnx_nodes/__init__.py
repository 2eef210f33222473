"""From nodes of ONNX to layers: one rule for each operator, by its name.

A rule is given the network in the making and the node, and returns the value of the node's first output, or a list of
those of all. Layers of pymlp's own where they match, `OnnxOperation` for the rest. The first axis is that of the
samples, which no rule mixes.
"""

from pymlp.export.onnx_nodes import (
    activations,
    elementwise,
    normalizations,
    parts,
    products,
    reductions,
    shapes,
)
from pymlp.export.onnx_nodes.rules import NODES

__all__ = [
    "NODES",
    "activations",
    "elementwise",
    "normalizations",
    "parts",
    "products",
    "reductions",
    "shapes",
]
