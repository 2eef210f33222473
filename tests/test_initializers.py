"""Initializers: values, seeds, names, configurations, and Keras's view of the same."""

import json
import math

import numpy as np
import pytest

from pymlp import initializers, random
from pymlp.initializers.lookup import CLASSES
from pymlp.initializers.variance_scaling import compute_fans

SHAPE = (300, 200)
RANDOM = [cls for cls in CLASSES if "seed" in cls().get_config()]
CASES = [
    *(cls() for cls in CLASSES),
    initializers.Constant(2.5),
    initializers.Identity(gain=3.0),
    initializers.Orthogonal(gain=0.5, seed=4),
    initializers.RandomNormal(1.0, 2.0, 3),
    initializers.RandomUniform(-1.0, 2.0, seed=3),
    initializers.TruncatedNormal(mean=1.0, stddev=0.1, seed=3),
    initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal", 5),
    initializers.VarianceScaling(0.5, "fan_avg", "Normal", 5, input_axes=[0], output_axes=[1]),
    initializers.GlorotUniform(seed=1, input_axes=[1], output_axes=[0]),
]


@pytest.mark.parametrize("initializer", CASES, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64", None])
def test_shape_and_type(initializer, dtype):
    values = initializer((4, 3), dtype)
    assert values.shape == (4, 3)
    assert values.dtype == (dtype or "float32")
    assert values.flags.writeable
    assert values.flags.c_contiguous


@pytest.mark.parametrize("initializer", CASES, ids=repr)
def test_integer_types_are_refused(initializer):
    with pytest.raises(ValueError, match=f"{type(initializer).__name__}: .*'float32' or"):
        initializer((4, 3), "int32")


@pytest.mark.parametrize("initializer", CASES, ids=repr)
def test_configuration_round_trip(initializer):
    config = json.loads(json.dumps(initializers.serialize(initializer)))
    again = initializers.deserialize(config)
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()
    assert initializer.clone().get_config() == initializer.get_config()
    if initializer.get_config().get("seed", 0) is not None:
        assert np.array_equal(again((4, 3)), initializer((4, 3)))


def test_constants():
    assert not initializers.Zeros()((3, 2)).any()
    assert (initializers.Ones()((3, 2)) == 1).all()
    assert (initializers.Constant(np.float32(0.5))((3, 2)) == 0.5).all()
    assert np.array_equal(initializers.Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])


def test_constant_wants_a_number():
    for value in ([1.0, 2.0], "1", None):
        with pytest.raises(ValueError, match="Constant: expected one number"):
            initializers.Constant(value)


def test_identity_wants_a_matrix():
    with pytest.raises(ValueError, match=r"Identity: expected the shape of a matrix.*\(3,\)"):
        initializers.Identity()((3,))


# (initializer, bound of the values or None, standard deviation, kurtosis): the fourth central
# moment is kurtosis * stddev**4; 3 for the normal distribution, 9/5 for the uniform one.
_TRUNCATED = 0.87962566103423978
# E x^4 / (E x^2)^2 of the standard normal cut off at 2; see tests/test_random.py.
_P, _Q = math.exp(-2.0) / math.sqrt(2 * math.pi), math.erf(math.sqrt(2.0))
_TRUNCATED_KURTOSIS = (3 * (1 - 4 * _P / _Q) - 16 * _P / _Q) / (1 - 4 * _P / _Q) ** 2
_FAN_IN, _FAN_OUT = SHAPE


def spread(variance, truncated):
    stddev = math.sqrt(variance)
    if truncated:
        return 2 * stddev / _TRUNCATED, stddev, _TRUNCATED_KURTOSIS
    return math.sqrt(3) * stddev, stddev, 1.8


DISTRIBUTIONS = [
    (initializers.RandomNormal(seed=1), None, 0.05, 3.0),
    (initializers.RandomUniform(seed=1), 0.05, 0.05 / math.sqrt(3), 1.8),
    (initializers.TruncatedNormal(seed=1), 0.1, 0.05 * _TRUNCATED, _TRUNCATED_KURTOSIS),
    (initializers.GlorotUniform(1), *spread(2 / (_FAN_IN + _FAN_OUT), False)),
    (initializers.GlorotNormal(1), *spread(2 / (_FAN_IN + _FAN_OUT), True)),
    (initializers.HeUniform(1), *spread(2 / _FAN_IN, False)),
    (initializers.HeNormal(1), *spread(2 / _FAN_IN, True)),
    (initializers.LecunUniform(1), *spread(1 / _FAN_IN, False)),
    (initializers.LecunNormal(1), *spread(1 / _FAN_IN, True)),
    (initializers.VarianceScaling(seed=1), *spread(1 / _FAN_IN, True)),
    (initializers.VarianceScaling(3.0, "fan_out", "uniform", 1), *spread(3 / _FAN_OUT, False)),
    (
        initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal", 1),
        None,
        math.sqrt(2 / _FAN_OUT),
        3.0,
    ),
]


