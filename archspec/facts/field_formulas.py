"""How the field of a layer follows from that of what it reads: field_in + (kernel_size − 1)·stride_in.

Enters: facts and a node; leaves: formulas, each of which was held against the facts. Where that is not how a field came about, as
where branches meet, there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.facts.model import AxisField, Facts
from archspec.graph import Node, Ref
from archspec.ops.base import Reach, Same, Window
from archspec.ops.formula import Formula
from archspec.ops.window import AXIS_NAMES

START = AxisField(1, 1, 0)
_KEYS = ("size", "stride", "padding")
"""What a claim says of a field, in the order of the formulas."""


def how_a_field_comes(facts: Facts, node: Node, key: str, claimed: Sequence[int]) -> tuple[str, ...]:
    """`field = field_in + (kernel_size − 1)·stride_in = 6 + (2 − 1)·1 = 7`, along the first axis where something else is claimed;
    nothing where it has no formula."""
    axes = facts.of(node).field or ()
    pairs = enumerate(zip(claimed, axes, strict=False))
    index = next((i for i, (wanted, axis) in pairs if wanted != getattr(axis, key, None)), 0)
    extent = axes[index]
    found = field_formulas(facts, node, index, extent) if isinstance(extent, AxisField) else ""
    if isinstance(found, str):
        return (f"the receptive field is {found.replace('as its', 'that of its')}",) if found else ()
    name, text, _ = formula = found[_KEYS.index(key)]
    names = AXIS_NAMES.get(len(axes), tuple(f"axis {i + 1}" for i in range(len(axes))))
    along = "" if len({getattr(axis, key, None) for axis in axes}) == 1 else f", {names[index]}"
    return (f"{name}{along} = {text} = {formula.filled} = {getattr(extent, key)}",)


def field_formulas(facts: Facts, node: Node, index: int, extent: AxisField) -> tuple[Formula, Formula, Formula] | str:
    """The formulas of field, stride and padding; or what is to be said instead."""
    record = facts.of(node)
    read = [_field_of(facts, ref, index) for ref in node.inputs]
    if node.is_input or not read or record.reaches is None:
        return ""
    if len(read) > 1:
        seen = [before for ref, before in zip(node.inputs, read, strict=True) if _has_positions(facts, ref)]
        return "as its inputs" if all(before == extent for before in seen) else "what its inputs see together"
    before = read[0]
    if before is None:
        return ""
    tensor_axis = len(record.reaches[0]) - len(record.field or ()) + index
    reach = record.reaches[0][tensor_axis] if 0 <= tensor_axis < len(record.reaches[0]) else None
    if isinstance(reach, Same) and before == extent:
        return "as its input"
    return _through(before, reach, extent)


def _through(before: AxisField, reach: Reach | None, extent: AxisField) -> tuple[Formula, Formula, Formula] | str:
    if not isinstance(reach, Window) or before.stride is None:
        return ""
    kernel = (reach.size - 1) // reach.dilation + 1
    taps = "(kernel_size − 1)" if reach.dilation == 1 else "(kernel_size − 1)·dilation"
    letters = {"field_in": before.size, "stride_in": before.stride, "padding_in": before.padding, "kernel_size": kernel,
               "stride": reach.stride, "padding": reach.padding, "dilation": reach.dilation}  # fmt: skip
    size, stride = before.size + (reach.size - 1) * before.stride, before.stride * reach.stride
    if extent[:3] != (size, stride, before.padding + reach.padding * before.stride):
        return ""
    return (
        Formula("field", f"field_in + {taps}·stride_in", letters),
        Formula("stride", "stride_in·stride", letters),
        Formula("padding", "padding_in + padding·stride_in", letters),
    )


def _has_positions(facts: Facts, ref: Ref | None) -> bool:
    """Whether what is read depends on positions of the network's inputs at all; what rests on a time step does not."""
    record = facts.layers[ref.node] if ref is not None else None
    return record is None or record.field is not None or record.field_unknown is not None


def _field_of(facts: Facts, ref: Ref | None, index: int) -> AxisField | None:
    """The field of what is read along an axis; None where it is no window."""
    if ref is None:
        return None
    node = facts.graph.nodes[ref.node]
    if node.is_input:
        return START
    axes = facts.of(node).field
    extent = axes[index] if axes is not None and index < len(axes) else None
    return extent if isinstance(extent, AxisField) else None
