"""`fit`, argument by argument, beside the same training written in NumPy; `train_on_batch`."""

import contextlib
import copy
import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import RATE, Trained, assert_trained, batches, data, model

import pymlp as keras

close = pytest.approx  # float64 means of some tens of terms: its 1e-6 is far above their rounding


def fit(trained, x, y, **arguments):
    return trained.fit(x, y, **{"shuffle": False, "verbose": 0, **arguments})


class TestBatches:
    @given(rows=st.integers(1, 40), batch_size=st.integers(1, 50))
    def test_any_size(self, rows, batch_size):
        x, y = data(rows)
        trained = model()
        history = fit(trained, x, y, batch_size=batch_size).history
        expected = Trained(x, y, batch_size)
        assert_trained(trained, expected)
        # A short last batch counts by its samples.
        assert history["loss"] == [close(expected.loss)]
        assert history["mae"] == [close(expected.mae)]
        assert trained.optimizer.iterations == len(batches(rows, batch_size))

    def test_the_default_is_32(self):
        x, y = data(70)
        trained = model()
        assert fit(trained, x, y).params["steps"] == 3
        assert_trained(trained, Trained(x, y, 32))

    def test_a_short_last_batch_matters_to_the_mean(self):
        x, y = data(5)
        expected = Trained(x, y, 4)
        first, last = Trained(x[:4], y[:4], 4), Trained(x, y, 4)
        assert expected.loss == last.loss
        assert abs(first.loss - expected.loss) > 1e-3
        assert fit(model(), x, y, batch_size=4).history["loss"] == [close(expected.loss)]

    def test_steps_per_epoch(self):
        x, y = data(20)
        trained = model()
        history = fit(trained, x, y, batch_size=4, steps_per_epoch=3)
        assert history.params["steps"] == 3
        assert_trained(trained, Trained(x[:12], y[:12], 4))

    @pytest.mark.parametrize(
        ("batch_size", "steps", "losses"),
        [  # running means of each epoch, from Keras 3.15
            (2, 2, [[0.5, 1.5], [4.5, 5.5], [8.5], [0.5, 1.5]]),
            (2, 3, [[0.5, 1.5, 2.5], [6.5, 7.5], [0.5, 1.5, 2.5], [6.5, 7.5]]),
            (2, 5, [[0.5, 1.5, 2.5, 3.5, 4.5]] * 4),
            (2, 7, [[0.5, 1.5, 2.5, 3.5, 4.5]] * 4),
            (3, 2, [[1.0, 2.5], [7.0, 7.5]] * 2),
            (None, 2, [[2.0, 4.5]] * 4),  # batches so large that the steps go through all samples
        ],
    )
    @pytest.mark.filterwarnings("ignore:Your input ran out of data")
    def test_an_epoch_of_steps_goes_on_where_the_last_one_stopped(self, batch_size, steps, losses):
        trained = model(1, optimizer=keras.optimizers.SGD(0.0), metrics=())
        trained.set_weights([[[0.0]]])
        seen = []
        look_on = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: seen.append([]),
            on_train_batch_end=lambda batch, logs: seen[-1].append(close(logs["loss"])),
        )
        x, y = np.zeros((10, 1)), np.sqrt(np.arange(10.0))[:, None]
        arguments = {"batch_size": batch_size, "steps_per_epoch": steps, "shuffle": False}
        history = fit(trained, x, y, epochs=4, callbacks=[look_on], **arguments)
        assert seen == losses
        assert history.history["loss"] == [epoch[-1] for epoch in losses]
        assert history.params["steps"] == steps
        again = fit(trained, x, y, epochs=4, **arguments)  # without looking at batches
        assert again.history == history.history

    def test_steps_in_new_orders_take_every_sample_once(self):
        trained = model(1, optimizer=keras.optimizers.SGD(0.0), metrics=())
        trained.set_weights([[[0.0]]])
        x, y = np.zeros((12, 1)), np.sqrt(2.0 ** np.arange(12))[:, None]
        losses = fit(
            trained, x, y, batch_size=2, steps_per_epoch=2, epochs=6, shuffle=True
        ).history["loss"]
        for one in (losses[:3], losses[3:]):
            assert sum(one) == pytest.approx((2**12 - 1) / 4, rel=1e-12)
        assert losses[:3] != losses[3:]

    def test_running_out_of_data_is_told(self):
        x, y = data(10)
        with pytest.warns(UserWarning, match="ran out of data: .* 2 of its 3 batches"):
            fit(model(), x, y, batch_size=2, steps_per_epoch=3, epochs=2)

    def test_train_on_batch_is_one_step(self):
        x, y = data(9)
        one, other = model(), model()
        expected = Trained(x, y, 9)
        assert one.train_on_batch(x, y) == [close(expected.loss), close(expected.mae)]
        assert_trained(one, expected)
        logs = other.train_on_batch(x, y, return_dict=True)
        assert logs == {"loss": close(expected.loss), "mae": close(expected.mae)}
        # Means start again with every batch.
        again = Trained(x, y, 9, kernel=expected.kernel)
        assert one.train_on_batch(x, y) == [close(again.loss), close(again.mae)]


