"""Ops along an axis that keep it, or the first of its order: Cumsum, Cumprod, TopK.
https://docs.pytorch.org/docs/stable/torch.html#reduction-ops"""

from typing import ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least
from archspec.ops.base import DType, Everything, Inputs, Op, Outputs, Problem, Reaches, Same, Tensor, UpTo, count
from archspec.ops.fields import Axis, Bool, Positive
from archspec.words import counted


class _Scan(Op):
    """One operation for each element."""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)
    kind: ClassVar = "reduction"

    dim: Axis

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_axis(self.dim, x.rank, "dim")
        return {"output": x if x.is_float else x._replace(dtype="int64")}

    def computes_in(self, inputs: Inputs) -> DType | None:
        return None if inputs[0].is_float else "int64"

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        before = UpTo(self.dim % rank, "a position sees all positions before it")
        return (tuple(before if axis == self.dim % rank else Same(axis) for axis in range(rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(
            emit.Call(f"torch.{type(self).__name__.lower()}", (emit.Input(),), emit.keywords(dim=self.dim))
        )


class Cumsum(_Scan):
    """The sum of all positions up to each along `dim`; whole numbers and truth values give int64.
    https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html"""


class Cumprod(_Scan):
    """The product of all positions up to each along `dim`; whole numbers and truth values give int64.
    https://docs.pytorch.org/docs/stable/generated/torch.cumprod.html"""


class TopK(Op):
    """The `k` largest along `dim` (`largest: false`: smallest), and where they stand: outputs `values` and `indices`.
    https://docs.pytorch.org/docs/stable/generated/torch.topk.html"""

    example_port: ClassVar = "values"
    example: ClassVar = "k: 3, dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)
    kind: ClassVar = "reduction"

    k: Positive
    """how many are taken"""
    dim: Axis = -1
    largest: Bool = True
    """whether the largest are taken; else the smallest"""
    sorted: Bool = True
    """whether they come in order"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        if x.dtype == "bool":
            raise Problem("E0307", "compares numbers, but gets bool", input=0, label="numbers expected")
        if not assume_at_least(x.shape[axis], self.k):
            raise Problem("E0306", f"takes the first {self.k} of {counted(x.shape[axis], 'position')}", field="k",
                          label=f"at most {x.shape[axis]}")  # fmt: skip
        shape = (*x.shape[:axis], self.k, *x.shape[axis + 1 :])
        return {"values": Tensor(shape, x.dtype), "indices": Tensor(shape, "int64")}

    def elementwise(self, inputs: Inputs) -> Size:
        """One operation for each element read."""
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        return (tuple(Everything() if axis == self.dim % rank else Same(axis) for axis in range(rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        options = {name: getattr(self, name) for name in ("dim", "largest", "sorted")
                   if getattr(self, name) != type(self).model_fields[name].default}  # fmt: skip
        call = emit.Call("torch.topk", (emit.Input(), emit.Data(self.k)), emit.keywords(**options))
        return emit.Emission(call, ports=("values", "indices"))
