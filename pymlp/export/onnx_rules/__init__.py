"""From pymlp's operations to nodes of ONNX: one rule for each, by the operation's name.

A rule is given the writer and the tensor that the operation makes, and returns the name of the value that it wrote.
What it looks at beyond the tensor's own inputs it need not clear away: nodes that nobody reads are dropped at the end.
"""

from pymlp.export.onnx_rules import elementwise, many, movement, normalizations
from pymlp.export.onnx_rules.rules import RULES

__all__ = ["RULES", "elementwise", "many", "movement", "normalizations"]
