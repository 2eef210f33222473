"""How much a protobuf message will become, found out before it is parsed.

Parsed, a message of two bytes is an object of a hundred: a small file can fill the memory. So its fields are counted
first, by a walk over the bytes that makes nothing of them.
"""

from __future__ import annotations

from pymlp.saving.refusal import FileRefused

__all__ = ["MOST_FIELDS", "check_fields"]

MOST_FIELDS = 1_000_000

# By the kind of a message, its fields that are messages themselves and of which kind (onnx.proto).
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 14: "entry", 20: "training", 25: "function", 26: "devices"},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 14: "quantized", 15: "sparse",
              16: "entry"},
    "training": {1: "graph", 2: "graph", 3: "entry", 4: "entry"},
    "function": {7: "node", 9: "opset", 11: "attribute", 12: "value", 14: "entry"},
    "node": {5: "attribute", 9: "entry", 10: "devices"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 14: "type", 15: "type", 22: "sparse",
                  23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {3: "segment", 13: "entry", 16: "entry"},
    "quantized": {2: "entry"},
    "value": {2: "type", 4: "entry"},
    "type": {1: "tensor type", 4: "sequence", 5: "map", 8: "tensor type", 9: "sequence"},
    "sequence": {1: "type"},
    "map": {2: "type"},
    "tensor type": {2: "shape"},
    "shape": {1: "dimension"},
}  # fmt: skip
_DEEPEST = 100


def check_fields(data: bytes, source: str, most: int = MOST_FIELDS) -> None:
    """Raise FileRefused for bytes that are no such message, nest too deep, or hold more fields than `most`."""
    position, count = 0, 0
    inside: list[tuple[str, int]] = [("model", len(data))]
    while inside:
        kind, end = inside[-1]
        if position >= end:
            inside.pop()
            continue
        count += 1
        if count > most:
            raise FileRefused(f"{source} is not read: it has more than {most} fields.")
        tag, position = _number(data, position, end, source)
        how = tag & 7
        if how == 0:
            _, position = _number(data, position, end, source)
        elif how == 1:
            position += 8
        elif how == 5:
            position += 4
        elif how == 2:
            length, position = _number(data, position, end, source)
            inner = _MESSAGES.get(kind, {}).get(tag >> 3)
            if inner is None or position + length > end:
                position += length
            elif len(inside) > _DEEPEST:
                raise FileRefused(f"{source} is not read: its messages nest too deep.")
            else:
                inside.append((inner, position + length))
        else:
            raise FileRefused(
                f"{source} is not an ONNX file: a field at byte {position} has no type."
            )
        if position > end:
            raise FileRefused(f"{source} is not a whole ONNX file: a field ends behind byte {end}.")


def _number(data: bytes, position: int, end: int, source: str) -> tuple[int, int]:
    """Return the number of variable length at a position, and the position behind it."""
    value = shift = 0
    while position < end and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
    raise FileRefused(f"{source} is not an ONNX file: at byte {position} there is no number.")
