"""How a tensor lies in memory, with numbers for all sizes: what views and copies are decided by.

Enters: sizes and strides. Leaves: those of a view, or that there is none and PyTorch copies. Strides are counted in elements, as
in PyTorch. https://docs.pytorch.org/docs/stable/tensor_view.html
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple


class Laid(NamedTuple):
    """A tensor's sizes, the distance between neighbours along each axis, and where its first element lies."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    is_learned: bool = False
    """Whether it is a parameter itself, and no view of one: such a tensor requires a gradient in inference too."""

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie in the order of the axes, without gaps."""
        wanted = row_major(self.sizes)
        return all(size == 1 or a == b for size, a, b in zip(self.sizes, self.strides, wanted, strict=True))

    @property
    def is_dense(self) -> bool:
        """Whether the elements lie in some order of the axes, without gaps."""
        step = 1
        for stride, size in sorted(zip(self.strides, self.sizes, strict=True)):
            if size > 1 and stride != step:
                return False
            step *= size
        return True

    @property
    def is_folded(self) -> bool:
        """Whether all axes but the last are one without a copy, by strides alone."""
        return all(self.strides[i] == self.strides[i + 1] * self.sizes[i + 1] for i in range(len(self.sizes) - 2))

    @property
    def repeats(self) -> bool:
        """Whether several elements lie in one place, as after an Expand."""
        return any(size > 1 and stride == 0 for size, stride in zip(self.sizes, self.strides, strict=True))

    def picked(self, order: Sequence[int]) -> "Laid":
        """The axes in this order; those that it leaves out are gone."""
        return Laid(tuple(self.sizes[i] for i in order), tuple(self.strides[i] for i in order), self.offset)

    def narrowed(self, axis: int, start: int, size: int, step: int = 1) -> "Laid":
        """Every `step`-th of the positions along an axis, `size` of them from `start` on."""
        stride = self.strides[axis]
        return Laid(_set(self.sizes, axis, size), _set(self.strides, axis, stride * step), self.offset + start * stride)


def row_major(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor whose elements lie in the order of its axes."""
    strides: list[int] = []
    step = 1
    for size in reversed(sizes):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def fresh(sizes: tuple[int, ...]) -> Laid:
    """A tensor that was just made."""
    return Laid(sizes, row_major(sizes))


def viewed(x: Laid, sizes: tuple[int, ...]) -> Laid | None:
    """The same elements in other axes, where that needs no copy.

    Runs of axes that lie behind each other without gaps are one; each run must be a product of new sizes.
    """
    if 0 in sizes:
        return fresh(sizes)
    strides = [0] * len(sizes)
    new = len(sizes) - 1
    step = x.strides[-1] if x.strides else 1
    run = done = 1
    for axis in reversed(range(len(x.sizes))):
        run *= x.sizes[axis]
        follows = axis > 0 and (x.sizes[axis - 1] == 1 or x.strides[axis - 1] == run * step)
        if follows:
            continue
        while new >= 0 and (done < run or sizes[new] == 1):
            strides[new] = done * step
            done *= sizes[new]
            new -= 1
        if done != run:
            return None
        if axis > 0:
            step, run, done = x.strides[axis - 1], 1, 1
    return Laid(sizes, tuple(strides) if x.sizes else row_major(sizes), x.offset) if new < 0 else None


def may_meet(a: Laid, b: Laid, whole: tuple[int, ...]) -> bool | None:
    """Whether two parts of one memory have elements in common; None where that is not known.

    `whole` are the sizes of what the memory holds. Each part is looked at as a range along every axis of that.
    """
    ranges = [_ranges(part, whole) for part in (a, b)]
    if ranges[0] is None or ranges[1] is None:
        return None
    pairs = list(zip(ranges[0], ranges[1], strict=True))
    if any(first[1] < second[0] or second[1] < first[0] for first, second in pairs):
        return False
    return None if any(first[2] or second[2] for first, second in pairs) else True


def _ranges(part: Laid, whole: tuple[int, ...]) -> list[tuple[int, int, bool]] | None:
    """The first and the last position along each axis, and whether some between are left out."""
    if part.is_dense and prod(part.sizes) == prod(whole):
        return [(0, size - 1, False) for size in whole]
    rest = {i for i, size in enumerate(part.sizes) if size > 1 and part.strides[i]}
    found: list[tuple[int, int, bool]] = []
    for size, stride in zip(whole, row_major(whole), strict=True):
        first = last = part.offset // stride % size
        inside = sorted((i for i in rest if stride <= part.strides[i] < stride * size), key=lambda i: part.strides[i])
        reached = 1
        has_gaps = False
        for i in inside:
            step = part.strides[i] // stride
            if part.strides[i] % stride:
                return None
            has_gaps |= step != reached
            last += (part.sizes[i] - 1) * step
            reached = step * part.sizes[i]
        rest.difference_update(inside)
        if last >= size:
            return None
        found.append((first, last, has_gaps))
    return None if rest else found


def _set(values: tuple[int, ...], axis: int, value: int) -> tuple[int, ...]:
    return (*values[:axis], value, *values[axis + 1 :])


def spread(operand: Laid, sizes: tuple[int, ...]) -> list[int]:
    """The strides of a tensor that is broadcast to these sizes."""
    new = len(sizes) - len(operand.sizes)
    own = zip(operand.sizes, operand.strides, sizes[new:], strict=True)
    return [0] * new + [0 if size == 1 != wanted else stride for size, stride, wanted in own]


def expanded(x: Laid, sizes: tuple[int, ...]) -> Laid:
    """The tensor broadcast to these sizes, a view. A new axis of one position strides over what follows it."""
    strides = spread(x, sizes)
    for axis in reversed(range(len(sizes) - len(x.sizes))):
        strides[axis] = (sizes[axis + 1] * strides[axis + 1] if axis + 1 < len(sizes) else 1) if sizes[axis] == 1 else 0
    return Laid(sizes, tuple(strides), x.offset)
