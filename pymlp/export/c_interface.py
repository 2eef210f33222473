"""The parts of an exported C file that differ with the number and the sizes of inputs and outputs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import numpy as np

from pymlp.export.c_body import Body
from pymlp.export.c_text import array_rows, as_comment
from pymlp.export.sample_graph import SampleGraph, sample_shape, size_of
from pymlp.export.vectors import Vectors

__all__ = ["argument_names", "interface", "test_arrays"]

# What is written for each of the two types: its name, how it is scanned and printed, how near results are.
_TYPES = {
    "float32": {"REAL": "float", "SCAN": "%f", "PRINT": "%.9g", "TOLERANCE": "1e-5"},
    "float64": {"REAL": "double", "SCAN": "%lf", "PRINT": "%.17g", "TOLERANCE": "1e-12"},
}


def argument_names(graph: SampleGraph) -> tuple[list[str], list[str]]:
    """Return what C calls the arrays of inputs and outputs."""
    if len(graph.inputs) == len(graph.outputs) == 1:
        return ["input"], ["output"]
    return (
        [f"in{i}" for i in range(len(graph.inputs))],
        [f"out{i}" for i in range(len(graph.outputs))],
    )


def interface(
    graph: SampleGraph, inputs: Sequence[str], outputs: Sequence[str], body: Body
) -> dict[str, str]:
    """Return the parts of the templates that speak of inputs, outputs and memory."""
    parts = _TYPES[graph.dtype]
    real, itemsize = parts["REAL"], np.dtype(graph.dtype).itemsize
    scratch = max(body.memory.size, 1)  # C has no empty arrays
    names, tensors = [*inputs, *outputs], [*graph.inputs, *graph.outputs]
    own_names = [name for name, _ in (*graph.traced.inputs, *graph.traced.outputs)]

    def size(name: str) -> str:
        return f"UPPER_{name.upper()}_SIZE"

    def test(name: str) -> str:
        return f"NAME_test_{name} + v * {size(name)}"

    def buffers(names: Iterable[str]) -> str:
        return "\n".join(f"    static {real} {name}[{size(name)}];" for name in names)

    declared = [f"const {real} *{n}" for n in inputs] + [f"{real} *{n}" for n in outputs]
    defined = [
        f"#define {size(name)} {size_of(tensor)} /* {as_comment(own)}: shape {sample_shape(tensor)} */"
        for name, own, tensor in zip(names, own_names, tensors, strict=True)
    ]
    return {
        **parts,
        "SCRATCH": str(scratch),
        "SCRATCH_BYTES": str(scratch * itemsize),
        "WEIGHT_BYTES": str(body.constants * itemsize),
        "PARAMETERS": ", ".join(declared),
        "ARGUMENTS": ", ".join(names),
        "SIZES": "\n".join(defined),
        "TEST_BUFFERS": buffers(outputs),
        "TEST_ARGUMENTS": ", ".join([*map(test, inputs), *outputs]),
        "TEST_CHECKS": " ||\n            ".join(
            f"!NAME_close({size(n)}, {n}, {test(n)})" for n in outputs
        ),
        "MAIN_BUFFERS": buffers(names),
        "MAIN_READS": "\n".join(f"        count += NAME_read({size(n)}, {n});" for n in inputs),
        "MAIN_NUMBERS": " + ".join(map(size, inputs)),
        "MAIN_PRINTS": "\n".join(f"        NAME_print({size(n)}, {n});" for n in outputs),
    }


def test_arrays(graph: SampleGraph, vectors: Vectors, names: Sequence[str]) -> str:
    """Return the definitions of the arrays that the self-test reads."""
    text = io.StringIO()
    real = _TYPES[graph.dtype]["REAL"]
    for name, array in zip(names, [*vectors.inputs, *vectors.outputs], strict=True):
        text.write(f"static const {real} NAME_test_{name}[{array.size}] = {{\n")
        text.writelines(row + "\n" for row in array_rows(np.asarray(array, graph.dtype)))
        text.write("};\n")
    return text.getvalue()
