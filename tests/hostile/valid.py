"""Small valid files of every format that is loaded, of the same bytes in every process."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymlp
from pymlp import layers
from pymlp.naming import clear_session

__all__ = ["chain", "members_of", "network", "valid_files", "zipped"]


def chain(loss: str = "mse") -> Any:
    """Return a sequential model, compiled: three numbers in, one out."""
    pymlp.utils.set_random_seed(3)
    clear_session()
    model = pymlp.Sequential(
        [
            pymlp.Input((3,)),
            layers.Dense(4, "relu", name="first", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(2, "softmax"),
        ],
        name="chain",
    )
    model.compile(pymlp.optimizers.Adam(0.01), loss, metrics=["mae"])
    return model


def network() -> Any:
    """Return a functional model with a layer that is called twice and a model in it."""
    pymlp.utils.set_random_seed(4)
    clear_session()
    shared = layers.Dense(2, name="shared")
    inner = pymlp.Sequential([pymlp.Input((2,)), layers.Dense(3, "tanh")], name="inner")
    one, other = pymlp.Input((2,), name="one"), pymlp.Input((2,), name="other")
    joined = layers.Concatenate()([shared(one), shared(other) * 2.0, inner(one)])
    words = pymlp.Model([one, other], layers.Dense(1)(joined), name="network")
    schedule = pymlp.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    words.compile(pymlp.optimizers.SGD(schedule, momentum=0.9), "mse")
    return words


def members_of(archive: bytes) -> dict[str, bytes]:
    """Return what a zip archive holds."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip archive, of the same bytes whenever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


@cache
def valid_files() -> dict[str, bytes]:
    """Return files by their names; those of packages that are not installed are left out."""
    found: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for make in (chain, network):
            model = make()
            label = model.name
            model.save(folder / "model.keras")
            members = members_of((folder / "model.keras").read_bytes())
            members["metadata.json"] = json.dumps({"keras_version": "3.15.0"}).encode()
            found[f"{label}.keras"] = zipped(members)
            model.save(folder / "model.h5")
            found[f"{label}.h5"] = (folder / "model.h5").read_bytes()
            found[f"{label}.json"] = model.to_json().encode()
            model.save_weights(folder / "model.weights.h5")
            found[f"{label}.weights.h5"] = (folder / "model.weights.h5").read_bytes()
            if find_spec("safetensors"):
                model.save_weights(folder / "model.safetensors")
                found[f"{label}.safetensors"] = (folder / "model.safetensors").read_bytes()
            if find_spec("onnx"):
                model.export(folder / "model.onnx", format="onnx", verbose=0)
                found[f"{label}.onnx"] = (folder / "model.onnx").read_bytes()
        found["new.weights.h5"] = _of_the_newest_format(found["chain.weights.h5"])
        found["squeezed.keras"] = zipped(members_of(found["chain.keras"]), zipfile.ZIP_DEFLATED)
    return found


def _of_the_newest_format(weights: bytes) -> bytes:
    """Return the same groups and arrays as HDF5's newest structures, one array chunked and compressed."""
    import h5py

    stream = io.BytesIO()
    with (
        h5py.File(io.BytesIO(weights)) as given,
        h5py.File(stream, "w", libver="latest") as made,
    ):

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Group):
                made.require_group(name).attrs.update(item.attrs)
            elif item.ndim == 2:
                made.create_dataset(name, data=item[()], compression="gzip", shuffle=True)
            else:
                made[name] = item[()]

        given.visititems(copy)
    return stream.getvalue()
