"""How a tensor depends on one axis of a network input, and what all its positions see of it together.

Enters: a trace, and how an op's outputs depend on its inputs (`Op.reach`). Leaves: the trace behind the op.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archspec.dims import Size, minimum
from archspec.facts.bounds import Bounds, bounds_of, bounds_through, bounds_up_to
from archspec.facts.law import Law, fixed, through
from archspec.facts.model import Scattered, Whole
from archspec.ops.base import Everything, Periodic, Picked, Reach, Same, Tensor, Untraced, UpTo, Window


class Seen(NamedTuple):
    """What all elements of a tensor see together: input positions `first` … `last`, none of them left out if `dense`.

    A `last` of None is the axis's own last position.
    """

    first: int
    last: int | None
    dense: bool


ALL = Seen(0, None, True)


class NoLaw(NamedTuple):
    """What is seen follows no law; `why` says what it is instead."""

    why: str
    bounds: Bounds | None = None


class Trace(NamedTuple):
    """How a tensor depends on one axis of a network input: through which of its own axes (None: none), and how far."""

    axis: int | None
    extent: Law | Whole | Scattered | NoLaw
    size: Size  # of the input's axis
    seen: Seen | None  # None: not known
    uneven: tuple[int, int] | None = None
    """The axis along which parts of different extents were joined, and the least of their sizes; the extent is their union."""

    def unknown(self, why: str, axis: int | None = None, bounds: Bounds | None = None) -> Trace:
        return self._replace(axis=axis, extent=NoLaw(why, bounds), seen=None, uneven=None)

    @property
    def why(self) -> str:
        """Why there is no law, where there is none."""
        return self.extent.why if isinstance(self.extent, (NoLaw, Scattered)) else "it sees a part of unknown size"

    @property
    def bounds(self) -> Bounds | None:
        """What is known of the sizes."""
        if isinstance(self.extent, Law):
            found = bounds_of(self.extent)
            flat = found.between and (
                found.between[0]._replace(slope=Fraction(0)),
                found.between[1]._replace(slope=Fraction(0)),
            )
            return found if self.axis is not None else found._replace(between=flat)
        if isinstance(self.extent, Whole) and isinstance(self.size, int):
            return Bounds(self.size, self.size)
        if isinstance(self.extent, Scattered):
            return Bounds(self.extent.size, self.extent.size)
        return self.extent.bounds if isinstance(self.extent, NoLaw) else None


def step_through(trace: Trace, reach: tuple[Reach, ...], tensor: Tensor, output: Tensor) -> Trace:
    """One op's effect on the dependence along one axis."""
    if trace.uneven is not None:
        trace = _evened(trace, *trace.uneven, reach, tensor, output)
    if trace.axis is None:
        return trace
    step, size = reach[trace.axis], tensor.shape[trace.axis]
    if isinstance(step, Same):
        return trace if step.axis == trace.axis else trace._replace(axis=step.axis)
    if isinstance(step, Everything):
        return _all_of(trace) if size != 1 else trace._replace(axis=None)  # of one position, that is its window
    if isinstance(step, Untraced):
        kept = trace.seen if step.axis is not None else None
        return trace._replace(axis=step.axis, extent=NoLaw(step.why), seen=kept)
    if isinstance(step, Picked):
        return _picked(trace, step) if size != 1 else trace._replace(axis=step.axis)
    if isinstance(step, UpTo):
        bounds = trace.bounds and bounds_up_to(trace.bounds, output.shape[step.axis])
        return trace._replace(axis=step.axis, extent=NoLaw(step.why, bounds), seen=trace.seen if step.covers else None)
    return _through(trace, step, size, output.shape[step.axis])


def _picked(trace: Trace, step: Picked) -> Trace:
    """Single positions: their windows have the sizes that they had."""
    extent: Scattered | NoLaw
    if isinstance(trace.extent, Law) and len(trace.extent.sets) == 1:
        extent = Scattered(trace.extent.at_least, step.why)
    elif isinstance(trace.extent, Scattered):
        extent = trace.extent
    else:
        extent = NoLaw(step.why, trace.bounds and trace.bounds._replace(between=None))
    return trace._replace(axis=step.axis, extent=extent, seen=trace.seen if step.covers else None)


