"""Symbolic tensors, their differentiation, and their lowering to programs."""
