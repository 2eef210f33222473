"""Measurements of pymlp beside its peers; `python -m bench --help` says how to take them.

Only the standard library and NumPy are needed here: workers import this package in the peers' own
Python environments. Never a part of an installed pymlp.
"""
