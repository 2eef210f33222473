"""`Weighted`: the weights of a layer and of the layers within it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pymlp import constraints, initializers, regularizers
from pymlp.layers.calling import path_of
from pymlp.limits import take_numbers
from pymlp.random import SeedGenerator
from pymlp.variables import Variable, assign_all

if TYPE_CHECKING:
    from pymlp.layers.layer import Layer

__all__ = ["BOOKKEEPING", "Weighted", "all_layers"]

# Attributes by which a layer keeps its books: no layer of its own and no metric of its own is in them alone.
BOOKKEEPING = frozenset(
    {
        "_added_losses",
        "_build_shapes",
        "_compile_arguments",
        "_compile_metrics",
        "_inbound_nodes",
        "_loss_tracker",
        "_made_with",
        "_own_weights",
    }
)


class Weighted:
    """The part of a layer that knows its weights, and the layers that are attributes of it."""

    if TYPE_CHECKING:
        name: str
        dtype: str
        built: bool

    def __init__(self, trainable: bool) -> None:
        self._trainable = bool(trainable)
        self._own_weights: list[Variable] = []

    def _inner_layers(self) -> Iterator[Layer]:
        return _layers_within(self)

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Make a variable that belongs to this layer.

        Parameters
        ----------
        shape : sequence of int
        initializer : str, callable or Initializer, optional
            Default: Glorot uniform.
        dtype : str, optional
            Default: the layer's.
        trainable : bool
        regularizer : str, Regularizer or callable, optional
            A penalty that is added to the loss.
        constraint : str, Constraint or callable, optional
            What the variable is made to keep to after each step.
        name : str, optional
        autocast, aggregation, overwrite_with_gradient
            Accepted for Keras's sake; there is nothing to choose here.

        Returns
        -------
        Variable
        """
        if not take_numbers(math.prod(shape)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: its weight {name!r} of shape {tuple(shape)} is larger than all "
                "weights that the file holds, or than the 100 million that a description alone may ask for."
            )
        variable = Variable(
            initializers.get(initializer or "glorot_uniform"),
            tuple(shape),
            dtype or self.dtype,
            trainable,
            name,
        )
        variable.path = f"{path_of(self)}/{variable.name}"
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        self._own_weights.append(variable)
        return variable

    @property
    def trainable(self) -> bool:
        """Whether training may change the weights; setting it sets it for the layers within too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in all_layers(self):
            layer._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """All variables, in the order they were made; then those of the layers that are attributes of this one."""
        return list(self._found_weights(for_training=False, seen=set()).values())

    @property
    def variables(self) -> list[Variable]:
        """The weights, then the random states of this layer and of those in it."""
        states = [
            generator.state
            for layer in all_layers(self)
            for generator in layer.seed_generators.values()
        ]
        return self.weights + states

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        return list(self._found_weights(for_training=True, seen=set()).values())

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that training changes."""
        return self.trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The variables that training leaves alone."""
        trained = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in trained]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that training leaves alone, the random states among them."""
        trained = {id(v) for v in self.trainable_variables}
        return [v for v in self.variables if id(v) not in trained]

    @property
    def seed_generators(self) -> dict[str, SeedGenerator]:
        """The streams of random numbers that are attributes of this layer, by the attribute's name."""
        return {k: v for k, v in list(vars(self).items()) if isinstance(v, SeedGenerator)}

    def _found_weights(self, for_training: bool, seen: set[int]) -> dict[int, Variable]:
        seen.add(id(self))
        if for_training and not self.trainable:
            return {}
        found = {id(v): v for v in self._own_weights if v.trainable or not for_training}
        for layer in _layers_in(list(vars(self).values())):
            if id(layer) not in seen:  # layers may hold one another
                found |= {
                    k: v
                    for k, v in layer._found_weights(for_training, seen).items()
                    if k not in found
                }
        return found

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all variables."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all variables.

        Parameters
        ----------
        weights : sequence of array
            As `get_weights` returns them.

        Raises
        ------
        ValueError
            If their number or a shape is wrong, or a layer is not built. Nothing is changed then.
        """
        unbuilt = " It is not built yet: give it an input shape or call it on data first."
        where = f"{type(self).__name__} {self.name!r}: set_weights"
        assign_all(where, self.weights, weights, "" if self.built else unbuilt)

    def count_params(self) -> int:
        """Return the number of weights, trainable or not.

        Raises
        ------
        ValueError
            If the layer is not built.
        """
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} is not built, so its weights are not counted yet: give it an input shape."
            )
        return sum(v.size for v in self.weights)

    # ---- in files -----------------------------------------------------------------------------

    def own_variables(self) -> list[Variable]:
        """Return the variables that are in files under this layer's own name: those of layers within have theirs."""
        return sorted(self._own_weights, key=lambda variable: not variable.trainable)

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own variables into a dict, as what files hold of it; a subclass may put in other arrays."""
        for index, variable in enumerate(self.own_variables()):
            store[str(index)] = variable

    def load_own_variables(self, store: Any) -> None:
        """Set the layer's own variables from a dict of arrays, as `save_own_variables` made it."""
        for index, variable in enumerate(self.own_variables()):
            variable.assign(store[str(index)])


def all_layers(layer: Weighted) -> list[Layer]:
    """Return a layer and those that are attributes of it, or of these, each once."""
    found = {id(layer): cast("Layer", layer)}
    waiting = list(found.values())
    while waiting:
        for inner in _layers_within(waiting.pop()):
            if id(inner) not in found:
                found[id(inner)] = inner
                waiting.append(inner)
    return list(found.values())


def _layers_within(layer: Weighted) -> Iterator[Layer]:
    # A copy: whoever goes through the layers may set attributes, as may another thread.
    for name, value in list(vars(layer).items()):
        if isinstance(value, (Weighted, list, tuple, dict)) and name not in BOOKKEEPING:
            yield from _layers_in(value)


def _layers_in(value: Any) -> Iterator[Layer]:
    """Yield a layer, or those in a list, tuple or dict of whatever depth."""
    if isinstance(value, Weighted):
        yield cast("Layer", value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _layers_in(item)
    elif isinstance(value, dict):
        yield from _layers_in(list(value.values()))
