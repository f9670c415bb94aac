"""Positions picked by numbers that are themselves a tensor: tables that are learned, such as relative position biases.
https://docs.pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops"""

from typing import ClassVar

from archspec.dims import BATCH, Size, symbols
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least
from archspec.ops.base import (
    ITEM_BYTES,
    DType,
    Inputs,
    Op,
    Outputs,
    Picked,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    count,
    pointwise,
    show_shape,
)
from archspec.ops.fields import Axis, Positive
from archspec.ops.layout import Laid, viewed
from archspec.ops.order import Order, alike

_BY_INDEX = "numbers say which position is read"
WHOLE: tuple[DType, ...] = ("int64", "int32")


class _Picks(Op):
    kind: ClassVar = "shape"
    arity: ClassVar = (2, 2)

    dim: Axis

    def _picked(self, inputs: Inputs) -> int:
        """The axis picked along. Raises where there is none, and for numbers that are not whole."""
        tensor, index = inputs
        self.need_rank(tensor, tuple(range(1, 17)), "(…, size, …)")
        axis = self.need_axis(self.dim, tensor.rank, "dim")
        if index.dtype not in WHOLE:
            raise Problem("E0307", f"picks by whole numbers, but gets {index.dtype}", input=1, label="int64 expected")
        return axis

    def _need_own(self, size: Size) -> None:
        if BATCH in symbols(size):
            raise Problem("E0306", "would pick along the batch", field="dim", help="pick along another axis")


class IndexSelect(_Picks):
    """The positions along `dim` that a list of whole numbers names, in its order. Reads the tensor and the numbers, (L,).
    https://docs.pytorch.org/docs/stable/generated/torch.index_select.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]", "{type: Constant, value: [0, 2]}")

    def outputs(self, inputs: Inputs) -> Outputs:
        tensor, index = inputs
        axis = self._picked(inputs)
        self.need_rank(index, (1,), "a list of numbers (L,)", input=1)
        self._need_own(tensor.shape[axis])
        self._need_own(index.shape[0])
        return {"output": Tensor((*tensor.shape[:axis], index.shape[0], *tensor.shape[axis + 1 :]), tensor.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        axis = self.dim % inputs[0].rank
        picked = tuple(Picked(_BY_INDEX, i) if i == axis else Same(i) for i in range(inputs[0].rank))
        return picked, (Same(axis),)

    order: ClassVar = Order.ROWS

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """Along axis 1 alone PyTorch has a kernel that wants rows."""
        return super().workspace(inputs, laid) if self.dim % inputs[0].rank == 1 else 0

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.index_select", (emit.Input(0), emit.Data(self.dim), emit.Input(1))))


class Index(_Picks):
    """The positions along `dim` that whole numbers name, `x[:, numbers]` for `dim: 1`: the numbers' axes, however many, come
    in the place of that axis. A table (V, D) without a batch may be read by numbers with one, (N, T) → (N, T, D).
    https://docs.pytorch.org/docs/stable/tensor_view.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]", "{type: Constant, value: [0, 2]}")

    def outputs(self, inputs: Inputs) -> Outputs:
        tensor, index = inputs
        axis = self._picked(inputs)
        self._need_own(tensor.shape[axis])
        self.need_rank(index, tuple(range(1, 17)), "numbers with an axis (…, L)", input=1)
        both = [any(BATCH in symbols(size) for size in each.shape) for each in inputs]
        if all(both):
            raise Problem("E0306", f"picks from {show_shape(tensor.shape)} by {show_shape(index.shape)}, and both have the batch",
                          input=1, help="use Gather to pick for each sample by itself")  # fmt: skip
        return {"output": Tensor((*tensor.shape[:axis], *index.shape, *tensor.shape[axis + 1 :]), tensor.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        tensor, index = inputs
        axis = self.dim % tensor.rank
        axes: list[Reach] = [Same(i if i < axis else i + index.rank - 1) for i in range(tensor.rank)]
        axes[axis] = Picked(_BY_INDEX, axis if index.rank == 1 else None)
        return tuple(axes), tuple(Same(axis + i) for i in range(index.rank))

    def emission(self, inputs: Inputs) -> emit.Emission:
        before = (emit.Slice(),) * (self.dim % inputs[0].rank)
        return emit.Emission(emit.Index(emit.Input(0), (*before, emit.Input(1))))

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """As arithmetic on the tensor and the numbers, in which the tensor says nothing of the axes of the numbers."""
        x, index = operands
        axis = self.dim % len(x.sizes)
        before, after = x.strides[:axis], x.strides[axis + 1 :]
        picked = Laid(sizes, (*before, *(0,) * len(index.sizes), *after))
        numbers = viewed(index, (*(1,) * len(before), *index.sizes, *(1,) * len(after)))
        assert numbers is not None, "axes of one position need no copy"
        return alike((picked, numbers), sizes)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        return _as_int64(inputs[1])


class Gather(_Picks):
    """For each place of the numbers, the position along `dim` that they name there: out[i][j] = x[i][numbers[i][j]] for `dim: 1`.
    Reads the tensor and as many axes of numbers. https://docs.pytorch.org/docs/stable/generated/torch.gather.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]", "{shape: [3], dtype: int64}")

    def outputs(self, inputs: Inputs) -> Outputs:
        tensor, index = inputs
        axis = self._picked(inputs)
        self.need_rank(index, (tensor.rank,), f"as many axes of numbers as {show_shape(tensor.shape)} has", input=1)
        for i, (size, named) in enumerate(zip(tensor.shape, index.shape, strict=True)):
            if i != axis and not assume_at_least(size - named, 0):
                raise Problem("E0305", f"picks from {show_shape(tensor.shape)} by {show_shape(index.shape)}, which has more "
                              f"along axis {i}", input=1, label=f"at most {size} expected")  # fmt: skip
        return {"output": Tensor(index.shape, tensor.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        axis = self.dim % inputs[0].rank
        picked = tuple(Picked(_BY_INDEX, i) if i == axis else Same(i) for i in range(inputs[0].rank))
        return picked, pointwise(inputs[1])[0]

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.gather", (emit.Input(0), emit.Data(self.dim), emit.Input(1))))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        return _as_int64(inputs[1])


def _as_int64(index: Tensor) -> Size:
    """The bytes of a copy of numbers that PyTorch makes to pick by."""
    return 0 if index.dtype == "int64" else count(index) * ITEM_BYTES["int64"]


class OneHot(Op):
    """Whole numbers below `num_classes` as rows with one 1, (…) → (…, num_classes) of int64.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html"""

    example: ClassVar = "num_classes: 10"
    example_inputs: ClassVar[tuple[str, ...]] = ("{shape: [20], dtype: int64}",)
    kind: ClassVar = "shape"

    num_classes: Positive
    """how many numbers each becomes: one for each class"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        if x.dtype != "int64":
            raise Problem("E0307", f"reads int64, but gets {x.dtype}", input=0, label="int64 expected",
                          help="convert it: To with dtype: int64" if x.dtype == "int32" else "")  # fmt: skip
        return {"output": Tensor((*x.shape, self.num_classes), "int64")}

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0]) if inputs[0].rank else ((),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("F.one_hot", (emit.Input(), emit.Data(self.num_classes))))