class TestEpochs:
    def test_each_starts_its_means_again(self):
        x, y = data(10)
        trained = model()
        history = fit(trained, x, y, batch_size=4, epochs=3)
        expected = []
        for _ in range(3):
            kernel = expected[-1].kernel if expected else None
            expected.append(Trained(x, y, 4, kernel=kernel))
        assert history.history == {
            "loss": close([e.loss for e in expected]),
            "mae": close([e.mae for e in expected]),
        }
        assert_trained(trained, expected[-1])
        assert history.epoch == [0, 1, 2]
        assert history.params == {"verbose": 0, "epochs": 3, "steps": 3}
        assert history.model is trained
        assert trained.history is history

    def test_initial_epoch(self):
        x, y = data(10)
        one, other = model(), model()
        assert fit(one, x, y, epochs=5, initial_epoch=3).epoch == [3, 4]
        fit(other, x, y, epochs=2)
        np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
        assert fit(one, x, y, epochs=2, initial_epoch=2).epoch == []

    def test_no_epochs(self):
        called = []
        look_on = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: called.append("train begins"),
            on_epoch_begin=lambda epoch, logs: called.append(epoch),
            on_train_end=lambda logs: called.append("train ends"),
        )
        trained = model()
        history = fit(trained, *data(10), epochs=0, callbacks=[look_on])
        assert (history.history, history.epoch, called) == ({}, [], ["train begins", "train ends"])
        np.testing.assert_array_equal(trained.get_weights()[0], np.ones((3, 1)))

    def test_a_second_fit_goes_on(self):
        x, y = data(10)
        for optimizer in ("sgd", "adam"):
            one, other = model(optimizer=optimizer), model(optimizer=optimizer)
            fit(one, x, y, epochs=4)
            fit(other, x, y, epochs=2)
            fit(other, x, y, epochs=2)
            np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


