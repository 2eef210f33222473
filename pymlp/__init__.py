"""pymlp: fast multilayer perceptrons on a CPU, behind the Keras API."""

__version__ = "0.1.0"
