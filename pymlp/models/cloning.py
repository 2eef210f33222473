"""`clone_model`: the same layers anew, with weights of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp.layers.input_layer import InputLayer
from pymlp.layers.layer import Layer
from pymlp.models.functional import Functional
from pymlp.models.model import Model
from pymlp.models.sequential import Sequential
from pymlp.nesting import flatten, map_structure, pack_as
from pymlp.ops.recording import ModelOperation

__all__ = ["clone_model"]


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """Return a model of new layers like those of another, with newly initialised weights.

    Parameters
    ----------
    model : Model
    input_tensors : Tensor, or nest of Tensor, optional
        What the new model begins with, in place of new inputs.
    clone_function : callable ``(layer) -> layer``, optional
        Makes each new layer, and each operation on the model's tensors; by default from the configuration of the old
        one. It may return another layer instead.
    call_function : callable ``(layer, *args, **kwargs)``, optional
        Calls each new layer of a functional model; by default ``layer(*args, **kwargs)``.
    recursive : bool
        Whether `clone_function` and `call_function` are for the layers of models within the model too.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is not for a model of that kind.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    >>> copy = keras.models.clone_model(model)
    >>> copy.count_params(), copy.layers[0] is model.layers[0]
    (15, False)
    """

    def cloned(layer: Layer) -> Layer:
        if recursive and isinstance(layer, (Sequential, Functional)):
            return clone_model(layer, None, clone_function, call_function, True)  # type: ignore[no-any-return]
        new = (clone_function or _like)(layer)
        if not isinstance(new, (Layer, ModelOperation)):
            raise ValueError(
                f"clone_model: clone_function should return a layer, it returned {new!r}."
            )
        return new

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "clone_model: call_function is for functional models, not for a Sequential."
            )
        return _cloned_stack(model, input_tensors, cloned)
    if isinstance(model, Functional) and type(model).get_config is Functional.get_config:
        return _cloned_network(model, input_tensors, cloned, call_function)
    for argument, value in (
        ("input_tensors", input_tensors),
        ("clone_function", clone_function),
        ("call_function", call_function),
    ):
        if value is not None:
            raise ValueError(
                f"clone_model: {argument} is for Sequential and functional models, not for the class "
                f"{type(model).__name__}."
            )
    return _like(model)


def _like(layer: Layer) -> Layer:
    new: Layer = type(layer).from_config(layer.get_config())
    return new


def _cloned_stack(model: Sequential, input_tensors: Any, cloned: Callable[[Layer], Layer]) -> Any:
    layers: list[Any] = [cloned(layer) for layer in model.layers]
    if input_tensors is not None:
        (tensor,) = flatten(input_tensors)
        layers.insert(0, tensor)
    elif model._input_layer is not None:
        layers.insert(0, _like(model._input_layer))
    return Sequential(layers, trainable=model.trainable, name=model.name)


def _cloned_network(
    model: Functional,
    input_tensors: Any,
    cloned: Callable[[Layer], Layer],
    call_function: Callable[..., Any] | None,
) -> Any:
    new = {layer: cloned(layer) for layer in model.operations if not isinstance(layer, InputLayer)}
    inputs = flatten(input_tensors) if input_tensors is not None else []
    if input_tensors is None:
        inputs = [_like(tensor.history.layer).output for tensor in model.inputs]
    if len(inputs) != len(model.inputs):
        raise ValueError(
            f"clone_model: input_tensors should be {len(model.inputs)} tensors, received {len(inputs)}."
        )
    values = {id(old): tensor for old, tensor in zip(model.inputs, inputs, strict=True)}
    for node in model._network.nodes:
        if node.is_input:
            continue
        args, kwargs = node.filled_in(values)
        layer = new[node.layer]
        results = call_function(layer, *args, **kwargs) if call_function else layer(*args, **kwargs)
        values.update(
            (id(old), result) for old, result in zip(node.outputs, flatten(results), strict=True)
        )
    outputs = map_structure(lambda tensor: values[id(tensor)], model.output)
    return type(model)(pack_as(model.input, inputs), outputs, name=model.name)
