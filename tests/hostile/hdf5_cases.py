"""HDF5 files that lead elsewhere, declare what they do not hold, or crash the library that reads them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .cases import Case, archive, enter, hostile
from .mutations import with_checksums
from .valid import members_of, valid_files

__all__: list[str] = []

_KERNEL = "layers/dense/vars/0"


def _weights(change: Callable[[Any], Any]) -> bytes:
    """Return a good file of weights, changed."""
    stream = io.BytesIO(valid_files()["chain.weights.h5"])
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def _other_kernel(make: Callable[[Any], Any]) -> bytes:
    def change(file: Any) -> None:
        del file[_KERNEL]
        make(file)

    return _weights(change)


def _older(change: Callable[[Any], Any]) -> bytes:
    stream = io.BytesIO(valid_files()["chain.h5"])
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def _virtual(file: Any, source: str) -> None:
    layout = h5py.VirtualLayout((3, 4), np.float32)
    layout[:] = h5py.VirtualSource(source, "data", (3, 4))
    file.create_virtual_dataset(_KERNEL, layout)


@hostile("ExternalLink", ".weights.h5")
def an_array_that_is_an_external_link(secrets: Path) -> bytes:
    """CVE-2026-1669: weights that are read from another HDF5 file of this machine."""
    return _other_kernel(
        lambda f: f.__setitem__(_KERNEL, h5py.ExternalLink(secrets / "secret.h5", "/data"))
    )


@hostile("ExternalLink")
def the_same_in_an_archive(secrets: Path) -> bytes:
    """CVE-2026-1669 in a .keras file."""
    return archive(weights=an_array_that_is_an_external_link(secrets))


@hostile("ExternalLink", ".h5")
def a_group_that_is_an_external_link(secrets: Path) -> bytes:
    """keras-team/keras#22900: `model_weights` of an older file led to another, before any check."""

    def change(file: Any) -> None:
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink(secrets / "secret.h5", "/")

    return _older(change)


@hostile("ExternalLink", ".weights.h5")
def a_group_on_the_way_that_is_an_external_link(secrets: Path) -> bytes:
    """keras-team/keras#22899: only the last step of a path was checked."""

    def change(file: Any) -> None:
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink(secrets / "secret.h5", "/")

    return _weights(change)


@hostile("SoftLink", ".weights.h5")
def a_soft_link_in_a_circle(secrets: Path) -> bytes:
    """A link to itself, followed for ever by who follows links."""
    return _other_kernel(lambda f: f.__setitem__(_KERNEL, h5py.SoftLink(f"/{_KERNEL}")))


@hostile("in other files", ".weights.h5")
def an_array_in_an_external_file(secrets: Path) -> bytes:
    """CVE-2026-1669: external storage, raw bytes of any file of this machine."""
    return _other_kernel(
        lambda f: f.create_dataset(
            _KERNEL, (3, 4), "f4", external=[(secrets / "secret.bin", 0, 48)]
        )
    )


@hostile("in other files", ".weights.h5")
def a_virtual_array(secrets: Path) -> bytes:
    """CVE-2026-1669, keras-team/keras#22976: virtual datasets are put together from other files."""
    return _other_kernel(lambda f: _virtual(f, str(secrets / "secret.h5")))


@hostile("in other files", ".weights.h5")
def a_virtual_array_of_the_file_itself(secrets: Path) -> bytes:
    """The same with "." for the source: it cannot be told from others without opening it."""
    return _other_kernel(lambda f: _virtual(f, "."))


@hostile("expected numbers|expected texts", ".weights.h5")
def an_array_of_references(secrets: Path) -> bytes:
    """CVE-2025-2309's kind: types whose conversion reads elsewhere in the file."""
    return _other_kernel(lambda f: f.create_dataset(_KERNEL, (3, 4), h5py.ref_dtype))


@hostile("has the shape|not whole", ".weights.h5")
def a_shape_beyond_all_memory(secrets: Path) -> bytes:
    """CVE-2026-0897, keras-team/keras#22975: a declared shape of petabytes, of which nothing is stored."""
    return _other_kernel(
        lambda f: f.create_dataset(
            _KERNEL, (2**30, 2**20), "f4", chunks=(2**10, 2**10), compression="gzip"
        )
    )


@hostile("filters", ".weights.h5")
def a_filter_from_a_library(secrets: Path) -> bytes:
    """HDF5 loads filters from shared libraries at a path of the environment, by the number that the file names."""
    return _other_kernel(
        lambda f: f.create_dataset(_KERNEL, data=np.ones((3, 4), "f4"), compression="lzf")
    )


