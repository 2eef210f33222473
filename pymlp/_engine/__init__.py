"""The Cython seam over csrc/, and the choice of instruction set and number of threads."""

try:
    from pymlp._engine import core as core
except ImportError as error:
    raise ImportError(
        f"pymlp's compiled part cannot be loaded: {error}. In a source tree it has to be built first: "
        "python -m pip install -e ."
    ) from error
