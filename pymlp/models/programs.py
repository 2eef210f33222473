"""The three programs of a model: training, evaluation and prediction, each traced and lowered on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymlp.graph.gradient import gradients
from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers.calling import call_parameters
from pymlp.metrics.logs import plain_logs
from pymlp.nesting import flatten, pack_as
from pymlp.ops.samples import batch_size
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


def evaluation_program(model: Model, form: SampleForm, without_metrics: bool = False) -> Lowered:
    """Return the program that adds up loss and metrics.

    Parameters
    ----------
    model : Model
        Built and compiled.
    form : SampleForm
        Which targets and weights there are.
    without_metrics : bool
        Whether it writes the outputs into arrays, for whoever computes metrics of them.
    """
    with tracing(anew=True) as trace:
        inputs, _, outputs = _measured(model, form, False, without_metrics)
    return lower(model.dtype, inputs, stores=outputs, trace=trace)


def training_program(model: Model, form: SampleForm, without_metrics: bool = False) -> Lowered:
    """Return the program that adds up loss and metrics and changes the trainable variables."""
    with tracing(anew=True) as trace:
        inputs, loss, outputs = _measured(model, form, True, without_metrics)
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
    model: Model, form: SampleForm, training: bool, without_metrics: bool
) -> tuple[list[Tensor], Tensor, list[Tensor]]:
    """Return (inputs, loss, what is stored), and have what metrics add up over batches noted by the trace."""
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
