"""`Trainer`: a model's `compile`, `fit`, `evaluate`, `predict` and their one-batch forms."""

from __future__ import annotations

from pymlp.models.one_batch import OneBatch
from pymlp.models.quick import Quick

__all__ = ["Trainer"]


class Trainer(OneBatch, Quick):
    """The training half of a `Model`, part by part in the modules beside this one."""
