"""Which kernels a plain model runs: what its speed was measured with stays until somebody means to change it."""

import numpy as np
import pytest

import pymlp as keras
import pymlp.graph.lower as lowering

# A line from barrier to barrier.
TRAINING = """
gather | batch_size | gather
divide | dense
dense
dense
softmax | softmax_crossentropy_grad
dense_dx
dense_dx | softmax_crossentropy
sum_all
divide | argmax_cols | equal
accumulate | accumulate | dense_dkernel | sum_rows | dense_dkernel | sum_rows | dense_dkernel | sum_rows
"""
EVALUATION = """
gather | batch_size | gather
dense
dense
dense
softmax_crossentropy
sum_all
divide | softmax | argmax_cols | equal
accumulate | accumulate
"""
PREDICTION = """
gather
dense
dense
dense
softmax | scatter
"""


@pytest.fixture
def listings(monkeypatch):
    """The kernels of each program that is made."""
    found = []

    class Noting(lowering.Program):
        def __init__(self, dtype, buffers, instructions, *others):
            lines = []
            for name, _, _, _, barrier in instructions:
                if barrier:
                    lines.append([])
                lines[-1].append(name)
            found.append("\n".join(" | ".join(line) for line in lines))
            super().__init__(dtype, buffers, instructions, *others)

    monkeypatch.setattr(lowering, "Program", Noting)
    return found


def layers():
    dense = keras.layers.Dense
    hidden = [dense(300, activation="relu"), dense(100, activation="relu")]
    return [keras.layers.Flatten(), *hidden, dense(10, activation="softmax")]


def sequential():
    return keras.Sequential([keras.Input((28, 28)), *layers()])


def functional():
    x = y = keras.Input((28, 28))
    for layer in layers():
        y = layer(y)
    return keras.Model(x, y)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.stack = layers()

    def call(self, inputs):
        for layer in self.stack:
            inputs = layer(inputs)
        return inputs


@pytest.mark.parametrize("make", [sequential, functional, Subclassed])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_kernels_of_a_plain_model(listings, make, optimizer):
    """However it is put together."""
    model = make()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.ones((4, 28, 28)), np.arange(4)
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    assert listings == [kernels.strip() for kernels in (TRAINING, EVALUATION, PREDICTION)]
