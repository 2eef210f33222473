"""`StreamCourse`: the way through data that comes batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pymlp import random as pymlp_random
from pymlp.data import Samples
from pymlp.data.given import Given
from pymlp.data.stream import Block, Stream
from pymlp.models.courses import Course, Part, tell_that_data_ran_out
from pymlp.models.spans import Runner

__all__ = ["StreamCourse"]


class StreamCourse(Course):
    """Through a stream, whose blocks are checked and bound as they come.

    Parameters
    ----------
    stream : Stream
    steps : int or None
        Batches of an epoch; None: all.
    samples_of : callable ``(Block) -> Samples or Given``
    runner_of : callable ``(samples, batch_size) -> Runner``
    where : str
        For messages.
    """

    def __init__(
        self,
        stream: Stream,
        steps: int | None,
        samples_of: Callable[[Block], Samples | Given],
        runner_of: Callable[[Samples | Given, int], Runner],
        where: str,
    ) -> None:
        self.stream = stream
        self.steps = stream.batches if steps is None else int(steps)
        self._whole_way = steps is None
        self._samples_of = samples_of
        self._runner_of = runner_of
        self._where = where
        self._blocks: Iterator[Block] | None = None
        self._waiting: tuple[Runner, int] | None = None  # and which of its batches comes next
        self._seen = 0  # batches of this way through the stream
        self._seen_before = 0  # those of the epochs before this one
        self._usual: int | None = None  # batches of the first whole way
        self._began: dict[str, Any] | None = None  # the random streams where this way began
        self._taken = 0  # items of an iterator there
        self._resumed: dict[str, Any] | None = None  # where a course was that this one goes on

    def prepare(self, shuffle: bool) -> None:
        """Fetch the first block, so that what is wrong with it is known before anything is done."""
        if self._next(shuffle) is None:
            raise ValueError(f"{self._where}: the data is empty: x gave no batch.")

    def _next(self, shuffle: bool) -> tuple[Runner, int] | None:
        if self._waiting is None:
            if self._blocks is None:
                self._began, self._taken = pymlp_random.streams_state(), self.stream.taken
                self._blocks = self.stream.blocks(shuffle)
            block = next(self._blocks, None)
            if block is not None:
                samples = self._samples_of(block)
                self._waiting = (self._runner_of(samples, block.batch_size or len(samples)), 0)
        return self._waiting

    def _way_ends(self) -> None:
        self._blocks, self._waiting, self._began = None, None, None
        self._seen = self._seen_before = 0

    def from_the_first(self) -> StreamCourse:
        """Return this course at its beginning."""
        if self._resumed is not None:
            self._go_on_from(self._resumed, 0, False)
        if self._seen:
            self._way_ends()
        return self

    @property
    def sizes(self) -> dict[str, Any]:
        return {"batches": self.stream.batches, "steps_per_epoch": self.steps}

    @property
    def place(self) -> dict[str, Any]:
        return {
            "seen": self._seen_before,
            "began": self._began,
            "taken": self.stream.taken if self._blocks is None else self._taken,
            "data": self.stream.get_state(),
        }

    def go_to(self, place: dict[str, Any], shuffle: bool) -> None:
        self._resumed = place  # what is to be passed over is fetched when the epoch begins

    def _epoch_begins(self, shuffle: bool, skip: int) -> None:
        """Have the next batch be that number `skip` of this epoch."""
        if self._resumed is None:
            self.stream.epoch_begins()
        else:
            self._go_on_from(self._resumed, skip, shuffle)

    def _go_on_from(self, place: dict[str, Any], skip: int, shuffle: bool) -> None:
        self._resumed = None
        if not skip:
            self.stream.set_state(place["data"])
            self.stream.epoch_begins()
        now = pymlp_random.streams_state()
        if skip:  # the epoch had begun, and the state is one from within it
            self.stream.epoch_begins()
            self.stream.set_state(place["data"])
        self._way_ends()
        if self.stream.begins_again and place["began"] is not None:
            pymlp_random.set_streams_state(place["began"])
        self._pass_over(place["seen"] + skip, place["taken"], shuffle)
        self._seen_before = place["seen"]
        pymlp_random.set_streams_state(now)

    def _pass_over(self, batches: int, taken: int, shuffle: bool) -> None:
        """Fetch batches that were trained on before, after so many of ways before this one, and leave them."""
        earlier = max(0, taken - self.stream.taken)
        missing = earlier - self.stream.pass_over(earlier)
        while batches:
            found = None if missing else self._next(shuffle)
            if found is None:
                raise ValueError(
                    f"{self._where}: {missing + batches} batches more should come before the place where training was "
                    f"interrupted, but {type(self.stream).__name__.lower()} x has ended. Give it as it was at first."
                )
            count = min(batches, found[0].steps - found[1])
            self._take(*found, count)
            batches -= count

    def _take(self, runner: Runner, first: int, count: int) -> None:
        """Take note that batches of the block at hand are done with."""
        self._seen += count
        self._waiting = (runner, first + count) if first + count < runner.steps else None

    def parts(self, shuffle: bool, epoch: int = 0, skip: int = 0) -> Iterator[Part]:
        self._epoch_begins(shuffle, skip)
        done = skip
        while self._whole_way or done < (self.steps or 0):
            found = None if self._is_through() else self._next(shuffle)
            if found is None:
                self._way_ends()
                self._tell_if_short(done, epoch)
                break
            runner, first = found
            left = runner.steps - first
            count = left if self._whole_way else min(left, (self.steps or 0) - done)
            yield Part(runner, None, first, count)
            done += count
            self._take(runner, first, count)
        if self._is_through():
            self._way_ends()
        self._seen_before = self._seen
        self.stream.epoch_ended()

    def _tell_if_short(self, done: int, epoch: int) -> None:
        """Warn of an epoch at whose end the data ended, unless it had as many batches as were wanted."""
        wanted = self._usual if self._whole_way else self.steps
        if wanted is not None and done < wanted:
            first = "the first" if self.stream.begins_again else "the first two"
            tell_that_data_ran_out(self._where, done, wanted, epoch, first)
        if self._whole_way and self._usual is None:
            self._usual = done

    def _is_through(self) -> bool:
        """Whether all batches of this way were run, as far as their number is known."""
        return self.stream.batches is not None and self._seen >= self.stream.batches
