"""What a user gives as data, checked and made readable for the engine."""

from pymlp.data.arrays import (
    SampleForm,
    Samples,
    as_array,
    class_weights_to_sample_weights,
    split_off,
)

__all__ = ["SampleForm", "Samples", "as_array", "class_weights_to_sample_weights", "split_off"]
