"""`ModelCheckpoint` on real models: what is in the files, and when. Beside Keras: test_against_keras.py."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_model import FakeModel

import pymlp
from pymlp.callbacks import Callback, CallbackList, LambdaCallback, ModelCheckpoint

X = np.random.default_rng(0).normal(size=(24, 3)).astype("f4")
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype("f4")


def linear(metrics=("mae",)):
    model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(1)])
    model.compile(pymlp.optimizers.SGD(0.0625, momentum=0.5), "mse", metrics=list(metrics))
    return model


def fit(model, *callbacks, epochs=3):
    return model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks))


def child_env():
    """This pymlp for a child process, too."""
    return {**os.environ, "PYTHONPATH": str(Path(pymlp.__file__).parents[1])}


class Keep(Callback):
    """The weights after every batch."""

    def on_train_begin(self, logs=None):
        self.kept = []

    def on_train_batch_end(self, batch, logs=None):
        self.kept.append(self.model.get_weights())


def assert_equal_weights(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_epoch_is_saved_whole(tmp_path):
    model, keep = linear(), Keep()
    fit(model, keep, ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{loss:.3f}.keras"))
    files = sorted((tmp_path / "new").iterdir())
    losses = model.history.history["loss"]
    assert [f.name for f in files] == [f"{i:02d}-{v:.3f}.keras" for i, v in enumerate(losses, 1)]
    for file, weights in zip(files, keep.kept[2::3], strict=True):
        assert_equal_weights(pymlp.saving.load_model(file).get_weights(), weights)


def test_training_goes_on_from_the_last_one_as_if_it_had_not_ended(tmp_path):
    """With the optimizer's momentum; rows are not shuffled here."""
    data = {"batch_size": 8, "shuffle": False, "verbose": 0}
    whole = linear()
    fit_whole = {"epochs": 4, "callbacks": [ModelCheckpoint(tmp_path / "{epoch}.keras")]}
    whole.fit(X, Y, **fit_whole, **data)
    resumed = pymlp.saving.load_model(tmp_path / "2.keras")
    resumed.fit(X, Y, initial_epoch=2, epochs=4, **data)
    assert_equal_weights(resumed.get_weights(), whole.get_weights())


def test_batches_are_counted_over_the_ends_of_epochs(tmp_path):
    model, keep = linear(), Keep()
    path = tmp_path / "{epoch}-{batch}.weights.h5"
    fit(model, keep, ModelCheckpoint(path, save_freq=4, save_weights_only=True))
    assert {file.name for file in tmp_path.iterdir()} == {"2-1.weights.h5", "3-2.weights.h5"}
    for number, name in ((4, "2-1"), (8, "3-2")):
        model.load_weights(tmp_path / f"{name}.weights.h5")
        assert_equal_weights(model.get_weights(), keep.kept[number - 1])


def test_the_best_batch_is_kept_from_the_first_epoch_on(tmp_path):
    """Higher is not better here, which must be known before the first epoch has ended."""
    checkpoint = ModelCheckpoint(
        str(tmp_path / "{batch}.keras"), monitor="loss", save_freq=1, save_best_only=True
    )
    model = FakeModel()
    checkpoint.set_model(model)
    checkpoint.on_epoch_begin(0)
    for batch, loss in enumerate([2.0, 3.0, 1.0, 1.5]):
        checkpoint.on_train_batch_end(batch, {"loss": loss})
    assert [path.rpartition("/")[2] for _, path, _ in model.saved] == ["1.keras", "3.keras"]


def test_the_best_epoch_is_the_one_in_the_file(tmp_path):
    model, keep = linear(), Keep()
    path = tmp_path / "best.keras"
    worse_again = LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(mae=[3.0, 1.0, 2.0][epoch])
    )
    checkpoint = ModelCheckpoint(path, monitor="mae", mode="auto", save_best_only=True)
    fit(model, keep, worse_again, checkpoint)
    assert checkpoint.best == 1.0
    assert_equal_weights(pymlp.saving.load_model(path).get_weights(), keep.kept[5])


def test_epochs_do_not_make_fit_come_back_after_each_batch():
    def listens(callback):
        return CallbackList(callback).has_train_batch_hooks

    class Mine(ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

    assert not listens(ModelCheckpoint("a.keras"))
    assert not listens(copy.deepcopy(ModelCheckpoint("a.keras")))
    assert not listens(pickle.loads(pickle.dumps(ModelCheckpoint("a.keras"))))
    assert listens(ModelCheckpoint("a.keras", save_freq=100))
    assert listens(Mine("a.keras"))


def test_a_failed_saving_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    fit(linear(), ModelCheckpoint(path), epochs=1)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        fit(linear(), ModelCheckpoint(path), epochs=1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_process_killed_at_any_line_leaves_the_old_or_the_new_file(tmp_path):
    program = Path(__file__).with_name("killed_while_saving.py")
    command = [sys.executable, str(program), str(tmp_path / "kept.weights.h5")]
    done = subprocess.run(command, capture_output=True, text=True, env=child_env())
    assert done.returncode == 0, done.stderr
    old, new = map(int, done.stdout.split())
    assert old > 10
    assert new > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": "a.h5"}, "ends in .keras"),
        ({"filepath": "a.keras", "save_weights_only": True}, r"ends in \.weights\.h5"),
        ({"filepath": "a.keras", "save_freq": "batch"}, "save_freq"),
        ({"filepath": "a.keras", "save_freq": 0}, "at least 1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModelCheckpoint(**arguments)


def test_what_cannot_be_compared_is_said_and_saved():
    model = FakeModel()
    checkpoint = ModelCheckpoint("a.keras", monitor="acc", mode="max", save_best_only=True)
    with pytest.warns(UserWarning, match="no 'acc' to monitor.*Available: loss"):
        model.fit([{"loss": 1.0}], checkpoint)
    with pytest.warns(UserWarning, match=r"'acc' to be a scalar.*\(2,\)"):
        model.fit([{"acc": np.zeros(2)}], checkpoint)
    assert len(model.saved) == 2


def test_a_mode_that_cannot_be_told():
    with pytest.raises(ValueError, match="mode='max'"):
        FakeModel().fit([{"own": 1.0}], ModelCheckpoint("a.keras", monitor="own"))


def test_a_name_without_value():
    with pytest.raises(KeyError, match=r"\{val_loss\}.*Available: epoch, loss"):
        FakeModel().fit([{"loss": 1.0}], ModelCheckpoint("{val_loss:.2f}.keras"))


def test_a_folder_in_the_file_s_place(tmp_path):
    (tmp_path / "model.keras").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        fit(linear(), ModelCheckpoint(tmp_path / "model.keras"))
