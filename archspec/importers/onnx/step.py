"""`Step`, one node while it is imported: what handlers read from, and make layers with.

Enters: a node whose inputs have values. Leaves: attributes and inputs in plain types, each checked, and layers. Everything
that a handler refuses it refuses through `problem`, which names the node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, defs

from archspec.dims import Dim, Shape, Size
from archspec.importers.making import SIZES_HELP
from archspec.importers.onnx.values import Computed, Known, Value, short
from archspec.importers.sketch import ImportProblem, Literal
from archspec.ops.base import DType

if TYPE_CHECKING:
    from archspec.importers.onnx.network import Network

Made = TypeVar("Made")
_DTYPES: dict[int, DType] = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float32", TensorProto.FLOAT16: "float32", TensorProto.BFLOAT16: "float32",
    TensorProto.BOOL: "bool",
    TensorProto.INT64: "int64", TensorProto.INT32: "int64", TensorProto.INT16: "int64", TensorProto.INT8: "int64",
    TensorProto.UINT64: "int64", TensorProto.UINT32: "int64", TensorProto.UINT16: "int64", TensorProto.UINT8: "int64",
}  # fmt: skip
"""Floats of every width are float32 in a spec, and whole numbers int64."""
_NONE: Mapping[str, Literal] = {}
_END = 10**9  # from here on an exporter means "to the end"


class Step:
    """One node, its attributes and its inputs."""

    def __init__(self, node: NodeProto, opset: int, network: Network) -> None:
        self.node = node
        self.op = node.op_type
        self.opset = opset
        self.network = network
        self.path = ""
        if node.domain not in ("", "ai.onnx"):
            raise self.problem(f"is an operator of {node.domain[:60]}, not of ONNX itself",
                               help="export the model without the optimizations of one runtime")  # fmt: skip
        try:
            self._schema = defs.get_schema(self.op, opset)
        except defs.SchemaError:
            raise self.problem("is an operator that ONNX does not define") from None
        self.version = self._schema.since_version
        self._check()

    # What is wrong ---------------------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """How messages name the node."""
        name = self.node.name or (self.node.output[0] if self.node.output else "")
        return f"node {_shown(name)} ({_shown(self.op)})" if name else f"a node {_shown(self.op)}"

    def problem(self, message: str, help: str = "") -> ImportProblem:
        """The node cannot be imported; the message completes "node … (Conv) …"."""
        return ImportProblem(message, self.place, help)

    def need(self, holds: bool, message: str, help: str = "") -> None:
        """Raises unless the condition holds."""
        if not holds:
            raise self.problem(message, help)

    @staticmethod
    def shown(shape: Shape) -> str:
        """A shape in a message."""
        return "(" + ", ".join(map(str, shape)) + ")"

    sizes_help = SIZES_HELP

    def computed(self, compute: Callable[[], Made]) -> Made:
        """A result of numpy, whose refusals are the node's."""
        try:
            return compute()
        except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError):
            raise self.problem("cannot be computed: its inputs do not fit each other",
                               help="check the model: onnx.checker.check_model") from None  # fmt: skip

    def _check(self) -> None:
        """Raises where the node has inputs or attributes that its operator does not take."""
        schema, node = self._schema, self.node
        self.need(schema.min_input <= len(node.input) <= schema.max_input, f"has {len(node.input)} inputs, and takes "
                  f"{schema.min_input} to {schema.max_input}")  # fmt: skip
        self.need(1 <= len(node.output) <= schema.max_output, f"has {len(node.output)} outputs, and gives "
                  f"{schema.min_output} to {schema.max_output}")  # fmt: skip
        for index in range(len(node.input)):
            formal = schema.inputs[min(index, len(schema.inputs) - 1)]
            is_optional = formal.option == defs.OpSchema.FormalParameterOption.Optional
            self.need(bool(node.input[index]) or is_optional, f"lacks its input {formal.name}")
        for attribute in node.attribute:
            known = schema.attributes.get(attribute.name)
            self.need(known is not None and _code(known.type) == attribute.type and not attribute.ref_attr_name,
                      f"has an attribute {_shown(attribute.name)} that its operator does not take")  # fmt: skip
        for name, known in schema.attributes.items():
            self.need(not known.required or name in self._attributes, f"lacks its attribute {name}")

    # Attributes --------------------------------------------------------------------------------------------------------

    @cached_property
    def _attributes(self) -> dict[str, AttributeProto]:
        return {attribute.name: attribute for attribute in self.node.attribute}

    def has_attribute(self, name: str) -> bool:
        return name in self._attributes

    def integer(self, name: str, default: int) -> int:
        found = self._attributes.get(name)
        return int(found.i) if found is not None else default

    def number(self, name: str, default: float) -> float:
        """A float32 as its shortest decimal; what is a rounding error away from a shorter one is that (1e-05)."""
        found = self._attributes.get(name)
        if found is None:
            return default
        value, shorter = short(found.f), float(f"{found.f:.6g}")
        value = shorter if abs(value - shorter) <= 2e-7 * abs(value) else value
        self.need(np.isfinite(value), f"has {value} as its {name}")
        return value

    def text(self, name: str, default: str) -> str:
        found = self._attributes.get(name)
        return found.s.decode("utf-8", "replace") if found is not None else default

    def integers(self, name: str) -> list[int] | None:
        found = self._attributes.get(name)
        return [int(item) for item in found.ints] if found is not None else None

    def numbers(self, name: str) -> list[float] | None:
        found = self._attributes.get(name)
        return [float(item) for item in found.floats] if found is not None else None

    def texts(self, name: str) -> list[str] | None:
        found = self._attributes.get(name)
        return [item.decode("utf-8", "replace") for item in found.strings] if found is not None else None

    def tensor(self, name: str) -> TensorProto | None:
        found = self._attributes.get(name)
        return found.t if found is not None else None

    def graph(self, name: str) -> GraphProto:
        """A graph within the node."""
        return self._attributes[name].g

    def per_axis(self, name: str, rank: int, default: int) -> list[int]:
        """A list with one number for each axis."""
        found = self.integers(name) or [default] * rank
        self.need(len(found) == rank, f"has {len(found)} {name} for {rank} axes")
        return found

    def axis(self, rank: int, default: int, name: str = "axis") -> int:
        """An axis, counted from 0."""
        axis = self.integer(name, default)
        self.need(-rank <= axis < rank, f"has no axis {axis}: its input has {rank}")
        return axis % rank

    def axes(self, name: str, rank: int, default: Iterable[int]) -> list[int]:
        """Axes, counted from 0, each once."""
        return self.checked_axes(self.integers(name), rank, default)

    def checked_axes(self, found: Sequence[int] | None, rank: int, default: Iterable[int]) -> list[int]:
        axes = list(default) if found is None else list(found)
        self.need(all(-rank <= axis < rank for axis in axes), f"names an axis beyond the {rank} of its input")
        axes = [axis % rank for axis in axes]
        self.need(len(set(axes)) == len(axes), "names an axis twice")
        return axes

    def dtype(self, name: str) -> DType:
        """A data type, as a spec has it."""
        found = _DTYPES.get(self.integer(name, TensorProto.FLOAT))
        if found is None:
            raise self.problem("makes numbers of a type that has no place in a spec")
        return found

    # Inputs ------------------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self.node.input)

    def has(self, index: int) -> bool:
        """Whether the input is given."""
        return index < len(self.node.input) and bool(self.node.input[index])

    def value(self, index: int) -> Value:
        """What an input stands for. Raises ImportProblem where nothing gives it."""
        name = self.node.input[index]
        found = self.network.values.get(name)
        if found is None:
            raise self.problem(f"reads {_shown(name)}, which nothing before it gives",
                               help="the file is damaged, or its nodes are not in order")  # fmt: skip
        return found

    def tensor_of(self, index: int = 0) -> Computed:
        """An input as a tensor of the network; what is known becomes a layer that holds it."""
        return self.network.as_layer(self.value(index), self)

    def shape(self, index: int = 0) -> Shape:
        return self.value(index).shape

    def weights(self, index: int, what: str) -> Known:
        """An input that has to be known; `what` is a noun phrase."""
        found = self.value(index)
        if not isinstance(found, Known):
            raise self.problem(f"computes {what} while it runs, and a layer keeps it")
        return found

    def known(self, index: int) -> Any:
        """The array of an input that has to be known."""
        found = self.value(index)
        if not isinstance(found, Known):
            raise self.problem(f"needs its input {self._input_name(index)} as numbers, but it is computed while it runs",
                               help="simplify the model with fixed sizes first, with onnxsim for example")  # fmt: skip
        return found.array

    def _input_name(self, index: int) -> str:
        formal = self._schema.inputs
        return str(formal[min(index, len(formal) - 1)].name)

    def sizes(self, index: int) -> list[Size]:
        """A known list of sizes, which may be only named."""
        array = self.known(index).reshape(-1)
        self.need(len(array) <= 10_000, "has more than 10,000 numbers in a list of sizes")
        return [item if isinstance(item, Dim) else int(item) for item in array.tolist()]

    def whole_numbers(self, array: Any) -> list[int]:
        """Whole numbers. Raises where one is a size that is only named."""
        items = np.asarray(array).reshape(-1).tolist()
        if any(isinstance(item, Dim) for item in items):
            named = next(item for item in items if isinstance(item, Dim))
            raise self.problem(f"needs a number, but has the size {named}", help=self.sizes_help)
        return [int(item) for item in items]

    def number_of(self, array: Any) -> int | float:
        """A single number. Raises where it is a size that is only named, or several."""
        items = np.asarray(array).reshape(-1).tolist()
        self.need(len(items) == 1, f"needs one number, but has {len(items)}")
        if isinstance(items[0], Dim):
            self.whole_numbers(array)
        found: int | float = items[0]
        return found

    def list_of(self, name: str, index: int) -> list[int] | None:
        """Whole numbers that older versions have as an attribute and newer ones as an input; None where neither is."""
        if self.has(index):
            return self.whole_numbers(self.known(index))
        return self.integers(name)

    def slices(self, rank: int) -> list[tuple[int, int | None, int | None, int]]:
        """Axis, start, stop and step of each part of a Slice; a stop is None where it is beyond every end."""
        starts, stops = self.list_of("starts", 1), self.list_of("ends", 2)
        if starts is None or stops is None or len(starts) != len(stops):
            raise self.problem("has starts and ends of different lengths")
        axes = self.checked_axes(self.list_of("axes", 3), rank, range(len(starts)))
        steps = self.list_of("steps", 4) or [1] * len(starts)
        self.need(len(axes) == len(steps) == len(starts) and 0 not in steps, "has no start, axis and step for each end")
        return [
            (axis, start, None if stop >= _END else stop, step)
            for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True)
        ]

    def split_sizes(self, shape: Shape) -> list[int]:
        """The sizes of a Split's parts: written, or equal ones, the last smaller."""
        axis, count = self.axis(len(shape), 0), len(self.node.output)
        total = shape[axis]
        written = self.list_of("split", 1)
        if written is not None:
            self.need(
                len(written) == count and all(size >= 0 for size in written), "has another number of parts than outputs"
            )
            return written
        if not isinstance(total, int):
            raise self.problem(f"cuts an axis of {total} into {count}", help=self.sizes_help)
        part = -(-total // count)
        sizes = [min(part, max(total - part * i, 0)) for i in range(count)]
        self.need(min(sizes) > 0, f"cuts an axis of {total} into {count}")
        return sizes

    def bias_after(self, shapes: Collection[tuple[int, ...]]) -> tuple[Known, str] | None:
        """Known numbers of one of these shapes that the only reader of this node adds to its output, and the sum's name."""
        name = self.node.output[0]
        readers = self.network.readers.get(name, [])
        add = readers[0] if len(readers) == 1 else None
        if add is None or add.op_type != "Add" or len(add.input) != 2:
            return None
        others = [self.network.values.get(other) for other in add.input if other != name]
        bias = others[0] if len(others) == 1 else None
        if not isinstance(bias, Known) or bias.shape not in shapes or bias.dtype != "float32":
            return None
        return bias, add.output[0]

    # Layers ------------------------------------------------------------------------------------------------------------

    def layer(
        self,
        type: str,
        reads: Sequence[Value] | None = None,
        weights: dict[str, Known] | None = None,
        suffix: str = "",
        more: Mapping[str, Literal] = _NONE,
        **keys: Literal,
    ) -> Computed:
        """A layer with these arguments, and its one output. `reads` defaults to the first input; `suffix` tells the layers
        of one node apart."""
        return self.layers(type, reads, weights, suffix, more, **keys)["output"]

    def layers(
        self,
        type: str,
        reads: Sequence[Value] | None = None,
        weights: dict[str, Known] | None = None,
        suffix: str = "",
        more: Mapping[str, Literal] = _NONE,
        **keys: Literal,
    ) -> dict[str, Computed]:
        """A layer and its outputs by their ports."""
        given = [self.value(0)] if reads is None else list(reads)
        tensors = [self.network.as_layer(value, self) for value in given]
        return self.network.add(self, type, {**keys, **more}, tensors, weights or {}, suffix)


def one(values: Sequence[int]) -> Literal:
    """A list of equal numbers as that number."""
    return values[0] if len(set(values)) == 1 else list(values)


def _code(type: object) -> int:
    """The number of an attribute's type, which onnx keeps in an enumeration of its own."""
    return int(getattr(type, "value"))  # noqa: B009


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
