"""For each operation the C that does it: one table from names to rules.

A rule returns lines of C, written for float. It asks its `Step` for what the arrays are called, and calls functions of
`pymlp.export.c_functions` by their names. An operation that is not in the table cannot be exported.
"""

from pymlp.export.c_rules import elementwise, movement, rows
from pymlp.export.c_rules.in_place import SAME_ELEMENTS, may_replace
from pymlp.export.c_rules.step import Rule, Step

__all__ = ["RULES", "SAME_ELEMENTS", "Step", "may_replace"]

RULES: dict[str, Rule] = {**elementwise.RULES, **movement.RULES, **rows.RULES}
