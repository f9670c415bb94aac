"""`Reading`, what is read of one node, and that all of it is: attributes and inputs in plain types, each checked.

Enters: a node whose inputs have values. Leaves: its attributes and inputs, on demand. What was asked for is noted, so that
`need_all_read` can refuse a node with something that nobody looked at: an attribute left out is a wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, defs, helper

from archspec.dims import Dim, Shape, Size, TooComplex
from archspec.importers.making import SIZES_HELP
from archspec.importers.onnx.values import Known, Value, short
from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_ONNX_LIST, MAX_ONNX_NUMBERS
from archspec.ops.base import DType
from archspec.words import counted

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


class Reading:
    """One node, its attributes and its inputs."""

    def __init__(self, node: NodeProto, opset: int, network: Network) -> None:
        self.node = node
        self.op = node.op_type
        self.opset = opset
        self.network = network
        self._read_attributes: set[str] = set()
        self._read_inputs: set[int] = set()
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
        except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError, MemoryError, TooComplex):
            raise self.problem("cannot be computed: its inputs do not fit each other",
                               help="check the model: onnx.checker.check_model") from None  # fmt: skip

    def _check(self) -> None:
        """Raises where the node has inputs or attributes that its operator does not take."""
        schema, node = self._schema, self.node
        self.need(schema.min_input <= len(node.input) <= schema.max_input, f"has {counted(len(node.input), 'input')}, and takes "
                  f"{schema.min_input} to {schema.max_input}")  # fmt: skip
        self.need(1 <= len(node.output) <= schema.max_output, f"has {counted(len(node.output), 'output')}, and gives "
                  f"{schema.min_output} to {schema.max_output}")  # fmt: skip
        for index in range(len(node.input)):
            formal = schema.inputs[min(index, len(schema.inputs) - 1)]
            is_optional = formal.option == defs.OpSchema.FormalParameterOption.Optional
            self.need(bool(node.input[index]) or is_optional, f"lacks its input {formal.name}")
        self.need(len(self._attributes) == len(node.attribute), "has an attribute twice")
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
        return self._attribute(name) is not None

    def _attribute(self, name: str) -> AttributeProto | None:
        """The attribute, which counts as read from now on."""
        self._read_attributes.add(name)
        return self._attributes.get(name)

    def without_effect(self, *names: str) -> None:
        """Attributes and inputs that change nothing here; the handler says why."""
        self._read_attributes.update(names)
        self._read_inputs.update(index for index in range(self.count) if self._input_name(index) in names)

    def integer(self, name: str, default: int) -> int:
        found = self._attribute(name)
        return int(found.i) if found is not None else default

    def number(self, name: str, default: float) -> float:
        """A float32 as its shortest decimal; what is a rounding error away from a shorter one is that (1e-05)."""
        found = self._attribute(name)
        if found is None:
            return default
        self.need(math.isfinite(found.f), f"has {found.f} as its {name}")
        value, shorter = short(found.f), float(f"{found.f:.6g}")
        return shorter if abs(value - shorter) <= 2e-7 * abs(value) else value

    def text(self, name: str, default: str) -> str:
        found = self._attribute(name)
        return found.s.decode("utf-8", "replace") if found is not None else default

    def integers(self, name: str) -> list[int] | None:
        found = self._attribute(name)
        return [int(item) for item in found.ints[: self._fits(name, len(found.ints))]] if found is not None else None

    def numbers(self, name: str) -> list[float] | None:
        found = self._attribute(name)
        if found is None:
            return None
        numbers = [float(item) for item in found.floats[: self._fits(name, len(found.floats))]]
        self.need(all(map(math.isfinite, numbers)), f"has numbers in its {name} that are not finite")
        return numbers

    def texts(self, name: str) -> list[str] | None:
        found = self._attribute(name)
        return [item.decode("utf-8", "replace") for item in found.strings] if found is not None else None

    def tensor(self, name: str) -> TensorProto | None:
        found = self._attribute(name)
        return found.t if found is not None else None

    def graph(self, name: str) -> GraphProto:
        """A graph within the node."""
        found = self._attribute(name)
        assert found is not None, "the schema asks for it"
        return found.g

    def _fits(self, name: str, count: int) -> int:
        self.need(count <= MAX_ONNX_LIST, f"has more than {MAX_ONNX_LIST:,} numbers in its {name}")
        return count

    def per_axis(self, name: str, rank: int, default: int) -> list[int]:
        """A list with one number for each axis."""
        found = self.integers(name) or [default] * rank
        self.need(len(found) == rank, f"has {len(found)} {name} for {counted(rank, 'axis')}")
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
        """Whether the input is given; it counts as read from now on."""
        self._read_inputs.add(index)
        return index < len(self.node.input) and bool(self.node.input[index])

    def value(self, index: int) -> Value:
        """What an input stands for. Raises ImportProblem where it is left out, or nothing gives it."""
        self.need(self.has(index), f"lacks its input {self._input_name(index)}")
        return self._given(index)

    def inputs(self) -> list[Value | None]:
        """What all inputs stand for, None for one that is left out; they do not count as read."""
        return [self._given(index) if name else None for index, name in enumerate(self.node.input)]

    def _given(self, index: int) -> Value:
        name = self.node.input[index]
        found = self.network.values.get(name)
        if found is None:
            raise self.problem(f"reads {_shown(name)}, which nothing before it gives",
                               help="the file is damaged, or its nodes are not in order")  # fmt: skip
        return found

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
        self.need(found.size <= MAX_ONNX_NUMBERS, f"has {found.size:,} numbers as its input {self._input_name(index)}")
        return found.array

    def _input_name(self, index: int) -> str:
        formal = self._schema.inputs
        return str(formal[min(index, len(formal) - 1)].name)

    def sizes(self, index: int) -> list[Size]:
        """A known list of sizes, which may be only named."""
        array = self.known(index).reshape(-1)
        self.need(len(array) <= MAX_ONNX_LIST, f"has more than {MAX_ONNX_LIST:,} numbers in a list of sizes")
        return [item if isinstance(item, Dim) else self._whole(item) for item in array.tolist()]

    def whole_numbers(self, array: Any) -> list[int]:
        """Whole numbers. Raises where one is a size that is only named, or none at all."""
        items = np.asarray(array).reshape(-1).tolist()
        named = next((item for item in items if isinstance(item, Dim)), None)
        if named is not None:
            raise self.problem(f"needs a number, but has the size {named}", help=self.sizes_help)
        return [self._whole(item) for item in items]

    def _whole(self, item: Any) -> int:
        self.need(isinstance(item, int) or (math.isfinite(item) and item == int(item)),
                  f"has {item} where a whole number is expected")  # fmt: skip
        return int(item)

    def number_of(self, array: Any) -> int | float:
        """A single number. Raises where it is a size that is only named, or several, or no number."""
        items = np.asarray(array).reshape(-1).tolist()
        self.need(len(items) == 1, f"needs one number, but has {len(items)}")
        if isinstance(items[0], Dim):
            self.whole_numbers(array)
        self.need(not math.isnan(items[0]), f"has {items[0]} where a number is expected")
        found: int | float = items[0]
        return found

    def whole_number(self, index: int) -> int:
        """A known input that is a single whole number."""
        found = self.whole_numbers(self.known(index))
        self.need(len(found) == 1, f"needs one number as its {self._input_name(index)}, but has {len(found)}")
        return found[0]

    def floats(self, index: int) -> list[float]:
        """A known list of finite numbers."""
        items = np.asarray(self.known(index)).reshape(-1).tolist()
        self.need(
            len(items) <= MAX_ONNX_LIST, f"has more than {MAX_ONNX_LIST:,} numbers as its {self._input_name(index)}"
        )
        good = all(isinstance(item, (int, float)) and math.isfinite(item) for item in items)
        self.need(good, f"has no finite numbers as its {self._input_name(index)}")
        return [short(item) for item in items]

    def list_of(self, name: str, index: int) -> list[int] | None:
        """Whole numbers that older versions have as an attribute and newer ones as an input; None where neither is."""
        if self.has(index):
            return self.whole_numbers(self.known(index))
        return self.integers(name)

    # All of it ---------------------------------------------------------------------------------------------------------

    def need_attributes_read(self) -> None:
        """Raises where the node has an attribute, other than its default, that nobody asked for."""
        for name, attribute in self._attributes.items():
            default = self._schema.attributes[name].default_value
            value = helper.get_attribute_value(attribute)
            is_default = default.type != AttributeProto.UNDEFINED and helper.get_attribute_value(default) == value
            is_empty = isinstance(value, (list, bytes)) and not value
            self.need(name in self._read_attributes or is_default or is_empty,
                      f"has {_text(value)} as its {name}, which no layer of a spec has")  # fmt: skip

    def need_inputs_read(self) -> None:
        """Raises where an input is given that nobody asked for."""
        for index, name in enumerate(self.node.input):
            self.need(not name or index in self._read_inputs,
                      f"has an input {self._input_name(index)}, which no layer of a spec reads")  # fmt: skip

    def need_outputs(self, given: Sequence[Value | None]) -> None:
        """Raises where another node reads an output that is not among the `given` ones."""
        values, skipped = self.network.values, self.network.skipped
        for index, name in enumerate(self.node.output):
            is_given = (index < len(given) and given[index] is not None) or name in values or name in skipped
            if name and not is_given and self.network.readers.get(name):
                formal = self._schema.outputs
                raise self.problem(f"gives its {formal[min(index, len(formal) - 1)].name}, which other nodes read and no "
                                   "layer of a spec gives")  # fmt: skip


def _code(type: object) -> int:
    """The number of an attribute's type, which onnx keeps in an enumeration of its own."""
    return int(getattr(type, "value"))  # noqa: B009


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _text(value: object) -> str:
    """An attribute's value in a message."""
    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return _shown(shown if isinstance(value, (int, float, list, bytes)) else type(value).__name__)
