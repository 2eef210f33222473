"""Valid files changed at random: by bytes, and by what the bytes mean in each format."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

from .valid import members_of, valid_files, zipped

__all__ = ["lookup3", "mutated", "with_checksums"]

_NUMBERS: list[Any] = [
    0, 1, -1, 2, 3, 7, 127, 128, 255, 256, 65535, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64, 10**30,
    -(2**63), 0.5, -0.0, 1e308, 1e-320, float("nan"), float("inf"), True, False, None,
]  # fmt: skip
_WORDS = [
    "", "os", "builtins", "eval", "__import__", "keras.src.utils", "get_file", "Lambda", "__lambda__", "function",
    "keras.layers", "keras", "Dense", "Functional", "Sequential", "Embedding", "RepeatVector", "float64", "float16",
    "int8", "relu", "softmax", "mse", "adam", "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "C:\\x",
    "a/b", "\0", "\ud800", "é" * 40, "x" * 3000, "__numpy__", "__keras_tensor__", "__tensor__", "__slice__",
    "__ellipsis__", "DTypePolicy", "keras.initializers", "Constant", "keras.metrics", "AUC", "vars", "..",
]  # fmt: skip
_WIDE = [0, 1, 2, 3, 4, 8, 16, 24, 40, 48, 96, 127, 128, 255, 256, 512, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31,
         2**32 - 1, 2**40, 2**48, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 8]  # fmt: skip

Rng = random.Random


def mutated(rng: Rng) -> tuple[str, bytes]:
    """Return a file's name, of which the ending says the format, and its bytes."""
    files = valid_files()
    name = rng.choice(sorted(files))
    data = files[name]
    ending = name.partition(".")[2]
    ways: list[Callable[[bytes, Rng], bytes]] = [by_bytes, *_WAYS[ending]]
    return name, rng.choice(ways)(data, rng)


# ---- bytes ------------------------------------------------------------------------------------------------


def by_bytes(data: bytes, rng: Rng) -> bytes:
    """Flip, set, cut, repeat, put in, move, truncate."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 5, 12))):
        if not changed:
            break
        at = rng.randrange(len(changed))
        match rng.randrange(9):
            case 0 | 1:
                changed[at] ^= 1 << rng.randrange(8)
            case 2:
                changed[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
            case 3:
                width = rng.choice((1, 2, 4, 8))
                value = rng.choice(_WIDE) % 256**width
                order: Any = rng.choice(("little", "little", "big"))
                changed[at : at + width] = value.to_bytes(width, order)
            case 4:
                del changed[at : at + rng.randrange(1, 40)]
            case 5:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 6:
                start = rng.randrange(len(changed))
                changed[at:at] = changed[start : start + rng.randrange(1, 200)]
            case 7:
                start, length = rng.randrange(len(changed)), rng.randrange(1, 200)
                changed[at : at + length] = changed[start : start + length]
            case _:
                if rng.randrange(4) == 0:
                    del changed[at:]
    return bytes(changed)


# ---- texts ------------------------------------------------------------------------------------------------


def changed_json(value: Any, rng: Rng) -> Any:
    """Return plain data with a few places changed."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            return rng.choice(_NUMBERS)
        holder, key = rng.choice(places)
        old = holder[key]
        match rng.randrange(10):
            case 0 | 1 | 2:
                holder[key] = rng.choice(_NUMBERS)
            case 3 | 4:
                holder[key] = rng.choice(_WORDS)
            case 5:
                other, name = rng.choice(places)
                holder[key] = json.loads(json.dumps(other[name]))
            case 6:
                del holder[key]
            case 7:
                if isinstance(holder, list):
                    holder.append(json.loads(json.dumps(old)))
                else:
                    holder[rng.choice((*_WORDS, "name", "dtype", "shape"))] = holder.pop(key)
            case 8:
                holder[key] = rng.choice(
                    ([], {}, [old], [[old]], {"class_name": old, "config": {}}, [old] * 9)
                )
            case _:
                if isinstance(old, int | float):
                    holder[key] = old + rng.choice((-1, 1, 0.5, 1000))
                elif isinstance(old, list):
                    rng.shuffle(old)
    return value


def _places(value: Any) -> Any:
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def by_description(data: bytes, rng: Rng) -> bytes:
    text = json.dumps(changed_json(json.loads(data), rng))
    return text.encode("utf-8", "surrogatepass")


# ---- archives ---------------------------------------------------------------------------------------------


def by_member(data: bytes, rng: Rng) -> bytes:
    """Change what is in one member; the archive fits it."""
    members = members_of(data)
    name = rng.choice(
        ("config.json", "config.json", "model.weights.h5", rng.choice(sorted(members)))
    )
    way: Any = by_description if name == "config.json" and rng.randrange(8) else by_numbers
    members[name] = way(members[name], rng)
    if rng.randrange(10) == 0:
        del members[rng.choice(sorted(members))]
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    return zipped(members, method)


def by_directory(data: bytes, rng: Rng) -> bytes:
    """Change fields of the archive's headers and directory."""
    changed = bytearray(data)
    heads = [(b"PK\3\4", 30), (b"PK\1\2", 46), (b"PK\5\6", 22)]
    for _ in range(rng.choice((1, 1, 2, 3))):
        mark, size = rng.choice(heads)
        at = (
            [i for i in range(len(data) - 4) if data[i : i + 4] == mark]
            if len(data) < 2**16
            else []
        )
        if not at:
            continue
        place = rng.choice(at) + rng.randrange(4, size)
        width = rng.choice((1, 2, 4))
        value = rng.choice((*_WIDE, len(data), *at)) % 256**width
        changed[place : place + width] = value.to_bytes(width, "little")
    return bytes(changed)


# ---- HDF5 -------------------------------------------------------------------------------------------------

