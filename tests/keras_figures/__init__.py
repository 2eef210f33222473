"""Problems that Keras and pymlp both solve, and Keras's answers to them.

The problems are written once, against the API the two share, and take the library as an argument.
`make_figures.py` writes down Keras's answers; `tests/test_keras_agreement.py` compares.
"""
