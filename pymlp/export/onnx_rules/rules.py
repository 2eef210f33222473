"""The table of rules, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable

from pymlp.export.onnx_writer import Writer
from pymlp.graph.tensor import Tensor

__all__ = ["RULES", "Rule", "made_by", "rule"]

Rule = Callable[[Writer, Tensor], str]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter a rule for operations of these names."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


def made_by(t: Tensor, name: str) -> bool:
    return t.operation is not None and t.operation.name == name
