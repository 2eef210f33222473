"""Every optimizer's rule in float64: ``rule(optimizer, state, t, rate, w, g) -> new w``, t counting from 1.

`state` is a dict of the variable's own, empty at first.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def moments(state: dict[str, Any], g: np.ndarray, beta_1: float, beta_2: float) -> Any:
    zero = np.zeros_like(g)
    state["m"] = beta_1 * state.get("m", zero) + (1 - beta_1) * g
    state["v"] = beta_2 * state.get("v", zero) + (1 - beta_2) * g**2
    return state["m"], state["v"]


def adamax(o, state, t, rate, w, g):
    m, _ = moments(state, g, o.beta_1, 0.0)
    state["u"] = np.maximum(o.beta_2 * state.get("u", 0.0), np.abs(g))
    return w - rate * m / ((1 - o.beta_1**t) * (state["u"] + o.epsilon))


def nadam(o, state, t, rate, w, g):
    m, v = moments(state, g, o.beta_1, o.beta_2)

    def u(i):
        return o.beta_1 * (1 - 0.5 * 0.96**i)

    product = np.prod([u(i) for i in range(1, t + 1)])
    ahead = u(t + 1) * m / (1 - product * u(t + 1)) + (1 - u(t)) * g / (1 - product)
    return w - rate * ahead / (np.sqrt(v / (1 - o.beta_2**t)) + o.epsilon)


def adagrad(o, state, t, rate, w, g):
    state["a"] = state.get("a", o.initial_accumulator_value) + g**2
    return w - rate * g / np.sqrt(state["a"] + o.epsilon)


def adadelta(o, state, t, rate, w, g):
    state["a"] = o.rho * state.get("a", 0.0) + (1 - o.rho) * g**2
    d = state.get("d", np.zeros_like(g))
    delta = -np.sqrt(d + o.epsilon) / np.sqrt(state["a"] + o.epsilon) * g
    state["d"] = o.rho * d + (1 - o.rho) * delta**2
    return w + rate * delta


def ftrl(o, state, t, rate, w, g):
    power = -o.learning_rate_power
    before = state.get("a", np.full_like(g, o.initial_accumulator_value))
    state["a"] = before + g**2
    sigma = (state["a"] ** power - before**power) / rate
    shrunk = g + 2 * o.l2_shrinkage_regularization_strength * w
    state["l"] = state.get("l", 0.0) + shrunk - sigma * w
    l1 = o.l1_regularization_strength
    l2 = o.l2_regularization_strength + o.beta / (2 * rate)
    quadratic = state["a"] ** power / rate + 2 * l2
    return (np.clip(state["l"], -l1, l1) - state["l"]) / quadratic


def lion(o, state, t, rate, w, g):
    m = state.get("m", np.zeros_like(g))
    state["m"] = o.beta_2 * m + (1 - o.beta_2) * g
    return w - rate * np.sign(o.beta_1 * m + (1 - o.beta_1) * g)


def lamb(o, state, t, rate, w, g):
    m, v = moments(state, g, o.beta_1, o.beta_2)
    update = m / (1 - o.beta_1**t) / (np.sqrt(v / (1 - o.beta_2**t)) + o.epsilon)
    own, other = np.linalg.norm(w), np.linalg.norm(update)
    ratio = own / other if own > 0 and other > 0 else 1.0
    return w - ratio * rate * update


def adafactor(o, state, t, rate, w, g):
    def rms(x):
        return np.sqrt(np.mean(x**2))

    rho, beta = min(rate, 1 / np.sqrt(t)), 1 - t**o.beta_2_decay
    squares = g**2 + o.epsilon_1
    if w.ndim > 1:
        state["r"] = beta * state.get("r", 0.0) + (1 - beta) * squares.mean(axis=-1)
        state["c"] = beta * state.get("c", 0.0) + (1 - beta) * squares.mean(axis=-2)
        r, c = state["r"], state["c"]
        v = (r / r.mean(axis=-1, keepdims=True))[..., None] * c[..., None, :]
    else:
        v = state["v"] = beta * state.get("v", 0.0) + (1 - beta) * squares
    u = g / np.sqrt(v)
    u /= max(1.0, rms(u) / o.clip_threshold)
    return w - max(o.epsilon_2, rms(w)) * rho * u


def muon(o, state, t, rate, w, g):
    if w.ndim != 2:
        m, v = moments(state, g, o.adam_beta_1, o.adam_beta_2)
        alpha = rate * o.adam_lr_ratio * np.sqrt(1 - o.adam_beta_2**t) / (1 - o.adam_beta_1**t)
        return w - alpha * m / (np.sqrt(v) + o.epsilon)
    m = state["m"] = o.momentum * state.get("m", 0.0) + g
    x = g + o.momentum * m if o.nesterov else m
    if turned := x.shape[0] > x.shape[1]:
        x = x.T
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(o.ns_steps):
        a = x @ x.T
        x = o.muon_a * x + (o.muon_b * a + o.muon_c * a @ a) @ x
    if turned:
        x = x.T
    scale = 1.0 if o.rms_rate is None else np.sqrt(max(x.shape)) * o.rms_rate
    return w - rate * x * scale


def adamw(o, state, t, rate, w, g):
    m, v = moments(state, g, o.beta_1, o.beta_2)
    if o.amsgrad:
        v = state["greatest"] = np.maximum(state.get("greatest", 0.0), v)
    alpha = rate * np.sqrt(1 - o.beta_2**t) / (1 - o.beta_1**t)
    return w - alpha * m / (np.sqrt(v) + o.epsilon)


# Of each optimizer its rule, and arguments to try beside none.
RULES = {
    "AdamW": (adamw, [{"weight_decay": 0.25}, {"amsgrad": True, "beta_2": 0.5}]),
    "Adamax": (adamax, [{"beta_1": 0.5}, {"beta_2": 0.5}, {"epsilon": 0.125}]),
    "Nadam": (nadam, [{"beta_1": 0.5}, {"beta_2": 0.5}, {"epsilon": 0.125}]),
    "Adagrad": (adagrad, [{"initial_accumulator_value": 1.0}, {"epsilon": 0.5}]),
    "Adadelta": (adadelta, [{"rho": 0.5}, {"epsilon": 0.125}]),
    "Ftrl": (
        ftrl,
        [
            {"learning_rate_power": -0.75},
            {"learning_rate_power": 0.0},
            {"initial_accumulator_value": 0.0, "learning_rate_power": -1.0},
            {"l1_regularization_strength": 0.5},
            {"l2_regularization_strength": 0.25, "beta": 0.5},
            {"l2_shrinkage_regularization_strength": 0.25},
        ],
    ),
    "Lion": (lion, [{"beta_1": 0.5}, {"beta_2": 0.5}]),
    "Lamb": (lamb, [{"beta_1": 0.5}, {"beta_2": 0.5}, {"epsilon": 0.125}]),
    "Adafactor": (
        adafactor,
        [
            {"beta_2_decay": -0.5},
            {"epsilon_1": 0.25},
            {"epsilon_2": 2.0},
            {"clip_threshold": 0.25},
            {"relative_step": False},
        ],
    ),
    "Muon": (
        muon,
        [
            {"adam_beta_1": 0.5, "adam_beta_2": 0.5, "epsilon": 0.125, "adam_lr_ratio": 0.5},
            {"momentum": 0.5, "nesterov": False},
            {"ns_steps": 2, "rms_rate": None},
            {"muon_a": 3.0, "muon_b": -3.0, "muon_c": 1.0},
            {"weight_decay": 0.25, "adam_weight_decay": None},
        ],
    ),
}
CASES = [(name, arguments) for name, (_, more) in RULES.items() for arguments in [{}, *more]]


def decay_of(optimizer: Any, w: np.ndarray) -> float:
    """The weight decay that a variable of that shape has."""
    if hasattr(optimizer, "adam_weight_decay") and w.ndim != 2:
        return optimizer.adam_weight_decay or 0.0
    return optimizer.weight_decay or 0.0
