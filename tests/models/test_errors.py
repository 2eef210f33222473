"""Whatever cannot work says which layer and argument, what was expected and given, and the remedy.

And it leaves weights and optimizer as they were.
"""

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import Dense

pytestmark = pytest.mark.usefixtures("fresh_names")

X = np.random.default_rng(0).normal(size=(12, 4))
Y = np.random.default_rng(1).normal(size=(12, 1))
CLASSES = np.arange(12) % 3


def regression():
    model = keras.Sequential([keras.Input((4,)), Dense(5, "relu"), Dense(1, name="out")])
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    return model


def classifier(loss="sparse_categorical_crossentropy", units=3, activation="softmax"):
    model = keras.Sequential([keras.Input((4,)), Dense(units, activation, name="out")])
    model.compile("adam", loss)
    return model


def spoiled(value):
    x = Y.copy()
    x[7] = value
    return x


INPUTS = {
    "three features of four": (X[:, :3], r"its first layer, Dense 'dense', expected x of shape "
        r"\(batch_size, 4\), received \(batch_size, 3\). Reshape x"),
    "images": (np.ones((12, 2, 2)), r"expected x of shape \(batch_size, 4\), received "
        r"\(batch_size, 2, 2\)\. Reshape x so that each sample has the shape \(4,\)"),
    "one axis": (X[:, 0], r"expected x of shape \(batch_size, 4\), received \(batch_size,\)"),
    "text": (X.astype(str), "x should hold numbers or booleans, .*Convert it first"),
    "objects": (X.astype(object), "x should hold numbers or booleans, .*object. Convert it first"),
    "complex": (X + 1j, "x should hold numbers or booleans, .*complex128"),
    "ragged": ([[1, 2, 3, 4], [1, 2]], "x cannot be made an array .*rows of equal length"),
    "a number": (3.0, "x should have an axis of samples, received the single number 3.0"),
    "nothing": (None, "x is missing"),
    "empty": (X[:0], r"x is empty: its shape is \(0, 4\)"),
}  # fmt: skip

TARGETS = {
    "three columns for one unit": (regression, np.ones((12, 3)),
        r"Output layer 'out' expected y of shape \(batch_size, 1\), received y of shape \(12, 3\). "
        "Give layer 'out' 3 units, or y 1 columns"),
    "a number too many": (regression, np.ones(13), "x has 12 samples and y has 13; they should be"),
    "missing": (regression, None, "y is missing: the target of each sample in x"),
    "text": (regression, Y.astype(str), "y should hold numbers or booleans, .*Convert it first"),
    "NaN": (regression, spoiled(np.nan), r"Output layer 'out' .*received y\[7, 0\] = nan. Leave su"),
    "too many axes": (regression, np.ones((12, 1, 1, 1)), "Output layer 'out' expected y of shape"),
    "a class too high": (classifier, np.where(CLASSES == 2, 3, 0), "output layer 'out' expected y "
        r"to hold class numbers from 0 to 2, as the layer has 3 units, received y\[2\] = 3. Number"),
    "a negative class": (classifier, CLASSES - 1, r"class numbers from 0 to 2.*received y\[0\] = -1"),
    "half a class": (classifier, CLASSES + 0.5, r"whole numbers from 0 to 2, received y\[0\] = 0.5"),
    "one-hot for sparse": (classifier, np.eye(3)[CLASSES], r"'out' expected y of shape "
        r"\(batch_size,\), one class number a sample, received y of shape \(12, 3\). If y is one-h"),
    "sparse for one-hot": (lambda: classifier("categorical_crossentropy"), CLASSES, r"'out' expected"
        r" y of shape \(batch_size, 3\).*use loss='sparse_categorical_crossentropy', or one-hot"),
    "probability 2": (lambda: classifier("binary_crossentropy", 1, "sigmoid"), spoiled(2.0), "'out' "
        "expected y to hold probabilities from 0 to 1, received"),
}  # fmt: skip

