"""More arithmetic with broadcasting: whole quotients, remainders, powers, angles, and sums of products.
https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops"""

from functools import reduce
from typing import Annotated, ClassVar

from archspec.ops import emission as emit
from archspec.ops.base import DType, Inputs, Outputs, Problem, Tensor
from archspec.ops.broadcast import broadcast, result_dtype
from archspec.ops.fields import Real, number
from archspec.ops.layout import Laid, fresh
from archspec.ops.merge import _Ordered, _Pointwise

Number = Annotated[float | None, number().or_null()]


def dtype_of(value: float) -> DType:
    """The dtype that a number written in the spec has."""
    return "int64" if type(value) is int else "float32"


class _Division(_Ordered):
    def check(self) -> None:
        super().check()
        self._need_divisor()

    def _dtype(self, left: Tensor, right: Tensor, value: DType | None = None) -> DType:
        dtype = super()._dtype(left, right, value)
        if dtype == "bool":
            raise Problem("E0307", f"{self.verb} numbers, but gets bool", input=0, label="numbers expected")
        return dtype


class FloorDiv(_Division):
    """The largest whole number that is not above the quotient of the first and the second, or `value` (`reverse: true`: of the
    value and the tensor); shapes broadcast. https://docs.pytorch.org/docs/stable/generated/torch.floor_divide.html"""

    operator: ClassVar = "//"
    verb: ClassVar = "divides"


class Remainder(_Division):
    """What the first leaves when divided by the second, or by `value` (`reverse: true`: the value by the tensor); it has the sign
    of the divisor; shapes broadcast. https://docs.pytorch.org/docs/stable/generated/torch.remainder.html"""

    operator: ClassVar = "%"
    verb: ClassVar = "divides"

    def emission(self, inputs: Inputs) -> emit.Emission:
        made = super().emission(inputs).forward
        assert isinstance(made, emit.Infix)
        return emit.Emission(emit.Call("torch.remainder", (made.left, made.right)))


class Pow(_Pointwise):
    """A tensor to the power `exponent`, the number `base` to a tensor, or the first of two tensors to the second; shapes
    broadcast. https://docs.pytorch.org/docs/stable/generated/torch.pow.html"""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    verb: ClassVar = "raises"

    exponent: Number = None
    """the power, where it is a number"""
    base: Number = None
    """the number that is raised to the tensor; else the tensor is raised"""

    def check(self) -> None:
        if self.exponent is not None and self.base is not None:
            raise Problem(
                "E0106", "has both exponent and base, and no place for a tensor", field="base", help="leave one out"
            )

    def outputs(self, inputs: Inputs) -> Outputs:
        value = self.base if self.exponent is None else self.exponent
        if (value is None) != (len(inputs) == 2):
            raise Problem("E0203", f"raises one tensor to a number, or to another tensor, but reads {len(inputs)}"
                          + ("" if value is None else " and a number"), field=None if value is None else "exponent",
                          help="write exponent: or base:, or name two layers in from")  # fmt: skip
        if value is None:
            found = super().outputs(inputs)["output"]
        else:
            found = Tensor(inputs[0].shape, result_dtype(inputs[0], number=dtype_of(value)))
        if found.dtype == "bool":
            raise Problem("E0307", "raises numbers, but gets bool", input=0, label="numbers expected")
        if self.exponent is not None and self.exponent < 0 and not found.is_float:
            raise Problem("E0105", f"raises whole numbers to {self.exponent}, which gives none", field="exponent",
                          label="from 0 up for whole numbers", instead=(("exponent", str(float(self.exponent))),))  # fmt: skip
        return {"output": found}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """A number raised to a tensor is rows."""
        return fresh(sizes) if self.base is not None else super().arrange(inputs, operands, sizes, port)

    def emission(self, inputs: Inputs) -> emit.Emission:
        left: emit.Expression = emit.Input(0) if self.base is None else emit.Data(self.base)
        right: emit.Expression = emit.Input(len(inputs) - 1) if self.exponent is None else emit.Data(self.exponent)
        return emit.Emission(emit.Call("torch.pow", (left, right)))


class Atan2(_Pointwise):
    """The angle of the point (second, first), between −π and π; shapes broadcast, whole numbers give float32.
    https://docs.pytorch.org/docs/stable/generated/torch.atan2.html"""

    arity: ClassVar = (2, 2)
    verb: ClassVar = "combines"

    def _dtype(self, left: Tensor, right: Tensor) -> DType:
        dtype = super()._dtype(left, right)
        return dtype if Tensor((), dtype).is_float else "float32"

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.atan2", (emit.Input(0), emit.Input(1))))


class Addcmul(_Pointwise):
    """first + value · second · third; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.addcmul.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "[16, 32, 32]", "[16, 32, 32]")
    arity: ClassVar = (3, 3)
    verb: ClassVar = "adds"
    is_one_kernel: ClassVar = True

    value: Real = 1
    """what the product is multiplied by"""

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = reduce(lambda left, item: broadcast(left, item[1].shape, self.verb, item[0]),
                       enumerate(inputs[1:], 1), inputs[0].shape)  # fmt: skip
        dtype = result_dtype(*inputs)
        if dtype == "bool":
            raise Problem("E0307", "adds products of numbers, but gets bool", input=0, label="numbers expected")
        if type(self.value) is float and not Tensor((), dtype).is_float:
            raise Problem("E0105", f"takes {self.value} times {dtype}", field="value",
                          label="a whole number expected")  # fmt: skip
        return {"output": Tensor(shape, dtype)}

    def emission(self, inputs: Inputs) -> emit.Emission:
        scale = {} if self.value == 1 else {"value": self.value}
        return emit.Emission(emit.Call("torch.addcmul", tuple(map(emit.Input, range(3))), emit.keywords(**scale)))


class Lerp(_Pointwise):
    """start + weight · (end − start), for a number `weight` or a third tensor; shapes broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.lerp.html"""

    example: ClassVar = "weight: 0.5"
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 32, 32]", "[16, 32, 32]")
    arity: ClassVar = (2, 3)
    verb: ClassVar = "mixes"
    is_one_kernel: ClassVar = True

    weight: Number = None
    """how far from the first tensor to the second: 0 is the first, 1 the second"""

    def outputs(self, inputs: Inputs) -> Outputs:
        if (self.weight is None) != (len(inputs) == 3):
            raise Problem("E0203", "mixes a start and an end by a weight, "
                          + ("but has none" if self.weight is None else "but has two"),
                          help="write weight:, or name a third layer in from")  # fmt: skip
        for i, tensor in enumerate(inputs):
            self.need_float(tensor, i)
            if tensor.dtype != inputs[0].dtype:
                raise Problem("E0307", f"mixes tensors of one dtype, but gets {inputs[0].dtype} and {tensor.dtype}", input=i,
                              label=f"{inputs[0].dtype} expected")  # fmt: skip
        return super().outputs(inputs)

    def emission(self, inputs: Inputs) -> emit.Emission:
        weight: emit.Expression = emit.Input(2) if self.weight is None else emit.Data(self.weight)
        return emit.Emission(emit.Call("torch.lerp", (emit.Input(0), emit.Input(1), weight)))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int:
        return 0
