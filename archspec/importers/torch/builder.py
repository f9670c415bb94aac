"""`Builder`, what the handlers of calls work with: it makes layers, and knows what each tensor of the tape became.

Enters: values of the tape. Leaves: layers of the sketch, with paths that are unique and lie in the scope being computed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import torch

from archspec.importers.sketch import ImportProblem, Layer, Literal, Ref, Sketch, free_path
from archspec.importers.torch.constants import WindowMask, short_value, window_mask
from archspec.importers.torch.measured import OfSize
from archspec.importers.torch.recording import Call, Value
from archspec.importers.torch.tape import Multiple, Size, Tape
from archspec.limits import MAX_TORCH_NUMBERS

DTYPES: dict[torch.dtype, str] = {
    torch.float64: "float64", torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16",
    torch.int64: "int64", torch.int32: "int32", torch.bool: "bool",
}  # fmt: skip


LONG = 500
"""A constant whose text is longer stands at the top, once."""


class Builder(ABC):
    """Makes the layers of a sketch."""

    def __init__(self, sketch: Sketch, tape: Tape) -> None:
        self.sketch = sketch
        self.tape = tape
        self.parameters: dict[str, torch.Tensor] = {}
        self.buffers: dict[str, torch.Tensor] = {}
        self.moving: frozenset[str] = frozenset()  # buffers that start at random, and that training moves
        self.unsaid: list[str] = []  # buffers whose numbers are not in the spec
        self.idle: dict[Layer, Call] = {}  # what gives at this size what it reads
        self.refs: dict[Value, Ref] = {}
        self.state: dict[str, Ref] = {}
        self.constants: dict[object, Ref] = {}
        self.taken: set[str] = set()
        self.groups: set[str] = set()
        self.scope = ""
        self.name: str | None = None  # what the next layer is called, where a module's name says it
        self.call: Call | None = None

    # Layers ----------------------------------------------------------------------------------------------------------

    def layer(
        self, type: str, keys: dict[str, Any] | None = None, *reads: Value | Ref | bool, name: str | None = None
    ) -> Ref:
        """A new layer in the scope being computed."""
        made = [self.ref(read) for read in reads]  # before it: what it reads may have to be made first
        stem = join(self.scope, name or self.name or snake(type))
        plain = {key: self.plain(value) for key, value in (keys or {}).items()}
        return self.add(Layer(self.unique(stem), type, plain, made, stem=stem))

    def idle_layer(self, type: str, keys: dict[str, Any], x: Value | Ref) -> Ref:
        """A layer that gives what it reads, and may do more at other sizes; where it does not, it is left out later."""
        made = self.layer(type, keys, x)
        if self.call is not None and isinstance(made.source, Layer):
            made.source.is_idle, self.idle[made.source] = True, self.call
        return made

    def add(self, layer: Layer) -> Ref:
        self.taken.add(layer.path)
        self.sketch.layers.append(layer)
        return Ref(layer)

    def unique(self, path: str) -> str:
        """The path, or with a number where it is taken."""
        return free_path(path, self.taken)

    @abstractmethod
    def own_path(self, call: Call) -> str | None:
        """The path of the module whose state, and nothing else, the call reads; None where there is none."""

    @abstractmethod
    def stateful(self, path: str, kind: str, given: dict[str, Any], reads: list[Any]) -> Ref:
        """The layer at a path that has state, or another use of it."""

    @abstractmethod
    def near_key(self, key: str) -> str:
        """Of the keys of one buffer the one that lies in the module being computed, else the first."""

    @abstractmethod
    def comes_with_weights(self, key: str) -> bool:
        """Whether a buffer is one of floats that checkpoints have, so that its numbers need not stand in the spec."""

    @abstractmethod
    def momentum(self, given: Any) -> Any:
        """The momentum that the module was built with: in evaluation, batch_norm may be called with another."""

    @abstractmethod
    def is_read(self, result: int) -> bool:
        """Whether anything reads this result of the call."""

    # Tensors ---------------------------------------------------------------------------------------------------------

    def ref(self, value: Value | Ref | bool) -> Ref:
        """What a tensor became; state and constants become layers when they are first read."""
        if isinstance(value, Ref):
            return value
        if isinstance(value, bool):
            return self.layer("Constant", {"value": value}, name="constant")
        if value in self.refs:
            return self.refs[value]
        if value.state is not None:
            key = self.near_key(value.state)
            if key not in self.state:
                self.state[key] = self.add_state(replace(value, state=key))
            return self.state[key]
        if value.constant is not None:
            return self._constant(value)
        raise self.problem("the model reads a tensor that nothing recorded computes")

    def add_state(self, value: Value) -> Ref:
        """A parameter or buffer as a layer of its own."""
        assert value.state is not None
        if value.is_parameter:
            self.need_float32(value.state, value.dtype)
            return self.add(Layer(value.state, "Parameter", {"shape": list(value.shape)}))
        buffer = self.buffers[value.state]
        dtype = self.dtype(value.dtype)
        comes_with_weights = self.comes_with_weights(value.state)
        written = None if value.state in self.moving and comes_with_weights else short_value(buffer)
        if written is None and comes_with_weights:
            written = {"shape": list(value.shape), "fill": None}
            self.unsaid.append(value.state)
        if written is None:
            raise self.problem(f"the buffer {value.state} {_too_much(buffer)}", _help(buffer))
        keys: dict[str, Literal] = {key: written[key] for key in ("shape", "value", "fill") if key in written}
        if value.dtype != torch.float32 or "value" in keys:
            keys["dtype"] = dtype
        return self.add(Layer(value.state, "Buffer", keys))

    def need_float32(self, key: str, dtype: torch.dtype) -> None:
        if dtype != torch.float32:
            raise self.problem(f"the parameter {key} is {DTYPES.get(dtype, dtype)}; specs have float32")

    def _constant(self, value: Value) -> Ref:
        """A constant as a layer: a short one in each scope that reads it, a long one where all can; one that repeats itself
        over the batch is expanded to it."""
        assert value.constant is not None
        shape = self.tape.shape(value)
        if any(isinstance(size, Multiple) for size in shape):
            return self._expanded(value.constant, shape)
        place: object = (self.scope, value)
        if place in self.constants:
            return self.constants[place]
        known = window_mask(value.constant) if value.constant.numel() > LONG else None
        keys = short_value(value.constant) if known is None else None
        scope = self.scope
        if keys is not None:
            kind = str(keys.pop("type"))
            if len(str(keys)) > LONG:  # equal ones are one
                self.scope, place = "", (value.constant.numpy().tobytes(), tuple(value.shape), value.dtype)
            found = self.constants.get(place) or self.layer(kind, keys, name="constant")
        else:
            found = self._regions(value.constant, known)
        self.scope = scope
        self.constants[place] = found
        return found

    def _regions(self, constant: torch.Tensor, known: WindowMask | None) -> Ref:
        """The mask of shifted windows: what lies in different regions is kept apart."""
        if known is None:
            raise self.problem(f"a constant {_too_much(constant)}", _help(constant))
        # A group of its own: a block that shifts no windows leaves it out as a whole.
        outer, number = self.scope, 0
        while (group := join(outer, f"masked_{number}" if number else "masked")) in self.groups:
            number += 1
        self.groups.add(group)
        self.scope = group
        rows = self.layer("Constant", known.rows, name="rows")
        columns = self.layer("Constant", known.columns, name="columns")
        apart = self.layer("Ne", {}, rows, columns, name="apart")
        mask = self.layer("Where", {"input": known.apart, "other": known.together}, apart, name="mask")
        self.scope = outer
        return mask

    def _expanded(self, constant: torch.Tensor, shape: tuple[Size, ...]) -> Ref:
        axis = next(axis for axis, size in enumerate(shape) if isinstance(size, Multiple))
        one = constant.narrow(axis, 0, 1)
        if axis != 0 or shape[0] != Multiple(1) or not torch.equal(one.expand_as(constant), constant):
            raise self.problem("the model computes with numbers that differ between the samples of a batch")
        single = Value(tuple(one.shape), one.dtype, constant=one)
        self.tape.shapes[single] = single.shape
        scope, self.scope = self.scope, ""  # where the input is, whose batch it is
        found = self.layer("Expand", {"shape": list(shape[1:])}, single)
        self.scope = scope
        return found

    def shape(self, value: Value) -> tuple[Size, ...]:
        return self.tape.shape(value)

    def result(self) -> Value:
        """The (first) tensor that the call answers."""
        assert self.call is not None
        return self.call.results[0]

    def dtype(self, dtype: torch.dtype | None) -> str:
        if dtype is None or dtype not in DTYPES:
            raise self.problem(f"the model computes in {str(dtype).removeprefix('torch.')}, which specs do not have")
        return DTYPES[dtype]

    def cast(self, value: Value, dtype: torch.dtype | None) -> Value | Ref:
        """The tensor in another dtype; None is its own."""
        return value if dtype in (None, value.dtype) else self.layer("To", {"dtype": self.dtype(dtype)}, value)

    def plain(self, value: Any) -> Literal:
        """A value as a spec holds it; raises where it follows the batch."""
        if isinstance(value, Multiple):
            raise self.problem("an argument depends on the batch's size")
        if isinstance(value, OfSize):
            return int(value)
        if isinstance(value, (tuple, list)):
            return [self.plain(item) for item in value]
        if isinstance(value, dict):
            return {str(key): self.plain(item) for key, item in value.items()}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise self.problem(f"an argument is a {type(value).__name__}, which no spec can hold")

    def number(self, value: Any) -> int | float | None:
        """A Python number, or the number that a constant of one element holds; None for other tensors, and for truth values,
        which are no numbers: beside truth values they give truth values."""
        if isinstance(value, Value):
            if value.constant is None or value.constant.numel() != 1 or value.constant.dim() > 0:
                return None
            value = value.constant.item()
        if isinstance(value, Multiple):
            raise self.problem("the model computes with the batch's size")
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def problem(self, message: str, help: str = "") -> ImportProblem:
        return ImportProblem(message, self.call.place if self.call else "", help)


def _too_much(tensor: torch.Tensor) -> str:
    """Why no spec can say the numbers."""
    if tensor.is_complex():
        return "has complex numbers, which specs do not have"
    if bool(torch.isnan(tensor).any()):
        return "has numbers that are NaN, which specs do not have"
    return f"has {tensor.numel():,} numbers and no law that a spec could say them by; it can spell out {MAX_TORCH_NUMBERS:,}"


def _help(tensor: torch.Tensor) -> str:
    """A way out for many numbers: the weights bring them."""
    is_long = (
        tensor.numel() > MAX_TORCH_NUMBERS and tensor.dtype.is_floating_point and not bool(torch.isnan(tensor).any())
    )
    return (
        "register it in __init__ as a buffer that is kept with the weights: self.register_buffer(name, tensor)"
        if is_long
        else ""
    )


def join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def snake(type: str) -> str:
    """`adaptive_avg_pool2d` for `AdaptiveAvgPool2d`, `relu` for `ReLU`; every module has a method `to`."""
    if type == "To":
        return "cast"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z][A-Z])(?=[A-Z][a-z])", "_", type).lower()
