"""What the branches that an op puts together see: the union, where their strides agree, else bounds.

Enters: traces of what it reads, and how it puts them together. Leaves: one trace for each axis of a network input.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Size
from archspec.facts.bounds import Bounds, bounds_beside, bounds_joined
from archspec.facts.law import Law, joined
from archspec.facts.model import Scattered, Whole
from archspec.facts.trace import ALL, NoLaw, Seen, Trace
from archspec.ops.base import Inputs, Op, Tensor


class Joining(NamedTuple):
    """How an op puts what it reads together."""

    inputs: int
    sizes: tuple[Size, ...]  # of the output
    beside: int | None = None  # the axis along which inputs stand one after the other
    parts: tuple[Size, ...] = ()  # their sizes along it
    laid_out: int | None = None  # the axis along which the positions of windows stand


def joining(op: Op, inputs: Inputs, output: Tensor) -> Joining:
    beside = op.joins(inputs) if len(inputs) > 1 else None
    parts = () if beside is None else tuple(x.shape[beside] if x.rank == output.rank else 1 for x in inputs)
    return Joining(len(inputs), output.shape, beside, parts, op.lays_out(inputs))


def _union(traces: tuple[Trace, ...], node: Joining) -> Trace:
    """What an op's inputs let its outputs see."""
    joined = traces[0]
    if node.beside is not None and len(traces) > 1 and any(trace.axis == node.beside for trace in traces):
        return _one_after_the_other(traces, node)
    for trace in traces[1:]:
        joined = _join(joined, trace, node.sizes)
    if node.laid_out is not None:
        return _beside(joined, node.laid_out, 0)
    same = len(traces) == node.inputs and all(trace[:2] == traces[0][:2] for trace in traces)
    if node.beside is None or same or joined.axis == node.beside:
        return joined
    least = min(trace.bounds.at_least if trace.bounds is not None else 0 for trace in traces)
    return _beside(joined, node.beside, least if len(traces) == node.inputs else 0)


def _beside(trace: Trace, axis: int, least: int) -> Trace:
    """What parts see together that stand beside each other along an axis; the least sees so much."""
    if trace.uneven is None:
        return trace._replace(uneven=(axis, least))
    least = min(least, trace.uneven[1])
    if trace.uneven[0] == axis:
        return trace._replace(uneven=(axis, least))
    bounds = trace.bounds and trace.bounds._replace(at_least=least)
    return trace.unknown("parts of different fields stand beside each other", trace.axis, bounds)


def together(axes: list[tuple[Trace, ...]], node: Joining) -> tuple[Trace, ...]:
    """What an op's inputs let its outputs see, along each axis of a source.

    A branch that sees padding alone along one axis sees nothing along the others: for units there, the other branch is all.
    """
    if node.beside is None and node.laid_out is None and all(len(several) == 1 for several in axes):
        return tuple(trace for (trace,) in axes)
    hollow = {i for i, several in enumerate(axes) if len(several) > 1 and any(map(_is_hollow, several))}
    found = []
    for i, several in enumerate(axes):
        trace = _union(several, node)
        if (
            hollow - {i}
            and any(other[:2] != several[0][:2] for other in several)
            and not isinstance(trace.extent, Whole)
        ):
            least = min(other.bounds.at_least if other.bounds is not None else 0 for other in several)
            bounds = trace.bounds and trace.bounds._replace(at_least=least)
            trace = trace._replace(extent=NoLaw("in places one of its branches sees padding alone", bounds))
        found.append(trace)
    return tuple(found)


def _is_hollow(trace: Trace) -> bool:
    """Whether some units see nothing."""
    return isinstance(trace.extent, Law) and not all(trace.extent.sets)


def _one_after_the_other(traces: tuple[Trace, ...], node: Joining) -> Trace:
    """Parts along the axis that is followed."""
    parts: list[tuple[Bounds, int, Size]] = []
    start: Size = 0
    for trace, size in zip(traces, node.parts, strict=False):
        if trace.bounds is not None and isinstance(start, int):
            parts.append((trace.bounds, start, size))
        start = start + size
    bounds = bounds_beside(parts) if len(parts) == node.inputs else None
    return traces[0].unknown("parts stand one after the other that see the same input", node.beside, bounds)


def _join(left: Trace, right: Trace, sizes: tuple[Size, ...]) -> Trace:
    """The union of two branches' dependence; `sizes` are the output's."""
    if left == right and isinstance(left.extent, (Law, Whole)):
        return left  # what follows no law may be another part with the same bounds
    seen = seen_by_both(left, right)
    uneven = left.uneven if right.uneven is None else right.uneven
    if isinstance(left.extent, Whole) or isinstance(right.extent, Whole):
        return left._replace(axis=None, extent=Whole(), seen=seen, uneven=uneven)
    axis = left.axis if left.axis == right.axis else None
    if None not in (left.uneven, right.uneven):
        if left.uneven[0] != right.uneven[0]:  # type: ignore[index]
            bounds = _bounds_of_both(left, right, sizes)
            return left.unknown("its branches join parts along different axes", axis, bounds)
        uneven = min(left.uneven, right.uneven)  # type: ignore[type-var]
    for trace in (left, right):
        if isinstance(trace.extent, (NoLaw, Scattered)):
            return left._replace(
                axis=axis,
                extent=NoLaw(trace.extent.why, _bounds_of_both(left, right, sizes)),
                seen=seen if axis is not None else None,
                uneven=uneven,
            )
    if left.axis != right.axis:
        bounds = _bounds_of_both(left, right, sizes)
        return left.unknown("its branches see the input along different axes", bounds=bounds)
    assert isinstance(left.extent, Law)
    assert isinstance(right.extent, Law)
    extent: Law | NoLaw | None = joined(left.extent, right.extent)
    if extent is None:
        extent = NoLaw("its branches have different strides", _bounds_of_both(left, right, sizes))
    return left._replace(extent=extent, seen=seen, uneven=uneven)


def _bounds_of_both(left: Trace, right: Trace, sizes: tuple[Size, ...]) -> Bounds | None:
    if left.bounds is None or right.bounds is None:
        known = left.bounds or right.bounds
        return known and Bounds(known.at_least)
    axis = left.axis if left.axis is not None else right.axis
    if axis is None or left.axis not in (axis, None) or right.axis not in (axis, None):
        return Bounds(max(left.bounds.at_least, right.bounds.at_least))
    return bounds_joined(left.bounds, right.bounds, sizes[axis])


def seen_by_both(left: Trace, right: Trace) -> Seen | None:
    """What two branches see together."""
    if left.seen == right.seen:
        return left.seen
    for trace in (left, right):
        if trace.seen == ALL:
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
    return Seen(min(first, other), None if most == left.size - 1 else most, dense and is_dense and meet)
