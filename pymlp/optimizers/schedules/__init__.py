"""Learning rates that change with the steps, under Keras's names; give one as an optimizer's `learning_rate`."""

from pymlp._lazy import lazily

TABLE = {
    "cosine": "CosineDecay CosineDecayRestarts",
    "decay": "ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay",
    "one_cycle": "OneCycle",
    "schedule": "LearningRateSchedule",
    "lookup": "deserialize serialize",
}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE)
