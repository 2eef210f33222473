"""A model as a C file and its header: `export_c`."""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import Any

from pymlp.export.c_body import Body
from pymlp.export.c_functions import in_order
from pymlp.export.c_interface import argument_names, interface, test_arrays
from pymlp.export.c_templates import HEADER, MAIN, PREDICT, SELF_TEST, SOURCE
from pymlp.export.c_text import as_comment, as_double, commented, identifier, needs_math
from pymlp.export.sample_graph import ExportError, SampleGraph
from pymlp.export.vectors import Vectors, vectors_of
from pymlp.saving.atomic import replacing

__all__ = ["export_c"]


def export_c(
    model: Any,
    filepath: str | os.PathLike[str],
    *,
    input_signature: Any = None,
    prefix: str | None = None,
    examples: Any = None,
    vectors: int = 8,
) -> list[Path]:
    """Write a model as one C99 file with a header beside it, which depend on nothing but the C library's mathematics.

    The file holds the weights, a function ``PREFIX_predict`` from one sample to its prediction, and a self-test with
    stored vectors. Memory is static: nothing is allocated, and scratch memory is used again as soon as may be.

    Parameters
    ----------
    model : Model
        Built, with all its custom layers: what is written is the graph of operations that they make.
    filepath : path-like
        Ends in ``.c``; the header's name is the same with ``.h``.
    input_signature : None
        The shapes are those that the model is built for.
    prefix : str, optional
        What the names of functions begin with, and in upper case those of macros. By default made of the model's name.
    examples : array, or nest of arrays, optional
        Samples for the self-test, as `predict` takes them. By default drawn at random, always the same.
    vectors : int
        How many samples are drawn.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ExportError
        A ValueError: if something in the model has no equal in C for one sample; the operation and the layer are named.

    Notes
    -----
    ``PREFIX_predict`` uses static scratch memory, so one thread may be in it at a time; ``PREFIX_predict_with`` takes
    scratch memory from its caller and may be called by any number of threads. Inputs and outputs are arrays of float
    (double for a float64 model) in C order and must not overlap; indices are numbers of that type, too. Weights are
    hexadecimal, so every bit of them is kept. Sums run in another order than in pymlp: results agree to 1e-5 of the
    largest (1e-12 in float64). The file says how it is compiled; `pymlp.export.verify_c` and ``pymlp verify`` check it.

    Examples
    --------
    >>> import pymlp
    >>> model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2, activation="relu")], name="net")
    >>> header, source = export_c(model, "net.c")
    >>> "void net_predict(const float *input, float *output);" in header.read_text()
    True
    """
    path = Path(filepath)
    _check_arguments(path, input_signature, prefix, vectors)
    graph = SampleGraph.of(model)
    name = identifier(model.name, "model") if prefix is None else prefix
    header, source = _texts(
        model, graph, name, path.stem, vectors_of(model, graph, examples, vectors)
    )
    written = []
    # The header first: a source file without the header of its own says so when it is compiled.
    for target, text in ((path.with_suffix(".h"), header), (path, source)):
        with replacing(target) as stream:
            stream.write(text.encode("utf-8"))
        written.append(target)
    return written


def _check_arguments(path: Path, input_signature: Any, prefix: Any, vectors: Any) -> None:
    if path.suffix != ".c":
        raise ExportError(f"{path}: a C file's name should end in '.c'; give another name.")
    if any(c in '"\\?' or not c.isprintable() for c in path.name):
        raise ExportError(
            f"{path.name!r}: the name stands in an #include line, where C takes no quotation marks, question marks, "
            "backslashes or control characters. Give another name."
        )
    if input_signature is not None:
        raise ExportError(
            "export: a C file is for the shapes that the model is built for; leave input_signature out."
        )
    if prefix is not None and (
        not isinstance(prefix, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", prefix)
    ):
        raise ExportError(
            f"export: prefix should be a C identifier, a letter with letters, digits and underscores behind it, "
            f"received {prefix!r}."
        )
    if isinstance(vectors, bool) or not isinstance(vectors, int) or vectors < 1:
        raise ExportError(
            f"export: vectors should be a whole number of at least 1, received {vectors!r}."
        )


def _texts(
    model: Any, graph: SampleGraph, name: str, stem: str, vectors: Vectors
) -> tuple[str, str]:
    """Return header and source."""
    from pymlp import __version__

    inputs, outputs = argument_names(graph)
    body = Body(graph, inputs, outputs)
    lines = body.lines
    functions = "\n".join(in_order(re.findall(r"NAME_(?!w_)(\w+)\(", "\n".join(lines))))
    if graph.dtype == "float64":
        lines, (functions,) = as_double(lines), as_double([functions])
    tests = test_arrays(graph, vectors, [*inputs, *outputs])
    code = "\n".join(commented(lines))
    mathematics = needs_math(functions + code + body.arrays + tests)
    parts = {
        "TITLE": as_comment(model.name),
        "VERSION": __version__,
        "SUMMARY": _summary(model),
        "FILE": stem,
        "COMMENTED_FILE": as_comment(stem),
        "MATH": "#include <math.h>\n" if mathematics else "",
        "LIBRARIES": " -lm" if mathematics else "",
        "FUNCTIONS": functions,
        "WEIGHTS": body.arrays,
        "BODY": code,
        "TESTS": tests,
        "VECTORS": str(len(vectors)),
        **interface(graph, inputs, outputs, body),
    }
    source = _filled(SOURCE + PREDICT + SELF_TEST + MAIN, parts)
    identity = {"IDENTITY": f"0x{zlib.crc32(source.encode()):08x}UL"}
    prefixes = {"NAME": name, "UPPER": name.upper()}
    return (
        _renamed(_filled(HEADER, {**parts, **identity}), prefixes),
        _renamed(_filled(source, identity), prefixes),
    )


def _summary(model: Any) -> str:
    """Return the table of layers as the lines of a comment."""
    lines: list[str] = []
    model.summary(line_length=100, print_fn=lines.append)
    corners, across, down = "┏┓┡┩└┘├┤┬┴┼╇┳┗┛┠┨", "━─", "│┃"
    plain = str.maketrans(corners + across + down, "+" * len(corners) + "--||")
    table = "\n".join(lines).translate(plain).replace("…", "~").splitlines()
    return "\n".join(f" * {as_comment(line)}".rstrip() for line in table if line.strip())


def _filled(text: str, parts: dict[str, str]) -> str:
    """Return a template with ``@PART@`` replaced, once: what is put in is not looked at."""
    return re.sub(r"@(\w+)@", lambda match: parts.get(match[1], match[0]), text)


def _renamed(text: str, prefixes: dict[str, str]) -> str:
    """Return a text with prefixes in place of ``NAME_`` and ``UPPER_``."""
    return re.sub("(NAME|UPPER)_", lambda match: prefixes[match[1]] + "_", text)
