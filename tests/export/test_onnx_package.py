"""Without the package onnx, what needs it says so; all else works."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pymlp
from pymlp.export import export_onnx, import_onnx


def test_the_package_is_named_with_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2)])
    with pytest.raises(ImportError, match=r'pip install "pymlp\[onnx\]"'):
        export_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())
    (tmp_path / "m.onnx").write_bytes(b"")
    with pytest.raises(ImportError, match=r'pip install "pymlp\[onnx\]"'):
        import_onnx(tmp_path / "m.onnx")


def test_it_is_imported_only_when_needed():
    code = "import sys, pymlp, pymlp.export; assert 'onnx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
