"""Receptive fields: which input positions a feature depends on, along each axis of each network input.

Enters: how each op's outputs depend on its inputs (`Op.reach`). Leaves: size, stride and padding per spatial axis.
Feature i covers positions −P + i·S … −P + i·S + R − 1; branches are joined by their union, where their strides agree.
Size is not clipped to the image. What is no such window is `Unknown` with the reason.
Convention and published values: Araujo, Norris, Sim, "Computing Receptive Fields of CNNs", Distill 2019.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Size, TooComplex, minimum
from archspec.facts.masks import hidden_by
from archspec.facts.model import AxisField, Extent, Facts, Scattered, Unknown, Whole
from archspec.graph import Node, Ref
from archspec.ops.base import Everything, Picked, Reach, Same, Tensor, Untraced, Window


class _Seen(NamedTuple):
    """What all elements of a tensor see together: input positions `first` … `last`, none of them left out if `dense`.

    A `last` of None is the axis's own last position.
    """

    first: int
    last: int | None
    dense: bool


_ALL = _Seen(0, None, True)


class _Trace(NamedTuple):
    """How a tensor depends on one axis of a network input: through which of its own axes (None: none), and how far."""

    axis: int | None
    extent: Extent
    size: Size  # of the input's axis
    seen: _Seen | None  # None: not known
    solid: bool = True  # whether a window has no holes
    uneven: int | None = None  # the axis along which parts of different extents were joined; the extent is their union

    def unknown(self, why: str, axis: int | None = None) -> _Trace:
        return self._replace(axis=axis, extent=Unknown(why), seen=None, uneven=None)

    @property
    def why(self) -> str:
        """Why there is no law, where there is none."""
        return self.extent.why if isinstance(self.extent, (Unknown, Scattered)) else "it sees a part of unknown size"


MAX_SOURCES = 16
"""How many network inputs are followed to one layer: each costs as much as one, and a field is known only if all agree."""

_Traces = dict[int, tuple[_Trace, ...]]  # by network input, one trace for each of its axes
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
            found = {source: tuple(trace.unknown(why) for trace in axes) for source, axes in found.items()}
        traces.append(found)
        if found:
            _note(facts, node, _spatial(facts, found) if isinstance(found, dict) else found)


def _note(facts: Facts, node: Node, field: tuple[Extent, ...] | Unknown) -> None:
    """Writes down the extents along the spatial axes, if there are any, or why they are not known."""
    if isinstance(field, Unknown):
        facts.of(node).field_unknown = field.why
    else:
        facts.of(node).field = field or None


def _trace(facts: Facts, node: Node, traces: list[_Traces | Unknown | None]) -> _Traces | Unknown | None:
    """The traces of a layer's first output, or why there are none; None where an error says why."""
    record = facts.of(node)
    if not record.outputs or record.inputs is None or node.op is None:
        return None
    output = next(iter(record.outputs.values()))
    if node.is_input:
        start = AxisField(1, 1, 0)
        return {node.index: tuple(_Trace(axis, start, size, _ALL) for axis, size in enumerate(output.shape))}
    reaches = record.reaches
    if reaches is None:
        is_foreign = node.op.kind == "external"
        return Unknown(f"what {node.path} reads is only known to its own module" if is_foreign else _TOO_LONG)
    parts: dict[int, list[tuple[_Trace, ...]]] = {}
    for ref, tensor, reach in zip(node.inputs, record.inputs, reaches, strict=False):
        before = traces[ref.node] if ref is not None else None
        if ref is None or before is None or isinstance(before, Unknown):
            return before
        for source, known in before.items():
            axes = _at_port(facts, ref, known, tensor)
            parts.setdefault(source, []).append(tuple(_step(trace, reach, tensor, output) for trace in axes))
            if len(parts) > MAX_SOURCES:
                return Unknown(f"it depends on more than {MAX_SOURCES} inputs of the network")
    beside = node.op.joins(record.inputs) if len(record.inputs) > 1 else None
    return {
        source: tuple(
            _union(several, beside, len(record.inputs) if reaches else 0) for several in zip(*axes, strict=True)
        )
        for source, axes in parts.items()
    }


def _at_port(facts: Facts, ref: Ref, axes: tuple[_Trace, ...], tensor: Tensor) -> tuple[_Trace, ...]:
    """The traces of the tensor that is read: what is known of a layer is said of its first output, and its axes."""
    outputs = facts.layers[ref.node].outputs or {}
    if len(outputs) < 2:
        return axes
    first = next(iter(outputs.values())).shape
    return tuple(
        trace if trace.axis is None or (len(first) == tensor.rank and _alike(first, tensor.shape, trace.axis))
        else trace.unknown("another output of the layer has other axes")
        for trace in axes
    )  # fmt: skip


