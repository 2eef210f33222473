"""`CSVLogger` in real trainings. Beside Keras: test_against_keras.py."""

import csv

import numpy as np
import pytest

import pymlp
from pymlp.callbacks import CallbackList, CSVLogger, LambdaCallback

X = np.random.default_rng(0).normal(size=(24, 3)).astype("f4")
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype("f4")


def fit(*callbacks, **options):
    model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model.fit(X, Y, batch_size=8, verbose=0, callbacks=list(callbacks), **options).history


def read(path, **options):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, **options))


def test_the_file_holds_the_history(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(CSVLogger(path), epochs=3, validation_split=0.5)
    rows = read(path)
    assert list(rows[0]) == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    for name, values in history.items():
        assert [float(row[name]) for row in rows] == values


def test_a_second_training_goes_on_in_the_file_or_begins_anew(tmp_path):
    path = tmp_path / "log.csv"
    fit(CSVLogger(path, separator=";"), epochs=2)
    fit(CSVLogger(path, separator=";", append=True), epochs=4, initial_epoch=2)
    assert [row["epoch"] for row in read(path, delimiter=";")] == ["0", "1", "2", "3"]
    fit(CSVLogger(path), epochs=1)
    assert [row["epoch"] for row in read(path)] == ["0"]


def test_the_lines_are_there_when_training_ends_badly(tmp_path, monkeypatch):
    """Also when the process has gone to another folder, as `filename` need not be absolute."""

    def trouble(epoch, logs):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "elsewhere")
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fit(LambdaCallback(on_epoch_end=trouble), CSVLogger("log.csv"), epochs=9)
    assert [row["epoch"] for row in read(tmp_path / "log.csv")] == ["0", "1"]


def test_epochs_do_not_make_fit_come_back_after_each_batch():
    assert not CallbackList(CSVLogger("log.csv")).has_train_batch_hooks


@pytest.mark.parametrize("separator", ["", ", ", None])
def test_bad_separator(separator):
    with pytest.raises(ValueError, match="one character as separator"):
        CSVLogger("log.csv", separator=separator)


def test_a_missing_folder_is_noticed_before_training(tmp_path):
    model_is_trained = []
    watch = LambdaCallback(on_train_batch_begin=lambda batch, logs: model_is_trained.append(batch))
    with pytest.raises(FileNotFoundError, match="missing"):
        fit(CSVLogger(tmp_path / "missing" / "log.csv"), watch)
    assert not model_is_trained
