"""`BatchNormalization`: formula, moving statistics, gradients, freezing, masks; the same on arrays and in models."""

import numpy as np
import pytest
from evaluation import check_gradients

import pymlp as keras
from pymlp.layers import BatchNormalization
from pymlp.ops.batch_norm import column_moments, moving_average, normalize_columns

RNG = np.random.default_rng(3)


def formula(x, layer, mean, variance):
    y = (x - mean) / np.sqrt(variance + layer.epsilon)
    y = y if layer.gamma is None else y * layer.gamma.numpy()
    return y if layer.beta is None else y + layer.beta.numpy()


@pytest.mark.parametrize("shape", [(9, 5), (1, 3), (33, 17), (6, 4, 3), (2, 3, 2, 5)])
@pytest.mark.parametrize(
    "options", [{}, {"scale": False}, {"center": False}, {"momentum": 0.5, "epsilon": 0.1}], ids=str
)
def test_formula_in_training_and_after(shape, options, dtype):
    x = (RNG.normal(size=shape) * 3 + 1).astype(dtype)
    layer = BatchNormalization(
        gamma_initializer="random_normal", beta_initializer="random_normal", dtype=dtype, **options
    )
    y = layer(x, training=True)
    axes, eps = tuple(range(x.ndim - 1)), np.finfo(dtype).eps
    mean, variance = x.astype("d").mean(axes), x.astype("d").var(axes)
    close = {
        "rtol": 200 * eps,
        "atol": 200 * eps,
    }  # sums of up to 33 numbers around 1, divided by a deviation
    np.testing.assert_allclose(y, formula(x, layer, mean, variance), **close)
    kept = layer.momentum
    np.testing.assert_allclose(layer.moving_mean.numpy(), (1 - kept) * mean, **close)
    np.testing.assert_allclose(layer.moving_variance.numpy(), kept + (1 - kept) * variance, **close)
    moving = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    for result in (layer(x), layer(x, training=False)):
        np.testing.assert_allclose(result, formula(x, layer, *moving), **close)
    names = [v.name for v in layer.weights]
    assert names == [
        n
        for n in ("gamma", "beta", "moving_mean", "moving_variance")
        if getattr(layer, n) is not None
    ]
    assert [v.name for v in layer.non_trainable_weights] == ["moving_mean", "moving_variance"]


@pytest.mark.parametrize("axis", [1, -2, 2])
def test_another_axis(axis):
    x = RNG.normal(size=(6, 4, 3))
    layer = BatchNormalization(axis=axis, dtype="float64")
    y = layer(x, training=True)
    others = tuple(i for i in range(3) if i != axis % 3)
    mean, variance = x.mean(others, keepdims=True), x.var(others, keepdims=True)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_gradients(own, scaled):
    x, gamma, beta = RNG.normal(size=(7, 3)), RNG.uniform(0.5, 1.5, 3), RNG.normal(size=3)
    mean, variance = RNG.normal(size=3), RNG.uniform(0.5, 1.5, 3)

    def function(x, gamma, beta, mean, variance):
        if own:
            mean, variance = column_moments(x)
        return normalize_columns(x, mean, variance, beta, gamma if scaled else None, 1e-3, own)

    fixed = [*(() if scaled else (1,)), *((3, 4) if own else ())]
    check_gradients(function, x, gamma, beta, mean, variance, fed=(0,), fixed=fixed)


def test_moments_have_gradients():
    def function(x):
        mean, variance = column_moments(x)
        return mean + variance * 2.0

    check_gradients(function, RNG.normal(size=(5, 3, 2)), fed=(0,))


def test_a_mask_leaves_places_out():
    x, mask = RNG.normal(size=(6, 4, 3)), RNG.uniform(size=(6, 4)) < 0.6
    layer = BatchNormalization(dtype="float64")
    y = layer(x, training=True, mask=mask)
    chosen = x[mask]
    expected = (x - chosen.mean(0)) / np.sqrt(chosen.var(0) + 1e-3)
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="the mask should have one axis less"):
        layer(x, training=True, mask=mask[0])


