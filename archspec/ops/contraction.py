"""How PyTorch contracts two operands of an einsum: what it sums and copies before the product, and how that lies.

Enters: the operands as they lie, with a name for each axis, and the names of the result's axes. Leaves: elements, and a layout.
All axes of both stand in one order, the result's first, then those that are summed over; what one operand alone has to sum is
summed. Then axes of both are the stack of a matrix product, and those that remain rows and columns; where nothing is left to
sum, it is a product of elements. As `einsum` and `sumproduct_pair` in ATen's Linear.cpp do.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from archspec.ops.layout import Laid, fresh, viewed
from archspec.ops.order import alike


class Contraction(NamedTuple):
    """The elements that are alive in between, and how the result lies."""

    elements: int
    laid: Laid


def contract(operands: Sequence[Laid], names: Sequence[Sequence[str]], result: Sequence[str]) -> Contraction:
    """The contraction of two operands."""
    order = [*result, *_summed(names, result)]
    left, right = (_placed(laid, own, order) for laid, own in zip(operands, names, strict=True))
    left, first = _sum_alone(left, right, len(result))
    right, second = _sum_alone(right, left, len(result))
    summed = [axis for axis in range(len(result), len(order)) if left.sizes[axis] != 1 != right.sizes[axis]]
    if not summed:
        product, copied = alike((left, right), tuple(map(max, left.sizes, right.sizes))), 0
    else:
        product, copied = _product(left, right, summed)
    return Contraction(first + second + copied, product.picked(range(len(result))))


def _summed(names: Sequence[Sequence[str]], result: Sequence[str]) -> list[str]:
    """The axes that the result has not: those of the ellipsis from the first, then letters in order, capitals first."""
    left_out = set().union(*names) - set(result)
    hidden = sorted((name for name in left_out if name[0] == "."), key=lambda name: -int(name[1:]))
    return [*hidden, *sorted(name for name in left_out if name[0] != ".")]


def _placed(laid: Laid, names: Sequence[str], order: Sequence[str]) -> Laid:
    """The operand with all axes in order: of one position where it has none, and a diagonal where it has several of a name."""
    sizes: dict[str, int] = {}
    strides: dict[str, int] = {}
    for name, size, stride in zip(names, laid.sizes, laid.strides, strict=True):
        sizes[name], strides[name] = size, strides.get(name, 0) + stride
    return Laid(tuple(sizes.get(name, 1) for name in order), tuple(strides.get(name, 1) for name in order))


def _sum_alone(own: Laid, other: Laid, start: int) -> tuple[Laid, int]:
    """An operand without the axes from `start` on that it alone has, and the elements that this takes."""
    sizes = tuple(
        1 if i >= start and theirs == 1 else size
        for i, (size, theirs) in enumerate(zip(own.sizes, other.sizes, strict=True))
    )
    return (own, 0) if sizes == own.sizes else (fresh(sizes), prod(sizes))


def _product(left: Laid, right: Laid, summed: list[int]) -> tuple[Laid, int]:
    """The stack of matrix products, and the elements of operands that have to be copied into a stack of matrices."""
    rest = [axis for axis in range(len(left.sizes)) if axis not in summed]
    both = [axis for axis in rest if left.sizes[axis] != 1 != right.sizes[axis]]
    rows = [axis for axis in rest if left.sizes[axis] != 1 == right.sizes[axis]]
    columns = [axis for axis in rest if left.sizes[axis] == 1]
    copied = _copied(left, (both, rows, summed), columns) + _copied(right, (both, summed, columns), rows)
    if rows and columns and columns[-1] < rows[0]:  # the product the other way round lies as the result
        rows, columns = columns, rows
    order = [*both, *rows, *summed, *columns]
    made = fresh(tuple(1 if axis in summed else max(left.sizes[axis], right.sizes[axis]) for axis in order))
    return made.picked([order.index(axis) for axis in range(len(order))]), copied


def _copied(operand: Laid, groups: Sequence[list[int]], others: list[int]) -> int:
    """The elements of a copy with these groups of axes as one each; none where they are so in memory."""
    turned = operand.picked([axis for group in (*groups, others) for axis in group])
    sizes = tuple(prod(operand.sizes[axis] for axis in group) for group in groups)
    return prod(sizes) if viewed(turned, sizes) is None else 0
