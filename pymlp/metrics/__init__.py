"""Metrics: what is reported about training and evaluation, over all samples so far.

Names, arguments and numbers are those of Keras 3. Results are Python floats, or arrays where there are several. Shapes
that differ are an error, where Keras broadcasts.
"""

from pymlp._lazy import lazily

TABLE = {
    "accuracy": """
        Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy binary_accuracy
        categorical_accuracy sparse_categorical_accuracy
    """,
    "at_threshold": "PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity",
    "auc": "AUC",
    "confusion": "FalseNegatives FalsePositives Precision Recall TrueNegatives TruePositives",
    "correlation": """
        ConcordanceCorrelation CosineSimilarity PearsonCorrelation concordance_correlation pearson_correlation
    """,
    "fscore": "F1Score FBetaScore",
    "iou": "BinaryIoU IoU MeanIoU OneHotIoU OneHotMeanIoU",
    "lookup": "deserialize get serialize",
    "margins": "CategoricalHinge Hinge SquaredHinge",
    "metric": "Metric",
    "probabilistic": "BinaryCrossentropy CategoricalCrossentropy KLDivergence Poisson SparseCategoricalCrossentropy",
    "pymlp.losses": """
        binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
        categorical_hinge hinge huber kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error
        mean_squared_error mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge
    """,
    "r2": "R2Score",
    "regression": """
        LogCoshError MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError
        RootMeanSquaredError
    """,
    "running": "Mean MeanMetricWrapper Sum",
    "topk": """
        SparseTopKCategoricalAccuracy TopKCategoricalAccuracy sparse_top_k_categorical_accuracy
        top_k_categorical_accuracy
    """,
}
UNLISTED = {"compiled": "for_compile"}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE, unlisted=UNLISTED)
