"""Comparisons and truth: what gives bool, and what chooses by it. Shapes broadcast.
https://docs.pytorch.org/docs/stable/torch.html#comparison-ops"""

from functools import reduce
from typing import Annotated, ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.base import ITEM_BYTES, DType, Inputs, Op, Outputs, Problem, Reaches, Tensor, count, pointwise
from archspec.ops.broadcast import broadcast, promote, result_dtype
from archspec.ops.fields import RealOrInfinity, RealOrInfinityOrNull, as_number, choice
from archspec.ops.layout import Laid, fresh
from archspec.ops.merge import Number, _Pointwise
from archspec.ops.order import copied


class _Comparison(_Pointwise):
    """Two tensors, or one and a number, element by element."""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    verb: ClassVar = "compares"

    value: Number = None

    def outputs(self, inputs: Inputs) -> Outputs:
        if (self.value is None) != (len(inputs) == 2):
            raise Problem("E0203", "compares two tensors, or one and a value, but reads "
                          + ("one alone" if self.value is None else "a value and two"),
                          field=None if self.value is None else "value",
                          help="name two layers in from, or write value:")  # fmt: skip
        return super().outputs(inputs) if len(inputs) == 2 else {"output": inputs[0]._replace(dtype="bool")}

    def _dtype(self, left: Tensor, right: Tensor) -> DType:
        return "bool"

    def computes_in(self, inputs: Inputs) -> DType:
        if self.value is None:
            return result_dtype(*inputs)
        return result_dtype(*inputs, number="int64" if type(self.value) is int else "float32")

    def emission(self, inputs: Inputs) -> emit.Emission:
        right: emit.Expression = emit.Input(1) if self.value is None else emit.Data(self.value)
        return emit.Emission(emit.Call(f"torch.{type(self).__name__.lower()}", (emit.Input(0), right)))


class Eq(_Comparison):
    """Whether the first is the second, or `value`. https://docs.pytorch.org/docs/stable/generated/torch.eq.html"""


class Ne(_Comparison):
    """Whether the first is not the second, or `value`. https://docs.pytorch.org/docs/stable/generated/torch.ne.html"""


class Lt(_Comparison):
    """Whether the first is below the second, or `value`. https://docs.pytorch.org/docs/stable/generated/torch.lt.html"""


class Le(_Comparison):
    """Whether the first is the second, or `value`, or below. https://docs.pytorch.org/docs/stable/generated/torch.le.html"""


class Gt(_Comparison):
    """Whether the first is above the second, or `value`. https://docs.pytorch.org/docs/stable/generated/torch.gt.html"""


class Ge(_Comparison):
    """Whether the first is the second, or `value`, or above. https://docs.pytorch.org/docs/stable/generated/torch.ge.html"""


class _Logical(_Pointwise):
    """Truth of two tensors; a number is true where it is not 0."""

    arity: ClassVar = (2, 2)
    verb: ClassVar = "combines"

    def _dtype(self, left: Tensor, right: Tensor) -> DType:
        return "bool"

    def computes_in(self, inputs: Inputs) -> DType:
        return result_dtype(*inputs)

    def emission(self, inputs: Inputs) -> emit.Emission:
        name = type(self).__name__.removeprefix("Logical").lower()
        return emit.Emission(emit.Call(f"torch.logical_{name}", (emit.Input(0), emit.Input(1))))


class LogicalAnd(_Logical):
    """Whether both are true. https://docs.pytorch.org/docs/stable/generated/torch.logical_and.html"""


class LogicalOr(_Logical):
    """Whether either is true. https://docs.pytorch.org/docs/stable/generated/torch.logical_or.html"""


class LogicalXor(_Logical):
    """Whether one is true and the other is not. https://docs.pytorch.org/docs/stable/generated/torch.logical_xor.html"""


def _need_bool(mask: Tensor, input: int) -> None:
    if mask.dtype != "bool":
        raise Problem("E0307", f"chooses by truth values, but gets {mask.dtype}", input=input, label="bool expected",
                      help="compare it with something: Ne with value: 0")  # fmt: skip


