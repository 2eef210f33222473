"""Settings of the process, and Keras's older names of them."""

import copy
import logging
import pickle

import numpy as np
import pytest

import pymlp
from pymlp import backend, config
from pymlp.config import DTypePolicy


@pytest.fixture(autouse=True)
def _settings_as_they_were():
    yield
    config.set_floatx("float32")
    config.set_epsilon(1e-7)
    config.set_image_data_format("channels_last")
    backend.clear_session()


@pytest.mark.parametrize("home", [backend, config])
def test_settings(home):
    home.set_floatx("float64")
    assert pymlp.Variable(0.0).dtype == config.floatx() == backend.floatx() == "float64"
    home.set_epsilon(1e-5)
    assert config.epsilon() == backend.epsilon() == 1e-5
    home.set_image_data_format("channels_first")
    assert backend.image_data_format() == "channels_first"
    assert home.backend() == "pymlp"


def test_wrong_settings():
    with pytest.raises(ValueError, match="set_floatx: pymlp computes in"):
        config.set_floatx("float16")
    with pytest.raises(ValueError, match="'channels_first' or 'channels_last', received 'first'"):
        config.set_image_data_format("first")


def test_a_new_session_starts_names_again():
    backend.clear_session()
    assert pymlp.layers.Dense(1).name == "dense"
    assert pymlp.layers.Dense(1).name == "dense_1"
    pymlp.utils.clear_session(free_memory=False)
    assert pymlp.layers.Dense(1).name == "dense"


def test_a_new_session_forgets_what_keras_forgets():
    config.set_floatx("float64")
    config.set_dtype_policy("float32")
    config.disable_interactive_logging()
    backend.clear_session()
    assert config.floatx() == config.dtype_policy().name == "float64"
    assert config.is_interactive_logging_enabled()


@pytest.mark.parametrize(
    "variable", [pymlp.Variable([1.0, 2.0]), pymlp.optimizers.SGD(0.5).learning_rate]
)
def test_values_as_older_code_gets_and_sets_them(variable):
    before = backend.get_value(variable)
    assert isinstance(before, np.ndarray | np.generic)
    backend.set_value(variable, 2 * before)
    np.testing.assert_array_equal(backend.get_value(variable), 2 * before)


def test_a_learning_rate_that_is_set():
    model = pymlp.Sequential([pymlp.Input((1,)), pymlp.layers.Dense(1)])
    model.compile("sgd", "mse")
    backend.set_value(model.optimizer.learning_rate, 0.25)
    assert float(model.optimizer.learning_rate) == 0.25
    assert backend.get_value([1.0]).tolist() == [1.0]
    with pytest.raises(TypeError, match="set_value: expected a Variable, received 3"):
        backend.set_value(3, 4)


# ---- the policy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["float64", DTypePolicy("float64")])
def test_layers_follow_the_policy(policy):
    config.set_dtype_policy(policy)
    assert config.dtype_policy() == DTypePolicy() == DTypePolicy("float64")
    model = pymlp.Sequential([pymlp.Input((2,)), pymlp.layers.Dense(1)])
    assert model.dtype == model.weights[0].dtype == "float64"
    assert model.predict(np.ones((1, 2)), verbose=0).dtype == "float64"
    # As in Keras, these follow floatx.
    assert config.floatx() == pymlp.Variable(0.0).dtype == "float32"
    assert pymlp.metrics.Mean().dtype == "float32"


def test_without_a_policy_floatx_is_it():
    config.set_floatx("float64")
    assert config.dtype_policy().name == pymlp.layers.Dense(1).dtype == "float64"


def test_a_layer_s_own_policy():
    assert pymlp.layers.Dense(1, dtype=DTypePolicy("float64")).dtype == "float64"


@pytest.mark.parametrize(
    "policy", ["mixed_float16", "mixed_bfloat16", "int8_from_float32", "float16", 32, None]
)
def test_policies_that_no_kernel_computes_in(policy):
    config.set_dtype_policy("float64")
    with pytest.raises(ValueError, match=r"(in|expected) 'float32'(,| or in) 'float64'"):
        config.set_dtype_policy(policy)
    assert config.dtype_policy().name == "float64"


def test_a_policy_as_an_object():
    policy = DTypePolicy("float64")
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == ("float64",) * 3
    assert repr(policy) == '<DTypePolicy "float64">'
    for copied in (
        DTypePolicy.from_config(policy.get_config()),
        pickle.loads(pickle.dumps(policy)),
        copy.deepcopy(policy),
    ):
        assert copied == policy
        assert copied != DTypePolicy("float32")


# ---- where messages go -------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [config, pymlp.utils])
def test_the_switch_of_messages(home):
    assert home.is_interactive_logging_enabled()
    home.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    home.enable_interactive_logging()
    assert config.is_interactive_logging_enabled()


def test_without_interactive_logging_all_goes_to_the_log(capsys, caplog):
    config.disable_interactive_logging()
    model = pymlp.Sequential([pymlp.Input((2,)), pymlp.layers.Dense(1)])
    model.compile("sgd", "mse")
    constant = pymlp.callbacks.LearningRateScheduler(lambda epoch: 0.5, verbose=1)
    with caplog.at_level(logging.INFO, "pymlp"):
        model.summary()
        for verbose in (1, 2):
            model.fit(
                np.zeros((4, 2)), np.zeros(4), epochs=2, verbose=verbose, callbacks=[constant]
            )
        model.predict(np.zeros((4, 2)))
    assert capsys.readouterr() == ("", "")
    summary, *lines = [record.getMessage() for record in caplog.records]
    assert 'Model: "' in summary
    assert "Total params: 3" in summary
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.5." in lines
    for epoch in ("Epoch 1/2", "Epoch 2/2"):
        assert any(line.startswith(epoch + " - 1/1") for line in lines)  # verbose=1: in one line
        assert epoch in lines  # verbose=2: heading and line
    assert lines[-1].startswith("1/1 - 0s")
    assert not any(character in line for line in lines for character in "\r\b\x1b\n")


def test_a_log_that_nobody_reads_is_silent(capsys):
    config.disable_interactive_logging()
    pymlp.utils.Progbar(1).update(1)
    assert capsys.readouterr() == ("", "")
