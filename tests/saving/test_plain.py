"""Plain data in files: what is written is read, to the bit, and nothing else is."""

import json
import math
import zipfile

import numpy as np
import pytest

from pymlp.saving.plain import read_plain, write_plain

VALUES = {
    "nothing": None,
    "flag": True,
    "number": 3,
    "large": 1 << 70,
    "real": 0.1,
    "nan": [math.nan, math.inf, -math.inf, -0.0],
    "text": "\u00e4 \U0001f600 \" \\ \n",
    "empty": [{}, [], ""],
    "nested": {"dict": {"array": 0}, "number": [1, {"": None}]},
}  # fmt: skip
ARRAYS = {
    "padded": np.arange(24.0).reshape(4, 6)[:, :3],
    "whole": np.arange(5, dtype="i4")[::-1],
    "state": np.array([1, 2], "u8"),
    "flags": np.array([True, False]),
    "none": np.zeros((0, 3), "f4"),
    "scalar": np.array(2.5),
    "bits": np.array([np.nan, -0.0, np.inf], "f4"),
    "bytes": np.array([3, 255], "u1"),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def written(path, value):
    with open(path, "wb") as stream:
        write_plain(stream, value)
    return path


def test_values(path):
    found = read_plain(written(path, VALUES))
    assert repr(found) == repr(VALUES)  # where NaN is NaN, and 1 is not 1.0


def test_tuples_are_read_as_lists(path):
    assert read_plain(written(path, (1, (2, 3)))) == [1, [2, 3]]


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(path, name):
    found = read_plain(written(path, [ARRAYS[name]]))[0]
    assert (found.dtype, found.shape) == (ARRAYS[name].dtype, ARRAYS[name].shape)
    assert found.tobytes() == ARRAYS[name].tobytes()
    found[...] = 0  # it may be written to


@pytest.mark.parametrize("number", [np.float32(0.1), np.float64(0.1), np.int64(-3), np.bool_(True)])
def test_numbers_of_numpy_stay_such(path, number):
    found = read_plain(written(path, {"it": number}))["it"]
    assert type(found) is type(number)
    assert found == number


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [0, {1, 2}]}, r"\['a'\]\[1\] cannot be kept in a file: it is \{1, 2\}, a set"),
        ({1: 2}, "What was given cannot be kept"),
        ({"a": np.array([None])}, "a ndarray"),
        (np.array("text"), "a ndarray"),
        (object(), "a object"),
    ],
)
def test_other_things_are_refused(path, value, message):
    with pytest.raises(ValueError, match=message):
        written(path, value)


# ---- hostile and damaged files ------------------------------------------------------------------------


def test_no_byte_may_be_another(path):
    """Either the same is read or an error is raised, whichever byte is damaged."""
    value = {"a": np.arange(6.0), "b": [1, "x", None]}
    content = written(path, value).read_bytes()
    noticed = 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x11]) + content[place + 1 :])
        try:
            found = read_plain(path)
        except ValueError:
            noticed += 1
        else:
            assert found["b"] == value["b"], place
            np.testing.assert_array_equal(found["a"], value["a"])
    assert noticed > len(content) / 2  # others are times, and what Windows would make of the file


def test_no_length_but_the_whole(path):
    content = written(path, {"a": np.arange(6.0)}).read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="is damaged"):
            read_plain(path)


def archive(path, description, compression=zipfile.ZIP_STORED, **members):
    with zipfile.ZipFile(path, "w", compression) as file:
        text = description if isinstance(description, str) else json.dumps(description)
        file.writestr("state.json", text)
        for name, content in members.items():
            file.writestr(f"arrays/{name.removeprefix('_')}", content)
    return path


@pytest.mark.parametrize(
    "description",
    [
        "[", "3", "{}", '{"value": 1}', "[" * 100_000,
        {"value": {"array": 0}, "arrays": []},
        {"value": {"array": 0, "dict": {}}, "arrays": []},
        {"value": {}, "arrays": []},
        {"value": {"dict": 3}, "arrays": []},
        {"value": 1, "arrays": [["<f4", [2]]]},
        {"value": 1, "arrays": [["<f4", [1 << 60]]]},
        {"value": 1, "arrays": [["<f4", [-1]]]},
        {"value": 1, "arrays": [["<f4", ["1"]]]},
        {"value": 1, "arrays": [["<f4", 1]]},
        {"value": 1, "arrays": [["|O", [1]]]},
        {"value": 1, "arrays": [["nonsense", [1]]]},
        {"value": 1, "arrays": [["<f4"]]},
        {"value": 1, "arrays": [["<f4", [1]], ["<f4", [1]]]},
    ],
)  # fmt: skip
def test_descriptions_of_what_is_not_there(path, description):
    with pytest.raises(ValueError, match="is damaged"):
        read_plain(archive(path, description, _0=b"1234"))


def test_what_is_compressed_is_refused(path):
    """A megabyte of zeros would take a thousand bytes."""
    description = {"value": {"array": 0}, "arrays": [["|u1", [1 << 20]]]}
    archive(path, description, zipfile.ZIP_DEFLATED, _0=bytes(1 << 20))
    with pytest.raises(ValueError, match="compressed"):
        read_plain(path)


def test_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        read_plain(path)
