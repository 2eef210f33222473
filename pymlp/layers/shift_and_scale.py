"""`ShiftAndScale`: the learnt beta and gamma that layers of normalisation end with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import constraints, initializers, regularizers
from pymlp.layers.layer import Layer
from pymlp.variables import Variable

__all__ = ["ShiftAndScale"]


class ShiftAndScale(Layer):
    """A layer with a vector to add, beta, and one to multiply with, gamma, where they are asked for.

    Attributes
    ----------
    gamma, beta : Variable, or None
    """

    def set_shift_and_scale(self, center: bool, scale: bool, **rules: Any) -> None:
        """Keep what beta and gamma are made by and kept to; `rules` are the arguments of those names."""
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(rules["beta_initializer"])
        self.gamma_initializer = initializers.get(rules["gamma_initializer"])
        self.beta_regularizer = regularizers.get(rules["beta_regularizer"])
        self.gamma_regularizer = regularizers.get(rules["gamma_regularizer"])
        self.beta_constraint = constraints.get(rules["beta_constraint"])
        self.gamma_constraint = constraints.get(rules["gamma_constraint"])
        self.gamma: Variable | None = None
        self.beta: Variable | None = None

    def add_shift_and_scale(self, shape: Sequence[int], center: bool, scale: bool) -> None:
        """Make gamma and beta of that shape, in Keras's order."""
        if scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }
