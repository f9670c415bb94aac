"""Sets of whole numbers from 1 up that from some number on come again and again: `227 to 258`, `67 and more`, `multiples of 16`.

Every condition on one symbol that is made of floor divisions by numbers has such a set, exactly; so has any number of them
together. A set holds one byte for each number before it repeats, and one for each number of a period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from math import lcm

from archspec.limits import MAX_SET_PERIOD, MAX_SET_START

_TURNED = bytes.maketrans(b"\0\1", b"\1\0")


class TooLong(ValueError):
    """A set repeats too late, or in too long a period, to be followed."""


class Sizes:
    """Immutable. `head[n]` says whether n is in it; from `len(head)` on, `tail` does, again and again."""

    __slots__ = ("head", "tail")
    head: bytes
    tail: bytes

    def __init__(self, head: bytes, tail: bytes) -> None:
        """Raises TooLong. `head` begins with a place for 0, which is in no set."""
        if len(head) > MAX_SET_START or len(tail) > MAX_SET_PERIOD:
            raise TooLong
        self.head, self.tail = _shortest(head, tail)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int) or number < 1:
            return False
        if number < len(self.head):
            return bool(self.head[number])
        return bool(self.tail[(number - len(self.head)) % len(self.tail)])

    def __and__(self, other: Sizes) -> Sizes:
        """The numbers in both. Raises TooLong."""
        start, period = max(len(self.head), len(other.head)), lcm(len(self.tail), len(other.tail))
        if period > MAX_SET_PERIOD:
            raise TooLong
        both = (int.from_bytes(one._first(start + period), "big") for one in (self, other))
        found = (next(both) & next(both)).to_bytes(start + period, "big")
        return Sizes(found[:start], found[start:])

    def __invert__(self) -> Sizes:
        """The numbers that are not in it."""
        head, tail = (part.translate(_TURNED) for part in (self.head, self.tail))
        return Sizes(b"\0" + head[1:], tail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes) and (self.head, self.tail) == (other.head, other.tail)

    def __hash__(self) -> int:
        return hash((self.head, self.tail))

    def __bool__(self) -> bool:
        """Whether there is a number in it."""
        return 1 in self.head or 1 in self.tail

    def __iter__(self) -> Iterator[int]:
        """Its numbers, smallest first; without end where it has none."""
        yield from (number for number, one in enumerate(self.head) if one)
        places = [place for place, one in enumerate(self.tail) if one]
        start = len(self.head)
        while places:
            yield from (start + place for place in places)
            start += len(self.tail)

    def __repr__(self) -> str:
        return f"Sizes({list(islice(self, 8))})"

    def near(self, number: int) -> int:
        """The first of its numbers from this one up, else the last. It has at least one."""
        if not self.is_finite:
            start, period = max(number, len(self.head)), len(self.tail)
            later = next(n for n in range(start, start + period) if n in self)
            return next((n for n in range(number, start) if n in self), later)
        return next((n for n in range(number, len(self.head)) if n in self), self.head.rindex(1))

    @property
    def is_all(self) -> bool:
        """Whether every number is in it."""
        return self == ALL

    @property
    def is_finite(self) -> bool:
        """Whether it ends."""
        return 1 not in self.tail

    @property
    def runs(self) -> list[tuple[int, int | None]] | None:
        """Its numbers as stretches without a gap, (first, last), the last one perhaps without end; None where there is no end of
        stretches."""
        if len(self.tail) > 1:
            return None
        found: list[tuple[int, int | None]] = []
        for number, one in enumerate(self.head):
            if one and found and found[-1][1] == number - 1:
                found[-1] = (found[-1][0], number)
            elif one:
                found.append((number, number))
        if self.tail[0]:
            follows = bool(found) and found[-1][1] == len(self.head) - 1
            found[len(found) - follows :] = [(found[-1][0] if follows else max(len(self.head), 1), None)]
        return found

    def _first(self, count: int) -> bytes:
        """Whether each number below `count` is in it."""
        if count <= len(self.head):
            return self.head[:count]
        left = count - len(self.head)
        return self.head + (self.tail * (left // len(self.tail) + 1))[:left]


def _shortest(head: bytes, tail: bytes) -> tuple[bytes, bytes]:
    """The same set with the shortest period, which begins as early as it can."""
    for period in range(1, len(tail)):
        if len(tail) % period == 0 and tail == tail[:period] * (len(tail) // period):
            tail = tail[:period]
            break
    same = 0
    while same < len(head) - 1 and head[-1 - same] == tail[-1 - same % len(tail)]:
        same += 1
    turn = same % len(tail)
    return head[: len(head) - same], tail[len(tail) - turn :] + tail[: len(tail) - turn]


ALL = Sizes(b"\0", b"\1")
"""Every size."""
NONE = Sizes(b"\0", b"\0")


def of(numbers: Iterable[int]) -> Sizes:
    """These numbers and no others. Raises TooLong."""
    found = sorted(numbers)
    head = bytearray(found[-1] + 1 if found else 1)
    for number in found:
        head[number] = 1
    return Sizes(bytes(head), b"\0")


def from_runs(period: int, runs: dict[int, list[tuple[int, int | None]]]) -> Sizes:
    """The numbers first + period * t for t in the stretches of each `first`, which is from 1 to the period. Raises TooLong."""
    ends = [
        first + period * last
        for first, stretches in runs.items()
        for one in stretches
        for last in one
        if last is not None
    ]
    start = max(ends, default=0) + 1
    if start > MAX_SET_START or period > MAX_SET_PERIOD:
        raise TooLong
    whole = bytearray(start + period)
    for first, stretches in runs.items():
        for begin, last in stretches:
            stop = len(whole) if last is None else first + period * last + 1
            places = range(first + period * begin, stop, period)
            whole[places.start : places.stop : period] = b"\1" * len(places)
    return Sizes(bytes(whole[:start]), bytes(whole[start:]))
