from pymlp.losses.binary import BinaryCrossentropy as BinaryCrossentropy
from pymlp.losses.binary import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from pymlp.losses.binary import binary_crossentropy as binary_crossentropy
from pymlp.losses.binary import binary_focal_crossentropy as binary_focal_crossentropy
from pymlp.losses.categorical import CategoricalCrossentropy as CategoricalCrossentropy
from pymlp.losses.categorical import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from pymlp.losses.categorical import categorical_crossentropy as categorical_crossentropy
from pymlp.losses.categorical import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from pymlp.losses.distributions import KLDivergence as KLDivergence
from pymlp.losses.distributions import Poisson as Poisson
from pymlp.losses.distributions import kl_divergence as kl_divergence
from pymlp.losses.distributions import poisson as poisson
from pymlp.losses.focal import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
from pymlp.losses.focal import (
    CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
)
from pymlp.losses.focal import categorical_focal_crossentropy as categorical_focal_crossentropy
from pymlp.losses.focal import (
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from pymlp.losses.gaussian import GaussianNegativeLogLikelihood as GaussianNegativeLogLikelihood
from pymlp.losses.gaussian import (
    gaussian_negative_log_likelihood as gaussian_negative_log_likelihood,
)
from pymlp.losses.lookup import deserialize as deserialize
from pymlp.losses.lookup import for_compile as for_compile
from pymlp.losses.lookup import get as get
from pymlp.losses.lookup import serialize as serialize
from pymlp.losses.loss import Loss as Loss
from pymlp.losses.margins import CategoricalHinge as CategoricalHinge
from pymlp.losses.margins import Hinge as Hinge
from pymlp.losses.margins import SquaredHinge as SquaredHinge
from pymlp.losses.margins import categorical_hinge as categorical_hinge
from pymlp.losses.margins import hinge as hinge
from pymlp.losses.margins import squared_hinge as squared_hinge
from pymlp.losses.pairs import Circle as Circle
from pymlp.losses.pairs import circle as circle
from pymlp.losses.regression import MeanAbsoluteError as MeanAbsoluteError
from pymlp.losses.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from pymlp.losses.regression import MeanSquaredError as MeanSquaredError
from pymlp.losses.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from pymlp.losses.regression import mean_absolute_error as mean_absolute_error
from pymlp.losses.regression import mean_absolute_percentage_error as mean_absolute_percentage_error
from pymlp.losses.regression import mean_squared_error as mean_squared_error
from pymlp.losses.regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from pymlp.losses.robust import Huber as Huber
from pymlp.losses.robust import LogCosh as LogCosh
from pymlp.losses.robust import Pinball as Pinball
from pymlp.losses.robust import huber as huber
from pymlp.losses.robust import log_cosh as log_cosh
from pymlp.losses.robust import pinball as pinball
from pymlp.losses.similarity import CosineSimilarity as CosineSimilarity
from pymlp.losses.similarity import Dice as Dice
from pymlp.losses.similarity import Tversky as Tversky
from pymlp.losses.similarity import cosine_similarity as cosine_similarity
from pymlp.losses.similarity import dice as dice
from pymlp.losses.similarity import tversky as tversky
from pymlp.losses.wrapper import LossFunctionWrapper as LossFunctionWrapper

__all__: list[str]
