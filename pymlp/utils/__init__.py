"""Helpers around models: seeds, one-hot targets, scaling, the progress bar."""

from pymlp.naming import clear_session
from pymlp.random import set_random_seed
from pymlp.utils.numerical import normalize, to_categorical
from pymlp.utils.progbar import Progbar

__all__ = ["Progbar", "clear_session", "normalize", "set_random_seed", "to_categorical"]
