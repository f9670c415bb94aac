"""Ops that take parts of a tensor, or put borders to it: Slice, Select, Chunk, Split, Unbind, Pad. Enters: a tensor.
Leaves: one, or several under the ports "0", "1", …

Axes are counted as in PyTorch: 0 is the batch, -1 the last.
"""

from typing import Annotated, ClassVar

from archspec.dims import BATCH, Size, floor_div, symbols
from archspec.limits import MAX_LIST
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least, assume_equal
from archspec.ops.axes import ShapeOp, without
from archspec.ops.base import (
    Inputs,
    Outputs,
    Picked,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    show_shape,
    tensor_bytes,
)
from archspec.ops.fields import (
    Axis,
    Positive,
    RealOrInfinity,
    as_number,
    choice,
    integer,
    one_or_more,
    whole_numbers,
)
from archspec.ops.formula import Formula
from archspec.ops.intervals import moved, one
from archspec.ops.layout import Laid
from archspec.ops.order import Order, padded
from archspec.ops.reading import Asked, Lost, Read, by_axis, folded, put_in, replaced
from archspec.words import counted

IndexOrNull = Annotated[int | None, integer().or_null()]


class Slice(ShapeOp):
    """The positions `start`, `start + step`, … before `stop` along `dim`, as `x[start:stop:step]`; negative ones count
    from the end. https://docs.pytorch.org/docs/stable/tensor_view.html"""

    keeps_order: ClassVar = True
    example: ClassVar = "dim: 1, start: 2, stop: 10"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]",)

    dim: Axis
    start: IndexOrNull = None
    """the first position"""
    stop: IndexOrNull = None
    """the position after the last"""
    step: Positive = 1
    """the distance from one position to the next"""

    def _bounds(self, size: Size) -> tuple[Size, Size]:
        """The first position and the end. Raises where nothing is left."""
        start = self._position(self.start, size, 0, "start")
        stop = self._position(self.stop, size, size, "stop")
        if not assume_at_least(stop - start, 1):
            raise Problem("E0306", f"takes nothing: it starts at {start} and ends before {stop} of {counted(size, 'position')}",
                          field="stop" if self.stop is not None else "start", label="at least one position",
                          help="a slice of the batch must not depend on its size" if BATCH in symbols(size)
                          else "widen the range")  # fmt: skip
        return start, stop

    def _position(self, index: int | None, size: Size, default: Size, field: str) -> Size:
        """The index counted from 0 and cut to the axis, as Python does."""
        if index is None or index == 0:
            return default if index is None else 0
        if isinstance(size, int):
            return max(size + index, 0) if index < 0 else min(index, size)
        if not assume_at_least(size, abs(index)):
            raise Problem("E0308", f"counts {counted(abs(index), 'position')} of an axis of {size}", field=field,
                          label=f"{size} may be smaller", help="the batch is always free; slice another axis")  # fmt: skip
        return size + index if index < 0 else index

    def meant(self, inputs: Inputs) -> dict[str, object]:
        start, stop = self._bounds(inputs[0].shape[self.dim])
        return {"dim": self.dim % inputs[0].rank, "start": start, "stop": stop}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        start, stop = self._bounds(x.shape[axis])
        return {"output": _resized(x, axis, floor_div(stop - start + (self.step - 1), self.step))}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        axis = self.dim % len(x.sizes)
        start, _, _ = slice(self.start, self.stop).indices(x.sizes[axis])
        return x.narrowed(axis, start, sizes[axis], self.step)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        axis = self.dim % x.rank
        start, _ = self._bounds(x.shape[axis])
        cut: Reach = Picked("it is cut at a place counted from the end", axis)
        if isinstance(start, int):
            cut = Window(axis, 1, self.step, -start)
        return (_but(axis, cut, x),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        before = (emit.Slice(),) * (self.dim % inputs[0].rank)
        step = None if self.step == 1 else self.step
        return emit.Emission(emit.Index(emit.Input(), (*before, emit.Slice(self.start, self.stop, step))))


class Select(ShapeOp):
    """The position `index` along `dim`, which is then gone: `x[:, index]` for `dim: 1`.
    https://docs.pytorch.org/docs/stable/generated/torch.select.html"""

    example: ClassVar = "dim: 1, index: 0"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]",)

    dim: Axis
    index: Annotated[int, integer()]
    """which position, from 0"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        size = x.shape[axis]
        if not assume_at_least(size, self.index + 1 if self.index >= 0 else -self.index):
            raise Problem("E0306", f"selects position {self.index} of an axis of {size}", field="index",
                          label=f"from -{size} to {size - 1}" if isinstance(size, int) else f"{size} may be smaller")  # fmt: skip
        return {"output": Tensor((*x.shape[:axis], *x.shape[axis + 1 :]), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        axis, others = self.dim % len(x.sizes), [i for i in range(len(x.sizes)) if i != self.dim % len(x.sizes)]
        return x.narrowed(axis, self.index % x.sizes[axis], 1).picked(others)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        axis = self.dim % x.rank
        one = None if x.shape[axis] == 1 else Picked("one position of it is selected")
        return (without({axis}, x.rank, one),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        x = inputs[0]
        axis, size = self.dim % x.rank, x.shape[self.dim % x.rank]
        index = self.index if self.index >= 0 or not isinstance(size, int) else size + self.index
        return (
            put_in(asked.box, axis, one(index) if index >= 0 else Lost(f"{size} is symbolic: --set gives it a number")),
        )

    def emission(self, inputs: Inputs) -> emit.Emission:
        before = (emit.Slice(),) * (self.dim % inputs[0].rank)
        return emit.Emission(emit.Index(emit.Input(), (*before, self.index)))


class _Several(ShapeOp):
    """Parts of a tensor along `dim`, each at a port of its own. How outputs depend on that axis differs by port."""

    keeps_order: ClassVar = True
    dim: Axis = 0

    def _parts(self, size: Size) -> list[Size]:
        """The sizes of the parts, in order. Raises Problem."""
        raise NotImplementedError

    def _numbers(self, size: int) -> list[int]:
        """The sizes of the parts of an axis of some size, which need not be one that the assumptions allow."""
        return [part for part in self._parts(size) if isinstance(part, int)]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        return {str(port): _resized(x, axis, part) for port, part in enumerate(self._parts(x.shape[axis]))}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        axis = self.dim % len(x.sizes)
        before = sum(self._numbers(x.sizes[axis])[: int(port)])
        return x.narrowed(axis, before, sizes[axis])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        axis = self.dim % x.rank
        alone = len(self.outputs(inputs)) == 1
        return (_but(axis, Same(axis) if alone else Picked("each output reads a part of it", axis), x),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        x = inputs[0]
        axis, before = self.dim % x.rank, self._parts(x.shape[self.dim % x.rank])[: int(asked.port)]
        numbers, own = [size for size in before if isinstance(size, int)], asked.box[axis]
        if len(numbers) < len(before) or isinstance(own, Lost):
            return (replaced(asked.box, axis, Lost("it follows a part of unknown size")),)
        return (replaced(asked.box, axis, moved(own, sum(numbers))),)

    def _emission(self, inputs: Inputs, *arguments: emit.Literal) -> emit.Emission:
        data = tuple(emit.Data(argument) for argument in arguments)
        forward = emit.Method(emit.Input(), type(self).__name__.lower(), data, emit.keywords(dim=self.dim))
        return emit.Emission(forward, ports=tuple(self.outputs(inputs)))


class Chunk(_Several):
    """Cuts the axis `dim` into `chunks` parts of ceil(size / chunks) positions, the last one smaller; fewer parts where
    those are enough. https://docs.pytorch.org/docs/stable/generated/torch.chunk.html"""

    example_port: ClassVar = "0"
    example: ClassVar = "chunks: 2, dim: 1"

    chunks: Positive
    """into how many parts"""

    def _parts(self, size: Size) -> list[Size]:
        _need_few(self.chunks if not isinstance(size, int) else min(self.chunks, size), "chunks")
        if isinstance(size, int):
            return _runs(size, -(-size // self.chunks))
        part = floor_div(size, self.chunks)
        if not assume_equal(size, part * self.chunks):
            raise Problem("E0308", f"cuts an axis of {size} into {self.chunks}", field="chunks",
                          label=f"{size} is not known to be a multiple",
                          help="the batch is always free; write the dim to cut, such as 1")  # fmt: skip
        return [part] * self.chunks

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._emission(inputs, self.chunks)


class Split(_Several):
    """Cuts the axis `dim` into parts of `split_size` positions, the last one smaller, or into parts of the sizes listed.
    https://docs.pytorch.org/docs/stable/generated/torch.split.html"""

    example_port: ClassVar = "0"
    example: ClassVar = "split_size: 4, dim: 1"

    split_size: Annotated[int | tuple[int, ...], one_or_more(1)]
    """how large each part is, or a list with the size of each"""

    def _parts(self, size: Size) -> list[Size]:
        if isinstance(self.split_size, tuple):
            total = sum(self.split_size)
            if not assume_equal(size, total):
                raise Problem("E0305", f"has parts of {counted(total, 'position')} in all for an axis of {size}",
                              field="split_size", label=f"{size} expected in all")  # fmt: skip
            return list(self.split_size)
        number = self.need_number(size, "the size of the axis that it cuts")
        _need_few(-(-number // self.split_size), "split_size")
        return _runs(number, self.split_size)

    def _numbers(self, size: int) -> list[int]:
        return list(self.split_size) if isinstance(self.split_size, tuple) else super()._numbers(size)

    def emission(self, inputs: Inputs) -> emit.Emission:
        """As a function: what the method of the same name gives has no type."""
        sizes: emit.Expression = emit.Data(self.split_size)
        if isinstance(self.split_size, tuple):
            sizes = emit.Several(tuple(map(emit.Data, self.split_size)), is_list=True)
        forward = emit.Call("torch.split", (emit.Input(), sizes), emit.keywords(dim=self.dim))
        return emit.Emission(forward, ports=tuple(self.outputs(inputs)))


class Unbind(_Several):
    """Every position along `dim` at a port of its own, without that axis.
    https://docs.pytorch.org/docs/stable/generated/torch.unbind.html"""

    example_port: ClassVar = "0"
    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[2, 64]",)

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        number = self.need_number(x.shape[axis], "the size of the axis that it takes apart")
        _need_few(number, "dim")
        one = Tensor((*x.shape[:axis], *x.shape[axis + 1 :]), x.dtype)
        return {str(port): one for port in range(number)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        axis, others = self.dim % len(x.sizes), [i for i in range(len(x.sizes)) if i != self.dim % len(x.sizes)]
        return x.narrowed(axis, int(port), 1).picked(others)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        axis = self.dim % x.rank
        return (without({axis}, x.rank, None if x.shape[axis] == 1 else Picked("each output reads a part of it")),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        return (put_in(asked.box, self.dim % inputs[0].rank, one(int(asked.port))),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._emission(inputs)


class Pad(ShapeOp):
    """Puts positions around a tensor; negative numbers cut. `padding` holds a pair (before, after) for the last axis,
    then for the one before it, and so on. https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html"""

    keeps_order: ClassVar = True
    example: ClassVar = "padding: [1, 1, 2, 2]"

    padding: Annotated[tuple[int, ...], whole_numbers()]
    mode: Annotated[str, choice("constant", "reflect", "replicate", "circular")] = "constant"
    """what the padding holds"""
    value: RealOrInfinity = 0.0
    """the number that the padding holds"""

    def check(self) -> None:
        if len(self.padding) % 2:
            raise Problem("E0105", f"has {len(self.padding)} numbers in padding, which are no pairs", field="padding",
                          label="before and after for each axis", help="begin with the pair of the last axis")  # fmt: skip
        if self.mode != "constant" and self.value != 0:
            raise Problem("E0106", f"has a value, which mode: {self.mode} does not use", field="value",
                          help="leave value out")  # fmt: skip

    def _pairs(self, rank: int) -> list[tuple[int, int]]:
        """Before and after, for every axis from the first."""
        pairs = list(zip(self.padding[::2], self.padding[1::2], strict=True))
        return [(0, 0)] * (rank - len(pairs)) + pairs[::-1]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        padded = len(self.padding) // 2
        if padded > x.rank or (self.mode != "constant" and (padded > 3 or x.rank not in (padded + 1, padded + 2))):
            raise Problem("E0302", f"pads the last {counted(padded, 'axis')}"
                          + (f" with mode: {self.mode}" if padded <= x.rank else "")
                          + f", but gets {show_shape(x.shape)}", input=0,
                          label=f"at least {counted(padded, 'axis')} expected" if self.mode == "constant"
                          else f"{padded + 1} or {padded + 2} axes expected")  # fmt: skip
        sizes = [self._pad(axis, x.shape[axis], *pair) for axis, pair in enumerate(self._pairs(x.rank))]
        return {"output": Tensor(tuple(sizes), x.dtype)}

    def _pad(self, axis: int, size: Size, before: int, after: int) -> Size:
        most = max(before, after)
        if self.mode in ("reflect", "circular") and most > 0:
            least = most + (self.mode == "reflect")
            if not assume_at_least(size, least):
                raise Problem("E0310", f"pads by {most} with mode: {self.mode}, for which axis {axis} of {size} is too "
                              "small", field="padding", label=f"at least {counted(least, 'position')} needed")  # fmt: skip
        cut = min(before, 0) + min(after, 0)
        if not (assume_at_least(size + (before + after), 1) and assume_at_least(size + cut, 0)):
            raise Problem("E0310", f"cuts {counted(-cut, 'position')} off axis {axis}, which has {size}", field="padding",
                          help="cut less")  # fmt: skip
        return size + (before + after)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        x = inputs[0]
        return {
            axis: Formula(
                f"axis {axis}", "in + before + after", {"in": x.shape[axis], "before": pair[0], "after": pair[1]}
            )
            for axis, pair in enumerate(self._pairs(x.rank))
            if pair != (0, 0)
        }

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        reaches: list[Reach] = []
        for axis, pair in enumerate(self._pairs(x.rank)):
            if pair == (0, 0):
                reaches.append(Same(axis))
            elif self.mode == "constant" or max(pair) <= 0:
                reaches.append(Window(axis, 1, 1, pair[0]))
            else:
                reaches.append(Untraced("its border repeats other positions"))
        return (tuple(reaches),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        pairs = self._pairs(inputs[0].rank)
        return (by_axis(asked.box, inputs[0].shape, lambda axis, own, size: folded(own, pairs[axis], size, self.mode)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        extra: dict[str, emit.Literal] = {} if self.mode == "constant" else {"mode": self.mode}
        if self.value != 0:
            extra["value"] = as_number(self.value)
        return emit.Emission(emit.Call("F.pad", (emit.Input(), emit.Data(self.padding)), emit.keywords(**extra)))

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        if self.mode == "constant":
            return padded(operands[0], self._pairs(len(sizes)), sizes)
        is_rows = self.mode == "circular" or len(self.padding) == 2
        return (Order.ROWS if is_rows else Order.IMAGES).lay(operands, sizes)

    def _order(self, rank: int) -> Order:
        """How a border that repeats positions is read: PyTorch has kernels for lines, images and volumes."""
        return Order.IMAGES if 1 < len(self.padding) // 2 == rank - 2 else Order.ROWS

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """A copy, of which a border is read."""
        sides = len(self.padding) // 2
        if self.mode in ("reflect", "replicate") and sides == 3 and not laid[0].is_contiguous:
            return None  # for one sample, PyTorch has kernels that copy their result, too
        is_read = self.mode in ("reflect", "replicate") and not self._order(inputs[0].rank).fits(laid[0])
        return tensor_bytes(inputs[0]) if is_read else 0


def _resized(x: Tensor, axis: int, size: Size) -> Tensor:
    return Tensor((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)


def _but(axis: int, reach: Reach, x: Tensor) -> tuple[Reach, ...]:
    """Every axis as it was, but one."""
    return tuple(reach if i == axis else Same(i) for i in range(x.rank))


def _runs(size: int, step: int) -> list[Size]:
    """The sizes of consecutive parts of `step`; the last one takes what is left."""
    return [min(step, size - start) for start in range(0, size, step)]


def _need_few(parts: int, field: str) -> None:
    if parts > MAX_LIST:
        raise Problem("E0310", f"would have {parts} outputs", field=field, label=f"at most {MAX_LIST}")
