"""Files of events that TensorBoard reads, written by TensorBoard's own library."""

from __future__ import annotations

import io
import time
from typing import Any

import numpy as np

__all__ = ["EventFile", "as_images"]

_BUCKETS = 30
_MOST_IMAGES = 3  # of one tensor, as TensorFlow's summaries have it


def import_tensorboard() -> None:
    """Raise ImportError, with what to do about it, if TensorBoard's library is not installed."""
    try:
        import tensorboard.summary.writer.event_file_writer  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "TensorBoard: the callback needs the package tensorboard. Install it by: pip install 'pymlp[tensorboard]', "
            f"or pip install tensorboard ({error})."
        ) from None


class EventFile:
    """A file of events in a folder, which is made if need be.

    What is written has the form that TensorFlow 2's summaries have: tensors, and the name of the plugin that shows
    them.

    Parameters
    ----------
    folder : str
    """

    def __init__(self, folder: str) -> None:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._writer = EventFileWriter(folder)

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Write a number, in single precision."""
        from tensorboard.plugins.scalar.metadata import create_summary_metadata

        self._write(tag, np.float32(value), create_summary_metadata(None, None), step)

    def histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """Write how many of the finite values lie in each of 30 buckets of equal width."""
        from tensorboard.plugins.histogram.metadata import create_summary_metadata

        self._write(tag, buckets(values), create_summary_metadata(None, None), step)

    def images(self, tag: str, images: np.ndarray, step: int) -> None:
        """Write the first three of images of shape (n, height, width, 1), whose values 0 to 1 are black to white."""
        from tensorboard.plugins.image.metadata import create_summary_metadata

        height, width = images.shape[1:3]
        encoded = [_png(image) for image in images[:_MOST_IMAGES, :, :, 0]]
        parts = np.array([str(width).encode(), str(height).encode(), *encoded], dtype=object)
        self._write(tag, parts, create_summary_metadata(None, None), step)

    def model(self, tag: str, description: str, step: int) -> None:
        """Write a model's description in JSON, which TensorBoard draws as a graph of its layers."""
        from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

        plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        text = np.array(description.encode(), dtype=object)
        self._write(tag, text, SummaryMetadata(plugin_data=plugin), step)

    def _write(self, tag: str, value: Any, metadata: Any, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.util.tensor_util import make_tensor_proto

        summary = Summary()
        summary.value.add(tag=tag, metadata=metadata, tensor=make_tensor_proto(value))
        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """Have everything in the file, for TensorBoard to see."""
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def buckets(values: np.ndarray) -> np.ndarray:
    """Return (from, to, how many) of 30 buckets between the least and the greatest finite value, shape (30, 3)."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return np.zeros((_BUCKETS, 3))
    low, high = finite.min(), finite.max()
    edges = np.linspace(low, high, _BUCKETS + 1)
    counts = np.zeros(_BUCKETS)
    width = (high - low) / _BUCKETS
    if width > 0:
        places = np.minimum((finite - low) / width, _BUCKETS - 1).astype(np.int64)
        counts += np.bincount(places, minlength=_BUCKETS)
    else:
        counts[-1] = finite.size
    return np.stack([edges[:-1], edges[1:], counts], axis=1)


def as_images(weight: np.ndarray) -> np.ndarray | None:
    """Return a weight as images of shape (n, height, width, 1), or None if it has none or too many axes.

    A kernel lies on its long side, a bias stands; of three axes the last counts the images.
    """
    image = np.squeeze(weight)
    if image.ndim == 1:
        return image.reshape(1, -1, 1, 1)
    if image.ndim == 2:
        lying = image.T if image.shape[0] > image.shape[1] else image
        return lying[None, :, :, None]
    if image.ndim == 3:
        return image.transpose(2, 0, 1)[:, :, :, None]
    return None


def _png(image: np.ndarray) -> bytes:
    """Return a grey image as a PNG file; what lies outside 0 to 1 is black or white, and NaN black."""
    from PIL import Image

    levels = np.clip(np.nan_to_num(image.astype(np.float64), nan=0.0) * 255.5, 0, 255)
    stream = io.BytesIO()
    Image.fromarray(levels.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()