ARGUMENTS = {
    "batch_size 0": ({"batch_size": 0}, "fit: batch_size should be a whole number of at least 1"),
    "batch_size 1.5": ({"batch_size": 1.5}, "fit: batch_size .*at least 1, received 1.5"),
    "batch_size True": ({"batch_size": True}, "fit: batch_size .*received True"),
    "epochs -1": ({"epochs": -1}, "fit: epochs should be a whole number of at least 0, received"),
    "epochs text": ({"epochs": "3"}, "fit: epochs should be .*received '3'"),
    "initial_epoch": ({"initial_epoch": -1}, "fit: initial_epoch .*of at least 0, received -1"),
    "steps_per_epoch": ({"steps_per_epoch": 0}, "fit: steps_per_epoch .*at least 1, received 0"),
    "verbose": ({"verbose": 3}, "verbose should be 'auto', 0, 1 or 2, received 3"),
    "callback class": ({"callbacks": [keras.callbacks.EarlyStopping]}, r"callbacks\[0\] expected an "
        "instance of Callback, received the class EarlyStopping. Call it"),
    "split 1": ({"validation_split": 1.0}, "validation_split should be a number between 0 and 1"),
    "split -1": ({"validation_split": -0.1}, "validation_split should be a number between 0 and 1"),
    "split too small": ({"validation_split": 0.99}, "12 samples cannot be split by .*Give validati"),
    "validation array": ({"validation_data": X}, r"validation_data should be a tuple \(x, y\) or"),
    "validation features": ({"validation_data": (X[:, :3], Y)}, r"expected x of shape \(batch_size, "
        r"4\), received \(batch_size, 3\)"),
    "validation targets": ({"validation_data": (X, Y[:3])}, "fit, validation_data: x has 12 samples"),
    "validation y": ({"validation_data": (X, np.ones((12, 3)))},
        "fit, validation_data: .*'out' expected y of shape"),
    "validation_freq 1.5": (
        {"validation_freq": 1.5, "validation_data": (X, Y)},
        "fit: validation_freq .*at least 1, received 1.5",
    ),
    "validation_freq": ({"validation_freq": 0}, "fit: validation_freq .*at least 1, received 0"),
    "validation_steps": ({"validation_steps": 0}, "fit: validation_steps .*at least 1, received 0"),
    "validation_batch_size": ({"validation_batch_size": 0}, "fit: validation_batch_size .*received 0"),
    "sample_weight": ({"sample_weight": np.ones(3)}, r"sample_weight should have shape \(12,\), one "
        r"number a sample, received \(3,\)"),
    "weight NaN": ({"sample_weight": np.full(12, np.nan)}, "sample_weight holds NaN or infinity"),
    "class_weight": ({"class_weight": [1, 2]}, "class_weight should be a dict of class numbers"),
    "two weights": ({"class_weight": {0: 1}, "sample_weight": np.ones(12)}, "give class_weight or "
        "sample_weight, not both"),
}  # fmt: skip


def state(model):
    return [w.copy() for w in model.get_weights()] + [
        variable.numpy() for variable in model.optimizer.variables
    ]


def refuses(model, error, message, call):
    """Assert that a call is refused with a message, and that the model goes on as if nothing was."""
    before = state(model)
    with pytest.raises(error, match=message):
        call(model)
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch"])
def test_inputs(name, call):
    x, message = INPUTS[name]
    arguments = {} if "batch" in call else {"verbose": 0}
    rows = {"ragged": 2, "empty": 0}.get(name, 12)
    targets = () if call == "predict" else (Y[:rows],)
    refuses(regression(), ValueError, message, lambda m: getattr(m, call)(x, *targets, **arguments))


@pytest.mark.parametrize("name", [n for n in INPUTS if n not in ("nothing", "empty", "objects")])
def test_calling(name):
    x, message = INPUTS[name]
    words = "expected x of shape" if "expected x" in message else "expected inputs"
    refuses(regression(), ValueError, words, lambda m: m(x))


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_targets(name, call):
    make, y, message = TARGETS[name]
    arguments = {} if "batch" in call else {"verbose": 0}
    model = make()
    model.optimizer.build(model.trainable_weights)
    refuses(model, ValueError, message, lambda m: getattr(m, call)(X, y, **arguments))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_of_fit(name):
    arguments, message = ARGUMENTS[name]
    model = regression()
    error = TypeError if name == "callback class" else ValueError
    refuses(model, error, message, lambda m: m.fit(X, Y, **{"verbose": 0, **arguments}))
    model.fit(X, Y, verbose=0)  # and it goes on


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_not_compiled(call):
    model = keras.Sequential([keras.Input((4,)), Dense(1)])
    message = rf"^{call}: model 'sequential' is not compiled. Call model.compile\("
    with pytest.raises(ValueError, match=message):
        getattr(model, call)(X, Y)
    model.compile("sgd")
    if call in ("evaluate", "test_on_batch"):
        assert getattr(model, call)(X, Y) == 0.0
        return
    with pytest.raises(ValueError, match=r"^Model .* without a loss.*Call model.compile\(loss="):
        getattr(model, call)(X, Y)


def test_nothing_to_train():
    model = regression()
    model.trainable = False
    for call in (model.fit, model.train_on_batch):
        with pytest.raises(ValueError, match="model 'sequential' has no trainable weights"):
            call(X, Y)
    model.evaluate(X, Y, verbose=0)
    empty = keras.Sequential()
    empty.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Sequential 'sequential_1' has no layers: add one first"):
        empty.fit(X, Y)


@pytest.mark.parametrize("call", ["evaluate", "predict"])
@pytest.mark.parametrize("argument", ["batch_size", "steps"])
def test_numbers_of_evaluate_and_predict(call, argument):
    arguments = {argument: 0, "verbose": 0}
    targets = (Y,) * (call == "evaluate")
    message = f"^{call}: {argument} should be a whole number of at least 1, received 0"
    refuses(regression(), ValueError, message, lambda m: getattr(m, call)(X, *targets, **arguments))


