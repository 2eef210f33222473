"""Write down Keras's answers: ``python tests/keras_figures/make_figures.py``, Keras installed.

Makes `training.json`, `functions.json`, `operations.json`, `metrics.json` and `fitting.json` in this folder anew; with
the argument ``fitting`` only that one. float32 rounding makes the last digits depend on the machine; the tests'
tolerances are far wider. With ``KERAS_BACKEND=tensorflow`` and the argument ``preprocessing`` it makes
`preprocessing.json` instead: whole numbers, of layers that only TensorFlow computes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from keras_figures import fitting, functions, metrics, operations, preprocessing, training

HERE = Path(__file__).resolve().parent


def main() -> None:
    import keras

    made_with = {"keras": keras.__version__, "backend": keras.backend.backend()}
    if "preprocessing" in sys.argv[1:]:
        answers = _values(preprocessing.answers(keras))
        _write("preprocessing.json", {"made_with": made_with, "answers": answers})
        return
    _write("fitting.json", {"made_with": made_with, "answers": _values(fitting.answers(keras))})
    if "fitting" in sys.argv[1:]:
        return
    _write("training.json", {"made_with": made_with, **_training(keras)})
    _write(
        "functions.json",
        {
            "made_with": made_with,
            "losses": _values(functions.losses(keras)),
            "activations": _values(functions.activations(keras)),
        },
    )
    _write(
        "operations.json", {"made_with": made_with, "operations": _results(operations.calls(keras))}
    )
    _write("metrics.json", {"made_with": made_with, "metrics": _values(metrics.metrics(keras))})


def _training(keras: Any) -> dict[str, Any]:
    figures = {}
    for optimizer in training.OPTIMIZERS:
        trained = training.train(keras, optimizer)
        trained["weights"] = training.summary(trained["weights"])
        figures[optimizer] = trained
        print(f"{optimizer}: epoch loss {trained['epoch_loss']:.6f}")
    return {"optimizers": figures}


def _values(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value.tolist() for name, value in pairs}


def _results(pairs: Iterable[tuple[str, list[Any]]]) -> dict[str, Any]:
    return {
        name: [
            r if isinstance(r, str) else {"dtype": str(r.dtype), "value": r.tolist()}
            for r in results
        ]
        for name, results in pairs
    }


def _write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(_rounded(content), indent=1)
    (HERE / name).write_text(text + "\n")


def _rounded(value: Any) -> Any:
    """Nine significant digits tell every float32 apart, and keep the files small."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value


if __name__ == "__main__":
    main()
