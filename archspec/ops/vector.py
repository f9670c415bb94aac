"""Vectors along an axis: their length made one, and the angle between two.
https://docs.pytorch.org/docs/stable/nn.functional.html#distance-functions"""

from math import prod
from typing import ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.axes import without
from archspec.ops.base import (
    ITEM_BYTES,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Tensor,
    count,
    mixing,
    pointwise,
)
from archspec.ops.broadcast import broadcast, promote
from archspec.ops.fields import Axes, Axis, Real
from archspec.ops.layout import Laid, expanded, fresh
from archspec.ops.norm import Epsilon
from archspec.ops.order import alike


class Normalize(Op):
    """x / max(‖x‖_p, eps), vector by vector along `dim`. Counted as normalizations are, two operations an element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html"""

    kind: ClassVar = "normalization"
    feels_order: ClassVar = True

    p: Real = 2.0
    """the order of the norm; 2: the length of a vector"""
    dim: Axes = 1
    eps: Epsilon = 1e-12
    """the least number that is divided by, so that nothing is divided by 0"""

    def _axes(self, x: Tensor) -> set[int]:
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        axes = {self.need_axis(dim, x.rank, "dim") for dim in dims}
        if len(axes) < len(dims):
            raise Problem("E0105", "names an axis twice", field="dim", label="each axis once")
        return axes

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        self._axes(inputs[0])
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return 2 * count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return mixing(self._axes(inputs[0]), inputs[0])

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """By lengths, which are spread along the axes that they stand for."""
        axes = self._axes(inputs[0])
        lengths = fresh(tuple(1 if axis in axes else size for axis, size in enumerate(sizes)))
        return alike((operands[0], expanded(lengths, sizes)), sizes)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("F.normalize", (emit.Input(),), emit.keywords(**self.options())))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int:
        """The lengths, as they are and not below `eps`."""
        sizes = laid[0].sizes
        lengths = prod(1 if axis in self._axes(inputs[0]) else size for axis, size in enumerate(sizes))
        return max(lengths, 2 * lengths - prod(sizes)) * ITEM_BYTES[inputs[0].dtype]


class CosineSimilarity(Op):
    """x · y / max(‖x‖ ‖y‖, eps), vector by vector along `dim`, which is then gone; shapes broadcast. Counted as three
    operations a pair of elements: their product and both squares.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html"""

    kind: ClassVar = "reduction"
    arity: ClassVar = (2, 2)

    dim: Axis = 1
    eps: Epsilon = 1e-8
    """the least number that is divided by, so that nothing is divided by 0"""

    def _whole(self, inputs: Inputs) -> Tensor:
        """Both, broadcast."""
        left, right = inputs
        dtype = promote(left.dtype, right.dtype)
        if not Tensor((), dtype).is_float:
            raise Problem("E0307", f"computes with floating-point numbers, but gets {left.dtype} and {right.dtype}", input=0,
                          label="a float dtype expected")  # fmt: skip
        return Tensor(broadcast(left.shape, right.shape, "compares", 1), dtype)

    def outputs(self, inputs: Inputs) -> Outputs:
        whole = self._whole(inputs)
        axis = self.need_axis(self.dim, whole.rank, "dim")
        return {"output": Tensor((*whole.shape[:axis], *whole.shape[axis + 1 :]), whole.dtype)}

    def elementwise(self, inputs: Inputs) -> Size:
        return 3 * count(self._whole(inputs))

    def reach(self, inputs: Inputs) -> Reaches:
        rank = self._whole(inputs).rank
        kept = without({self.dim % rank}, rank)
        return tuple(
            tuple(
                way if isinstance(way, Everything) else kept[rank - len(ways) + axis] for axis, way in enumerate(ways)
            )
            for ways in pointwise(*inputs)
        )

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Apply((emit.Input(0), emit.Input(1))), self.module(inputs))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None
