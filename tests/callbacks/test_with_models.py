"""Callbacks on real models: the hooks and their arguments, and what the callbacks do to training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp.callbacks import (
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

# Keras 3 on NumPy 2 warns when one of its variables becomes an array.
pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

ROWS = 10
X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("f4")
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype("f4")

KERAS_HOOKS = [
    f"on_{mode}_{event}"
    for mode in ("train", "test", "predict")
    for event in ("begin", "end", "batch_begin", "batch_end")
] + ["on_epoch_begin", "on_epoch_end"]


def linear(library: Any, rate: float = 0.0625, metrics: Any = ("mae",)) -> Any:
    dense = library.layers.Dense(1, kernel_initializer="zeros")
    model = library.Sequential([library.Input((3,)), dense])
    model.compile(library.optimizers.SGD(rate), "mse", metrics=list(metrics))
    return model


def recorder(library: Any, hooks: list[str]) -> Any:
    """A callback that writes down each of the hooks: name, number and logs."""

    def hook(name: str) -> Any:
        def record(self: Any, *arguments: Any, **keywords: Any) -> None:
            *number, logs = [*arguments, *keywords.values()]
            found = {
                key: np.shape(value) if key == "outputs" else float(value)
                for key, value in (logs or {}).items()
            }
            self.calls.append((name, number, found))

        return record

    kind = type("Recorder", (library.callbacks.Callback,), {name: hook(name) for name in hooks})
    made = kind()
    made.calls = []
    return made


CALLS = {
    "fit": lambda model, **options: model.fit(
        X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0, **options
    ),
    "fit with validation": lambda model, **options: model.fit(
        X, Y, batch_size=4, epochs=3, initial_epoch=1, shuffle=False, verbose=0,
        validation_split=0.3, validation_freq=2, **options
    ),
    "evaluate": lambda model, **options: model.evaluate(X, Y, batch_size=4, verbose=0, **options),
    "predict": lambda model, **options: model.predict(X, batch_size=4, verbose=0, **options),
}  # fmt: skip

EXPECTED = {
    "fit": [
        "train_begin",
        *(["epoch_begin 0"] + [f"train_batch_{e} {b}" for b in range(3) for e in ("begin", "end")]),
        "epoch_end 0",
        *(["epoch_begin 1"] + [f"train_batch_{e} {b}" for b in range(3) for e in ("begin", "end")]),
        "epoch_end 1",
        "train_end",
    ],
    "fit with validation": [
        "train_begin",
        *(["epoch_begin 1"] + [f"train_batch_{e} {b}" for b in range(2) for e in ("begin", "end")]),
        *("test_begin", "test_batch_begin 0", "test_batch_end 0", "test_end"),
        "epoch_end 1",
        *(["epoch_begin 2"] + [f"train_batch_{e} {b}" for b in range(2) for e in ("begin", "end")]),
        "epoch_end 2",
        "train_end",
    ],
    "evaluate": [
        "test_begin",
        *(f"test_batch_{e} {b}" for b in range(3) for e in ("begin", "end")),
        "test_end",
    ],
    "predict": [
        "predict_begin",
        *(f"predict_batch_{e} {b}" for b in range(3) for e in ("begin", "end")),
        "predict_end",
    ],
}


class TestHooks:
    @pytest.mark.parametrize("call", CALLS)
    def test_order(self, call: str) -> None:
        listening = recorder(pymlp, KERAS_HOOKS)
        CALLS[call](linear(pymlp), callbacks=[listening])
        found = [" ".join(map(str, [name[3:], *number])) for name, number, _ in listening.calls]
        assert found == EXPECTED[call]

    @pytest.mark.parametrize("call", CALLS)
    def test_as_keras_calls_them(self, call: str, keras: Any) -> None:
        records = []
        for library in (pymlp, keras):
            listening = recorder(library, KERAS_HOOKS)
            CALLS[call](linear(library), callbacks=[listening])
            records.append(listening.calls)
        ours, theirs = records
        assert [one[:2] for one in ours] == [one[:2] for one in theirs]
        for (name, number, logs), (_, _, wanted) in zip(ours, theirs, strict=True):
            if "outputs" in wanted:
                assert logs == wanted
            else:
                # float32 means of a few terms.
                assert logs == pytest.approx(wanted, rel=1e-5, abs=1e-6), (name, number)

    def test_without_batch_hooks_the_rest_is_the_same(self) -> None:
        every = recorder(pymlp, KERAS_HOOKS)
        few = recorder(pymlp, [name for name in KERAS_HOOKS if "batch" not in name])
        for listening in (every, few):
            CALLS["fit with validation"](linear(pymlp), callbacks=[listening])
        assert [one for one in every.calls if "batch" not in one[0]] == few.calls

    def test_batch_logs_are_running_means(self) -> None:
        listening = recorder(pymlp, ["on_train_batch_end"])
        linear(pymlp, rate=0.0).fit(
            X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[listening]
        )
        losses = [logs["loss"] for _, _, logs in listening.calls]
        squares = Y[:, 0].astype(float) ** 2
        expected = [squares[:n].mean() for n in (4, 8, 10)]
        assert losses == pytest.approx(expected, rel=1e-5)

    def test_model_and_params_are_handed_over(self) -> None:
        seen = LambdaCallback()
        model = linear(pymlp)
        model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[seen])
        assert seen.model is model
        assert seen.params == {"verbose": 0, "epochs": 2, "steps": 3}

    def test_evaluate_leaves_the_history_alone(self) -> None:
        model = linear(pymlp)
        history = model.fit(X, Y, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        assert model.history is history


def rising(epochs: int, best: int) -> LearningRateScheduler:
    """Rates at which the loss falls until epoch `best`, and rises from there on: steps turn round."""
    return LearningRateScheduler(lambda epoch, rate: 0.0625 if epoch <= best else -0.0625)


class TestEarlyStopping:
    @pytest.mark.parametrize("restore", [False, True])
    def test_stops_after_its_patience_and_restores(self, restore: bool) -> None:
        model = linear(pymlp)
        kept: list[list[np.ndarray]] = []
        keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(model.get_weights()))
        stop = EarlyStopping("val_loss", patience=2, restore_best_weights=restore)
        with np.errstate(all="ignore"):
            history = model.fit(
                X, Y, epochs=20, batch_size=10, verbose=0, validation_data=(X, Y),
                callbacks=[rising(20, 3), keep, stop],
            )  # fmt: skip
        # Epoch 3 is the last at a rate that falls; 4 and 5 are waited for.
        losses = history.history["val_loss"]
        assert int(np.argmin(losses)) == 3
        assert history.epoch == [0, 1, 2, 3, 4, 5]
        assert stop.stopped_epoch == 5
        expected = kept[3] if restore else kept[5]
        for found, wanted in zip(model.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)
        # What was restored is what is measured.
        assert model.evaluate(X, Y, verbose=0)[0] == pytest.approx(
            min(losses) if restore else losses[-1]
        )

    def test_does_not_stop_what_goes_on_improving(self) -> None:
        model = linear(pymlp)
        history = model.fit(
            X, Y, epochs=6, batch_size=10, verbose=0, callbacks=[EarlyStopping("loss", patience=1)]
        )
        assert history.epoch == list(range(6))


class TestLearningRate:
    def test_scheduler(self) -> None:
        model = linear(pymlp)
        seen: list[float] = []
        look = LambdaCallback(
            on_epoch_begin=lambda epoch, logs: seen.append(float(model.optimizer.learning_rate))
        )
        history = model.fit(
            X, Y, epochs=4, verbose=0,
            callbacks=[LearningRateScheduler(lambda epoch, rate: rate / 2), look],
        )  # fmt: skip
        assert seen == [0.03125, 0.015625, 0.0078125, 0.00390625]
        assert history.history["learning_rate"] == seen

    def test_reduced_on_a_plateau(self) -> None:
        model = linear(pymlp, rate=0.0)  # nothing moves: a plateau from the first epoch on
        model.optimizer.learning_rate = 2.0**-40
        reduce = ReduceLROnPlateau("loss", factor=0.25, patience=2, min_lr=2.0**-46)
        history = model.fit(X, Y, epochs=9, verbose=0, callbacks=[reduce])
        rates = np.log2(history.history["learning_rate"])
        # Each rate is written down before the epoch's end changes it.
        assert rates.tolist() == [-40, -40, -40, -42, -42, -44, -44, -46, -46]

    @pytest.mark.parametrize("kind", ["scheduler", "plateau"])
    def test_as_keras_does(self, kind: str, keras: Any) -> None:
        results = []
        for library in (pymlp, keras):
            callback = (
                library.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
                if kind == "scheduler"
                else library.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1.0)
            )
            model = linear(library)
            history = model.fit(
                X, Y, epochs=5, batch_size=4, shuffle=False, verbose=0, callbacks=[callback]
            )
            results.append((history.history, [np.asarray(w) for w in model.get_weights()]))
        (ours, our_weights), (theirs, their_weights) = results
        assert ours.keys() == theirs.keys()
        for name, values in theirs.items():
            assert ours[name] == pytest.approx([float(v) for v in values], rel=1e-5), name
        for one, other in zip(our_weights, their_weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_terminate_on_nan() -> None:
    x = X.copy()
    x[5] = np.nan
    model = linear(pymlp)
    history = model.fit(
        x, Y, epochs=5, batch_size=2, shuffle=False, verbose=0, callbacks=[TerminateOnNaN()]
    )
    assert history.epoch == [0]
    assert np.isnan(history.history["loss"]).all()
