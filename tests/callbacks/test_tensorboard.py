"""`TensorBoard`: read back by TensorBoard's own reader, and beside what Keras's callback writes."""

import contextlib
import copy
import io
import json
import pickle
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest

import pymlp
from pymlp.callbacks import Callback, CallbackList, LambdaCallback, TensorBoard, event_file

X = np.random.default_rng(0).normal(size=(48, 4)).astype("f4")
Y = (X[:, :1] - X[:, 1:2]).astype("f4")


@pytest.fixture
def tensorboard():
    return pytest.importorskip(
        "tensorboard", reason="tensorboard is not installed, which writes and reads the files"
    )


def network(keras=pymlp, metrics=("mae",)):
    layers = keras.layers
    hidden = layers.Dense(5, activation="relu", name="hidden")
    model = keras.Sequential([keras.Input((4,)), hidden, layers.Dense(1, name="out")], name="net")
    model.compile(keras.optimizers.SGD(0.0625), "mse", metrics=list(metrics))
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=w.shape).astype("f4") for w in model.get_weights()])
    return model


def fit(model, *callbacks, **arguments):
    arguments = {"epochs": 3, "validation_data": (X[:16], Y[:16]), **arguments}
    return model.fit(
        X, Y, batch_size=16, shuffle=False, verbose=0, callbacks=list(callbacks), **arguments
    )


