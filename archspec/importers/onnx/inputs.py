"""The inputs of a graph, and which of their axes is the batch. Enters: the file's inputs. Leaves: those of a spec, batch first.

The batch is the first axis, whatever number or name the file has there, unless the file says otherwise: by a name that only a
batch has (`N`, `batch_size`) on another axis, or by an operator that reads the input and defines which axis is its batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from onnx import NodeProto, TensorProto, ValueInfoProto

from archspec.dims import Size, symbol
from archspec.document.names import suggest, why_no_input_name
from archspec.importers.sketch import ImportProblem, InputSpec, free_name, free_port
from archspec.limits import MAX_ONNX_AXES, MAX_ONNX_SIZE
from archspec.ops.base import DType, N, Tensor

_DTYPES: dict[int, DType] = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float32", TensorProto.FLOAT16: "float32", TensorProto.BFLOAT16: "float32",
    TensorProto.INT64: "int64", TensorProto.INT32: "int32", TensorProto.BOOL: "bool", TensorProto.UINT8: "int32",
    TensorProto.INT8: "int32", TensorProto.INT16: "int32", TensorProto.UINT16: "int32",
}  # fmt: skip
_BATCH = re.compile(r"(?:n|b|bs|nb|(?:.*[_\W])?batch(?:[_\W]?(?:size|dim|axis|n))?)", re.IGNORECASE)
"""Names that a size of a batch has."""
_SURE = re.compile(r".*batch.*", re.IGNORECASE)
"""Those that nothing else has: an N beside an axis of 1 may be a number of points."""
_RECURRENT = ("LSTM", "GRU", "RNN")


class Input(NamedTuple):
    """An input of the spec, its type with the batch first, and the axis that the batch is in the file."""

    name: str
    tensor: Tensor
    axis: int


class Inputs:
    """All inputs of a graph: they have one batch, and names of their own."""

    def __init__(self, values: Sequence[ValueInfoProto], nodes: Sequence[NodeProto], sizes: Mapping[str, int]) -> None:
        self.sizes = sizes
        self.specs: dict[str, InputSpec] = {}
        self.batch: int | None = None
        """The number that the file has in place of the batch."""
        self._is_named = False
        self._is_alone = len(values) == 1
        self._taken: set[str] = set()
        self._symbols: dict[object, str] = {}
        self._symbol_names: set[str] = set()
        self._names = _batch_names(values)
        self._by_reader = _by_reader(nodes)

    def read(self, value: ValueInfoProto) -> Input:
        """One input. Raises ImportProblem for what no spec can read."""
        place = f"input {value.name[:80]}"
        array = value.type.tensor_type
        dtype = _DTYPES.get(array.elem_type)
        if not value.type.HasField("tensor_type") or dtype is None:
            raise ImportProblem("is no tensor of numbers that a spec can have", place)
        if not array.HasField("shape") or not 0 < len(array.shape.dim) <= MAX_ONNX_AXES:
            raise ImportProblem("has no batch axis: it is a single number, or its shape is not said", place,
                                help="a network of a spec reads a batch; export the model with this input fixed")  # fmt: skip
        dims = array.shape.dim
        for dim in dims:
            if dim.HasField("dim_value") and not -1 <= dim.dim_value <= MAX_ONNX_SIZE:
                raise ImportProblem(f"has an axis of {dim.dim_value}", place)
        if not self.sizes and any(dim.HasField("dim_value") and not dim.dim_value for dim in dims[1:]):
            raise ImportProblem(
                "has an axis of 0, and so no numbers", place, help="name the axis where its size is open"
            )
        batch = self._axis(value)
        self._need_one_batch(max(dims[batch].dim_value, 0) or None, batch, place)
        sizes = [
            self._size(dim.dim_value, dim.dim_param, value.name, axis) for axis, dim in enumerate(dims) if axis != batch
        ]
        name = "input" if self._is_alone else free_port(value.name, "input", self._taken)
        self.specs[name] = InputSpec([size if isinstance(size, int) else str(size) for size in sizes], dtype)
        return Input(name, Tensor((N, *sizes), dtype), batch)

    def _axis(self, value: ValueInfoProto) -> int:
        """Which axis is the batch."""
        dims = value.type.tensor_type.shape.dim
        named = next((axis for axis, dim in enumerate(dims) if dim.dim_param and dim.dim_param in self._names), None)
        if named is not None:
            return named
        found = self._by_reader.get(value.name, 0)
        return found if found < len(dims) else 0

    def _need_one_batch(self, batch: int | None, axis: int, place: str) -> None:
        which = "first axis" if axis == 0 else f"axis {axis}"
        if batch is not None and (self._is_named or (self.batch is not None and batch != self.batch)):
            other = "leaves the batch open" if self.batch is None else f"has {self.batch}"
            raise ImportProblem(f"has {batch} on its {which} where another input {other}, so one of them has no batch", place,
                                help="all inputs of a spec have the batch")  # fmt: skip
        if batch is None and self.batch is not None:
            raise ImportProblem(f"leaves its {which} open where another input has {self.batch}, so one of them has no batch",
                                place, help="all inputs of a spec have the batch")  # fmt: skip
        self.batch = batch
        self._is_named = batch is None

    def _size(self, value: int, name: str, of: str, axis: int) -> Size:
        """A number, or a named size; a name that is none becomes one of the input and the axis. -1 is no number."""
        if value > 0:
            return value
        key = name or (of, axis)
        if key not in self._symbols:
            own = suggest(name) or ""
            is_good = own != "N" and why_no_input_name(own) is None
            self._symbols[key] = free_name(own if is_good else f"{suggest(of) or 'input'}_{axis}", self._symbol_names)
        known_as = self._symbols[key]
        number = self.sizes.get(name, self.sizes.get(known_as))
        return number if number is not None else symbol(known_as)


def _batch_names(values: Sequence[ValueInfoProto]) -> set[str]:
    """The names that stand for the batch. What the first axes are called, where that is one for a batch; else what others are."""
    shapes = [value.type.tensor_type.shape.dim for value in values]
    first = {dims[0].dim_param for dims in shapes if dims and _BATCH.fullmatch(dims[0].dim_param)}
    if first:
        return first
    return {
        dim.dim_param
        for dims in shapes
        for dim in dims
        if dim.dim_param
        and _BATCH.fullmatch(dim.dim_param)
        and (_SURE.fullmatch(dim.dim_param) or dims[0].dim_value != 1)
    }


def _by_reader(nodes: Sequence[NodeProto]) -> dict[str, int]:
    """The batch's axis of what recurrent operators read: of sequences (T, N, features) and first states (1, N, features)."""
    found: dict[str, int] = {}
    for node in nodes:
        if node.op_type in _RECURRENT:
            first = any(attribute.name == "layout" and attribute.i == 1 for attribute in node.attribute)
            found.update(
                (name, 0 if first else 1) for index, name in enumerate(node.input) if index in (0, 5, 6) and name
            )
    return found
