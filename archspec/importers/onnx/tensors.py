"""Tensors of an ONNX file as `Known` numbers. Enters: a TensorProto. Leaves: a `Known`, whose bytes are read on demand.

A tensor says its shape, and its bytes have a length: the two are compared before anything is allocated. Numbers in other
files are read from the model's own folder only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from onnx import TensorProto

from archspec.importers.onnx.values import Known, normal
from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_ONNX_AXES, MAX_ONNX_ELEMENTS
from archspec.ops.base import DType
from archspec.words import counted


class _Kind(NamedTuple):
    """How a data type is stored: its numpy type in bytes, and the repeated field that may hold it instead."""

    stored: str
    field: str
    dtype: DType


_KINDS: dict[int, _Kind] = {
    TensorProto.FLOAT: _Kind("<f4", "float_data", "float32"),
    TensorProto.DOUBLE: _Kind("<f8", "double_data", "float32"),
    TensorProto.FLOAT16: _Kind("<f2", "int32_data", "float32"),
    TensorProto.BFLOAT16: _Kind("<u2", "int32_data", "float32"),
    TensorProto.INT64: _Kind("<i8", "int64_data", "int64"),
    TensorProto.INT32: _Kind("<i4", "int32_data", "int64"),
    TensorProto.INT16: _Kind("<i2", "int32_data", "int64"),
    TensorProto.INT8: _Kind("i1", "int32_data", "int64"),
    TensorProto.UINT64: _Kind("<u8", "uint64_data", "int64"),
    TensorProto.UINT32: _Kind("<u4", "uint64_data", "int64"),
    TensorProto.UINT16: _Kind("<u2", "int32_data", "int64"),
    TensorProto.UINT8: _Kind("u1", "int32_data", "int64"),
    TensorProto.BOOL: _Kind("?", "int32_data", "bool"),
}


def known(tensor: TensorProto, folder: str, name: str = "", parameters: frozenset[str] | None = None) -> Known:
    """The tensor's numbers; a parameter's where it is one of those that the file lists, or has a name where it lists none.

    Raises ImportProblem where its shape and its bytes do not agree."""
    place = f"tensor {tensor.name or name or 'without a name'}"
    kind = _KINDS.get(tensor.data_type)
    if kind is None:
        raise ImportProblem(f"holds numbers of the type {_type_name(tensor.data_type)}, which has no place in a spec", place,
                            help="export the model with floating-point weights")  # fmt: skip
    shape = tuple(int(dim) for dim in tensor.dims)
    size = elements(shape, place)
    load = _external(tensor, kind, size, folder, place) if tensor.data_location == TensorProto.EXTERNAL else None
    load = load or _internal(tensor, kind, size, place)
    own = load
    return Known(shape, kind.dtype, lambda: normal(_decoded(own(), tensor.data_type).reshape(shape)), name,
                 (tensor.name,) if name else (), bool(name) and (parameters is None or name in parameters),
                 parameters is not None)  # fmt: skip


def elements(shape: tuple[int, ...], place: str) -> int:
    """How many numbers a shape has. Raises ImportProblem where it is none that a tensor can have."""
    size = 1  # without sizes of 0: the others have to be possible too
    for dim in shape:
        size *= dim or 1
        if dim < 0 or size > MAX_ONNX_ELEMENTS or len(shape) > MAX_ONNX_AXES:
            shown = " × ".join(str(d) for d in shape[:MAX_ONNX_AXES])
            raise ImportProblem(f"claims the shape {shown}, which no tensor can have", place)
    return 0 if 0 in shape else size


def _internal(tensor: TensorProto, kind: _Kind, size: int, place: str) -> Callable[[], np.ndarray]:
    stored = np.dtype(kind.stored)
    if tensor.HasField("raw_data"):
        _need_bytes(len(tensor.raw_data), size * stored.itemsize, place)
        return lambda: np.frombuffer(tensor.raw_data, stored)
    have = len(getattr(tensor, kind.field))
    if have != size:
        raise ImportProblem(
            f"claims {counted(size, 'number', ',')}, but the file has {have:,}", place, help="export the model again"
        )
    narrow = {"float_data": np.float32, "double_data": np.float64, "uint64_data": np.uint64, "int64_data": np.int64}
    wide = narrow.get(kind.field, np.int32)
    return lambda: np.array(getattr(tensor, kind.field), dtype=wide).astype(_as_held(kind)).view(stored)


def _as_held(kind: _Kind) -> np.dtype[np.generic]:
    """The type whose bits are the number's: a float16 stands as its bits in an int32."""
    return np.dtype("<u2") if kind.stored == "<f2" else np.dtype(kind.stored)


def _external(tensor: TensorProto, kind: _Kind, size: int, folder: str, place: str) -> Callable[[], np.ndarray]:
    """Numbers in a file beside the model."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location, stored = entries.get("location", ""), np.dtype(kind.stored)
    offset, length = (_whole(entries.get(key, ""), key, place) for key in ("offset", "length"))
    if entries.get("length"):
        _need_bytes(length, size * stored.itemsize, place)

    def load() -> np.ndarray:
        path = _inside(folder, location, place)
        available = os.path.getsize(path) - offset
        if available < size * stored.itemsize:
            raise ImportProblem(f"reads {size * stored.itemsize:,} bytes from byte {offset:,} of {location}, which ends before",
                                place, help="fetch the file again, whole")  # fmt: skip
        return np.fromfile(path, stored, size, offset=offset)

    _inside(folder, location, place, must_exist=False)
    return load


def _inside(folder: str, location: str, place: str, must_exist: bool = True) -> str:
    """The path of a file in the model's own folder tree. Raises ImportProblem for any other."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(folder, location.replace("\0", "")))
    if not location or "\0" in location or os.path.isabs(location) or os.path.commonpath([root, path]) != root:
        raise ImportProblem(f"keeps its numbers in {location[:200]!r}, which is not a file in the model's own folder", place,
                            help="put the file beside the model, and export it with a relative location")  # fmt: skip
    if must_exist or os.path.lexists(path):
        try:
            is_file = stat.S_ISREG(os.stat(path).st_mode)
        except OSError:
            is_file = False
        if not is_file:
            raise ImportProblem(f"keeps its numbers in {location[:200]!r}, which is not a regular file", place,
                                help="put the file beside the model, or leave the weights out")  # fmt: skip
    return path


def _whole(text: str, key: str, place: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ImportProblem(f"gives {text[:40]!r} as its {key} in another file", place)
    return int(text)


def _decoded(array: np.ndarray, data_type: int) -> np.ndarray:
    """bfloat16 is the upper half of a float32."""
    if data_type == TensorProto.BFLOAT16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _need_bytes(have: int, need: int, place: str) -> None:
    if have != need:
        raise ImportProblem(
            f"claims {counted(need, 'byte', ',')}, but has {have:,}", place, help="export the model again"
        )


def _type_name(data_type: int) -> str:
    return next(
        (name.lower() for name, number in TensorProto.DataType.items() if number == data_type), f"number {data_type}"
    )
