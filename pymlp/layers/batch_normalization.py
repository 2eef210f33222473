"""`BatchNormalization`."""

from __future__ import annotations

from typing import Any

from pymlp import initializers, ops
from pymlp.config import epsilon as small
from pymlp.graph.tensor import Shape
from pymlp.layers.shift_and_scale import ShiftAndScale
from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.batch_norm import column_moments, moving_average, normalize_columns
from pymlp.ops.values import axis_of
from pymlp.variables import Variable

__all__ = ["BatchNormalization"]


class BatchNormalization(ShiftAndScale):
    """Shift and scale each feature to mean 0 and variance 1 over the batch, then by two learnt vectors.

    ``(x - mean) / sqrt(variance + epsilon) * gamma + beta``. In training mean and variance are those of the batch, and
    the moving ones go on by ``moving = moving * momentum + batch's * (1 - momentum)``; else, and where the layer is
    not `trainable`, they are the moving ones.

    Parameters
    ----------
    axis : int
        The axis of features.
    momentum : float
    epsilon : float
        Added to the variance.
    center : bool
        Whether there is a beta.
    scale : bool
        Whether there is a gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : str, object or callable, optional
    renorm, renorm_clipping, renorm_momentum, synchronized
        Not supported: an error if they are asked for.
    **kwargs
        See `Layer`.

    Attributes
    ----------
    gamma, beta, moving_mean, moving_variance : Variable of shape (features,), or None
        In this order in `weights`.

    Raises
    ------
    ValueError
        If the inputs have other features than those it was built for, or the mask does not go with them.

    Notes
    -----
    The variance is the mean of squared distances, not divided by one less, in the moving one as well.

    References
    ----------
    Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal covariate shift".
    ICML 2015.

    Examples
    --------
    >>> import numpy as np
    >>> layer = BatchNormalization()
    >>> layer(np.array([[1.0], [3.0]]), training=True).round(3)
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> layer.moving_mean.numpy().round(3)
    array([0.02], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        label = f"BatchNormalization {self.name!r}"
        if synchronized:
            raise ValueError(f"{label}: synchronized=True is for several machines; leave it out.")
        if renorm:
            raise NotImplementedError(f"{label}: renorm=True is not supported; leave it out.")
        self.set_shift_and_scale(
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.moving_mean: Variable | None = None
        self.moving_variance: Variable | None = None

    def check_input_shape(self, shape: Shape) -> None:
        axis = axis_of(f"BatchNormalization {self.name!r}", self.axis, len(shape))
        features = None if self.moving_mean is None else self.moving_mean.shape[0]
        if len(shape) < 2 or shape[axis] is None or features not in (None, shape[axis]):
            wanted = "more than the samples" if features is None else f"{features} features"
            raise ValueError(
                f"BatchNormalization {self.name!r} expected inputs with {wanted} along axis {self.axis}, received "
                f"shape {shape}."
            )

    def build(self, input_shape: Shape) -> None:
        shape = (input_shape[self.axis] or 0,)
        self.add_shift_and_scale(shape, self.center, self.scale)
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                f"BatchNormalization {self.name!r}: the mask should have one axis less than inputs of shape "
                f"{inputs.shape}, received {mask.shape}."
            )
        x, back = moved_last(inputs, axis_of(self.name, self.axis, len(inputs.shape)))
        learns = bool(training) and self.trainable
        mean: Any = self.moving_mean
        variance: Any = self.moving_variance
        if learns:
            mean, variance = column_moments(x) if mask is None else _masked_moments(x, mask)
            self._remember(mean, variance)
        own = learns and mask is None
        y = normalize_columns(x, mean, variance, self.beta, self.gamma, self.epsilon, own)
        return transpose(y, back)

    def _remember(self, mean: Any, variance: Any) -> None:
        """Let the moving statistics go on."""
        for moving, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
            assert moving is not None
            moving.assign(moving_average(moving, found, self.momentum))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "synchronized": False,
            "renorm": False,
            "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }


def _masked_moments(x: Any, mask: Any) -> tuple[Any, Any]:
    """Return (mean, variance) of the columns over the places where the mask is not 0."""
    chosen = ops.broadcast_to(ops.expand_dims(ops.not_equal(mask, 0.0), -1), x.shape)
    axes = list(range(len(x.shape) - 1))
    weights = ops.add(ops.sum(chosen, axes), small())
    mean = ops.divide(ops.sum(ops.where(chosen, x, 0.0), axes), weights)
    distances = ops.where(chosen, ops.square(ops.subtract(x, mean)), 0.0)
    return mean, ops.divide(ops.sum(distances, axes), weights)
