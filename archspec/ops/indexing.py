"""Positions picked by number: tables that are learned, such as relative position biases.
https://docs.pytorch.org/docs/stable/generated/torch.index_select.html"""

from __future__ import annotations

from typing import ClassVar

from archspec.dims import BATCH, symbols
from archspec.ops import emission as emit
from archspec.ops.base import Everything, Inputs, Op, Outputs, Problem, Reaches, Same, Tensor
from archspec.ops.fields import Axis


class IndexSelect(Op):
    """The positions along `dim` that a list of whole numbers names, in its order. Reads the tensor and the numbers, (L,).
    https://docs.pytorch.org/docs/stable/generated/torch.index_select.html"""

    kind: ClassVar = "shape"
    arity: ClassVar = (2, 2)

    dim: Axis

    def outputs(self, inputs: Inputs) -> Outputs:
        tensor, index = inputs
        self.need_rank(tensor, tuple(range(1, 17)), "(…, size, …)")
        axis = self.need_axis(self.dim, tensor.rank, "dim")
        if index.dtype not in ("int64", "int32"):
            raise Problem("E0307", f"picks by whole numbers, but gets {index.dtype}", input=1, label="int64 expected")
        self.need_rank(index, (1,), "a list of numbers (L,)", input=1)
        if BATCH in symbols(tensor.shape[axis]) | symbols(index.shape[0]):
            raise Problem("E0306", "would pick along the batch", field="dim", help="pick along another axis")
        return {"output": Tensor((*tensor.shape[:axis], index.shape[0], *tensor.shape[axis + 1 :]), tensor.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        axis = self.dim % inputs[0].rank
        return tuple(Everything() if i == axis else Same(i) for i in range(inputs[0].rank)), (Everything(),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.index_select", (emit.Input(0), emit.Data(self.dim), emit.Input(1))))
