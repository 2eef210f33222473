"""Process-wide defaults: the floating-point type and the small number `epsilon`."""

from __future__ import annotations

__all__ = [
    "backend",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_FLOAT_TYPES = ("float32", "float64")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"


def floatx() -> str:
    """Return the default type of weights and computation, ``"float32"`` or ``"float64"``.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default type of the layers created from now on.

    Parameters
    ----------
    value : {"float32", "float64"}

    Raises
    ------
    ValueError
        For any other type.
    """
    global _floatx
    _floatx = check_float_type(value, "set_floatx")


def epsilon() -> float:
    """Return the small number that losses use to stay clear of log(0) and division by zero."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the number that `epsilon` returns (Keras's default is 1e-7)."""
    global _epsilon
    _epsilon = float(value)


def backend() -> str:
    """Return the name of what computes: always ``"pymlp"``."""
    return "pymlp"


def image_data_format() -> str:
    """Return where images have their channels, ``"channels_last"`` or ``"channels_first"``; for code that asks."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set what `image_data_format` returns. No layer of pymlp depends on it.

    Raises
    ------
    ValueError
        For any other name.
    """
    global _image_data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "set_image_data_format: expected 'channels_first' or 'channels_last', received "
            f"{data_format!r}."
        )
    _image_data_format = data_format


def check_float_type(dtype: object, where: str) -> str:
    """Return `dtype` as one of the two names that pymlp computes in, or raise ValueError."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    if name not in _FLOAT_TYPES:
        raise ValueError(
            f"{where}: pymlp computes in 'float32' or 'float64', received dtype={dtype!r}."
        )
    return name
