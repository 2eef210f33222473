"""Files of models of registered classes: to Keras and from it, in one process."""

from pathlib import Path

import h5py
import numpy as np
import own_models
import pytest

import pymlp

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

DATA = Path(__file__).parents[1] / "data"
NAMES = ["own", "with_extras", "wrapping"]


def without_drawing(model):
    """Random numbers differ between the libraries."""
    for layer in own_models.dropouts(model):
        layer.rate = 0.0
    return model


def trained(model):
    x, y = own_models.data()
    model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    return model


def assert_alike(one, other, exactly=False):
    x, y = own_models.data()
    check = np.testing.assert_array_equal if exactly else closely
    check(one.predict(x, verbose=0), other.predict(x, verbose=0))
    histories = [
        m.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for m in (one, other)
    ]
    for name in ("loss", "mae"):
        check(np.array(histories[1][name]), np.array(histories[0][name]))


def closely(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def arrays_in(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item.shape}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


@pytest.mark.parametrize("to_keras", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_files_go_both_ways(name, to_keras, tmp_path):
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    writer, reader = (pymlp, keras) if to_keras else (keras, pymlp)
    own_models.made(reader)
    written = trained(without_drawing(own_models.made(writer)[name]))
    written.save(tmp_path / "model.keras")
    assert_alike(written, without_drawing(reader.models.load_model(tmp_path / "model.keras")))


@pytest.mark.parametrize("name", NAMES)
def test_weights_lie_where_keras_puts_them(name, tmp_path):
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    for library in (keras, pymlp):
        model = trained(own_models.made(library)[name])
        model.save_weights(tmp_path / f"{library.__name__}.weights.h5")
    theirs, ours = (arrays_in(tmp_path / f"{lib}.weights.h5") for lib in ("keras", "pymlp"))
    assert {path: ours[path] for path in ours if "seed_generator" not in path} == theirs


def test_paths_are_those_of_attributes(tmp_path):
    own_models.made(pymlp)["own"].save_weights(tmp_path / "own.weights.h5")
    found = arrays_in(tmp_path / "own.weights.h5")
    assert {path.rpartition("/vars/")[0] for path in found} == {
        "block", "block/alias", "block/heads/dense", "block/heads/dropout/seed_generator", "block/norm",
        "block/stack/container/dense", "block/stack/dense", "block/stack/dense_1", "block/_last",
        "inner/layers/dense", "inner/layers/dropout/seed_generator", "layers/dense", "layers/dense_1", "layers/dense_2",
        "layers/normalization", "optimizer",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_model_goes_on_as_if_never_saved(name, tmp_path):
    model = trained(own_models.made(pymlp)[name])
    model.save(tmp_path / "model.keras")
    assert_alike(model, pymlp.models.load_model(tmp_path / "model.keras"), exactly=True)


def test_classes_are_found_by_their_registered_names_alone(tmp_path):
    model = own_models.made(pymlp)["wrapping"]
    model.save(tmp_path / "model.keras")
    registered = pymlp.saving.get_custom_objects()
    forgotten = registered.pop("tests>Wrapping")
    with pytest.raises(pymlp.saving.FileRefused, match="the class 'Wrapping'"):
        pymlp.models.load_model(tmp_path / "model.keras")
    loaded = pymlp.models.load_model(tmp_path / "model.keras", {"Wrapping": forgotten})
    assert type(loaded.layers[0]) is forgotten


def test_a_file_that_keras_wrote():
    own_models.made(pymlp)
    model = without_drawing(pymlp.models.load_model(DATA / "keras_own.keras"))
    x, y = own_models.data()
    with np.load(DATA / "keras_more.npz") as known:
        closely(model.predict(x, verbose=0), known["own_predictions"])
        losses = []
        for _ in range(3):
            model.reset_metrics()
            losses.append(model.train_on_batch(x, y)[0])
        closely(losses, known["own_losses"])
