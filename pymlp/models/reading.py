"""`Reading`: what a user gives as data becomes samples that suit the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.data import Samples, as_array, class_weights_to_sample_weights
from pymlp.data.given import Given
from pymlp.data.nested import labelled, matched, names_by_place, nest_of_data, with_axes_of
from pymlp.layers.restoring import restored_on_error
from pymlp.layers.weights import all_layers
from pymlp.models.measuring import Measuring
from pymlp.nesting import flatten, is_nested, is_shape, pack_shapes, shapes_in

__all__ = ["Reading", "class_weighted"]


class Reading(Measuring):
    """The part of a `Model` that checks data, which builds the model if need be."""

    if TYPE_CHECKING:

        @property
        def _build_shape(self) -> Any: ...
        def ensure_built(self, input_shape: Any) -> None: ...

    def _restored_on_error(self) -> AbstractContextManager[None]:
        """Return a context in which the first data may settle the model: an error leaves all as it was before."""
        if self.built and (self._chosen or not self.compiled):
            return nullcontext()
        model: Any = self
        things = [*all_layers(model), *([] if self.optimizer is None else [self.optimizer])]
        return restored_on_error(things)

    def _input_names(self) -> Any:
        """Return the names of the inputs in their structure."""
        return names_by_place(self._build_shape, of_shapes=True)

    def _inputs(self, x: Any, where: str) -> dict[str, np.ndarray]:
        """Return the array of each input by what messages call it, with its axes; build the model if need be."""
        shape = self._build_shape
        if self.built and type(x) is np.ndarray and is_shape(shape) and x.shape[1:] == shape[1:]:
            return {"x": as_array(x, "x", where)}  # soon, for predictions of one row
        names = self._input_names() if self.built else nest_of_data(x)
        rank = len(self._build_shape) if self.built and is_shape(self._build_shape) else None
        values = matched("x", x, names, where, rank)
        given = labelled("x", flatten(names), values)
        arrays = {label: as_array(value, label, where) for label, value in given.items()}
        if self.built:
            shapes = shapes_in(self._build_shape)
            arrays = {
                label: with_axes_of(array, shape)
                for (label, array), shape in zip(arrays.items(), shapes, strict=True)
            }
        like = self._build_shape if self.built else names
        self.ensure_built(pack_shapes(like, [(None, *a.shape[1:]) for a in arrays.values()]))
        return arrays

    def _samples(self, x: Any, y: Any, sample_weight: Any, where: str) -> Samples:
        """Return checked samples that suit the model; build it if need be."""
        if y is None and self._compares:
            raise ValueError(f"{where}: y is missing: the target of each sample in x.")
        inputs = self._inputs(x, where)
        shapes = shapes_in(self.output_shapes())
        names = [name or str(index) for index, name in enumerate(self._names_of_outputs())]
        structure = pack_shapes(self.output_shapes(), names)
        untrained = self._untrained(names)
        targets: list[Any] = [None] * len(names)
        if y is not None:
            targets = matched("y", y, structure, where, len(shapes[0]), untrained)
        weights: list[Any] = [None] * len(names)
        if sample_weight is not None:
            one_for_all = len(names) > 1 and not is_nested(sample_weight)
            weights = (
                [sample_weight] * len(names)
                if one_for_all
                else matched("sample_weight", sample_weight, structure, where, 1, names)
            )
        samples = Samples.of(
            inputs, labelled("y", names, targets), labelled("sample_weight", names, weights), where
        )
        people = names if len(names) > 1 else [self.layers[-1].name if self.layers else self.name]
        outputs = self._compiled_outputs(samples.form.targets)
        for output, array, shape, name in zip(outputs, samples.y, shapes, people, strict=True):
            if output.loss is not None:
                output.loss.check_targets(array, shape, output_name=name)
        return samples


def class_weighted(
    samples: Samples | Given,
    class_weight: Any,
    _names_of_outputs: Callable[[], Sequence[str | None]],
    where: str,
) -> Samples | Given:
    """Return the samples, each weighing what its class does."""
    if class_weight is None:
        return samples
    if any(weight is not None for weight in flatten(samples.sample_weight)):
        raise ValueError(f"{where}: give class_weight or sample_weight, not both.")
    if isinstance(samples, Given):
        if is_nested(samples.y) or samples.y is None:
            raise ValueError(f"{where}: class_weight is for one array of targets y.")
        weights = class_weights_to_sample_weights(samples.y, class_weight, where)
        return Given(samples.x, samples.y, weights)
    names = _names_of_outputs()
    said = [class_weight]
    if len(samples.y) > 1:
        by_name = isinstance(class_weight, Mapping) and set(class_weight) <= set(names)
        if not by_name:
            raise ValueError(
                f"{where}: of a model of several outputs, class_weight should be a dict from the names of outputs, "
                f"{list(names)}, to a dict of class numbers to weights; received {class_weight!r}."
            )
        said = [class_weight.get(name) for name in names]
    of_each = tuple(
        None if one is None or y is None else class_weights_to_sample_weights(y, one, where)
        for y, one in zip(samples.y, said, strict=True)
    )
    return Samples(samples.x, samples.y, of_each)
