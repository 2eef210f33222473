"""The three programs of a model: training, evaluation and prediction, each traced and lowered on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Accumulation, Lowered, lower
from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.ops.reduction import batch_size
from pymlp.variables import tracing

if TYPE_CHECKING:
    from pymlp.models.model import Model

__all__ = ["evaluation_program", "prediction_program", "training_program"]


def prediction_program(model: Model) -> Lowered:
    """Return the program that writes the model's output for each batch into an array."""
    with tracing(anew=True) as trace:
        x, y_pred = model.trace()
    return lower(model.dtype, [x], stores=[y_pred], trace=trace)


def evaluation_program(model: Model, target_shape: Shape, weighted: bool) -> Lowered:
    """Return the program that adds up loss and metrics.

    Parameters
    ----------
    model : Model
        Built and compiled.
    target_shape : tuple
        Of the array of targets, None standing for the samples.
    weighted : bool
        Whether there are sample weights.
    """
    with tracing(anew=True) as trace:
        inputs, _, accumulations = _measured(model, target_shape, weighted, training=False)
    return lower(model.dtype, inputs, accumulations=accumulations, trace=trace)


def training_program(model: Model, target_shape: Shape, weighted: bool) -> Lowered:
    """Return the program that adds up loss and metrics and changes the trainable variables."""
    with tracing(anew=True) as trace:
        inputs, loss, accumulations = _measured(model, target_shape, weighted, training=True)
    variables = model.trainable_weights
    found = gradients(model.optimizer.scale_loss(loss), [variable.tensor for variable in variables])
    pairs = [
        (variable, gradient)
        for variable, gradient in zip(variables, found, strict=True)
        if gradient is not None
    ]
    updates = model.optimizer.updates(pairs)
    return lower(model.dtype, inputs, accumulations=accumulations, updates=updates, trace=trace)


def _measured(
    model: Model, target_shape: Shape, weighted: bool, training: bool
) -> tuple[list[Tensor], Tensor, list[Accumulation]]:
    """Return (inputs, loss, what is added up over batches)."""
    x, y_pred = model.trace(training)
    y_true = input_tensor(target_shape, model.dtype, "y")
    weights = input_tensor((None,), model.dtype, "sample_weight") if weighted else None
    inputs = [x, y_true] if weights is None else [x, y_true, weights]
    loss: Any = model.loss_function(y_true, y_pred, sample_weight=weights)
    if loss.shape != ():
        raise ValueError(
            f"Model {model.name!r}: the loss should be one number a batch, but {model.loss!r} with its reduction "
            f"gives shape {loss.shape}. Use reduction='sum_over_batch_size' or 'sum'."
        )
    for added in model.losses:
        loss = loss + (ops.sum(added) if getattr(added, "shape", ()) else added)
    # Keras weighs the loss of each batch by its number of samples.
    accumulations = [Accumulation(loss, batch_size(x), model.loss_tracker.state)]
    unweighted, with_weights = model.compiled_metrics(target_shape)
    for metric in unweighted:
        accumulations += metric.accumulations(y_true, y_pred)
    for metric in with_weights:
        accumulations += metric.accumulations(y_true, y_pred, weights)
    return inputs, loss, accumulations
