"""`compile`: what a model is trained with and measured by."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymlp import losses, optimizers
from pymlp import metrics as metrics_module
from pymlp.checks import whole
from pymlp.layers.calling import call_parameters
from pymlp.models.choosing import Choosing
from pymlp.models.compile_metrics import CompileMetrics
from pymlp.models.outputs import is_leaf
from pymlp.nesting import flatten

if TYPE_CHECKING:
    from pymlp.variables import Variable

__all__ = ["Compiled"]

# Names that stand for several losses or metrics.
_CHOSEN_LOSSES = ("crossentropy", "ce")
_CHOSEN_METRICS = ("accuracy", "acc", *_CHOSEN_LOSSES)


class Compiled(Choosing):
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

        @property
        def trainable_weights(self) -> list[Variable]: ...
        def _forget_programs(self) -> None: ...
        def _overrides(self, kind: str) -> bool: ...

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.loss = None
        self.compiled = False
        self.run_eagerly = False
        self.jit_compile = True
        self.steps_per_execution = 1
        self._loss_tracker: Any = None
        self._compile_metrics: CompileMetrics | None = None
        self._compile_arguments = {}
        self._outputs = None

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
        known = {*call_parameters(Compiled.compile)[0]} - {"jit_compile"}  # nothing to choose
        self.compile(**{key: config[key] for key in known if key in config})
        if self.built:
            self.optimizer.build(self.trainable_weights)

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
