"""What all optimizers share: learning rate, state, configuration, lookup, copies."""

import copy
import pickle

import numpy as np
import pytest

import pymlp
from optimizers.stepping import FEATURES, STEPS, model, problem, stepped
from pymlp import optimizers

EXAMPLES = [
    optimizers.SGD,
    lambda **kwargs: optimizers.SGD(momentum=0.9, nesterov=True, **kwargs),
    lambda **kwargs: optimizers.Adam(beta_1=0.8, amsgrad=True, **kwargs),
    lambda **kwargs: optimizers.RMSprop(momentum=0.5, centered=True, **kwargs),
]


@pytest.fixture(params=EXAMPLES, ids=["sgd", "nesterov", "amsgrad", "centered"])
def make(request):
    return request.param


class TestLearningRate:
    def test_is_kept_in_float32_and_read_as_a_number(self, make):
        optimizer = make(learning_rate=0.3)
        assert float(optimizer.learning_rate) == np.float32(0.3)
        assert float(optimizer.lr) == np.float32(0.3)

    def test_a_change_counts_from_the_next_step_on(self):
        x, y, kernel = problem()
        trained = model(pymlp, optimizers.SGD(learning_rate=0.5), "float64")
        moves = []
        for rate in (0.5, 0.25, 0.0):
            trained.optimizer.learning_rate = rate
            trained.set_weights([kernel])
            trained.train_on_batch(x, y)
            moves.append(trained.get_weights()[0] - kernel)
        assert np.abs(moves[0]).max() > 0.1
        # A power of two scales the move exactly; the sum it is read from is rounded once.
        np.testing.assert_allclose(moves[1], moves[0] / 2, atol=4e-16 * np.abs(kernel).max())
        np.testing.assert_array_equal(moves[2], 0)

    def test_a_change_in_the_middle_is_a_change_of_every_rule(self, make):
        x, y, _ = problem()
        ends = []
        for rates in ((0.25, 0.25), (0.25, 0.5), (0.25, 0.0)):
            trained = model(pymlp, make(), "float64")
            for rate in rates:
                trained.optimizer.learning_rate = rate
                before = trained.get_weights()[0]
                trained.train_on_batch(x, y)
            ends.append(trained.get_weights()[0] - before)
        # What a step adds is proportional to its rate, besides what momentum carries over.
        carried = ends[2]
        np.testing.assert_allclose(ends[1] - carried, 2 * (ends[0] - carried), rtol=1e-12)
        assert np.abs(ends[0] - carried).min() > 1e-6

    @pytest.mark.parametrize("rate", ["fast", None, True, np.nan, np.inf, [0.1, 0.2]])
    def test_what_is_no_rate_is_refused(self, make, rate):
        with pytest.raises(ValueError, match=r": learning_rate should be a finite number, rec"):
            make(learning_rate=rate)
        optimizer = make(learning_rate=0.25)
        with pytest.raises(ValueError, match=r": learning_rate should be a finite number, rec"):
            optimizer.learning_rate = rate
        assert float(optimizer.learning_rate) == 0.25


class TestState:
    def test_slots_belong_to_variables_and_start_at_zero(self, make):
        optimizer = make()
        trained = model(pymlp, optimizer, "float64")
        optimizer.build(trained.trainable_weights)
        names = [variable.name for variable in optimizer.variables]
        assert names == ["iteration", "learning_rate", *optimizer.slot_names]
        for slot in optimizer.variables[2:]:
            assert (slot.shape, slot.dtype) == ((FEATURES, 1), "float64")
            assert not slot.numpy().any()

    def test_a_step_writes_every_slot(self, make):
        optimizer = make()
        stepped(pymlp, optimizer, "float32")
        assert optimizer.iterations == STEPS
        for slot in optimizer.variables[2:]:
            assert slot.numpy().all(), slot.name

    def test_building_again_keeps_what_was_gathered(self, make):
        optimizer = make()
        trained = model(pymlp, optimizer, "float32")
        trained.train_on_batch(*problem()[:2])
        before = [variable.numpy() for variable in optimizer.variables]
        optimizer.build(trained.trainable_weights)
        for old, new in zip(before, optimizer.variables, strict=True):
            np.testing.assert_array_equal(old, new.numpy())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda w: w[:-1], "arrays of shapes"),
            (lambda w: [*w[:-1], w[-1][..., :1]], "expected shape"),
            (lambda w: [*w[:-1], w[-1].astype(str)], "expected numbers"),
        ],
    )
    def test_weights_that_do_not_fit_change_nothing(self, change, message):
        optimizer = optimizers.Adam()
        optimizer.build([pymlp.Variable(np.ones((2, 3)))])
        before = [v.numpy() for v in optimizer.variables]
        with pytest.raises(ValueError, match=f"Adam: set_weights .*{message}"):
            optimizer.set_weights(change([v + 1 for v in before]))
        for old, variable in zip(before, optimizer.variables, strict=True):
            np.testing.assert_array_equal(old, variable.numpy())

    def test_weights_of_what_is_not_built(self):
        with pytest.raises(ValueError, match="SGD: set_weights needs an optimizer that is built"):
            optimizers.SGD().set_weights([])