def _alike(first: tuple[Size, ...], other: tuple[Size, ...], axis: int) -> bool:
    return first[axis] == other[axis] or first[:axis] + first[axis + 1 :] == other[:axis] + other[axis + 1 :]


def _step(trace: _Trace, reach: tuple[Reach, ...], tensor: Tensor, output: Tensor) -> _Trace:
    """One op's effect on the dependence along one axis."""
    if trace.uneven is not None:
        trace = _evened(trace, reach[trace.uneven], tensor.shape[trace.uneven], output)
    if trace.axis is None:
        return trace
    step, size = reach[trace.axis], tensor.shape[trace.axis]
    if isinstance(step, Same):
        return trace if step.axis == trace.axis else trace._replace(axis=step.axis)
    if isinstance(step, Everything):
        return _all_of(trace) if size != 1 else trace._replace(axis=None)  # of one position, that is its window
    if isinstance(step, Untraced):
        kept = trace.seen if step.axis is not None else None
        return trace._replace(axis=step.axis, extent=Unknown(step.why), seen=kept)
    if isinstance(step, Picked):
        if size == 1:
            return trace._replace(axis=step.axis)
        known = isinstance(trace.extent, AxisField)
        extent = Scattered(trace.extent.size, step.why) if isinstance(trace.extent, AxisField) else trace.extent
        return trace._replace(axis=step.axis, extent=extent if known or isinstance(extent, Scattered) else Unknown(step.why),
                              seen=trace.seen if step.covers else None)  # fmt: skip
    return _through(trace, step, size, output.shape[step.axis])


def _evened(trace: _Trace, step: Reach, size: Size, output: Tensor) -> _Trace:
    """What becomes of parts of different extents: an op mixes them, keeps them beside each other, or may take one of them."""
    if isinstance(step, Everything):
        return trace._replace(uneven=None)
    if isinstance(step, Same):
        return trace._replace(uneven=step.axis)
    if isinstance(step, Untraced) and step.axis is not None:
        return trace._replace(uneven=step.axis)
    if isinstance(step, Window) and _read(step, size, output.shape[step.axis]) == (0, None):
        return trace._replace(uneven=step.axis)
    return trace.unknown("it may read one of several parts, which see different windows")


def _all_of(trace: _Trace) -> _Trace:
    """Where every output sees what all positions see together."""
    seen = trace.seen
    if seen is None:
        return trace.unknown(trace.why)
    if seen == _ALL:
        return trace._replace(axis=None, extent=Whole())
    last = trace.size - 1 if seen.last is None else seen.last
    if not isinstance(last, int):
        return trace.unknown(trace.why)
    stride = trace.extent.stride if isinstance(trace.extent, AxisField) else 1
    extent = AxisField(last - seen.first + 1, stride, -seen.first)
    return trace._replace(axis=None, extent=extent, solid=seen.dense)


def _through(trace: _Trace, step: Window, size: Size, count: Size) -> _Trace:
    """Windows over what has windows; `size` positions are read and `count` leave."""
    first, last = _read(step, size, count)
    dense = (step.stride <= step.size and step.dilation == 1) or (step.stride == 1 and minimum(count) >= step.dilation)
    reads_all = dense and (first, last) == (0, None)
    if not isinstance(trace.extent, AxisField):
        seen = trace.seen if reads_all else None
        if isinstance(trace.extent, Scattered) and step.size > 1:
            return trace._replace(axis=step.axis, extent=Unknown(trace.extent.why), seen=seen)
        return trace._replace(axis=step.axis, seen=seen)
    window, stride, padding = trace.extent
    assert stride is not None, "a trace that goes on has one"
    extent = AxisField(window + (step.size - 1) * stride, stride * step.stride, padding + step.padding * stride)
    solid = trace.solid and (step.size == 1 or window >= step.dilation * stride)
    seen = trace.seen
    if seen is not None and not reads_all:
        seen = _part(trace, trace.extent, seen, (first, last), dense or (solid and extent.size >= stride * step.stride))
    return trace._replace(axis=step.axis, extent=extent, solid=solid, seen=seen)


def _read(step: Window, size: Size, count: Size) -> tuple[int, int | float | None]:
    """The first and the last position that windows lie over: None is the axis's own last, infinity one that is not known."""
    first = max(0, -step.padding)
    last = (count - 1) * step.stride + step.size - 1 - step.padding
    short = size - 1 - last
    if isinstance(short, int):
        if short <= 0:
            return first, None
        return first, last if isinstance(last, int) else float("inf")
    if minimum(-short) >= 0 or (step.stride == 1 and step.padding >= 0 and isinstance(count, int)):
        return first, None
    return first, float("inf")


