"""Every layer, loss, metric, optimizer and schedule, through files: to Keras, from it, and to pymlp again."""

import every_object
import numpy as np
import pytest

import pymlp

pytestmark = [
    pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning"),
    # Of JAX, about the types that data has.
    pytest.mark.filterwarnings("ignore:jax.nn.one_hot input should be:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64"),
]

ENDINGS = [".keras", ".h5"]
WAYS = ["to_keras", "from_keras", "alone"]


@pytest.fixture(params=WAYS)
def libraries(request):
    """Who writes and who reads."""
    if request.param == "alone":
        return pymlp, pymlp
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    return (pymlp, keras) if request.param == "to_keras" else (keras, pymlp)


def again(model, path, reader):
    model.save(path)
    return reader.models.load_model(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_layers(libraries, ending, tmp_path):
    writer, reader = libraries
    model, x = every_object.layers_model(writer)
    loaded = again(model, tmp_path / f"model{ending}", reader)
    found, expected = loaded.predict(x, verbose=0), model.predict(x, verbose=0)
    assert len(found) > 40
    for number, (a, b) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6, err_msg=str(number))


@pytest.mark.parametrize("ending", ENDINGS)
def test_losses(libraries, ending, tmp_path):
    writer, reader = libraries
    model, x, y = every_object.losses_model(writer, older=ending == ".h5")
    loaded = again(model, tmp_path / f"model{ending}", reader)
    found, expected = (
        m.evaluate(x, y, batch_size=100, verbose=0, return_dict=True) for m in (loaded, model)
    )
    assert set(found) == set(expected)
    assert len(found) > 30
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("ending", ENDINGS)
def test_metrics(libraries, ending, tmp_path):
    writer, reader = libraries
    model = writer.Sequential([writer.Input((2,)), writer.layers.Dense(1)])
    metrics = every_object.metrics_of(writer)
    if ending == ".h5" and writer is not pymlp:
        # Keras cannot write arrays in an argument to older files.
        metrics = [metric for metric in metrics if getattr(metric, "label_weights", None) is None]
    model.compile("sgd", metrics=metrics)
    loaded = every_object.measured_by(again(model, tmp_path / f"model{ending}", reader))
    assert [metric.name for metric in loaded] == [metric.name for metric in metrics]
    values = (every_object.values_of(found) for found in (loaded, metrics))
    for metric, found, expected in zip(metrics, *values, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=str(metric))


# An optimizer, its arguments, and a schedule as its learning rate: every one of each is in some row.
OPTIMIZERS = [
    ("SGD", {"momentum": 0.9, "nesterov": True}, ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 9})),
    ("SGD", {"clipvalue": 0.01, "weight_decay": 0.1}, 0.1),
    ("Adam", {"amsgrad": True, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3}, 0.01),
    ("Adam", {"gradient_accumulation_steps": 2, "loss_scale_factor": 8.0}, 0.01),
    ("AdamW", {"clipnorm": 0.05},
     ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5})),
    ("RMSprop", {"centered": True, "momentum": 0.5},
     ("PiecewiseConstantDecay", {"boundaries": [3, 5], "values": [0.1, 0.01, 0.001]})),
    ("Adagrad", {"global_clipnorm": 0.1}, ("InverseTimeDecay",
     {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5, "staircase": True})),
    ("Adadelta", {}, ("PolynomialDecay", {"initial_learning_rate": 1.0, "decay_steps": 4, "cycle": True})),
    ("Adamax", {}, ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3})),
    ("Nadam", {}, 0.01),
    ("Ftrl", {"l1_regularization_strength": 0.01}, 0.1),
    ("Lion", {"use_ema": True}, 0.01),
    ("Lamb", {}, 0.01),
    ("Adafactor", {}, 0.1),
    ("Muon", {}, 0.01),
]  # fmt: skip


def compiled(library, name, arguments, rate):
    library.utils.set_random_seed(4)
    model = library.Sequential(
        [library.Input((3,)), library.layers.Dense(5, "tanh"), library.layers.Dense(2)]
    )
    if isinstance(rate, tuple):
        rate = getattr(library.optimizers.schedules, rate[0])(**rate[1])
    model.compile(getattr(library.optimizers, name)(rate, **arguments), "mse")
    return model


def steps(model):
    rng = np.random.default_rng(6)
    for _ in range(4):
        model.train_on_batch(rng.random((8, 3), np.float32), rng.random((8, 2), np.float32))
    return model


@pytest.mark.parametrize(("name", "arguments", "rate"), OPTIMIZERS)
def test_training_goes_on(libraries, name, arguments, rate, tmp_path):
    writer, reader = libraries
    model = steps(compiled(writer, name, arguments, rate))
    loaded = again(model, tmp_path / "model.keras", reader)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) > 0
    for a, b in zip(steps(loaded).get_weights(), steps(model).get_weights(), strict=True):
        if writer is reader:
            np.testing.assert_array_equal(a, b)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "arguments", "rate"), OPTIMIZERS)
@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
def test_training_goes_on_from_other_files(name, arguments, rate, ending, tmp_path):
    model = steps(compiled(pymlp, name, arguments, rate))
    if ending == ".h5":
        loaded = again(model, tmp_path / "model.h5", pymlp)
    else:
        model.save_weights(tmp_path / "model.weights.h5")
        loaded = compiled(pymlp, name, arguments, rate)
        loaded.load_weights(tmp_path / "model.weights.h5")
    for a, b in zip(steps(loaded).get_weights(), steps(model).get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_table_has_every_optimizer_and_schedule():
    optimizers = {name.lower() for name, _, _ in OPTIMIZERS}
    classes = {name.lower() for name in pymlp.optimizers.__all__ if name[0].isupper()}
    assert optimizers == classes - {"optimizer", "lbfgs"}
    schedules = {rate[0] for _, _, rate in OPTIMIZERS if isinstance(rate, tuple)}
    # OneCycle is not Keras's.
    of_keras = {n for n in pymlp.optimizers.schedules.__all__ if n[0].isupper()} - {
        "LearningRateSchedule"
    }
    assert schedules == {n for n in of_keras if not n.startswith("OneCycle")}
