"""`Dense` beside its formula, its shapes, its configuration and what it refuses."""

import copy
import pickle

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

import pymlp as keras
from pymlp import activations, ops
from pymlp.layers import Dense

pytestmark = pytest.mark.usefixtures("fresh_names")

NAMES = [
    "elu",
    "exponential",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "relu",
    "relu6",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def formula(x, kernel, bias):
    return x.astype(np.float64) @ kernel.astype(np.float64) + bias.astype(np.float64)


@given(
    rows=st.sampled_from([0, 1, 2, 31, 32, 33]),
    fan_in=st.sampled_from([1, 3, 16, 17]),
    units=st.sampled_from([1, 5, 16, 33]),
    dtype=st.sampled_from(["float32", "float64"]),
    use_bias=st.booleans(),
)
def test_values(rows, fan_in, units, dtype, use_bias):
    x = np.random.default_rng(rows).normal(size=(rows, fan_in)).astype(dtype)
    layer = Dense(units, use_bias=use_bias, bias_initializer="random_normal", dtype=dtype)
    y = layer(x)
    kernel, *rest = layer.get_weights()
    bias = rest[0] if use_bias else np.zeros(units)
    assert (y.shape, y.dtype) == ((rows, units), dtype)
    # k products and a bias: an error of (k + 4) eps of the sum of their absolute values at most.
    scale = np.abs(x).astype(np.float64) @ np.abs(kernel) + np.abs(bias)
    bound = (fan_in + 4) * np.finfo(dtype).eps * scale
    assert (np.abs(y - formula(x, kernel, bias)) <= bound).all()


@pytest.mark.parametrize("name", NAMES)
def test_activation_by_name_by_function_and_as_a_layer(name, dtype):
    x = np.random.default_rng(0).normal(size=(9, 4)).astype(dtype)
    plain = Dense(6, dtype=dtype)
    z = plain(x)
    results = []
    for given_as in (name, getattr(activations, name)):
        layer = Dense(6, activation=given_as, dtype=dtype)
        layer.build((None, 4))
        layer.set_weights(plain.get_weights())
        results.append(layer(x))
    results.append(keras.layers.Activation(name, dtype=dtype)(z))
    # In a model the activation is fused into the product; on arrays it follows it.
    model = keras.Sequential([keras.Input((4,), dtype=dtype), layer])
    results.append(model.predict(x, verbose=0))
    expected = np.asarray(getattr(activations, name)(z))
    eps = np.finfo(dtype).eps
    for y in results:
        np.testing.assert_allclose(y, expected, rtol=40 * eps, atol=40 * eps)


def test_a_function_of_one_s_own():
    def doubled(x):
        return ops.multiply(x, 2.0)

    x = np.ones((2, 3), "f4")
    layer = Dense(4, activation=doubled)
    np.testing.assert_array_equal(layer(x), 2 * (x @ layer.get_weights()[0]))


def test_softmax_is_the_reference_s():
    x = np.random.default_rng(0).normal(size=(9, 4))
    layer = Dense(6, activation="softmax", dtype="float64")
    y = layer(x)
    np.testing.assert_allclose(y, reference.softmax(formula(x, *layer.get_weights())), rtol=1e-13)


@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (2, 3, 5, 4)])
def test_more_axes(shape):
    x = np.random.default_rng(0).normal(size=shape)
    layer = Dense(6, dtype="float64")
    y = layer(x)
    assert y.shape == (*shape[:-1], 6)
    np.testing.assert_allclose(y, formula(x, *layer.get_weights()), rtol=1e-13, atol=1e-14)
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 6)


def test_defaults():
    layer = Dense(300)
    layer.build((None, 784))
    kernel, bias = layer.get_weights()
    assert (layer.units, layer.use_bias, layer.dtype) == (300, True, "float32")
    assert layer.activation is activations.linear
    assert (kernel.shape, bias.shape) == ((784, 300), (300,))
    assert not bias.any()
    limit = np.sqrt(6 / (784 + 300))
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert [v.name for v in layer.weights] == ["kernel", "bias"]
    assert [v.path for v in layer.weights] == ["dense/kernel", "dense/bias"]


def test_without_bias():
    layer = Dense(3, use_bias=False)
    layer.build((None, 4))
    assert layer.bias is None
    assert layer.count_params() == 12