_MARKS = (b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF",
          b"BTIN", b"FADB", b"FAHD", b"EAHD", b"\x89HDF")  # fmt: skip


def by_numbers(data: bytes, rng: Rng) -> bytes:
    """Change numbers among the structures of an HDF5 file: sizes, counts, addresses."""
    changed = bytearray(data)
    used = [at for at, byte in enumerate(data) if byte]
    if not used:
        return by_bytes(data, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if rng.randrange(2):
            mark = rng.choice(_MARKS)
            at = data.find(mark, rng.randrange(len(data)))
            at = (data.find(mark) if at < 0 else at) + rng.randrange(4, 64)
        else:
            at = rng.choice(used)
        at = min(max(at, 0), len(data) - 1)
        width = rng.choice((1, 1, 2, 4, 8))
        at -= at % rng.choice((1, width))
        addresses = [data.find(mark) % 2**64 for mark in _MARKS]
        value = rng.choice((*_WIDE, len(data), len(data) - 8, *addresses)) % 256**width
        changed[at : at + width] = value.to_bytes(width, "little")
    return with_checksums(bytes(changed)) if rng.randrange(2) else bytes(changed)


def with_checksums(data: bytes) -> bytes:
    """Return an HDF5 file of the newest format whose first headers' checksums are right again."""
    changed = bytearray(data)
    at = data.find(b"OHDR")
    while 0 <= at < len(data) - 16:
        flags = data[at + 5]
        start = at + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
        width = 1 << (flags & 3)
        end = start + width + int.from_bytes(data[start : start + width], "little")
        if end + 4 <= len(data):
            changed[end : end + 4] = lookup3(bytes(changed[at:end])).to_bytes(4, "little")
        at = data.find(b"OHDR", at + 4)
    return bytes(changed)


def lookup3(data: bytes, start: int = 0) -> int:
    """Return Jenkins's hash "lookup3", by which HDF5 checks its headers."""
    most = 2**32 - 1

    def rotated(x: int, by: int) -> int:
        return (x << by | x >> (32 - by)) & most

    a = b = c = (0xDEADBEEF + len(data) + start) & most
    if not data:
        return c
    padded = data + bytes(-len(data) % 12)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    for i in range(0, len(words) - 3, 3):
        a, b, c = ((x + y) & most for x, y in zip((a, b, c), words[i : i + 3], strict=True))
        a = (a - c ^ rotated(c, 4)) & most
        c = (c + b) & most
        b = (b - a ^ rotated(a, 6)) & most
        a = (a + c) & most
        c = (c - b ^ rotated(b, 8)) & most
        b = (b + a) & most
        a = (a - c ^ rotated(c, 16)) & most
        c = (c + b) & most
        b = (b - a ^ rotated(a, 19)) & most
        a = (a + c) & most
        c = (c - b ^ rotated(b, 4)) & most
        b = (b + a) & most
    a, b, c = ((x + y) & most for x, y in zip((a, b, c), words[-3:], strict=True))
    for first, second, by in (
        (2, 1, 14),
        (0, 2, 11),
        (1, 0, 25),
        (2, 1, 16),
        (0, 2, 4),
        (1, 0, 14),
        (2, 1, 24),
    ):
        values = [a, b, c]
        values[first] = ((values[first] ^ values[second]) - rotated(values[second], by)) & most
        a, b, c = values
    return c


def by_config_in_hdf5(data: bytes, rng: Rng) -> bytes:
    """Change the description that an older file has as an attribute."""
    import h5py

    stream = io.BytesIO(data)
    with h5py.File(stream, "r+") as file:
        name = rng.choice(("model_config", "model_config", "training_config"))
        text = json.dumps(changed_json(json.loads(file.attrs[name]), rng))
        file.attrs[name] = text.replace("\\u0000", "")
    return stream.getvalue()


# ---- safetensors ------------------------------------------------------------------------------------------


def by_header(data: bytes, rng: Rng) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header = changed_json(json.loads(data[8 : 8 + length]), rng)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    text += b" " * rng.randrange(9)
    said = rng.choice((len(text), len(text), len(text), *_WIDE)) % 2**64
    return said.to_bytes(8, "little") + text + data[8 + length :]


# ---- ONNX -------------------------------------------------------------------------------------------------


def by_fields(data: bytes, rng: Rng) -> bytes:
    """Change fields of the messages of an ONNX file."""
    import onnx

    model = onnx.ModelProto.FromString(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        messages = [model]
        for message in messages:
            for field, value in message.ListFields():
                if field.message_type:
                    messages += value if field.is_repeated else [value]
        message = rng.choice(messages)
        field = rng.choice(message.DESCRIPTOR.fields)
        try:
            _set(message, field, rng)
        except (ValueError, TypeError):
            continue  # of another type
    return model.SerializeToString()


def _set(message: Any, field: Any, rng: Rng) -> None:
    present = getattr(message, field.name)
    if rng.randrange(4) == 0:
        message.ClearField(field.name)
    elif field.message_type:
        present.add() if field.is_repeated else present.SetInParent()
    else:
        value = rng.choice((*_NUMBERS, *_WORDS))
        if field.type == field.TYPE_BYTES:
            value = str(value).encode("utf-8", "replace")
        if not field.is_repeated:
            setattr(message, field.name, value)
        elif len(present) and rng.randrange(2):
            present[rng.randrange(len(present))] = value
        else:
            present.append(value)


_WAYS: dict[str, list[Callable[[bytes, Rng], bytes]]] = {
    "keras": [by_member, by_member, by_directory],
    "h5": [by_numbers, by_numbers, by_config_in_hdf5],
    "weights.h5": [by_numbers, by_numbers],
    "safetensors": [by_header],
    "onnx": [by_fields],
    "json": [by_description, by_description],
}
