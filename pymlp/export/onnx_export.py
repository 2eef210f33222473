"""`export_onnx`: a model as an ONNX file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.export.onnx_package import IR_VERSION, OPSET, onnx_package
from pymlp.export.onnx_rules import RULES
from pymlp.export.onnx_writer import Node, Writer
from pymlp.export.traced import PredictionGraph, prediction_graph
from pymlp.graph.tensor import Tensor
from pymlp.saving.atomic import replacing

__all__ = ["export_onnx", "onnx_model"]

# A protobuf message cannot be larger, and weights beside the file are not written.
_LARGEST = 2**31 - 1


def export_onnx(
    model: Any, filepath: str | os.PathLike[str], input_signature: None = None
) -> list[Path]:
    """Write what a model computes in prediction as an ONNX file, by operator set 17.

    Any model goes: what is written is its graph, however its layers were made and called. Weights are initializers,
    named by the paths of the variables; the number of samples is the symbolic axis ``batch``; inputs and outputs have
    the model's names. Layers that act in training alone, such as `Dropout`, are not there.

    Parameters
    ----------
    model : Model
        Built.
    filepath : path-like
        Usually ends in ``.onnx``. The file is written whole or not at all; one that is there is replaced.
    input_signature : None
        The shapes are those that the model is built for.

    Returns
    -------
    list of Path
        The one file that was written.

    Raises
    ------
    ValueError
        If the model is not built, changes its variables when it predicts, is larger than 2 GB, or has an operation
        that ONNX lacks, such as drawing random numbers: the operation and the layer are named.
    ImportError
        If the package ``onnx`` is not installed.

    Notes
    -----
    An index out of range, which gives NaN in pymlp, is an error of most runtimes. In float64, ONNX Runtime lacks
    ``Erf``, of which the exact `gelu` is made; the file is a valid one all the same.

    Examples
    --------
    >>> import pymlp as keras
    >>> from pymlp.export import export_onnx
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu")])
    >>> export_onnx(model, "model.onnx")  # doctest: +SKIP
    [PosixPath('model.onnx')]
    """
    if input_signature is not None:
        raise ValueError(
            f"Exporting the model {model.name!r}: an ONNX file is for the shapes that the model is built for and any "
            "number of samples; leave input_signature out."
        )
    message = onnx_model(model).SerializeToString(deterministic=True)
    with replacing(filepath) as stream:
        stream.write(message)
    return [Path(filepath)]


def onnx_model(model: Any) -> Any:
    """Return a model as an `onnx.ModelProto`; see `export_onnx`."""
    onnx = onnx_package()
    graph = prediction_graph(model)
    writer = _written(graph)
    size = sum(array.nbytes for array in writer.initializers.values())
    if size > _LARGEST:
        raise ValueError(
            f"Exporting the model {model.name!r}: its weights take {size} bytes, an ONNX file holds less than 2 GB."
        )
    helper = onnx.helper
    element = helper.np_dtype_to_tensor_dtype(np.dtype(graph.dtype))

    def described(name: str, tensor: Tensor) -> Any:
        shape = ["batch" if n is None else n for n in tensor.shape]
        return helper.make_tensor_value_info(name, element, shape)

    body = helper.make_graph(
        [_node(helper, node) for node in writer.nodes],
        graph.name,
        [described(name, tensor) for name, tensor in graph.inputs],
        [described(name, tensor) for name, tensor in graph.outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in writer.initializers.items()],
    )
    from pymlp import __version__

    return helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="pymlp",
        producer_version=__version__,
    )


def _written(graph: PredictionGraph) -> Writer:
    """Return the nodes and initializers of a graph."""
    names = [name for name, _ in (*graph.inputs, *graph.outputs)]
    source = next((name for name, tensor in graph.inputs if None in tensor.shape), "")
    writer = Writer(graph.dtype, source, set(names))
    for name, tensor in graph.inputs:
        writer.give(tensor, name)
    for tensor in graph.order:
        if tensor.operation is None:
            continue
        writer.place = graph.place(tensor)
        name = tensor.operation.name
        rule = RULES.get(name)
        try:
            if rule is None:
                raise ValueError("ONNX has none like it")
            value = rule(writer, tensor)
        except ValueError as error:
            raise ValueError(
                f"Exporting the model {graph.name!r}: the operation {name!r} of {graph.described(tensor)} cannot be "
                f"written as ONNX: {error}."
            ) from error
        if value:
            writer.give(tensor, value)
    writer.finish(graph.outputs)
    return writer


def _node(helper: Any, node: Node) -> Any:
    attributes = {
        key: helper.np_dtype_to_tensor_dtype(value) if isinstance(value, np.dtype) else value
        for key, value in node.attributes.items()
    }
    return helper.make_node(
        node.kind, node.inputs, node.outputs, name=node.outputs[-1], **attributes
    )