def _evened(trace: Trace, axis: int, least: int, reach: tuple[Reach, ...], tensor: Tensor, output: Tensor) -> Trace:
    """What becomes of parts of different extents: an op mixes them, keeps them beside each other, or may take one of them."""
    step = reach[axis]
    if isinstance(step, Everything):
        return trace._replace(uneven=None)
    after = step.axis
    if after is not None and _keeps_all(step, tensor.shape[axis], output):
        return trace._replace(uneven=(after, least))
    bounds = trace.bounds and trace.bounds._replace(at_least=min(least, trace.bounds.at_least))
    return trace.unknown("it may read one of several parts, which see different windows", trace.axis, bounds)


def _keeps_all(step: Reach, size: Size, output: Tensor) -> bool:
    """Whether all positions of an axis are found along the output's."""
    if isinstance(step, Window):
        is_dense = step.stride <= step.size and step.dilation == 1
        return is_dense and positions_read(step, size, output.shape[step.axis]) == (0, None)
    return isinstance(step, (Same, Untraced)) or (isinstance(step, (Picked, Periodic)) and step.covers)


def _all_of(trace: Trace) -> Trace:
    """Where every output sees what all positions see together."""
    seen = trace.seen
    if seen is None:
        return trace.unknown(trace.why, bounds=trace.bounds and Bounds(trace.bounds.at_least))
    if seen == ALL:
        return trace._replace(axis=None, extent=Whole())
    last = trace.size - 1 if seen.last is None else seen.last
    if not isinstance(last, int):
        return trace.unknown(trace.why)
    return trace._replace(axis=None, extent=fixed(((seen.first, last),), seen.dense))


def _through(trace: Trace, step: Window | Periodic, size: Size, count: Size) -> Trace:
    """Windows over what has windows; `size` positions are read and `count` leave."""
    law = through(trace.extent, step) if isinstance(trace.extent, Law) else None
    extent: Law | Scattered | NoLaw
    if law is not None:
        extent = law
    elif isinstance(trace.extent, Scattered) and isinstance(step, Window) and step.taps == 1:
        extent = trace.extent
    else:
        why = step.why if isinstance(trace.extent, Law) and isinstance(step, Periodic) else trace.why
        extent = NoLaw(why, trace.bounds and bounds_through(trace.bounds, step, count))
    seen = seen_through(trace, step, size, count, law)
    if trace.uneven is not None and isinstance(step, Periodic) and not all(step.sets):
        trace = trace._replace(uneven=(trace.uneven[0], 0))
    return trace._replace(axis=step.axis, extent=extent, seen=seen)


def seen_through(trace: Trace, step: Window | Periodic, size: Size, count: Size, law: Law | None) -> Seen | None:
    """What all positions behind a step see together."""
    if isinstance(step, Periodic):
        return trace.seen if step.covers else None
    first, last = positions_read(step, size, count)
    dense = (step.stride <= step.size and step.dilation == 1) or (step.stride == 1 and minimum(count) >= step.dilation)
    if dense and (first, last) == (0, None):
        return trace.seen
    if (
        trace.seen is None
        or not isinstance(trace.extent, Law)
        or len(trace.extent.sets) > 1
        or not trace.extent.sets[0]
    ):
        return None
    solid = law is not None and law.has_gaps is False
    return _part(trace, trace.extent, trace.seen, (first, last),
                 dense or (solid and law is not None and law.at_least >= law.stride))  # fmt: skip


def positions_read(step: Window, size: Size, count: Size) -> tuple[int, int | float | None]:
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


def _part(trace: Trace, law: Law, seen: Seen, read: tuple[int, int | float | None], dense: bool) -> Seen | None:
    """What a part of a tensor sees: positions `read` of it; None where that is not known."""
    first, last = read
    if isinstance(last, float) or not isinstance(trace.size, int):
        return None
    solid = law.has_gaps is False
    end = trace.size - 1 if seen.last is None else seen.last
    low = law.at(first)[0][0] if first else seen.first
    high = end if last is None else law.at(last)[-1][1]
    if (low < seen.first or high > end) and not (solid and dense):
        return None  # a window with holes is cut off: its first or last position is not known
    high = min(high, end)
    return Seen(max(low, seen.first), None if high == trace.size - 1 else high, dense and seen.dense and solid)
