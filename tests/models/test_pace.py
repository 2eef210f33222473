"""Plans of spans, on a clock of the test's own."""

import numpy as np
import pytest

import pymlp
from pymlp.models.pace import SPAN, TRIAL, TRY_AGAIN, Pace
from pymlp.models.spans import MOST_PACES


def run(pace, speed, spans):
    """Run so many spans where `speed` says how many steps a second a number of threads makes."""
    ran = []
    for _ in range(spans):
        ran.append((pace.threads, pace.steps))
        pace.ran(pace.steps, pace.steps / speed[pace.threads])
    return ran


def test_one_thread_takes_spans_of_the_usual_length():
    pace = Pace(1, 1e6)
    ran = run(pace, {1: 10_000.0}, 40)
    assert {threads for threads, _ in ran} == {1}
    assert {steps for _, steps in ran[1:]} == {int(10_000 * SPAN)}


def test_first_span_is_short_where_steps_are_long():
    assert Pace(1, 1e12).steps == 1
    assert Pace(1, 0.0).steps > 1000


@pytest.mark.parametrize(("speed", "best"), [({2: 9e3, 1: 5e3}, 2), ({2: 4e3, 1: 5e3}, 1)])
def test_the_faster_number_of_threads_is_found_and_kept(speed, best):
    pace = Pace(2, 1e6)
    ran = run(pace, speed, 2 + 10 * TRY_AGAIN)
    assert [threads for threads, _ in ran[:5]] == [2, 2, 2, 1, 1]
    assert sum(threads == best for threads, _ in ran) / len(ran) > 0.9
    other = 3 - best
    # What is slower is tried again and again, for a short time.
    tried = [steps for threads, steps in ran[5:] if threads == other]
    assert 10 <= len(tried) <= 13
    assert max(tried) == int(speed[other] * TRIAL)
    kept = [steps for threads, steps in ran[5:] if threads == best]
    assert set(kept) == {int(speed[best] * SPAN)}


def test_a_processor_that_is_taken_away_and_given_back():
    pace = Pace(2, 1e6)
    idle, busy = {2: 9e3, 1: 5e3}, {2: 2e3, 1: 5e3}
    for speed, best in ((idle, 2), (busy, 1), (idle, 2)):
        ran = run(pace, speed, 40)  # noticed within sixteen spans
        # Of sixteen spans up to four try the other number: after two, four and eight spans.
        assert [threads for threads, _ in ran[-16:]].count(best) >= 12
    before = pace.threads
    pace.ran(pace.steps, pace.steps / busy[before])
    assert [threads for threads, _ in run(pace, idle, 6)].count(2) >= 5, (
        "one slow span may be an accident"
    )


def test_nothing_is_tried_with_long_steps():
    """A single one would take longer than could be won back."""
    pace = Pace(2, 1e9)
    ran = run(pace, {2: 20.0, 1: 12.0}, 40)
    assert {threads for threads, _ in ran} == {2}
    assert {steps for _, steps in ran[1:]} == {1}


def test_a_first_disturbed_span_decides_nothing():
    pace = Pace(2, 1e6)
    run(pace, {2: 1e3, 1: 5e3}, 2)
    ran = run(pace, {2: 9e3, 1: 5e3}, 8)
    assert [threads for threads, _ in ran] == [2, 1, 1, 2, 1, 2, 2, 2]


def test_a_span_may_be_cut_short_and_take_no_time():
    pace = Pace(2, 1e6)
    pace.ran(1, 0.0)
    assert pace.steps >= 1


def test_what_is_learnt_of_many_sizes_is_bounded():
    model = pymlp.Sequential([pymlp.Input((2,)), pymlp.layers.Dense(1)])
    x = np.ones((3 * MOST_PACES, 2), "float32")
    for rows in range(1, len(x)):
        assert model.predict(x[:rows], verbose=0).shape == (rows, 1)
    paces = model._program("predict").paces
    assert 1 <= len(paces) <= MOST_PACES
    (last,) = (pace for (_, rows), pace in paces.items() if rows == len(x) - 1)
    model.predict(x[1:], verbose=0)
    assert last in paces.values()  # it is gone on with
