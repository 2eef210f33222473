"""Files whose descriptions want code to be run, something to be imported, a path or an address to be opened."""

from __future__ import annotations

import base64
import io
import json
import marshal
import pickle
from pathlib import Path
from typing import Any

from .cases import Case, archive, enter, hostile, layer, with_config, with_layer
from .valid import valid_files

__all__: list[str] = []

_EVIL = base64.b64encode(marshal.dumps(compile("__import__('os').mkdir('pwned')", "evil", "exec")))
_LAMBDA = {
    "class_name": "__lambda__",
    "config": {"code": _EVIL.decode(), "defaults": None, "closure": None},
}


def _function(name: str, module: str = "builtins") -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


@hostile("runs no code")
def a_lambda_of_marshalled_code(secrets: Path) -> bytes:
    """CVE-2024-3660: Keras before 2.13 ran the marshalled code of Lambda layers."""
    return with_layer(layer("Lambda", function=_LAMBDA))


@hostile("runs no code|program code", ".h5")
def a_lambda_in_an_older_file(secrets: Path) -> bytes:
    """CVE-2025-9905: Keras before 3.11.3 ignored safe_mode for .h5 files."""
    return _older(
        lambda layers: layers.append(
            layer("Lambda", function=[_EVIL.decode(), None, None], function_type="lambda")
        )
    )


@hostile("runs no code|program code", ".h5")
def a_lambda_without_a_module(secrets: Path) -> bytes:
    """CVE-2025-9905, as Keras 2 wrote it: no module, and the code in a list."""
    described = {"class_name": "Lambda", "config": {"name": "e", "function": [_EVIL.decode(), None, None],
                 "function_type": "lambda", "module": "os"}}  # fmt: skip
    return _older(lambda layers: layers.append(described))


