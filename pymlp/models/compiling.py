"""`compile`: what a model is trained with and measured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymlp import losses, optimizers
from pymlp import metrics as metrics_module
from pymlp.graph.tensor import Shape

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
    loss_function : Loss, or None until it is chosen; see `compiled_loss`
    loss_tracker : Mean
        The running mean of the loss.
    compiled : bool
    """

    if TYPE_CHECKING:
        name: str
        built: bool

        @property
        def output_shape(self) -> Shape: ...
        @property
        def trainable_weights(self) -> list[Variable]: ...
        def _forget_programs(self) -> None: ...

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.loss_function: Any = None
        self.loss_tracker: Any = None
        self.compiled = False
        self._compile_arguments: dict[str, Any] = {}
        self._metrics: tuple[list[Any], list[Any]] | None = None

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
        loss : str, Loss or callable ``(y_true, y_pred)``
        metrics : list of str, Metric or callable, optional
            Means over the samples of an epoch, not weighted. ``"accuracy"`` becomes the kind that suits the
            shapes of target and output, as in Keras.
        weighted_metrics : list, optional
            The same, weighted by the sample weights.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; there is nothing to choose here.

        Raises
        ------
        ValueError
            If a name is not known.
        """
        if loss_weights is not None:
            raise NotImplementedError(
                "compile: loss_weights is for models of several outputs, which are not supported yet."
            )
        new_optimizer = optimizers.get(optimizer)
        if loss is not None and not _is_chosen_by_shape(loss, _CHOSEN_LOSSES):
            losses.get(loss)
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            _check_metrics(argument, value)
        # Some losses and metrics are chosen by the shapes of target and output: when data is first seen.
        self.optimizer, self.loss, self.loss_function = new_optimizer, loss, None
        self.loss_tracker = metrics_module.Mean(name="loss")
        self._compile_arguments = {
            "optimizer": new_optimizer,
            "loss": loss,
            "loss_weights": None,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self._metrics = None
        self.compiled = True
        self._forget_programs()

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile`, for saving; None before it."""
        return dict(self._compile_arguments) if self.compiled else None

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile as `get_compile_config` says."""
        known = ("optimizer", "loss", "metrics", "weighted_metrics")
        self.compile(**{key: config[key] for key in known if key in config})
        if self.built:
            self.optimizer.build(self.trainable_weights)

    @property
    def _chosen(self) -> bool:
        """Whether loss and metrics are chosen, which some are when data is first seen."""
        return self.loss_function is not None and self._metrics is not None

    def compiled_loss(self, target_shape: Shape) -> Any:
        """Return the loss object, which is chosen when the targets are first seen."""
        if self.loss_function is None:
            self.loss_function = losses.for_compile(self.loss, target_shape, self.output_shape)
        return self.loss_function

    def compiled_metrics(self, target_shape: Shape) -> tuple[list[Any], list[Any]]:
        """Return the metric objects (unweighted, weighted), which are chosen when the targets are first seen."""
        if self._metrics is None:
            chosen = [
                [
                    metrics_module.for_compile(item, target_shape, self.output_shape)
                    for item in self._compile_arguments[argument] or ()
                ]
                for argument in ("metrics", "weighted_metrics")
            ]
            self._metrics = (chosen[0], chosen[1])
        return self._metrics

    @property
    def metrics(self) -> list[Any]:
        """The metric objects: the loss's running mean first, then those of `compile` once data was seen."""
        if not self.compiled:
            return []
        unweighted, weighted = self._metrics or ([], [])
        return [self.loss_tracker, *unweighted, *weighted]

    @property
    def metrics_names(self) -> list[str]:
        """Names of the numbers that `evaluate` returns."""
        return list(self._logs())

    def reset_metrics(self) -> None:
        """Start the running means again."""
        for metric in self.metrics:
            metric.reset_state()

    def _logs(self) -> dict[str, float]:
        """What the running means are, by name; two of the same name are told apart as in Keras."""
        if not self.compiled:
            return {}
        logs = {self.loss_tracker.name: float(self.loss_tracker.result())}
        times: dict[str, int] = {}
        for metrics, prefix in zip(self._metrics or (), ("", "weighted_"), strict=False):
            for metric in metrics:
                name = metric.name
                if name in times and prefix:
                    name = prefix + name
                times[name] = times.get(name, 0) + 1
                numbered = name if times[name] == 1 else f"{name}_{times[name] - 1}"
                logs[numbered] = float(metric.result())
        return logs

    def _check_compiled(self, where: str, for_training: bool = False) -> None:
        if not self.compiled:
            raise ValueError(
                f"{where}: model {self.name!r} is not compiled. Call model.compile(optimizer=..., loss=...) first."
            )
        if self.loss is None:
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
    if not isinstance(value, (list, tuple)):
        raise ValueError(
            f"compile: {argument} should be a list, received {value!r}; put it in brackets."
        )
    for item in value:
        if not _is_chosen_by_shape(item, _CHOSEN_METRICS):
            metrics_module.get(item)
