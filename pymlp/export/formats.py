"""`export_model`: a model in a format of another world, chosen by its name or by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pymlp.export.sample_graph import ExportError

__all__ = ["FORMATS", "Format", "export_model"]


class Format(NamedTuple):
    """A format: the ending of its files, and which function of which module writes them."""

    ending: str
    module: str
    function: str

    @property
    def write(self) -> Callable[..., list[Path]]:
        """The function, its module imported only now."""
        found: Callable[..., list[Path]] = getattr(import_module(self.module), self.function)
        return found


# A new format is one entry here. The function takes model, filepath, input_signature and options of its own, and
# returns the paths of the files that it has written.
FORMATS = {
    "c": Format(".c", "pymlp.export.c_file", "export_c"),
    "onnx": Format(".onnx", "pymlp.export.onnx_export", "export_onnx"),
}

# Formats of Keras that need its other backends.
_ELSEWHERE = {
    "tf_saved_model": "it is TensorFlow's",
    "litert": "it is TensorFlow Lite's",
    "openvino": "it is OpenVINO's",
    "torch": "it is PyTorch's",
}


def export_model(
    model: Any,
    filepath: str | os.PathLike[str],
    format: str | None = None,
    verbose: bool | None = None,
    input_signature: Any = None,
    **kwargs: Any,
) -> list[Path]:
    """Write a model in a format that others run without pymlp.

    Parameters
    ----------
    model : Model
        Built.
    filepath : path-like
    format : str, optional
        One of `FORMATS`; by default the one that the ending of the file's name stands for.
    verbose : bool, optional
        Whether to print where the file is; by default yes, as in Keras.
    input_signature
        See the function of the format.
    **kwargs
        Options of the format: see `pymlp.export.c_file.export_c`.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ExportError
        A ValueError: for a format that there is not, or a model that cannot be written in it. Files that were there
        stay as they are.
    TypeError
        For an option that the format does not have.

    Examples
    --------
    >>> import pymlp
    >>> model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2)])
    >>> [path.name for path in export_model(model, "net.c", verbose=False)]
    ['net.h', 'net.c']
    """
    chosen = _format_of(filepath, format)
    files = chosen.write(model, filepath, input_signature=input_signature, **kwargs)
    if verbose or verbose is None:
        print(f"Saved artifact at '{os.fspath(filepath)}'.")
    return files


def _format_of(filepath: str | os.PathLike[str], format: str | None) -> Format:
    there = ", ".join(f"{name!r} ({form.ending})" for name, form in FORMATS.items())
    if format is None:
        name = os.fspath(filepath)
        for form in FORMATS.values():
            if name.endswith(form.ending):
                return form
        raise ExportError(
            f"export: the ending of {name!r} stands for no format; pymlp writes {there}. Give a name with such an "
            "ending, or format=."
        )
    if format not in FORMATS:
        why = f", {_ELSEWHERE[format]}" if format in _ELSEWHERE else ""
        raise ExportError(
            f"export: format {format!r} is not written by pymlp{why}. There is {there}; save a .keras file and Keras "
            "exports it to others."
        )
    return FORMATS[format]
