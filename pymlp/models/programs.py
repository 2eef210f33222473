"""The three programs of a model: training, evaluation and prediction, each traced and lowered on first use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Tensor, constant_tensor, input_tensor
from pymlp.layers.calling import call_parameters
from pymlp.metrics.logs import plain_logs
from pymlp.nesting import flatten, pack_as
from pymlp.ops.samples import batch_size
from pymlp.tracing import Trace, tracing
from pymlp.variables import traced

if TYPE_CHECKING:
    from pymlp.data import SampleForm
    from pymlp.models.model import Model

__all__ = ["evaluation_program", "prediction_program", "training_program"]


def prediction_program(
    model: Model, with_losses: bool = False, arrays: Sequence[np.ndarray] = ()
) -> Lowered:
    """Return the program that writes the model's outputs for each batch into arrays.

    Its results are, if wanted, what layers add to the loss; these are noted in any case. A model that runs eagerly is
    traced on the `arrays` of one batch.
    """
    with tracing(anew=True, batch=arrays) as trace:
        x, y_pred = model.trace()
        losses = [_as_tensor(loss, model.dtype) for _, loss in trace.losses if with_losses]
    lowered = lower(model.dtype, flatten(x), results=losses, stores=flatten(y_pred), trace=trace)
    lowered.adding = [layer for layer, _ in trace.losses]
    return lowered


def _as_tensor(value: Any, dtype: str) -> Tensor:
    value = traced(value)
    return value if isinstance(value, Tensor) else constant_tensor(value, dtype)


def evaluation_program(
    model: Model, form: SampleForm, without_metrics: bool = False, arrays: Sequence[np.ndarray] = ()
) -> Lowered:
    """Return the program that adds up loss and metrics.

    Parameters
    ----------
    model : Model
        Built and compiled.
    form : SampleForm
        Which targets and weights there are.
    without_metrics : bool
        Whether it writes the outputs into arrays, for whoever computes metrics of them.
    arrays : sequence of ndarray
        Of a model that runs eagerly: the batch it is traced on.
    """
    with tracing(anew=True, batch=arrays) as trace:
        inputs, _, outputs = _measured(trace, model, form, False, without_metrics)
    return lower(model.dtype, inputs, stores=outputs, trace=trace)


def training_program(
    model: Model, form: SampleForm, without_metrics: bool = False, arrays: Sequence[np.ndarray] = ()
) -> Lowered:
    """Return the program that adds up loss and metrics and changes the trainable variables."""
    with tracing(anew=True, batch=arrays) as trace:
        inputs, loss, outputs = _measured(trace, model, form, True, without_metrics)
    variables = model.trainable_weights
    if not model.optimizer.built:
        model.optimizer.build(variables)  # for those without a gradient, too: files are laid out so
    found = gradients(model.optimizer.scale_loss(loss), [variable.tensor for variable in variables])
    pairs = [
        (variable, gradient)
        for variable, gradient in zip(variables, found, strict=True)
        if gradient is not None
    ]
    updates = model.optimizer.updates(pairs)
    return lower(model.dtype, inputs, stores=outputs, updates=updates, trace=trace)


def _measured(
    trace: Trace, model: Model, form: SampleForm, training: bool, without_metrics: bool
) -> tuple[list[Tensor], Tensor, list[Tensor]]:
    """Return (inputs, loss, what is stored), and have what metrics add up over batches noted by the trace."""
    x, y_pred = model.trace(training)
    inputs: list[Tensor] = flatten(x)
    targets, weights = (
        [None if shape is None else input_tensor(shape, model.dtype, label) for shape in shapes]
        for label, shapes in (("y", form.targets), ("sample_weight", form.weights))
    )
    beside = [t for t in (*targets, *weights) if t is not None]
    fed = [*inputs, *beside]
    trace.feed(beside)
    y, sample_weight = (
        pack_as(y_pred, leaves) if any(leaf is not None for leaf in leaves) else None
        for leaves in (targets, weights)
    )
    loss = _loss(model, x, y, y_pred, sample_weight, training)
    # Keras weighs the loss of each batch by its number of samples.
    model._loss_tracker.update_state(loss, sample_weight=batch_size(inputs[0]))
    if without_metrics:
        return fed, loss, flatten(y_pred)
    if model._own_metrics:
        reported = model.compute_metrics(x, y, y_pred, sample_weight)
        model._reports_otherwise = set(plain_logs(reported)) != set(model.get_metrics_result())
    elif model._compile_metrics is not None:
        model._compile_metrics.update_state(y, y_pred, sample_weight)
    return fed, loss, []


def _loss(model: Model, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Tensor:
    """Return the loss that the model's class computes."""
    arguments = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
    if "training" in call_parameters(type(model).compute_loss)[0]:
        arguments["training"] = training
    loss: Any = model.compute_loss(**arguments)
    if not isinstance(loss, Tensor) or loss.shape != ():
        raise ValueError(
            f"Model {model.name!r}: compute_loss should return one number a batch, it returned {loss!r}. Reduce it, "
            "for example by pymlp.ops.mean."
        )
    return loss
