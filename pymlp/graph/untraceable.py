"""What is said of whatever cannot be traced: its name, and the ways out."""

from __future__ import annotations

__all__ = ["untraceable"]


def untraceable(what: str, instead: str | None = None) -> str:
    """Return a message about something that needs the numbers of a symbolic tensor, which has none.

    Parameters
    ----------
    what : str
        What was asked for, as its user wrote it: ``"numpy.linalg.svd"``, ``"float(x)"``.
    instead : str, optional
        What can be traced and does the same, or says where to look for it.
    """
    first = f"Use {instead} instead. " if instead else "Write it with the functions of pymlp.ops. "
    return (
        f"{what} cannot be traced: a symbolic tensor has no numbers yet, they come when the model runs. {first}What "
        "cannot be written so may be a Python function of arrays, with another for its gradient: "
        "pymlp.ops.python_function(forward, gradient, output_shape)(x). To look at numbers batch by batch, compile the "
        "model with run_eagerly=True."
    )
