"""Models, under Keras's names."""

from pymlp.models.cloning import clone_model
from pymlp.models.derivatives import value_and_grad
from pymlp.models.functional import Functional as Functional
from pymlp.models.model import Model
from pymlp.models.sequential import Sequential

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
    "value_and_grad",
]


_OF_SAVING = ("load_model", "model_from_json", "save_model")


def __getattr__(name: str) -> object:
    if name in _OF_SAVING:
        import pymlp.saving

        return getattr(pymlp.saving, name)
    raise AttributeError(f"module 'pymlp.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OF_SAVING})
