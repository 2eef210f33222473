"""Settings of the process, and Keras's older names of them."""

import pytest

import pymlp
from pymlp import backend, config


@pytest.mark.parametrize("home", [backend, config])
def test_settings(home):
    try:
        home.set_floatx("float64")
        assert pymlp.Variable(0.0).dtype == config.floatx() == backend.floatx() == "float64"
        home.set_epsilon(1e-5)
        assert config.epsilon() == backend.epsilon() == 1e-5
        home.set_image_data_format("channels_first")
        assert backend.image_data_format() == "channels_first"
    finally:
        config.set_floatx("float32")
        config.set_epsilon(1e-7)
        config.set_image_data_format("channels_last")
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