def _part(
    trace: _Trace, extent: AxisField, seen: _Seen, read: tuple[int, int | float | None], dense: bool
) -> _Seen | None:
    """What a part of a tensor sees: positions `read` of it; None where that is not known."""
    first, last = read
    if isinstance(last, float) or not isinstance(trace.size, int):
        return None
    assert extent.stride is not None, "a trace that goes on has one"
    end = trace.size - 1 if seen.last is None else seen.last
    low = first * extent.stride - extent.padding if first else seen.first
    high = end if last is None else last * extent.stride - extent.padding + extent.size - 1
    if (low < seen.first or high > end) and not (trace.solid and dense):
        return None  # a window with holes is cut off: its first or last position is not known
    high = min(high, end)
    return _Seen(max(low, seen.first), None if high == trace.size - 1 else high, dense and seen.dense and trace.solid)


def _union(traces: tuple[_Trace, ...], beside: int | None, inputs: int) -> _Trace:
    """What an op's inputs let its outputs see; `beside`: along which axis they stand one after the other, if they do."""
    joined = traces[0]
    if beside is None:
        for trace in traces[1:]:
            joined = _join(joined, trace)
        return joined
    if len(traces) > 1 and any(trace.axis == beside for trace in traces):
        return joined.unknown("parts stand one after the other that see the same input")
    for trace in traces[1:]:
        joined = _join(joined, trace)
    same = len(traces) == inputs and all(trace[:2] == traces[0][:2] for trace in traces)
    return joined if same or joined.axis == beside else joined._replace(uneven=beside)


def _join(left: _Trace, right: _Trace) -> _Trace:
    """The union of two branches' dependence."""
    if left == right and not isinstance(left.extent, Scattered):
        return left
    seen = _both(left, right)
    uneven = left.uneven if right.uneven is None else right.uneven
    if isinstance(left.extent, Whole) or isinstance(right.extent, Whole):
        return left._replace(axis=None, extent=Whole(), seen=seen, uneven=uneven)
    axis = left.axis if left.axis == right.axis else None
    if None not in (left.uneven, right.uneven) and left.uneven != right.uneven:
        return left.unknown("its branches join parts along different axes")
    for trace in (left, right):
        if isinstance(trace.extent, (Unknown, Scattered)):
            return left._replace(axis=axis, extent=Unknown(trace.extent.why), seen=seen if axis is not None else None)
    assert isinstance(left.extent, AxisField)
    assert isinstance(right.extent, AxisField)
    if left.axis != right.axis:
        return left.unknown("its branches see the input along different axes")
    if left.extent.stride != right.extent.stride and axis is not None:
        return left._replace(extent=Unknown("its branches have different strides"), seen=seen, uneven=uneven)
    first = max(left.extent.padding, right.extent.padding)
    last = max(left.extent.size - left.extent.padding, right.extent.size - right.extent.padding)
    extent = AxisField(first + last, left.extent.stride, first)
    holds = any(trace.solid and trace.extent == extent for trace in (left, right))
    apart = left.extent.padding - left.extent.size > right.extent.padding or (
        right.extent.padding - right.extent.size > left.extent.padding
    )
    solid = holds or (left.solid and right.solid and not apart)
    return left._replace(extent=extent, seen=seen, solid=solid, uneven=uneven)


def _both(left: _Trace, right: _Trace) -> _Seen | None:
    """What two branches see together."""
    if left.seen == right.seen:
        return left.seen
    for trace in (left, right):
        if trace.seen == _ALL:
            return trace.seen
    if left.seen is None or right.seen is None:
        return None
    if not isinstance(left.size, int):
        return None
    first, last, dense = left.seen._replace(last=left.size - 1 if left.seen.last is None else left.seen.last)
    other, end, is_dense = right.seen._replace(last=left.size - 1 if right.seen.last is None else right.seen.last)
    assert last is not None
    assert end is not None
    meet = first <= end + 1 and other <= last + 1
    most = max(last, end)
    return _Seen(min(first, other), None if most == left.size - 1 else most, dense and is_dense and meet)


def _spatial(facts: Facts, traces: _Traces) -> tuple[Extent, ...] | Unknown:
    """The extents along the spatial axes of the inputs; not known where several inputs do not agree."""
    found: set[tuple[Extent, ...]] = set()
    for source, axes in traces.items():
        tensor = facts.layers[source].output
        if tensor is not None:
            found.add(tuple(map(_extent, axes[_first_spatial(tensor) :])))
    return found.pop() if len(found) == 1 else Unknown("it sees another part of each of the network's inputs")


def _extent(trace: _Trace) -> Extent:
    """What is said of a trace: there are no steps where no axis is left to take them along."""
    if trace.axis is None and isinstance(trace.extent, AxisField):
        return trace.extent._replace(stride=None)
    return trace.extent


def _first_spatial(tensor: Tensor) -> int:
    """Spatial axes follow batch and channels; a list of tokens has one right after the batch."""
    return 1 if tensor.rank == 2 and not tensor.is_float else 2
