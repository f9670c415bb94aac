"""Functions of torch that have no module, of each element by itself.
https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops"""

import re
from typing import Annotated, ClassVar

from archspec.ops import emission as emit
from archspec.ops.activation import _Activation, to_float
from archspec.ops.base import DType, Inputs, Outputs, Problem, Tensor
from archspec.ops.broadcast import result_dtype
from archspec.ops.fields import number

X = emit.Input()


class _Function(_Activation):
    """A function of torch that has no module: `torch.exp(x)`."""

    gradient_reads: ClassVar[tuple[str, ...]] = ()

    def emission(self, inputs: Inputs) -> emit.Emission:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()
        return emit.Emission(emit.Call(f"torch.{name}", (X,)))

    def outputs(self, inputs: Inputs) -> Outputs:
        return to_float(self, inputs)


class Exp(_Function):
    """exp(x). https://docs.pytorch.org/docs/stable/generated/torch.exp.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


class Log(_Function):
    """The natural logarithm. https://docs.pytorch.org/docs/stable/generated/torch.log.html"""


class Sqrt(_Function):
    """The square root. https://docs.pytorch.org/docs/stable/generated/torch.sqrt.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


class Rsqrt(_Function):
    """1 / sqrt(x). https://docs.pytorch.org/docs/stable/generated/torch.rsqrt.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


class Sin(_Function):
    """sin(x). https://docs.pytorch.org/docs/stable/generated/torch.sin.html"""


class Cos(_Function):
    """cos(x). https://docs.pytorch.org/docs/stable/generated/torch.cos.html"""


class Log2(_Function):
    """The logarithm to the base 2. https://docs.pytorch.org/docs/stable/generated/torch.log2.html"""


class Log1p(_Function):
    """log(1 + x). https://docs.pytorch.org/docs/stable/generated/torch.log1p.html"""


class Expm1(_Function):
    """exp(x) − 1. https://docs.pytorch.org/docs/stable/generated/torch.expm1.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


class Tan(_Function):
    """tan(x). https://docs.pytorch.org/docs/stable/generated/torch.tan.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


class Atan(_Function):
    """The angle between −π/2 and π/2 whose tangent is x. https://docs.pytorch.org/docs/stable/generated/torch.atan.html"""


class Erf(_Function):
    """The error function, 2/√π · the integral of exp(−t²) from 0 to x. https://docs.pytorch.org/docs/stable/generated/torch.erf.html"""


class Reciprocal(_Function):
    """1 / x. https://docs.pytorch.org/docs/stable/generated/torch.reciprocal.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ("output",)


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


class Floor(_Signed):
    """The largest whole number that is not above x. https://docs.pytorch.org/docs/stable/generated/torch.floor.html"""


class Ceil(_Signed):
    """The smallest whole number that is not below x. https://docs.pytorch.org/docs/stable/generated/torch.ceil.html"""


class Round(_Signed):
    """The nearest whole number; halves go to the even one. https://docs.pytorch.org/docs/stable/generated/torch.round.html"""


class Sign(_Function):
    """−1, 0 or 1, as x is below, at or above 0. https://docs.pytorch.org/docs/stable/generated/torch.sign.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]}


class Square(_Function):
    """x². Truth values are numbers here, and give int64. https://docs.pytorch.org/docs/stable/generated/torch.square.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        return {"output": x._replace(dtype="int64") if x.dtype == "bool" else x}


class LogicalNot(_Function):
    """Whether x is 0, as bool. https://docs.pytorch.org/docs/stable/generated/torch.logical_not.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]._replace(dtype="bool")}

    def computes_in(self, inputs: Inputs) -> None:
        return None


class BitwiseNot(_Function):
    """Every bit the other way: not x for truth values, −x − 1 for whole numbers.
    https://docs.pytorch.org/docs/stable/generated/torch.bitwise_not.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("{shape: [10], dtype: bool}",)

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].is_float:
            raise Problem(
                "E0307", f"inverts bits, but gets {inputs[0].dtype}", input=0, label="bool or whole numbers expected"
            )
        return {"output": inputs[0]}


class Clamp(_Activation):
    """x kept between `min` and `max`, either of which may be left out.
    https://docs.pytorch.org/docs/stable/generated/torch.clamp.html"""

    example: ClassVar = "min: 0, max: 1"

    min: Annotated[float | None, number().or_null()] = None
    """the smallest number that there may be; null: any"""
    max: Annotated[float | None, number().or_null()] = None
    """the largest number that there may be; null: any"""

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise Problem("E0106", "has neither min nor max, so it does nothing", help="write at least one of them")

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        has_float = any(type(bound) is float for bound in (self.min, self.max))
        number: DType = "float32" if has_float else "int64"
        return {"output": Tensor(x.shape, result_dtype(x, number=number))}

    def emission(self, inputs: Inputs) -> emit.Emission:
        bounds = {name: value for name, value in (("min", self.min), ("max", self.max)) if value is not None}
        return emit.Emission(emit.Call("torch.clamp", (X,), emit.keywords(**bounds)))
