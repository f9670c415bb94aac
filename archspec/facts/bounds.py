"""What is known of what units see where it follows no law: the sizes, and lines that it lies between.

Enters: laws or bounds, and steps of ops. Leaves: bounds. All as if the input had no end: padding counts.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import NamedTuple

from archspec.dims import Size
from archspec.facts.law import Law
from archspec.limits import MAX_LINE_NUMBER
from archspec.ops.intervals import count
from archspec.ops.reach import Periodic, Window


class Line(NamedTuple):
    """A position for each unit: slope·unit + start."""

    slope: Fraction
    start: Fraction

    def at(self, unit: Fraction | int) -> Fraction:
        return self.slope * unit + self.start


class Bounds(NamedTuple):
    """What is known of what a unit sees where there is no law: the sizes, and lines that it lies between."""

    at_least: int
    at_most: int | None = None
    between: tuple[Line, Line] | None = None


def bounds_of(law: Law) -> Bounds:
    """Those that a law holds to."""
    slope = Fraction(law.stride, len(law.sets))
    held = [(place, positions) for place, positions in enumerate(law.sets) if positions]
    if not held:
        return Bounds(0, 0)
    low = min(positions[0][0] - slope * place for place, positions in held)
    high = max(positions[-1][1] - slope * place for place, positions in held)
    return Bounds(law.at_least, law.at_most, (Line(slope, low), Line(slope, high)))


def bounds_through(bounds: Bounds, step: Window | Periodic, count_: Size) -> Bounds:
    """Bounds behind a step of an op, which has so many outputs."""
    if isinstance(step, Window):
        slope, first, last = Fraction(step.stride), Fraction(-step.padding), Fraction(step.size - 1 - step.padding)
        is_single, is_full = step.taps == 1, True
    else:
        slope = Fraction(step.stride, len(step.sets))
        held = [(place, positions) for place, positions in enumerate(step.sets) if positions]
        first = min((positions[0][0] - slope * place for place, positions in held), default=Fraction(0))
        last = max((positions[-1][1] - slope * place for place, positions in held), default=Fraction(0))
        is_single, is_full = all(count(positions) <= 1 for positions in step.sets), len(held) == len(step.sets)
    lines = bounds.between
    if lines is not None:
        lines = _kept(Line(lines[0].slope * slope, lines[0].at(first)), Line(lines[1].slope * slope, lines[1].at(last)))
    return Bounds(bounds.at_least if is_full else 0, bounds.at_most if is_single else _width(lines, count_), lines)


def bounds_up_to(bounds: Bounds, count_: Size) -> Bounds:
    """Of all units up to each together."""
    lines = bounds.between
    if lines is None:
        return Bounds(bounds.at_least)
    lines = (Line(Fraction(0), lines[0].start), lines[1])
    return Bounds(bounds.at_least, _width(lines, count_), lines)


def bounds_joined(left: Bounds, right: Bounds, count_: Size) -> Bounds:
    """Of two branches together, for so many units."""
    at_least = max(left.at_least, right.at_least)
    if left.between is None or right.between is None:
        return Bounds(at_least)
    (low, high), (other_low, other_high) = left.between, right.between
    if low.slope == other_low.slope and high.slope == other_high.slope:
        lines = (min(low, other_low), max(high, other_high))
        return Bounds(at_least, _width(lines, count_), lines)
    if not isinstance(count_, int):
        return Bounds(at_least)
    ends = (0, count_ - 1)
    most = max(max(high.at(end), other_high.at(end)) - min(low.at(end), other_low.at(end)) for end in ends)
    below = min(low.start, *(other_low.at(end) - low.slope * end for end in ends))
    above = max(high.start, *(other_high.at(end) - high.slope * end for end in ends))
    return Bounds(at_least, floor(most) + 1, _kept(Line(low.slope, below), Line(high.slope, above)))


def bounds_beside(parts: list[tuple[Bounds, int, Size]]) -> Bounds:
    """Of parts that stand one after the other: each with the position at which it starts, and its size."""
    at_least = min(bounds.at_least for bounds, _, _ in parts)
    sizes = [bounds.at_most for bounds, _, _ in parts]
    most = max(size for size in sizes if size is not None) if None not in sizes else None
    low: list[Fraction] = []
    high: list[Fraction] = []
    for bounds, start, size in parts:
        if bounds.between is None or not isinstance(size, int):
            return Bounds(at_least, most)
        low.append(bounds.between[0].at(start))
        high.append(bounds.between[1].at(start + size - 1))
    return Bounds(at_least, most, (Line(Fraction(0), min(low)), Line(Fraction(0), max(high))))


def _kept(low: Line, high: Line) -> tuple[Line, Line] | None:
    """Lines whose numbers have not grown long."""
    numbers = (number for line in (low, high) for part in line for number in (part.numerator, part.denominator))
    return (low, high) if all(abs(number) < MAX_LINE_NUMBER for number in numbers) else None


def _width(lines: tuple[Line, Line] | None, count_: Size) -> int | None:
    """The most positions between two lines."""
    if lines is None or (lines[0].slope != lines[1].slope and not isinstance(count_, int)):
        return None
    ends = (0, count_ - 1) if isinstance(count_, int) else (0,)
    return floor(max(lines[1].at(end) - lines[0].at(end) for end in ends)) + 1