class TestConfiguration:
    def test_round_trip(self, make):
        optimizer = make(learning_rate=0.125, name="mine")
        config = optimizer.get_config()
        again = type(optimizer).from_config(config)
        assert again.get_config() == config
        assert (again.name, float(again.learning_rate)) == ("mine", 0.125)
        np.testing.assert_array_equal(
            stepped(pymlp, optimizer, "float32"), stepped(pymlp, again, "float32")
        )

    def test_serialized_and_back(self, make):
        optimizer = make(learning_rate=0.125)
        found = optimizers.deserialize(optimizers.serialize(optimizer))
        assert type(found) is type(optimizer)
        assert found.get_config() == optimizer.get_config()
        assert optimizers.get(optimizers.serialize(optimizer)).get_config() == found.get_config()

    @pytest.mark.parametrize(
        "copied", [lambda o: pickle.loads(pickle.dumps(o)), copy.deepcopy], ids=["pickle", "copy"]
    )
    def test_copies_go_on_where_the_original_stands(self, make, copied):
        optimizer = make()
        trained = model(pymlp, optimizer, "float32")
        trained.train_on_batch(*problem()[:2])
        other = copied(trained)
        assert other.optimizer is not optimizer
        for one in (trained, other):
            one.train_on_batch(*problem()[:2])
        np.testing.assert_array_equal(trained.get_weights()[0], other.get_weights()[0])
        assert other.optimizer.iterations == 2
        # From here on each goes its own way.
        other.train_on_batch(*problem()[:2])
        assert not np.array_equal(trained.get_weights()[0], other.get_weights()[0])
        assert optimizer.iterations == 2

    def test_numbers_of_numpy_are_taken(self):
        optimizer = optimizers.SGD(np.float32(0.5), momentum=np.float64(0.5))
        assert (float(optimizer.learning_rate), optimizer.momentum) == (0.5, 0.5)
        assert optimizers.Adam(beta_1=np.float32(0.5)).beta_1 == 0.5


class TestLookup:
    @pytest.mark.parametrize("name", ["sgd", "SGD", "Adam", "adam", "rmsprop", "RMSprop"])
    def test_by_name(self, name):
        found = optimizers.get(name)
        assert type(found).__name__.lower() == name.lower()
        assert optimizers.get(found) is found

    @pytest.mark.parametrize("wrong", ["sdg", "", None, 3, optimizers.SGD])
    def test_what_is_none_is_refused(self, wrong):
        with pytest.raises(ValueError, match=r"is not known. Use one of 'adadelta', .*'sgd'"):
            optimizers.get(wrong)

    def test_unknown_class_in_a_configuration(self):
        with pytest.raises(ValueError, match="optimizer='Tiger' is not known"):
            optimizers.deserialize({"class_name": "Tiger", "config": {}})

    def test_names_are_keras_s(self):
        pymlp.utils.clear_session()
        names = [optimizers.get(name).name for name in ("sgd", "sgd", "adam", "rmsprop")]
        assert names == ["sgd", "sgd_1", "adam", "rm_sprop"]


