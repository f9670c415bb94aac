"""Counts what a protobuf file is made of before a parser builds it. Enters: bytes. Leaves: nothing, or an ImportProblem.

Two bytes of a file can be a whole empty node, which costs a parser a hundred. So the messages of the kinds that ONNX has
are counted here first, and their nesting is bounded; the bytes of tensors are stepped over.
https://protobuf.dev/programming-guides/encoding/ and https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_ONNX_FIELDS, MAX_ONNX_MESSAGES, MAX_ONNX_NESTING

_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "entry", 14: "entry", 20: "training", 25: "function", 26: "entry"},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 14: "annotation", 15: "sparse", 16: "entry"},
    "node": {5: "attribute", 9: "entry", 10: "entry"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 14: "type", 15: "type", 22: "sparse", 23: "sparse"},
    "tensor": {3: "entry", 13: "entry", 16: "entry"},
    "value": {2: "type", 4: "entry"},
    "type": {1: "array", 4: "element", 5: "map", 8: "array", 9: "element", 7: "entry"},
    "array": {2: "dims"},
    "dims": {1: "entry"},
    "element": {1: "type"},
    "map": {2: "type"},
    "sparse": {1: "tensor", 2: "tensor"},
    "annotation": {2: "entry"},
    "function": {7: "node", 9: "entry", 11: "attribute", 12: "value", 14: "entry"},
    "training": {1: "graph", 2: "graph", 3: "entry", 4: "entry"},
    "entry": {},
}  # fmt: skip
"""For each kind of message, its fields that are messages themselves."""


def count(data: bytes) -> None:
    """Raises ImportProblem for a file that is broken, nests too deep, or has more messages or fields than any model."""
    messages = fields = 0
    open_: list[tuple[str, int, int]] = [("model", 0, len(data))]
    depths = [1]
    while open_:
        kind, position, end = open_.pop()
        depth = depths.pop()
        while position < end:
            fields += 1
            tag, position = _varint(data, position, end)
            number, wire = tag >> 3, tag & 7
            _need(number > 0, _BROKEN)  # as in a file of zeros
            start = position
            length, position = _step_over(data, position, end, wire)
            inner = _MESSAGES[kind].get(number) if wire == 2 else None
            if inner is not None:
                messages += 1
                _need(depth < MAX_ONNX_NESTING, f"the file nests messages more than {MAX_ONNX_NESTING} deep")
                if inner != "entry" and length:
                    open_.append((inner, position - length, position))
                    depths.append(depth + 1)
            assert position > start
        _need(messages <= MAX_ONNX_MESSAGES, f"the file has more than {MAX_ONNX_MESSAGES:,} parts")
        _need(fields <= MAX_ONNX_FIELDS, f"the file has more than {MAX_ONNX_FIELDS:,} fields")


def _varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        _need(shift < 70, _BROKEN)
    raise ImportProblem(_BROKEN, help=_WAY_OUT)


def _step_over(data: bytes, position: int, end: int, wire: int) -> tuple[int, int]:
    """The length of a field with one, and the position after it."""
    length = 0
    if wire == 0:
        _, position = _varint(data, position, end)
    elif wire == 1:
        position += 8
    elif wire == 2:
        length, position = _varint(data, position, end)
        position += length
    elif wire == 5:
        position += 4
    else:
        raise ImportProblem(_BROKEN, help=_WAY_OUT)
    _need(position <= end, _BROKEN)
    return length, position


_BROKEN = "the file is no ONNX model: its bytes do not continue as one"
_WAY_OUT = "download or export it again; a file that was cut short looks like this"


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise ImportProblem(message, help=_WAY_OUT if message == _BROKEN else "")
