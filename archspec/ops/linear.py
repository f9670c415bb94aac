"""Linear maps over the last axis. https://docs.pytorch.org/docs/stable/nn.html#linear-layers"""

from __future__ import annotations

from typing import ClassVar

from archspec.dims import Shape, Size
from archspec.ops.base import Inputs, Op, Outputs, Problem, Reaches, Tensor, count, mixing
from archspec.ops.fields import Bool, Inferred, Positive


class Linear(Op):
    """out = in · weightᵀ + bias over the last axis, (…, in_features) → (…, out_features).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"""

    kind: ClassVar = "linear"
    positional: ClassVar = ("in_features", "out_features")
    takes_device: ClassVar = True

    in_features: Inferred = None
    out_features: Positive
    bias: Bool = True

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        x = inputs[0]
        if x.rank < 2:
            raise Problem("E0302", "reads features along the last axis, but gets only the batch", input=0)
        self.need_float(x)
        return {"in_features": self.need_number(x.shape[-1], "the number of input features")}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        return {"output": Tensor((*x.shape[:-1], self.out_features), x.dtype)}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        x = inputs[0]
        shapes: dict[str, Shape] = {"weight": (self.out_features, x.shape[-1])}
        if self.bias:
            shapes["bias"] = (self.out_features,)
        return shapes

    def macs(self, inputs: Inputs) -> Size:
        x = inputs[0]
        return count(x) * self.out_features

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing({x.rank - 1}, x)
