"""`Storing`: a model shown, saved and exported."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Storing"]


class Storing:
    """The part of a `Model` that others see: its summary and its files."""

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of weights.

        Parameters
        ----------
        line_length : int, optional
            Width of the table; by default 88, or 108 where connections are shown, if the terminal has it.
        positions : sequence of float, optional
            Where each column ends, as a share of the width; by default ``[0.45, 0.80, 1.0]``, or with connections
            ``[0.3, 0.56, 0.74, 1.0]``.
        print_fn : callable ``(str)``, optional
            Called once with the whole text, without colours; by default it goes to standard output.
        expand_nested, show_trainable : bool
            Whether the layers of models within are shown, and whether each layer is trained.
        layer_range : (str, str), optional
            Names, or regular expressions for them, of the first and the last layer to show.

        Raises
        ------
        ValueError
            If `layer_range` is no pair of strings or fits no layer, if `positions` has not one number for each column,
            or if the table is too narrow for its columns.

        Notes
        -----
        A parameter of the optimizer counts among "Total params" as in Keras.

        Examples
        --------
        >>> import pymlp as keras
        >>> lines = []
        >>> keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).summary(print_fn=lines.append)
        >>> "Total params: 15" in "".join(lines)
        True
        """
        from pymlp.models.summary import print_summary

        model: Any = self
        print_summary(
            model, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def save(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        zipped: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Save the model to a ``.keras`` or ``.h5`` file; see `pymlp.saving.save_model`."""
        from pymlp.saving import save_model

        save_model(self, filepath, overwrite, zipped, **kwargs)

    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str | None = None,
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write the model in a format that runs without pymlp; see `pymlp.export.export_model`.

        Unlike in Keras, whose default is TensorFlow's format, the ending of the file's name says which if `format`
        does not: ``model.export("net.c")`` writes one C file and its header.
        """
        from pymlp.export import export_model

        export_model(self, filepath, format, verbose, input_signature, **kwargs)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Save the weights to a ``.weights.h5`` or ``.safetensors`` file; see `pymlp.saving.save_weights`."""
        from pymlp.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Set the weights from a file; see `pymlp.saving.load_weights`."""
        from pymlp.saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture, and how it is compiled, as a JSON text, which `model_from_json` reads.

        Parameters
        ----------
        **kwargs
            Of `json.dumps`, such as ``indent``.
        """
        from pymlp.saving.json_models import model_to_json

        return model_to_json(self, **kwargs)