@pytest.mark.parametrize(
    ("initializer", "bound", "stddev", "kurtosis"), DISTRIBUTIONS, ids=lambda v: repr(v)[:40]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distribution(initializer, bound, stddev, kurtosis, dtype):
    values = initializer(SHAPE, dtype).astype(np.float64)
    n = values.size
    if bound is not None:
        assert np.abs(values).max() <= bound * (1 + 4 * np.finfo(dtype).eps)
        assert np.abs(values).max() > 0.99 * bound
    assert abs(values.mean()) <= 5 * stddev / math.sqrt(n)
    assert abs(values.var() / stddev**2 - 1) <= 5 * math.sqrt((kurtosis - 1) / n)


def test_the_correction_constant():
    assert pytest.approx(math.sqrt(1 - 4 * _P / _Q), rel=1e-15) == _TRUNCATED


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((784, 300), (784, 300)),
        ((5, 6, 7), (30, 35)),
        ((3, 3, 16, 32), (144, 288)),
    ],
)
def test_fans(shape, fans):
    assert compute_fans(shape) == fans


def test_fans_from_given_axes():
    assert compute_fans((2, 3, 5, 7), [0, 1], [3]) == (6, 7)
    assert compute_fans((2, 3), input_axes=[1]) == (2, 3)  # both or neither