def model_of(layer, dtype="float64"):
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", dtype=dtype)
    model = keras.Sequential([keras.Input((4,), dtype=dtype), layer, dense])
    model.compile(keras.optimizers.SGD(0.125), "mse")
    return model


def test_training_steps_against_numpy():
    """Three steps of a model: moving statistics, gamma and beta, worked out with NumPy."""
    x, y = RNG.normal(size=(30, 4)), RNG.normal(size=(30, 1))
    layer = BatchNormalization(dtype="float64")
    model = model_of(layer)
    model.fit(x, y, batch_size=10, shuffle=False, verbose=0)
    gamma, beta, kernel = np.ones(4), np.zeros(4), np.ones((4, 1))
    moving_mean, moving_variance = np.zeros(4), np.ones(4)
    for first in (0, 10, 20):
        xs, ys = x[first : first + 10], y[first : first + 10]
        hat = (xs - xs.mean(0)) / np.sqrt(xs.var(0) + 1e-3)
        z = hat * gamma + beta
        dy = 2 * (z @ kernel - ys) / 10
        dz = dy @ kernel.T
        kernel = kernel - 0.125 * z.T @ dy
        gamma, beta = gamma - 0.125 * (dz * hat).sum(0), beta - 0.125 * dz.sum(0)
        moving_mean = 0.99 * moving_mean + 0.01 * xs.mean(0)
        moving_variance = 0.99 * moving_variance + 0.01 * xs.var(0)
    for found, expected in zip(
        model.get_weights(), (gamma, beta, moving_mean, moving_variance, kernel), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_frozen_it_infers_and_learns_nothing():
    x = RNG.normal(size=(20, 4))
    layer = BatchNormalization(dtype="float64")
    layer(x, training=True)
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer(x, training=True), layer(x))
    model_of(layer).fit(x, x[:, :1], epochs=2, verbose=0)
    for a, b in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_evaluation_and_prediction_change_nothing():
    x = RNG.normal(size=(20, 4))
    layer = BatchNormalization(dtype="float64")
    model = model_of(layer)
    before = model.get_weights()
    model.evaluate(x, x[:, :1], verbose=0)
    model.predict(x, verbose=0)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("width", [1, 15, 16, 17, 70])
def test_bits_do_not_depend_on_threads(width, dtype):
    from pymlp.graph.gradient import gradients
    from pymlp.graph.lower import lower
    from pymlp.graph.tensor import input_tensor

    x = input_tensor((None, width), dtype, "x")
    mean, variance = column_moments(x)
    y = normalize_columns(x, mean, variance, None, None, 1e-3, True)
    (dx,) = gradients(keras.ops.sum(keras.ops.multiply(y, keras.ops.exp(x))), [x])
    program = lower(dtype, [x], stores=[y, dx]).program
    results = []
    for threads in (1, 2, 5):
        arrays = [np.random.default_rng(0).normal(size=(67, width)).astype(dtype)]
        arrays += [np.empty((67, width), dtype) for _ in range(2)]
        program.bind(arrays)
        program.run(None, 0, 67, 67, None, threads)
        results.append(arrays[1:])
    for other in results[1:]:
        for a, b in zip(other, results[0], strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [(lambda: BatchNormalization(synchronized=True, name="b"), ValueError, "BatchNormalization 'b': synchronized=True"),
     (lambda: BatchNormalization(renorm=True), NotImplementedError, "renorm=True is not supported"),
     (lambda: BatchNormalization(axis=3)(np.ones((2, 2))), ValueError, "has no axis 3"),
     (lambda: BatchNormalization()(np.ones(2)), ValueError, "expected inputs with more than the samples"),
     (lambda: _built(4)(np.ones((2, 3))), ValueError, r"expected inputs with 4 features along axis -1")],
)  # fmt: skip
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def _built(features):
    layer = BatchNormalization()
    layer(np.ones((2, features)))
    return layer


@pytest.mark.parametrize("features", [1, 5, 16, 37])
def test_moving_averages_have_gradients(features, rng):
    moving, found = rng.normal(size=(2, features))
    check_gradients(lambda a, b: moving_average(a, b, 0.9), moving, found)
