"""Trainings that are interrupted end with the same bits as others. What is trained: interrupted.py."""

import copy
import os
import pickle
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import interrupted
import numpy as np
import pytest
from interrupted import CASES, X, Y, make_model, plain

import pymlp as keras
from pymlp.callbacks import BackupAndRestore, Callback, CallbackList, CSVLogger, EarlyStopping

LONG = bool(os.environ.get("PYMLP_LONG_TESTS"))


class Interrupt(Callback):
    """Interrupt training after so many batches, or at the beginning of an epoch."""

    def __init__(self, batches=None, epoch=None):
        super().__init__()
        self.batches, self.epoch = batches, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt

    def on_train_batch_end(self, batch, logs=None):
        if self.batches is not None:
            self.batches -= 1
            if self.batches <= 0:
                raise KeyboardInterrupt


class Count(Callback):
    """The epochs and batches that were run."""

    def on_train_begin(self, logs=None):
        self.epochs, self.batches = [], 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


def fit(model, *callbacks, interrupted=False, **arguments):
    arguments = {"batch_size": 8, "epochs": 5, "verbose": 0, **arguments}
    if interrupted:
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, Y, callbacks=list(callbacks), **arguments)
        return None
    return model.fit(X, Y, callbacks=list(callbacks), **arguments)


def seeded_model(seed=5):
    keras.utils.set_random_seed(seed)
    return make_model()


def bits(model):
    return plain([v.numpy() for v in [*model.variables, *model.optimizer.variables]])


def interrupted_at(folder, *callbacks, epoch=2, **backup):
    """Leave a backup of a training interrupted at the beginning of an epoch."""
    callbacks = [BackupAndRestore(folder, **backup), Interrupt(epoch=epoch), *callbacks]
    fit(seeded_model(), *callbacks, interrupted=True)


@lru_cache
def uninterrupted_bits(epochs=5):
    model = seeded_model()
    history = fit(model, epochs=epochs)
    return bits(model), plain(history.history)


def assert_goes_on_to_the_same_end(folder, epochs=5, **backup):
    model = seeded_model()
    history = fit(model, BackupAndRestore(folder, **backup), epochs=epochs)
    assert (bits(model), plain(history.history)) == uninterrupted_bits(epochs)


# ---- the same bits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_interrupted_twice(name, tmp_path):
    (tmp_path / "whole").mkdir()
    expected = interrupted.train(name, tmp_path / "whole", backed_up=False)
    for at in (3, 8, 13):
        folder = tmp_path / str(at)
        folder.mkdir()
        count = Count()
        for batches in (at, 2):
            if len(expected["epochs"]) * 5 <= at:
                break  # it was stopped early
            with pytest.raises(KeyboardInterrupt):
                interrupted.train(name, folder, Interrupt(batches), count)
        found = interrupted.train(name, folder)
        for key, value in expected.items():
            assert found[key] == value, f"{key} differs, interrupted after {at} batches"


KILLED = [(name, 1) for name in ("sgd", "adam", "within-epochs", "means")]
KILLED_LONG = [(name, seed) for name in CASES for seed in range(2, 12)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
@pytest.mark.parametrize(("name", "seed"), KILLED + (KILLED_LONG if LONG else []))
def test_killed_at_any_moment(name, seed):
    program = Path(__file__).with_name("killed_while_training.py")
    command = [sys.executable, "-W", "ignore", str(program), name, str(seed), "30" if LONG else "6"]
    path = os.pathsep.join([str(Path(keras.__file__).parents[1]), str(program.parent)])
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 3


@pytest.mark.parametrize("freq", [1, 4])
def test_batches_that_were_backed_up_are_not_trained_on_again(freq, tmp_path):
    backup, count = BackupAndRestore(tmp_path / "b", save_freq=freq), Count()
    fit(seeded_model(), backup, Interrupt(11), interrupted=True)  # in the second epoch of 7 batches
    fit(seeded_model(), backup, count)
    # The interrupting callback comes before the backup.
    assert count.batches == 5 * 7 - 10 // freq * freq
    assert count.epochs == [1, 2, 3, 4]


@pytest.mark.parametrize("freq", ["epoch", 3])
def test_an_optimizer_of_whole_batches(freq, tmp_path):
    pytest.importorskip("scipy", reason="SciPy is not installed")

    def run(*callbacks, interrupted=False):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.LBFGS(max_iterations=2), "binary_crossentropy")
        history = fit(model, *callbacks, batch_size=None, interrupted=interrupted)
        return bits(model), history and history.history

    expected = run()
    backup = BackupAndRestore(tmp_path / "b", save_freq=freq)
    run(backup, Interrupt(epoch=3), interrupted=True)
    assert run(backup) == expected