class TestShuffle:
    def test_off_keeps_the_order(self):
        x, y = data(12)
        trained = model()
        fit(trained, x, y, batch_size=5, shuffle=False)
        assert_trained(trained, Trained(x, y, 5))

    def test_on_takes_every_sample_once_an_epoch_in_new_orders(self):
        # At rate 0 the mean over an epoch is the same in any order; the running loss tells the order.
        x, y = data(64)
        seen = []

        class Seen(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                seen.append(logs["loss"])

        trained = model(optimizer=keras.optimizers.SGD(0.0))
        history = trained.fit(x, y, batch_size=1, epochs=3, verbose=0, callbacks=[Seen()])
        whole = Trained(x, y, 64).loss
        assert history.history["loss"] == close([whole] * 3)
        squares = np.sort((x @ np.ones((3, 1)) - y)[:, 0] ** 2)
        orders = []
        for epoch in np.reshape(seen, (3, 64)):
            single = np.diff(np.concatenate([[0], epoch * np.arange(1, 65)]))
            np.testing.assert_allclose(np.sort(single), squares, atol=1e-10)
            orders.append(single)
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert not np.allclose(orders[one], orders[other])

    def test_is_on_by_default_and_follows_the_seed(self):
        x, y = data(40)
        ends = []
        for seed, arguments in ((1, {}), (1, {"shuffle": True}), (2, {}), (1, {"shuffle": False})):
            keras.utils.set_random_seed(seed)
            trained = model()
            trained.fit(x, y, batch_size=4, verbose=0, **arguments)
            ends.append(trained.get_weights()[0])
        np.testing.assert_array_equal(ends[0], ends[1])
        assert not np.array_equal(ends[0], ends[2])
        assert not np.array_equal(ends[0], ends[3])

    def test_weights_stay_with_their_samples(self):
        x, y = data(16)
        x[8:], y[8:] = 100, -100
        weights = np.repeat([1.0, 0.0], 8)
        trained = model(weighted_metrics=["mse"])
        history = trained.fit(x, y, batch_size=2, sample_weight=weights, verbose=0).history
        assert history["mse"][0] < 50
        assert np.abs(trained.get_weights()[0]).max() < 10


class TestValidation:
    def test_split_holds_out_the_last_part(self):
        x, y = data(10)
        trained = model()
        history = fit(trained, x, y, batch_size=4, validation_split=0.25).history
        expected = Trained(x[:7], y[:7], 4)  # 10 * 0.75 rounded down
        assert_trained(trained, expected)
        held_out = Trained(x[7:], y[7:], 3, kernel=expected.kernel)
        assert history == {
            "loss": [close(expected.loss)],
            "mae": [close(expected.mae)],
            "val_loss": [close(held_out.loss)],
            "val_mae": [close(held_out.mae)],
        }

    def test_split_is_made_before_shuffling(self):
        x, y = data(20)
        x[10:] = np.nan
        trained = model()
        history = trained.fit(x, y, validation_split=0.5, verbose=0, epochs=2).history
        assert np.isfinite(history["loss"]).all()
        assert np.isnan(history["val_loss"]).all()

    @pytest.mark.parametrize("weighted", [False, True])
    def test_data(self, weighted):
        x, y = data(10)
        x_valid, y_valid = data(7)
        weights = np.arange(7.0) if weighted else None
        given = (x_valid, y_valid, weights) if weighted else (x_valid, y_valid)
        trained = model(weighted_metrics=["mse"])
        history = fit(
            trained, x, y, validation_data=given, validation_batch_size=2, validation_split=0.5
        ).history
        expected = Trained(x, y, 10)  # validation_data goes before validation_split
        assert_trained(trained, expected)
        measured = Trained(x_valid, y_valid, 7, weights, kernel=expected.kernel)
        assert history["val_loss"] == [close(measured.loss)]
        assert history["val_mse"] == [close(measured.weighted_mse)]
        assert history["val_mae"] == [close(measured.mae)]

    @pytest.mark.parametrize(
        ("frequency", "validated"),
        [(1, 6), (2, 3), (4, 1), ([1, 4, 5], 3), ((6,), 1), (np.int64(7), 0)],
    )
    def test_frequency(self, frequency, validated):
        x, y = data(10)
        history = fit(
            model(), x, y, epochs=6, validation_data=(x, y), validation_freq=frequency
        ).history
        assert len(history["loss"]) == 6
        assert len(history.get("val_loss", [])) == validated

    def test_steps(self):
        x, y = data(10)
        trained = model()
        history = fit(
            trained, x, y, validation_data=(x, y), validation_batch_size=2, validation_steps=3
        ).history
        kernel = Trained(x, y, 32).kernel
        assert history["val_loss"] == [close(Trained(x[:6], y[:6], 6, kernel=kernel).loss)]

    def test_measures_without_training(self):
        x, y = data(10)
        one, other = model(optimizer="adam"), model(optimizer="adam")
        fit(one, x, y, epochs=3, validation_data=data(5))
        fit(other, x, y, epochs=3)
        np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


class TestWeights:
    def test_sample_weight(self):
        x, y = data(10)
        weights = np.arange(10) / 4
        trained = model(weighted_metrics=["mse"])
        history = fit(trained, x, y, batch_size=4, sample_weight=weights).history
        expected = Trained(x, y, 4, weights)
        assert_trained(trained, expected)
        assert history["loss"] == [close(expected.loss)]
        assert history["mae"] == [close(expected.mae)]  # metrics= are not weighted
        assert history["mse"] == [close(expected.weighted_mse)]

    @pytest.mark.parametrize("shape", [(10,), (10, 1)])
    def test_class_weight(self, shape):
        x, _ = data(10)
        y = np.array([0, 1, 2, 0, 1, 2, 0, 0, 1, 2.0])
        weights = np.choose(y.astype(int), [0.5, 3.0, 1.0])
        trained = model()
        history = fit(trained, x, y.reshape(shape), class_weight={0: 0.5, 1: 3}).history
        expected = Trained(x, y[:, None], 10, weights)
        assert_trained(trained, expected)
        assert history["loss"] == [close(expected.loss)]

    def test_class_weight_leaves_validation_alone(self):
        x, _ = data(10)
        y = np.array([0, 1.0] * 5)[:, None]
        trained = model()
        history = fit(trained, x, y, class_weight={0: 5, 1: 7}, validation_split=0.4).history
        kernel = Trained(x[:6], y[:6], 6, np.array([5, 7.0] * 3)).kernel
        assert_trained(trained, Trained(x[:6], y[:6], 6, np.array([5, 7.0] * 3)))
        assert history["val_loss"] == [close(Trained(x[6:], y[6:], 4, kernel=kernel).loss)]

    def test_train_on_batch_takes_both_kinds(self):
        x, _ = data(4)
        y = np.array([0, 1.0, 0, 1])[:, None]
        expected = Trained(x, y, 4, np.array([5, 7.0] * 2))
        for arguments in ({"class_weight": {0: 5, 1: 7}}, {"sample_weight": [5, 7] * 2}):
            trained = model()
            assert trained.train_on_batch(x, y, **arguments)[0] == close(expected.loss)
            assert_trained(trained, expected)


class TestCallbacks:
    def test_changing_the_learning_rate_between_epochs(self):
        x, y = data(10)
        trained = model()
        rates = [RATE, RATE / 2, RATE / 8]
        schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rates[epoch])
        history = fit(trained, x, y, epochs=3, callbacks=[schedule]).history
        kernel = None
        for rate in rates:
            kernel = Trained(x, y, 10, kernel=kernel, rate=rate).kernel
        np.testing.assert_allclose(trained.get_weights()[0], kernel, rtol=1e-12)
        assert history["learning_rate"] == rates

    def test_changing_the_learning_rate_between_batches(self):
        class Off(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if batch == 1:
                    self.model.optimizer.learning_rate = 0.0

        x, y = data(12)
        trained = model()
        fit(trained, x, y, batch_size=3, callbacks=[Off()])
        assert_trained(trained, Trained(x[:6], y[:6], 3))
        assert trained.optimizer.iterations == 4

    @pytest.mark.parametrize("hook", ["on_epoch_end", "on_epoch_begin", "on_train_batch_end"])
    def test_stop_training(self, hook):
        def stop(number, logs=None):
            trained.stop_training = number >= 1

        x, y = data(12)
        trained = model()
        history = fit(
            trained, x, y, batch_size=3, epochs=5,
            callbacks=[keras.callbacks.LambdaCallback(**{hook: stop})],
        )  # fmt: skip
        if hook == "on_train_batch_end":
            assert history.epoch == [0]
            assert_trained(trained, Trained(x[:6], y[:6], 3))
        else:
            assert history.epoch == [0, 1]
        # The next call starts afresh.
        assert fit(trained, x, y, epochs=2).epoch == [0, 1]

    def test_batch_hooks_change_nothing(self):
        x, y = data(50)
        one, other = model(optimizer="adam"), model(optimizer="adam")
        listening = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
        first = fit(one, x, y, batch_size=3, epochs=3, callbacks=[listening])
        second = fit(other, x, y, batch_size=3, epochs=3)
        np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
        assert first.history == second.history

    def test_measuring_in_the_middle(self):
        x, y = data(12)
        one, other = model(), model()
        seen = []

        class Look(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                seen.append(self.model.predict(x, verbose=0))
                self.model.evaluate(x, y, verbose=0)
                self.model(x[:3])

        fit(one, x, y, batch_size=3, epochs=2, callbacks=[Look()])
        fit(other, x, y, batch_size=3, epochs=2)
        np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
        assert len(seen) == 8
        np.testing.assert_array_equal(seen[-1], other.predict(x, verbose=0))
        assert not np.array_equal(seen[0], seen[1])

    def test_metrics_of_the_epoch_when_epochs_end_with_evaluate(self):
        x, y = data(12)
        trained = model()
        look = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: trained.evaluate(x, y, verbose=0)
        )
        history = fit(trained, x, y, batch_size=3, epochs=2, callbacks=[look]).history
        again = fit(model(), x, y, batch_size=3, epochs=2).history
        assert history == again

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda trained: pickle.loads(pickle.dumps(trained))]
    )
    def test_the_model_is_copied_by_one(self, copied):
        x, y = data(10)
        trained, kept = model(), []

        class Keep(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                kept.append(copied(trained))

        fit(trained, x, y, epochs=3, callbacks=[Keep()])
        for epochs, one in enumerate(kept, 1):
            expected = model()
            fit(expected, x, y, epochs=epochs)
            assert one.evaluate(x, y, verbose=0) == expected.evaluate(x, y, verbose=0)
        np.testing.assert_array_equal(
            fit(kept[0], x, y, epochs=2).model.get_weights()[0], trained.get_weights()[0]
        )


class TestVerbose:
    def printed(self, **arguments):
        x, y = data(12)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            fit(model(), x, y, **arguments)
        return output.getvalue()

    def test_0_prints_nothing(self):
        assert self.printed(verbose=0, epochs=2) == ""

    @pytest.mark.parametrize("verbose", [1, 2, "auto"])
    def test_the_others_name_epochs_and_measures(self, verbose):
        text = self.printed(verbose=verbose, epochs=2, validation_split=0.25)
        for part in ("Epoch 1/2", "Epoch 2/2", "loss: ", "mae: ", "val_loss: ", "val_mae: "):
            assert part in text, text

    def test_auto_is_a_line_an_epoch_where_nobody_watches(self):
        assert self.printed(verbose="auto", epochs=3).count("\n") <= 6
        assert "\x1b" not in self.printed(verbose="auto")


class TestClassification:
    """Losses that cannot be written as the linear model's, against NumPy on their first step."""

    @pytest.mark.parametrize("smoothing", [0.0, 0.25])
    def test_label_smoothing(self, smoothing):
        x, _ = data(6)
        classes = np.array([0, 1, 2, 0, 1, 2])
        dense = keras.layers.Dense(3, activation="softmax", use_bias=False, dtype="float64")
        trained = keras.Sequential([keras.Input((3,), dtype="float64"), dense])
        kernel = np.linspace(-1, 1, 9).reshape(3, 3)
        trained.set_weights([kernel])
        trained.compile(
            keras.optimizers.SGD(RATE),
            keras.losses.CategoricalCrossentropy(label_smoothing=smoothing),
        )
        loss = trained.train_on_batch(x, np.eye(3)[classes])
        target = np.eye(3)[classes] * (1 - smoothing) + smoothing / 3
        exponents = np.exp(x @ kernel)
        p = exponents / exponents.sum(axis=1, keepdims=True)
        assert loss == close(-np.mean(np.sum(target * np.log(p), axis=1)))
        expected = kernel - RATE * x.T @ (p - target) / 6
        np.testing.assert_allclose(trained.get_weights()[0], expected, rtol=1e-12)

    def test_reduction_sum(self):
        x, y = data(6)
        trained = model(loss=keras.losses.MeanSquaredError(reduction="sum"))
        loss, _ = trained.train_on_batch(x, y)
        expected = Trained(x, y, 6, rate=6 * RATE)
        assert loss == close(6 * expected.loss)
        assert_trained(trained, expected)
