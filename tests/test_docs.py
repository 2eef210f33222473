"""Documents are true: README's program runs as it stands, and so does every example in a docstring."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import pymlp
from pymlp.datasets import fashion_mnist

ROOT = Path(__file__).parents[1]
MODULES = ["pymlp"] + [
    module.name
    for module in pkgutil.walk_packages(pymlp.__path__, "pymlp.")
    if not module.name.endswith(("__main__", ".core"))
]


class Finder(doctest.DocTestFinder):
    """Finds functions under the wrappers around them, too."""

    def _from_module(self, module, object):
        return super()._from_module(module, inspect.unwrap(object))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    pymlp.utils.clear_session()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in Finder().find(module):
        runner.run(test)
    assert runner.summarize().failed == 0


def test_there_are_examples():
    found = [
        test
        for name in MODULES
        for test in Finder().find(importlib.import_module(name))
        if test.examples
    ]
    assert len(found) > 20
    assert "pymlp.activations.relu" in {test.name for test in found}  # which is wrapped


def test_readme_program(tmp_path, monkeypatch, capsys):
    (program,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    # The sample, so that it neither waits for a network nor for sixty thousand images.
    monkeypatch.setattr(fashion_mnist, "load_data", fashion_mnist.load_sample)
    pymlp.utils.clear_session()
    variables: dict[str, object] = {}
    exec(program, variables)
    assert "266,610 (1.02 MB)" in capsys.readouterr().out
    assert (tmp_path / "clothes.keras").exists()
    assert variables["probabilities"].shape == (3, 10)


def test_readme_commands_are_those_of_the_project():
    readme = (ROOT / "README.md").read_text("utf-8")
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in re.findall(r'install -e "\.\[(\w+)\]"', readme):
        assert re.search(rf"^{extra} = \[", pyproject, re.MULTILINE), extra
    assert 'pip install -e ".[demo]" && pymlp demo' in readme
    assert 'pip install -e ".[test]" && python -m pytest' in readme


def test_links_lead_somewhere():
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
            assert (ROOT / target).exists(), f"{page.name}: {target}"
