"""Activations that see a whole axis: GLU, and Softmax and its kin.
One elementwise operation is counted for each element. https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import ClassVar

from archspec.dims import Size, exact_div, prove_divides
from archspec.ops import emission as emit
from archspec.ops.base import Inputs, Op, Outputs, Problem, Reaches, Same, Tensor, Untraced, count, mixing, tensor_bytes
from archspec.ops.fields import Axis, AxisOrNull
from archspec.ops.intervals import moved, union
from archspec.ops.layout import Laid
from archspec.ops.order import Order, alike
from archspec.ops.reading import Asked, Read, by_axis


class GLU(Op):
    """a · sigmoid(b), where a and b are the halves of an axis.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html"""

    kind: ClassVar = "activation"
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    dim: Axis = -1

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        axis = self.need_axis(self.dim, x.rank, "dim")
        half = exact_div(x.shape[axis], 2)
        if half is None:
            self._need_even(x, axis)
            half = x.shape[axis] // 2
        return {"output": Tensor((*x.shape[:axis], half, *x.shape[axis + 1 :]), x.dtype)}

    def _need_even(self, x: Tensor, axis: int) -> None:
        if prove_divides(2, x.shape[axis]) is None:
            self.need_number(x.shape[axis], f"the size of axis {axis}")
        raise Problem(
            "E0304",
            f"halves axis {axis}, which has the size {x.shape[axis]}",
            field="dim",
            label="an even size expected",
        )

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"]) * 2

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        halves = Untraced("its halves are multiplied")
        return (tuple(halves if axis == self.dim % rank else Same(axis) for axis in range(rank)),)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        half = operands[0].narrowed(self.dim % len(sizes), 0, sizes[self.dim])
        return alike((half, half), sizes)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        chosen = self.dim % inputs[0].rank
        half = asked.sizes[chosen]
        if not isinstance(half, int):
            return super().reads(inputs, asked)
        return (
            by_axis(
                asked.box,
                inputs[0].shape,
                lambda axis, own, _: union((*own, *moved(own, half))) if axis == chosen else own,
            ),
        )


class _AlongAxis(Op):
    """A function that normalizes along `dim`. Left out, `dim` is PyTorch's old default: 1, or 0 with 0, 1 or 3 axes."""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)
    kind: ClassVar = "activation"
    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)
    order: ClassVar = Order.ROWS
    dim: AxisOrNull = None

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        self.need_axis(self._dim(x), x.rank, "dim")
        return {"output": x}

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"dim": self._dim(inputs[0]) % inputs[0].rank}

    def _dim(self, x: Tensor) -> int:
        if self.dim is not None:
            return self.dim
        return 0 if x.rank in (0, 1, 3) else 1

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing({self._dim(x) % x.rank}, x)

    def module(self, inputs: Inputs, **changed: emit.Literal) -> emit.Module:
        """With `dim` always written: PyTorch warns of its own default."""
        return super().module(inputs, dim=self._dim(inputs[0]), **changed)


class Softmax(_AlongAxis):
    """exp(x) / sum of exp(x) along `dim`. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html"""


class Softmin(_AlongAxis):
    """Softmax of −x. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html"""

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """-x, which lies as x does, and perhaps a copy of it in one row."""
        copies = 1 if alike(laid, laid[0].sizes).is_contiguous else 2
        return tensor_bytes(inputs[0]) * copies


class LogSoftmax(_AlongAxis):
    """log(Softmax(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html"""


class Softmax2d(Op):
    """Softmax over the channels of (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html"""

    kind: ClassVar = "activation"
    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)
    order: ClassVar = Order.ROWS

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_rank(inputs[0], (4,), "(N, C, H, W)")
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return mixing({1}, inputs[0])
