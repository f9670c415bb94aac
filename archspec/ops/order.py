"""In which order a result lies in memory: the few laws that PyTorch's kernels share.

Enters: how the operands lie. Leaves: how a new tensor lies, and whether a kernel reads a tensor as it is. On a CPU, as
https://github.com/pytorch/pytorch/blob/v2.13.0/c10/core/MemoryFormat.h and aten/src/ATen/TensorIterator.cpp have it. The stride
of an axis of one position says nothing of where elements lie, and yet decides what is made next; so it is followed, too.
"""

from collections.abc import Sequence
from enum import Enum

from archspec.ops.layout import Laid, fresh, spread


class Order(Enum):
    """How a kernel wants what it reads, or how it lays out what it gives."""

    ROWS = "in one row, in the order of the axes"
    IMAGES = "an image whose channels come last keeps them there; all else as rows"
    LINES = "as images, and a sequence as an image of one row"
    ANY = "in whatever order it lies"

    def fits(self, laid: Laid) -> bool:
        """Whether a tensor that lies so is read as it is, and not copied."""
        if self is Order.LINES and len(laid.sizes) == 3:
            laid = _as_image(laid)
        if self in (Order.IMAGES, Order.LINES) and has_channels_last(laid):
            return is_channels_last(laid)
        return self is Order.ANY or laid.is_contiguous

    def lay(self, operands: tuple[Laid, ...], sizes: tuple[int, ...]) -> Laid:
        """How a new tensor of these sizes lies. Of several operands, an image is the first."""
        if self is Order.ANY:
            return alike(operands, sizes)
        if self is Order.LINES and len(sizes) == 3:
            row = image((*sizes[:2], 1, sizes[2]), has_channels_last(_as_image(operands[0])))
            return row.picked((0, 1, 3))
        return image(sizes, self is not Order.ROWS and has_channels_last(operands[0]))


def has_channels_last(laid: Laid) -> bool:
    """Whether an image (N, C, H, W) or (N, C, D, H, W) lies with its channels last, roughly: there may be gaps.

    It is `suggest_memory_format`, which takes an image of which both may be said for rows.
    """
    sizes, strides = laid.sizes, laid.strides
    if len(sizes) not in (4, 5) or not strides[1]:
        return False
    least = 0
    for axis in (1, *range(len(sizes) - 1, 1, -1), 0):
        if not sizes[axis] or strides[axis] < least or (axis == 0 and least == strides[1]):
            return False
        least = strides[axis] * sizes[axis]
    return True


def is_channels_last(laid: Laid) -> bool:
    """Whether an image lies with its channels last and without gaps: `is_contiguous(memory_format=torch.channels_last)`."""
    rank = len(laid.sizes)
    return rank in (4, 5) and laid.picked((0, *range(2, rank), 1)).is_contiguous


def image(sizes: tuple[int, ...], is_last: bool) -> Laid:
    """A new image, with its channels last or in the order of its axes."""
    if not is_last:
        return fresh(sizes)
    rank = len(sizes)
    return fresh((sizes[0], *sizes[2:], sizes[1])).picked((0, rank - 1, *range(1, rank - 1)))


def settled(x: Laid, is_last: bool) -> Laid:
    """`contiguous(memory_format)`: the tensor itself where it lies so, else a new one."""
    return x if (is_channels_last(x) if is_last else x.is_contiguous) else image(x.sizes, is_last)


def copied(x: Laid) -> Laid:
    """A copy: stride by stride where the tensor has no gaps, else in the order in which its axes lie."""
    return Laid(x.sizes, x.strides) if x.is_dense else in_order((x,), x.sizes)


def padded(x: Laid, pairs: Sequence[tuple[int, int]], sizes: tuple[int, ...]) -> Laid:
    """A number put around a tensor, so much before and after along each axis; where that only cuts, a copy of what is left."""
    if any(max(pair) > 0 for pair in pairs):
        return image(sizes, has_channels_last(x))
    for axis, (before, _) in enumerate(pairs):
        x = x.narrowed(axis, -before, sizes[axis])
    return copied(x)


def joined(parts: Sequence[Laid], sizes: tuple[int, ...]) -> Laid:
    """Tensors side by side in a new one: with the channels last if all of them have them there."""
    return image(sizes, all(map(has_channels_last, parts)))


def alike(operands: Sequence[Laid], sizes: tuple[int, ...]) -> Laid:
    """A result of arithmetic: a new tensor whose axes lie in the order that those of the operands have.

    What TensorIterator does: operands of one shape that lie alike without gaps are taken as they are; else the axes are sorted.
    """
    if all(operand.sizes == sizes for operand in operands):
        if all(operand.is_contiguous for operand in operands):
            return fresh(sizes)
        if len(sizes) == 4 and all(map(is_channels_last, operands)):
            return image(sizes, True)
        first = operands[0]
        if first.is_dense and all(operand.strides == first.strides for operand in operands):
            return Laid(sizes, first.strides)
    return in_order(operands, sizes)


def in_order(operands: Sequence[Laid], sizes: tuple[int, ...]) -> Laid:
    """Without gaps, the axes sorted by the first operand that tells two of them apart, from the last axis on."""
    rank = len(sizes)
    strides = [spread(operand, sizes) for operand in operands]
    order = list(range(rank))[::-1]
    for end in range(1, rank):
        at = end
        for before in range(end - 1, -1, -1):
            sign = _compare(order[before], order[at], strides, sizes)
            if sign < 0:
                break
            if sign > 0:
                order[before], order[at] = order[at], order[before]
                at = before
    found = [0] * rank
    step = 1
    for axis in order:
        found[axis] = step
        step *= sizes[axis]
    return Laid(sizes, tuple(found))


def _compare(first: int, second: int, strides: list[list[int]], sizes: tuple[int, ...]) -> int:
    """Whether the first axis lies outside the second (1), inside (-1), or nothing tells (0)."""
    for own in strides:
        if own[first] and own[second]:
            if own[first] != own[second]:
                return 1 if own[first] > own[second] else -1
            if sizes[first] > sizes[second]:
                return 1
    return 0


def _as_image(laid: Laid) -> Laid:
    """(N, C, L) as (N, C, 1, L)."""
    return Laid(
        (*laid.sizes[:2], 1, laid.sizes[2]),
        (*laid.strides[:2], laid.strides[2] * laid.sizes[2], laid.strides[2]),
        laid.offset,
    )
