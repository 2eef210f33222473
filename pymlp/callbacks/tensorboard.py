"""Write what TensorBoard shows."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from pymlp.callbacks.callback import Callback, listen_to_no_batch
from pymlp.callbacks.event_file import EventFile, as_images, import_tensorboard
from pymlp.checks import is_whole, whole
from pymlp.layers import Embedding

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Write losses, metrics, the learning rate, and what else is asked for, for TensorBoard to show.

    ``tensorboard --logdir logs`` shows them. The files are written by the package ``tensorboard`` (TensorFlow is not
    needed), an optional extra: ``pip install 'pymlp[tensorboard]'``.

    Parameters
    ----------
    log_dir : path-like
        Gets the folders ``train`` and ``validation``.
    histogram_freq : int
        Write histograms of all weights each time so many epochs are done; 0: never.
    write_graph : bool
        Whether to write the layers of a `Sequential` or functional model, as a conceptual graph.
    write_images : bool
        Whether to write weights as grey images, too, 0 being black and 1 white, when histograms are written.
    write_steps_per_second : bool
        Whether to write how many batches a second are trained on.
    update_freq : "epoch", "batch" or int
        Write losses and metrics also each time so many batches were trained on; ``"batch"`` is 1.
    profile_batch : int, pair of int, or "start,stop"
        The batches that Keras profiles. pymlp has nothing to profile the kernels with: other than 0 it warns, as Keras
        does where it cannot, and leaves it at that.
    embeddings_freq : int
        Write the weights of `Embedding` layers for TensorBoard's projector each time so many epochs are done.
    embeddings_metadata : path-like or dict of layer's name to path-like, optional
        Files with a line for each row of an embedding, relative to `log_dir`.

    Raises
    ------
    ImportError
        When training begins, if the package tensorboard is not installed.
    ValueError
        If an argument is none of these; when training begins, if `embeddings_metadata` names a layer that is no
        `Embedding` of the model.

    Notes
    -----
    Names of the series: ``epoch_loss`` and ``epoch_<metric>`` in both folders; ``epoch_learning_rate`` and
    ``epoch_steps_per_second`` in ``train``; ``evaluation_<name>_vs_iterations`` in ``validation``, also of
    `evaluate`; ``batch_<name>`` in ``train``, as running means; ``<path of weight>/histogram`` and ``/image``.

    A number as `update_freq`, or ``"batch"``, makes `fit` come back to Python after every batch; ``"epoch"`` costs
    nothing but the writing.

    Differences from Keras: with a number as `update_freq`, Keras leaves out what is due at the end of an epoch if
    the last batch's number is no multiple of it; values that are no scalars are left out with a warning; histograms
    are of finite values; the projector gets its table as a file of text, ``<layer>.tsv``, where Keras writes
    checkpoints that it cannot read without TensorFlow.

    Examples
    --------
    >>> board = TensorBoard("logs", histogram_freq=1, update_freq=100)
    >>> board.log_dir, board.update_freq
    ('logs', 100)
    """

    state_names = ("_batches",)

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if any(_batches_to_profile(profile_batch)):
            warnings.warn(
                f"TensorBoard: pymlp does not profile; profile_batch={profile_batch!r} is taken as 0.",
                stacklevel=2,
            )
        if update_freq not in ("epoch", "batch") and not is_whole(update_freq):
            raise ValueError(
                "TensorBoard: update_freq should be 'epoch', 'batch' or a whole number of at least 1, received "
                f"{update_freq!r}."
            )
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = whole("TensorBoard", "histogram_freq", histogram_freq, 0)
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = whole("TensorBoard", "embeddings_freq", embeddings_freq, 0)
        self.embeddings_metadata = embeddings_metadata
        self._files: dict[str, EventFile] = {}
        self._training = False
        self._batches = 0  # trained on, in this call of fit
        self._batch_started = self._epoch_started = 0.0
        self._iterations_before = 0
        self._left_out: set[str] = set()
        if self.update_freq == "epoch":
            listen_to_no_batch(self, TensorBoard, "on_train_batch_begin", "on_train_batch_end")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": {}}  # open files are nobody else's

    def set_model(self, model: Any) -> None:
        import_tensorboard()
        super().set_model(model)
        self._close()
        if self.embeddings_freq:
            self._configure_projector()
        if self.write_graph and type(model).__name__ in ("Functional", "Sequential"):
            self._write_graph()

    # ---- training -----------------------------------------------------------------------------------

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._training = True
        self._batches = 0

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._training = False
        self._close()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._iterations_before = self._iterations()
        self._epoch_started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs:
            trained = {name: value for name, value in logs.items() if not name.startswith("val_")}
            trained["learning_rate"] = float(self.model.optimizer.learning_rate)
            if self.write_steps_per_second:
                seconds = time.perf_counter() - self._epoch_started
                steps = self._iterations() - self._iterations_before
                trained["steps_per_second"] = steps / max(seconds, 1e-9)
            self._write("train", "epoch_{}", trained, epoch)
            measured = {
                name.removeprefix("val_"): value
                for name, value in logs.items()
                if name.startswith("val_")
            }
            self._write("validation", "epoch_{}", measured, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        for file in self._files.values():
            file.flush()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += 1
        self._batch_started = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.update_freq == "epoch" or self._batches % int(self.update_freq):
            return
        values = dict(logs or {})
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._batch_started
            values["steps_per_second"] = 1.0 / max(seconds, 1e-9)
        self._write("train", "batch_{}", values, self._batches)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if getattr(self.model, "optimizer", None) is not None:
            self._write("validation", "evaluation_{}_vs_iterations", logs or {}, self._iterations())
        if not self._training:
            self._close()

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._training:
            self._close()

    # ---- what is written --------------------------------------------------------------------------------

    def _iterations(self) -> int:
        return int(self.model.optimizer.iterations)

    def _file(self, folder: str) -> EventFile:
        """Return the file in one of the two folders, which is opened when something is to be written."""
        if folder not in self._files:
            self._files[folder] = EventFile(os.path.join(self.log_dir, folder))
        return self._files[folder]

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}

    def _write(self, folder: str, tag: str, values: Mapping[str, Any], step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0 and not isinstance(value, (str, type(None))):
                self._file(folder).scalar(tag.format(name), float(value), step)
            elif name not in self._left_out:
                self._left_out.add(name)
                warnings.warn(
                    f"TensorBoard: {name!r} in the logs is not written, for it is no scalar.",
                    stacklevel=3,
                )

    def _write_graph(self) -> None:
        import json

        from pymlp.saving import serialize_object

        try:
            description = json.dumps(serialize_object(self.model))
        except Exception as error:  # whatever an own layer's get_config raises: training goes on
            warnings.warn(
                f"TensorBoard: the graph of model {self.model.name!r} is not written, for it has no description in "
                f"JSON: {error}",
                stacklevel=2,
            )
            return
        self._file("train").model("keras", description, 0)

    def _write_weights(self, epoch: int) -> None:
        file = self._file("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                name, value = weight.path.replace(":", "_"), weight.numpy()
                file.histogram(f"{name}/histogram", value, epoch)
                if self.write_images:
                    images = as_images(value)
                    if images is not None:
                        file.images(f"{name}/image", images, epoch)

    # ---- the projector ----------------------------------------------------------------------------------

    def _embeddings(self) -> list[Embedding]:
        return [layer for layer in self.model.layers if isinstance(layer, Embedding)]

    def _configure_projector(self) -> None:
        """Write which tables there are, and where."""
        from google.protobuf import text_format
        from tensorboard.plugins.projector import ProjectorConfig

        said = self.embeddings_metadata
        names = [layer.name for layer in self._embeddings()]
        if isinstance(said, Mapping) and (unknown := sorted(set(said) - set(names))):
            raise ValueError(
                f"TensorBoard: embeddings_metadata names {unknown}, which are no Embedding layers of model "
                f"{self.model.name!r}; those are {names}."
            )
        config = ProjectorConfig()
        for name in names:
            path = said.get(name) if isinstance(said, Mapping) else said
            config.embeddings.add(
                tensor_name=name,
                tensor_path=f"{name}.tsv",
                metadata_path=None if path is None else os.fspath(path),
            )
        os.makedirs(self.log_dir, exist_ok=True)
        target = os.path.join(self.log_dir, "projector_config.pbtxt")
        with open(target, "w", encoding="utf-8") as file:
            file.write(text_format.MessageToString(config))

    def _write_embeddings(self) -> None:
        for layer in self._embeddings():
            path = os.path.join(self.log_dir, f"{layer.name}.tsv")
            np.savetxt(path, layer.weights[0].numpy(), fmt="%.9g", delimiter="\t")


def _batches_to_profile(value: Any) -> list[int]:
    """Return the numbers of the first and the last batch, as Keras reads them."""
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    numbers = [str(item).strip() for item in items]
    batches = [int(number) for number in numbers if number.isdecimal()]
    if len(batches) != len(numbers) or len(batches) > 2 or batches != sorted(batches):
        raise ValueError(
            "TensorBoard: profile_batch should be a batch's number, or the first and the last, from 0, received "
            f"{value!r}."
        )
    return batches
