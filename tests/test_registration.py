"""Classes and functions of one's own: registered, in scopes, by name."""

import pytest

import pymlp
from pymlp import activations, initializers, layers, losses, metrics, optimizers, saving, utils


@pytest.fixture(autouse=True)
def registered():
    """What a test registers is forgotten after it."""
    before = dict(saving.get_custom_objects())
    yield saving.get_custom_objects()
    saving.get_custom_objects().clear()
    saving.get_custom_objects().update(before)


def plus_one(x):
    return x + 1.0


def test_a_class_is_registered_under_package_and_name():
    @saving.register_keras_serializable("shop")
    class Price(layers.Layer):
        pass

    @saving.register_keras_serializable("shop", name="Other")
    class Another(layers.Layer):
        pass

    @saving.register_keras_serializable()
    def function(x):
        return x

    assert saving.get_registered_name(Price) == "shop>Price"
    assert saving.get_registered_name(Another) == "shop>Other"
    assert saving.get_registered_name(function) == "Custom>function"
    assert saving.get_registered_name(layers.Dense) == "Dense"
    assert saving.get_registered_object("shop>Price") is Price
    assert saving.get_registered_object("Price") is None
    described = saving.serialize_keras_object(Another())
    assert (described["class_name"], described["registered_name"]) == ("Another", "shop>Other")
    assert type(saving.deserialize_keras_object(described)) is Another


def test_a_class_without_a_configuration_is_not_registered():
    with pytest.raises(ValueError, match=r"the class Plain has no get_config"):

        @saving.register_keras_serializable("shop")
        class Plain:
            pass

    assert "shop>Plain" not in saving.get_custom_objects()


def test_a_main_module_is_not_written_down():
    own = type("Own", (layers.Dense,), {"__module__": "__main__"})
    assert saving.serialize_keras_object(own(2))["module"] is None


def test_the_dictionary_is_live():
    saving.get_custom_objects()["plus_one"] = plus_one
    assert saving.get_registered_object("plus_one") is plus_one
    assert activations.get("plus_one") is plus_one
    utils.get_custom_objects().clear()
    with pytest.raises(ValueError, match="Unknown activation 'plus_one'"):
        activations.get("plus_one")


def test_order_of_precedence(registered):
    registered["name"] = 2
    assert saving.get_registered_object("name", {"name": 3}, {"name": 4}) == 2
    with saving.custom_object_scope({"name": 1}):
        assert saving.get_registered_object("name", {"name": 3}) == 1
    del registered["name"]
    assert saving.get_registered_object("name", {"name": 3}, {"name": 4}) == 3
    assert saving.get_registered_object("name", None, {"name": 4}) == 4
    assert saving.get_registered_object("name") is None


def test_scopes_end_and_lie_in_one_another():
    scope = saving.CustomObjectScope({"a": 1})
    with scope, utils.CustomObjectScope({"b": 2}):
        assert (saving.get_registered_object("a"), saving.get_registered_object("b")) == (1, 2)
        with scope, saving.custom_object_scope({"a": 3}):
            assert saving.get_registered_object("a") == 3
        assert saving.get_registered_object("a") == 1
    assert saving.get_registered_object("a") is None
    assert saving.custom_object_scope is saving.CustomObjectScope
    with pytest.raises(RuntimeError), scope:
        raise RuntimeError
    assert saving.get_registered_object("a") is None


@pytest.mark.parametrize(
    ("get", "base"),
    [
        (initializers.get, initializers.Zeros),
        (losses.get, losses.MeanSquaredError),
        (metrics.get, metrics.MeanSquaredError),
        (pymlp.regularizers.get, pymlp.regularizers.L2),
        (pymlp.constraints.get, pymlp.constraints.NonNeg),
    ],
)
def test_names_and_descriptions_are_found_by_all_that_look_for_them(get, base):
    own = type("Own", (base,), {})
    with pytest.raises(ValueError, match="Own"):
        get("Own")
    with saving.custom_object_scope({"Own": own}):
        assert type(get("Own")) is own
        assert type(get({"class_name": "Own", "config": {}})) is own
    saving.register_keras_serializable("tests")(own)
    described = saving.serialize_keras_object(own())
    assert described["registered_name"] == "tests>Own"
    assert type(get(described)) is own


def test_an_optimizer_of_ones_own():
    own = saving.register_keras_serializable("tests")(type("Own", (optimizers.SGD,), {}))
    described = optimizers.serialize(own(0.5))
    assert described["registered_name"] == "tests>Own"
    assert type(optimizers.get(described)) is own
    assert float(optimizers.get(described).learning_rate) == 0.5


def test_a_function_is_written_under_its_registered_name():
    saving.register_keras_serializable("tests")(plus_one)
    layer = layers.Dense(1, activation=plus_one)
    described = saving.serialize_keras_object(layer)["config"]["activation"]
    assert described["config"] == "tests>plus_one"
    assert layers.Dense.from_config(layer.get_config()).activation is plus_one
    # Keras up to 3.6 wrote the name alone.
    assert saving.deserialize_keras_object({**described, "config": "plus_one"}) is plus_one


def test_bytes_slices_and_the_like_come_back():
    value = {"a": (b"x", slice(1, None, 2), ...)}
    assert saving.deserialize_keras_object(saving.serialize_keras_object(value)) == {
        "a": [b"x", slice(1, None, 2), ...]
    }
