"""Functions of torch that have no module, of each element by itself.
https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops"""

from __future__ import annotations

from typing import Annotated

from archspec.ops import emission as emit
from archspec.ops.activation import _Activation, to_float
from archspec.ops.base import Inputs, Outputs, Problem
from archspec.ops.fields import Real, number

X = emit.Input()


class _Function(_Activation):
    """A function of torch that has no module: `torch.exp(x)`."""

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call(f"torch.{type(self).__name__.lower()}", (X,)))

    def outputs(self, inputs: Inputs) -> Outputs:
        return to_float(self, inputs)


class Exp(_Function):
    """exp(x). https://docs.pytorch.org/docs/stable/generated/torch.exp.html"""


class Log(_Function):
    """The natural logarithm. https://docs.pytorch.org/docs/stable/generated/torch.log.html"""


class Sqrt(_Function):
    """The square root. https://docs.pytorch.org/docs/stable/generated/torch.sqrt.html"""


class Rsqrt(_Function):
    """1 / sqrt(x). https://docs.pytorch.org/docs/stable/generated/torch.rsqrt.html"""


class Sin(_Function):
    """sin(x). https://docs.pytorch.org/docs/stable/generated/torch.sin.html"""


class Cos(_Function):
    """cos(x). https://docs.pytorch.org/docs/stable/generated/torch.cos.html"""


class _Signed(_Function):
    """A function that keeps whole numbers whole; booleans have none."""

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class Neg(_Signed):
    """−x. https://docs.pytorch.org/docs/stable/generated/torch.neg.html"""


class Abs(_Signed):
    """|x|. https://docs.pytorch.org/docs/stable/generated/torch.abs.html"""


class Clamp(_Activation):
    """x kept between `min` and `max`, either of which may be left out.
    https://docs.pytorch.org/docs/stable/generated/torch.clamp.html"""

    min: Annotated[float | None, number().or_null()] = None
    max: Annotated[float | None, number().or_null()] = None

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise Problem("E0106", "has neither min nor max, so it does nothing", help="write at least one of them")

    def emission(self, inputs: Inputs) -> emit.Emission:
        bounds = {name: value for name, value in (("min", self.min), ("max", self.max)) if value is not None}
        return emit.Emission(emit.Call("torch.clamp", (X,), emit.keywords(**bounds)))


class Pow(_Activation):
    """x to a power. https://docs.pytorch.org/docs/stable/generated/torch.pow.html"""

    exponent: Real

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.pow", (X, emit.Data(self.exponent))))
