"""Small files that ask for much memory or time, by their descriptions; and descriptions that make no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .cases import Case, enter, hostile, layer, with_config, with_layer
from .valid import valid_files

__all__: list[str] = []


@hostile("larger than all weights")
def units_beyond_all_memory(secrets: Path) -> bytes:
    """keras-team/keras#23164: `units` of a config are memory before a weight is read."""
    return with_layer(layer("Dense", units=10**12))


@hostile("larger than all weights")
def a_product_of_sizes_beyond_all_memory(secrets: Path) -> bytes:
    """The same of two sizes, each of which is moderate."""
    return with_layer(layer("Dense", units=200_000), layer("Dense", units=200_000, name="other"))


@hostile("larger than all weights")
def an_embedding_beyond_all_memory(secrets: Path) -> bytes:
    """keras-team/keras#23164, of an Embedding."""
    return with_layer(layer("Embedding", input_dim=2**40, output_dim=2**20))


@hostile("larger than all", ".json")
def units_in_a_text(secrets: Path) -> bytes:
    """keras-team/keras#23164 where there is no file of weights that says how large the model is."""
    config = json.loads(valid_files()["chain.json"])
    config["config"]["layers"].append(layer("Dense", units=2**31))
    return json.dumps(config).encode()


@hostile("larger than all", ".json")
def many_large_layers_in_a_text(secrets: Path) -> bytes:
    """The same, of many layers none of which is too large alone."""
    config = json.loads(valid_files()["chain.json"])
    config["config"]["layers"] += [layer("Dense", units=2000, name=f"d{i}") for i in range(60)]
    return json.dumps(config).encode()


@hostile("larger than all", ".json")
def random_features_in_a_text(secrets: Path) -> bytes:
    """Weights that are no parameters to the eye: those of a model in a model in a model."""
    inner: dict[str, Any] = layer("Dense", units=2**28)
    for depth in range(5):
        entry = layer("InputLayer", batch_shape=[None, 3], dtype="float32", name=f"in{depth}")
        inner = layer("Sequential", "keras", layers=[entry, inner], name=f"s{depth}")
    return json.dumps(inner).encode()


@hostile("shape|does not accept|numbers")
def an_input_of_a_negative_length(secrets: Path) -> bytes:
    """Sizes below zero pass for small ones in products."""
    return with_config(lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, -5]))


@hostile("shape|does not accept|numbers")
def an_input_of_many_axes(secrets: Path) -> bytes:
    """NumPy has at most 64 axes."""
    return with_config(
        lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None] + [1] * 200)
    )


@hostile("shape|does not accept|numbers|larger")
def an_input_whose_size_overflows(secrets: Path) -> bytes:
    """A product of sizes beyond 64 bits, that is 0 where it wraps around."""
    return with_config(
        lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None] + [2**32] * 4)
    )


@hostile("units")
def units_below_zero(secrets: Path) -> bytes:
    """A size that is none."""
    return with_layer(layer("Dense", units=-3))


@hostile("units")
def units_that_are_a_fraction(secrets: Path) -> bytes:
    """A size that is none."""
    return with_layer(layer("Dense", units=2.5))


@hostile("units")
def units_that_are_true(secrets: Path) -> bytes:
    """JSON's true is Python's 1."""
    return with_layer(layer("Dense", units=True))


@hostile("does not accept")
def a_layer_that_is_a_number(secrets: Path) -> bytes:
    """Something else than a description in a list of them."""
    return with_layer(7)


@hostile("called|name|does not accept")
def two_layers_of_a_name(secrets: Path) -> bytes:
    """Weights are found by names: two of one name are two readings of one file."""
    return with_layer(layer("Dense", units=2, name="a"), layer("Dense", units=2, name="a"))


@hostile("initializer|does not accept|shape")
def an_initializer_that_is_an_array(secrets: Path) -> bytes:
    """Numbers in place of an initializer: of another shape than the weight."""
    described = {
        "class_name": "__numpy__",
        "config": {"value": [[1.0] * 1000] * 1000, "dtype": "float64"},
    }
    return with_layer(layer("Dense", units=2, kernel_initializer=described))


