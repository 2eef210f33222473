"""`CategoryEncoding` and `Discretization`: what the table of all layers does not say of them."""

import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.layers import CategoryEncoding, Discretization


def equal(found, expected):
    np.testing.assert_array_equal(found, expected)


def test_categories_by_hand():
    x = [[0, 1], [0, 0], [3, 9]]
    equal(CategoryEncoding(4)(x), [[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    equal(CategoryEncoding(4, "count")(x), [[1, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 1]])
    equal(CategoryEncoding(3, "one_hot")([2, 0]), [[0, 0, 1], [1, 0, 0]])
    equal(CategoryEncoding(3, "one_hot")([[2], [0]]), [[0, 0, 1], [1, 0, 0]])
    equal(CategoryEncoding(3)([2, 0]), [1, 0, 1])  # one sample
    weights = np.array([[0.5, 0.25], [1.0, 2.0], [4.0, 8.0]])
    found = CategoryEncoding(4, "count")(np.array(x), count_weights=weights)
    equal(found, [[0.5, 0.25, 0, 0], [3, 0, 0, 0], [0, 0, 0, 4]])


def test_bins_by_hand():
    layer = Discretization([0.0, 1.0, 2.0])
    x = [[-1.5, 1.0, 3.4], [0.0, np.inf, -np.inf], [np.nan, 0.5, 2.0]]
    expected = [[0, 2, 3], [1, 3, 0], [3, 1, 3]]
    found = layer(np.array(x))
    assert found.dtype == "int32"
    equal(found, expected)
    model = pymlp.Sequential([pymlp.Input((3,)), layer])
    equal(model.predict(np.array(x), verbose=0), expected)
    equal(Discretization([])(np.array([[1.0, -1.0]])), [[0, 0]])


def test_bins_hold_equal_shares():
    """Within epsilon, on each side of a boundary."""
    x = np.random.default_rng(0).exponential(size=5000)
    for data in (x, np.split(x, 10)):
        layer = Discretization(num_bins=4, epsilon=0.01)
        layer.adapt(data)
        assert len(layer.bin_boundaries) == 3
        for boundary, share in zip(layer.bin_boundaries, (0.25, 0.5, 0.75), strict=True):
            assert abs((x < boundary).mean() - share) < 0.02
    few = Discretization(num_bins=4)
    few.adapt(iter([np.array([1.0]), np.array([2.0]), np.array([3.0])]), steps=2)
    assert few.bin_boundaries == [1.0]


@pytest.mark.parametrize("samples", [1, 3, 40, 1000])
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
@pytest.mark.parametrize("parts", [1, 7])
def test_boundaries_are_those_of_keras(samples, epsilon, parts):
    keras = pytest.importorskip("keras", reason="Keras is not installed here")
    x = np.random.default_rng(samples).normal(size=(samples, 3)).astype("float32")
    ours, theirs = (k.layers.Discretization(num_bins=5, epsilon=epsilon) for k in (pymlp, keras))
    for layer in (ours, theirs):
        if layer is theirs:  # whose adapt needs TensorFlow; this is what it does
            for batch in np.array_split(x, parts):
                if len(batch):
                    layer.update_state(batch)
            layer.finalize_state()
        else:
            layer.adapt([batch for batch in np.array_split(x, parts) if len(batch)])
    np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-6)
    equal(ours(x), np.asarray(theirs(x)))
    assert set(ours.get_config()) == set(theirs.get_config())


def test_an_adapted_layer_is_saved(tmp_path):
    x = np.random.default_rng(0).normal(size=(50, 2))
    layer = Discretization(num_bins=4, output_mode="one_hot")
    layer.adapt(x)
    again = Discretization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    again.adapt(x + 1.0)
    assert again.bin_boundaries != layer.bin_boundaries
    model = pymlp.Sequential(
        [pymlp.Input((2,)), layer, pymlp.layers.Flatten(), pymlp.layers.Dense(1)]
    )
    model.save(tmp_path / "m.keras")
    loaded = pymlp.saving.load_model(tmp_path / "m.keras")
    equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(RuntimeError, match="Adapt a layer before making a model"):
        layer.adapt(x)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [(CategoryEncoding, ValueError, "num_tokens should be a whole number of at least 1"),
     (lambda: CategoryEncoding(3, "int"), ValueError, "output_mode should be one of one_hot, multi_hot, count"),
     (lambda: CategoryEncoding(3, sparse=True), NotImplementedError, "sparse=True is not supported"),
     (lambda: CategoryEncoding(3)(np.ones((2, 2)), count_weights=np.ones((2, 2))), ValueError, "count_weights are for"),
     (lambda: pymlp.Sequential([pymlp.Input(()), CategoryEncoding(3)]), ValueError, "a sample has no axis"),
     (Discretization, ValueError, "give either bin_boundaries or num_bins"),
     (lambda: Discretization([1.0], 2), ValueError, "give either bin_boundaries or num_bins"),
     (lambda: Discretization([1.0, 0.0]), ValueError, "bin_boundaries should ascend"),
     (lambda: Discretization(num_bins=0), ValueError, "num_bins should be at least 1"),
     (lambda: Discretization([1.0], epsilon=0.0), ValueError, "epsilon should be above 0"),
     (lambda: Discretization([1.0]).adapt([1.0]), ValueError, "there is nothing to adapt"),
     (lambda: Discretization(num_bins=2).adapt([]), ValueError, "at least one number"),
     (lambda: Discretization(num_bins=2)(np.ones((2, 2))), ValueError, "call adapt")],
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("axis", "shape"), [(-1, (1, 1, 2)), (1, (1, 3, 1)), (None, (1, 1, 1)), ((1, 2), (1, 3, 2))]
)
def test_statistics_of_a_normalization_stand_beside_its_inputs(axis, shape):
    x = np.arange(24.0).reshape(4, 3, 2)
    layer = layers.Normalization(axis)
    with pytest.raises(AttributeError, match="has no mean yet"):
        _ = layer.mean
    layer.adapt(x)
    over = tuple(a for a in range(3) if shape[a] == 1)
    np.testing.assert_allclose(layer.mean, x.mean(over, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(layer.variance, x.var(over, keepdims=True), rtol=1e-6)
    given = layers.Normalization(mean=[1.0, 2.0], variance=3.0 * np.ones(2))
    given.build((None, 3, 2))
    np.testing.assert_array_equal(given.variance, np.full((1, 1, 2), 3.0))
