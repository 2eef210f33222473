"""`compile`: what a model is trained with and measured by."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymlp import losses, optimizers
from pymlp import metrics as metrics_module
from pymlp.checks import whole
from pymlp.graph.tensor import Shape
from pymlp.layers.calling import call_parameters
from pymlp.models.compile_metrics import CompileMetrics
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
    """Optimizer, loss and metrics of a `Model`.

    Attributes
    ----------
    optimizer : Optimizer, or None before `compile`
    loss : as given to `compile`
    compiled, run_eagerly, jit_compile : bool
    steps_per_execution : int
        Each of the last three may be set at any time between two calls of `fit` and its kin.
    """

    if TYPE_CHECKING:
        name: str
        built: bool

        def output_shapes(self) -> Any: ...
        @property
        def trainable_weights(self) -> list[Variable]: ...
        def _forget_programs(self) -> None: ...
        def _overrides(self, kind: str) -> bool: ...

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.compiled = False
        self.run_eagerly = False
        self.jit_compile = True
        self.steps_per_execution = 1
        self._loss_tracker: Any = None
        self._compile_metrics: CompileMetrics | None = None
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
            Of several outputs a list in their order, or a dict by their names. None for one that is not trained. A
            model without any loss, not even of its layers, may be evaluated by its metrics; its loss is then 0.
        loss_weights : float, list or dict, optional
            What the losses are multiplied by before they are added up.
        metrics : list of str, Metric or callable; or dict, optional
            Means over the samples of an epoch, not weighted. ``"accuracy"`` becomes the kind that suits the
            shapes of target and output, as in Keras. Of several outputs a list of one item (a metric or a list) for
            each, or a dict by their names.
        weighted_metrics : list or dict, optional
            The same, weighted by the sample weights.
        run_eagerly : bool
            Whether Python code runs anew for every batch: steps go batch by batch through `train_step`, `test_step`
            and `predict_step`, metrics and `compute_metrics` compute on arrays, and `call`, losses and `compute_loss`
            are traced on each batch, with tensors that tell their numbers. So `print(x)`, a breakpoint, ``float(x)``,
            ``x.numpy()`` and ``if ops.mean(x) > 0:`` show and use the batch at hand. While a model is built numbers of
            inputs are 0, and the first axis of a shape remains None; ``model(x)`` computes on arrays. Results are the
            same up to rounding. It is slow: for looking at things.
        steps_per_execution : int
            After so many batches callbacks are told of them: ``on_train_batch_begin`` of the first, ``..._end`` of the
            last. As in Keras that is the last of a full execution, even where an epoch ends before; unlike there
            no batch is run beyond `steps_per_epoch`.
        jit_compile : bool or "auto"
            Accepted for Keras's sake: everything is compiled, to a program.
        auto_scale_loss : bool
            Accepted for Keras's sake; there is nothing to scale.

        Raises
        ------
        ValueError
            If a name is not known, or steps_per_execution is not a whole number of at least 1.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile(keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
        >>> model.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
        [4.0, 2.0]
        """
        whole("compile", "steps_per_execution", steps_per_execution)
        if jit_compile is True and run_eagerly:
            warnings.warn(
                "compile: with run_eagerly=True there is no jit_compile=True; going on with jit_compile=False.",
                stacklevel=2,
            )
        new_optimizer = optimizers.get(optimizer)
        for item in [loss] if is_leaf(loss) else flatten(loss):
            if item is not None and not _is_chosen_by_shape(item, _CHOSEN_LOSSES):
                losses.get(item)
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            _check_metrics(argument, value)
        # Some losses and metrics are chosen by the shapes of target and output: when data is first seen.
        self.optimizer, self.loss = new_optimizer, loss
        self.run_eagerly = bool(run_eagerly)
        self.jit_compile = bool(jit_compile) and not run_eagerly
        self.steps_per_execution = steps_per_execution
        self.stop_training = False
        self._loss_tracker = metrics_module.Mean(name="loss")
        given = metrics is not None or weighted_metrics is not None
        self._compile_metrics = CompileMetrics(self) if given else None
        self._compile_arguments = {
            "optimizer": new_optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": self.jit_compile,
        }
        self._outputs = None
        self.compiled = True
        self._forget_programs()

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile`, for saving; None before it.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> config = model.get_compile_config()
        >>> config["loss"], config["metrics"], config["steps_per_execution"]
        ('mse', ['mae'], 1)
        """
        return dict(self._compile_arguments) if self.compiled else None

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile as `get_compile_config` says; make the optimizer's variables if the model is built.

        Parameters
        ----------
        config : mapping
            Arguments of `compile` by name; others are ignored.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> model.compile_from_config({"optimizer": "adam", "loss": "mae"})
        >>> model.optimizer.name, model.loss
        ('adam', 'mae')
        """
        known = {*call_parameters(Compiled.compile)[0]} - {
            "jit_compile"
        }  # there is nothing to choose
        self.compile(**{key: config[key] for key in known if key in config})
        if self.built:
            self.optimizer.build(self.trainable_weights)

    @property
    def _chosen(self) -> bool:
        """Whether loss and metrics are chosen, which some are when data is first seen."""
        return self._outputs is not None

    def _names_of_outputs(self, output_shapes: Any = None) -> list[str | None]:
        """Return the names by which outputs are told apart: keys of a dict, names of layers, or none."""
        nest = self.output_shapes() if output_shapes is None else output_shapes
        shapes = [path for path, _ in paths(map_shapes(lambda _: None, nest))]
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

    def _compiled_outputs(
        self, target_shapes: Sequence[Shape | None], output_shapes: Any = None
    ) -> list[CompiledOutput]:
        """Return the loss and the metrics of each output, which are chosen when the targets are first seen.

        Parameters
        ----------
        target_shapes : sequence of tuple
            Of the targets of each output, None where there are none.
        output_shapes : nest of tuple, optional
            Of what stands for the outputs. Default: those of the model.
        """
        if self._outputs is None:
            if output_shapes is None:
                output_shapes = self.output_shapes()
            self._outputs = self._choose(target_shapes, output_shapes)
        return self._outputs

    def _choose(
        self, target_shapes: Sequence[Shape | None], output_shapes: Any
    ) -> list[CompiledOutput]:
        names = self._names_of_outputs(output_shapes)
        shapes = shapes_in(output_shapes)
        said = self._compile_arguments
        by_key = isinstance(output_shapes, dict)
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
            # Of outputs in a dict, Keras lists the losses as the dict of losses has them.
            first = list(self.loss) if by_key and isinstance(self.loss, Mapping) else []
            for place, output in enumerate(trained):
                name = output.name or output.loss.name
                output.loss_tracker = metrics_module.Mean(name=f"{name}_loss")
                output.place = first.index(output.name) if output.name in first else place
        return chosen

    def _check_compiled(self, where: str, for_training: bool = False) -> None:
        if not self.compiled:
            raise ValueError(
                f"{where}: model {self.name!r} is not compiled. Call model.compile(optimizer=..., loss=...) first."
            )
        if (
            for_training
            and self.built
            and not self.trainable_weights
            and not self._overrides("train")
        ):
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
