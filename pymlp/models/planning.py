"""`Planning`: the way through the data that an epoch, a validation or an evaluation takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pymlp.data import Samples, split_off
from pymlp.data.given import Given
from pymlp.data.sparse import SparseRows
from pymlp.data.stream import Block, Stream, stream_of
from pymlp.models.arguments import batch_size_of
from pymlp.models.courses import ArrayCourse, Course
from pymlp.models.reading import class_weighted
from pymlp.models.steps import Steps
from pymlp.models.stream_course import StreamCourse

__all__ = ["Planning"]


class Planning(Steps):
    """The part of a `Model` that makes courses of data."""

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
    ) -> tuple[Course, Callable[[], Course] | None, Course | None]:
        """Return the course of an epoch, what makes one of a validation, and that of all, each if there is to be any.

        Only a generator has one course for all validations, each going on where the last stopped.
        """
        names = self._names_of_outputs
        stream = stream_of(x, y, sample_weight, batch_size, "fit")
        course: Course
        held_out: Samples | Given | Stream | None = None
        if stream is None:
            samples = self._read("train", x, y, sample_weight, "fit")
            if validation_data is None and validation_split:
                samples, held_out = split_off(samples, validation_split)
            # After the split: as in Keras, validation does not weigh classes.
            samples = class_weighted(samples, class_weight, names, "fit")
            self._check_compiled("fit", for_training=True)
            if self.optimizer.whole_batches:
                batch_size, steps = len(samples), None
            size = batch_size_of(batch_size, len(samples), steps)
            course = ArrayCourse(self._runner("train", samples, size), steps)
        else:
            if self.optimizer.whole_batches:
                raise ValueError(
                    f"fit: the optimizer {self.optimizer.name!r} works on all samples at once; x is a "
                    f"{type(x).__name__}, which gives them batch by batch. Give arrays."
                )
            if validation_data is None and validation_split:
                if not isinstance(stream, SparseRows):
                    raise ValueError(
                        f"fit: validation_split is for arrays; x is a {type(x).__name__}. Give validation_data."
                    )
                stream, held_out = stream.split_off(validation_split, validation_batch_size)

            def weighted(block: Block) -> Samples | Given:
                samples = self._block_samples(block, "train", "fit")
                return class_weighted(samples, class_weight, names, "fit")

            course = self._stream_course(stream, "train", steps, weighted, shuffle, "fit")
        if validation_data is not None:
            given = (
                validation_data
                if isinstance(validation_data, (tuple, list))
                else (validation_data,)
            )
            items = (*given, None, None)[:3]
            held_out = stream_of(items[0], items[1], items[2], validation_batch_size, "fit")
        elif held_out is None:
            return course, None, None
        if isinstance(held_out, Stream):
            read = partial(self._block_samples, kind="test", where="fit, validation_data")
            measured = self._stream_course(
                held_out, "test", validation_steps, read, False, "validation"
            )
            goes_on = None if held_out.begins_again else measured
            return course, measured.from_the_first, goes_on
        samples = (
            self._validation_samples(validation_data)
            if held_out is None
            else self._held_out(held_out)
        )

        def validation() -> Course:
            size = batch_size_of(validation_batch_size, len(samples), validation_steps)
            runner = self._runner("test", samples, size, validation_steps)
            return ArrayCourse(runner, validation_steps, "validation")

        return course, validation, None

    def _stream_course(
        self,
        stream: Stream,
        kind: str,
        steps: int | None,
        read: Callable[[Block], Samples | Given],
        shuffle: bool,
        where: str,
    ) -> StreamCourse:
        course = StreamCourse(stream, steps, read, partial(self._runner, kind), where)
        course.prepare(shuffle)
        if kind == "train":
            self._check_compiled(where, for_training=True)
        return course

    def _evaluation_course(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int | None,
        steps: int | None,
    ) -> Course:
        """Return the course of an evaluation."""
        stream = stream_of(x, y, sample_weight, batch_size, "evaluate")
        if stream is not None:
            read = partial(self._block_samples, kind="test", where="evaluate")
            return self._stream_course(stream, "test", steps, read, False, "evaluate")
        samples = self._read("test", x, y, sample_weight, "evaluate")
        rows = batch_size_of(batch_size, len(samples), steps)
        return ArrayCourse(self._runner("test", samples, rows, steps), steps, "evaluate")

    def _block_samples(self, block: Block, kind: str, where: str) -> Samples | Given:
        return self._read(kind, block.x, block.y, block.sample_weight, where)

    def _held_out(self, samples: Samples | Given) -> Samples | Given:
        """Return samples that were read for training as a validation needs them."""
        in_python = self._steps_in_python("test")
        if isinstance(samples, Given) and not in_python:
            return self._samples(samples.x, samples.y, samples.sample_weight, "fit")
        return self._as_given(samples) if isinstance(samples, Samples) and in_python else samples

    def _validation_samples(self, data: Any) -> Samples | Given:
        if not isinstance(data, (tuple, list)) and not self._needs_targets("test"):
            data = (data,)
        least = 2 if self._needs_targets("test") else 1
        if not isinstance(data, (tuple, list)) or not least <= len(data) <= 3:
            raise ValueError(
                "fit: validation_data should be a tuple (x, y) or (x, y, sample_weight), received "
                f"{type(data).__name__}."
            )
        x, y, sample_weight = (*data, None, None)[:3]
        try:
            return self._read("test", x, y, sample_weight, "fit")
        except ValueError as error:
            # What a layer or a loss says does not tell which of the two y it is about.
            message = str(error).removeprefix("fit: ")
            raise ValueError(f"fit, validation_data: {message}") from error