@hostile("numbers, which is too many")
def thresholds_beyond_all_memory(secrets: Path) -> bytes:
    """A metric's memory is no weight, and is made when the model is compiled."""
    metric = layer("AUC", "keras.metrics", num_thresholds=10**10)
    return with_config(lambda c: c["compile_config"].update(metrics=[metric]))


@hostile("type policy|float")
def a_type_of_other_libraries(secrets: Path) -> bytes:
    """Types that are looked up by their names."""
    return with_layer(layer("Dense", units=2, dtype="float8_e4m3"))


@hostile("levels deep|cannot be read")
def a_description_that_is_too_deep(secrets: Path) -> bytes:
    """A stack that overflows, as CVE-2022-23591 of TensorFlow by functions that call themselves: JSON nested deep."""
    return with_config(lambda c: "[" * 100_000 + "]" * 100_000)


@hostile("has 2 variables .* the file has 0")
def models_in_models(secrets: Path) -> bytes:
    """A tower of models: each is built, and each calls the next."""
    inner: dict[str, Any] = layer("Dense", units=1)
    for depth in range(40):
        inner = layer("Sequential", "keras", layers=[inner], name=f"s{depth}")
    return with_layer(inner)


@hostile("one key twice")
def two_values_of_a_key(secrets: Path) -> bytes:
    """Readers differ in which value they take: what was checked is not what is loaded."""
    return with_config(lambda c: json.dumps(c)[:-1] + ', "class_name": "Lambda"}')


@hostile("digits")
def a_number_of_many_digits(secrets: Path) -> bytes:
    """CVE-2020-10735: the time of int() grows with the square of the digits."""
    return with_config(lambda c: '{"class_name": ' + "9" * 4000 + "}")


@hostile("half a character")
def half_a_surrogate(secrets: Path) -> bytes:
    """Bytes that are no UTF-8."""
    return with_config(lambda c: '{"class_name": "\ud800"}')


@hostile("does not accept|finite|number")
def a_rate_that_is_no_number(secrets: Path) -> bytes:
    """JSON has no NaN, and Python reads it."""
    return with_layer(layer("Dropout", rate=float("nan")))


@hostile("half a character")
def a_name_that_is_half_a_surrogate(secrets: Path) -> bytes:
    """A text that cannot be written: an error where it is printed, long after it was loaded."""
    return with_layer(layer("Dense", units=2, name="\ud800"))


@hostile("does not describe|does not accept|not a model")
def a_description_that_is_a_list(secrets: Path) -> bytes:
    """Something else than an object at the top."""
    return with_config(lambda c: "[]")


@hostile("descriptions of objects")
def a_hundred_thousand_layers(secrets: Path) -> bytes:
    """Layers take memory and time without a single weight."""
    many = [layer("Activation", activation="relu", name=f"a{i}") for i in range(100_000)]
    return with_layer(*many)


# ---- functional models ------------------------------------------------------------------------------------


def _network(change: Any) -> bytes:
    from .valid import members_of

    config = json.loads(members_of(valid_files()["network.keras"])["config.json"])
    by_name = {each["name"]: each for each in config["config"]["layers"]}
    change(config["config"], by_name)
    return with_config(lambda _: json.dumps(config))


def _tensor(name: Any, call: Any = 0, result: Any = 0) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, result]}}


def _called_on(described: dict[str, Any], *tensors: Any) -> None:
    described["inbound_nodes"] = [{"args": list(tensors), "kwargs": {}}]


@hostile("cannot be made")
def a_layer_that_is_called_on_what_it_makes(secrets: Path) -> bytes:
    """A circle: loaders that retry what is not ready yet go on for ever."""
    return _network(lambda config, layers: _called_on(layers["inner"], _tensor("inner")))


@hostile("cannot be made")
def two_layers_that_wait_for_each_other(secrets: Path) -> bytes:
    """A circle of two."""

    def change(config: Any, layers: Any) -> None:
        _called_on(layers["inner"], _tensor("shared"))
        _called_on(layers["shared"], _tensor("inner"))

    return _network(change)


