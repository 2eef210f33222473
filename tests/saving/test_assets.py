"""Files beside the weights: vocabularies that layers were adapted to."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.saving import FileRefused, load_model, register_keras_serializable


@register_keras_serializable("tests")
class Tabular(pymlp.Model):
    """A model that keeps, and does not call, what prepares its data."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = layers.StringLookup(mask_token="")
        self.given = layers.StringLookup(vocabulary=["x", "y"])
        self.numbers = [layers.IntegerLookup(), layers.IntegerLookup()]
        self.weighed = layers.StringLookup(output_mode="tf_idf")
        self.dense = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def adapted() -> Any:
    model = Tabular()
    model.words.adapt(["b", "a", "b", "ö z"])
    model.numbers[0].adapt([3, 3, -7])
    model.weighed.adapt([["a", "b"], ["a", "c"]])
    model(np.ones((1, 2)))
    return model


def test_vocabularies_come_back(tmp_path: Path) -> None:
    adapted().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        # As Keras names them, and writes them.
        assert (
            archive.read("assets/layers/string_lookup/vocabulary.txt").decode()
            == "\n[UNK]\nb\nö z\na"
        )
        assert archive.read("assets/layers/integer_lookup/vocabulary.txt") == b"-1\n3\n-7"
        names = [name for name in archive.namelist() if name.startswith("assets")]
        assert sorted(names) == [
            "assets/layers/integer_lookup/vocabulary.txt",
            "assets/layers/integer_lookup_1/vocabulary.txt",
            "assets/layers/string_lookup/vocabulary.txt",
            "assets/layers/string_lookup_2/vocabulary.txt",
        ]
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.words.get_vocabulary() == ["", "[UNK]", "b", "ö z", "a"]
    assert loaded.given.get_vocabulary() == ["[UNK]", "x", "y"]
    assert loaded.numbers[0].get_vocabulary() == [-1, 3, -7]
    assert loaded.numbers[1].get_vocabulary() == [-1]
    documents = np.array([["a", "zz"], ["c", "c"]])
    np.testing.assert_array_equal(loaded.weighed(documents), adapted().weighed(documents))
    loaded.words.adapt(["c"])  # it was not given a vocabulary, and may be adapted anew
    assert loaded.words.get_vocabulary() == ["", "[UNK]", "c"]


def test_tokens_that_no_line_holds(tmp_path: Path) -> None:
    model = adapted()
    model.words.adapt(["a\nb"])
    with pytest.raises(ValueError, match=r"'a\\nb' has an end of a line"):
        model.save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    adapted().save(path)
    name = "assets/layers/integer_lookup/vocabulary.txt"
    for content in (b"-1\nword", b"-1\n3\n3", b"\xff\xfe"):
        with zipfile.ZipFile(path) as archive:
            members = {inner: archive.read(inner) for inner in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for inner, old in members.items():
                archive.writestr(inner, content if inner == name else old)
        with pytest.raises(FileRefused, match=r"IntegerLookup 'integer_lookup.*does not take"):
            load_model(path)


def test_layers_of_ones_own_may_keep_files(tmp_path: Path) -> None:
    @register_keras_serializable("tests")
    class Noted(layers.Dense):
        note = ""

        def save_assets(self, dir_path: str) -> None:
            (Path(dir_path) / "sub").mkdir()
            Path(dir_path, "sub", "note.txt").write_text(self.note)

        def load_assets(self, dir_path: str) -> None:
            self.note = Path(dir_path, "sub", "note.txt").read_text()

    model = pymlp.Sequential([pymlp.Input((2,)), Noted(1)])
    model.layers[0].note = "remember"
    model.save(tmp_path / "model.keras")
    assert load_model(tmp_path / "model.keras").layers[0].note == "remember"
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        archive.writestr("assets/layers/noted/ä*.txt", b"")
    with pytest.raises(FileRefused, match="not plain letters and digits"):
        load_model(tmp_path / "model.keras")


def test_boundaries_are_part_of_the_configuration(tmp_path: Path) -> None:
    bins = layers.Discretization(num_bins=3)
    bins.adapt(np.arange(9.0))
    model = pymlp.Sequential([pymlp.Input((1,)), bins])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras").layers[0]
    assert (loaded.bin_boundaries, loaded.num_bins) == (bins.bin_boundaries, 3)
