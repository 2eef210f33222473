"""Descriptions of older formats in today's form.

Keras 2, and the ``.h5`` files of Keras 3, write ``{"class_name", "config"}`` without a module, and calls of layers as
lists of ``[layer, call, result, arguments]``. Some arguments had other names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymlp.registration import custom_object
from pymlp.saving.refusal import FileRefused
from pymlp.saving.registry import class_of_any_module, function_named, public_name

__all__ = ["modern", "modern_training"]

_MODELS = {"Model": "Functional"}
_LAYERS = ("keras", "keras.layers")
_PARTS = (
    "keras.initializers", "keras.regularizers", "keras.constraints", "keras.optimizers", "keras.optimizers.schedules",
    *_LAYERS,
)  # fmt: skip
_POLICIES = ("Policy", "DTypePolicy")
# Arguments that were, and what they are called now; None: they have no meaning left.
_RENAMED: dict[str, dict[str, str | None]] = {
    "InputLayer": {"batch_input_shape": "batch_shape"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "BatchNormalization": dict.fromkeys(
        ("fused", "virtual_batch_size", "adjustment", "synchronized"), None
    ),
}
_RENAMED_OF_OPTIMIZERS: dict[str, str | None] = {
    "lr": "learning_rate", "jit_compile": None, "is_legacy_optimizer": None, "decay": None,
}  # fmt: skip


def modern(config: Any, homes: Sequence[str] = _PARTS) -> Any:
    """Return a description in today's form; what is in it already is left alone.

    Parameters
    ----------
    config : object
    homes : sequence of str
        Keras's modules where the class may be.
    """
    if isinstance(config, list | tuple):
        return [modern(item) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: modern(value) for key, value in config.items()}
    if str(config["class_name"]).startswith("__"):
        return config
    if config["class_name"] in _POLICIES:
        return {**config, "class_name": "DTypePolicy"}
    inner = config["config"]
    if isinstance(inner, dict):
        inner = _modern_arguments(str(config["class_name"]), inner)
    rest = {key: modern(value) for key, value in config.items() if key != "config"}
    return {**rest, **_named(config, homes), "config": inner}


def _named(config: Mapping[str, Any], homes: Sequence[str]) -> dict[str, Any]:
    """Return module and names of a class that was written without its module."""
    if "module" in config:
        return {}
    name = _MODELS.get(config["class_name"], config["class_name"])
    found = None if custom_object(name) is not None else class_of_any_module(name, homes)
    public = None if found is None else public_name(found)
    if public is None:
        return {"module": None, "class_name": name, "registered_name": name}
    return {"module": public[0], "class_name": public[1], "registered_name": None}


def _modern_arguments(class_name: str, inner: dict[str, Any]) -> dict[str, Any]:
    changed = _with_names(inner, _RENAMED.get(class_name, {}))
    axis = changed.get("axis")
    if class_name == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        changed["axis"] = axis[0]
    if isinstance(changed.get("layers"), list):
        changed["layers"] = [modern(layer, _LAYERS) for layer in changed["layers"]]
        if "input_layers" in changed:
            _modernise_calls(changed)
        return changed
    return {key: modern(value) for key, value in changed.items()}


def _with_names(inner: Mapping[str, Any], names: Mapping[str, str | None]) -> dict[str, Any]:
    renamed = {names.get(key, key): value for key, value in inner.items()}
    return {key: value for key, value in renamed.items() if key is not None}


# ---- calls ----------------------------------------------------------------------------------------------


def _modernise_calls(model: dict[str, Any]) -> None:
    """Write the calls of a functional model as descriptions of arguments."""
    layers = [layer for layer in model["layers"] if isinstance(layer, dict)]
    if not any(isinstance(call, list) for layer in layers for call in _calls(layer)):
        return
    # A model that is called in the model had a call of its own before these.
    inner = {
        str(layer.get("name"))
        for layer in layers
        if isinstance(layer.get("config"), dict) and "layers" in layer["config"]
    }
    first = {
        name: min((index for other, index, *_ in _references(model) if other == name), default=0)
        for name in inner
    }
    skipped = {name: 1 for name, index in first.items() if index > 0}
    for layer in layers:
        layer["inbound_nodes"] = [
            _modern_call(call, skipped) if isinstance(call, list) else call
            for call in _calls(layer)
        ]
    functional = {
        layer.get("name") for layer in layers if layer["class_name"] in ("Functional", "Model")
    }

    def place(places: Any) -> Any:
        if isinstance(places, list) and len(places) == 3 and isinstance(places[0], str):
            name, index, result = places
            return [name, index - skipped.get(name, 0) + (name in functional), result]
        if isinstance(places, dict):
            return {key: place(value) for key, value in places.items()}
        return [place(item) for item in places] if isinstance(places, list) else places

    for key in ("input_layers", "output_layers"):
        places = place(model[key])
        # One tensor was a list of one.
        alone = isinstance(places, list) and len(places) == 1
        model[key] = places[0] if alone else places


def _calls(layer: Mapping[str, Any]) -> list[Any]:
    calls = layer.get("inbound_nodes")
    return calls if isinstance(calls, list) else []


def _references(model: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield the [layer, call, result] that calls and outputs name."""
    waiting = [model.get("output_layers"), *(_calls(layer) for layer in model["layers"])]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, list):
            continue
        if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
            yield value
        else:
            waiting += value


