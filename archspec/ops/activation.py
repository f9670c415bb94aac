"""Activations: functions of each element by itself, and the normalized ones (Softmax and its kin) along an axis.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from __future__ import annotations

from typing import ClassVar

from archspec.dims import Size
from archspec.ops.base import Inputs, Op, Outputs, Reaches, Tensor, count, mixing, pointwise
from archspec.ops.fields import AxisOrNull, Bool


class _Activation(Op):
    """One function of each element, any shape to the same shape; counted as one operation an element."""

    kind: ClassVar = "activation"

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        return {"output": x}

    def elementwise(self, inputs: Inputs) -> Size:
        x = inputs[0]
        return count(x)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return pointwise(x)


class ReLU(_Activation):
    """max(0, x). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html"""

    inplace: Bool = False


class Sigmoid(_Activation):
    """1 / (1 + exp(−x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html"""


class Softmax(Op):
    """exp(x) / sum of exp(x) along `dim`. Left out, `dim` is PyTorch's old default: 1, or 0 with 0, 1 or 3 axes.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html"""

    kind: ClassVar = "activation"
    dim: AxisOrNull = None

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        self.need_axis(self._dim(x), x.rank, "dim")
        return {"output": x}

    def _dim(self, x: Tensor) -> int:
        if self.dim is not None:
            return int(self.dim)
        return 0 if x.rank in (0, 1, 3) else 1

    def elementwise(self, inputs: Inputs) -> Size:
        x = inputs[0]
        return count(x)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing({self._dim(x) % x.rank}, x)
