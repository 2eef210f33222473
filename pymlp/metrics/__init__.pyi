from pymlp.losses import binary_crossentropy as binary_crossentropy
from pymlp.losses import binary_focal_crossentropy as binary_focal_crossentropy
from pymlp.losses import categorical_crossentropy as categorical_crossentropy
from pymlp.losses import categorical_focal_crossentropy as categorical_focal_crossentropy
from pymlp.losses import categorical_hinge as categorical_hinge
from pymlp.losses import hinge as hinge
from pymlp.losses import huber as huber
from pymlp.losses import kl_divergence as kl_divergence
from pymlp.losses import log_cosh as log_cosh
from pymlp.losses import mean_absolute_error as mean_absolute_error
from pymlp.losses import mean_absolute_percentage_error as mean_absolute_percentage_error
from pymlp.losses import mean_squared_error as mean_squared_error
from pymlp.losses import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from pymlp.losses import poisson as poisson
from pymlp.losses import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from pymlp.losses import squared_hinge as squared_hinge
from pymlp.metrics.accuracy import Accuracy as Accuracy
from pymlp.metrics.accuracy import BinaryAccuracy as BinaryAccuracy
from pymlp.metrics.accuracy import CategoricalAccuracy as CategoricalAccuracy
from pymlp.metrics.accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from pymlp.metrics.accuracy import binary_accuracy as binary_accuracy
from pymlp.metrics.accuracy import categorical_accuracy as categorical_accuracy
from pymlp.metrics.accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
from pymlp.metrics.at_threshold import PrecisionAtRecall as PrecisionAtRecall
from pymlp.metrics.at_threshold import RecallAtPrecision as RecallAtPrecision
from pymlp.metrics.at_threshold import SensitivityAtSpecificity as SensitivityAtSpecificity
from pymlp.metrics.at_threshold import SpecificityAtSensitivity as SpecificityAtSensitivity
from pymlp.metrics.auc import AUC as AUC
from pymlp.metrics.compiled import for_compile as for_compile
from pymlp.metrics.confusion import FalseNegatives as FalseNegatives
from pymlp.metrics.confusion import FalsePositives as FalsePositives
from pymlp.metrics.confusion import Precision as Precision
from pymlp.metrics.confusion import Recall as Recall
from pymlp.metrics.confusion import TrueNegatives as TrueNegatives
from pymlp.metrics.confusion import TruePositives as TruePositives
from pymlp.metrics.correlation import ConcordanceCorrelation as ConcordanceCorrelation
from pymlp.metrics.correlation import CosineSimilarity as CosineSimilarity
from pymlp.metrics.correlation import PearsonCorrelation as PearsonCorrelation
from pymlp.metrics.correlation import concordance_correlation as concordance_correlation
from pymlp.metrics.correlation import pearson_correlation as pearson_correlation
from pymlp.metrics.fscore import F1Score as F1Score
from pymlp.metrics.fscore import FBetaScore as FBetaScore
from pymlp.metrics.iou import BinaryIoU as BinaryIoU
from pymlp.metrics.iou import IoU as IoU
from pymlp.metrics.iou import MeanIoU as MeanIoU
from pymlp.metrics.iou import OneHotIoU as OneHotIoU
from pymlp.metrics.iou import OneHotMeanIoU as OneHotMeanIoU
from pymlp.metrics.lookup import deserialize as deserialize
from pymlp.metrics.lookup import get as get
from pymlp.metrics.lookup import serialize as serialize
from pymlp.metrics.margins import CategoricalHinge as CategoricalHinge
from pymlp.metrics.margins import Hinge as Hinge
from pymlp.metrics.margins import SquaredHinge as SquaredHinge
from pymlp.metrics.metric import Metric as Metric
from pymlp.metrics.probabilistic import BinaryCrossentropy as BinaryCrossentropy
from pymlp.metrics.probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from pymlp.metrics.probabilistic import KLDivergence as KLDivergence
from pymlp.metrics.probabilistic import Poisson as Poisson
from pymlp.metrics.probabilistic import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from pymlp.metrics.r2 import R2Score as R2Score
from pymlp.metrics.regression import LogCoshError as LogCoshError
from pymlp.metrics.regression import MeanAbsoluteError as MeanAbsoluteError
from pymlp.metrics.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from pymlp.metrics.regression import MeanSquaredError as MeanSquaredError
from pymlp.metrics.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from pymlp.metrics.regression import RootMeanSquaredError as RootMeanSquaredError
from pymlp.metrics.running import Mean as Mean
from pymlp.metrics.running import MeanMetricWrapper as MeanMetricWrapper
from pymlp.metrics.running import Sum as Sum
from pymlp.metrics.topk import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from pymlp.metrics.topk import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from pymlp.metrics.topk import (
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
)
from pymlp.metrics.topk import top_k_categorical_accuracy as top_k_categorical_accuracy

__all__: list[str]
