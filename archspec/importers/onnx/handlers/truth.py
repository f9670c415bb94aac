"""Comparisons, truth values and what is chosen by them, and casts. https://onnx.ai/onnx/operators/onnx__Where.html"""

from __future__ import annotations

import math

import numpy as np

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.handlers.arithmetic import scalar
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known, Value, short
from archspec.importers.sketch import Literal

_COMPARISONS = {"Equal": "Eq", "Less": "Lt", "LessOrEqual": "Le", "Greater": "Gt", "GreaterOrEqual": "Ge"}
_MIRRORED = {"Equal": "Eq", "Less": "Gt", "LessOrEqual": "Ge", "Greater": "Lt", "GreaterOrEqual": "Le"}


_NUMPY = {"float32": np.float32, "bool": np.bool_}


@handles(*_COMPARISONS)
def compare(step: Step) -> Computed:
    """A comparison of two tensors, or of one and a value."""
    left, right = step.value(0), step.value(1)
    value = scalar(right, left)
    if value is not None:
        return step.layer(_COMPARISONS[step.op], [left], value=value)
    value = scalar(left, right)
    if value is not None:
        return step.layer(_MIRRORED[step.op], [right], value=value)
    return step.layer(_COMPARISONS[step.op], [left, right])


@handles("IsNaN")
def is_nan(step: Step) -> Computed:
    """What is not equal to itself."""
    return step.layer("Ne", [step.value(0), step.value(0)])


@handles("And", "Or", "Xor", "Not")
def logical(step: Step) -> Computed:
    """LogicalAnd, LogicalOr, LogicalXor or LogicalNot."""
    return step.layer(f"Logical{step.op}", [step.value(i) for i in range(step.count)])


@handles("Where")
def where(step: Step) -> Computed:
    """Where, of a condition and two tensors or numbers."""
    condition = step.tensor_of(0)
    reads: list[Value] = [condition]
    numbers: dict[str, Literal] = {}
    for index, name in ((1, "input"), (2, "other")):
        found = step.value(index)
        number = _number(found) if isinstance(found, Known) and len(found.shape) <= condition.rank else None
        if number is None:
            reads.append(found)
        else:
            numbers[name] = number
    return step.layer("Where", reads, more=numbers)


def _number(value: Known) -> float | int | str | None:
    """A single number as a spec has it, which may be infinite."""
    if value.size != 1 or value.dtype == "bool" or value.has_symbols or value.is_parameter:
        return None
    number = value.array.reshape(-1)[0]
    if value.dtype == "int64":
        return int(number)
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return None if math.isnan(number) else short(number)


@handles("Cast", "CastLike")
def cast(step: Step) -> Value:
    """To another kind of number; floats of any width are one kind, and so are whole numbers."""
    step.without_effect("saturate", "round_mode")  # of casts to floats of eight bits, which are refused
    wanted = step.dtype("to") if step.op == "Cast" else step.value(1).dtype
    value = step.value(0)
    if isinstance(value, Known) and value.has_symbols:
        return value
    if isinstance(value, Known):
        return Known.of(value.array.astype(_NUMPY.get(wanted, np.int64)))
    x = step.tensor_of()
    same = wanted == x.dtype or (wanted == "int64" and x.dtype == "int32")
    return x if same else step.layer("To", [x], dtype=wanted)
