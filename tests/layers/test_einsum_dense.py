"""`EinsumDense`: equations, shapes, fusion, and what it says of wrong ones. The table of all layers has the rest."""

import numpy as np
import pytest

import pymlp
from pymlp import initializers
from pymlp.layers import Dense, EinsumDense

# equation, output_shape, bias_axes, inputs -> kernel, bias, outputs
SHAPES = [
    ("ab,bc->ac", 3, "c", (None, 5), (5, 3), (3,), (None, 3)),
    ("abc,cd->abd", (None, 2), "d", (None, 4, 5), (5, 2), (2,), (None, 4, 2)),
    ("abc,cd->abd", (4, 2), "b", (None, 4, 5), (5, 2), (4, 1), (None, 4, 2)),
    ("abc,cde->abde", (4, 2, 3), "bde", (None, 4, 5), (5, 2, 3), (4, 2, 3), (None, 4, 2, 3)),
    ("abc,cde->abde", (4, 2, 3), "be", (None, 4, 5), (5, 2, 3), (4, 1, 3), (None, 4, 2, 3)),
    ("...x,xy->...y", 3, "y", (None, 5), (5, 3), (3,), (None, 3)),
    ("...x,xy->...y", 3, "y", (None, 2, 4, 5), (5, 3), (3,), (None, 2, 4, 3)),
    ("...bx,xy->...by", (4, 3), "b", (None, 2, 4, 5), (5, 3), (4, 1), (None, 2, 4, 3)),
    ("ab...,bc->ac...", 3, "c", (None, 5, 2, 4), (5, 3), (3, 1, 1), (None, 3, 2, 4)),
    ("abc,dc->adb", (3, 4), None, (None, 4, 5), (3, 5), None, (None, 3, 4)),
    ("ab,b->ab", 5, None, (None, 5), (5,), None, (None, 5)),
]


@pytest.mark.parametrize("case", SHAPES, ids=str)
def test_shapes(case):
    equation, units, bias_axes, given, kernel, bias, outputs = case
    layer = EinsumDense(equation, units, bias_axes=bias_axes, dtype="float64")
    assert layer.compute_output_shape(given) == outputs
    assert layer.kernel.shape == kernel
    assert (layer.bias and layer.bias.shape) == bias
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    x = rng.normal(size=(3, *given[1:]))
    expected = np.einsum(equation, x, layer.kernel.numpy())
    if layer.bias is not None:
        expected = expected + layer.bias.numpy()
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12, atol=1e-12)


def test_as_dense_it_is_dense(instructions):
    """The same bits, and the same kernels, in prediction and in training."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(32, 5)), rng.normal(size=(32, 3))
    found = []
    for make in (
        lambda: Dense(3, "relu"),
        lambda: EinsumDense("ab,bc->ac", 3, "relu", "c"),
        lambda: EinsumDense("...x,xy->...y", 3, "relu", "y"),
    ):
        pymlp.utils.set_random_seed(3)
        model = pymlp.Sequential([pymlp.Input((5,)), make()])
        model.compile("adam", "mse")
        instructions.clear()
        model.fit(x, y, epochs=2, shuffle=False, verbose=0)
        found.append(([name for name, *_ in instructions], model.get_weights()))
    for names, weights in found[1:]:
        assert names == found[0][0]
        for a, b in zip(weights, found[0][1], strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("equation", "units", "bias_axes"),
    [
        ("abc,cd->abd", (4, 2), "d"),
        ("abc,bcde->ade", (2, 3), "de"),
        ("abc,cde->abde", (4, 2, 3), None),
    ],
)
def test_a_matrix_product_is_one_kernel(equation, units, bias_axes, instructions):
    layer = EinsumDense(equation, units, bias_axes=bias_axes)
    model = pymlp.Sequential([pymlp.Input((4, 5)), layer])
    model.predict(np.ones((3, 4, 5)), verbose=0)
    names = [name for name, *_ in instructions]
    assert names.count("dense") == 1
    assert not {"strided", "multiply", "add", "sum"} & set(names)


def test_initializers_count_what_is_summed():
    """Of "abc,bcde->ade" 4 x 5 numbers go into each of 2 x 3: by the shape alone a fan would be another."""
    layer = EinsumDense("abc,bcde->ade", (2, 3), kernel_initializer=initializers.GlorotUniform(7))
    layer.build((None, 4, 5))
    dense = initializers.GlorotUniform(7)((20, 6))
    np.testing.assert_array_equal(layer.kernel.numpy(), dense.reshape(4, 5, 2, 3))
    own = initializers.VarianceScaling(seed=7, input_axes=[0], output_axes=[1])
    layer = EinsumDense("abc,bcde->ade", (2, 3), kernel_initializer=own)
    layer.build((None, 4, 5))
    np.testing.assert_array_equal(layer.kernel.numpy(), own((4, 5, 2, 3)))


@pytest.mark.parametrize(
    ("arguments", "shape", "message"),
    [
        (("ab,bc", 3), (None, 5), "equation should be of the form"),
        (("ab...,bc->...ac", 3), (None, 5), "equation should be of the form"),
        (("ab,bc->ac", 3, None, "d"), (None, 5), "bias_axes should name axes of the outputs"),
        (("ab,bc->ac", 3, None, "a"), (None, 5), "bias_axes should name axes of the outputs"),
        (("ab,bc->ac", 3, None, ""), (None, 5), "bias_axes should name at least one axis"),
        (("ab,bb->ab", 3), (None, 5), "'bb' of equation .* names an axis twice"),
        (("ab,bc->acd", (3, 2)), (None, 5), "axis 'd' of the outputs is neither"),
        (("ab,bcd->ac", 3), (None, 5), "axis 'd' of the kernel has no length"),
        (("ab,ac->bc", 3), (None, 5), "axis 'b'|has no length"),
        (("ab,bc->ac", (3, 4)), (None, 5), "output_shape should say all but the samples"),
        (("ab,bc->ac", 3), (None, 5, 4), "is for inputs of 2 axes"),
        (("abc,cd->abd", (3, 2)), (None, 5, 4), "axis 'b' .* is 5 long in the inputs .* and 3 in"),
        ((3, 3), None, "equation should be a string"),
        (("ab,bc->ac", "3"), None, "output_shape should be a whole number"),
        (("ab,bc->ac", 0), None, "output_shape should be a whole number"),
        (("ab,bc->ac", 3, None, 1), None, "bias_axes should be a string"),
    ],
)
def test_bad_arguments(arguments, shape, message):
    with pytest.raises(ValueError, match=f"EinsumDense .*({message})"):
        EinsumDense(*arguments).build(shape)


def test_other_shapes_than_it_was_built_for():
    layer = EinsumDense("...x,xy->...y", 3)
    layer(np.ones((2, 5)))
    for shape in ((2, 4), (2, 3, 5)):
        with pytest.raises(ValueError, match="was built for inputs of shape"):
            layer(np.ones(shape))
    for refused in ("lora_rank", "lora_alpha", "gptq_unpacked_column_size", "quantization_config"):
        with pytest.raises(NotImplementedError, match=refused):
            EinsumDense("ab,bc->ac", 3, **{refused: 1})
