"""`fit`, `evaluate`, `predict` and their one-batch forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp._engine.core import Predictor
from pymlp._engine.runtime import threads_for
from pymlp.data import (
    SampleForm,
    Samples,
    as_array,
    class_weights_to_sample_weights,
    split_off,
)
from pymlp.data.nested import labelled, matched, names_by_place, nest_of_data, with_axes_of
from pymlp.data.stream import Block, Stream, stream_of
from pymlp.graph.lower import Lowered
from pymlp.layers.layer import all_layers
from pymlp.layers.restoring import restored_on_error
from pymlp.models.compiling import Compiled
from pymlp.models.courses import ArrayCourse, Course, Part, StreamCourse
from pymlp.models.programs import evaluation_program, prediction_program, training_program
from pymlp.models.spans import SpanRunner
from pymlp.nesting import flatten, is_nested, is_shape, pack_shapes, shapes_in

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList, History

__all__ = ["Trainer"]

# Rows that predict works on at once where nobody listens to its batches: a row's result does not depend on the
# rows beside it, and more rows make better use of the weights that are read.
_PREDICTION_ROWS = 256


_NO_TARGETS = SampleForm()


class Trainer(Compiled):
    """The training half of a `Model`."""

    if TYPE_CHECKING:
        dtype: str

        @property
        def input_shape(self) -> Any: ...
        @property
        def _build_shape(self) -> Any: ...
        @property
        def layers(self) -> list[Any]: ...
        def ensure_built(self, input_shape: Any) -> None: ...
        def trace(self) -> Any: ...

    def __init__(self) -> None:
        Compiled.__init__(self)
        self.stop_training = False
        self.history: History | None = None
        self._programs: dict[Any, Lowered] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Programs hold pointers into the variables' memory; a copy lowers its own when it needs them.
        state: Any = super().__getstate__()
        return {**state, "_programs": {}}

    # ---- programs ---------------------------------------------------------------------------------

    def _forget_programs(self) -> None:
        self._programs = {}

    def _program(self, kind: str, form: SampleForm = _NO_TARGETS) -> Lowered:
        key: tuple[Any, ...] = (kind, form)
        if kind == "train":
            trained = tuple(id(v) for v in self.trainable_weights)
            key += (trained, self.optimizer, self.optimizer.form)
        if key not in self._programs:
            model: Any = self
            if kind == "train":
                lowered = training_program(model, form)
            elif kind == "test":
                lowered = evaluation_program(model, form)
            else:
                lowered = prediction_program(model)
            self._programs[key] = lowered
        return self._programs[key]

    # ---- checks -----------------------------------------------------------------------------------

    def _restored_on_error(self) -> AbstractContextManager[None]:
        """Return a context in which the first data may settle the model: an error leaves all as it was before."""
        if self.built and (self._chosen or not self.compiled):
            return nullcontext()
        model: Any = self
        things = [*all_layers(model), *([] if self.optimizer is None else [self.optimizer])]
        return restored_on_error(things)

    def _input_names(self) -> Any:
        """Return the names of the inputs in their structure."""
        return names_by_place(self._build_shape, of_shapes=True)

    def _inputs(self, x: Any, where: str) -> dict[str, np.ndarray]:
        """Return the array of each input by what messages call it, with its axes; build the model if need be."""
        shape = self._build_shape
        if self.built and type(x) is np.ndarray and is_shape(shape) and x.shape[1:] == shape[1:]:
            return {"x": as_array(x, "x", where)}  # soon, for predictions of one row
        names = self._input_names() if self.built else nest_of_data(x)
        rank = len(self._build_shape) if self.built and is_shape(self._build_shape) else None
        values = matched("x", x, names, where, rank)
        given = labelled("x", flatten(names), values)
        arrays = {label: as_array(value, label, where) for label, value in given.items()}
        if self.built:
            shapes = shapes_in(self._build_shape)
            arrays = {
                label: with_axes_of(array, shape)
                for (label, array), shape in zip(arrays.items(), shapes, strict=True)
            }
        like = self._build_shape if self.built else names
        self.ensure_built(pack_shapes(like, [(None, *a.shape[1:]) for a in arrays.values()]))
        return arrays

    def _samples(self, x: Any, y: Any, sample_weight: Any, where: str) -> Samples:
        """Return checked samples that suit the model; build it if need be."""
        if y is None and not self._own_loss:
            raise ValueError(f"{where}: y is missing: the target of each sample in x.")
        inputs = self._inputs(x, where)
        shapes = shapes_in(self.output_shapes())
        names = [name or str(index) for index, name in enumerate(self.names_of_outputs())]
        structure = pack_shapes(self.output_shapes(), names)
        untrained = self._untrained(names)
        targets: list[Any] = [None] * len(names)
        if y is not None:
            targets = matched("y", y, structure, where, len(shapes[0]), untrained)
        weights: list[Any] = [None] * len(names)
        if sample_weight is not None:
            one_for_all = len(names) > 1 and not is_nested(sample_weight)
            weights = (
                [sample_weight] * len(names)
                if one_for_all
                else matched("sample_weight", sample_weight, structure, where, 1, names)
            )
        samples = Samples.of(
            inputs, labelled("y", names, targets), labelled("sample_weight", names, weights), where
        )
        people = names if len(names) > 1 else [self.layers[-1].name if self.layers else self.name]
        outputs = self.compiled_outputs(samples.form.targets)
        for output, array, shape, name in zip(outputs, samples.y, shapes, people, strict=True):
            if output.loss is not None:
                output.loss.check_targets(array, shape, output_name=name)
        return samples

    # ---- fit --------------------------------------------------------------------------------------

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
        """Train the model.

        Parameters
        ----------
        x : array-like of shape (n, ...)
            Any real type and any strides; converted as batches are gathered, never copied whole.
        y : array-like of shape (n, ...)
        batch_size : int, optional
            Default: 32, or with `steps_per_epoch` what makes so many batches of all samples.
        epochs : int
            The epoch to stop before, counted from 0. With 0, or no more than `initial_epoch`, nothing is trained.
        verbose : {"auto", 0, 1, 2}
            Silent, a progress bar, or a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float
            This last part of the samples is not trained on but measured after every epoch.
        validation_data : tuple (x, y) or (x, y, sample_weight), optional
        shuffle : bool
            Whether each epoch goes through the samples in a new order.
        class_weight : dict of class number to weight, optional
        sample_weight : array-like of shape (n,), optional
        initial_epoch : int
        steps_per_epoch, validation_steps : int, optional
            Batches of an epoch and of a validation; default: all. An epoch goes on with the samples where the
            epoch before stopped, and ends where they do, with a warning if it is early; the next then starts with
            the first, or in a new order. A validation always starts with the first.
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
        """
        self._check_compiled("fit", for_training=True)
        if batch_size is not None:
            _whole("fit", "batch_size", batch_size)
        epochs = _whole("fit", "epochs", epochs, least=0)
        initial_epoch = _whole("fit", "initial_epoch", initial_epoch, least=0)
        if validation_batch_size is None:
            validation_batch_size = batch_size
        else:
            _whole("fit", "validation_batch_size", validation_batch_size)
        if not isinstance(validation_freq, (list, tuple, set, range)):
            validation_freq = _whole("fit", "validation_freq", validation_freq)
        _steps("fit", "steps_per_epoch", steps_per_epoch)
        _steps("fit", "validation_steps", validation_steps)
        with self._restored_on_error():
            course, validation = self._training_courses(
                x, y, sample_weight, class_weight, batch_size, steps_per_epoch, shuffle,
                validation_split, validation_data, validation_batch_size, validation_steps,
            )  # fmt: skip
            hooks = self._callback_list(
                callbacks, add_history=True, verbose=verbose, epochs=epochs, steps=course.steps
            )
        optimizer, form, programs = self.optimizer, self.optimizer.form, self._programs
        self.stop_training = False
        logs: dict[str, float] = {}
        try:
            hooks.on_train_begin()
            for epoch in range(initial_epoch, epochs):
                self.reset_metrics()
                hooks.on_epoch_begin(epoch)
                done = 0
                for part in course.parts(shuffle, epoch):
                    done += self._train_part(part, done, hooks, optimizer, form, programs)
                    if self.stop_training:
                        break
                logs = self._logs()
                if validation is not None and _validates(epoch, validation_freq):
                    measured = self._evaluate(validation(), hooks)
                    logs.update({f"val_{name}": value for name, value in measured.items()})
                hooks.on_epoch_end(epoch, logs)
                if self.stop_training or course.ended:
                    break
            optimizer.finalize_variable_values(self.trainable_weights)
            hooks.on_train_end(logs)
        except BaseException:
            optimizer.finalize_variable_values(self.trainable_weights)
            hooks.interrupt()
            raise
        assert self.history is not None
        return self.history

    def _training_courses(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        batch_size: int | None,
        steps: int | None,
        shuffle: bool,
        validation_split: float,
        validation_data: Any,
        validation_batch_size: int | None,
        validation_steps: int | None,
    ) -> tuple[Course, Callable[[], Course] | None]:
        """Return the course of an epoch, and what makes one of a validation if there is to be any."""
        names = self.names_of_outputs
        stream = stream_of(x, y, sample_weight, batch_size, "fit")
        course: Course
        if stream is None:
            samples = self._samples(x, y, sample_weight, "fit")
            held_out = None
            if validation_data is None and validation_split:
                samples, held_out = split_off(samples, validation_split)
            # After the split: as in Keras, validation does not weigh classes.
            samples = _class_weighted(samples, class_weight, names(), "fit")
            self._check_compiled("fit", for_training=True)
            if self.optimizer.whole_batches:
                batch_size, steps = len(samples), None
            size = _batch_size(batch_size, len(samples), steps)
            course = ArrayCourse(self._runner("train", samples, size), steps)
        else:
            if self.optimizer.whole_batches:
                raise ValueError(
                    f"fit: the optimizer {self.optimizer.name!r} works on all samples at once; x is a "
                    f"{type(x).__name__}, which gives them batch by batch. Give arrays."
                )
            if validation_data is None and validation_split:
                raise ValueError(
                    f"fit: validation_split is for arrays; x is a {type(x).__name__}. Give validation_data."
                )
            held_out = None

            def weighted(block: Block) -> Samples:
                return _class_weighted(
                    self._block_samples(block, "fit"), class_weight, names(), "fit"
                )

            course = self._stream_course(stream, "train", steps, weighted, shuffle, "fit")
        if validation_data is None:
            if held_out is None:
                return course, None
            samples = held_out
        else:
            given = (
                validation_data
                if isinstance(validation_data, (tuple, list))
                else (validation_data,)
            )
            items = (*given, None, None)[:3]
            stream = stream_of(items[0], items[1], items[2], validation_batch_size, "fit")
            if stream is not None:
                read = partial(self._block_samples, where="fit, validation_data")
                measured = self._stream_course(stream, "test", validation_steps, read, False, "fit")
                return course, lambda: measured
            samples = self._validation_samples(validation_data)

        def validation() -> Course:
            size = _batch_size(validation_batch_size, len(samples), validation_steps)
            return ArrayCourse(self._runner("test", samples, size, validation_steps), None)

        return course, validation

    def _stream_course(
        self,
        stream: Stream,
        kind: str,
        steps: int | None,
        read: Callable[[Block], Samples],
        shuffle: bool,
        where: str,
    ) -> StreamCourse:
        course = StreamCourse(stream, steps, read, partial(self._runner, kind), where)
        course.prepare(shuffle)
        if kind == "train":
            self._check_compiled(where, for_training=True)
        return course

    def _block_samples(self, block: Block, where: str) -> Samples:
        return self._samples(block.x, block.y, block.sample_weight, where)

    def _validation_samples(self, data: Any) -> Samples:
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError(
                "fit: validation_data should be a tuple (x, y) or (x, y, sample_weight), received "
                f"{type(data).__name__}."
            )
        x, y, sample_weight = (*data, None)[:3]
        try:
            return self._samples(x, y, sample_weight, "fit")
        except ValueError as error:
            # What a layer or a loss says does not tell which of the two y it is about.
            message = str(error).removeprefix("fit: ")
            raise ValueError(f"fit, validation_data: {message}") from error

    def _runner(
        self, kind: str, samples: Samples, batch_size: int, steps: int | None = None
    ) -> SpanRunner:
        lowered = self._program(kind, samples.form)
        rows = len(samples)
        if steps is not None:
            rows = min(rows, steps * batch_size)
        return SpanRunner(lowered, samples.arrays, rows, batch_size)

    def _train_part(
        self,
        part: Part,
        before: int,
        hooks: CallbackList,
        optimizer: Any,
        form: tuple[Any, ...],
        programs: dict[Any, Lowered],
    ) -> int:
        """Train on a part of an epoch, `before` batches of which were run already; return how many ran."""
        by_batch = hooks.has_train_batch_hooks

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
            optimizer.advance(steps)
            ended = hooks.on_train_batch_end if by_batch else hooks.on_train_span_end
            ended(before + last, self._logs())
            return self.stop_training

        def batch_begins(batch: int) -> None:
            hooks.on_train_batch_begin(before + batch)

        if optimizer.whole_batches:
            if by_batch:
                batch_begins(0)
            self._minimize(part.runner, numbers_of)
            span_ended(0, 0)
            return part.steps
        return part.runner.run(
            part.order,
            part.first,
            part.steps,
            numbers=numbers_of,
            batch_begins=batch_begins if by_batch else None,
            span_ended=span_ended,
        )

    def _minimize(
        self, runner: SpanRunner, numbers: Callable[[int, int], np.ndarray] | None = None
    ) -> None:
        """Let an optimizer of whole batches ask for the loss as often as it likes; measure the last weights."""
        optimizer = self.optimizer

        def evaluate() -> float:
            self.reset_metrics()
            runner.run(numbers=numbers or (lambda first, steps: optimizer.numbers_of_next(steps)))
            return float(self.loss_tracker.result())

        optimizer.minimize(evaluate, self.trainable_weights)
        evaluate()

    def _callback_list(self, callbacks: Any, **arguments: Any) -> CallbackList:
        from pymlp.callbacks import CallbackList

        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = arguments["verbose"]
        if verbose not in ("auto", 0, 1, 2):
            raise ValueError(f"verbose should be 'auto', 0, 1 or 2, received {verbose!r}.")
        return CallbackList(callbacks, add_progbar=verbose != 0, model=self, **arguments)

    # ---- evaluate ---------------------------------------------------------------------------------

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on data.

        Returns
        -------
        float, or list of float, or dict
            The loss alone if there are no metrics; else the loss and the metrics in their order (`metrics_names`);
            by name with ``return_dict``.
        """
        self._check_compiled("evaluate")
        if batch_size is not None:
            _whole("evaluate", "batch_size", batch_size)
        _steps("evaluate", "steps", steps)
        with self._restored_on_error():
            course: Course
            stream = stream_of(x, y, sample_weight, batch_size, "evaluate")
            if stream is None:
                samples = self._samples(x, y, sample_weight, "evaluate")
                rows = _batch_size(batch_size, len(samples), steps)
                course = ArrayCourse(self._runner("test", samples, rows, steps), None)
            else:
                read = partial(self._block_samples, where="evaluate")
                course = self._stream_course(stream, "test", steps, read, False, "evaluate")
            hooks = self._callback_list(callbacks, verbose=verbose, epochs=1, steps=course.steps)
        try:
            logs = self._evaluate(course, hooks)
        except BaseException:
            hooks.interrupt()
            raise
        return self._reported(logs, return_dict)

    def _evaluate(self, course: Course, hooks: CallbackList) -> dict[str, float]:
        by_batch = hooks.has_test_batch_hooks
        self.reset_metrics()
        done = 0

        def batch_begins(batch: int) -> None:
            hooks.on_test_batch_begin(done + batch)

        def span_ended(last: int, steps: int) -> bool:
            ended = hooks.on_test_batch_end if by_batch else hooks.on_test_span_end
            ended(done + last, self._logs())
            return False

        hooks.on_test_begin()
        for part in course.parts(shuffle=False):
            done += part.runner.run(
                None,
                part.first,
                part.steps,
                batch_begins=batch_begins if by_batch else None,
                span_ended=span_ended,
            )
        logs = self._logs()
        hooks.on_test_end(logs)
        return logs

    # ---- predict ----------------------------------------------------------------------------------

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the model's output for every sample.

        Parameters
        ----------
        x : array-like of shape (n, ...)
        batch_size : int, optional
            Rows a callback is told of at once. Results do not depend on it, to the last bit.

        Returns
        -------
        ndarray of shape (n, ...), of the model's dtype
        """
        if batch_size is not None:
            _whole("predict", "batch_size", batch_size)
        _steps("predict", "steps", steps)
        stream = stream_of(x, None, None, batch_size, "predict")
        if stream is not None:
            return self._predict_stream(stream, steps, verbose, callbacks)
        with self._restored_on_error():
            arrays = list(self._inputs(x, "predict").values())
            samples = len(arrays[0])
            if len(arrays) > 1:
                Samples.of(dict(enumerate(arrays)), None, None, "predict")
            rows = _batch_size(batch_size, samples, steps)
            count = samples if steps is None else min(samples, steps * rows)
            hooks = self._callback_list(
                callbacks, verbose=verbose, epochs=1, steps=-(-count // rows)
            )
            out = self._output_for(count)
            program = self._program("predict")
        try:
            hooks.on_predict_begin()
            self._predict_part(program, arrays, out, count, rows, 0, hooks)
            hooks.on_predict_end()
        except BaseException:
            hooks.interrupt()
            raise
        return self._nested_outputs(out)

    def _predict_part(
        self,
        program: Lowered,
        arrays: list[np.ndarray],
        out: list[np.ndarray],
        count: int,
        rows: int,
        before: int,
        hooks: CallbackList,
    ) -> None:
        """Predict for so many samples, in batches of `rows` as callbacks see it, `before` of which came earlier."""
        by_batch = hooks.has_predict_batch_hooks
        size = rows if by_batch else max(rows, _PREDICTION_ROWS)
        runner = SpanRunner(program, [*arrays, *out], count, size)

        def batch_begins(batch: int) -> None:
            hooks.on_predict_batch_begin(before + batch)

        def span_ended(last: int, steps: int) -> bool:
            if by_batch:
                part = [one[last * rows : (last + 1) * rows] for one in out]
                hooks.on_predict_batch_end(before + last, {"outputs": self._nested_outputs(part)})
            else:
                done = min((last + 1) * runner.batch_size, count)
                hooks.on_predict_span_end(before - (-done // rows) - 1, {})
            return False

        runner.run(batch_begins=batch_begins if by_batch else None, span_ended=span_ended)

    def _predict_stream(
        self, stream: Stream, steps: int | None, verbose: Any, callbacks: Any
    ) -> Any:
        """Return the outputs for all batches of a stream, one after the other."""
        known = stream.batches if steps is None else steps
        hooks = self._callback_list(callbacks, verbose=verbose, epochs=1, steps=known)
        found: list[list[np.ndarray]] = []
        done = 0
        try:
            hooks.on_predict_begin()
            stream.epoch_begins()
            for block in stream.blocks(shuffle=False):
                with self._restored_on_error():
                    arrays = list(self._inputs(block.x, "predict").values())
                    program = self._program("predict")
                rows = block.batch_size or len(arrays[0])
                count = len(arrays[0])
                if steps is not None:
                    count = min(count, (steps - done) * rows)
                out = self._output_for(count)
                self._predict_part(program, arrays, out, count, rows, done, hooks)
                found.append(out)
                done += -(-count // rows)
                if known is not None and done >= known:
                    break
            hooks.on_predict_end()
        except BaseException:
            hooks.interrupt()
            raise
        if not found:
            raise ValueError("predict: the data is empty: x gave no batch.")
        return self._nested_outputs([np.concatenate(parts) for parts in zip(*found, strict=True)])

    def _output_for(self, rows: int) -> list[np.ndarray]:
        shapes = shapes_in(self.output_shapes())
        return [np.empty((rows, *(n or 1 for n in shape[1:])), self.dtype) for shape in shapes]

    def _nested_outputs(self, arrays: list[np.ndarray]) -> Any:
        return pack_shapes(self.output_shapes(), arrays)

    def _predict_arrays(self, arrays: list[np.ndarray]) -> Any:
        rows = len(arrays[0])
        out = self._output_for(rows)
        lowered = self._program("predict")
        SpanRunner(lowered, [*arrays, *out], rows, min(rows, _PREDICTION_ROWS)).run()
        return self._nested_outputs(out)

    def predictor(self, batch_size: int = 1) -> Predictor:
        """Return a function that predicts for `batch_size` samples, with as little work before the kernels as can be.

        It uses the weights as they are when it is called. For one thread at a time: make one for each. Layers that are
        added or taken off later do not change it.

        Parameters
        ----------
        batch_size : int
            Samples of every call.

        Returns
        -------
        Predictor
            Called on an array of shape (batch_size, ...), best of the model's type and C-contiguous, it returns an
            array of the model's type that **the next call overwrites**; copy what you keep.

        Raises
        ------
        ValueError
            If the model is not built.

        Examples
        --------
        >>> import numpy as np, pymlp as keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> predict = model.predictor()
        >>> float(predict(np.array([[1.0, 2.0]], "float32"))[0, 0])
        3.0
        """
        rows = _whole("predictor", "batch_size", batch_size)
        shapes = (self._build_shape, self.output_shapes()) if self.built else ()
        if not all(map(is_shape, shapes)):
            raise ValueError(
                f"predictor: model {self.name!r} has several inputs or outputs; it takes models of one of each. Use "
                "predict_on_batch."
            )
        if not self.built:
            raise ValueError(
                f"predictor: model {self.name!r} is not built. Give it an Input, or call build(input_shape)."
            )
        model: Any = self
        lowered = prediction_program(model)
        return Predictor(
            lowered.program,
            (rows, *(n or 1 for n in self.input_shape[1:])),
            self._output_for(rows)[0],
            threads_for(lowered.work * rows),
        )

    # ---- one batch --------------------------------------------------------------------------------

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Take one step on one batch; return its loss and metrics before the step, as `evaluate` does."""
        self._check_compiled("train_on_batch", for_training=True)
        with self._restored_on_error():
            samples = self._samples(x, y, sample_weight, "train_on_batch")
            names = self.names_of_outputs()
            samples = _class_weighted(samples, class_weight, names, "train_on_batch")
            self._check_compiled("train_on_batch", for_training=True)
            runner = self._runner("train", samples, len(samples))
        optimizer = self.optimizer
        self.reset_metrics()
        if optimizer.whole_batches:
            self._minimize(runner)
        else:
            runner.run(numbers=lambda first, steps: optimizer.numbers_of_next(1))
            optimizer.advance(1)
        return self._reported(self._logs(), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return the loss and the metrics of one batch, as `evaluate` does."""
        self._check_compiled("test_on_batch")
        with self._restored_on_error():
            samples = self._samples(x, y, sample_weight, "test_on_batch")
            runner = self._runner("test", samples, len(samples))
        self.reset_metrics()
        runner.run()
        return self._reported(self._logs(), return_dict)

    def _reported(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = [logs[name] for name in self._in_order_of_metrics(logs)]
        return values[0] if len(values) == 1 else values

    def predict_on_batch(self, x: Any) -> Any:
        """Return the output for one batch, quietly."""
        arrays = list(self._inputs(x, "predict_on_batch").values())
        Samples.of(dict(enumerate(arrays)), None, None, "predict_on_batch")
        return self._predict_arrays(arrays)


def _validates(epoch: int, validation_freq: int | Sequence[int]) -> bool:
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def _class_weighted(
    samples: Samples, class_weight: Any, names: Sequence[str | None], where: str
) -> Samples:
    """Return the samples, each weighing what its class does."""
    if class_weight is None:
        return samples
    if any(weight is not None for weight in samples.sample_weight):
        raise ValueError(f"{where}: give class_weight or sample_weight, not both.")
    said = [class_weight]
    if len(samples.y) > 1:
        by_name = isinstance(class_weight, Mapping) and set(class_weight) <= set(names)
        if not by_name:
            raise ValueError(
                f"{where}: of a model of several outputs, class_weight should be a dict from the names of outputs, "
                f"{list(names)}, to a dict of class numbers to weights; received {class_weight!r}."
            )
        said = [class_weight.get(name) for name in names]
    weights = tuple(
        None if one is None or y is None else class_weights_to_sample_weights(y, one, where)
        for y, one in zip(samples.y, said, strict=True)
    )
    return Samples(samples.x, samples.y, weights)


def _batch_size(given: int | None, rows: int, steps: int | None) -> int:
    """Return the batch size; by default 32, or as many that the steps go through all rows."""
    if given is not None:
        return int(given)
    return 32 if steps is None else -(-rows // int(steps))


def _steps(where: str, argument: str, value: Any) -> None:
    if value is not None:
        _whole(where, argument, value)


def _whole(where: str, argument: str, value: Any, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(
            f"{where}: {argument} should be a whole number of at least {least}, received {value!r}."
        )
    return int(value)
