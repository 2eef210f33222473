"""`fit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.checks import optional_whole, whole
from pymlp.graph.lower import Lowered
from pymlp.models.arguments import validates
from pymlp.models.courses import Part
from pymlp.models.evaluating import Evaluating
from pymlp.models.listening import listeners
from pymlp.models.spans import SpanRunner
from pymlp.models.training import Training

if TYPE_CHECKING:
    from pymlp.callbacks import History

__all__ = ["Fitting"]


class Fitting(Evaluating):
    """The part of a `Model` that trains it."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_training = False
        self.history: History | None = None

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> History:
        """Train the model, by `train_step` if a subclass overrides it.

        Parameters
        ----------
        x : array-like of shape (n, ...), or nest of such; or something that gives batches
            Any real type and any strides; converted as batches are gathered, never copied whole. Sparse matrices and
            tables, too. A generator, a `PyDataset` or a loader gives tuples ``(x, y)`` or ``(x, y, sample_weight)``.
        y : array-like of shape (n, ...), or nest of such, optional
            Not with batches that bring it, nor for models that compute their loss without.
        batch_size : int, optional
            Default: 32, or with `steps_per_epoch` what makes so many batches of all samples.
        epochs : int
            The epoch to stop before, counted from 0. With 0, or no more than `initial_epoch`, nothing is trained.
        verbose : {"auto", 0, 1, 2}
            Silent, a progress bar, or a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float
            This last part of the samples is not trained on but measured after every epoch.
        validation_data : tuple (x, y) or (x, y, sample_weight), or what gives such batches, optional
        shuffle : bool
            Whether each epoch goes through the samples in a new order.
        class_weight : dict of class number to weight, optional
        sample_weight : array-like of shape (n,), or one axis less than the output; or nest of such, optional
            Of several outputs in the structure of y, or one array for all. Of an output of shape (n, t, c) a loss has
            a value for every (n, t): these may weigh differently. Loss and `weighted_metrics` are means over samples
            and steps; only the latter divide by the sum of the weights. Neither with class_weight, nor with batches.
        initial_epoch : int
            The epoch to begin with, counted from 0.
        steps_per_epoch, validation_steps : int, optional
            Batches of an epoch and of a validation; default: all. An epoch goes on with the samples where the
            epoch before stopped, and ends where they do, with a warning if it is early; the next then starts with
            the first, or in a new order. A validation always starts with the first. A generator or another iterator
            gives its items once, but the first two are kept, as in Keras: where it has ended, the next epoch is of
            these two, and every validation starts with them and goes on with what was not taken yet. An epoch for
            which nothing is left has the logs of the one before. Unlike Keras, no warning is given where all batches
            were to be taken, once, and are.
        validation_batch_size : int, optional
            Default: `batch_size`.
        validation_freq : int or list of int
            Validate after every so many epochs, or after the epochs listed (from 1).

        Returns
        -------
        History
            ``history`` maps each measure to its values, one an epoch.

        Raises
        ------
        ValueError
            If an argument does not suit the model or the others. The model is as it was: not built, if it was not.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.1), loss="mse")
        >>> history = model.fit(x, 2 * x + 1, epochs=60, validation_split=0.25, verbose=0).history
        >>> sorted(history), len(history["loss"])
        (['loss', 'val_loss'], 60)
        >>> model.layers[0].kernel.numpy().round(1), model.layers[0].bias.numpy().round(1)
        (array([[2.]], dtype=float32), array([1.], dtype=float32))
        """
        self._check_compiled("fit", for_training=True)
        if batch_size is not None:
            whole("fit", "batch_size", batch_size)
        epochs = whole("fit", "epochs", epochs, least=0)
        initial_epoch = whole("fit", "initial_epoch", initial_epoch, least=0)
        if validation_batch_size is None:
            validation_batch_size = batch_size
        else:
            whole("fit", "validation_batch_size", validation_batch_size)
        if not isinstance(validation_freq, (list, tuple, set, range)):
            validation_freq = whole("fit", "validation_freq", validation_freq)
        optional_whole("fit", "steps_per_epoch", steps_per_epoch)
        optional_whole("fit", "validation_steps", validation_steps)
        with self._restored_on_error():
            course, validation, measured_on = self._training_courses(
                x, y, sample_weight, class_weight, batch_size, steps_per_epoch, shuffle,
                validation_split, validation_data, validation_batch_size, validation_steps,
            )  # fmt: skip
            hooks = self._callback_list(
                callbacks, add_history=True, verbose=verbose, epochs=epochs, steps=course.steps
            )
        optimizer, form, programs = self.optimizer, self.optimizer.form, self._programs
        self.stop_training = False
        outer = self._training
        training = Training(self, hooks, course, measured_on, shuffle, initial_epoch)
        self._training = training
        try:
            hooks.on_train_begin()
            for epoch in training.epochs(epochs):
                self.reset_metrics()
                hooks.on_epoch_begin(epoch)
                part, measured = None, {}
                for part in training.parts(epoch):
                    self._train_part(part, training, optimizer, form, programs)
                    if self.stop_training:
                        break
                if not training.batches:
                    logs = training.logs_of_no_batch()
                elif part is None:
                    logs = self._logs()
                else:
                    logs = self._logs_of(part.runner, "train", True)
                if validation is not None and validates(epoch, validation_freq):
                    measured = self._evaluate(validation(), hooks)
                    logs.update({f"val_{name}": value for name, value in measured.items()})
                if validation is None or measured:
                    training.metrics = self._found_metrics()
                training.epoch_is_over(logs)
                hooks.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            optimizer.finalize_variable_values(self.trainable_weights)
            hooks.on_train_end(training.logs)
        except BaseException:
            optimizer.finalize_variable_values(self.trainable_weights)
            hooks.interrupt()
            raise
        finally:
            self._training = outer
        assert self.history is not None
        return self.history

    def _train_part(
        self,
        part: Part,
        training: Training,
        optimizer: Any,
        form: tuple[Any, ...],
        programs: dict[Any, Lowered],
    ) -> None:
        """Train on a part of an epoch."""
        before = training.batches
        begins, ended = listeners(training.hooks, "train", self.steps_per_execution)
        native = isinstance(part.runner, SpanRunner)

        def numbers_of(first: int, steps: int) -> np.ndarray:
            if self.optimizer is not optimizer or optimizer.form != form:
                raise ValueError(
                    f"fit: model {self.name!r} was given another optimizer, or its optimizer another rule or other "
                    "slots, while fit was running (by compile, or momentum set where there was none). Do so before fit."
                )
            if self._programs is not programs:  # they were forgotten
                raise ValueError(
                    f"fit: model {self.name!r} was compiled anew, or was given other layers, while fit was running. "
                    "Do so before fit."
                )
            found: np.ndarray = optimizer.numbers_of_next(steps)
            return found

        def span_ended(last: int, steps: int) -> bool:
            if native:
                optimizer.advance(steps)
            training.batches = before + last + 1
            ended(before + last, steps, self._logs_of(part.runner, "train"))
            return self.stop_training

        if native and optimizer.whole_batches:
            if not part.steps:
                return
            if begins is not None:
                begins(0)
            self._minimize(part.runner, numbers_of)
            training.batches = before + part.steps
            ended(before, 1, self._logs_of(part.runner, "train"))
            return
        part.runner.run(
            part.order,
            part.first,
            part.steps,
            numbers=numbers_of if native else None,
            batch_begins=None if begins is None else lambda batch: begins(before + batch),
            span_ended=span_ended,
            at_once=self.steps_per_execution,
        )
