"""The batch in shapes that a file writes as numbers. Enters: a shape with the batch in it, and a target. Leaves: its
sizes.

An exporter that ran the model on one sample writes [1, 9216] where [N, 9216] is meant. The number is the batch where the
batch stands at that place of the tensor that is reshaped; nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.dims import BATCH, Shape, Size, exact_div, floor_div, product, substitute, symbol, symbols

N = symbol(BATCH)


def has_batch(size: Size) -> bool:
    """Whether the batch is a part of the size."""
    return BATCH in symbols(size)


def in_file(size: Size, batch: int | None) -> Size:
    """The size as the file has it: with its number in place of the batch, where it has one."""
    return size if batch is None else substitute(size, {BATCH: batch})


def expanded(before: Shape, target: Sequence[Size], batch: int | None) -> list[Size] | None:
    """The sizes of an Expand's result: those of both, broadcast; None where they do not fit."""
    if any(map(has_batch, target)):
        batch = None
    rank = max(len(before), len(target))
    own = [1] * (rank - len(before)) + list(before)
    wanted = [1] * (rank - len(target)) + list(target)
    result: list[Size] = []
    for have, want in zip(own, wanted, strict=True):
        if want in (1, have) or in_file(have, batch) == want:
            result.append(have)
        elif have == 1:
            result.append(want)
        else:
            return None
    return result


def reshaped(before: Shape, target: Sequence[Size], batch: int | None) -> list[Size] | None:
    """The sizes of a Reshape's result, one of which may be written as -1; None where they do not hold the same numbers."""
    is_free = batch is None or any(map(has_batch, target))
    own = list(before) if is_free else [in_file(size, batch) for size in before]
    after = list(target)
    if -1 in after:
        open_ = after.index(-1)
        known = product(size for axis, size in enumerate(after) if axis != open_)
        rest = exact_div(product(own), known)
        after[open_] = floor_div(product(own), known) if rest is None and known != 0 else rest or 0
    if product(after) != product(own):
        return None
    if is_free:
        return after
    assert batch is not None
    found = _Alignment(before, own, after, batch).run()
    return found if found is not None and product(found) == product(before) else None


class _Alignment:
    """A target of numbers beside the sizes it is made of, read from the front: where the batch is among those, it goes to
    where it stands in the target.

    Sizes of 1 are told apart by their neighbours. (17, N, 32) to (17, 32) puts the batch to the 17, for the 32 stays as it
    is; to (17, 2, 16) it puts it to the 2. And (17·N, 32) to (17, 1, 32) takes it out again, to the 1.
    """

    def __init__(self, before: Shape, own: list[Size], after: list[Size], batch: int) -> None:
        self.before = list(before)
        self.own = own  # the sizes before, as the file has them
        self.after = after
        self.batch = batch
        self.result: list[Size] = []
        self.i = self.j = 0

    def run(self) -> list[Size] | None:
        """The target with the batch in it; None where the two cannot be laid side by side."""
        while self.i < len(self.before) or self.j < len(self.after):
            size = self._at(self.own, self.i)
            wanted = self._at(self.after, self.j)
            if size == wanted:
                self._same()
            elif wanted == 1:
                self._new_one()
            elif size == 1:
                self._one_less()
            elif not self._group():
                return None
        return self.result

    def _at(self, sizes: list[Size], place: int) -> Size | None:
        return sizes[place] if place < len(sizes) else None

    def _same(self) -> None:
        """One size stays; a multiple of the batch beside a new 1 is parted in two."""
        size = self.before[self.i]
        factor = self._factor(size)
        is_parted = factor is not None and self.batch == self._at(self.after, self.j + 1) != self._at(
            self.own, self.i + 1
        )
        self.result += [factor, N] if is_parted and factor is not None else [size]
        self.j += 2 if is_parted else 1
        self.i += 1

    def _factor(self, size: Size) -> Size | None:
        """k of a size k·N; None where the batch is not in it, or nothing else is, or the file's batch is not 1."""
        factor = exact_div(size, N) if has_batch(size) and self.batch == 1 else None
        return None if factor == 1 else factor

    def _new_one(self) -> None:
        """A new 1 in front of a multiple of the batch is the batch."""
        factor = self._factor(self.before[self.i]) if self.i < len(self.before) else None
        self.result.append(1 if factor is None else N)
        if factor is not None:
            self.before[self.i] = factor
        self.j += 1

    def _one_less(self) -> None:
        """A 1 goes; where it is the batch, it goes to the size before it, or to the next one if that is parted anyway."""
        if has_batch(self.before[self.i]):
            inner, wanted = self._at(self.own, self.i + 1), self._at(self.after, self.j)
            is_parted = isinstance(inner, int) and isinstance(wanted, int) and inner > wanted
            if self.result and not is_parted:
                self.result[-1] = self.result[-1] * N
            elif self.i + 1 < len(self.before):
                self.before[self.i + 1] = self.before[self.i + 1] * N
        self.i += 1

    def _group(self) -> bool:
        """The fewest sizes on either side that hold the same numbers."""
        end, out = self.i + 1, self.j + 1
        while (have := product(self.own[self.i : end])) != (want := product(self.after[self.j : out])):
            if isinstance(have, int) and isinstance(want, int) and have < want and end < len(self.own):
                end += 1
            elif out < len(self.after):
                out += 1
            else:
                return False
        inner, targets = product(self.before[self.i : end]), self.after[self.j : out]
        if inner != have:
            place = targets.index(self.batch) if self.batch > 1 and self.batch in targets else 0
            rest = exact_div(inner, product(size for axis, size in enumerate(targets) if axis != place))
            if rest is None:
                return False
            targets[place] = rest
        self.result += targets
        self.i, self.j = end, out
        return True
