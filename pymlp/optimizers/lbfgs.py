"""L-BFGS, by SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pymlp.checks import optional_whole
from pymlp.graph.effects import Update
from pymlp.graph.tensor import Tensor
from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule
from pymlp.variables import Variable

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Quasi-Newton steps with a line search, on all samples at once: for small networks and small data.

    Each epoch of `fit`, and each call of `train_on_batch`, is a run of SciPy's ``minimize(method="L-BFGS-B")`` from
    where the weights stand, over all the samples in one batch. The loss logged is that after the run, before which
    it need not have converged: give more epochs, or more iterations each.

    Parameters
    ----------
    max_iterations : int, at least 1
        Iterations of an epoch; each takes a few passes over the samples.
    max_corrections : int, at least 1
        How many past steps the curvature is estimated from.
    ftol, gtol : float
        A run ends when the loss falls by less than ``ftol`` times itself, or no derivative is above `gtol`.
    name : str, optional

    Notes
    -----
    Keras does not have it. SciPy is needed when it is used. The loss should always be the same for the same
    weights: leave dropout out. In float32 a run ends when rounding hides what is left to gain; float64 gets further.

    References
    ----------
    Zhu, Byrd, Lu, Nocedal (1997), "Algorithm 778: L-BFGS-B".

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> model = keras.Sequential([keras.Input((1,), dtype="float64"), keras.layers.Dense(1, dtype="float64")])
    >>> model.compile("lbfgs", "mse")
    >>> x = np.linspace(0, 1, 20).reshape(-1, 1)
    >>> history = model.fit(x, 3 * x + 1, verbose=0)
    >>> [round(float(w.item()), 4) for w in model.get_weights()]
    [3.0, 1.0]
    """

    whole_batches = True

    def __init__(
        self,
        max_iterations: int = 20,
        max_corrections: int = 10,
        ftol: float = 1e-12,
        gtol: float = 1e-8,
        name: str | None = None,
    ) -> None:
        super().__init__(1.0, name=name)
        self.max_iterations = optional_whole("LBFGS", "max_iterations", max_iterations, 1) or 20
        self.max_corrections = optional_whole("LBFGS", "max_corrections", max_corrections, 1) or 10
        self.ftol = within("LBFGS", "ftol", ftol, 0.0, float("inf"))
        self.gtol = within("LBFGS", "gtol", gtol, 0.0, float("inf"))

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("gradient",)

    def updates(self, gradients: Sequence[tuple[Variable, Tensor]]) -> list[Update]:
        """Return how a pass over the samples stores the gradients; it changes no weights."""
        for variable, _ in gradients:
            if variable.constraint is not None:
                raise ValueError(
                    f"LBFGS takes no constraints, but {variable.path!r} has one. Use another optimizer."
                )
        self.build([variable for variable, _ in gradients])
        return [Update(self.slot(variable, "gradient"), g, Rule.STORE) for variable, g in gradients]

    def minimize(self, evaluate: Callable[[], float], variables: Sequence[Variable]) -> None:
        """Give variables the values that SciPy finds.

        Parameters
        ----------
        evaluate : callable
            Returns the loss with the variables as they are, having stored the gradients.
        variables : sequence of Variable

        Raises
        ------
        ImportError
            If SciPy is not installed.
        """
        try:
            from scipy.optimize import minimize
        except ImportError as error:
            raise ImportError("LBFGS needs SciPy: install it by `pip install scipy`.") from error
        known = [variable for variable in variables if id(variable) in self._slots]
        sizes = np.cumsum([variable.size for variable in known])[:-1]

        def put(values: np.ndarray) -> None:
            for variable, part in zip(known, np.split(values, sizes), strict=True):
                variable.assign(part.reshape(variable.shape))

        def loss_and_gradient(values: np.ndarray) -> tuple[float, np.ndarray]:
            put(values)
            loss = evaluate()
            return loss, _flat([self.slot(variable, "gradient") for variable in known])

        options = {
            "maxiter": self.max_iterations,
            "maxcor": self.max_corrections,
            "ftol": self.ftol,
            "gtol": self.gtol,
        }
        found = minimize(
            loss_and_gradient, _flat(known), jac=True, method="L-BFGS-B", options=options
        )
        put(found.x)
        self.advance(int(found.nit))

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Raise NotImplementedError: a gradient alone is not enough for a line search."""
        raise NotImplementedError(
            "LBFGS asks for the loss again and again, so it cannot apply gradients that are given. Use fit."
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "max_iterations": self.max_iterations,
            "max_corrections": self.max_corrections,
            "ftol": self.ftol,
            "gtol": self.gtol,
        }


def _flat(variables: Sequence[Variable]) -> np.ndarray:
    """Return all elements, one after the other, in float64."""
    return np.concatenate([v.value.ravel() for v in variables]).astype(np.float64)
