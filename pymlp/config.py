"""Process-wide settings: the floating-point type, the small number `epsilon`, where messages go."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DTypePolicy",
    "backend",
    "disable_interactive_logging",
    "dtype_policy",
    "enable_interactive_logging",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_FLOAT_TYPES = ("float32", "float64")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_dtype_policy: DTypePolicy | None = None  # None: what floatx says
_interactive_logging = True


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

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.set_floatx("float64")
    >>> pymlp.layers.Dense(3).dtype
    'float64'
    >>> pymlp.config.set_floatx("float32")
    """
    global _floatx
    _floatx = check_float_type(value, "set_floatx")


def epsilon() -> float:
    """Return the small number that losses use to stay clear of log(0) and division by zero.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the number that `epsilon` returns (Keras's default is 1e-7).

    Parameters
    ----------
    value : float

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.set_epsilon(1e-5)
    >>> pymlp.config.epsilon()
    1e-05
    >>> pymlp.config.set_epsilon(1e-7)
    """
    global _epsilon
    _epsilon = float(value)


def backend() -> str:
    """Return the name of what computes: always ``"pymlp"``.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.backend()
    'pymlp'
    """
    return "pymlp"


def image_data_format() -> str:
    """Return where images have their channels, ``"channels_last"`` or ``"channels_first"``; for code that asks.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.image_data_format()
    'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set what `image_data_format` returns. No layer of pymlp depends on it.

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}

    Raises
    ------
    ValueError
        For any other name.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.set_image_data_format("channels_last")
    """
    global _image_data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "set_image_data_format: expected 'channels_first' or 'channels_last', received "
            f"{data_format!r}."
        )
    _image_data_format = data_format


@dataclass(frozen=True)
class DTypePolicy:
    """The type of a layer's weights and of its computation, which are one in pymlp.

    Parameters
    ----------
    name : {"float32", "float64"}, optional
        Default: what `dtype_policy` says.

    Attributes
    ----------
    compute_dtype, variable_dtype : str
        Both the name.

    Raises
    ------
    ValueError
        For the mixed and quantized policies of Keras, and for any other type: no kernel computes in them.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.layers.Dense(3, dtype=pymlp.config.DTypePolicy("float64")).dtype
    'float64'
    """

    name: str = ""

    def __post_init__(self) -> None:
        given = self.name or dtype_policy().name
        if not isinstance(given, str) or given not in _FLOAT_TYPES:
            raise ValueError(
                "DTypePolicy: pymlp computes and keeps its weights in 'float32' or in 'float64', without mixed or "
                f"quantized policies; received {given!r}."
            )
        object.__setattr__(self, "name", given)

    @property
    def compute_dtype(self) -> str:
        """The type of computation."""
        return self.name

    @property
    def variable_dtype(self) -> str:
        """The type of weights."""
        return self.name

    def get_config(self) -> dict[str, str]:
        """Return the arguments of the constructor."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, str]) -> DTypePolicy:
        """Return a policy from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


def dtype_policy() -> DTypePolicy:
    """Return the policy of the layers created from now on: what `set_dtype_policy` was given, else `floatx`.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.dtype_policy()
    <DTypePolicy "float32">
    """
    return _dtype_policy or DTypePolicy(_floatx)


def set_dtype_policy(policy: str | DTypePolicy) -> None:
    """Set the type of the layers created from now on; losses, metrics and variables go on with `floatx`.

    Parameters
    ----------
    policy : {"float32", "float64"} or DTypePolicy

    Raises
    ------
    ValueError
        For any other policy, the mixed ones among them; the policy stays as it was.

    Notes
    -----
    It is valid until `clear_session`. An `Input` follows it too (in Keras it follows `floatx`), so that all of a model
    has one type. In Keras a policy that nobody has set stays what `floatx` was when it was first asked for.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.set_dtype_policy("float64")
    >>> pymlp.layers.Dense(3).dtype
    'float64'
    >>> pymlp.utils.clear_session()
    """
    global _dtype_policy
    if not isinstance(policy, (str, DTypePolicy)):
        raise ValueError(
            f"set_dtype_policy: expected 'float32', 'float64' or a DTypePolicy, received {policy!r}."
        )
    _dtype_policy = policy if isinstance(policy, DTypePolicy) else DTypePolicy(policy)


def enable_interactive_logging() -> None:
    """Have progress bars, summaries and messages of callbacks written to standard output, as they are by default.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.enable_interactive_logging()
    >>> pymlp.config.is_interactive_logging_enabled()
    True
    """
    global _interactive_logging
    _interactive_logging = True


def disable_interactive_logging() -> None:
    """Have progress, summaries and messages of callbacks go to a log instead, until `clear_session`.

    It is Python's ``logging.getLogger("pymlp")``, and the level is ``INFO``: with logging as it is, nothing is seen.

    Notes
    -----
    Keras logs by ``absl.logging``, and every drawing of a progress bar. Here one line without control characters is
    logged where there would be a bar, when it is complete.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.disable_interactive_logging()
    >>> pymlp.config.is_interactive_logging_enabled()
    False
    >>> pymlp.config.enable_interactive_logging()
    """
    global _interactive_logging
    _interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Return whether messages go to standard output, rather than to a log.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.config.is_interactive_logging_enabled()
    True
    """
    return _interactive_logging


def forget_session() -> None:
    """Go back to the settings that Keras keeps for a session only: the policy, and where messages go."""
    global _dtype_policy
    _dtype_policy = None
    enable_interactive_logging()


def check_float_type(dtype: object, where: str) -> str:
    """Return `dtype` as one of the two names that pymlp computes in, or raise ValueError."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    if name not in _FLOAT_TYPES:
        raise ValueError(
            f"{where}: pymlp computes in 'float32' or 'float64', received dtype={dtype!r}."
        )
    return name
