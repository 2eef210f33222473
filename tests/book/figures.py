"""Train the networks of the book's chapters 10 and 11 in full, and print the results beside the book's.

    python tests/book/figures.py                     # all figures, on one seed
    python tests/book/figures.py --seeds 42 43 44 --only optimizer
    BOOK_LIBRARY=keras python tests/book/figures.py  # the same networks in Keras

Each figure is what the text of the third edition, or the output stored in its notebook, reports from one run; two runs
differ by their random numbers. A mean over the seeds that is off by more than the tolerance is marked ``!``. The needed
Fashion-MNIST is what `pymlp.datasets.fashion_mnist.load_data` finds.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from chapters import (
    ExponentialDecay,
    OneCycle,
    batch_normalized,
    batch_normalized_before_activation,
    compiled,
    eight_and_two,
    fashion,
    find_learning_rate,
    housing,
    keras,
    layers,
    stack,
    wide_and_deep,
    with_dropout,
)

import pymlp

optimizers, callbacks = keras.optimizers, keras.callbacks
schedules = optimizers.schedules
THREE = (100, 100, 100)


@dataclass
class Figure:
    name: str
    place: str  # in the book
    reported: float
    tolerance: float
    run: Callable[[], float]
    source: str = "book"  # whose number `reported` is


def fit(model, x, y, valid, epochs, key="val_accuracy", **options):
    return model.fit(x, y, epochs=epochs, validation_data=valid, verbose=0, **options).history[key][
        -1
    ]


def figures():
    train, valid, test = fashion(pymlp.datasets.fashion_mnist.load_data())

    def trained(model, optimizer, epochs=10, **options):
        return fit(compiled(model(), optimizer()), *train, valid, epochs, **options)

    three = partial(stack, THREE, 10)
    yield from chapter_10(train, valid)
    yield from deep(train, valid)
    for name, model, reported in (
        ("batch norm after ReLU", batch_normalized, 0.8650),
        ("batch norm before ReLU", batch_normalized_before_activation, 0.8646),
    ):
        run = partial(trained, model, optimizers.SGD, epochs=2)
        yield Figure(name, "ch. 11, Batch Normalization, epoch 2", reported, 0.01, run)
    yield Figure(
        "transfer, 8 to 2 classes", "ch. 11, Reusing a Keras model, test", 0.9385, 0.02,
        partial(transfer, train, valid, test),
    )  # fmt: skip
    for name, optimizer, reported in (
        ("momentum", partial(optimizers.SGD, momentum=0.9), 0.8672),
        ("Nesterov", partial(optimizers.SGD, momentum=0.9, nesterov=True), 0.8708),
        ("AdaGrad", optimizers.Adagrad, 0.8424),
        ("RMSProp", partial(optimizers.RMSprop, rho=0.9), 0.8636),
        ("Adam", optimizers.Adam, 0.8696),
        ("Adamax", optimizers.Adamax, 0.8780),
        ("Nadam", optimizers.Nadam, 0.8740),
        # The decay is 1e-8 of a weight in each step, which float32 rounds away: this is Adam again.
        ("AdamW", partial(optimizers.AdamW, weight_decay=1e-5), 0.8702),
    ):
        run = partial(trained, three, partial(optimizer, learning_rate=0.001))
        yield Figure(
            f"optimizer {name}", "ch. 11, Faster Optimizers, epoch 10", reported, 0.01, run
        )
    run = partial(trained, three, partial(optimizers.SGD, learning_rate=0.001))
    # The notebook's stored output of this cell is the one of momentum, to the last digit.
    yield Figure(
        "optimizer SGD", "ch. 11, Faster Optimizers, epoch 10", KERAS_SGD, 0.01, run, "Keras"
    )
    for name, epochs, reported, optimizer, options in scheduled(len(train[0])):
        yield Figure(
            f"schedule {name}", f"ch. 11, Learning Rate Scheduling, epoch {epochs}", reported, 0.01,
            partial(trained, three, optimizer, epochs, **options),
        )  # fmt: skip
    yield Figure(
        "learning rate of lowest loss", "ch. 11, 1Cycle scheduling: about 0.1", 0.1, 0.15,
        partial(best_rate, train),
    )  # fmt: skip
    yield from regularized(trained, valid, test)


def chapter_10(train, valid):
    def clothes():
        model = compiled(stack((300, 100), 10, initializer="glorot_uniform"), "sgd")
        return fit(model, *train, valid, 30)

    yield Figure("300-100 network", "ch. 10, Training the model, epoch 30", 0.8894, 0.01, clothes)
    data, held, unseen = housing()

    def regression():
        norm = layers.Normalization(input_shape=data[0].shape[1:])
        hidden = [layers.Dense(50, activation="relu") for _ in range(3)]
        model = keras.Sequential([norm, *hidden, layers.Dense(1)])
        compiled(model, optimizers.Adam(learning_rate=1e-3), "mse", ["RootMeanSquaredError"])
        norm.adapt(data[0])
        fit(model, *data, held, 20, "val_loss")
        return model.evaluate(*unseen, verbose=0)[1]

    def two_outputs():
        model, wide, deep = wide_and_deep(auxiliary=True)
        model.compile(
            loss=("mse", "mse"),
            loss_weights=(0.9, 0.1),
            optimizer=optimizers.Adam(learning_rate=1e-3),
            metrics=["RootMeanSquaredError", "RootMeanSquaredError"],
        )
        wide.adapt(data[0][:, :5])
        deep.adapt(data[0][:, 2:])
        (x, y), (v, w), (t, u) = (((x[:, :5], x[:, 2:]), (y, y)) for x, y in (data, held, unseen))
        fit(model, x, y, (v, w), 20, "val_loss")
        return model.evaluate(t, u, verbose=0)[3]

    # The figures of the book are on California housing; these are on data made in its place.
    for name, run, reported in (
        ("regression, RMSE", regression, KERAS_REGRESSION),
        ("wide & deep with two outputs, RMSE", two_outputs, KERAS_TWO_OUTPUTS),
    ):
        yield Figure(name, "ch. 10, on made data, epoch 20, test", reported, 0.03, run, "Keras")


def deep(train, valid):
    mean, deviation = train[0].mean(axis=0, keepdims=True), train[0].std(axis=0, keepdims=True)

    def run(activation, initializer):
        model = stack([100] * 100, 10, activation, initializer)
        compiled(model, optimizers.SGD(learning_rate=0.001))
        scaled = ((valid[0] - mean) / deviation, valid[1])
        return fit(model, (train[0] - mean) / deviation, train[1], scaled, 5)

    place = "ch. 11, SELU and ReLU, 100 layers, epoch 5"
    yield Figure("100 layers, SELU", place, 0.8046, 0.04, partial(run, "selu", "lecun_normal"))
    # Gradients vanish or explode, as the book shows: runs differ by tenths.
    yield Figure("100 layers, ReLU", place, 0.7054, 0.3, partial(run, "relu", "he_normal"))


def transfer(train, valid, test):
    (a, b), (valid_a, valid_b), (_, test_b) = (
        eight_and_two(*part) for part in (train, valid, test)
    )
    b = tuple(part[:200] for part in b)
    slow = partial(optimizers.SGD, learning_rate=0.001)
    model = compiled(stack(THREE, 8), slow())
    fit(model, *a, valid_a, 20)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    reused = keras.Sequential(clone.layers[:-1])
    reused.add(layers.Dense(1, activation="sigmoid"))
    for trainable, epochs in ((False, 4), (True, 16)):
        for layer in reused.layers[:-1]:
            layer.trainable = trainable
        compiled(reused, slow(), "binary_crossentropy")
        fit(reused, *b, valid_b, epochs)
    return reused.evaluate(*test_b, verbose=0)[1]


def scheduled(rows):
    """Name, epochs, reported accuracy, optimizer and arguments of `fit` of each schedule, as in the notebook."""
    sgd = optimizers.SGD

    def steps(batch_size):
        return 25 * math.ceil(rows / batch_size)

    def calling(*made):
        return {"callbacks": list(made)}

    def pieces(epoch):
        return 0.01 if epoch < 5 else 0.005 if epoch < 15 else 0.001

    by_epoch = callbacks.LearningRateScheduler
    power = partial(schedules.InverseTimeDecay, 0.01, decay_steps=10_000, decay_rate=1.0)
    exponential = partial(schedules.ExponentialDecay, 0.01, decay_steps=20_000, decay_rate=0.1)
    # Ten epochs have 17,190 steps: the first boundary is never reached, here as there.
    piecewise = partial(
        schedules.PiecewiseConstantDecay, [50_000, 80_000], values=[0.01, 0.005, 0.001]
    )
    yield "power", 10, 0.8714, lambda: sgd(power()), {}
    yield "exponential by steps", 10, 0.8662, lambda: sgd(exponential()), {}
    yield (
        "exponential by epochs",
        25,
        0.8812,
        partial(sgd, 0.001),
        calling(by_epoch(lambda epoch: 0.01 * 0.1 ** (epoch / 20))),
    )
    yield (
        "exponential by batches",
        25,
        0.8802,
        partial(sgd, 0.01),
        calling(ExponentialDecay(steps(32))),
    )
    yield "piecewise by steps", 10, 0.8716, lambda: sgd(piecewise()), {}
    yield (
        "piecewise by epochs, Nadam",
        25,
        0.8770,
        partial(optimizers.Nadam, 0.01),
        calling(by_epoch(pieces)),
    )
    yield (
        "performance",
        25,
        0.8868,
        partial(sgd, 0.01),
        calling(callbacks.ReduceLROnPlateau(factor=0.5, patience=5)),
    )
    yield "one-cycle", 25, 0.8920, sgd, {"batch_size": 128, **calling(OneCycle(steps(128), 0.1))}


def best_rate(train):
    model = compiled(stack(THREE, 10), optimizers.SGD(learning_rate=0.001))
    rates, losses = find_learning_rate(model, *train)
    smooth = np.convolve(losses, np.full(11, 1 / 11), mode="valid")
    return rates[5 + int(smooth.argmin())]


def regularized(trained, valid, test):
    def penalized():
        dense = partial(
            layers.Dense,
            activation="relu",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.l2(0.01),
        )
        last = dense(10, activation="softmax", kernel_initializer="glorot_normal")
        return keras.Sequential(
            [layers.Flatten(input_shape=[28, 28]), dense(100), dense(100), last]
        )

    def limited():
        dense = partial(
            layers.Dense,
            activation="relu",
            kernel_initializer="he_normal",
            kernel_constraint=keras.constraints.max_norm(1.0),
        )
        last = layers.Dense(10, activation="softmax")
        return keras.Sequential(
            [layers.Flatten(input_shape=[28, 28]), dense(100), dense(100), last]
        )

    momentum = partial(optimizers.SGD, learning_rate=0.01, momentum=0.9)
    yield Figure(
        "l2, loss with penalty", "ch. 11, l1 and l2, epoch 2", 1.4263, 0.05,
        partial(trained, penalized, partial(optimizers.SGD, learning_rate=0.02), 2, key="loss"),
    )  # fmt: skip
    yield Figure(
        "dropout",
        "ch. 11, Dropout, epoch 10",
        0.8732,
        0.01,
        partial(trained, with_dropout, momentum),
    )

    def monte_carlo():
        kept = []
        trained(lambda: kept.append(with_dropout()) or kept[0], momentum)
        samples = [np.asarray(kept[0](test[0], training=True)) for _ in range(100)]
        return float((np.mean(samples, axis=0).argmax(axis=1) == test[1]).mean())

    yield Figure("Monte-Carlo dropout", "ch. 11, MC Dropout, test", 0.8717, 0.01, monte_carlo)
    yield Figure(
        "max-norm", "ch. 11, Max norm, epoch 10", 0.8578, 0.02, partial(trained, limited, momentum)
    )


# Keras 3.15 on JAX, same program, seed 42.
KERAS_SGD = 0.8388
KERAS_REGRESSION = 0.3149
KERAS_TWO_OUTPUTS = 0.3802


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    parser.add_argument("--only", default="", help="part of a name")
    arguments = parser.parse_args()
    print(f"| Figure | Place | Reported (by) | {keras.__name__} | Tolerance | |")
    print("|---|---|---|---|---|---|")
    for figure in figures():
        if arguments.only not in figure.name:
            continue
        found = []
        for seed in arguments.seeds:
            keras.utils.set_random_seed(seed)
            found.append(figure.run())
        mark = "" if abs(np.mean(found) - figure.reported) <= figure.tolerance else "!"
        values = ", ".join(f"{value:.4f}" for value in found)
        print(
            f"| {figure.name} | {figure.place} | {figure.reported:.4f} ({figure.source}) "
            f"| {values} | {figure.tolerance} | {mark} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
