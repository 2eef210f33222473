"""The three programs of a model: training, evaluation and prediction, each traced and lowered on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Accumulation, Lowered, lower
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers.calling import call_parameters
from pymlp.nesting import flatten, pack_as
from pymlp.ops.reduction import batch_size
from pymlp.variables import tracing

if TYPE_CHECKING:
    from pymlp.data import SampleForm
    from pymlp.models.model import Model

__all__ = ["evaluation_program", "prediction_program", "training_program"]


def prediction_program(model: Model) -> Lowered:
    """Return the program that writes the model's outputs for each batch into arrays."""
    with tracing(anew=True) as trace:
        x, y_pred = model.trace()
    return lower(model.dtype, flatten(x), stores=flatten(y_pred), trace=trace)


def evaluation_program(model: Model, form: SampleForm) -> Lowered:
    """Return the program that adds up loss and metrics.

    Parameters
    ----------
    model : Model
        Built and compiled.
    form : SampleForm
        Which targets and weights there are.
    """
    with tracing(anew=True) as trace:
        inputs, _, accumulations = _measured(model, form, training=False)
    return lower(model.dtype, inputs, accumulations=accumulations, trace=trace)


def training_program(model: Model, form: SampleForm) -> Lowered:
    """Return the program that adds up loss and metrics and changes the trainable variables."""
    with tracing(anew=True) as trace:
        inputs, loss, accumulations = _measured(model, form, training=True)
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
    model: Model, form: SampleForm, training: bool
) -> tuple[list[Tensor], Tensor, list[Accumulation]]:
    """Return (inputs, loss, what is added up over batches)."""
    x, y_pred = model.trace(training)
    inputs: list[Tensor] = flatten(x)
    targets = [
        None if shape is None else input_tensor(shape, model.dtype, "y") for shape in form.targets
    ]
    weights = [
        input_tensor((None,), model.dtype, "sample_weight") if weighted else None
        for weighted in form.weighted
    ]
    fed = [*inputs, *[t for t in (*targets, *weights) if t is not None]]
    outputs = model.compiled_outputs(form.targets)
    parts = list(zip(outputs, targets, flatten(y_pred), weights, strict=True))
    count = batch_size(inputs[0])
    accumulations: list[Accumulation] = []
    total: Any = None
    if model._own_loss:
        total = _own_loss(model, x, targets, y_pred, weights, training)
        parts_with_loss = []
    else:
        parts_with_loss = [part for part in parts if part[0].loss is not None]
    for output, y_true, prediction, weight in parts_with_loss:
        loss: Any = output.loss(y_true, prediction, sample_weight=weight)
        if loss.shape != ():
            raise ValueError(
                f"Model {model.name!r}: the loss should be one number a batch, but {model.loss!r} with its "
                f"reduction gives shape {loss.shape}. Use reduction='sum_over_batch_size' or 'sum'."
            )
        if output.loss_tracker is not None:
            accumulations.append(Accumulation(loss, count, output.loss_tracker.state))
        total = output.total(loss) if total is None else total + output.total(loss)
    if not model._own_loss:
        total = model.with_added_losses(total)
    # Keras weighs the loss of each batch by its number of samples.
    accumulations.insert(0, Accumulation(total, count, model.loss_tracker.state))
    for output, y_true, prediction, _ in parts:
        for metric in output.metrics:
            accumulations += metric.accumulations(y_true, prediction)
    for output, y_true, prediction, weight in parts:
        for metric in output.weighted_metrics:
            accumulations += metric.accumulations(y_true, prediction, weight)
    return fed, total, accumulations


def _own_loss(
    model: Model, x: Any, targets: list[Any], y_pred: Any, weights: list[Any], training: bool
) -> Any:
    """Return the loss that the model's class computes."""
    y = pack_as(y_pred, targets) if any(target is not None for target in targets) else None
    sample_weight = (
        pack_as(y_pred, weights) if any(weight is not None for weight in weights) else None
    )
    arguments = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
    if "training" in call_parameters(type(model).compute_loss)[0]:
        arguments["training"] = training
    loss: Any = model.compute_loss(**arguments)
    if getattr(loss, "shape", None) != ():
        raise ValueError(
            f"Model {model.name!r}: compute_loss should return one number a batch, it returned {loss!r}. Reduce it, "
            "for example by pymlp.ops.mean."
        )
    return loss
