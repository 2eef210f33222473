"""ONNX Runtime: a graph of Gemm and Relu with the same weights, one session for all threads.

A call goes from a NumPy array to a NumPy array.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("onnxruntime", "onnx")

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            self._model().SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def caller(self) -> Callable[[], Any]:
        return partial(self._run, {"x": self.arrays["x"]})

    def _run(self, feed: dict[str, Any]) -> Any:
        return self.session.run(None, feed)[0]

    def _model(self) -> Any:
        nodes, weights, x = [], [], "x"
        for i, (kernel, bias) in enumerate(self.layers):
            weights.append(numpy_helper.from_array(kernel, f"kernel_{i}"))
            weights.append(numpy_helper.from_array(bias, f"bias_{i}"))
            nodes.append(helper.make_node("Gemm", [x, f"kernel_{i}", f"bias_{i}"], [f"z_{i}"]))
            x = f"z_{i}"
            last = i == len(self.layers) - 1
            if not last or self.workload.output:
                kind, axis = ("Softmax", {"axis": 1}) if last else ("Relu", {})
                nodes.append(helper.make_node(kind, [x], [f"y_{i}"], **axis))
                x = f"y_{i}"
        inputs, *_, outputs = self.workload.units
        graph = helper.make_graph(
            nodes,
            "mlp",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", inputs])],
            [helper.make_tensor_value_info(x, TensorProto.FLOAT, ["rows", outputs])],
            weights,
        )
        # Not the newest, so that older runtimes read it too.
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8)
