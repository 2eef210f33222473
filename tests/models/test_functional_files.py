"""Files of functional models: to Keras and from it, in one process."""

import numpy as np
import pytest
from functional_cases import CASES, data_for, listed

import pymlp

# Layers of one's own would have to be handed to `load_model`; what is tested is how layers are connected.
OF_BUILT_IN_LAYERS = [
    case
    for case in CASES
    if case.__name__
    not in ("skip_connection", "wide_and_deep", "shared_layer", "called_twice", "cut_out", "cut_in_the_midst")
]  # fmt: skip


def numbers_in(nest):
    if isinstance(nest, dict):
        nest = list(nest.values())
    return (
        np.concatenate([np.ravel(numbers_in(item)) for item in nest])
        if isinstance(nest, list)
        else nest
    )


@pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("to_keras", [True, False])
@pytest.mark.parametrize("case", OF_BUILT_IN_LAYERS)
def test_files_go_both_ways(case, to_keras, tmp_path):
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    writer, reader = (pymlp, keras) if to_keras else (keras, pymlp)
    written, compiled = case(writer)
    x, y = data_for(written, compiled)
    written.compile("adam", **compiled)
    written.fit(x, y, verbose=0)
    written.save(tmp_path / "model.keras")
    read = reader.models.load_model(tmp_path / "model.keras")
    expected, found = (numbers_in(listed(m.predict(x, verbose=0))) for m in (written, read))
    # Two float32 networks of some ten terms a sum.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    histories = [m.fit(x, y, shuffle=False, verbose=0).history for m in (written, read)]
    assert list(histories[0]) == list(histories[1])
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", OF_BUILT_IN_LAYERS)
def test_files_are_read_again(case, tmp_path):
    written, compiled = case(pymlp)
    x, y = data_for(written, compiled)
    written.compile("adam", **compiled)
    written.fit(x, y, verbose=0)
    written.save(tmp_path / "model.keras")
    read = pymlp.models.load_model(tmp_path / "model.keras")
    for a, b in zip(written.get_weights(), read.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    histories = [m.fit(x, y, shuffle=False, verbose=0).history for m in (written, read)]
    assert histories[0] == histories[1]