@hostile("does not accept")
def a_call_of_a_layer_that_is_not_there(secrets: Path) -> bytes:
    """A name that is of no layer."""
    return _network(lambda config, layers: _called_on(layers["inner"], _tensor("nobody")))


@hostile("does not accept")
def a_call_of_a_number_that_is_not_there(secrets: Path) -> bytes:
    """An index from the end, in Python; far beyond, in C."""
    return _network(lambda config, layers: _called_on(layers["inner"], _tensor("one", -1)))


@hostile("does not accept")
def a_result_that_is_not_there(secrets: Path) -> bytes:
    """The same of results of a call."""
    return _network(lambda config, layers: _called_on(layers["inner"], _tensor("one", 0, 10**9)))


@hostile("does not accept")
def an_argument_that_is_not_there(secrets: Path) -> bytes:
    """Arguments of a call are the file's: names that no layer takes."""

    def change(config: Any, layers: Any) -> None:
        layers["inner"]["inbound_nodes"][0]["kwargs"] = {"__class__": "os", "self": 1}

    return _network(change)


@hostile("does not accept")
def an_output_that_is_nobody_s(secrets: Path) -> bytes:
    """The outputs' names lead to layers, too."""
    return _network(lambda config, layers: config.update(output_layers=["nobody", 0, 0]))


@hostile("one input of the model twice")
def an_input_that_is_there_twice(secrets: Path) -> bytes:
    """Found by the fuzzer: such a model was loaded, and no data fitted it."""
    return _network(
        lambda config, layers: config.update(
            input_layers=[["one", 0, 0], ["one", 0, 0], ["other", 0, 0]]
        )
    )


@hostile("does not accept")
def layers_that_are_a_number(secrets: Path) -> bytes:
    """Something else than a list of layers."""
    return with_config(lambda c: c["config"].update(layers=7))


@hostile("describes a Dense")
def a_description_of_a_layer(secrets: Path) -> bytes:
    """An object that is no model, where one is expected."""
    return with_config(lambda c: layer("Dense", units=1))


@hostile("levels deep")
def a_description_of_many_levels(secrets: Path) -> bytes:
    """As deep as json still reads."""
    return with_config(lambda c: "[" * 200 + "]" * 200)


@hostile("30 digits")
def a_number_of_thirty_digits(secrets: Path) -> bytes:
    """More than a word of the machine holds."""
    return with_config(lambda c: '{"n": 123456789012345678901234567890}')


@hostile("cannot be read")
def a_number_of_more_digits_than_python_reads(secrets: Path) -> bytes:
    """CVE-2020-10735, behind Python's own limit."""
    return with_config(lambda c: '{"n": ' + "9" * 5000 + "}")


for _name, _arguments in {
    "PrecisionAtRecall": {"recall": 0.5, "num_thresholds": 10**9},
    "MeanIoU": {"num_classes": 10**6},
    "OneHotIoU": {"num_classes": 10**6, "target_class_ids": [0]},
}.items():
    _metric = layer(_name, "keras.metrics", **_arguments)
    enter(
        f"the metric {_name} beyond all memory",
        Case(
            ".keras",
            "numbers, which is too many",
            lambda _, metric=_metric: with_config(lambda c: c["compile_config"].update(metrics=[metric])),
            "Metrics that keep counts by place.",
        ),
    )  # fmt: skip

for _dtype in ("O", "U1000000000", "V8", "object", "S9", "float128", ["f4"]):
    _initializer = {"class_name": "__numpy__", "config": {"value": [1], "dtype": _dtype}}
    enter(
        f"an array of {_dtype}",
        Case(
            ".keras",
            "expected numbers|cannot be made",
            lambda _, value=_initializer: with_layer(layer("Dense", units=2, kernel_initializer=value)),
            "Arrays of other things than numbers, some of which are pickles.",
        ),
    )  # fmt: skip