def test_an_error_in_a_callback_comes_through():
    def fail(epoch, logs=None):
        raise RuntimeError("mine")

    model = regression()
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(X, Y, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
    model.fit(X, Y, verbose=0)


def test_a_hidden_layer_that_does_not_fit_is_named():
    inner = Dense(2, name="inner")
    inner(np.ones((1, 9)))
    with pytest.raises(
        ValueError, match=r"^Dense 'inner' expected inputs of shape .*, 9\), received"
    ):
        keras.Sequential([keras.Input((4,)), Dense(5), inner])


def unbuilt(loss="mse", metrics=(), units=1):
    class Pair(keras.layers.Layer):
        def build(self, input_shape):
            self.inner = [Dense(3), Dense(units)]

        def call(self, inputs):
            return self.inner[1](self.inner[0](inputs))

    model = keras.Sequential([Dense(5, "relu"), keras.layers.PReLU(), Pair(), Dense(units)])
    model.compile("adam", loss, metrics=list(metrics))
    return model


def fails(y_true, y_pred):
    raise ValueError("mine")


FIRST_CALLS = {
    "y": lambda m: m.fit(X, np.ones((12, 3)), verbose=0),
    "split": lambda m: m.fit(X, Y, validation_split=0.99, verbose=0),
    "validation y": lambda m: m.fit(X, Y, validation_data=(X, Y[:3]), verbose=0),
    "weights": lambda m: m.fit(X, Y, class_weight=[1], verbose=0),
    "steps": lambda m: m.fit(X, Y, steps_per_epoch=0, verbose=0),
    "verbose": lambda m: m.fit(X, Y, verbose=7),
    "callbacks": lambda m: m.fit(X, Y, verbose=0, callbacks=[3]),
    "evaluate": lambda m: m.evaluate(X, np.ones((12, 3)), verbose=0),
    "evaluate verbose": lambda m: m.evaluate(X, Y, verbose=7),
    "predict batch_size": lambda m: m.predict(X, batch_size=0, verbose=0),
    "predict verbose": lambda m: m.predict(X, verbose=7),
    "train_on_batch": lambda m: m.train_on_batch(X, np.ones((12, 3))),
    "test_on_batch": lambda m: m.test_on_batch(X, np.ones((12, 3))),
}


@pytest.mark.parametrize("name", FIRST_CALLS)
def test_a_first_call_that_fails_leaves_the_model_unbuilt(name):
    model = unbuilt()
    with pytest.raises((ValueError, TypeError)):
        FIRST_CALLS[name](model)
    assert not model.built
    assert not any(layer.built for layer in model.layers)
    assert (model.weights, model.inputs, model.history) == ([], [], None)
    assert len(model.optimizer.variables) == 2
    model.fit(np.ones((12, 7)), Y, verbose=0)  # other features
    assert model.input_shape == (None, 7)


@pytest.mark.parametrize("arguments", [{"loss": fails}, {"metrics": [fails]}])
def test_a_loss_or_metric_that_fails_leaves_the_model_unbuilt(arguments):
    model = unbuilt(**arguments)
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="mine"):
            call(X, Y, verbose=0)
        assert not model.built
    model.compile("adam", "mse")
    model.fit(np.ones((12, 7)), Y, verbose=0)


def test_a_loss_is_not_chosen_by_targets_that_are_refused():
    model = keras.Sequential([keras.Input((4,)), Dense(3, "softmax")])
    model.compile("sgd", "crossentropy", metrics=["accuracy"])
    one_hot = np.eye(3)[CLASSES]
    with pytest.raises(ValueError, match="validation_split"):
        model.fit(X, one_hot, validation_split=2.0, verbose=0)
    history = model.fit(X, CLASSES, verbose=0)
    assert list(history.history) == ["accuracy", "loss"]


def test_build_that_fails_leaves_every_layer_unbuilt():
    inner = Dense(2)
    inner(np.ones((1, 9)))
    first = Dense(5)
    model = keras.Sequential([first, inner])
    with pytest.raises(ValueError, match=r"^Dense .* received"):
        model.build((None, 4))
    assert (model.built, first.built, first.kernel, inner.built) == (False, False, None, True)


@pytest.mark.parametrize("change", ["add", "pop", "compile"])
@pytest.mark.parametrize("hook", ["on_epoch_begin", "on_epoch_end", "on_train_batch_end"])
def test_a_model_that_a_callback_changes_within_fit(change, hook):
    def step_in(number, logs=None):
        if change == "add":
            model.add(Dense(1, name=f"late_{len(model.layers)}"))
        elif change == "pop":
            model.pop()
        else:
            model.compile(model.optimizer, "mae")

    model = keras.Sequential([keras.Input((4,)), Dense(1), Dense(1)])
    model.compile("sgd", "mse")
    callback = keras.callbacks.LambdaCallback(**{hook: step_in})
    with pytest.raises(
        ValueError, match="'sequential' was compiled anew, or was given other layers,"
    ):
        model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    model.fit(X, Y, verbose=0)
