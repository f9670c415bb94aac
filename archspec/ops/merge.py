"""Ops that make one tensor of several: arithmetic with broadcasting, Cat and Stack.

Enters: two or more tensors (or one and a number, in arithmetic). Leaves: one. Matrix products are in `matmul.py`.
"""

from functools import reduce
from itertools import accumulate, pairwise, zip_longest
from typing import Annotated, ClassVar

from archspec.dims import BATCH, Shape, Size, symbols
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import (
    DType,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    count,
    pointwise,
    show_shape,
    tensor_bytes,
)
from archspec.ops.broadcast import broadcast, promote, result_dtype
from archspec.ops.fields import Axis, Bool, number
from archspec.ops.formula import MAX_FACTORS, Formula, plus
from archspec.ops.intervals import clipped, holds, moved, one
from archspec.ops.layout import Laid, viewed
from archspec.ops.order import alike, joined
from archspec.ops.reading import Asked, Box, Lost, Read, replaced
from archspec.words import counted

Number = Annotated[float | None, number().or_null()]


class _Pointwise(Op):
    """An operation on elements that stand at the same place, inputs broadcast as in PyTorch."""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "[16, 32, 32]")
    kind: ClassVar = "merge"
    keeps_order: ClassVar = True
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    verb: ClassVar[str]
    is_one_kernel: ClassVar[bool] = False
    """Whether PyTorch computes with all tensors at once, and not with one pair after the other."""

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": self._results(inputs)[-1]}

    def _results(self, inputs: Inputs) -> list[Tensor]:
        """The first tensor, and what comes of it with one more after the other."""
        return list(accumulate(enumerate(inputs[1:], 1), lambda left, item: self._pair(left, *item), initial=inputs[0]))

    def _pair(self, left: Tensor, index: int, right: Tensor) -> Tensor:
        return Tensor(broadcast(left.shape, right.shape, self.verb, index), self._dtype(left, right))

    def _dtype(self, left: Tensor, right: Tensor) -> DType:
        return result_dtype(left, right)

    def elementwise(self, inputs: Inputs) -> Size:
        """One operation for each output element and each input after the first."""
        return count(self.outputs(inputs)["output"]) * max(len(inputs) - 1, 1)

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(*inputs)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        if self.is_one_kernel:
            return alike(operands, sizes)
        first, *others = operands
        for other in others[:-1]:
            both = zip_longest(first.sizes[::-1], other.sizes[::-1], fillvalue=1)
            first = alike((first, other), tuple(max(pair) for pair in both)[::-1])
        return alike((first, *others[-1:]), sizes)

    def computes_in(self, inputs: Inputs) -> DType | None:
        return self.outputs(inputs)["output"].dtype

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """What is cast. Of three and more tensors, the results so far: two are alive at a time."""
        if len(inputs) < 3 or self.is_one_kernel:
            return super().workspace(inputs, laid)
        if any(tensor.dtype != inputs[0].dtype for tensor in inputs):
            return None  # each result so far may be cast for the next
        made = [tensor_bytes(result) for result in self._results(inputs)[1:]]
        sizes = [size for size in made if isinstance(size, int)]
        return max(a + b for a, b in pairwise(sizes)) - sizes[-1] if len(sizes) == len(made) else None


class _Arithmetic(_Pointwise):
    """`+ − × ÷`: several tensors, or one and a number (`value: 2.0`)."""

    arity: ClassVar[tuple[int, int | None]] = (1, None)
    operator: ClassVar[str]

    value: Number = None

    def outputs(self, inputs: Inputs) -> Outputs:
        if self.value is None:
            if len(inputs) < 2:
                raise Problem("E0203", f"{self.verb} two tensors, or one and a value, but reads one alone",
                              help="name two layers in from, or write value:")  # fmt: skip
            return super().outputs(inputs)
        if len(inputs) > 1:
            raise Problem("E0203", f"{self.verb} a value and one tensor, but reads {len(inputs)}", field="value",
                          help="leave value out, or read one layer")  # fmt: skip
        dtype: DType = "int64" if type(self.value) is int else "float32"
        return {"output": Tensor(inputs[0].shape, self._dtype(inputs[0], Tensor((), dtype), dtype))}

    def _dtype(self, left: Tensor, right: Tensor, value: DType | None = None) -> DType:
        return result_dtype(left, number=value) if value else result_dtype(left, right)

    def emission(self, inputs: Inputs) -> emit.Emission:
        first: emit.Expression = emit.Input(0)
        if self.value is not None:
            return emit.Emission(emit.Infix(self.operator, first, emit.Data(self.value)))
        others = (emit.Input(i) for i in range(1, len(inputs)))
        return emit.Emission(reduce(lambda left, right: emit.Infix(self.operator, left, right), others, first))


class Add(_Arithmetic):
    """The sum of two or more tensors, or of one and `value`; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.add.html"""

    operator: ClassVar = "+"
    verb: ClassVar = "adds"


