"""The closed table of what a file may name: Keras's public names of pymlp's own classes.

Nothing else is ever looked up, imported or called on behalf of a file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from pymlp.layers.out_of_scope import reason_for
from pymlp.ops.recording import ModelOperation, operation_class

__all__ = [
    "class_named",
    "class_of_any_module",
    "function_named",
    "known_classes",
    "out_of_scope",
    "public_name",
]

_FUNCTIONAL = "keras.src.models.functional"
# On PyTorch, Keras writes optimizers under the modules that define them there.
_TORCH_OPTIMIZERS = "keras.src.backend.torch.optimizers."
_NOT_MODELLING = frozenset({"get", "serialize", "deserialize"})
# Layers of Keras, of now and of before, that wrap other code.
_FOREIGN = frozenset((
    "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer",
    "ClassMethod", "InstanceMethod", "InstanceProperty",
))  # fmt: skip


@cache
def _classes() -> dict[tuple[str, str], type[Any]]:
    """Map (Keras's module, class name) to the class."""
    from pymlp import (
        constraints,
        initializers,
        layers,
        losses,
        metrics,
        models,
        optimizers,
        regularizers,
    )
    from pymlp.export.onnx_operation import OnnxOperation

    # Keras has no public name for the class of functional models, and writes where it is defined.
    table: dict[tuple[str, str], type[Any]] = {
        ("pymlp.export", "OnnxOperation"): OnnxOperation,
        (_FUNCTIONAL, "Functional"): models.Functional,
        ("keras", "Functional"): models.Functional,
        ("keras.models", "Functional"): models.Functional,
    }
    for keras_module, module in (
        ("keras", models),
        ("keras.models", models),  # older versions of Keras 3 wrote this one
        ("keras.layers", layers),
        ("keras.initializers", initializers),
        ("keras.regularizers", regularizers),
        ("keras.constraints", constraints),
        ("keras.losses", losses),
        ("keras.metrics", metrics),
        ("keras.optimizers", optimizers),
        ("keras.optimizers.schedules", optimizers.schedules),
    ):
        for name, value in _public(module):
            # An alias (initializers.zeros is Zeros) is not a second entry.
            if inspect.isclass(value) and value.__name__ == name and hasattr(value, "from_config"):
                table[keras_module, name] = value
    return table


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    """Map the name of each activation, loss and metric that is a function to the function."""
    from pymlp import activations, losses, metrics

    return {
        name: value
        for module in (metrics, losses, activations)
        for name, value in _public(module)
        if inspect.isfunction(value) and name not in _NOT_MODELLING
    }


@cache
def _public_names() -> dict[type[Any], tuple[str, str]]:
    names: dict[type[Any], tuple[str, str]] = {}
    for key, cls in _classes().items():
        names.setdefault(cls, key)
    return names


def _public(module: ModuleType) -> list[tuple[str, Any]]:
    return [(name, getattr(module, name)) for name in module.__all__]


def class_named(module: object, class_name: object) -> type[Any] | None:
    """Return the class that Keras calls ``module.class_name``, or None."""
    if isinstance(module, str) and isinstance(class_name, str):
        if module.startswith(_TORCH_OPTIMIZERS):
            module = "keras.optimizers"
        return _classes().get((module, class_name)) or operation_class(module, class_name)
    return None


def function_named(name: object) -> Callable[..., Any] | None:
    """Return the activation, loss or metric function of that name, or None."""
    return _functions().get(name) if isinstance(name, str) else None


def public_name(cls: type[Any]) -> tuple[str, str] | None:
    """Return Keras's (module, class name) of a class, or None if it is not in the table."""
    if issubclass(cls, ModelOperation):
        return cls.entry.module, cls.entry.class_name
    return _public_names().get(cls)


def class_of_any_module(class_name: object, homes: Sequence[str]) -> type[Any] | None:
    """Return the class of a name in the first of Keras's modules that has one; older formats write no module."""
    return next(
        (found for home in homes if (found := class_named(home, class_name)) is not None), None
    )


def out_of_scope(class_name: str) -> str | None:
    """Return what to say of a class of Keras that pymlp will not have, or None."""
    if class_name in _FOREIGN:
        return (
            f"A {class_name} runs code of another library, or code that lies in the file; pymlp runs no code from "
            "files. Replace it before saving."
        )
    return reason_for(class_name)


def known_classes(module: object) -> list[str]:
    """Return the names that the table has for one of Keras's modules, sorted."""
    return sorted(name for home, name in _classes() if home == module)
