"""What the ops that rearrange axes share: sizes that regroup, the batch that stays first, and where positions go."""

from typing import ClassVar

from archspec.dims import Shape, Size, exact_div, floor_div, product
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import Everything, Inputs, Op, Picked, Problem, Reach, Same, Tensor, Untraced
from archspec.ops.layout import Laid, viewed
from archspec.ops.reading import Asked, Read, regrouped
from archspec.words import counted


class ShapeOp(Op):
    """An op that computes nothing. Most are views, which `share` the memory of what they look at."""

    kind: ClassVar = "shape"

    def need_axes(self, dims: int | tuple[int, ...], rank: int, field: str) -> list[int]:
        """Axes counted from 0; raises where one does not exist or is named twice."""
        axes = [self.need_axis(dim, rank, field) for dim in (dims if isinstance(dims, tuple) else (dims,))]
        for position, axis in enumerate(axes):
            if axis in axes[:position]:
                raise Problem("E0105", f"names axis {axis} twice", field=field, label="each axis once")
        return axes


class Regrouping(ShapeOp):
    """An op that gives the same numbers in other axes: a view where their order in memory allows it, else a copy."""

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        before = inputs[0].shape
        return (regrouped(asked.box, asked.sizes, before, groups(before, asked.sizes)),)

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        return viewed(x, sizes)


def after_batch(way: Reach) -> Reach:
    """The reach of a sample's axis as that of the batch's: one axis further."""
    if isinstance(way, (Same, Picked, Untraced)) and way.axis is not None:
        return way._replace(axis=way.axis + 1)
    return way


def without(removed: set[int], rank: int, why: Reach | None = None) -> tuple[Reach, ...]:
    """The reach where some axes are gone: they are read as a whole, or as `why` says; the others move up."""
    reaches: list[Reach] = []
    kept = 0
    for axis in range(rank):
        reaches.append((why or Everything()) if axis in removed else Same(kept))
        kept += axis not in removed
    return tuple(reaches)


def regroup(before: Shape, after: Shape, how: str) -> tuple[Reach, ...]:
    """The reach of a reshape: an axis is traced where it stays one, beside axes of size 1 at most; what is merged into one axis
    is picked from along it.

    Both shapes are cut at the same places, as early and as often as their running products agree.
    """
    reaches: list[Reach] = []
    for own, made in groups(before, after):
        wide = [axis for axis in own if before[axis] != 1]
        out_wide = [axis for axis in made if after[axis] != 1]
        traced = len(wide) == len(out_wide) == 1
        for axis in own:
            if before[axis] == 1:
                reaches.append(Everything())
            else:
                merged = Picked(how, out_wide[0], True) if len(out_wide) == 1 else Untraced(how)
                reaches.append(Same(out_wide[0]) if traced else merged)
    return tuple(reaches)


def groups(before: Shape, after: Shape) -> list[tuple[range, range]]:
    """Runs of axes, before and after, that hold the same elements in the same order; as short as may be."""
    found: list[tuple[range, range]] = []
    start = out_start = 0
    while start < len(before):
        end, out_end = _group(before, after, start, out_start)
        found.append((range(start, end), range(out_start, out_end)))
        start, out_start = end, out_end
    return found


def _group(before: Shape, after: Shape, start: int, out_start: int) -> tuple[int, int]:
    """The ends of the shortest runs of axes from here on whose products are the same; all axes where none are."""
    end, out_end = start + 1, out_start
    left, right = before[start], 1 if out_start == len(after) else after[out_start]
    out_end += out_start < len(after)
    if left == 1 != right:
        return end, out_start
    while left != right:
        if end < len(before) and exact_div(right, left) is not None:
            left, end = left * before[end], end + 1
        elif out_end < len(after) and exact_div(left, right) is not None:
            right, out_end = right * after[out_end], out_end + 1
        elif end < len(before) and isinstance(left, int) and isinstance(right, int) and left < right:
            left, end = left * before[end], end + 1
        elif out_end < len(after) and isinstance(left, int) and isinstance(right, int):
            right, out_end = right * after[out_end], out_end + 1
        else:
            return len(before), len(after)
    return end, out_end


def need_one_open(sizes: tuple[int, ...], field: str) -> None:
    if sizes.count(-1) > 1:
        raise Problem("E0106", f"has -1 {sizes.count(-1)} times in {field}", field=field, label="-1 at most once")


def need_batch(x: Tensor) -> None:
    if not x.rank:
        raise Problem("E0302", "keeps the batch as the first axis, but gets a single number", input=0)


_BATCH = "where -1 is the batch, leave it out, or write Flatten"


def _help(sizes: tuple[int, ...], total: Size) -> str:
    """Which size could follow from the others, as -1 does; or why none can."""
    others = [product([*sizes[:place], *sizes[place + 1 :]]) for place in range(len(sizes))]
    rest = [exact_div(total, other) for other in others]
    open_ = list(dict.fromkeys(size for size, left in zip(sizes, rest, strict=True) if left is not None))
    if len(open_) == 1:
        return f"write -1 in place of {open_[0]}: the others leave {rest[sizes.index(open_[0])]}"
    if open_:
        return f"write -1 for the size that should follow from the others: {' or '.join(map(str, open_))}"
    if not isinstance(total, int) or not sizes:
        return ""
    wrong = next((size for size in (*sizes, *others) if isinstance(size, int) and total % size), None)
    return "" if wrong is None else f"{wrong} does not divide {total}: change it, or what comes before"


def fill(sizes: tuple[int, ...], total: Size, field: str, what: str) -> Shape:
    """The sizes with what is left in place of -1; raises where they do not come to the total."""
    known = product(size for size in sizes if size != -1)
    shown = " × ".join("?" if size == -1 else str(size) for size in sizes)
    if -1 not in sizes:
        if not assume_equal(total, known):
            raise Problem("E0305", f"makes {shown} of {what}", field=field,
                          label=f"{counted(known, 'element')}, but the input has {total}",
                          help=_help(sizes, total))  # fmt: skip
        return sizes
    rest = floor_div(total, known)
    if not assume_equal(total, rest * known):
        raise Problem("E0304", f"makes {shown} of {what}, but {known} does not divide {total}", field=field,
                      label=f"{total} / {known} is not whole",
                      help=_BATCH if field == "shape" and sizes[0] == -1 else "")  # fmt: skip
    return tuple(rest if size == -1 else size for size in sizes)
