"""Models for other programs: written from the graph of operations that `predict` runs, custom layers and all.

The graph is traced and simplified (`traced.py`); each format has a table from operations to its own rules. What
has no rule is refused by name, with the layer it is in.
"""

from __future__ import annotations

from pymlp.export.formats import FORMATS, export_model
from pymlp.export.onnx_export import export_onnx
from pymlp.export.onnx_import import import_onnx
from pymlp.export.sample_graph import ExportError
from pymlp.export.verify import Verdict, verify_c

__all__ = [
    "FORMATS",
    "ExportError",
    "Verdict",
    "export_model",
    "export_onnx",
    "import_onnx",
    "verify_c",
]