def _modern_call(call: list[Any], skipped: Mapping[str, int]) -> dict[str, Any]:
    # A call on one tensor was a list of one, or the reference itself.
    references = [call] if call and isinstance(call[0], str) else call
    tensors: list[dict[str, Any]] = []
    kwargs: Any = {}
    for reference in references:
        if not isinstance(reference, list) or not 3 <= len(reference) <= 4:
            raise FileRefused(f"The file has the call {reference!r:.80} of a layer, which is none.")
        name, index, result = reference[:3]
        if not isinstance(index, int):
            raise FileRefused(f"The file has the call {reference!r:.80} of a layer, which is none.")
        kwargs = reference[3] if len(reference) == 4 else {}
        history = [name, index - skipped.get(name, 0), result]
        tensors.append({"class_name": "__keras_tensor__", "config": {"keras_history": history}})
    argument: Any = tensors[0] if len(tensors) == 1 else tensors
    return {"args": [argument], "kwargs": modern(kwargs) if isinstance(kwargs, dict) else {}}


# ---- how it is compiled -----------------------------------------------------------------------------------


def modern_training(config: Any) -> dict[str, Any]:
    """Return the arguments of `compile`, as today's files have them, of a ``training_config``."""
    if not isinstance(config, dict):
        raise FileRefused(
            f"The training_config in the file should be a dict, it is {config!r:.80}."
        )
    return {
        "optimizer": _modern_optimizer(config.get("optimizer_config")),
        "loss": _modern_functions(config.get("loss"), "losses"),
        "loss_weights": config.get("loss_weights"),
        "metrics": _modern_functions(config.get("metrics"), "metrics"),
        "weighted_metrics": _modern_functions(config.get("weighted_metrics"), "metrics"),
    }


def _modern_optimizer(config: Any) -> Any:
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise FileRefused(f"The file describes an optimizer by {config!r:.80}.")
    inner = _with_names(config["config"], _RENAMED_OF_OPTIMIZERS)
    if config["config"].get("decay"):
        raise FileRefused(
            "The file has an optimizer whose learning rate decays by decay=, which Keras 3 has no more. Load the model "
            "with compile=False, and compile it with a schedule."
        )
    return modern({**config, "config": inner})


def _modern_functions(config: Any, kind: str) -> Any:
    """Return losses or metrics, of which each may be a name or a description."""
    if isinstance(config, list):
        items = [_modern_functions(item, kind) for item in config]
        # Of one output there was a list in the list.
        return items[0] if len(items) == 1 and isinstance(items[0], list) else items
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: _modern_functions(value, kind) for key, value in config.items()}
    inner = config["config"]
    if "module" in config or not isinstance(inner, dict):
        return config
    inner = dict(inner)
    if inner.get("reduction") == "auto":
        inner["reduction"] = "sum_over_batch_size"
    name = inner.get("fn")
    if isinstance(name, str):
        inner["fn"] = {"module": "builtins", "class_name": "function", "config": name}
        if custom_object(name) is None and function_named(name) is None:
            raise FileRefused(f"The file names the function {name!r}, which pymlp does not have.")
    return {
        "module": f"keras.{kind}",
        "registered_name": config["class_name"],
        **config,
        "config": inner,
    }
