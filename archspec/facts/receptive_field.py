"""Receptive fields: which input positions a feature depends on, along each axis of each network input.

Enters: how each op's outputs depend on its inputs (`Op.reach`). Leaves: size, stride and padding per spatial axis.
Feature i covers positions −P + i·S … −P + i·S + R − 1; branches are joined by their union, where their strides agree.
Size is not clipped to the image. What is no such window is `Unknown` with the reason, and with bounds where there are some.
Convention and published values: Araujo, Norris, Sim, "Computing Receptive Fields of CNNs", Distill 2019.
"""

from __future__ import annotations

from archspec.dims import Size, TooComplex
from archspec.facts.bounds import Bounds
from archspec.facts.branches import joining, together
from archspec.facts.law import START, Law
from archspec.facts.masks import hidden_by
from archspec.facts.model import AxisField, Extent, Facts, Scattered, Unknown, Whole
from archspec.facts.trace import ALL, NoLaw, Trace, step_through
from archspec.graph import Node, Ref
from archspec.ops.base import Tensor

MAX_SOURCES = 16
"""How many network inputs are followed to one layer: each costs as much as one, and a field is known only if all agree."""

_Traces = dict[int, tuple[Trace, ...]]  # by network input, one trace for each of its axes
_TOO_LONG = "it is too long an expression of the symbolic sizes"


def trace_fields(facts: Facts) -> None:
    """Fills in `field` of every layer that depends on one network input with spatial axes, or on several alike."""
    traces: list[_Traces | Unknown | None] = []
    hides = hidden_by(facts)
    for node in facts.graph.nodes:
        try:
            found = _trace(facts, node, traces)
        except TooComplex:
            found = Unknown(_TOO_LONG)
        if isinstance(found, dict) and node.index in hides:
            why = hides[node.index]
            found = {source: tuple(_hidden(trace, why) for trace in axes) for source, axes in found.items()}
        traces.append(found)
        if found:
            _note(facts, node, found)


def _hidden(trace: Trace, why: str) -> Trace:
    """Where a mask leaves less of it: at most what there would be without."""
    return trace.unknown(why, bounds=trace.bounds and trace.bounds._replace(at_least=0, between=None))


def _note(facts: Facts, node: Node, found: _Traces | Unknown) -> None:
    """Writes down the extents along the spatial axes of the inputs, if there are any, or why they are not known.

    They are not where several inputs do not agree; an input without such axes, as a time step, has no part to be seen.
    """
    record = facts.of(node)
    if isinstance(found, Unknown):
        record.field_unknown = found.why
        return
    fields: set[tuple[Extent, ...]] = set()
    axes: set[tuple[int | None, ...]] = set()
    for source, traces in found.items():
        tensor = facts.layers[source].output
        own = traces[first_spatial(tensor) :] if tensor is not None else ()
        if own:
            axes.add(tuple(trace.axis for trace in own))
            fields.add(tuple(_extent(trace, {trace.axis for trace in own}) for trace in own))
    if len(fields) > 1:
        record.field_unknown = "it sees another part of each of the network's inputs"
    if len(fields) != 1:
        return
    record.field = fields.pop()
    record.field_axes = axes.pop() if len(axes) == 1 else None


def _trace(facts: Facts, node: Node, traces: list[_Traces | Unknown | None]) -> _Traces | Unknown | None:
    """The traces of a layer's first output, or why there are none; None where an error says why."""
    record = facts.of(node)
    if not record.outputs or record.inputs is None or node.op is None:
        return None
    output = next(iter(record.outputs.values()))
    if node.is_input:
        return {node.index: tuple(Trace(axis, START, size, ALL) for axis, size in enumerate(output.shape))}
    reaches = record.reaches
    if reaches is None:
        is_foreign = node.op.kind == "external"
        return Unknown(f"what {node.path} reads is only known to its own module" if is_foreign else _TOO_LONG)
    parts: dict[int, list[tuple[Trace, ...]]] = {}
    for ref, tensor, reach in zip(node.inputs, record.inputs, reaches, strict=False):
        before = traces[ref.node] if ref is not None else None
        if ref is None or before is None or isinstance(before, Unknown):
            return before
        for source, known in before.items():
            axes = _at_port(facts, ref, known, tensor)
            parts.setdefault(source, []).append(tuple(step_through(trace, reach, tensor, output) for trace in axes))
            if len(parts) > MAX_SOURCES:
                return Unknown(f"it depends on more than {MAX_SOURCES} inputs of the network")
    how = joining(node.op, record.inputs, output)
    return {source: together(list(zip(*axes, strict=True)), how) for source, axes in parts.items()}


def _at_port(facts: Facts, ref: Ref, axes: tuple[Trace, ...], tensor: Tensor) -> tuple[Trace, ...]:
    """The traces of the tensor that is read: what is known of a layer is said of its first output, and its axes."""
    outputs = facts.layers[ref.node].outputs or {}
    if len(outputs) < 2:
        return axes
    port, first = next(iter(outputs)), next(iter(outputs.values())).shape
    op = facts.graph.nodes[ref.node].op
    if op is not None and op.kind == "recurrent" and ref.port not in (None, port):
        whys = "a state has seen other steps than the output"
        return tuple(trace if isinstance(trace.extent, Whole) else trace.unknown(whys) for trace in axes)
    return tuple(
        trace if trace.axis is None or (len(first) == tensor.rank and _alike(first, tensor.shape, trace.axis))
        else trace.unknown("another output of the layer has other axes")
        for trace in axes
    )  # fmt: skip


def _alike(first: tuple[Size, ...], other: tuple[Size, ...], axis: int) -> bool:
    return first[axis] == other[axis] or first[:axis] + first[axis + 1 :] == other[:axis] + other[axis + 1 :]


def _extent(trace: Trace, followed: set[int | None]) -> Extent:
    """What is said of a trace; `followed` are the axes along which units stand, where parts beside each other are units apart."""
    extent = trace.extent
    if isinstance(extent, (Whole, Scattered)) and (trace.uneven is None or trace.uneven[0] not in followed):
        return extent
    if trace.uneven is not None and trace.uneven[0] in followed:
        bounds = trace.bounds or Bounds(0)
        return _bounded("parts of different fields stand beside each other", bounds._replace(at_least=trace.uneven[1]))
    if isinstance(extent, NoLaw):
        return _bounded(extent.why, extent.bounds)
    assert isinstance(extent, Law)
    if len(extent.sets) == 1 and extent.sets[0]:
        first = extent.sets[0][0][0]
        return AxisField(extent.at_least, None if trace.axis is None else extent.stride, -first, extent.has_gaps)
    if extent.at_least == extent.at_most > 0:
        return Scattered(extent.at_least, extent.why, extent)
    return Unknown(extent.why or "it sees padding alone", extent.at_least, extent.at_most, extent)


def _bounded(why: str, bounds: Bounds | None) -> Unknown:
    if bounds is None:
        return Unknown(why)
    return Unknown(why, bounds.at_least or None, bounds.at_most)


def first_spatial(tensor: Tensor) -> int:
    """The first axis along which an input has positions: behind batch and channels; of a list of tokens, behind the batch."""
    return 1 if tensor.rank == 2 and not tensor.is_float else 2