def test_training_that_was_stopped_stays_so(tmp_path):
    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    class InterruptTheEnd(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    expected, model = seeded_model(), seeded_model()
    history = fit(expected, Stop())
    backup, count = BackupAndRestore(tmp_path / "b", save_freq=1), Count()
    fit(seeded_model(), backup, Stop(), InterruptTheEnd(), interrupted=True)
    assert fit(model, backup, Stop(), count).history == history.history
    assert bits(model) == bits(expected)
    assert (count.epochs, count.batches) == ([0], 0)


def test_more_epochs_than_before(tmp_path):
    backup = BackupAndRestore(tmp_path / "b", delete_checkpoint=False)
    fit(seeded_model(), backup, epochs=3)
    assert_goes_on_to_the_same_end(tmp_path / "b", epochs=6)


def test_weights_that_were_the_best_before(tmp_path):
    def run(*callbacks, **how):
        model = seeded_model()
        scores = LambdaScores([3.0, 1.0, 2.0, 2.0, 2.0])
        stop = EarlyStopping("score", mode="min", patience=2, restore_best_weights=True)
        fit(model, scores, stop, *callbacks, **how)
        return bits(model), plain(stop.get_state())

    expected = run()
    run(BackupAndRestore(tmp_path / "b"), Interrupt(epoch=3), interrupted=True)
    found = run(BackupAndRestore(tmp_path / "b"))
    assert found == expected
    assert found[1]["best_epoch"] == 1
    assert found[1]["stopped_epoch"] == 3


class LambdaScores(Callback):
    """Puts a score of each epoch into the logs."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.scores[epoch]


@pytest.mark.parametrize("append", [False, True])
def test_lines_of_a_csv_file_come_once(append, tmp_path):
    """Also that of an epoch which is trained on again: its line was written, its backup was not."""

    class InterruptTheEnd(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    path = tmp_path / "log.csv"
    path.write_text("what was there\n")
    fit(seeded_model(), CSVLogger(tmp_path / "expected.csv"))
    expected = (tmp_path / "expected.csv").read_text().splitlines()
    callbacks = [BackupAndRestore(tmp_path / "b"), CSVLogger(path, append=append)]
    fit(seeded_model(), *callbacks, InterruptTheEnd(), interrupted=True)
    assert path.read_text().splitlines()[-1] == expected[3]
    fit(seeded_model(), *callbacks)
    # Where there was a file, columns have no heading.
    assert path.read_text().splitlines() == (
        ["what was there", *expected[1:]] if append else expected
    )


# ---- the folder ----------------------------------------------------------------------------------------


def test_the_folder_is_there_until_training_is_complete(tmp_path):
    folder = tmp_path / "deep" / "b"
    seen = []

    class Look(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(sorted(os.listdir(folder)) if folder.exists() else None)

    interrupted_at(folder, Look())
    assert seen == [None, ["latest.backup"]]  # the third was interrupted
    fit(seeded_model(), BackupAndRestore(folder))
    assert not folder.exists()


def test_what_is_not_its_own_stays(tmp_path):
    folder = tmp_path / "b"
    interrupted_at(folder, double_checkpoint=True)
    (folder / "mine").touch()
    (folder / ".latest.backup.0123abcd.part").touch()  # left by a process that was killed
    assert sorted(os.listdir(folder))[1:] == ["latest.backup", "mine", "previous.backup"]
    fit(seeded_model(), BackupAndRestore(folder))
    assert os.listdir(folder) == ["mine"]


def test_a_backup_that_is_kept_is_gone_on_with(tmp_path):
    folder, count = tmp_path / "b", Count()
    first = seeded_model()
    fit(first, BackupAndRestore(folder, delete_checkpoint=False))
    again = make_model()
    history = fit(again, BackupAndRestore(folder, delete_checkpoint=False), count)
    assert (count.epochs, history.epoch) == ([], [0, 1, 2, 3, 4])
    assert bits(again) == bits(first)


def test_a_relative_folder_stays_where_it_is(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)

    class Go(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            os.chdir(tmp_path / "elsewhere")

    fit(seeded_model(), BackupAndRestore("b", delete_checkpoint=False), Go())
    assert os.listdir(tmp_path / "b") == ["latest.backup"]


def test_nothing_is_saved_if_it_is_only_to_restore(tmp_path):
    folder = tmp_path / "b"
    fit(seeded_model(), BackupAndRestore(folder, save_freq=False))
    assert not folder.exists()
    interrupted_at(folder)
    assert_goes_on_to_the_same_end(folder, save_freq=False)


# ---- backups that do not fit, or are damaged -----------------------------------------------------------


def other(units=8, last=None, optimizer=None, dtype="float32"):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,), dtype=dtype),
            layers.Dense(units, activation="relu", dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.Dropout(0.3),
            last or layers.GaussianNoise(0.1),
            layers.Dense(1, activation="sigmoid", dtype=dtype),
        ]
    )
    model.compile(optimizer or keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    ("made", "arguments", "message"),
    [
        ({}, {"batch_size": 4}, r"batch_size was 8, is 4"),
        ({}, {"shuffle": False}, r"shuffle was True, is False"),
        ({}, {"steps_per_epoch": 3}, r"steps_per_epoch was 7, is 3"),
        ({}, {"validation_split": 0.5}, r"samples was 52, is 26"),
        ({"units": 9}, {}, r"'kernel' was of shape \(4, 8\) .*is of shape \(4, 9\)"),
        ({"last": keras.layers.Dropout(0.5)}, {}, r"layers were .*GaussianNoise.*, are .*'Dropout', 'Dense'\]"),
        ({"optimizer": "sgd"}, {}, r"optimizers were \['Adam'\], are \['SGD'\]"),
        ({"optimizer": keras.optimizers.Adam(amsgrad=True)}, {}, "there were 24 variables .*there are 30"),
        ({"dtype": "float64"}, {}, "type float32.*type float64"),
    ],
)  # fmt: skip
def test_a_backup_of_another_training_is_refused(made, arguments, message, tmp_path):
    folder = tmp_path / "b"
    interrupted_at(folder)
    before = (folder / "latest.backup").read_bytes()
    model = other(**made)
    if made.get("optimizer") is not None:
        model.optimizer.build(model.trainable_weights)
    weights = plain(model.get_weights())
    with pytest.raises(
        ValueError, match=rf"latest\.backup is the backup of another training: .*{message}"
    ):
        fit(model, BackupAndRestore(folder), **arguments)
    assert plain(model.get_weights()) == weights
    assert (folder / "latest.backup").read_bytes() == before


def test_other_measures_within_an_epoch_are_refused(tmp_path):
    backup = BackupAndRestore(tmp_path / "b", save_freq=1)
    fit(seeded_model(), backup, Interrupt(3), interrupted=True)
    with pytest.raises(ValueError, match="metrics were"):
        fit(other(), backup)


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "flipped": flipped,
    "other": lambda content: b"something else",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_noticed(damage, tmp_path):
    folder = tmp_path / "b"
    interrupted_at(folder)
    latest = folder / "latest.backup"
    latest.write_bytes(DAMAGE[damage](latest.read_bytes()))
    with pytest.raises(ValueError, match=r"latest\.backup is damaged"):
        fit(seeded_model(), BackupAndRestore(folder))


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_backup_before_a_damaged_one(damage, tmp_path):
    folder = tmp_path / "b"
    interrupted_at(folder, double_checkpoint=True)
    latest = folder / "latest.backup"
    latest.write_bytes(DAMAGE[damage](latest.read_bytes()))
    with pytest.warns(UserWarning, match=r"backup before the last. .*latest\.backup is damaged"):
        assert_goes_on_to_the_same_end(folder, double_checkpoint=True)


def test_the_backup_before_one_that_has_no_name_yet(tmp_path):
    """The process may be killed between the two renamings."""
    interrupted_at(tmp_path / "b", double_checkpoint=True)
    (tmp_path / "b" / "latest.backup").unlink()
    assert_goes_on_to_the_same_end(tmp_path / "b")


def test_a_form_of_the_future_is_refused(tmp_path):
    from pymlp.saving.plain import read_plain, write_plain

    interrupted_at(tmp_path / "b")
    latest = tmp_path / "b" / "latest.backup"
    state = read_plain(latest)
    for change, message in [
        ({"format": 99}, "another version of pymlp"),
        ({"epoch": -1}, "no whole backup"),
        ({"variables": state["variables"][:-1]}, "no whole backup"),
        ({"needs": 3}, "no backup of a training"),
    ]:
        with open(latest, "wb") as stream:
            write_plain(stream, {**state, **change})
        with pytest.raises(ValueError, match=message):
            fit(seeded_model(), BackupAndRestore(tmp_path / "b"))


@pytest.mark.parametrize("double", [False, True])
def test_a_full_disk_stops_training_and_leaves_the_backup_before(double, tmp_path, monkeypatch):
    folder = tmp_path / "b"
    interrupted_at(folder, double_checkpoint=double)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            fit(seeded_model(), BackupAndRestore(folder, double_checkpoint=double))
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]
    assert_goes_on_to_the_same_end(folder)


def test_a_generator_that_ends_too_early(tmp_path):
    def run(batches, *callbacks):
        items = ((X[:8], Y[:8]) for _ in range(batches))
        seeded_model().fit(items, steps_per_epoch=4, epochs=3, verbose=0, callbacks=list(callbacks))

    with pytest.raises(KeyboardInterrupt):
        run(12, BackupAndRestore(tmp_path / "b"), Interrupt(epoch=2))
    with pytest.raises(
        ValueError, match=r"2 batches more should come before .*generator x has ended"
    ):
        run(6, BackupAndRestore(tmp_path / "b"))


# ---- callbacks -------------------------------------------------------------------------------------------


def test_a_state_that_is_no_plain_data_is_named(tmp_path):
    class Odd(Callback):
        def get_state(self):
            return {"kept": [object()]}

    with pytest.raises(ValueError, match=r"\['kept'\]\[0\] cannot be kept in a file.*object"):
        fit(seeded_model(), BackupAndRestore(tmp_path / "b"), Odd())


def test_callbacks_of_one_class_are_told_apart_by_their_order(tmp_path):
    def stops():
        return EarlyStopping("loss", patience=50), EarlyStopping("val_loss", patience=50)

    def run(*callbacks, **how):
        fit(seeded_model(), *callbacks, validation_split=0.3, **how)

    expected, found = stops(), stops()
    run(*expected)
    run(BackupAndRestore(tmp_path / "b"), *stops(), Interrupt(epoch=2), interrupted=True)
    run(BackupAndRestore(tmp_path / "b"), *found)
    assert [one.get_state() for one in found] == [one.get_state() for one in expected]


def test_a_callback_that_is_missing_is_told_of(tmp_path):
    interrupted_at(tmp_path / "b", EarlyStopping("loss", patience=9))
    with pytest.warns(UserWarning, match="a state of EarlyStopping, which is not among"):
        fit(seeded_model(), BackupAndRestore(tmp_path / "b"))


def test_callbacks_that_are_not_of_pymlp_have_no_state():
    class Foreign:
        def set_params(self, params):
            pass

        set_model = on_train_begin = on_train_end = set_params

        def on_epoch_begin(self, epoch, logs=None):
            pass

        on_epoch_end = on_epoch_begin

    callbacks = CallbackList([EarlyStopping("loss")])
    callbacks.append(Foreign())
    assert [item["class"] for item in callbacks.get_state()["callbacks"]] == ["EarlyStopping"]
    callbacks.set_state(callbacks.get_state())


def test_it_is_called_after_all_others():
    backup = BackupAndRestore("b")
    callbacks = CallbackList(
        [backup, EarlyStopping()], add_history=True, add_progbar=True, verbose=0
    )
    callbacks.append(Count())
    assert callbacks.callbacks[-1] is backup
    assert [type(one).__name__ for one in callbacks.callbacks[:-1]] == [
        "EarlyStopping", "History", "ProgbarLogger", "Count",
    ]  # fmt: skip


def test_epochs_do_not_make_fit_come_back_after_each_batch():
    def listens(callback):
        return CallbackList(callback).has_train_batch_hooks

    assert not listens(BackupAndRestore("b"))
    assert not listens(BackupAndRestore("b", save_freq=False))
    assert not listens(pickle.loads(pickle.dumps(copy.deepcopy(BackupAndRestore("b")))))
    assert listens(BackupAndRestore("b", save_freq=100))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_dir": ""}, "name of a folder"),
        ({"backup_dir": None}, "name of a folder"),
        *[
            ({"backup_dir": "b", "save_freq": bad}, "save_freq")
            for bad in ("batch", 0, -3, 1.5, True)
        ],
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackupAndRestore(**arguments)


# ---- beside Keras ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("freq", ["epoch", 3])
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # Keras's own affair
def test_as_keras_does(freq, tmp_path, request):
    """Which epochs are run before and after; and the weights at the end of epochs are those of its file."""
    theirs = request.getfixturevalue("keras")  # a name that is taken here
    ran = []
    for library in (keras, theirs):
        folder = tmp_path / library.__name__
        base = library.callbacks.Callback

        class Watch(base):
            def __init__(self, fatal):
                super().__init__()
                self.fatal, self.epochs = fatal, []

            def on_epoch_begin(self, epoch, logs=None):
                if epoch == self.fatal:
                    raise KeyboardInterrupt
                self.epochs.append(epoch)

        def run(watch, library=library, folder=folder):
            model = library.Sequential(
                [library.Input((4,)), library.layers.Dense(1, kernel_initializer="ones")]
            )
            model.compile(library.optimizers.Adam(0.1), "mse")
            backup = library.callbacks.BackupAndRestore(str(folder), save_freq=freq)
            model.fit(
                X, Y, batch_size=8, epochs=6, verbose=0, shuffle=False, callbacks=[backup, watch]
            )
            return [np.asarray(w) for w in model.get_weights()]

        watch, again = Watch(4), Watch(None)
        with pytest.raises(KeyboardInterrupt):
            run(watch)
        assert folder.exists()
        weights = run(again)
        assert not folder.exists()
        ran.append((watch.epochs, again.epochs, weights))
    (ours, ours_again, our_weights), (their, their_again, their_weights) = ran
    assert ours == their == [0, 1, 2, 3]
    if freq == "epoch":
        assert ours_again == their_again == [4, 5]
        for one, two in zip(our_weights, their_weights, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
    else:  # the last backup of 28 batches is that after 27, within epoch 3
        assert ours_again == their_again == [3, 4, 5]