def _short_chunk(content: bytes, skipped: int = 0) -> bytes:
    """Return a good file of weights with a compressed array, the first chunk of which is something else."""

    def make(file: Any) -> None:
        made = file.create_dataset(
            _KERNEL, data=np.ones((3, 4), "f4"), chunks=(3, 4), compression="gzip"
        )
        made.id.write_direct_chunk((0, 0), content, filter_mask=skipped)

    return _other_kernel(make)


@hostile("has 8 bytes, expected 48", ".weights.h5")
def a_chunk_that_is_shorter_than_the_array(secrets: Path) -> bytes:
    """The HDF5 library fills it up with what lies in memory behind it, which becomes weights and is saved."""
    return _short_chunk(zlib.compress(bytes(8)))


@hostile("has 8 bytes, expected 48", ".weights.h5")
def a_chunk_that_went_through_no_filter(secrets: Path) -> bytes:
    """The same, by the mask that says which filters were left out."""
    return _short_chunk(bytes(8), skipped=1)


@hostile("shuffled as if its numbers had another size", ".weights.h5")
def a_chunk_that_was_shuffled_by_another_size(secrets: Path) -> bytes:
    """Readers differ in which size they shuffle by: that of the numbers, or that of the filter."""
    content = bytearray(valid_files()["new.weights.h5"])
    at = content.index(bytes((2, 0, 1, 0, 1, 0, 4, 0, 0, 0)))  # shuffle, optional, of one value: 4
    content[at + 6] = 255
    return with_checksums(bytes(content))


@hostile("bytes should lie where there are 0", ".weights.h5")
def a_block_behind_the_end(secrets: Path) -> bytes:
    """h5py reads from a stream without looking how much came: what lies in memory stood for the block of a driver."""
    content = bytearray(_weights(lambda f: None))
    content[48:56] = (2**25).to_bytes(8, "little")
    return bytes(content)


@hostile("does not end where its 48 bytes", ".weights.h5")
def a_chunk_that_is_a_bomb(secrets: Path) -> bytes:
    """A chunk of 48 bytes, of which 256 MB come out: the HDF5 library makes room for all of it."""
    return _short_chunk(zlib.compress(bytes(2**28)))


@hostile("expected texts|holds", ".h5")
def a_description_that_is_an_array(secrets: Path) -> bytes:
    """h5py/h5py#1183: `model_config` is something else than a text."""

    def change(file: Any) -> None:
        del file.attrs["model_config"]
        file.create_dataset("model_config", data=np.ones(3))
        file.attrs["model_config"] = np.ones(30)

    return _older(change)


@hostile("cannot be read|holds", ".h5")
def names_beyond_all_memory(secrets: Path) -> bytes:
    """promptfoo/modelaudit#1663: attributes take memory before they are looked at."""

    def change(file: Any) -> None:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        # An attribute of such a size cannot be written: a small one is, and its length changed behind.
        group.attrs.create("layer_names", np.full(7919, b"a", "S5"))

    content = bytearray(_older(change))
    at = content.index((7919).to_bytes(8, "little"))
    content[at : at + 8] = (2**40).to_bytes(8, "little")
    return bytes(content)


@hostile("cannot be read|which the file has not", ".weights.h5")
def a_file_that_is_cut(secrets: Path) -> bytes:
    """A copy that was interrupted."""
    return valid_files()["chain.weights.h5"][:3000]


@hostile("cannot be read", ".weights.h5")
def another_file_under_that_name(secrets: Path) -> bytes:
    """Text."""
    return b"no HDF5 file" * 100


@hostile("cannot be read|missing|not an array|not a group|has 0|variables", ".weights.h5")
def a_group_that_is_in_itself(secrets: Path) -> bytes:
    """A hard link to a group from within it: who walks a file to its end never comes back."""

    def change(file: Any) -> None:
        file["layers/dense/vars/0/"[:-1] + "_"] = file["layers"]
        del file[_KERNEL]
        file[_KERNEL] = file["layers"]

    return _weights(change)


@hostile("damaged|cannot be read")
def an_archive_within_an_archive(secrets: Path) -> bytes:
    """Weights that are a .keras file again."""
    return archive(weights=members_of(valid_files()["chain.keras"])["config.json"])


