from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp import initializers, layers, optimizers, saving
from pymlp.saving import custom_object_scope, deserialize_object, serialize_object


@pytest.mark.parametrize(
    "value", [None, True, 3, 2.5, "text", [1, [2, None]], {"a": {"b": [1]}}, {}, []]
)
def test_plain_data_stays_as_it_is(value: object) -> None:
    assert serialize_object(value) == value
    assert deserialize_object(value) == value


def test_numpy_numbers_and_tuples_become_plain() -> None:
    written = serialize_object((np.float32(0.5), np.int64(3), np.array(True)))
    assert written == (0.5, 3, True)
    assert [type(item) for item in written] == [float, int, bool]


def test_arrays_come_back() -> None:
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    back = deserialize_object(serialize_object(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_an_object_is_written_as_keras_writes_it() -> None:
    assert serialize_object(initializers.Constant(2.0)) == {
        "module": "keras.initializers",
        "class_name": "Constant",
        "config": {"value": 2.0},
        "registered_name": None,
    }


def test_a_layer_is_written_as_keras_writes_it() -> None:
    layer = layers.Dense(3, activation="relu", name="wide")
    layer(np.zeros((1, 5)))
    written = serialize_object(layer)
    assert (written["module"], written["class_name"]) == ("keras.layers", "Dense")
    assert written["build_config"] == {"input_shape": (None, 5)}
    assert written["config"]["dtype"] == {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "float32"},
        "registered_name": None,
    }
    assert written["config"]["activation"] == "relu"
    assert written["config"]["bias_initializer"]["class_name"] == "Zeros"
    back = deserialize_object(written)
    assert back.get_config() == layer.get_config()
    assert [w.shape for w in back.weights] == [(5, 3), (3,)]


class Doubled(initializers.Initializer):
    """An initializer of the user's own."""

    def __init__(self, value: float = 1.0) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.full(shape, 2 * self.value, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


def test_classes_of_the_user_are_found_where_the_user_puts_them() -> None:
    written = serialize_object(Doubled(4.0))
    assert written["registered_name"] == "Doubled"
    with pytest.raises(ValueError, match=r"class 'Doubled'.*custom_objects={'Doubled': YourClass}"):
        deserialize_object(written)
    assert deserialize_object(written, {"Doubled": Doubled}).value == 4.0
    with custom_object_scope({"Doubled": Doubled}):
        assert deserialize_object([written])[0].value == 4.0
    with pytest.raises(ValueError, match="Doubled"):
        deserialize_object(written)


def test_a_user_class_inside_a_layer_is_found() -> None:
    written = serialize_object(layers.Dense(2, bias_initializer=Doubled(3.0)))
    layer = deserialize_object(written, {"Doubled": Doubled})
    layer(np.zeros((1, 1)))
    np.testing.assert_array_equal(layer.get_weights()[1], [6.0, 6.0])


def test_a_user_class_takes_precedence() -> None:
    class Zeros(Doubled):
        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Zeros:
            return cls()

    written = serialize_object(initializers.Zeros())
    assert type(deserialize_object(written, {"Zeros": Zeros})) is Zeros


def swish_like(x: Any) -> Any:
    return x


def test_functions_go_by_name() -> None:
    written = serialize_object(swish_like)
    assert written["class_name"] == "function"
    assert written["config"] == "swish_like"
    assert deserialize_object(written, {"swish_like": swish_like}) is swish_like
    with pytest.raises(ValueError, match=r"the function 'swish_like'.*custom_objects"):
        deserialize_object(written)


@pytest.mark.parametrize("obj", [lambda x: x, object(), Doubled, len])
def test_what_has_no_description_is_refused(obj: object) -> None:
    with pytest.raises(ValueError, match="Cannot"):
        serialize_object(obj)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"module": "os", "class_name": "system", "config": {}}, "'system' of 'os'"),
        ({"module": "subprocess", "class_name": "Popen", "config": {}}, "'Popen'"),
        ({"module": "pymlp.layers", "class_name": "Dense", "config": {}}, "'pymlp.layers'"),
        ({"module": None, "class_name": "Dense", "config": {}}, "'Dense' of None"),
        ({"class_name": "Dense", "config": {}}, "'Dense' of None"),
        ({"module": ["keras.layers"], "class_name": "Dense", "config": {}}, "'Dense'"),
        ({"module": "keras.layers", "class_name": ["Dense"], "config": {}}, "Dense"),
        ({"module": "keras.layers", "class_name": "__class__", "config": {}}, "__class__"),
        ({"module": "keras.layers", "class_name": "Dense", "config": [1]}, "should be a dict"),
        ({"module": "keras.layers", "class_name": "Dense", "config": {}}, "does not accept"),
        (
            {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1, "x": 2}},
            "keras.layers.Dense",
        ),
        ({"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}}, "runs no code"),
        ({"module": "builtins", "class_name": "function", "config": "eval"}, "function 'eval'"),
        ({"module": "builtins", "class_name": "function", "config": ["x"]}, "function"),
        (
            {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}},
            "float32 or float64",
        ),
    ],
)
def test_a_file_cannot_name_anything_else(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="file") as caught:
        deserialize_object(config)
    assert message in str(caught.value)


