"""Packages that import their modules when a name is first asked for: names, stubs, and what is not imported."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import threading

import pytest
import stubs

import pymlp
from pymlp._lazy import Named, homes_of, lazily

PACKAGES = [pytest.param(package, id=package.__name__) for package in stubs.packages()]


def names_of(package):
    tables = (package.TABLE, getattr(package, "UNLISTED", {}))
    return {k: v for table in tables for k, v in homes_of(package.__name__, table).items()}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_stub_says_what_the_table_says(package):
    """If it does not: ``python tests/stubs.py && ruff check --fix pymlp && ruff format pymlp``."""
    body = ast.parse(stubs.path_of(package).read_text(encoding="utf-8")).body
    said = {
        alias.asname: (node.module, alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in body:
        if isinstance(node, ast.Assign):
            said[ast.unparse(node.targets[0])] = said[ast.unparse(node.value)]
    assert said == names_of(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_there_and_stays_the_same(package):
    for name, (home, there) in names_of(package).items():
        found = getattr(package, name)
        assert found is getattr(package, name)
        if home == package.__name__:
            assert found is importlib.import_module(f"{home}.{there}")
        else:
            original = getattr(importlib.import_module(home), there)
            assert found is original or inspect.unwrap(found) is inspect.unwrap(original)


@pytest.mark.parametrize("package", PACKAGES)
def test_editors_are_told_the_names(package):
    assert dir(package) == sorted(package.__all__)
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_stands_where_a_function_should(package):
    """Importing a module sets an attribute of its package: whatever is imported, names keep their meaning."""
    modules = [m.name for m in pkgutil.iter_modules(package.__path__)]
    program = f"""
import importlib, inspect, pymlp
package = importlib.import_module({package.__name__!r})
for module in {modules}:
    importlib.import_module({package.__name__!r} + "." + module)
print([n for n in package.__all__ if inspect.ismodule(getattr(package, n))])
"""
    expected = "['schedules']" if package.__name__ == "pymlp.optimizers" else "[]"
    assert printed_by(program) == expected


@pytest.mark.parametrize("package", [*PACKAGES, pytest.param(pymlp, id="pymlp")])
def test_a_name_that_is_not_there_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018
    assert not hasattr(package, "nothing")


def test_editors_are_told_the_names_of_the_package():
    assert dir(pymlp) == sorted(pymlp.__all__)
    assert all(hasattr(pymlp, name) for name in dir(pymlp))


def test_why_a_layer_is_not_there_is_said():
    with pytest.raises(AttributeError, match=r"Conv2D.*convolution"):
        pymlp.layers.Conv2D  # noqa: B018


def test_everything_is_imported_by_a_star():
    assert (
        printed_by("from pymlp.layers import *\nprint(Dense.__name__, add.__name__)") == "Dense add"
    )


def test_what_a_package_makes_of_a_value_is_made_once():
    made = []
    module = type(sys)("lazy_for_a_test")
    sys.modules[module.__name__] = module
    try:
        module.__getattr__, *_ = lazily(
            module.__name__,
            {"pymlp.naming": "snake=to_snake_case"},
            made=lambda name, value: made.append(name) or value,
        )
        assert module.snake("MaxNorm") == module.snake("MaxNorm") == "max_norm"
    finally:
        del sys.modules[module.__name__]
    assert made == ["snake"]


def test_threads_that_ask_at_the_same_time_get_the_same():
    module = type(sys)("lazy_for_a_test")
    sys.modules[module.__name__] = module
    met = threading.Barrier(2, timeout=60)

    def made(name, value):
        met.wait()
        return [value]

    found = []
    try:
        module.__getattr__, *_ = lazily(
            module.__name__, {"pymlp.naming": "to_snake_case"}, made=made
        )
        threads = [
            threading.Thread(target=lambda: found.append(module.to_snake_case)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found[0] is found[1] is module.to_snake_case
    finally:
        del sys.modules[module.__name__]


def test_a_table_says_where_names_are():
    found = homes_of("a.b", {"c": "x y=z", "": "d", "pymlp.losses": "huber"})
    assert found == {
        "x": ("a.b.c", "x"),
        "y": ("a.b.c", "z"),
        "d": ("a.b", "d"),
        "huber": ("pymlp.losses", "huber"),
    }


def test_names_of_things_are_a_mapping():
    known = Named({"sqrt": "math.sqrt", "pi": "math.pi"})
    assert sorted(known) == ["pi", "sqrt"]
    assert len(known) == 2
    assert "e" not in known
    assert known["sqrt"](known["pi"] ** 2) == known["pi"]
    with pytest.raises(KeyError):
        known["e"]


# ---- what an import leaves out -------------------------------------------------------------------------------

# Beyond NumPy and what it imports itself.
NEVER = {
    "pathlib",
    "urllib",
    "asyncio",
    "json",
    "zipfile",
    "ast",
    "concurrent",
    "logging",
    "email",
    "http",
}
RARE = {
    "": "backend callbacks datasets saving export cli",
    "layers.": """
        batch_normalization category_encoding discretization einsum_dense einsum_equation embedding fingerprints hashing
        lookup merging noise normalization_by_sample prelu scaling vocabulary_lookup
    """,
    "losses.": "binary distributions focal gaussian margins pairs robust similarity",
    "metrics.": "at_threshold auc confusion correlation fscore iou r2 topk",
    "models.": "cloning derivatives",
    "ops.": """
        algebra contraction control counting cumulating custom_gradients distributions missing pairs picking placing
        python_functions quantiles scanning scattering searching sorting spacing triangles
    """,
    "optimizers.": """
        adadelta adafactor adagrad adamax adamw ftrl lamb lbfgs lion muon nadam rmsprop schedules.cosine schedules.decay
    """,
    "random.": "distributions",
    "utils.": "downloading learning_rate_finder model_visualization numerical splitting",
}
RARE_MODULES = {f"pymlp.{where}{name}" for where, names in RARE.items() for name in names.split()}
SCRIPT = """
x, y = numpy.zeros((8, 4), "float32"), numpy.zeros(8, "int32")
model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(3, activation="relu"), pymlp.layers.Dense(2)])
model.compile("sgd", pymlp.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(x, y, validation_split=0.5, verbose=0)
model.evaluate(x, y, verbose=0)
model.predict(x, verbose=0)
"""


def printed_by(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def imported_by(program):
    """What a program imports beyond NumPy."""
    before = "import sys, numpy; before = set(sys.modules); import pymlp\n"
    return set(printed_by(before + program + "\nprint(*(set(sys.modules) - before))").split())


def test_rare_modules_are_there():
    """A name that is gone would prove nothing below."""
    assert all(importlib.util.find_spec(name) for name in RARE_MODULES)


def test_an_import_is_of_what_an_ordinary_model_needs():
    found = imported_by("")
    assert not found & RARE_MODULES, "import these when they are used"
    assert not {name.partition(".")[0] for name in found} & NEVER


def test_an_ordinary_model_loads_nothing_rare():
    assert imported_by(SCRIPT) & RARE_MODULES == {"pymlp.callbacks"}
