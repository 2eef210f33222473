"""Models, under Keras's names."""

from pymlp._lazy import lazily

TABLE = {
    "cloning": "clone_model",
    "derivatives": "value_and_grad",
    "model": "Model",
    "sequential": "Sequential",
    "pymlp.saving": "load_model model_from_json save_model",
}
UNLISTED = {"functional": "Functional"}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE, unlisted=UNLISTED)