class _Ordered(_Arithmetic):
    """Arithmetic of two, whose order matters: with `reverse: true` the value comes first."""

    arity: ClassVar = (1, 2)

    reverse: Bool = False
    """whether the tensor stands behind the sign: the number comes first"""

    def check(self) -> None:
        if self.reverse and self.value is None:
            raise Problem("E0106", "has reverse, but no value to come first", field="reverse",
                          help="leave reverse out; of two tensors, from: gives the order")  # fmt: skip

    def _need_divisor(self) -> None:
        if self.value == 0 and not self.reverse:
            raise Problem("E0105", "divides by zero", field="value", label="any other number")

    def emission(self, inputs: Inputs) -> emit.Emission:
        if not self.reverse:
            return super().emission(inputs)
        return emit.Emission(emit.Infix(self.operator, emit.Data(self.value), emit.Input(0)))


class Sub(_Ordered):
    """The first tensor less the second, or less `value` (`reverse: true`: the value less the tensor); shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.sub.html"""

    operator: ClassVar = "-"
    verb: ClassVar = "subtracts"

    def outputs(self, inputs: Inputs) -> Outputs:
        for index, tensor in enumerate(inputs):
            if tensor.dtype == "bool":
                raise Problem("E0307", "subtracts numbers, but gets bool", input=index, label="numbers expected")
        return super().outputs(inputs)


class Mul(_Arithmetic):
    """The product, element by element, of two or more tensors, or of one and `value`; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.mul.html"""

    operator: ClassVar = "*"
    verb: ClassVar = "multiplies"


class Div(_Ordered):
    """The first tensor divided by the second, or by `value` (`reverse: true`: the value by the tensor); shapes broadcast, whole
    numbers give float32. https://docs.pytorch.org/docs/stable/generated/torch.div.html"""

    operator: ClassVar = "/"
    verb: ClassVar = "divides"

    def check(self) -> None:
        super().check()
        self._need_divisor()

    def _dtype(self, left: Tensor, right: Tensor, value: DType | None = None) -> DType:
        dtype = super()._dtype(left, right, value)
        return dtype if Tensor((), dtype).is_float else "float32"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """A number divided by a tensor is its reciprocal first, for which floats of whole numbers are made and given back."""
        if not self.reverse:
            return super().workspace(inputs, laid)
        return tensor_bytes(self.outputs(inputs)["output"])


class _Extremum(_Pointwise):
    function: ClassVar[str]

    def emission(self, inputs: Inputs) -> emit.Emission:
        first: emit.Expression = emit.Input(0)
        others = (emit.Input(i) for i in range(1, len(inputs)))
        return emit.Emission(reduce(lambda left, right: emit.Call(self.function, (left, right)), others, first))


class Minimum(_Extremum):
    """The smallest at each place of two or more tensors; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.minimum.html"""

    function: ClassVar = "torch.minimum"
    verb: ClassVar = "compares"


class Maximum(_Extremum):
    """The largest at each place of two or more tensors; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.maximum.html"""

    function: ClassVar = "torch.maximum"
    verb: ClassVar = "compares"


