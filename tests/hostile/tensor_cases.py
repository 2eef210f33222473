"""Files of tensors that lie about their sizes: safetensors, and ONNX."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .cases import hostile
from .valid import valid_files

__all__: list[str] = []


def _header(change: Any, text: Any = json.dumps) -> bytes:
    """Return a good .safetensors file with another header."""
    content = valid_files()["chain.safetensors"]
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    changed = change(header)
    made = (text(header) if changed is None else changed).encode()
    return len(made).to_bytes(8, "little") + made + content[8 + length :]


if find_spec("safetensors"):

    @hostile("header would have", ".safetensors")
    def a_header_beyond_all_memory(secrets: Path) -> bytes:
        """The length of the header is the file's first word: a loader that trusts it takes that much memory."""
        return (2**63 - 1).to_bytes(8, "little") + b"{}"

    @hostile("its header cannot be read", ".safetensors")
    def a_header_in_another_encoding(secrets: Path) -> bytes:
        """Of bytes, Python's json guesses UTF-16 where zeros are, and imports its codec."""
        content = valid_files()["chain.safetensors"]
        length = int.from_bytes(content[:8], "little")
        header = content[8 : 8 + length].decode().encode("utf-16-le")
        return len(header).to_bytes(8, "little") + header + content[8 + length :]

    @hostile("one key twice", ".safetensors")
    def a_tensor_that_is_there_twice(secrets: Path) -> bytes:
        """huggingface/safetensors#401: duplicate keys, found in the audit of 2023, of which readers take one."""
        return _header(lambda h: json.dumps(h)[:-1] + ", " + json.dumps(h)[1:])

    @hostile("overlaps", ".safetensors")
    def tensors_that_overlap(secrets: Path) -> bytes:
        """One range of bytes for many tensors: little on the disk, much in memory."""

        def change(header: Any) -> None:
            names = [name for name in sorted(header) if name != "__metadata__"]
            for name in names:
                if header[name]["shape"] == [4]:
                    header[name]["data_offsets"] = [0, 16]

        return _header(change)

    @hostile("follows on a gap|have .* bytes", ".safetensors")
    def bytes_of_no_tensor(secrets: Path) -> bytes:
        """Polyglots: a file that is another one, too, in the bytes that no tensor has."""
        return valid_files()["chain.safetensors"] + b"PK\3\4" + bytes(60)

    @hostile("needs .* bytes", ".safetensors")
    def a_product_that_overflows(secrets: Path) -> bytes:
        """A shape whose product wraps around at 64 bits to what is there."""

        def change(header: Any) -> None:
            for entry in header.values():
                if entry.get("shape") == [4]:
                    entry["shape"] = [4, 2**32, 2**32, 0 + 2**32]

        return _header(change)

    @hostile("whole numbers", ".safetensors")
    def offsets_below_zero(secrets: Path) -> bytes:
        """What is before the file's tensors."""

        def change(header: Any) -> None:
            for entry in header.values():
                if entry.get("shape") == [4]:
                    entry["data_offsets"] = [-16, 0]

        return _header(change)

    @hostile("no JSON object|cannot be read", ".safetensors")
    def a_header_that_is_something_else(secrets: Path) -> bytes:
        """A pickle in its place, as scanners mistake one for the other."""
        return _header(lambda h: "\x80\x02cposix\nsystem\n")

    @hostile("levels deep|cannot be read", ".safetensors")
    def a_header_that_is_too_deep(secrets: Path) -> bytes:
        """A stack that overflows in a recursive parser."""
        return _header(lambda h: '{"a":' * 50_000 + "1" + "}" * 50_000)


if find_spec("onnx"):

    def _message() -> Any:
        import onnx

        return onnx.ModelProto.FromString(valid_files()["chain.onnx"])

    def _outside(location: str) -> bytes:
        message = _message()
        tensor = message.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = 1
        for key, value in (("location", location), ("offset", "0"), ("length", "48")):
            tensor.external_data.add(key=key, value=value)
        return bytes(message.SerializeToString())

    @hostile("in another file", ".onnx")
    def onnx_weights_by_a_path_that_leads_out(secrets: Path) -> bytes:
        """CVE-2022-25882: weights from ``../../etc/passwd``."""
        return _outside("../" * 12 + str(secrets / "secret.bin"))

    @hostile("in another file", ".onnx")
    def onnx_weights_by_a_path_with_a_detour(secrets: Path) -> bytes:
        """CVE-2024-27318: the first mending took dots off the front alone."""
        return _outside("secrets/../secrets/secret.bin")

    @hostile("in another file", ".onnx")
    def onnx_weights_beside_the_file(secrets: Path) -> bytes:
        """CVE-2026-27489: the file beside it may be a symbolic link to anywhere."""
        return _outside("secrets/link.bin")

    @hostile("in another file", ".onnx")
    def onnx_keys_that_are_attributes(secrets: Path) -> bytes:
        """CVE-2026-34445: keys of external data were set as attributes of an object of Python."""
        message = _message()
        message.graph.initializer[0].external_data.add(key="__class__", value="os")
        return bytes(message.SerializeToString())

    @hostile("numbers, but there are", ".onnx")
    def an_onnx_tensor_shorter_than_its_shape(secrets: Path) -> bytes:
        """CVE-2024-27319's kind, a read beyond the end: a shape of more than the bytes that are there."""
        message = _message()
        message.graph.initializer[0].dims[0] = 2**40
        return bytes(message.SerializeToString())