@hostile("a text at byte .* would have 0 bytes", ".h5")
def a_text_of_no_size(secrets: Path) -> bytes:
    """Found by the fuzzer: HDF5 2.0 goes round for ever in a collection of texts with an object of no size at all."""
    content = bytearray(valid_files()["chain.h5"])
    at = content.index(b"GCOL") + 16
    content[at : at + 16] = bytes(16)
    return bytes(content)


@hostile("a text at byte .* would have 18446744073709551608 bytes", ".h5")
def a_text_whose_size_overflows(secrets: Path) -> bytes:
    """The same by a size that wraps around, and leads back."""
    content = bytearray(valid_files()["chain.h5"])
    at = content.index(b"GCOL") + 24
    content[at : at + 8] = (2**64 - 8).to_bytes(8, "little")
    return bytes(content)


@hostile("a collection of texts at byte", ".h5")
def a_collection_beyond_the_file(secrets: Path) -> bytes:
    """The same of the collection: memory is taken for it before a byte is read."""
    content = bytearray(valid_files()["chain.h5"])
    at = content.index(b"GCOL") + 8
    content[at : at + 8] = (2**40).to_bytes(8, "little")
    return bytes(content)


# What may stand in the place of an array: how it is made in a file, and what is said of it.
_ARRAYS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a soft link": (lambda f: f.__setitem__(_KERNEL, h5py.SoftLink("/layers/dense_1/vars/0")), "SoftLink"),
    "an external link": (lambda f: f.__setitem__(_KERNEL, h5py.ExternalLink("x.h5", "/a")), "ExternalLink"),
    "a virtual array": (lambda f: _virtual(f, "x.h5"), "in other files"),
    "external storage": (
        lambda f: f.create_dataset(_KERNEL, (3, 4), "f4", external=[("raw", 0, 48)]), "in other files",
    ),
    "a group": (lambda f: f.create_group(_KERNEL), "not an array"),
    "texts": (lambda f: f.create_dataset(_KERNEL, data=np.full((3, 4), b"x")), "expected numbers"),
    "records": (lambda f: f.create_dataset(_KERNEL, (3, 4), "f4,f4"), "expected numbers"),
    "references": (lambda f: f.create_dataset(_KERNEL, (3, 4), h5py.ref_dtype), "expected numbers"),
    "complex numbers": (lambda f: f.create_dataset(_KERNEL, (3, 4), "c8"), "expected numbers"),
    "numbers of 24 bits in 32": (lambda f: _of_24_bits(f), "expected numbers of a usual type"),
    "another shape": (lambda f: f.create_dataset(_KERNEL, (4, 3), "f4"), r"the shape \(3, 4\)"),
    "far too many numbers": (
        lambda f: f.create_dataset(_KERNEL, (2**40, 2**20), "f4", chunks=(1, 1)), r"the shape \(3,",
    ),
    "no numbers": (lambda f: f.create_dataset(_KERNEL, (3, 4), "f4"), "not whole"),
    "no chunks": (lambda f: f.create_dataset(_KERNEL, (3, 4), "f4", chunks=(1, 4)), "not whole"),
    "chunks beyond all memory": (lambda f: _in_huge_chunks(f), "is in chunks of .* bytes"),
    "nothing": (lambda f: f.create_dataset(_KERNEL, data=h5py.Empty("f4")), "is empty"),
    "a filter from a library": (
        lambda f: f.create_dataset(_KERNEL, data=np.ones((3, 4)), compression="lzf"), r"filters \[32000\]",
    ),
}  # fmt: skip


def _of_24_bits(file: Any) -> None:
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_precision(24)
    space = h5py.h5s.create_simple((3, 4))
    h5py.h5d.create(file[_KERNEL.rpartition("/")[0]].id, b"0", kind, space).write(
        space, space, np.ones((3, 4), "i4")
    )


def _in_huge_chunks(file: Any) -> None:
    file.create_dataset(
        _KERNEL, data=np.ones((3, 4), "f4"), chunks=(2**14, 2**13), maxshape=(None, None), compression="gzip"
    )  # fmt: skip


for _name, (_make, _message) in _ARRAYS.items():
    _weakness = "Something else than an array of the model's numbers, where one should be."
    enter(
        f"{_name} for an array",
        Case(".weights.h5", _message, lambda _, make=_make: _other_kernel(make), _weakness),
    )
    enter(
        f"{_name} for an array of an archive",
        Case(
            ".keras",
            _message,
            lambda _, make=_make: archive(weights=_other_kernel(make)),
            _weakness,
        ),
    )
