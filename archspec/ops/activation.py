"""Activations: functions of each element by itself; here the ones that most networks use.

One elementwise operation is counted for each output element. A family of its own file costs start-up time only where a spec
uses it, which is why the others stand in files of their own: `rectifier.py`, `exponential_unit.py`, `gated_unit.py`,
`squashing.py`, `shrinkage.py`, `softmax.py`, `function.py`.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import ClassVar

from archspec.dims import Size
from archspec.ops.base import DType, Inputs, Op, Outputs, Reaches, Tensor, count, pointwise
from archspec.ops.fields import Bool
from archspec.ops.order import Order


class _Activation(Op):
    """One function of each element, any shape to the same shape."""

    kind: ClassVar = "activation"
    keeps_order: ClassVar = True
    gives: ClassVar[Order] = Order.ANY
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])

    def computes_in(self, inputs: Inputs) -> DType | None:
        return None if inputs[0].is_float else self.outputs(inputs)["output"].dtype


class ReLU(_Activation):
    """max(0, x). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html"""

    leaves_of_negative: ClassVar = "zero"
    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)
    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


def to_float(op: Op, inputs: Inputs) -> Outputs:
    """Whole numbers are computed with as floats."""
    x = inputs[0]
    return {"output": x if x.is_float else Tensor(x.shape, "float32")}


class Sigmoid(_Activation):
    """1 / (1 + exp(−x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)

    def outputs(self, inputs: Inputs) -> Outputs:
        return to_float(self, inputs)


class Tanh(_Activation):
    """tanh(x). https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)

    def outputs(self, inputs: Inputs) -> Outputs:
        return to_float(self, inputs)