def read(folder):
    """(plugin, {step: value}) by tag, of the event files in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {
        tag: (
            events.SummaryMetadata(tag).plugin_data.plugin_name,
            {event.step: make_ndarray(event.tensor_proto) for event in events.Tensors(tag)},
        )
        for tag in events.Tags()["tensors"]
    }


def scalars(folder):
    return {
        tag: {step: float(value) for step, value in series.items()}
        for tag, (plugin, series) in read(folder).items()
        if plugin == "scalars"
    }


# ---- scalars ----------------------------------------------------------------------------------------


def test_epochs(tmp_path, tensorboard):
    decay = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(model.optimizer, "lr", 0.5**epoch / 16)
    )
    model = network()
    history = fit(model, decay, TensorBoard(tmp_path)).history
    as_read = {
        name: dict(enumerate(np.float32(values).tolist())) for name, values in history.items()
    }
    assert scalars(tmp_path / "train") == {
        "epoch_loss": as_read["loss"],
        "epoch_mae": as_read["mae"],
        "epoch_learning_rate": {0: 1 / 16, 1: 1 / 32, 2: 1 / 64},
    }
    by_iterations = {
        f"evaluation_{name}_vs_iterations": {
            3 * (epoch + 1): v for epoch, v in as_read[f"val_{name}"].items()
        }
        for name in ("loss", "mae")
    }
    assert scalars(tmp_path / "validation") == {
        "epoch_loss": as_read["val_loss"],
        "epoch_mae": as_read["val_mae"],
        **by_iterations,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "validation"]


@pytest.mark.parametrize(
    ("update_freq", "steps"), [("batch", range(1, 10)), (1, range(1, 10)), (4, (4, 8))]
)
def test_batches(update_freq, steps, tmp_path, tensorboard):
    seen = {}

    class Note(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen[len(seen) + 1] = np.float32(logs["loss"])

    board = TensorBoard(tmp_path, update_freq=update_freq, write_steps_per_second=True)
    fit(network(), Note(), board)
    found = scalars(tmp_path / "train")
    assert found["batch_loss"] == {step: seen[step] for step in steps}
    assert set(found["batch_mae"]) == set(found["batch_steps_per_second"]) == set(steps)
    assert set(found["epoch_loss"]) == set(found["epoch_steps_per_second"]) == {0, 1, 2}
    assert min(found["epoch_steps_per_second"].values()) > 0
    assert "batch_loss" not in scalars(tmp_path / "validation")


def test_an_evaluation_by_itself(tmp_path, tensorboard):
    model = network()
    loss, mae = model.evaluate(
        X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, write_graph=False)]
    )
    assert scalars(tmp_path / "validation") == {
        "evaluation_loss_vs_iterations": {0: np.float32(loss)},
        "evaluation_mae_vs_iterations": {0: np.float32(mae)},
    }
    model.predict(X, verbose=0, callbacks=[TensorBoard(tmp_path / "p", write_graph=False)])
    assert not (tmp_path / "p").exists()


def test_files_are_complete_after_every_epoch(tmp_path, tensorboard):
    found = []
    look = LambdaCallback(
        on_epoch_end=lambda epoch, logs: found.append(scalars(tmp_path / "train"))
    )
    fit(network(), TensorBoard(tmp_path), look)
    assert [len(series["epoch_loss"]) for series in found] == [1, 2, 3]


def test_values_that_are_no_scalars(tmp_path, tensorboard):
    def add(epoch, logs):
        logs.update(confusion=np.zeros((2, 2)), remark="fine")

    with pytest.warns(
        UserWarning, match="'(confusion|remark)' in the logs is not written"
    ) as caught:
        fit(network(), LambdaCallback(on_epoch_end=add), TensorBoard(tmp_path))
    assert len(caught) == 2  # once each, not once an epoch
    assert set(scalars(tmp_path / "train")) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}


# ---- beside Keras ---------------------------------------------------------------------------------------


class Recorder:
    """Stands for ``tensorflow.summary``, and keeps what it is told to write."""

    def __init__(self):
        self.written = defaultdict(dict)  # (folder, tag) -> {step: value}
        self.folder = None

    def create_file_writer(self, folder):
        recorder = self

        class Writer:
            @contextlib.contextmanager
            def as_default(self, step=None):
                before, recorder.folder = recorder.folder, folder
                yield
                recorder.folder = before

            def close(self):
                pass

            flush = close

        return Writer()

    def record_if(self, condition):
        return contextlib.nullcontext()

    def _keep(self, tag, value, step):
        if self.folder is not None:
            self.written[self.folder, tag][int(step)] = np.asarray(value)

    scalar = histogram = image = _keep


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
@pytest.mark.parametrize("update_freq", ["epoch", "batch"])
def test_as_keras_writes_it(update_freq, tmp_path, tensorboard, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    arguments = {
        "histogram_freq": 2,
        "write_images": True,
        "write_graph": False,
        "write_steps_per_second": True,
        "update_freq": update_freq,
    }
    theirs = keras.callbacks.TensorBoard(tmp_path / "keras", **arguments)
    theirs._summary_module = recorder = Recorder()
    fit(network(keras), theirs)
    fit(network(), TensorBoard(tmp_path / "ours", **arguments))
    found = {}
    for folder in ("train", "validation"):
        for tag, (_, series) in read(tmp_path / "ours" / folder).items():
            found[str(tmp_path / "keras" / folder), tag] = series
    assert set(found) == set(recorder.written)
    for key, series in recorder.written.items():
        assert set(found[key]) == set(series), key
        for step, value in series.items():
            ours = found[key][step]
            if key[1].endswith("/histogram"):
                np.testing.assert_allclose(ours[:, 2].sum(), value.size)
                np.testing.assert_allclose(
                    [ours[0, 0], ours[-1, 1]], [value.min(), value.max()], rtol=1e-5
                )
            elif key[1].endswith("/image"):
                width, height = int(ours[0]), int(ours[1])
                assert (1, height, width, 1) == value.shape
            elif "per_second" not in key[1]:
                np.testing.assert_allclose(ours, value, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
def test_the_graph_is_the_model_as_keras_describes_it(tmp_path, tensorboard, monkeypatch):
    fit(network(), TensorBoard(tmp_path), epochs=1)
    plugin, series = read(tmp_path / "train")["keras"]
    assert plugin == "graph_keras_model"
    assert list(series) == [0]
    text = series[0].item().decode()
    from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def

    drawn = keras_model_to_graph_def(json.loads(text))
    hidden, out = drawn.node[-2:]
    assert (hidden.name, list(out.input)) == ("net/hidden", ["net/hidden"])
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    loaded, expected = keras.models.model_from_json(text), network(keras)
    loaded.set_weights(expected.get_weights())
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in expected.layers]
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), expected.predict(X, verbose=0))


def test_graphs_that_cannot_be_described(tmp_path, tensorboard):
    class Own(pymlp.layers.Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            self.size = object()

        def call(self, x):
            return x

        def get_config(self):
            return {**super().get_config(), "size": self.size}

    x = pymlp.Input((4,))
    model = pymlp.Model(x, pymlp.layers.Dense(1)(Own(3)(x)))
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="graph of model 'functional.*' is not written"):
        fit(model, TensorBoard(tmp_path))
    assert set(scalars(tmp_path / "train")["epoch_loss"]) == {0, 1, 2}


@pytest.mark.parametrize("write_graph", [False, True])
def test_without_a_graph(write_graph, tmp_path, tensorboard):
    class Own(pymlp.Model):
        def __init__(self):
            super().__init__()
            self.dense = pymlp.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Own() if write_graph else network()
    model.compile("sgd", "mse")
    fit(model, TensorBoard(tmp_path, write_graph=write_graph), epochs=1)
    assert "keras" not in read(tmp_path / "train")


# ---- histograms and images ------------------------------------------------------------------------------


def test_histograms_are_those_of_tensorboard(tensorboard, rng):
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb
    from tensorboard.util.tensor_util import make_ndarray

    for values in (
        rng.normal(size=(7, 11)),
        rng.normal(size=1000).astype("f4"),
        np.ones(5),
        np.zeros(0),
        np.arange(31.0),
    ):
        expected = make_ndarray(histogram_pb("tag", values).value[0].tensor)
        np.testing.assert_allclose(event_file.buckets(values), expected, rtol=1e-12)


def test_histograms_of_finite_values():
    values = np.array([np.nan, 1.0, np.inf, 2.0, -np.inf])
    np.testing.assert_array_equal(
        event_file.buckets(values), event_file.buckets(np.array([1.0, 2.0]))
    )
    assert not event_file.buckets(np.array([np.nan])).any()


def test_every_so_many_epochs(tmp_path, tensorboard):
    model = network()
    kept = []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(model.get_weights()))
    fit(model, keep, TensorBoard(tmp_path, histogram_freq=2), epochs=4)
    found = read(tmp_path / "train")
    names = ["net/hidden/kernel", "net/hidden/bias", "net/out/kernel", "net/out/bias"]
    assert {tag for tag in found if "/" in tag} == {f"{name}/histogram" for name in names}
    for i, name in enumerate(names):
        plugin, series = found[f"{name}/histogram"]
        assert plugin == "histograms"
        assert set(series) == {0, 2}
        for epoch, value in series.items():
            np.testing.assert_array_equal(value, event_file.buckets(kept[epoch][i]))


def test_images(tmp_path, tensorboard):
    from PIL import Image

    model = network()
    kernel = np.linspace(-0.5, 1.5, 20, dtype="f4").reshape(4, 5)
    weights = model.get_weights()
    model.set_weights([kernel, *weights[1:]])
    model.optimizer.learning_rate = 0.0
    fit(model, TensorBoard(tmp_path, histogram_freq=1, write_images=True), epochs=1)
    plugin, series = read(tmp_path / "train")["net/hidden/kernel/image"]
    assert plugin == "images"
    width, height, png = series[0]
    assert (int(width), int(height)) == (5, 4)
    shown = np.asarray(Image.open(io.BytesIO(png)))
    np.testing.assert_array_equal(shown, np.clip(kernel * 255.5, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((7, 3), (1, 3, 7, 1)), ((3, 7), (1, 3, 7, 1)), ((5,), (1, 5, 1, 1)), ((5, 1), (1, 5, 1, 1)),
     ((2, 3, 4), (4, 2, 3, 1)), ((), None), ((1, 1), None), ((2, 3, 4, 5), None)],
)  # fmt: skip
def test_weights_as_images(shape, expected):
    images = event_file.as_images(np.zeros(shape))
    assert (None if images is None else images.shape) == expected


def test_weights_that_are_not_finite(tmp_path, tensorboard):
    model = network()
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    fit(model, TensorBoard(tmp_path, histogram_freq=1, write_images=True), epochs=1)
    assert np.isnan(scalars(tmp_path / "train")["epoch_loss"][0])


# ---- the projector ------------------------------------------------------------------------------------


def embedding(name="words"):
    model = pymlp.Sequential(
        [
            pymlp.Input((2,)),
            pymlp.layers.Embedding(5, 3, name=name),
            pymlp.layers.Flatten(),
            pymlp.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("metadata", [None, "words.txt", {"words": "words.txt"}])
def test_embeddings(metadata, tmp_path, tensorboard):
    from google.protobuf import text_format
    from tensorboard.plugins.projector import ProjectorConfig

    model = embedding()
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata=metadata)
    model.fit(np.zeros((4, 2), int), np.zeros(4), epochs=2, verbose=0, callbacks=[board])
    config = text_format.Parse((tmp_path / "projector_config.pbtxt").read_text(), ProjectorConfig())
    (table,) = config.embeddings
    assert table.metadata_path == ("" if metadata is None else "words.txt")
    assert table.tensor_name == "words"
    np.testing.assert_array_equal(
        np.loadtxt(tmp_path / table.tensor_path, dtype="f4"), model.layers[0].get_weights()[0]
    )
    assert metadata in (None, "words.txt", {"words": "words.txt"})  # not changed


def test_metadata_of_no_embedding(tmp_path, tensorboard):
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"word": "words.txt"})
    with pytest.raises(
        ValueError, match=r"embeddings_metadata names \['word'\].*those are \['words'\]"
    ):
        embedding().fit(np.zeros((4, 2)), np.zeros(4), verbose=0, callbacks=[board])
    assert not list(tmp_path.iterdir())


# ---- as a callback ----------------------------------------------------------------------------------------


def test_epochs_do_not_make_fit_come_back_after_each_batch():
    class Mine(TensorBoard):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

    def listens(callback):
        return CallbackList(callback).has_train_batch_hooks

    assert not listens(TensorBoard())
    assert not listens(pickle.loads(pickle.dumps(TensorBoard())))
    assert listens(TensorBoard(update_freq=10))
    assert listens(Mine())


def test_copies(tmp_path, tensorboard):
    board = TensorBoard(tmp_path / "a", histogram_freq=1, update_freq=2)
    fit(network(), board)
    for copied in (copy.deepcopy(board), pickle.loads(pickle.dumps(board))):
        copied.log_dir = str(tmp_path / "b")
        fit(network(), copied)
    assert set(read(tmp_path / "a" / "train")) == set(read(tmp_path / "b" / "train"))


def test_two_fits_into_one_folder(tmp_path, tensorboard):
    model, board = network(), TensorBoard(tmp_path)
    fit(model, board, epochs=1)
    fit(model, board, epochs=3, initial_epoch=1)
    assert set(scalars(tmp_path / "train")["epoch_loss"]) == {0, 1, 2}


def test_without_tensorboard_nothing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    model = network()
    before = model.get_weights()
    with pytest.raises(ImportError, match=r"needs the package tensorboard.*pymlp\[tensorboard\]"):
        fit(model, TensorBoard(tmp_path))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"profile_batch": -1},
            "profile_batch should be a batch's number, or the first and the last",
        ),
        ({"profile_batch": (20, 10)}, r"received \(20, 10\)"),
        ({"profile_batch": (1, 2, 3)}, "profile_batch"),
        ({"profile_batch": "all"}, "received 'all'"),
        ({"profile_batch": 1.5}, "profile_batch"),
        (
            {"update_freq": "epochs"},
            "'epoch', 'batch' or a whole number of at least 1, received 'epochs'",
        ),
        ({"update_freq": 0}, "update_freq"),
        (
            {"histogram_freq": -1},
            "histogram_freq should be a whole number of at least 0, received -1",
        ),
        ({"histogram_freq": 1.5}, "histogram_freq"),
        ({"embeddings_freq": True}, "embeddings_freq"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        TensorBoard(**arguments)


@pytest.mark.parametrize("batches", [5, (100, 200), [3, 3], "10,20", "7"])
def test_what_would_be_profiled_is_told_not_to_be(batches):
    with pytest.warns(UserWarning, match="does not profile"):
        TensorBoard(profile_batch=batches)


@pytest.mark.parametrize("batches", [0, "0", (0, 0), [0, 0], "0,0"])
def test_nothing_to_profile(batches):
    TensorBoard(profile_batch=batches)  # without a warning, which would be an error


def test_tensorboard_itself_reads_the_files(tmp_path, tensorboard):
    fit(network(), TensorBoard(tmp_path), epochs=1)
    command = [sys.executable, "-m", "tensorboard.main", "--inspect", "--logdir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for tag in ("epoch_loss", "epoch_learning_rate", "evaluation_mae_vs_iterations", "keras"):
        assert tag in done.stdout
