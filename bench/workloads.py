"""What is measured: each workload a short description that every peer reads in its own way."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["WORKLOADS", "Workload", "tiny"]


@dataclass(frozen=True)
class Workload:
    """One epoch of training a multilayer perceptron, batches in the order of the rows.

    Hidden layers use `activation`. With the loss ``"sparse_categorical_crossentropy"`` the output
    is a softmax over classes, with ``"mean_squared_error"`` it is linear.
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

    @property
    def steps(self) -> int:
        """Batches in an epoch, the last and shorter one included."""
        return -(-self.rows // self.batch_size)

    @property
    def flops(self) -> int:
        """Floating-point operations of an epoch's matrix products; nothing else is counted.

        Forward and kernel gradient take 2·k·n a row each, and so does the gradient of the inputs,
        which the first layer does not need.
        """
        products = [k * n for k, n in zip(self.units, self.units[1:], strict=False)]
        return self.rows * (6 * sum(products) - 2 * products[0])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Workload:
        return cls(**{**fields, "units": tuple(fields["units"])})


def tiny(workload: Workload) -> Workload:
    """Return the workload cut down to a few batches and a short one, to try the harness."""
    return replace(workload, rows=min(workload.rows, 12 * workload.batch_size + 5))


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload(
            name="fashion-sgd-32",
            units=(784, 300, 100, 10),
            activation="relu",
            loss="sparse_categorical_crossentropy",
            optimizer="sgd",
            learning_rate=0.01,
            batch_size=32,
            rows=55_000,
            data="fashion_mnist",
        ),
        Workload(
            name="housing-sgd-32",
            units=(8, 30, 30, 1),
            activation="relu",
            loss="mean_squared_error",
            optimizer="sgd",
            learning_rate=0.01,
            batch_size=32,
            rows=20_640,
            data="housing",
        ),
    )
}