def test_an_unknown_layer_is_answered_with_the_known_ones() -> None:
    config = {"module": "keras.layers", "class_name": "Condense", "config": {}}
    with pytest.raises(ValueError, match=r"'Condense' of 'keras\.layers'.*Dense.*Flatten"):
        deserialize_object(config)


@pytest.mark.parametrize(
    "name", ["Adadelta", "Adagrad", "Adam", "Adamax", "AdamW", "Lion", "Nadam", "RMSprop", "SGD"]
)
def test_an_optimizer_that_keras_wrote_on_pytorch_is_found(name: str) -> None:
    made = getattr(optimizers, name)(0.03)
    module = f"keras.src.backend.torch.optimizers.torch_{name.lower()}"
    written = {
        "module": module,
        "class_name": name,
        "config": made.get_config(),
        "registered_name": name,
    }
    found = deserialize_object(written)
    assert type(found) is type(made)
    assert found.get_config() == made.get_config()


def test_nothing_else_is_found_beside_the_optimizers_of_pytorch() -> None:
    module = "keras.src.backend.torch.optimizers.torch_adam"
    with pytest.raises(ValueError, match="does not have"):
        deserialize_object({"module": module, "class_name": "Dense", "config": {"units": 1}})


BUILT = {
    "module": "keras.layers", "class_name": "Dense", "registered_name": None,
    "config": {"units": 10**9, "name": "large"}, "build_config": {"input_shape": [None, 3]},
}  # fmt: skip


@pytest.mark.parametrize(
    "function",
    [
        saving.deserialize_keras_object,
        pymlp.utils.deserialize_keras_object,
        layers.deserialize,
        lambda described: pymlp.models.model_from_json(json.dumps(described)),
    ],
)
def test_a_description_makes_no_gigabytes(function: Any) -> None:
    with pytest.raises(
        saving.FileRefused, match=r"Dense 'large': its weight .* is larger than all"
    ):
        function(BUILT)


def test_many_layers_of_a_description_are_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymlp.saving.restoring._MOST_NUMBERS", 100)
    small = {**BUILT, "config": {"units": 20}}
    assert saving.deserialize_keras_object(small).count_params() == 80
    with pytest.raises(saving.FileRefused, match="larger than all"):
        saving.deserialize_keras_object([small, small])


def test_from_config_makes_models_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymlp.saving.restoring._MOST_NUMBERS", 1)
    entry = pymlp.Input((3,))
    for model in (
        pymlp.Sequential([entry, layers.Dense(2)]),
        pymlp.Model(entry, layers.Dense(2)(entry)),
    ):
        assert type(model).from_config(model.get_config()).count_params() == 8
        assert pymlp.models.clone_model(model).count_params() == 8
