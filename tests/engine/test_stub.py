"""The stub of the native module says what the module has: the same names, the same signatures."""

import ast
import inspect
from pathlib import Path

import pytest

import pymlp._engine
from pymlp._engine import core

STUB = Path(pymlp._engine.__file__).with_name("core.pyi")
IMPORTED = {
    "np", "os", "threading", "Arena", "Buffer", "CALL", "check_arrays", "check_buffer", "check_call",
    "check_instruction",
}  # fmt: skip


def parameters(function):
    """The parameters of a function in the stub, as `inspect` would tell them."""
    a = function.args
    names = [(arg.arg, "positional or keyword") for arg in (*a.posonlyargs, *a.args)]
    names += [(a.vararg.arg, "variadic positional")] if a.vararg else []
    names += [(arg.arg, "keyword-only") for arg in a.kwonlyargs]
    names += [(a.kwarg.arg, "variadic keyword")] if a.kwarg else []
    return names, len(a.defaults) + sum(default is not None for default in a.kw_defaults)


def built_parameters(function):
    found = inspect.signature(function).parameters.values()
    defaults = sum(p.default is not inspect.Parameter.empty for p in found)
    return [(p.name, p.kind.description) for p in found], defaults


def public(names):
    return {name for name in names if not name.startswith("_")}


@pytest.fixture(scope="module")
def stub():
    return ast.parse(STUB.read_text(encoding="utf-8"))


def defined(body):
    found = {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found.update({n.target.id: n for n in body if isinstance(n, ast.AnnAssign)})
    return found


def test_names(stub):
    assert set(defined(stub.body)) == public(dir(core)) - IMPORTED


def test_functions(stub):
    functions = {n: f for n, f in defined(stub.body).items() if isinstance(f, ast.FunctionDef)}
    assert len(functions) >= 4
    for name, function in functions.items():
        assert parameters(function) == built_parameters(getattr(core, name)), name


def test_constants(stub):
    for name, node in defined(stub.body).items():
        if isinstance(node, ast.AnnAssign):
            assert type(getattr(core, name)).__name__ == ast.unparse(node.annotation), name


def test_class(stub):
    members = defined(defined(stub.body)["Program"].body)
    assert public(members) == public(dir(core.Program))
    for name, node in members.items():
        if any(ast.unparse(decorator) == "property" for decorator in node.decorator_list):
            assert inspect.isgetsetdescriptor(getattr(core.Program, name)), name
        elif name != "__init__":
            assert parameters(node) == built_parameters(getattr(core.Program, name)), name


def test_constructor(stub):
    """A native class tells no signature: its constructor is called by the stub's names."""
    init = defined(defined(stub.body)["Program"].body)["__init__"]
    names = [name for name, _ in parameters(init)[0][1:]]
    core.Program(**dict(zip(names, ("float32", [], [], [], []), strict=True)))
    with pytest.raises(TypeError, match="argument"):
        core.Program("float32", [], [])


def test_everything_is_typed(stub):
    for node in ast.walk(stub):
        if isinstance(node, ast.FunctionDef):
            assert node.returns is not None, node.name
            assert all(arg.annotation or arg.arg == "self" for arg in node.args.args), node.name


def test_a_difference_is_seen():
    other = ast.parse("def choose_isa(limit, *, quick=False): ...").body[0]
    assert parameters(other) != built_parameters(core.choose_isa)
    assert parameters(other) == built_parameters(lambda limit, *, quick=False: None)
