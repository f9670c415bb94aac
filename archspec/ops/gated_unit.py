"""An input times a number from 0 to 1 that it decides itself.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import Annotated, ClassVar

from archspec.ops.activation import _Activation
from archspec.ops.fields import Bool, choice


class GELU(_Activation):
    """x · Φ(x), with Φ the normal distribution. https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html"""

    leaves_of_negative: ClassVar = "nearly zero"

    approximate: Annotated[str, choice("none", "tanh")] = "none"
    """how the Gaussian is computed"""


class SiLU(_Activation):
    """x · sigmoid(x), also called swish. https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html"""

    leaves_of_negative: ClassVar = "nearly zero"

    inplace: Bool = False


class Mish(_Activation):
    """x · tanh(softplus(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html"""

    leaves_of_negative: ClassVar = "nearly zero"

    inplace: Bool = False


class Hardswish(_Activation):
    """x · ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html"""

    leaves_of_negative: ClassVar = "nearly zero"

    inplace: Bool = False
