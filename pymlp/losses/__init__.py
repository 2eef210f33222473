"""Losses: what training makes small.

Each is there as a function of ``(y_true, y_pred)`` that returns one value a sample, and as a class
that weights and reduces these to one number. Names, arguments and numbers are those of Keras 3.
Shapes that differ are an error, where Keras broadcasts. Beyond Keras: `Pinball`, for quantiles, and
`GaussianNegativeLogLikelihood`, for means and variances.
"""

from pymlp._lazy import lazily

TABLE = {
    "binary": "BinaryCrossentropy BinaryFocalCrossentropy binary_crossentropy binary_focal_crossentropy",
    "categorical": """
        CategoricalCrossentropy SparseCategoricalCrossentropy categorical_crossentropy
        sparse_categorical_crossentropy
    """,
    "distributions": "KLDivergence Poisson kl_divergence poisson",
    "focal": """
        CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy categorical_focal_crossentropy
        categorical_generalized_cross_entropy
    """,
    "gaussian": "GaussianNegativeLogLikelihood gaussian_negative_log_likelihood",
    "lookup": "deserialize get serialize",
    "loss": "Loss",
    "margins": "CategoricalHinge Hinge SquaredHinge categorical_hinge hinge squared_hinge",
    "pairs": "Circle circle",
    "regression": """
        MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError
        mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
    """,
    "robust": "Huber LogCosh Pinball huber log_cosh pinball",
    "similarity": "CosineSimilarity Dice Tversky cosine_similarity dice tversky",
    "wrapper": "LossFunctionWrapper",
}
UNLISTED = {"lookup": "for_compile"}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE, unlisted=UNLISTED)
