"""Losses: what training makes small.

Each is there as a function of ``(y_true, y_pred)`` that returns one value a sample, and as a class
that weights and reduces these to one number. Names, arguments and numbers are those of Keras 3.
Shapes that differ are an error, where Keras broadcasts. Beyond Keras: `Pinball`, for quantiles, and
`GaussianNegativeLogLikelihood`, for means and variances.
"""

from pymlp.losses.binary import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    binary_crossentropy,
    binary_focal_crossentropy,
)
from pymlp.losses.categorical import (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from pymlp.losses.distributions import (
    KLDivergence,
    Poisson,
    kl_divergence,
    poisson,
)
from pymlp.losses.focal import (
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
)
from pymlp.losses.gaussian import (
    GaussianNegativeLogLikelihood,
    gaussian_negative_log_likelihood,
)
from pymlp.losses.lookup import deserialize, get, serialize
from pymlp.losses.lookup import for_compile as for_compile
from pymlp.losses.loss import Loss
from pymlp.losses.margins import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from pymlp.losses.pairs import Circle, circle
from pymlp.losses.regression import (
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from pymlp.losses.robust import Huber, LogCosh, Pinball, huber, log_cosh, pinball
from pymlp.losses.similarity import (
    CosineSimilarity,
    Dice,
    Tversky,
    cosine_similarity,
    dice,
    tversky,
)
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "GaussianNegativeLogLikelihood",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Pinball",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "deserialize",
    "dice",
    "gaussian_negative_log_likelihood",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pinball",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]  # fmt: skip