@pytest.mark.parametrize("shape", [(40, 40), (60, 25), (25, 60), (3, 4, 30), (2, 2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_orthogonal(shape, dtype):
    q = initializers.Orthogonal(gain=3.0, seed=2)(shape, dtype)
    assert q.shape == shape
    matrix = q.reshape(-1, shape[-1]).astype(np.float64) / 3.0
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    # Each entry of QᵀQ sums n products of values rounded to eps.
    tolerance = 4 * matrix.shape[0] * np.finfo(dtype).eps
    assert np.abs(matrix.T @ matrix - np.eye(matrix.shape[1])).max() <= tolerance


def test_orthogonal_prefers_no_sign():
    # Without the sign correction the diagonal's mean is far from 0.
    diagonals = [np.diag(initializers.Orthogonal(seed=s)((2, 2))) for s in range(400)]
    # Diagonal entries of a random rotation have variance 1/2.
    assert abs(np.mean(diagonals)) <= 5 * math.sqrt(0.5 / 800)


def test_orthogonal_wants_two_axes():
    with pytest.raises(ValueError, match="Orthogonal: expected a shape of two or more axes"):
        initializers.Orthogonal()((5,))


@pytest.mark.parametrize("cls", RANDOM)
class TestSeeds:
    def test_integer_repeats(self, cls):
        assert np.array_equal(cls(seed=3)((4, 5)), cls(seed=3)((4, 5)))
        assert not np.array_equal(cls(seed=3)((4, 5)), cls(seed=4)((4, 5)))
        initializer = cls(seed=3)
        assert np.array_equal(initializer((4, 5)), initializer((4, 5)))

    def test_none_draws_a_fresh_seed_from_the_global_stream(self, cls):
        random.set_random_seed(1)
        one, other = cls(), cls()
        a = one((4, 5))
        assert np.array_equal(a, one((4, 5)))  # as in Keras: one object, one set of values
        assert not np.array_equal(a, other((4, 5)))
        random.set_random_seed(1)
        assert np.array_equal(a, cls()((4, 5)))
        assert one.get_config()["seed"] is None

    def test_generator_steps_on(self, cls):
        initializer = cls(seed=random.SeedGenerator(1))
        assert not np.array_equal(initializer((4, 5)), initializer((4, 5)))
        again = initializers.deserialize(initializers.serialize(initializer))
        assert np.array_equal(again((4, 5)), cls(seed=random.SeedGenerator(1))((4, 5)))

    def test_anything_else_is_refused(self, cls):
        with pytest.raises(ValueError, match=f"{cls.__name__}: expected an integer"):
            cls(seed="3")


def test_variance_scaling_checks_its_arguments():
    for scale in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="positive `scale`"):
            initializers.VarianceScaling(scale)
    with pytest.raises(ValueError, match=r"`mode` to be one of .*fan_in"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match=r"`distribution` to be one of .*uniform"):
        initializers.VarianceScaling(distribution="cauchy")


class TestGet:
    @pytest.mark.parametrize("cls", CLASSES)
    def test_by_both_names_class_and_module_attribute(self, cls):
        snake = "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__)[1:]
        assert type(initializers.get(cls.__name__)) is cls
        assert type(initializers.get(snake)) is cls
        assert type(initializers.get(cls)) is cls
        assert getattr(initializers, snake) is getattr(initializers, cls.__name__) is cls

    def test_aliases(self):
        assert type(initializers.get("normal")) is initializers.RandomNormal
        assert type(initializers.get("uniform")) is initializers.RandomUniform
        assert type(initializers.get("one")) is initializers.Ones
        assert type(initializers.get("zero")) is initializers.Zeros

    def test_objects_functions_and_none_pass_through(self):
        def ramp(shape, dtype=None):
            return np.arange(math.prod(shape), dtype=dtype).reshape(shape)

        he = initializers.HeNormal()
        assert initializers.get(he) is he
        assert initializers.get(ramp) is ramp
        assert initializers.get(None) is None
        config = initializers.serialize(ramp)
        assert initializers.deserialize(config, {"ramp": ramp}) is ramp

    def test_custom_class(self):
        class Ramp(initializers.Initializer):
            def __call__(self, shape, dtype=None):
                return np.arange(math.prod(shape), dtype=dtype).reshape(shape)

        config = initializers.serialize(Ramp())
        assert config["registered_name"] == "Ramp"
        assert type(initializers.deserialize(config, {"Ramp": Ramp})) is Ramp

    def test_array(self):
        given = np.arange(6).reshape(2, 3)
        initializer = initializers.get(given)
        assert np.array_equal(initializer((2, 3), "float64"), given)
        assert initializer((2, 3)).dtype == "float32"
        with pytest.raises(ValueError, match=r"shape \(2, 3\), the weights need \(3, 2\)"):
            initializer((3, 2))
        initializer((2, 3))[:] = -1
        assert np.array_equal(initializer((2, 3)), given)

    def test_unknown_name_lists_the_known(self):
        with pytest.raises(ValueError, match="Unknown initializer 'glorot'") as caught:
            initializers.get("glorot")
        for name in ("glorot_uniform", "orthogonal", "zeros"):
            assert name in str(caught.value)

    def test_nonsense_is_refused(self):
        with pytest.raises(ValueError, match="Cannot make an initializer of 3"):
            initializers.get(3)
        with pytest.raises(ValueError, match="'class_name' and 'config'"):
            initializers.get({"config": {}})
        with pytest.raises(ValueError, match="Cannot write down"):
            initializers.serialize(3)


class TestKeras:
    """Keras, where installed, writes and reads the same configurations."""

    @pytest.mark.parametrize("initializer", CASES, ids=repr)
    def test_same_configuration(self, keras, initializer):
        ours = initializers.serialize(initializer)
        theirs = keras.initializers.deserialize(ours)
        if isinstance(initializer, initializers.Identity):
            # Keras reads the gain, but does not write it down again.
            assert theirs.gain == initializer.gain
            return
        assert keras.initializers.serialize(theirs) == ours
        again = initializers.deserialize(keras.initializers.serialize(theirs))
        assert again.get_config() == initializer.get_config()

    @pytest.mark.parametrize("cls", CLASSES)
    def test_same_signature(self, keras, cls):
        import inspect

        theirs = getattr(keras.initializers, cls.__name__)

        def arguments(c):
            parameters = inspect.signature(c).parameters.values()
            return [(p.name, p.default) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

        assert arguments(cls) == arguments(theirs)

    @pytest.mark.parametrize("name", ["normal", "uniform", "one", "zero", "he_normal", "Ones"])
    def test_same_names(self, keras, name):
        theirs = keras.initializers.get(name)
        assert type(initializers.get(name)).__name__ == type(theirs).__name__

    def test_same_spread(self, keras):
        for cls in RANDOM:
            ours = cls(seed=1)(SHAPE).std()
            theirs = np.asarray(getattr(keras.initializers, cls.__name__)(seed=1)(SHAPE)).std()
            # Two samples of N values, kurtosis at most 3: relative deviations of 1/sqrt(2N) each.
            assert abs(ours / theirs - 1) <= 5 / math.sqrt(math.prod(SHAPE))


def test_longer_names_of_keras():
    assert initializers.IdentityInitializer is initializers.Identity
    assert initializers.OrthogonalInitializer is initializers.Orthogonal
    assert isinstance(initializers.get("OrthogonalInitializer"), initializers.Orthogonal)
