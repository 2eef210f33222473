"""`Choosing`: loss and metrics of each output, some of which are chosen by the shapes of the first data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymlp import metrics as metrics_module
from pymlp.graph.tensor import Shape
from pymlp.models.outputs import CompiledOutput, spread_losses, spread_metrics, spread_weights
from pymlp.nesting import map_shapes, paths, shapes_in

__all__ = ["Choosing"]


class Choosing:
    """The part of a `Model` that finds out what `compile` said of each output."""

    loss: Any
    _compile_arguments: dict[str, Any]
    _outputs: list[CompiledOutput] | None

    if TYPE_CHECKING:

        def output_shapes(self) -> Any: ...

    @property
    def _chosen(self) -> bool:
        """Whether loss and metrics are chosen, which some are when data is first seen."""
        return self._outputs is not None

    def _names_of_outputs(self, output_shapes: Any = None) -> list[str | None]:
        """Return the names by which outputs are told apart: keys of a dict, names of layers, or none."""
        nest = self.output_shapes() if output_shapes is None else output_shapes
        shapes = [path for path, _ in paths(map_shapes(lambda _: None, nest))]
        keys = [path[0] if len(path) == 1 and isinstance(path[0], str) else None for path in shapes]
        given: list[str] | None = getattr(self, "output_names", None)
        if None not in keys and not (given and set(given) == set(keys)):
            return list(keys)
        return list(given) if given else [None] * len(shapes)

    def _untrained(self, names: Sequence[str]) -> list[str]:
        """Return the names of the outputs that have neither a loss nor metrics, and so need no targets."""
        said = self._compile_arguments
        by_key = isinstance(self.output_shapes(), dict)
        of_each = zip(
            names,
            spread_losses(self.loss, names, by_key),
            spread_metrics("metrics", said["metrics"], names),
            spread_metrics("weighted_metrics", said["weighted_metrics"], names),
            strict=True,
        )
        return [name for name, loss, *metrics in of_each if loss is None and not any(metrics)]

    def _compiled_outputs(
        self, target_shapes: Sequence[Shape | None], output_shapes: Any = None
    ) -> list[CompiledOutput]:
        """Return the loss and the metrics of each output, which are chosen when the targets are first seen.

        Parameters
        ----------
        target_shapes : sequence of tuple
            Of the targets of each output, None where there are none.
        output_shapes : nest of tuple, optional
            Of what stands for the outputs. Default: those of the model.
        """
        if self._outputs is None:
            if output_shapes is None:
                output_shapes = self.output_shapes()
            self._outputs = self._choose(target_shapes, output_shapes)
        return self._outputs

    def _choose(
        self, target_shapes: Sequence[Shape | None], output_shapes: Any
    ) -> list[CompiledOutput]:
        names = self._names_of_outputs(output_shapes)
        shapes = shapes_in(output_shapes)
        said = self._compile_arguments
        by_key = isinstance(output_shapes, dict)
        several = len(names) > 1
        chosen = [
            CompiledOutput(name if several else None, *arguments)
            for name, *arguments in zip(
                names,
                spread_losses(self.loss, names, by_key),
                spread_weights(said["loss_weights"], self.loss, names),
                spread_metrics("metrics", said["metrics"], names),
                spread_metrics("weighted_metrics", said["weighted_metrics"], names),
                target_shapes,
                shapes,
                strict=True,
            )
        ]
        trained = [output for output in chosen if output.loss is not None]
        if len(trained) > 1:
            # Of outputs in a dict, Keras lists the losses as the dict of losses has them.
            first = list(self.loss) if by_key and isinstance(self.loss, Mapping) else []
            for place, output in enumerate(trained):
                name = output.name or output.loss.name
                output.loss_tracker = metrics_module.Mean(name=f"{name}_loss")
                output.place = first.index(output.name) if output.name in first else place
        return chosen
