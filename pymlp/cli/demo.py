"""``pymlp demo``: train the classic classifier on Fashion-MNIST and leave the results."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymlp.cli.arguments import (
    EXIT_INTERRUPTED,
    CommandError,
    natural_number,
    positive_number,
    seed,
)
from pymlp.cli.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from pymlp.cli.demo_data import DemoData
    from pymlp.cli.demo_run import EpochLog

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Train a classifier on Fashion-MNIST, 70,000 pictures of clothing in ten classes, and leave the
trained model and two pictures in a folder. The network is Flatten, Dense 300 (ReLU), Dense 100
(ReLU), Dense 10 (softmax). The first 5,000 training images are held out for validation.
"""

_EPILOG = """\
The folder then holds model.keras, which pymlp.models.load_model and Keras read;
learning_curves.png, loss and accuracy after every epoch; and predictions.png, some test images
with their predicted and true class and the probability of the prediction. Files that an earlier
run left there are replaced. Ctrl-C stops the training; what was learned so far is still saved.
"""


def add_to(commands: Any) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "demo",
        help="Train a classifier on Fashion-MNIST and leave model and pictures in a folder.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    option = parser.add_argument
    option(
        "--epochs",
        type=natural_number,
        default=30,
        metavar="N",
        help="Go over the training images N times. The default is 30; 10 already give an "
        "accuracy within about two points of that.",
    )
    option(
        "--batch-size",
        type=natural_number,
        default=32,
        metavar="N",
        help="Take N images for each step of the optimizer. The default is 32.",
    )
    option(
        "--optimizer",
        choices=OPTIMIZERS,
        default="sgd",
        metavar="NAME",
        help=f"Use the optimizer NAME, one of {', '.join(OPTIMIZERS)}. 'momentum' is SGD with a "
        "momentum of 0.9. The default is sgd.",
    )
    option(
        "--learning-rate",
        type=positive_number,
        metavar="RATE",
        help="Set the learning rate. The default is 0.01 for sgd and momentum, and 0.001 for "
        "adam and rmsprop.",
    )
    option(
        "--seed",
        type=seed,
        default=42,
        metavar="N",
        help="Start the random numbers at N; the same N gives the same model. The default is 42.",
    )
    option(
        "--output",
        type=Path,
        default=Path("pymlp-demo"),
        metavar="FOLDER",
        help="Leave model and pictures in FOLDER, which is made if need be. The default is "
        "pymlp-demo in the current folder.",
    )
    option(
        "--sample",
        action="store_true",
        help="Train on the 2,000 images that ship with pymlp even if the whole data set is to be "
        "had. This takes a second or two and reaches an accuracy of about 0.8.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the demo and return the exit code."""
    from pymlp.cli.demo_data import load
    from pymlp.cli.demo_run import EpochLog, build_model, train

    folder: Path = options.output
    _prepare(folder)
    data = load(sample_only=options.sample)
    draws = _can_draw()
    model = build_model(options.optimizer, options.learning_rate, options.seed)
    model.summary()
    log = EpochLog()
    finished = train(model, data, log, options.epochs, options.batch_size)
    if not finished:
        print(f"\nStopped after {_count(len(log.seconds), 'whole epoch')}.")
    _report(model, data, log)
    model.save(folder / "model.keras")
    written = ["model.keras"]
    if draws:
        written += _draw(model, data, log, folder)
    print(f"In {folder}: {', '.join(written)}")
    return 0 if finished else EXIT_INTERRUPTED


def _prepare(folder: Path) -> None:
    """Make the folder now: finding out after the training would be late."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"cannot make the folder {folder} ({error.strerror}). Name another with --output."
        ) from error


def _can_draw() -> bool:
    """Return whether matplotlib is there, and say so if it is not."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        print(
            f"matplotlib cannot be imported ({error}), so no pictures will be drawn.\n"
            "To have them, install it: pip install matplotlib",
            file=sys.stderr,
        )
        return False
    return True


def _report(model: Any, data: DemoData, log: EpochLog) -> None:
    """Print what came out: accuracies, and the time an epoch took."""
    loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    print()
    if log.history.get("val_accuracy"):
        print(f"Validation accuracy: {log.history['val_accuracy'][-1]:.4f}")
    print(f"Test accuracy:       {accuracy:.4f}   (loss {loss:.4f})")
    if log.seconds:
        print(
            f"Time of an epoch:    {statistics.median(log.seconds):.2f} s, validation included "
            f"(median of {_count(len(log.seconds), 'epoch')})"
        )
    if loss != loss:
        print("The loss is not a number: the training diverged. Try a lower --learning-rate.")


def _draw(model: Any, data: DemoData, log: EpochLog, folder: Path) -> list[str]:
    """Write the pictures and return their names."""
    from pymlp.cli.pictures import draw_learning_curves, draw_predictions
    from pymlp.datasets.fashion_mnist import CLASS_NAMES

    written = []
    if log.seconds:  # without a whole epoch there is no curve
        draw_learning_curves(log.history, folder / "learning_curves.png")
        written.append("learning_curves.png")
    images, labels = data.test_images[:20], data.y_test[:20]
    probabilities = model.predict(data.x_test[:20], verbose=0)
    draw_predictions(images, probabilities, labels, CLASS_NAMES, folder / "predictions.png")
    return [*written, "predictions.png"]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