def _older(change: Any) -> bytes:
    import h5py

    stream = io.BytesIO(valid_files()["chain.h5"])
    with h5py.File(stream, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"]["layers"])
        file.attrs["model_config"] = json.dumps(config)
    return stream.getvalue()


@hostile("program code")
def a_lambda_as_an_activation(secrets: Path) -> bytes:
    """CVE-2024-3660, elsewhere than in a Lambda layer."""
    return with_layer(layer("Dense", units=2, activation=_LAMBDA))


@hostile("program code")
def a_lambda_as_an_initializer(secrets: Path) -> bytes:
    """The same in an initializer, which layers of Keras restore themselves."""
    return with_layer(layer("Dense", units=2, kernel_initializer=_LAMBDA))


@hostile("program code")
def a_lambda_as_a_metric(secrets: Path) -> bytes:
    """The same in what is given to `compile`, which is restored after the model."""
    return with_config(lambda c: c["compile_config"].update(metrics=[_LAMBDA]))


@hostile("program code")
def a_lambda_as_a_learning_rate(secrets: Path) -> bytes:
    """The same in an optimizer's schedule."""
    return with_config(
        lambda c: c["compile_config"]["optimizer"]["config"].update(learning_rate=_LAMBDA)
    )


@hostile("program code")
def a_lambda_in_a_list_in_a_list(secrets: Path) -> bytes:
    """The same, deep in what no one looks at."""
    return with_layer(layer("Dense", units=2, name={"a": [[{"b": _LAMBDA}]]}))


@hostile("runs no code|does not have")
def a_lambda_of_a_named_function(secrets: Path) -> bytes:
    """CVE-2025-9906: a function of Python by its name, with arguments, in place of code."""
    return with_layer(
        layer("Lambda", function=_function("system", "os"), arguments={"command": "mkdir pwned"})
    )


@hostile("does not have")
def a_class_of_any_module(secrets: Path) -> bytes:
    """CVE-2025-1550: Keras before 3.9 imported any module, and called any class or function in it with the config."""
    return with_layer(layer("Popen", "subprocess", args=["mkdir", "pwned"]))


@hostile("does not have")
def a_function_of_any_module(secrets: Path) -> bytes:
    """CVE-2025-1550, by a description of a function."""
    return with_layer(layer("Dense", units=2, activation=_function("system", "os")))


@hostile("runs no code")
def a_function_of_keras_as_a_gadget(secrets: Path) -> bytes:
    """CVE-2025-8747: `keras.utils.get_file` is of Keras itself, and downloads what the file says to where it says."""
    described = {"module": "keras.utils", "class_name": "function", "config": "get_file",
                 "registered_name": "get_file"}  # fmt: skip
    return with_layer(
        layer(
            "Lambda",
            function=described,
            arguments={"origin": "http://localhost:1/x", "cache_dir": "."},
        )
    )


@hostile("does not have")
def a_class_called_get_file(secrets: Path) -> bytes:
    """CVE-2025-8747: the same as a class of keras.src."""
    return with_layer(
        layer("get_file", "keras.src.utils.file_utils", origin="http://localhost:1/x")
    )


@hostile("does not have")
def safe_mode_switched_off_from_inside(secrets: Path) -> bytes:
    """CVE-2025-9906: `keras.config.enable_unsafe_deserialization` called by the file before its Lambda layer."""
    switch = {"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {},
              "registered_name": "enable_unsafe_deserialization"}  # fmt: skip
    return with_layer(switch, layer("Lambda", function=_LAMBDA))


@hostile("does not accept|runs no code")
def a_safe_mode_in_the_config(secrets: Path) -> bytes:
    """Keras's issue on Lambda.from_config, whose safe_mode failed open: the file names it itself."""
    return with_layer(layer("Lambda", function=_LAMBDA, safe_mode=False))


@hostile("does not have")
def a_module_that_is_there(secrets: Path) -> bytes:
    """A class of the very library, by the name of its module: an attribute of it is not a public name of it."""
    return with_layer(layer("Path", "pymlp.saving.keras_archive"))


@hostile("does not have")
def a_registered_name_of_another_package(secrets: Path) -> bytes:
    """CVE-2025-1550: `registered_name` was looked up, then imported."""
    described = layer("system", "os")
    described["registered_name"] = "os>system"
    return with_layer(described)


@hostile("runs code|runs no code|does not have")
def a_saved_model_beside_the_file(secrets: Path) -> bytes:
    """CVE-2026-1462: TFSMLayer loaded a TensorFlow model, graphs of code, from a path in the config."""
    return with_layer(layer("TFSMLayer", filepath=str(secrets), call_endpoint="serve"))


@hostile("should be a string|runs no code")
def a_pickled_module_of_torch(secrets: Path) -> bytes:
    """CVE-2025-32434's kind, in Keras's TorchModuleWrapper: a pickle in base64 goes to torch.load."""
    payload = base64.b64encode(pickle.dumps(Path("pwned"))).decode()
    return with_layer(
        layer(
            "TorchModuleWrapper", module={"class_name": "__bytes__", "config": {"value": payload}}
        )
    )


@hostile("runs no code")
def a_jax_layer(secrets: Path) -> bytes:
    """JaxLayer and FlaxLayer take functions."""
    return with_layer(layer("JaxLayer", call_fn=_LAMBDA))


@hostile("vocabulary")
def a_vocabulary_from_a_path(secrets: Path) -> bytes:
    """CVE-2025-12058: StringLookup read its vocabulary from a path or an address in the config, whatever file it is."""
    return with_layer(layer("StringLookup", vocabulary=str(secrets / "secret.txt")))


@hostile("vocabulary")
def a_vocabulary_from_an_address(secrets: Path) -> bytes:
    """CVE-2025-12058: the same from http://, as a request from within a network."""
    return with_layer(layer("IntegerLookup", vocabulary="http://localhost:1/latest/meta-data"))


@hostile("vocabulary|does not have")
def weights_of_idf_from_a_path(secrets: Path) -> bytes:
    """CVE-2025-12058, in the second argument that may be a path."""
    return with_layer(
        layer("TextVectorization", vocabulary=str(secrets / "secret.txt"), output_mode="tf_idf")
    )


@hostile("cannot be read")
def a_model_of_yaml(secrets: Path) -> bytes:
    """CVE-2021-37678: model_from_yaml ran objects of YAML. Only JSON is read, and a description is no text of YAML."""
    return with_config(lambda c: "!!python/object/apply:os.system ['mkdir pwned']\n")


@hostile("cannot be read|damaged|not whole|it has no")
def a_pickle_in_place_of_weights(secrets: Path) -> bytes:
    """CVE-2025-32434, CVE-2022-45907: checkpoints that are pickles. One in the place of the weights is not loaded."""
    return archive(weights=pickle.dumps({"weight": Path("pwned")}, protocol=2))


@hostile("not a .keras file")
def a_pickle_with_the_wrong_ending(secrets: Path) -> bytes:
    """The same as the whole file: the format follows from the ending, and is not guessed."""
    return pickle.dumps(Path("pwned"))


@hostile("no model.weights.h5")
def arrays_of_objects_in_npz(secrets: Path) -> bytes:
    """Keras's .weights.npz, which numpy loads with allow_pickle=True in old versions: not a format that is read."""
    import zipfile

    import numpy as np

    stream = io.BytesIO(archive(weights=None))
    inner = io.BytesIO()
    np.savez(inner, evil=np.array([Path("pwned")], dtype=object))
    with zipfile.ZipFile(stream, "a") as opened:
        opened.writestr("model.weights.npz", inner.getvalue())
    return stream.getvalue()


@hostile("should be a string")
def a_class_name_that_is_a_list(secrets: Path) -> bytes:
    """A name that cannot be looked up: an error of Python's, not of the file, in loaders that do not check."""
    return with_layer({**layer("Dense", units=2), "class_name": ["Dense"]})


@hostile("names the class|does not have")
def another_library_s_layer_of_a_known_name(secrets: Path) -> bytes:
    """A class whose name is of pymlp's own and whose module is not: it is not the same class."""
    return with_layer(layer("Dense", "evil.layers", units=2))


@hostile("does not have|type policy|does not accept")
def a_policy_of_types_that_is_code(secrets: Path) -> bytes:
    """Descriptions of dtype policies are looked up like layers in Keras."""
    return with_layer(
        layer(
            "Dense",
            units=2,
            dtype={"module": "os", "class_name": "system", "config": {"command": "x"}},
        )
    )


for _name in ("TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer", "TFOpLambda"):
    enter(
        f"the class {_name}",
        Case(
            ".keras",
            f"{_name!r}.*runs no code from files",
            lambda _, name=_name: with_layer(layer(name, units=2)),
            "Wrappers of other code are refused by name, whatever their configuration is.",
        ),
    )

_FUNCTIONS: dict[str, Any] = {
    "a list of code": {"class_name": "__lambda__", "config": {"value": [_EVIL.decode(), None, None]}},
    "eval": _function("eval"),
    "relu": _function("relu"),
    "a text": "relu",
    "a list alone": [_EVIL.decode(), None, None],
}  # fmt: skip
for _name, _described in _FUNCTIONS.items():
    enter(
        f"a lambda of {_name}",
        Case(
            ".keras",
            "runs no code|does not have",
            lambda _, function=_described: with_layer(layer("Lambda", function=function)),
            "CVE-2024-3660, and what a Lambda layer may hold in place of code.",
        ),
    )
