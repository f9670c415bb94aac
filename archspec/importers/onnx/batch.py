"""The batch in shapes that a file writes as numbers. Enters: a shape with the batch in it, and a target. Leaves: its
sizes.

An exporter that ran the model on one sample writes [1, 9216] where [N, 9216] is meant. The number is the batch where the
batch stands at that place of the tensor that is reshaped; nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.dims import BATCH, Shape, Size, exact_div, floor_div, product, substitute, symbols


def in_file(size: Size, batch: int | None) -> Size:
    """The size as the file has it: with its number in place of the batch, where it has one."""
    return size if batch is None else substitute(size, {BATCH: batch})


def is_meant(written: Size, size: Size, batch: int | None) -> bool:
    """Whether a size of a target is this size: it is the same, or the number that the file has in its place."""
    return written == size or in_file(size, batch) == written


def reshaped(before: Shape, target: Sequence[Size], batch: int | None) -> list[Size] | None:
    """The sizes of a Reshape's result, one of which may be written as -1; None where they do not hold the same numbers."""
    after = list(target)
    if any(map(has_batch, target)):  # then the file does not have a number in its place
        batch = None
    for axis, size in enumerate(after):  # sizes at the front that stay as they are
        if axis >= len(before) or not is_meant(size, before[axis], batch):
            break
        after[axis] = before[axis]
    total = product(before)
    if -1 in after:
        open_ = after.index(-1)
        known = product(size for axis, size in enumerate(after) if axis != open_)
        rest = exact_div(total, known)
        after[open_] = floor_div(total, known) if rest is None else rest
        return after if -1 not in after else None
    if product(after) == total:
        return after
    if batch is None or in_file(total, batch) != product(after):
        return None
    return _with_batch(before, after, batch)


def _with_batch(before: Shape, after: list[Size], batch: int) -> list[Size] | None:
    """The target with the batch put where it stands in `before`: both are cut where their running products agree."""
    left = [in_file(size, batch) for size in before]
    start = out_start = 0
    result = list(after)
    while start < len(before) and out_start < len(after):
        end, out_end = start + 1, out_start + 1
        while (a := product(left[start:end])) != (b := product(after[out_start:out_end])):
            if isinstance(a, int) and isinstance(b, int) and a < b and end < len(before):
                end += 1
            elif out_end < len(after):
                out_end += 1
            else:
                return None
        inner = product(before[start:end])
        if inner != product(result[out_start:out_end]):
            rest = exact_div(inner, product(result[out_start + 1 : out_end]))
            if rest is None:
                return None
            result[out_start] = rest
        start, out_start = end, out_end
    return result if product(result) == product(before) else None


def expanded(before: Shape, target: Sequence[Size], batch: int | None) -> list[Size] | None:
    """The sizes of an Expand's result: those of both, broadcast; None where they do not fit."""
    if any(map(has_batch, target)):
        batch = None
    rank = max(len(before), len(target))
    own = [1] * (rank - len(before)) + list(before)
    wanted = [1] * (rank - len(target)) + list(target)
    result: list[Size] = []
    for have, want in zip(own, wanted, strict=True):
        if want == 1 or is_meant(want, have, batch):
            result.append(have)
        elif have == 1:
            result.append(want)
        else:
            return None
    return result


def has_batch(size: Size) -> bool:
    """Whether the batch is a part of the size."""
    return BATCH in symbols(size)
