"""`compile`: what a model is trained with and measured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymlp import losses, ops, optimizers
from pymlp import metrics as metrics_module
from pymlp.graph.tensor import Shape
from pymlp.models.outputs import (
    CompiledOutput,
    is_leaf,
    spread_losses,
    spread_metrics,
    spread_weights,
)
from pymlp.nesting import flatten, map_shapes, paths, shapes_in

if TYPE_CHECKING:
    from pymlp.variables import Variable

__all__ = ["Compiled"]

# Names that stand for several losses or metrics.
_CHOSEN_LOSSES = ("crossentropy", "ce")
_CHOSEN_METRICS = ("accuracy", "acc", *_CHOSEN_LOSSES)


class Compiled:
    """Optimizer, loss and metrics of a `Model`, and what the metrics have measured so far.

    Attributes
    ----------
    optimizer : Optimizer, or None before `compile`
    loss : as given to `compile`
    loss_tracker : Mean
        The running mean of the whole loss.
    compiled : bool
    """

    if TYPE_CHECKING:
        name: str
        built: bool

        def output_shapes(self) -> Any: ...
        @property
        def losses(self) -> list[Any]: ...
        @property
        def trainable_weights(self) -> list[Variable]: ...
        def _forget_programs(self) -> None: ...

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.loss_tracker: Any = None
        self.compiled = False
        self._compile_arguments: dict[str, Any] = {}
        self._outputs: list[CompiledOutput] | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is trained and measured.

        Parameters
        ----------
        optimizer : str or Optimizer
        loss : str, Loss or callable ``(y_true, y_pred)``; or list or dict
            Of several outputs a list in their order, or a dict by their names. None for one that is not trained.
        loss_weights : float, list or dict, optional
            What the losses are multiplied by before they are added up.
        metrics : list of str, Metric or callable; or dict, optional
            Means over the samples of an epoch, not weighted. ``"accuracy"`` becomes the kind that suits the
            shapes of target and output, as in Keras. Of several outputs a list of one item (a metric or a list) for
            each, or a dict by their names.
        weighted_metrics : list or dict, optional
            The same, weighted by the sample weights.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; there is nothing to choose here.

        Raises
        ------
        ValueError
            If a name is not known.
        """
        new_optimizer = optimizers.get(optimizer)
        for item in [loss] if is_leaf(loss) else flatten(loss):
            if item is not None and not _is_chosen_by_shape(item, _CHOSEN_LOSSES):
                losses.get(item)
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            _check_metrics(argument, value)
        # Some losses and metrics are chosen by the shapes of target and output: when data is first seen.
        self.optimizer, self.loss = new_optimizer, loss
        self.loss_tracker = metrics_module.Mean(name="loss")
        self._compile_arguments = {
            "optimizer": new_optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self._outputs = None
        self.compiled = True
        self._forget_programs()

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile`, for saving; None before it."""
        return dict(self._compile_arguments) if self.compiled else None

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile as `get_compile_config` says."""
        known = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
        self.compile(**{key: config[key] for key in known if key in config})
        if self.built:
            self.optimizer.build(self.trainable_weights)

    @property
    def _chosen(self) -> bool:
        """Whether loss and metrics are chosen, which some are when data is first seen."""
        return self._outputs is not None

    def names_of_outputs(self) -> list[str | None]:
        """Return the names by which outputs are told apart: keys of a dict, names of layers, or none."""
        shapes = [path for path, _ in paths(map_shapes(lambda _: None, self.output_shapes()))]
        keys = [path[0] if len(path) == 1 and isinstance(path[0], str) else None for path in shapes]
        given: list[str] | None = getattr(self, "output_names", None)
        if None not in keys and not (given and set(given) == set(keys)):
            return list(keys)
        return list(given) if given else [None] * len(shapes)

    def _untrained(self, names: Sequence[str]) -> list[str]:
        """Return the names of the outputs that have neither a loss nor metrics, and so need no targets."""
        said = self._compile_arguments
        by_key = isinstance(self.output_shapes(), dict)
        of_each = zip(
            names,
            spread_losses(self.loss, names, by_key),
            spread_metrics("metrics", said["metrics"], names),
            spread_metrics("weighted_metrics", said["weighted_metrics"], names),
            strict=True,
        )
        return [name for name, loss, *metrics in of_each if loss is None and not any(metrics)]

    def compiled_outputs(self, target_shapes: Sequence[Shape | None]) -> list[CompiledOutput]:
        """Return the loss and the metrics of each output, which are chosen when the targets are first seen.

        Parameters
        ----------
        target_shapes : sequence of tuple
            Of the targets of each output, None where there are none.
        """
        if self._outputs is None:
            self._outputs = self._choose(target_shapes)
        return self._outputs

    def _choose(self, target_shapes: Sequence[Shape | None]) -> list[CompiledOutput]:
        names = self.names_of_outputs()
        shapes = shapes_in(self.output_shapes())
        said = self._compile_arguments
        by_key = isinstance(self.output_shapes(), dict)
        several = len(names) > 1
        chosen = [
            CompiledOutput(name if several else None, *arguments)
            for name, *arguments in zip(
                names,
                spread_losses(self.loss, names, by_key),
                spread_weights(said["loss_weights"], self.loss, names),
                spread_metrics("metrics", said["metrics"], names),
                spread_metrics("weighted_metrics", said["weighted_metrics"], names),
                target_shapes,
                shapes,
                strict=True,
            )
        ]
        trained = [output for output in chosen if output.loss is not None]
        if len(trained) > 1:
            for output in trained:
                name = output.name or output.loss.name
                output.loss_tracker = metrics_module.Mean(name=f"{name}_loss")
        return chosen

    @property
    def metrics(self) -> list[Any]:
        """The metric objects: running means of the losses first, then those of `compile` once data was seen."""
        if not self.compiled:
            return []
        outputs = self._outputs or []
        return [
            self.loss_tracker,
            *[output.loss_tracker for output in outputs if output.loss_tracker is not None],
            *[metric for output in outputs for metric in output.metrics],
            *[metric for output in outputs for metric in output.weighted_metrics],
        ]

    @property
    def metrics_names(self) -> list[str]:
        """Names of the numbers that `evaluate` returns."""
        return self._in_order_of_metrics(self._logs())

    def _in_order_of_metrics(self, logs: Mapping[str, float]) -> list[str]:
        """Return the names in the logs as Keras lists their values: those that metrics have, then the others sorted."""
        outputs = self._outputs or []
        if len(outputs) < 2:
            return list(logs)
        trackers = [output.loss_tracker for output in outputs if output.loss_tracker is not None]
        measures = [m for output in outputs for m in (*output.metrics, *output.weighted_metrics)]
        own = [metric.name for metric in (self.loss_tracker, *measures, *trackers)]
        first = [name for name in dict.fromkeys(own) if name in logs]
        return [*first, *sorted(name for name in logs if name not in own)]

    def reset_metrics(self) -> None:
        """Start the running means again."""
        for metric in self.metrics:
            metric.reset_state()

    def _logs(self) -> dict[str, float]:
        """What the running means are, by name; two of the same name are told apart as in Keras."""
        if not self.compiled:
            return {}
        logs = {self.loss_tracker.name: float(self.loss_tracker.result())}
        outputs = self._outputs or []
        times: dict[str, int] = {}
        for weighted in (False, True):
            for output in outputs:
                for metric in output.weighted_metrics if weighted else output.metrics:
                    name = output.log_name(metric.name)
                    if name in times and weighted:
                        name = output.log_name(f"weighted_{metric.name}")
                    times[name] = times.get(name, 0) + 1
                    numbered = name if times[name] == 1 else f"{name}_{times[name] - 1}"
                    logs[numbered] = float(metric.result())
        for output in outputs:
            if output.loss_tracker is not None:
                logs[output.loss_tracker.name] = float(output.loss_tracker.result())
        return logs

    @property
    def _own_loss(self) -> bool:
        """Whether a subclass says what its loss is."""
        return type(self).compute_loss is not Compiled.compute_loss

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the loss of a batch: those of `compile`, weighted, and what layers add.

        A subclass may override it, in operations that can be traced; it then runs natively as any other.

        Parameters
        ----------
        x, y, y_pred, sample_weight : tensors or arrays, or nests of them
            Inputs, targets, outputs and weights, in the structure of the model; y and sample_weight may be None.
        training : bool

        Returns
        -------
        tensor of shape ()
        """
        targets, predictions = flatten(y), flatten(y_pred)
        weights = [None] * len(targets) if sample_weight is None else flatten(sample_weight)
        shapes = [None if target is None else (None, *target.shape[1:]) for target in targets]
        total: Any = None
        for output, *parts in zip(
            self.compiled_outputs(shapes), targets, predictions, weights, strict=True
        ):
            if output.loss is not None:
                value = output.total(output.loss(*parts[:2], sample_weight=parts[2]))
                total = value if total is None else total + value
        return self.with_added_losses(total)

    def with_added_losses(self, loss: Any) -> Any:
        """Return a loss (or None) and what layers add to it: penalties on weights and activities."""
        for added in self.losses:
            part = ops.sum(added) if getattr(added, "shape", ()) else added
            loss = part if loss is None else loss + part
        return loss

    def _check_compiled(self, where: str, for_training: bool = False) -> None:
        if not self.compiled:
            raise ValueError(
                f"{where}: model {self.name!r} is not compiled. Call model.compile(optimizer=..., loss=...) first."
            )
        if self.loss is None and not self._own_loss:
            raise ValueError(
                f"{where}: model {self.name!r} was compiled without a loss. Call model.compile(loss=...) first."
            )
        if for_training and self.built and not self.trainable_weights:
            raise ValueError(f"{where}: model {self.name!r} has no trainable weights.")


def _is_chosen_by_shape(item: Any, names: Sequence[str]) -> bool:
    return isinstance(item, str) and item.lower() in names


def _check_metrics(argument: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, (list, tuple, Mapping)):
        raise ValueError(
            f"compile: {argument} should be a list, received {value!r}; put it in brackets."
        )
    for item in value.values() if isinstance(value, Mapping) else value:
        if isinstance(item, (list, tuple)):
            _check_metrics(argument, item)
        elif item is not None and not _is_chosen_by_shape(item, _CHOSEN_METRICS):
            metrics_module.get(item)