def test_initializers_by_name_and_by_object():
    layer = Dense(3, kernel_initializer="ones", bias_initializer=keras.initializers.Constant(2))
    np.testing.assert_array_equal(layer(np.ones((1, 4))), [[6, 6, 6]])


@pytest.mark.parametrize(
    "copied",
    [
        lambda layer: Dense.from_config(layer.get_config()),
        lambda layer: pickle.loads(pickle.dumps(layer)),
        copy.deepcopy,
    ],
    ids=["config", "pickle", "copy"],
)
@pytest.mark.parametrize("built", [True, False])
def test_copies(copied, built):
    layer = Dense(
        3, "relu", use_bias=False, kernel_initializer="he_normal", name="mine", dtype="float64"
    )
    layer.trainable = False
    x = np.random.default_rng(0).normal(size=(5, 4))
    if built:
        layer(x)
    other = copied(layer)
    assert other.get_config() == layer.get_config()
    assert (other.name, other.trainable, other.dtype) == ("mine", False, "float64")
    if built and other.built:
        np.testing.assert_array_equal(other(x), layer(x))
        assert not np.shares_memory(other.kernel.value, layer.kernel.value)


@pytest.mark.parametrize("units", [0, -1, 2.5, "3", None, True, [3]])
def test_units_that_are_none(units):
    with pytest.raises(ValueError, match=r"^Dense 'mine': units should be a whole number of at le"):
        Dense(units, name="mine")


def test_configuration_names_every_argument():
    arguments = {
        "units": 3,
        "activation": "relu",
        "use_bias": False,
        "name": "mine",
        "trainable": False,
        "dtype": "float64",
    }
    config = Dense(
        **arguments, kernel_initializer="ones", bias_initializer="he_normal"
    ).get_config()
    assert {name: config[name] for name in arguments} == arguments
    classes = [config[name]["class_name"] for name in ("kernel_initializer", "bias_initializer")]
    assert classes == ["Ones", "HeNormal"]


def test_units_of_numpy():
    assert Dense(np.int64(3)).units == 3


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (5,),
            r"shape \(batch_size, ..., features\), received \(None,\). Add an axis of features: x",
        ),
        (
            (5, 3),
            r"shape \(batch_size, ..., 4\), received \(None, 3\). Give data with as many feat",
        ),
        ((5, 28, 28), r"received \(None, 28, 28\). Flatten the axes of a sample first: x.reshape"),
    ],
)
def test_inputs_that_do_not_fit(shape, message):
    layer = Dense(3, name="hidden")
    if len(shape) > 1:
        layer.build_from_config({"input_shape": (None, 4)})
    with pytest.raises(ValueError, match=rf"^Dense 'hidden' expected inputs of .*{message}"):
        layer(np.ones(shape))


@pytest.mark.parametrize(
    "argument",
    [
        "lora_rank",
        "quantization_config",
    ],
)
def test_what_is_missing_says_so(argument):
    with pytest.raises(NotImplementedError, match=rf"^Dense 'dense': {argument} is not supported"):
        Dense(3, **{argument: 1})


def test_no_initializer_is_the_default_and_stays_none():
    model = keras.Sequential([keras.Input((2,)), Dense(3, kernel_initializer=None)])
    config = model.layers[0].get_config()
    assert config["kernel_initializer"] is None
    assert Dense.from_config(config).kernel_initializer is None
    assert np.ptp(model.get_weights()[0]) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"activation": "rellu"}, "Unknown activation 'rellu'. Known: .*relu"),
        ({"kernel_initializer": "glorot"}, "Unknown initializer 'glorot'. Known: .*glorot_uniform"),
        ({"bias_initializer": "zero s"}, "Unknown initializer 'zero s'"),
        ({"unit": 3}, r"Dense: unknown arguments \['unit'\]. Check their spelling"),
        ({"dtype": "int32"}, "Dense 'dense': pymlp computes in 'float32' or 'float64', received"),
        ({"name": 3}, "Dense: name should be a string without '/', received 3"),
        ({"name": "a/b"}, "Dense: name should be a string without '/', received 'a/b'"),
        ({"trainable": 1}, "Dense: trainable should be True or False, received 1"),
    ],
)
def test_arguments_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Dense(3, **arguments)
