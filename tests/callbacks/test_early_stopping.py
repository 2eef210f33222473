"""When `EarlyStopping` stops, and which weights it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from fake_model import FakeModel

from pymlp.callbacks import EarlyStopping

NAN = float("nan")


def epochs_run(values: list[float], name: str = "val_loss", **arguments: Any) -> int:
    """Return how many epochs are run when these are the values of the monitored quantity."""
    stop = EarlyStopping(monitor=name, **arguments)
    history = FakeModel(accuracy="up", mae="down").fit([{name: value} for value in values], stop)
    assert stop.stopped_epoch == (0 if len(history.epoch) == len(values) else history.epoch[-1])
    return len(history.epoch)


@pytest.mark.parametrize(
    ("values", "arguments", "expected"),
    [
        ([3, 2, 1, 0], {}, 4),
        ([1, 2, 3, 4], {}, 2),
        ([1, 1, 1, 1], {}, 2),  # no change is no improvement
        ([1, 2, 3, 4], {"patience": 2}, 3),
        ([2, 3, 1, 2, 2, 2], {"patience": 2}, 5),
        ([3, 2.5, 2, 1.5], {"min_delta": 0.5}, 2),
        ([3, 2.4, 1.8, 1.2], {"min_delta": 0.5}, 4),
        ([3, 2.4, 1.8, 1.2], {"min_delta": -0.5}, 4),  # its sign does not matter
        ([1, 2, 3, 4], {"mode": "max"}, 4),
        ([4, 3, 2, 1], {"mode": "max"}, 2),
        ([5, 5, 5, 5, 5], {"start_from_epoch": 2}, 4),
        ([3, 2.5, 2.2, 2.1], {"baseline": 2, "patience": 2}, 4),  # always better than before
        ([3, 1, 2, 1.5, 1.2], {"baseline": 2, "patience": 2}, 4),
        ([1, NAN, NAN], {}, 2),
        ([NAN, 1, 0], {}, 2),  # as in Keras: nothing is less than NaN
        ([1], {}, 1),
    ],
)
def test_when_training_stops(values: list[float], arguments: dict[str, Any], expected: int) -> None:
    assert epochs_run(values, **arguments) == expected


@pytest.mark.parametrize(
    ("name", "rising_is_better"),
    [
        ("loss", False),
        ("val_loss", False),
        ("accuracy", True),
        ("val_accuracy", True),
        ("val_mae", False),
    ],
)
def test_direction_is_found_from_the_name(name: str, rising_is_better: bool) -> None:
    rising = epochs_run([1, 2, 3], name)
    falling = epochs_run([3, 2, 1], name)
    assert (rising, falling) == ((3, 2) if rising_is_better else (2, 3))


def test_metrics_within_a_container_are_found() -> None:
    model = FakeModel()
    model.metrics = [type("Container", (), {"metrics": FakeModel(accuracy="up").metrics})()]
    history = model.fit([{"accuracy": 1}, {"accuracy": 2}], EarlyStopping("accuracy"))
    assert history.epoch == [0, 1]


def test_unknown_direction_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"monitor='val_mine' and mode='auto'.*Pass mode='max'"):
        epochs_run([1.0], "val_mine")
    assert epochs_run([1, 2, 3], "val_mine", mode="max") == 3


def test_unknown_mode_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="expected mode 'auto', 'min' or 'max', received 'down'"):
        stop = EarlyStopping(mode="down")
    assert stop.mode == "auto"


def test_missing_quantity_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="no 'val_loss' to monitor.*Available: accuracy, loss"):
        history = FakeModel().fit([{"loss": 1, "accuracy": 2}], EarlyStopping())
    assert history.epoch == [0]


@pytest.mark.parametrize(
    ("values", "arguments", "weight"),
    [
        ([3, 1, 2, 2, 2], {"patience": 2}, 2),
        ([3, 2, 1], {}, 3),  # all epochs are run
        ([1, 2, 3], {"patience": 5}, 1),
        ([5, 4, 6, 7], {"patience": 2, "baseline": 1}, 2),  # never beats the baseline
        ([1, 5, 4, 6], {"patience": 9, "start_from_epoch": 1}, 3),
        ([NAN, NAN, NAN], {"patience": 2}, 1),
    ],
)
def test_best_weights_are_restored(
    values: list[float], arguments: dict[str, Any], weight: int
) -> None:
    model = FakeModel()
    stop = EarlyStopping("loss", restore_best_weights=True, **arguments)
    model.fit([{"loss": value} for value in values], stop)
    assert model.weight == weight
    assert stop.best_epoch == weight - 1


def test_last_weights_are_kept_otherwise() -> None:
    model = FakeModel()
    model.fit([{"loss": 1}, {"loss": 2}, {"loss": 3}], EarlyStopping("loss", patience=2))
    assert model.weight == 3


def test_an_instance_can_be_used_again() -> None:
    stop = EarlyStopping("loss", restore_best_weights=True)
    for values, weight in (([1, 2, 3], 1), ([12, 11, 10, 13], 3)):  # worse than all before
        model = FakeModel()
        history = model.fit([{"loss": value} for value in values], stop)
        assert history.epoch == list(range(weight + 1))
        assert model.weight == weight


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    stop = EarlyStopping("loss", patience=1, verbose=1, restore_best_weights=True)
    FakeModel().fit([{"loss": 2}, {"loss": 1}, {"loss": 3}], stop)
    assert capsys.readouterr().out == (
        "Epoch 3: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    )