class TestArguments:
    @pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.Adam, optimizers.RMSprop])
    def test_unknown_ones_are_refused(self, kind):
        with pytest.raises(ValueError, match=r"unknown arguments \['learning_rat'\]"):
            kind(learning_rat=0.1)
        with pytest.raises(ValueError, match=rf"^{kind.__name__}: unknown arguments \['speed'\]"):
            optimizers.Optimizer.__init__(kind(), 0.1, speed=3)

    @pytest.mark.parametrize("momentum", [-0.1, 1.1, "0.5", True, np.nan, None])
    def test_momentum_out_of_range(self, momentum):
        with pytest.raises(ValueError, match=r"^SGD: momentum should be a number within \[0.0, 1"):
            optimizers.SGD(momentum=momentum)


class TestOptionsChangedBetweenFits:
    @pytest.mark.parametrize(
        ("make", "option", "value"),
        [
            (optimizers.SGD, "momentum", 0.9),
            (lambda **kw: optimizers.SGD(momentum=0.9, **kw), "momentum", 0.0),
            (lambda **kw: optimizers.SGD(momentum=0.9, **kw), "nesterov", True),
            (optimizers.RMSprop, "momentum", 0.9),
            (optimizers.RMSprop, "centered", True),
            (optimizers.Adam, "amsgrad", True),
        ],
    )
    def test_count_from_then_on(self, make, option, value):
        x, y, _ = problem()
        changed, other = (model(pymlp, make(learning_rate=0.05), "float64") for _ in range(2))
        for trained in (changed, other):
            trained.fit(x, y, verbose=0, shuffle=False)
            trained.set_weights([np.zeros_like(w) for w in trained.get_weights()])
        setattr(changed.optimizer, option, value)
        config = {**other.optimizer.get_config(), option: value}
        fresh = type(other.optimizer).from_config(config)
        fresh.build(other.trainable_weights)
        kept = {slot.path.rsplit("/")[-1]: slot for slot in other.optimizer.variables}
        for slot in fresh.variables:
            name = slot.path.rsplit("/")[-1]
            if name in kept:
                slot.assign(kept[name].value)
        other.optimizer = fresh
        for trained in (changed, other):
            trained.fit(x, y, verbose=0, shuffle=False)
        for ours, theirs in zip(changed.get_weights(), other.get_weights(), strict=True):
            assert (ours != 0).any()
            np.testing.assert_array_equal(ours, theirs)

    def test_not_while_the_optimizer_is_at_work(self):
        x, y, _ = problem()
        trained = model(pymlp, optimizers.RMSprop(), "float64")

        class Meddle(pymlp.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                self.model.optimizer.momentum = 0.5

        with pytest.raises(ValueError, match="another rule or other slots, while fit was running"):
            trained.fit(x, y, verbose=0, callbacks=[Meddle()])

    def test_nor_may_fit_be_given_another_optimizer(self):
        x, y, _ = problem()
        trained = model(pymlp, optimizers.Adam(), "float64")

        class Again(pymlp.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.compile("sgd", "mse")

        with pytest.raises(ValueError, match="given another optimizer"):
            trained.fit(x, y, epochs=2, verbose=0, callbacks=[Again()])
        trained.fit(x, y, verbose=0)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: optimizers.SGD(momentum=0.9), ["a_momentum", "b_momentum"]),
        (
            lambda: optimizers.Adam(amsgrad=True),
            ["a_momentum", "a_velocity", "b_momentum", "b_velocity", "a_velocity_hat", "b_velocity_hat"],
        ),
        (
            lambda: optimizers.RMSprop(momentum=0.5, centered=True),
            ["a_velocity", "b_velocity", "a_momentum", "b_momentum",
             "a_average_gradient", "b_average_gradient"],
        ),
    ],
)  # fmt: skip
def test_variables_are_in_keras_s_order(make, names):
    """Files number them: in another order an optimizer's state is lost, or another slot's."""
    optimizer = make()
    optimizer.build([pymlp.Variable(np.zeros(2), name=name) for name in "ab"])
    assert [v.path.rsplit("/")[-1] for v in optimizer.variables[2:]] == names
