"""Activations that came after ReLU: leaky and bounded ones, and the smooth ones of newer networks.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import Annotated, ClassVar

from archspec.ops.activation import _Activation
from archspec.ops.base import Inputs, Outputs
from archspec.ops.fields import Bool, Real, choice


class ReLU6(_Activation):
    """min(max(0, x), 6). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html"""

    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope · x. https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    negative_slope: Real = 0.01
    inplace: Bool = False


class GELU(_Activation):
    """x · Φ(x), with Φ the normal distribution. https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html"""

    approximate: Annotated[str, choice("none", "tanh")] = "none"


class SiLU(_Activation):
    """x · sigmoid(x), also called swish. https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html"""

    inplace: Bool = False


class Hardswish(_Activation):
    """x · ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html"""

    inplace: Bool = False


class Hardsigmoid(_Activation):
    """ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html"""

    inplace: Bool = False