class Cat(Op):
    """Joins tensors along the axis `dim`; all other axes agree. Write `dim: 1` to join channels of (N, C, H, W).

    The default is PyTorch's, 0; but where that is the batch it has to be written, for left out it is a mistake.
    https://docs.pytorch.org/docs/stable/generated/torch.cat.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "[8, 32, 32]")
    kind: ClassVar = "merge"
    keeps_order: ClassVar = True
    arity: ClassVar = (1, None)
    joins_named: ClassVar = True

    dim: Axis = 0

    def outputs(self, inputs: Inputs) -> Outputs:
        first = inputs[0]
        if not first.rank:
            raise Problem("E0302", "joins along an axis, but gets a single number", input=0, help="use Stack")
        axis = self.need_axis(self.dim, first.rank, "dim")
        if "dim" not in self.model_fields_set and BATCH in symbols(first.shape[0]):
            raise Problem("E0106", "joins along the batch, since dim is left out", field="dim",
                          help="write dim: 1 for channels, or dim: 0 if the batch is meant", instead=(("dim", "1"),))  # fmt: skip
        total = first.shape[axis]
        for index, tensor in enumerate(inputs[1:], 1):
            _need_same(first.shape, tensor.shape, axis, index)
            total = total + tensor.shape[axis]
        shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
        return {"output": Tensor(shape, promote(*(tensor.dtype for tensor in inputs)))}

    def arithmetic(self, inputs: Inputs) -> str:
        sizes = [tensor.shape[self.dim % tensor.rank] for tensor in inputs]
        shown = [str(size) for size in (sizes if len(sizes) <= 8 else sizes[:8])] + ["…"] * (len(sizes) > 8)
        return f"{' + '.join(shown)} = {sum(sizes, start=0)}" if len(sizes) > 1 else ""

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        axis, sizes = self.dim % inputs[0].rank, [tensor.shape[self.dim % tensor.rank] for tensor in inputs]
        return {axis: Formula(f"axis {axis}", plus(sizes))} if 1 < len(sizes) <= MAX_FACTORS else {}

    def reach(self, inputs: Inputs) -> Reaches:
        axis = self.dim % inputs[0].rank
        reaches: list[tuple[Reach, ...]] = []
        start: Size = 0
        for tensor in inputs:
            joined: Reach = Same(axis)
            if start:
                joined = (Window(axis, 1, 1, start) if isinstance(start, int)
                          else Untraced("it is joined after a part of unknown size"))  # fmt: skip
            reaches.append(tuple(joined if i == axis else Same(i) for i in range(tensor.rank)))
            start = start + tensor.shape[axis]
        return tuple(reaches)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        axis = self.joins(inputs)
        own, found = asked.box[axis], list[list[Box]]()
        for tensor in inputs:
            size = tensor.shape[axis]
            if isinstance(own, Lost) or not isinstance(size, int):
                own = Lost("it is joined with a part of unknown size")
                found.append(replaced(asked.box, axis, own))
                continue
            found.append(replaced(asked.box, axis, clipped(own, size)))
            own = moved(own, -size)
        return tuple(found)

    def joins(self, inputs: Inputs) -> int:
        return self.dim % inputs[0].rank

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return joined(operands, sizes)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return _copied_to_join(inputs, promote(*(tensor.dtype for tensor in inputs)))

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.cat", (_all(inputs),), emit.keywords(dim=self.dim)))


class Stack(Op):
    """Joins tensors of one shape along a new axis at `dim`. Write `dim: 1` to keep the batch first.
    https://docs.pytorch.org/docs/stable/generated/torch.stack.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "[16, 32, 32]")
    kind: ClassVar = "merge"
    keeps_order: ClassVar = True
    arity: ClassVar = (1, None)
    joins_named: ClassVar = True

    dim: Axis = 0
    """where the new axis stands; 0 is the batch, -1 the last"""

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"dim": self.dim % (inputs[0].rank + 1)}

    def outputs(self, inputs: Inputs) -> Outputs:
        first = inputs[0]
        axis = self.need_axis(self.dim, first.rank, "dim", extra=1)
        for index, tensor in enumerate(inputs[1:], 1):
            _need_same(first.shape, tensor.shape, None, index)
        shape = (*first.shape[:axis], len(inputs), *first.shape[axis:])
        return {"output": Tensor(shape, promote(*(tensor.dtype for tensor in inputs)))}

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        axis = self.dim % (rank + 1)
        return (tuple(Same(i + (i >= axis)) for i in range(rank)),) * len(inputs)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        axis = self.joins(inputs)
        own, box = asked.box[axis], (*asked.box[:axis], *asked.box[axis + 1 :])
        return tuple([box] if isinstance(own, Lost) or holds(own, one(i)) else [] for i in range(len(inputs)))

    def joins(self, inputs: Inputs) -> int:
        return self.dim % (inputs[0].rank + 1)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """Joined along the axis at `dim`, which then becomes two; or with an axis more, where that is the last."""
        axis = self.dim % len(sizes)
        if axis == len(sizes) - 1:
            return joined([Laid((*x.sizes, 1), (*x.strides, 1)) for x in operands], sizes)
        own = operands[0].sizes
        whole = joined(operands, (*own[:axis], len(operands) * own[axis], *own[axis + 1 :]))
        found = viewed(whole, sizes)
        assert found is not None, "one axis becomes two without a copy"
        return found

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return _copied_to_join(inputs, promote(*(tensor.dtype for tensor in inputs)))

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.stack", (_all(inputs),), emit.keywords(dim=self.dim)))


def _all(inputs: Inputs) -> emit.Several:
    return emit.Several(tuple(emit.Input(i) for i in range(len(inputs))))


def _copied_to_join(inputs: Inputs, dtype: DType) -> Size | None:
    """The bytes of the largest tensor of another dtype: PyTorch copies each of these before it joins it."""
    copied = {tensor_bytes(tensor) for tensor in inputs if tensor.dtype != dtype}
    if len(copied) < 2:
        return copied.pop() if copied else 0
    sizes = [size for size in copied if isinstance(size, int)]
    return max(sizes) if len(sizes) == len(copied) else None


def _need_same(first: Shape, other: Shape, free: int | None, index: int) -> None:
    """Raises unless two shapes agree in all axes but one."""
    if len(first) != len(other):
        raise Problem("E0302", f"joins {show_shape(first)} and {show_shape(other)}, which differ in their number of "
                      "axes", input=index, label=f"{counted(len(first), 'axis')} expected")  # fmt: skip
    for axis, (a, b) in enumerate(zip(first, other, strict=True)):
        if axis != free and not assume_equal(a, b):
            raise Problem("E0305", f"joins {show_shape(first)} and {show_shape(other)}, which differ along axis {axis}",
                          input=index, label=f"{b} here, {a} in the first",
                          notes=() if free is None else (f"only axis {free} may differ",),
                          help=f"make axis {axis} of both {a}")  # fmt: skip
