"""Dropout and the identity: layers that pass their input on when a network is evaluated.
https://docs.pytorch.org/docs/stable/nn.html#dropout-layers"""

from typing import ClassVar

from archspec.ops.base import Inputs, Op, Outputs, Reaches, pointwise
from archspec.ops.fields import Bool, Probability
from archspec.ops.layout import Laid


class _Dropout(Op):
    """During training, zeroes elements with probability `p`; in evaluation the input itself."""

    kind: ClassVar = "dropout"
    keeps_order: ClassVar = True

    p: Probability = 0.5
    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return x

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])


class Dropout(_Dropout):
    """Zeroes single elements. https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html"""


class Identity(Op):
    """The input itself. https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html"""

    kind: ClassVar = "dropout"
    keeps_order: ClassVar = True

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return x

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])