class Where(_Pointwise):
    """The one tensor where a condition of truth values holds, the other elsewhere: reads the condition, then both, or writes a
    number as `input` (where it holds) or `other`. https://docs.pytorch.org/docs/stable/generated/torch.where.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("{shape: [10], dtype: bool}", "[10]", "[10]")
    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    hides: ClassVar = "a condition says which positions count"
    verb: ClassVar = "chooses from"
    is_one_kernel: ClassVar = True

    input: RealOrInfinityOrNull = None
    """what is taken where the condition is true, where that is a number"""
    other: RealOrInfinityOrNull = None
    """what is taken where the condition is false, where that is a number"""

    def outputs(self, inputs: Inputs) -> Outputs:
        numbers = [as_number(value) for value in (self.input, self.other) if value is not None]
        if len(inputs) + len(numbers) != 3:
            raise Problem("E0203", f"chooses between two by a condition, but reads {len(inputs) - 1} and has {len(numbers)} in "
                          "numbers", help="write from: [condition, a, b], or a number as input: or other:")  # fmt: skip
        _need_bool(inputs[0], 0)
        shape = reduce(lambda left, item: broadcast(left, item[1].shape, self.verb, item[0]),
                       enumerate(inputs[1:], 1), inputs[0].shape)  # fmt: skip
        kinds: list[DType] = ["int64" if type(number) is int else "float32" for number in numbers]
        if len(inputs) == 1:
            return {"output": Tensor(shape, promote(*kinds))}
        return {"output": Tensor(shape, result_dtype(*inputs[1:], number=kinds[0] if kinds else None))}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"])

    def emission(self, inputs: Inputs) -> emit.Emission:
        tensors = map(emit.Input, range(1, len(inputs)))
        chosen = (next(tensors) if value is None else emit.Data(as_number(value)) for value in (self.input, self.other))
        return emit.Emission(emit.Call("torch.where", (emit.Input(0), *chosen)))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """What has another dtype than the result is cast."""
        given = self.outputs(inputs)["output"].dtype
        cast = sum((count(tensor) for tensor in inputs[1:] if tensor.dtype != given), start=0)
        return cast * ITEM_BYTES[given]


class MaskedFill(_Pointwise):
    """The first tensor, with `value` where the second, of truth values, is true. Attention masks write `value: -inf`.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.masked_fill.html"""

    example: ClassVar = "value: 0"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]", "{shape: [10], dtype: bool}")
    arity: ClassVar = (2, 2)
    hides: ClassVar = "a mask says which positions count"
    verb: ClassVar = "fills"

    value: RealOrInfinity
    """the number that is filled in"""

    def computes_in(self, inputs: Inputs) -> None:
        return None

    def outputs(self, inputs: Inputs) -> Outputs:
        x, mask = inputs
        _need_bool(mask, 1)
        if isinstance(self.value, str) and not x.is_float:
            raise Problem("E0105", f"fills {x.dtype} with {self.value}, which it cannot hold", field="value",
                          label="a number expected")  # fmt: skip
        return super().outputs(inputs)

    def _dtype(self, left: Tensor, right: Tensor) -> DType:
        return left.dtype

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """A copy of the first, written out in the order of its axes."""
        return fresh(sizes)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(
            emit.Method(emit.Input(0), "masked_fill", (emit.Input(1), emit.Data(as_number(self.value))))
        )


_METHODS: dict[DType, str] = {
    "float32": "float", "float64": "double", "float16": "half", "bfloat16": "bfloat16", "int64": "long", "int32": "int",
    "bool": "bool",
}  # fmt: skip


class To(Op):
    """The same numbers as `dtype`. No arithmetic is counted.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html"""

    example: ClassVar = "dtype: int64"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)
    kind: ClassVar = "shape"

    dtype: Annotated[DType, choice(*ITEM_BYTES)]

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]._replace(dtype=self.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        return x if inputs[0].dtype == self.dtype else None

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return copied(operands[0])

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), _METHODS[self.dtype]))
