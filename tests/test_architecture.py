"""Imports point inward: a package knows those below it, never those above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pymlp

ROOT = Path(pymlp.__file__).parent
CSRC = Path(__file__).parents[1] / "csrc"

# From the inside out. Packages on one line may know each other.
LEVELS = [
    ["checks", "config", "limits", "naming", "nesting", "_lazy", "_lookup", "registration"],
    ["_engine"],
    ["variables", "tracing", "random"],
    ["ops", "graph"],
    ["activations", "constraints", "initializers", "losses", "metrics", "regularizers"],
    ["optimizers", "layers"],
    ["utils", "data", "backend"],
    ["callbacks"],
    ["models"],
    ["saving", "export", "datasets"],
    ["cli"],
    ["__main__"],
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}

# Conveniences that reach outward when called, never when imported.
WHEN_CALLED = {
    ("variables", "graph"): "Variable.tensor",
    ("variables", "ops"): "Variable.assign_add",
    ("random", "ops"): "random.normal while a model is traced",
    ("models", "saving"): "Model.save",
    ("callbacks", "saving"): "TensorBoard writes a model's description",
    ("models", "export"): "Model.export",
    ("utils", "saving"): "utils.serialize_keras_object",
    ("layers", "saving"): "layers.serialize",
}


def imported(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield the packages of pymlp that a module imports, and whether only when a function is called."""

    def walk(node: ast.AST, in_function: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return  # annotations make no arrow: nothing is imported
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                "pymlp imports by full name, which readers and this test can follow"
            )
            first, *rest = (node.module or "").split(".")
            if first == "pymlp":
                for name in rest[:1] or [alias.name for alias in node.names]:
                    yield name, in_function
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("pymlp."):
                    yield alias.name.split(".")[1], in_function
        inside = in_function or isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        )
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, False)


def arrows() -> Iterator[tuple[str, str, bool, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        package = path.relative_to(ROOT).with_suffix("").parts[0]
        if package != "__init__":
            for name, when_called in imported(ast.parse(path.read_text(encoding="utf-8"))):
                if name in LEVEL and name != package:
                    yield package, name, when_called, path.relative_to(ROOT)


def test_every_package_has_its_level():
    packages = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.rglob("*.py")}
    missing = packages - set(LEVEL) - {"__init__"}
    assert not missing, f"say in LEVELS how far out {sorted(missing)} are"
    assert set(LEVEL) <= packages, "LEVELS names what is not there"


def test_imports_point_inward():
    turned = [
        f"{path} imports pymlp.{inner}"
        for package, inner, when_called, path in arrows()
        if LEVEL[inner] > LEVEL[package] and not (when_called and (package, inner) in WHEN_CALLED)
    ]
    assert not turned, turned


def test_exceptions_are_still_needed():
    found = {(package, inner) for package, inner, when_called, _ in arrows() if when_called}
    assert set(WHEN_CALLED) <= found


def test_heavy_libraries_are_imported_when_needed():
    """What few users need is not paid for by every import of pymlp."""
    heavy = {
        "scipy",
        "rich",
        "h5py",
        "matplotlib",
        "pooch",
        "IPython",
        "onnx",
        "pydot",
        "safetensors",
        "tensorboard",
    }
    for path in ROOT.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not heavy & {name.split(".")[0] for name in names}, path


def test_a_turned_arrow_is_seen():
    source = "from pymlp.models import Model\nimport pymlp.layers.dense\ndef f():\n    from pymlp import saving\n"
    assert list(imported(ast.parse(source))) == [
        ("models", False),
        ("layers", False),
        ("saving", True),
    ]
    typed = "if TYPE_CHECKING:\n    from pymlp.models import Model\n"
    assert list(imported(ast.parse(typed))) == []


@pytest.mark.skipif(not CSRC.is_dir(), reason="the C sources are not beside the tests")
def test_c_sources_know_nothing_of_python_and_only_the_team_of_threads():
    sources = [path for path in CSRC.rglob("*") if path.suffix in (".c", ".h")]
    assert len(sources) > 10
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "Python.h" not in text.replace("no Python.h", ""), path
        assert "malloc(" not in text, f"{path}: nothing is allocated inside a step"
        assert "pthread" not in text or path.name == "team.c", path
