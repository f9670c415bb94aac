"""Arithmetic, element by element. https://onnx.ai/onnx/operators/onnx__Add.html"""

from __future__ import annotations

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.patterns import gelu
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known, Value, short

_UNARY = {"Sqrt": "Sqrt", "Exp": "Exp", "Log": "Log", "Neg": "Neg", "Abs": "Abs", "Reciprocal": "Reciprocal",
          "Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Sign": "Sign", "Sin": "Sin", "Cos": "Cos",
          "Tan": "Tan", "Atan": "Atan"}  # fmt: skip


@handles(*_UNARY)
def unary(step: Step) -> Computed:
    """A function that PyTorch has under the same name."""
    return step.layer(_UNARY[step.op])


@handles("BitwiseNot")
def bitwise_not(step: Step) -> Computed:
    """Every bit the other way, of numbers with a sign: whole numbers are of one kind here, which has one."""
    step.need(not step.network.has_unsigned, "inverts the bits of numbers that may have no sign")
    return step.layer("BitwiseNot")


@handles("Add", "Mul")
def commutative(step: Step) -> Value:
    """Two tensors, or one and a value. x · sigmoid(x) is SiLU, x · (1 + erf(x / √2)) / 2 is GELU."""
    left, right = step.value(0), step.value(1)
    if step.op == "Mul" and (
        found := _silu(step, left, right) or _silu(step, right, left) or gelu(step, [left, right])
    ):
        return found
    for tensor, other in ((left, right), (right, left)):
        value = scalar(other, tensor)
        if value is not None:
            return step.layer(step.op, [tensor], value=value)
    return step.layer(step.op, [left, right])


def _silu(step: Step, x: Value, gate: Value) -> Computed | None:
    layer = gate.layer if isinstance(gate, Computed) else None
    if layer is None or layer.type != "Sigmoid" or not isinstance(x, Computed) or layer.reads != [x.ref]:
        return None
    return step.layer("SiLU", [x])


@handles("Sub", "Div")
def ordered(step: Step) -> Computed:
    """Two tensors, or one and a value, on either side. Whole numbers are cut towards zero in ONNX."""
    left, right = step.value(0), step.value(1)
    whole = step.op == "Div" and "float32" not in (left.dtype, right.dtype)
    step.need(not whole, "divides whole numbers, which ONNX cuts towards zero and PyTorch does not")
    value = scalar(right, left)
    if value is not None and (value != 0 or step.op == "Sub"):
        return step.layer(step.op, [left], value=value)
    value = scalar(left, right)
    if value == 1 and step.op == "Div":
        return step.layer("Reciprocal", [right])
    if value is not None:
        return step.layer(step.op, [right], value=value, reverse=True)
    return step.layer(step.op, [left, right])


@handles("Mod")
def modulo(step: Step) -> Computed:
    """Remainder, which has the divisor's sign."""
    step.need(
        step.integer("fmod", 0) == 0, "takes the remainder with the dividend's sign, and PyTorch's has the divisor's"
    )
    left, right = step.value(0), step.value(1)
    value = scalar(right, left)
    return step.layer("Remainder", [left, right]) if not value else step.layer("Remainder", [left], value=value)


@handles("Pow")
def power(step: Step) -> Computed:
    """To a power, in the type of what is raised."""
    y, wanted = _power(step), step.value(0).dtype
    return y if y.dtype == wanted else step.layer("To", [y], suffix="whole", dtype=wanted)


def _power(step: Step) -> Computed:
    """To a power that is one number, or element by element."""
    left, right = step.value(0), step.value(1)
    value = scalar(right, left)
    if value is None:
        base = scalar(left, right)
        return step.layer("Pow", [left, right]) if base is None else step.layer("Pow", [right], base=base)
    whole = int(value) if float(value).is_integer() else value
    return step.layer("Sqrt") if value == 0.5 else step.layer("Pow", [left], exponent=whole)


@handles("Max", "Min")
def extremum(step: Step) -> Computed:
    """Maximum or Minimum of tensors; with a value, a Clamp."""
    values = [step.value(i) for i in range(step.count)]
    if len(values) == 2:
        for tensor, other in (values, values[::-1]):
            value = scalar(other, tensor)
            if value is not None:
                return step.layer("Clamp", [tensor], more={"min" if step.op == "Max" else "max": value})
    return step.layer({"Max": "Maximum", "Min": "Minimum"}[step.op], values) if len(values) > 1 else step.tensor_of()


@handles("Sum", "Mean")
def several(step: Step) -> Computed:
    """Add of any number of tensors; Mean divides by their number."""
    values = [step.value(i) for i in range(step.count)]
    if len(values) == 1:
        return step.tensor_of()
    total = step.layer("Add", values, suffix="sum" if step.op == "Mean" else "")
    return step.layer("Div", [total], value=float(len(values))) if step.op == "Mean" else total


def scalar(value: Value, other: Value) -> float | int | None:
    """The one number that a value is, where it adds no axes to the other, and is no parameter."""
    if isinstance(value, Known) and value.is_parameter:
        return None
    if not isinstance(value, Known) or not isinstance(other, Computed) or value.size != 1 or value.dtype == "bool":
        return None
    if len(value.shape) > other.rank or value.has_symbols:
        return None
    number = value.array.reshape(-1)[0]
    if value.dtype == "int64":
        return int(number) if other.dtype != "float32" else float(number)
    return short(number) if abs(number) <= 3.4028235e38 else None
