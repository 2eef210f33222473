"""Keras's public names in scope against ours, and their arguments: order, names and defaults."""

import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from keras_figures import names

HERE = Path(__file__).parent
KERAS = json.loads((HERE / "keras_figures" / "names.json").read_text())
PAGE = (HERE.parent / "KERAS.md").read_text()
OURS = names.public_names("pymlp")


def section(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def listed(title):
    """The patterns "module.name" of a table whose first column is a module."""
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|", section(title), re.MULTILINE)
    return {f"{module}.{name}" for module, cell in rows for name in re.findall("`([^`]+)`", cell)}


LEFT_OUT = listed("Left out")
OTHER_ARGUMENTS = set(re.findall(r"^\| `([\w.]+)`", section("Other arguments"), re.MULTILINE))


def left_out(name):
    return any(fnmatchcase(name, pattern) for pattern in LEFT_OUT)


@pytest.mark.parametrize("module", names.MODULES)
def test_every_name_is_there_or_listed(module):
    wanted = {name for name in KERAS if name.rpartition(".")[0] == module}
    missing = {name for name in wanted - set(OURS) if not left_out(name)}
    assert not missing, f"add to pymlp, or to KERAS.md with a reason: {sorted(missing)}"


def test_arguments_are_keras_own():
    """Arguments beyond Keras's may follow."""
    differing = {
        name
        for name, expected in KERAS.items()
        if expected is not None and OURS.get(name) is not None
        if OURS[name][: len(expected)] != expected
    }
    unknown = differing - OTHER_ARGUMENTS
    assert not unknown, {name: (KERAS[name], OURS[name]) for name in unknown}
    done = OTHER_ARGUMENTS - differing
    assert not done, f"strike from KERAS.md, for they are as Keras's: {sorted(done)}"


def test_what_is_there_is_not_said_to_be_missing():
    done = {name for name in set(KERAS) & set(OURS) if left_out(name)}
    assert not done, f"strike from KERAS.md, for pymlp has them: {sorted(done)}"


def test_what_is_left_out_is_keras_and_not_ours():
    for pattern in LEFT_OUT:
        found = [name for name in KERAS if fnmatchcase(name, pattern)]
        assert found, pattern


def test_the_list_is_that_of_keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    if keras.__version__.startswith("3.15"):
        assert names.public_names("keras") == KERAS
