"""Rectifiers that are smooth by an exponential.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import Annotated, ClassVar

from archspec.ops.activation import _Activation
from archspec.ops.fields import Bool, Real, number
from archspec.ops.order import Order


class ELU(_Activation):
    """x where x > 0, else alpha · (exp(x) − 1). https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    alpha: Real = 1.0
    """what the output nears far below 0, with a minus"""
    inplace: Bool = False


class CELU(_Activation):
    """max(0, x) + min(0, alpha · (exp(x / alpha) − 1)).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    alpha: Annotated[float, number(above=0)] = 1.0
    """what the output nears far below 0, with a minus"""
    inplace: Bool = False


class SELU(_Activation):
    """The self-normalizing ELU. https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    inplace: Bool = False


class Softplus(_Activation):
    """log(1 + exp(beta · x)) / beta. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html"""

    beta: Real = 1.0
    """how steep it is"""
    threshold: Real = 20.0
    """from where on the input passes as it is"""


class LogSigmoid(_Activation):
    """log(sigmoid(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html"""

    order: ClassVar = Order.ROWS
    gives: ClassVar = Order.ROWS
