"""The base of all metrics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from pymlp import initializers
from pymlp.config import check_float_type, floatx
from pymlp.graph.effects import Accumulation
from pymlp.graph.tensor import Tensor
from pymlp.limits import take_numbers
from pymlp.naming import auto_name, to_snake_case
from pymlp.tracing import current_trace
from pymlp.variables import Variable

__all__ = ["Metric", "check_room"]


class Metric:
    """Base of the metrics: something kept up to date from batch to batch, and its value.

    A subclass makes its state in ``__init__``, takes a batch into account in `update_state`, written with `pymlp.ops`
    or NumPy functions, and gives the value in `result`: a number, an array, or a dict of such.

    Parameters
    ----------
    dtype : {"float32", "float64"}, optional
        The type that arrays are converted to (default: `pymlp.config.floatx`). The totals of pymlp's own metrics are
        kept in float64 whatever it is.
    name : str, optional

    Notes
    -----
    A metric of your own is most easily a function ``(y_true, y_pred) -> values``, which
    `MeanMetricWrapper` turns into a metric; or a class derived from `Mean` whose ``update_state``
    ends in ``super().update_state(values, sample_weight)``; or one that keeps variables made by `add_variable`, and
    whose ``update_state`` assigns to them. All run natively in `Model.fit`: `update_state` is traced once, and must not
    look at single numbers. One that cannot do without is computed in Python, on the arrays of each batch, by models
    that are compiled with ``run_eagerly=True``.

    A metric that is an attribute of a model or of a layer is reset and logged with those of ``compile``; there
    `update_state` may be called within ``call``, ``compute_loss`` and ``compute_metrics``.

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> class RightOf(Metric):
    ...     # How many of the samples of a class are found.
    ...     def __init__(self, number, name="right_of", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.number = number
    ...         self.right, self.all = self.add_weight(name="right"), self.add_weight(name="all")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         of_class = keras.ops.equal(y_true, self.number)
    ...         found = keras.ops.equal(keras.ops.argmax(y_pred, axis=-1), y_true)
    ...         self.right.assign_add(keras.ops.sum(of_class * found))
    ...         self.all.assign_add(keras.ops.sum(of_class))
    ...     def result(self):
    ...         return self.right / self.all
    >>> metric = RightOf(1)
    >>> metric.update_state(np.array([1.0, 1.0, 0.0]), np.array([[0.2, 0.8], [0.9, 0.1], [0.6, 0.4]]))
    >>> float(metric.result())
    0.5
    """

    # "up" if higher is better, "down" if lower is: EarlyStopping and others ask for it.
    _direction: str | None = None

    # How many were made so far: whoever keeps a list of metrics is told by it that there may be others.
    made: ClassVar[int] = 0

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        Metric.made += 1
        self.name = name or auto_name(to_snake_case(type(self).__name__))
        self._dtype = check_float_type(dtype or floatx(), self.name)
        self._variables: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The type that arrays are converted to."""
        return self._dtype

    # ---- state ------------------------------------------------------------------------------------

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """Return a new variable that is part of the metric's state: `reset_state` sets it to 0.

        Parameters
        ----------
        shape : sequence of int
        initializer : str or callable
        dtype : {"float32", "float64"}, optional
            Default: the metric's.
        aggregation : str, optional
            Accepted for Keras's sake.
        name : str, optional

        Returns
        -------
        Variable

        Examples
        --------
        >>> metric = Metric(name="mine")
        >>> metric.add_variable((3,), name="of_each_class").numpy()
        array([0., 0., 0.], dtype=float32)
        """
        check_room(type(self).__name__, math.prod(shape))
        variable = Variable(
            initializers.get("zeros" if initializer is None else initializer),
            tuple(shape),
            dtype=dtype or self.dtype,
            trainable=False,
            name=name,
        )
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> Variable:
        """Return a new variable: `add_variable` under its older name.

        Examples
        --------
        >>> Metric(name="mine").add_weight(name="total").shape
        ()
        """
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Any]:
        """What the metric keeps: its variables, those of metrics among its attributes, and arrays of totals."""
        own: list[Any] = list(self._variables)
        for value in list(vars(self).values()):
            if isinstance(value, Variable) and all(value is not v for v in own):
                own.append(value)
            elif isinstance(value, Metric):
                own += value.variables
        return own

    def reset_state(self) -> None:
        """Forget all batches: set the variables to 0, whatever they were first.

        Examples
        --------
        >>> from pymlp import metrics
        >>> metric = metrics.Sum()
        >>> metric.update_state([2.0])
        >>> metric.reset_state()
        >>> metric.result()
        0.0
        """
        for variable in self.variables:
            _memory(variable)[...] = 0

    def merge_state(self, metrics: Iterable[Metric]) -> None:
        """Take into account what other metrics like this one have seen, by adding up their states.

        Parameters
        ----------
        metrics : iterable of Metric
            Of the same class and arguments.

        Raises
        ------
        ValueError
            If the state of one has other shapes.

        Examples
        --------
        >>> from pymlp import metrics
        >>> one, other = metrics.Mean(), metrics.Mean()
        >>> one.update_state([1.0])
        >>> other.update_state([2.0, 6.0])
        >>> one.merge_state([other])
        >>> one.result()
        3.0
        """
        for other in metrics:
            pairs = [
                (_memory(a), _memory(b))
                for a, b in zip(self.variables, other.variables, strict=False)
            ]
            if len(self.variables) != len(other.variables) or any(
                a.shape != b.shape for a, b in pairs
            ):
                raise ValueError(f"merge_state: {other!r} keeps another state than {self!r}.")
            for own, added in pairs:
                own += added

    # ---- batches ----------------------------------------------------------------------------------

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch into account.

        Parameters
        ----------
        *args, **kwargs
            Of the metrics of `compile`: ``(y_true, y_pred)``, and ``sample_weight=`` of weighted ones.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update_state.")

    def _accumulate(self, accumulation: Accumulation) -> bool:
        """Note what a program is to add up, if its values are symbolic; return whether they are."""
        if not isinstance(accumulation.values, Tensor):
            return False
        trace = current_trace()
        if trace is None:
            raise TypeError(
                f"The metric {self.name!r} cannot be updated with a symbolic tensor outside of `call`, `compute_loss` "
                "and `compute_metrics`: nothing is computed yet. Give it arrays."
            )
        trace.accumulated.append(accumulation)
        return True

    def result(self) -> Any:
        """Return the value over all batches since `reset_state`: a number, an array, or a dict of such by name."""
        raise NotImplementedError(f"{type(self).__name__} does not define result.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch into account and return the value over all batches so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    # ---- configuration ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a metric like this one.

        Examples
        --------
        >>> from pymlp import metrics
        >>> metrics.Mean(name="m").get_config()
        {'name': 'm', 'dtype': 'float32'}
        """
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Return the metric that `get_config` described.

        Examples
        --------
        >>> from pymlp import metrics
        >>> metrics.Mean.from_config({"name": "m"})
        <Mean name=m>
        """
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def check_room(who: str, count: int) -> None:
    """Raise ValueError if a file describes a metric that keeps more numbers than are reasonable."""
    if not take_numbers(count):
        raise ValueError(
            f"{who}: the file describes a metric of {count} numbers, which is too many."
        )


def _memory(state: Any) -> np.ndarray:
    """Return the array that may be written to of a variable, or of an array of totals."""
    memory: np.ndarray = state.value if isinstance(state, Variable) else state
    return memory
