"""Optimizers, under Keras's names."""

from pymlp._lazy import lazily

TABLE = {
    "": "schedules",
    "adadelta": "Adadelta",
    "adafactor": "Adafactor",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamax": "Adamax",
    "adamw": "AdamW",
    "ftrl": "Ftrl",
    "lamb": "Lamb",
    "lbfgs": "LBFGS",
    "lion": "Lion",
    "muon": "Muon",
    "nadam": "Nadam",
    "optimizer": "Optimizer",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "lookup": "deserialize get serialize",
}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE)
