"""The callbacks that change the learning rate, and the one that watches for NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_model import FakeModel

from pymlp.callbacks import LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN

CONSTANT = [{"loss": 1.0}] * 6


def rates(callback: Any, results: list[dict[str, float]]) -> list[float]:
    history = FakeModel(accuracy="up").fit(results, callback)
    return [float(rate) for rate in np.round(history.history["learning_rate"], 6)]


def test_schedule_sees_epoch_and_learning_rate() -> None:
    scheduler = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    assert rates(scheduler, CONSTANT[:3]) == [0.1, 0.05, 0.025]


def test_schedule_of_the_epoch_alone() -> None:
    assert rates(LearningRateScheduler(lambda epoch: 1 / (epoch + 1)), CONSTANT[:2]) == [1, 0.5]


def test_an_error_within_the_schedule_is_not_hidden() -> None:
    def schedule(epoch: int, rate: float) -> float:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        rates(LearningRateScheduler(schedule), CONSTANT)


@pytest.mark.parametrize("result", [None, "0.1", True])
def test_schedule_must_return_a_number(result: Any) -> None:
    with pytest.raises(ValueError, match="to return a float, received"):
        rates(LearningRateScheduler(lambda epoch: result), CONSTANT)


def test_scheduler_message(capsys: pytest.CaptureFixture[str]) -> None:
    rates(LearningRateScheduler(lambda epoch: 0.5, verbose=1), CONSTANT[:1])
    assert capsys.readouterr().out == (
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.5.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"patience": 2, "factor": 0.5}, [0.1, 0.1, 0.1, 0.05, 0.05, 0.025]),
        ({"patience": 1, "factor": 0.5}, [0.1, 0.1, 0.05, 0.025, 0.0125, 0.00625]),
        ({"patience": 1, "factor": 0.5, "cooldown": 2}, [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.04}, [0.1, 0.1, 0.05, 0.04, 0.04, 0.04]),
        ({"patience": 1, "mode": "max"}, [0.1, 0.1, 0.01, 0.001, 0.0001, 0.00001]),
    ],
)
def test_plateau(arguments: dict[str, Any], expected: list[float]) -> None:
    assert rates(ReduceLROnPlateau("loss", **arguments), CONSTANT) == expected


def test_improvement_must_exceed_min_delta() -> None:
    results = [{"accuracy": 0.5 + 0.01 * i} for i in range(4)]
    assert rates(ReduceLROnPlateau("accuracy", patience=1), results) == [0.1] * 4
    small_steps = rates(ReduceLROnPlateau("accuracy", patience=1, min_delta=0.1), results)
    assert small_steps == [0.1, 0.1, 0.01, 0.001]


def test_smallest_learning_rate_in_float32_is_not_reduced_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # float32(0.07) is a little more than 0.07
    callback = ReduceLROnPlateau("loss", patience=1, factor=0.5, min_lr=0.07, verbose=1)
    rates(callback, CONSTANT)
    assert capsys.readouterr().out == (
        "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.07.\n"
    )


def test_plateau_of_a_missing_quantity_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="no 'val_loss' to monitor.*loss, learning_rate"):
        assert rates(ReduceLROnPlateau(), CONSTANT[:1]) == [0.1]


def test_factor_must_reduce() -> None:
    with pytest.raises(ValueError, match="expected factor < 1, received 1"):
        ReduceLROnPlateau(factor=1)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf")])
def test_training_ends_when_the_loss_is_not_finite(
    loss: float, capsys: pytest.CaptureFixture[str]
) -> None:
    history = FakeModel().fit([{"loss": 1.0}, {"loss": loss}, {"loss": 1.0}], TerminateOnNaN())
    assert history.epoch == [0, 1]
    assert capsys.readouterr().out == "Batch 1: Invalid loss, terminating training\n"


def test_training_fails_when_the_loss_is_not_finite() -> None:
    with pytest.raises(RuntimeError, match="the loss is nan at batch 1"):
        FakeModel().fit([{"loss": float("nan")}], TerminateOnNaN(raise_error=True))


def test_a_finite_loss_is_no_reason_to_end() -> None:
    assert FakeModel().fit(CONSTANT, TerminateOnNaN(raise_error=True)).epoch == [0, 1, 2, 3, 4, 5]
