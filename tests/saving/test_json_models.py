"""Models as JSON texts."""

import json

import numpy as np
import pytest

import pymlp
from pymlp.models import functional_config, model_from_json
from pymlp.saving import FileRefused


def functional():
    x = pymlp.Input((3,), name="x")
    shared = pymlp.layers.Dense(3, name="shared")
    y = shared(pymlp.layers.Activation("tanh")(shared(x)))
    return pymlp.Model({"x": x}, {"y": y})


@pytest.mark.parametrize("make", [functional, lambda: pymlp.Sequential([pymlp.layers.Dense(2)])])
def test_round_trip(make):
    model = make()
    again = model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    assert json.loads(model.to_json(indent=1)) == json.loads(model.to_json())
    if model.built:
        again.set_weights(model.get_weights())
        x = {"x": np.ones((2, 3))}
        np.testing.assert_array_equal(
            again.predict(x, verbose=0)["y"], model.predict(x, verbose=0)["y"]
        )


def test_how_it_is_compiled_is_part_of_it():
    model = functional()
    model.compile("adam", {"y": "mse"}, metrics={"y": ["mae"]})
    again = model_from_json(model.to_json())
    assert again.optimizer.get_config() == model.optimizer.get_config()
    assert again.loss == {"y": "mse"}


def test_own_classes():
    own = type("Own", (pymlp.layers.Dense,), {})
    text = pymlp.Sequential([pymlp.Input((2,)), own(3)]).to_json()
    with pytest.raises(FileRefused, match=r"The JSON text cannot be loaded\..*'Own'"):
        model_from_json(text)
    assert type(model_from_json(text, {"Own": own}).layers[0]) is own


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"a"', "{}", "[" * 100_000, b"\xff"])
def test_texts_that_are_no_models(text):
    with pytest.raises(FileRefused, match="The JSON text"):
        model_from_json(text)


def test_a_layer_that_two_models_share_stays_one(tmp_path):
    shared = pymlp.layers.Dense(2, name="shared")
    parts = []
    for name in "ab":
        x = pymlp.Input((2,))
        parts.append(pymlp.Model(x, pymlp.layers.Activation("tanh")(shared(x)), name=name))
    x = pymlp.Input((2,))
    model = pymlp.Model(x, pymlp.layers.add([part(x) for part in parts]))
    again = model_from_json(model.to_json())
    a, b = (again.get_layer(name).get_layer("shared") for name in "ab")
    assert a is b
    assert len(again.weights) == 2
    model.save(tmp_path / "model.keras")
    loaded = pymlp.models.load_model(tmp_path / "model.keras")
    ones = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(loaded.predict(ones, verbose=0), model.predict(ones, verbose=0))


def test_layers_in_any_order_and_each_looked_at_when_it_can_be_called(monkeypatch) -> None:
    """A file may have them in reverse: going through all of them again for each would take for ever."""
    x = y = pymlp.Input((2,))
    for _ in range(30):
        y = pymlp.layers.Activation("tanh")(y)
    model = pymlp.Model(x, y)
    described = json.loads(model.to_json())
    described["config"]["layers"].reverse()
    looked = []
    real = functional_config._missing_for
    monkeypatch.setattr(functional_config, "_missing_for", lambda *a: looked.append(1) or real(*a))
    loaded = model_from_json(json.dumps(described))
    assert len(looked) <= 2 * 30
    x = np.array([[0.5, -2.0]], np.float32)
    np.testing.assert_array_equal(loaded(x), model(x))
