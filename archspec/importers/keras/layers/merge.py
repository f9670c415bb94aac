"""Layers that read several tensors, and arithmetic as Keras 3 notes it. https://keras.io/api/layers/merging_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.step import Step, Value
from archspec.words import counted

_SAME = {"Add": "Add", "Multiply": "Mul", "Maximum": "Maximum", "Minimum": "Minimum"}


def together(step: Step, values: list[Value]) -> list[Value]:
    """The tensors with their axes in one order: channels behind the batch where one of them has them so."""
    step.need(bool(values), "reads no tensor")
    is_moved = any(value.is_moved for value in values)
    ranks = {value.rank for value in values}
    step.need(len(ranks) == 1 or not is_moved, "combines tensors of different numbers of axes")
    return [step.moved(value) if is_moved else value for value in values]


@handles(*_SAME)
def merge(step: Step) -> Value:
    """Add, Mul, Maximum or Minimum of two or more."""
    return step.layer_of(_SAME[step.kind], together(step, step.reads))


@handles("Subtract")
def subtract(step: Step) -> Value:
    """Sub."""
    step.need(len(step.reads) == 2, f"reads {counted(len(step.reads), 'tensor')}, where two are expected")
    return step.layer_of("Sub", together(step, step.reads))


@handles("Average")
def average(step: Step) -> Value:
    """The sum, divided by the number of tensors."""
    values = together(step, step.reads)
    return step.layer_of("Div", [step.layer_of("Add", values, part="sum")], value=float(len(values)))


@handles("Concatenate")
def concatenate(step: Step) -> Value:
    """Cat along an axis of Keras's order."""
    values = together(step, step.reads)
    return step.layer_of("Cat", values, dim=step.own_axis(values[0], step.axis("axis", values[0].rank)))


@handles("ops.Add", "ops.Subtract", "ops.Multiply", "ops.Divide", "ops.TrueDivide", "ops.Maximum", "ops.Minimum")
def operator(step: Step) -> Value:
    """x + y, x * 2, 1 - x."""
    kind = {"Subtract": "Sub", "Multiply": "Mul", "Divide": "Div", "TrueDivide": "Div"}.get(step.kind, step.kind)
    step.need(len(step.arguments) == 2, f"has {len(step.arguments)} operands")
    left, right = step.arguments
    if isinstance(left, Value) and isinstance(right, Value):
        return step.layer_of(kind, together(step, [left, right]))
    tensor, number = (left, right) if isinstance(left, Value) else (right, left)
    if not isinstance(tensor, Value) or type(number) not in (int, float) or kind in ("Maximum", "Minimum"):
        raise step.problem("combines something that is neither a tensor nor a number")
    value = float(str(number))
    if tensor is left or kind in ("Add", "Mul"):
        return step.layer_of(kind, [tensor], value=value)
    return step.layer_of(kind, [tensor], value=value, reverse=True)
