"""What is measured: each workload a short description that every peer reads in its own way."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from bench.report import shape

__all__ = ["BETA_1", "BETA_2", "EPSILON", "MOMENTUM", "WORKLOADS", "Workload", "tiny"]

# What the optimizers "momentum" and "adam" use: Keras's defaults, and its usual momentum. Adam is
# Keras's rule, w -= rate * sqrt(1 - BETA_2^t) / (1 - BETA_1^t) * m / (sqrt(v) + EPSILON).
MOMENTUM = 0.9
BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-7


@dataclass(frozen=True)
class Workload:
    """Training a multilayer perceptron for `epochs` epochs, batches in the order of the rows.

    Hidden layers use `activation`. With the loss ``"sparse_categorical_crossentropy"`` the output
    is a softmax over classes, with others it is linear: ``"mean_squared_error"``, ``"huber"``, and
    ``"numpy_huber"``, the same written in NumPy's functions by the user. The optimizer is
    ``"sgd"``, ``"momentum"`` (0.9) or ``"adam"``. Computing is done in `dtype`; the inputs are of it
    too, or of uint8 where `data` says bytes: these every library converts on the clock. With `dropout`
    a hidden layer is a product, batch normalisation, the activation and dropout at that rate. Where the
    network is `wide`, the last layer sees the inputs beside what the last hidden layer makes of them.
    """

    name: str
    units: tuple[int, ...]
    activation: str
    loss: str
    optimizer: str
    learning_rate: float
    batch_size: int
    rows: int
    data: str
    epochs: int = 1
    dtype: str = "float32"
    dropout: float = 0.0
    wide: bool = False

    @property
    def extras(self) -> tuple[str, ...]:
        """What a library's file has to be written for, beyond a stack of layers with the two usual losses."""
        return (
            *(["batch normalisation and dropout"] if self.dropout else []),
            *(["wide and deep"] if self.wide else []),
            *([f"loss {self.loss}"] if self.loss.endswith("huber") else []),
        )

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer."""
        *hidden, (k, n) = pairwise(self.units)
        return [*hidden, (k + self.units[0] * self.wide, n)]

    @property
    def steps(self) -> int:
        """Batches in an epoch, the last and shorter one included."""
        return -(-self.rows // self.batch_size)

    @property
    def tolerances(self) -> dict[str, float]:
        """How far mean losses may differ from library to library, relatively.

        After ten batches only rounding can differ; over an epoch of float32 rounding has been fed back through
        a thousand steps. What dropout leaves out, every library draws for itself.
        """
        if self.dropout:
            return {"ten batches": 0.1, "the epoch": 0.02}
        return {"ten batches": 1e-5, "the epoch": 1e-3}

    @property
    def flops(self) -> int:
        """Floating-point operations of an epoch's matrix products; nothing else is counted.

        Forward and kernel gradient take 2·k·n a row each, and so does the gradient of the inputs,
        which what reads the data does not need.
        """
        products = [k * n for k, n in self.layers]
        of_data = products[0] + self.units[0] * self.units[-1] * self.wide
        return self.rows * (6 * sum(products) - 2 * of_data)

    def __str__(self) -> str:
        """One line for `python -m bench list`."""
        return (
            f"{shape(self.units)}, {self.loss}, {self.optimizer}, batch {self.batch_size:,}, "
            f"{self.rows:,} rows, {self.dtype}{' from uint8' * self.data.endswith('bytes')}"
            f"{''.join(f', {extra}' for extra in self.extras)}"
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Workload:
        return cls(**{**fields, "units": tuple(fields["units"])})


def tiny(workload: Workload) -> Workload:
    """Return the workload cut down to a few narrow batches and a short one, to try the harness.

    One that trains on all rows at once still does.
    """
    size = min(workload.batch_size, 128)
    first, *hidden, last = workload.units
    return replace(
        workload,
        units=(first, *(min(n, 300) for n in hidden), last),
        batch_size=size,
        rows=size if workload.steps == 1 else min(workload.rows, 12 * size + 5),
        epochs=min(workload.epochs, 3),
    )


_RATES = {"sgd": 0.01, "momentum": 0.01, "adam": 0.001}


def _fashion(optimizer: str, batch_size: int, name: str = "", **more: Any) -> Workload:
    """The README's model on its training images."""
    return Workload(
        name=name or f"fashion-{optimizer}-{batch_size}",
        units=(784, 300, 100, 10),
        activation="relu",
        loss="sparse_categorical_crossentropy",
        optimizer=optimizer,
        learning_rate=more.pop("learning_rate", _RATES[optimizer]),
        batch_size=batch_size,
        # Half of them where an epoch of the slowest library would take longer than three seconds.
        rows=27_500 if (optimizer, batch_size) == ("adam", 32) else 55_000,
        data=more.pop("data", "fashion_mnist"),
        **more,
    )


def _regression(
    name: str, units: tuple[int, ...], optimizer: str, batch_size: int, rows: int, **more: Any
) -> Workload:
    return Workload(
        name=name,
        units=units,
        activation=more.pop("activation", "relu"),
        loss="mean_squared_error",
        optimizer=optimizer,
        learning_rate=_RATES[optimizer],
        batch_size=batch_size,
        rows=rows,
        data=more.pop("data", "regression"),
        **more,
    )


_HOUSING = {"batch_size": 32, "rows": 20_640, "data": "housing"}
_WIDE = (1024, 2048, 2048, 1024)

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        *(_fashion(rule, size) for size in (32, 256, 4096) for rule in _RATES),
        _fashion("sgd", 32, "fashion-float64-32", dtype="float64"),
        # Pixels of a quarter of a byte, so that a network learns from them as they are.
        _fashion("sgd", 32, "fashion-uint8-32", data="fashion_mnist_bytes", learning_rate=0.001),
        _fashion("sgd", 32, "fashion-dropout-32", dropout=0.2),
        *(
            _regression(f"housing-{rule}-32", (8, 30, 30, 1), rule, **_HOUSING)
            for rule in ("sgd", "adam")
        ),
        _regression("housing-deeper-32", (8, 50, 50, 50, 1), "sgd", **_HOUSING),
        _regression("housing-deeper-adam-32", (8, 50, 50, 50, 1), "adam", **_HOUSING),
        # SimpleChains.jl's published case; its epochs are short, so many make one call of `fit`.
        _regression(
            "small-full-batch",
            (4, 32, 16, 4),
            "adam",
            batch_size=10_000,
            rows=10_000,
            activation="tanh",
            epochs=100,
        ),
        _regression("wide-sgd-128", _WIDE, "sgd", batch_size=128, rows=2_560),
        _regression("wide-sgd-512", _WIDE, "sgd", batch_size=512, rows=2_560),
        _regression("deep-sgd-32", (100,) * 101, "sgd", 32, rows=2_000, activation="tanh"),
    )
}
