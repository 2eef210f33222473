"""Operations on tensors of functional models, the same in either library, and what Keras makes of them.

``KERAS_BACKEND=jax python tests/models/operation_cases.py`` stores what Keras says in ``operation_figures.json``, which
the tests compare with. Last made with Keras 3.15.1.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).with_name("operation_figures.json")

W = np.arange(12, dtype="float32").reshape(4, 3) / 8

# Of the library and two inputs of shape (None, 4): a tensor or a list of them.
CASES = {
    "add": lambda k, x, y: x + y,
    "number on the left": lambda k, x, y: 2 * x - 1,
    "number from": lambda k, x, y: 3 - x,
    "array": lambda k, x, y: x + np.arange(4, dtype="float32"),
    "quotients": lambda k, x, y: [x / 2, 1 / (2 + k.ops.exp(y)), k.ops.divide(x, 4.0)],
    "powers": lambda k, x, y: [x**2, 2**x],
    "whole quotients": lambda k, x, y: [x // 0.5, 5 // (1 + k.ops.abs(x)), x % 0.5, 3 % (1 + k.ops.abs(x))],
    "signs": lambda k, x, y: [-x, abs(x), k.ops.sign(y)],
    "comparisons": lambda k, x, y: [x < y, x <= y, x > 0, x >= y, x != y, k.ops.equal(x, y)],
    "logic": lambda k, x, y: [
        (x > 0) & (y > 0), (x > 0) | (y > 0), ~(x > 0), (x > 0) ^ (y > 0), k.ops.logical_and(x > 0, y < 0),
    ],
    "matmul": lambda k, x, y: x @ W,
    "slices": lambda k, x, y: [x[:, :3], x[:, 1:], x[:, ::2], x[:, 0], x[:, -1:], x[..., 2], x[:, None, :2]],
    "concatenate": lambda k, x, y: k.ops.concatenate([x, 2 * y], axis=-1),
    "stack": lambda k, x, y: k.ops.stack([x, y], axis=1),
    "split": lambda k, x, y: (lambda a, b: [b, a + b])(*k.ops.split(x, 2, axis=-1)),
    "activations of ops": lambda k, x, y: [
        k.ops.relu(x), k.ops.sigmoid(x), k.ops.softmax(x), k.ops.softmax(k.ops.reshape(x, (-1, 2, 2)), axis=1),
        k.ops.leaky_relu(x, 0.3), k.ops.elu(x), k.ops.silu(x), k.ops.softplus(x), k.ops.hard_sigmoid(x),
        k.ops.log_softmax(x, axis=-1),
    ],
    "activations": lambda k, x, y: [
        k.activations.relu(x), k.activations.relu(x, max_value=0.5), k.activations.gelu(x), k.activations.tanh(x),
        k.activations.elu(x, alpha=0.5), k.activations.exponential(x), k.activations.selu(x),
        k.activations.leaky_relu(x), k.activations.softmax(x),
    ],
    "elementwise": lambda k, x, y: [
        k.ops.exp(x), k.ops.log1p(k.ops.square(x)), k.ops.sqrt(k.ops.abs(x)), k.ops.sin(x), k.ops.round(x, 1),
        k.ops.maximum(x, y), k.ops.minimum(x, 0.1), k.ops.erf(x), k.ops.floor(x), k.ops.rsqrt(1 + x * x),
    ],
    "reductions": lambda k, x, y: [
        k.ops.sum(x, axis=-1), k.ops.mean(x, axis=1, keepdims=True), k.ops.max(x, axis=-1, keepdims=True),
        k.ops.var(x, axis=-1), k.ops.std(x, axis=-1), k.ops.logsumexp(x, axis=-1), k.ops.min(x, axis=1),
        k.ops.prod(x, axis=1), k.ops.argmax(x, axis=-1), k.ops.any(x > 0, axis=-1),
    ],
    "moments": lambda k, x, y: list(k.ops.moments(x, axes=[1], keepdims=True)),
    "where": lambda k, x, y: k.ops.where(x > y, x, 0.0),
    "clip": lambda k, x, y: [k.ops.clip(x, -0.5, 0.5), k.ops.clip(y, x_min=0, x_max=1)],
    "shapes": lambda k, x, y: [
        k.ops.reshape(x, (-1, 2, 2)), k.ops.expand_dims(x, 1), k.ops.squeeze(k.ops.expand_dims(x, -1), -1),
        k.ops.transpose(k.ops.reshape(y, (-1, 2, 2)), (0, 2, 1)), k.ops.pad(x, ((0, 0), (1, 2))),
        k.ops.pad(x, ((0, 0), (1, 0)), constant_values=2.0), k.ops.tile(x, (1, 2)), k.ops.repeat(x, 2, axis=1),
        k.ops.flip(x, axis=1), k.ops.swapaxes(k.ops.reshape(x, (-1, 2, 2)), 1, 2), x.reshape((-1, 4, 1)),
    ],
    "picking": lambda k, x, y: [k.ops.take(x, [2, 0], axis=1), k.ops.one_hot(k.ops.argmax(x, axis=-1), 4)],
    "products": lambda k, x, y: [
        k.ops.einsum("bi,bj->bij", x, y), k.ops.matmul(k.ops.expand_dims(x, 1), k.ops.expand_dims(y, 2)),
        k.ops.dot(x, W),
    ],
    "normalizations": lambda k, x, y: [
        k.ops.layer_normalization(x, np.full(4, 2.0, "float32"), np.ones(4, "float32")), k.ops.normalize(x, axis=-1),
        k.ops.rms_normalization(x, scale=np.full(4, 3.0, "float32")),
        k.ops.batch_normalization(x, W[:, 0], 1 + W[:, 1], -1, W[:, 2], 2 * W[:, 2]),
    ],
    "likes": lambda k, x, y: [k.ops.full_like(x, 2.0), k.ops.zeros_like(x) + x, k.ops.ones_like(x)],
    "conversions": lambda k, x, y: [k.ops.cast(x > 0, "float32") * y, k.ops.stop_gradient(x) + y],
    "shape": lambda k, x, y: k.ops.reshape(x, (-1, k.ops.shape(x)[1] // 2, 2)),
    "same tensor twice": lambda k, x, y: x * x + x,
    "layers between": lambda k, x, y: k.layers.Dense(3, kernel_initializer="ones")(x + y) * 0.5
    + k.layers.Add()([x, y])[:, :3],
}  # fmt: skip


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def model_of(keras: Any, case: str) -> Any:
    """Return a model of a case, names beginning anew."""
    keras.backend.clear_session()
    x, y = keras.Input((4,)), keras.Input((4,))
    return keras.Model([x, y], listed(CASES[case](keras, x, y)), name=case.replace(" ", "_"))


def data() -> list[Any]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=(5, 4)).astype("float32") for _ in range(2)]


def described(model: Any) -> list[Any]:
    """Return how operations are called, and with what, as far as it does not depend on the library."""
    config = json.loads(json.dumps(model.get_config()))
    found = [
        [
            layer["module"],
            layer["class_name"],
            layer["registered_name"],
            layer["config"],
            _without_types(layer["inbound_nodes"]),
        ]
        for layer in config["layers"]
        if layer["module"].startswith("keras.src")
    ]
    return [found, [layer["name"] for layer in config["layers"]], config["output_layers"]]


def _without_types(nodes: Any) -> Any:
    """Return calls without the types of tensors: to pymlp, true and false are numbers."""
    if isinstance(nodes, dict):
        return {
            key: _without_types(value)
            for key, value in nodes.items()
            if not (key == "dtype" and "keras_history" in nodes)
        }
    return [_without_types(node) for node in nodes] if isinstance(nodes, list) else nodes


def main() -> None:
    import keras

    figures = {}
    for case in CASES:
        model = model_of(keras, case)
        figures[case] = {
            "described": described(model),
            "outputs": [
                np.asarray(y, "float64").round(6).tolist()
                for y in listed(model.predict(data(), verbose=0))
            ],
        }
    FIGURES.write_text(json.dumps(figures, indent=None, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    main()
