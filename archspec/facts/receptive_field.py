"""Receptive fields: which input positions a feature depends on, along each axis of each network input.

Enters: how each op's outputs depend on its inputs (`Op.reach`). Leaves: size, stride and padding per spatial axis.
Feature i covers positions −P + i·S … −P + i·S + R − 1; branches are joined by their union, where their strides agree.
Size is not clipped to the image. What is no such window is `Unknown` with the reason.
Convention and published values: Araujo, Norris, Sim, "Computing Receptive Fields of CNNs", Distill 2019.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import TooComplex
from archspec.facts.model import AxisField, Extent, Facts, LayerFacts, Unknown, Whole
from archspec.graph import Node
from archspec.ops.base import Everything, Reach, Reaches, Same, Tensor, Untraced, Window


class _Trace(NamedTuple):
    """How a tensor depends on one axis of a network input: through which of its own axes (None: none), and how far."""

    axis: int | None
    extent: Extent


MAX_SOURCES = 16
"""How many network inputs are followed to one layer: each costs as much as one, and a field is known only if all agree."""

_Traces = dict[int, tuple[_Trace, ...]]  # by network input, one trace for each of its axes


def trace_fields(facts: Facts) -> None:
    """Fills in `field` of every layer that depends on one network input with spatial axes, or on several alike."""
    traces: list[_Traces | None] = []
    for node in facts.graph.nodes:
        found = _trace(facts, node, traces)
        traces.append(found)
        if found:
            facts.of(node).field = _spatial(facts, found)


def _trace(facts: Facts, node: Node, traces: list[_Traces | None]) -> _Traces | None:
    record = facts.of(node)
    if record.outputs is None or record.inputs is None or node.op is None:
        return None
    if node.is_input:
        rank = next(iter(record.outputs.values())).rank
        start = AxisField(1, 1, 0)
        return {node.index: tuple(_Trace(axis, start) for axis in range(rank))}
    reaches = reaches_of(node, record)
    if reaches is None:
        return None
    joined: _Traces = {}
    for ref, tensor, reach in zip(node.inputs, record.inputs, reaches, strict=False):
        before = traces[ref.node] if ref is not None else None
        if before is None:
            return None
        for source, axes in before.items():
            after = tuple(_step(trace, reach, tensor) for trace in axes)
            joined[source] = tuple(map(_join, joined[source], after)) if source in joined else after
        if len(joined) > MAX_SOURCES:
            return None
    return joined


def reaches_of(node: Node, record: LayerFacts) -> Reaches | None:
    """How a layer's outputs depend on its inputs; None where that is not known, or symbolic sizes are too long to say it."""
    if node.op is None or record.inputs is None:
        return None
    try:
        return node.op.reach(record.inputs)
    except TooComplex:
        return None


def _step(trace: _Trace, reach: tuple[Reach, ...], tensor: Tensor) -> _Trace:
    """One op's effect on the dependence along one axis."""
    if trace.axis is None:
        return trace
    step = reach[trace.axis]
    if isinstance(step, Everything):  # of one position, that is its window
        return _Trace(None, trace.extent if tensor.shape[trace.axis] == 1 else Whole())
    if isinstance(step, Untraced):
        return _Trace(step.axis, Unknown(step.why))
    if isinstance(step, Same) or not isinstance(trace.extent, AxisField):
        return _Trace(step.axis, trace.extent)
    assert isinstance(step, Window)
    size, stride, padding = trace.extent
    return _Trace(
        step.axis, AxisField(size + (step.size - 1) * stride, stride * step.stride, padding + step.padding * stride)
    )


def _join(left: _Trace, right: _Trace) -> _Trace:
    """The union of two branches' dependence."""
    if left == right:
        return left
    for trace in (left, right):
        if isinstance(trace.extent, Unknown):
            return _Trace(left.axis if left.axis == right.axis else None, trace.extent)
    if isinstance(left.extent, Whole) or isinstance(right.extent, Whole):
        return _Trace(None, Whole())
    assert isinstance(left.extent, AxisField)
    assert isinstance(right.extent, AxisField)
    if left.axis != right.axis or left.extent.stride != right.extent.stride:
        return _Trace(None, Unknown("its branches have different strides"))
    first = max(left.extent.padding, right.extent.padding)
    last = max(
        trace.extent.size - trace.extent.padding for trace in (left, right) if isinstance(trace.extent, AxisField)
    )
    return _Trace(left.axis, AxisField(first + last, left.extent.stride, first))


def _spatial(facts: Facts, traces: _Traces) -> tuple[Extent, ...] | None:
    """The extents along the spatial axes; None where the inputs have none, or several inputs do not agree."""
    found: set[tuple[Extent, ...]] = set()
    for source, axes in traces.items():
        tensor = facts.layers[source].output
        if tensor is not None:
            found.add(tuple(trace.extent for trace in axes[_first_spatial(tensor) :]))
    return found.pop() or None if len(found) == 1 else None


def _first_spatial(tensor: Tensor) -> int:
    """Spatial axes follow batch and channels; a list of tokens has one right after the batch."""
    return 1 if tensor.rank == 2 and not tensor.is_float else 2
