"""Ops that read nothing: a learned tensor, a stored one, a constant. Enters: nothing. Leaves: a tensor of a fixed shape.

They are tensors, not modules: a Parameter's or Buffer's path is itself its key in the `state_dict`. Shapes here are whole;
no batch is put in front of them.
"""

from functools import cached_property
from math import isinf
from typing import Annotated, Any, ClassVar

from archspec.dims import Shape
from archspec.limits import MAX_SPELT_NUMBERS
from archspec.ops import emission as emit
from archspec.ops.base import ITEM_BYTES, OWN, DType, Inputs, Op, Outputs, Problem, Reaches, Tensor
from archspec.ops.fields import Bool, Check, as_number, choice, integer, number, number_or_infinity

_LARGEST = {
    "bool": 1, "int32": 2**31 - 1, "float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38,
}  # fmt: skip
_LOWEST = {"bool": 0, "int32": -(2**31)}
_REAL, _SIZE = number_or_infinity(), integer(1)
_INFINITE = ("inf", "-inf")


def _is_number(value: object) -> bool:
    return type(value) is bool or _REAL.fits(value)


def _shape_of(value: object) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers; None where their lengths differ, or anything else is in them."""
    if not isinstance(value, tuple):
        return () if _is_number(value) else None
    inner = {_shape_of(item) for item in value}
    first = inner.pop() if len(inner) == 1 else None
    return None if first is None else (len(value), *first)


def _elements(value: object) -> int:
    return sum(map(_elements, value)) if isinstance(value, tuple) else 1


def _flat(value: emit.Literal) -> list[bool | int | float]:
    """All numbers of nested lists."""
    if isinstance(value, tuple):
        return [element for item in value for element in _flat(item)]
    number = as_number(value) if value in _INFINITE else value
    assert isinstance(number, (int, float))
    return [number]


def _numbers(value: emit.Literal) -> emit.Literal:
    """The same, infinities as numbers."""
    if isinstance(value, tuple):
        return tuple(map(_numbers, value))
    return as_number(value) if value in _INFINITE else value


def _fits(value: object) -> bool:
    return _elements(value) <= MAX_SPELT_NUMBERS and _shape_of(value) is not None


_DATA = Check(
    f"a number, inf or -inf, or nested lists of these (at most {MAX_SPELT_NUMBERS:,}, as many in each list)",
    _fits,
    {"anyOf": [{"type": ["number", "boolean", "array"]}, {"enum": ["inf", "-inf"]}]},
)
_SHAPE = Check(
    "a list of sizes, or [] for a single number",
    lambda value: type(value) is tuple and all(_SIZE.fits(size) for size in value),
    {"type": "array", "items": _SIZE.schema},
)
Sizes = Annotated[tuple[int, ...], _SHAPE]
SizesOrNull = Annotated[tuple[int, ...] | None, _SHAPE.or_null()]
Data = Annotated[Any, _DATA]  # numbers nested to any depth: no type that pydantic could look up
DataOrNull = Annotated[Any, _DATA.or_null()]
Fill = Annotated[float | None, number().or_null("null for a standard normal")]
StoredFill = Annotated[float | str | None, number_or_infinity().or_null("null for a standard normal")]
DTypeOrNull = Annotated[DType | None, choice(*ITEM_BYTES).or_null()]


class _Value(Op):
    """A tensor from nowhere."""

    kind: ClassVar = "value"
    arity: ClassVar = (0, 0)
    is_state: ClassVar = True

    def reach(self, inputs: Inputs) -> Reaches:
        return ()


class Parameter(_Value):
    """A free learned tensor of float32: a class token, a position embedding, a scale. It starts at `fill`, or from a
    standard normal where that is null; PyTorch has no default here, and 0 is what most papers start class tokens and
    position embeddings near. `init`, `tie` and `constraint` of the layer call it `value`: `init: {value: {normal: {std: 0.02}}}`.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html"""

    example: ClassVar = "shape: [1, 1, 64]"
    example_inputs: ClassVar[tuple[str, ...]] = ()
    parameter_names: ClassVar[tuple[str, ...]] = (OWN,)

    shape: Sizes
    fill: Fill = 0.0

    @classmethod
    def parameter_key(cls, name: str) -> str:
        """`weight`, as of other layers, is understood as well."""
        return "" if name in (OWN, "weight") else name

    def check(self) -> None:
        need_fitting(self.fill, "float32", "fill")

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": Tensor(self.shape)}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        """The empty name stands for the layer's own path."""
        return {"": self.shape}

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.State(), emit.Tensor("parameter", self.shape, "float32", self.fill))


class Buffer(_Value):
    """A tensor that is kept with the weights but not learned: `shape` filled with `fill` (null: a standard normal), or
    the numbers of `value`. Left out, `dtype` is float32 for a shape, and for a value what PyTorch infers. With
    `persistent: false` it is no part of the `state_dict`.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html"""

    example: ClassVar = "shape: [10], fill: 0"
    example_inputs: ClassVar[tuple[str, ...]] = ()

    shape: SizesOrNull = None
    fill: StoredFill = 0.0
    value: DataOrNull = None
    """its numbers"""
    dtype: DTypeOrNull = None
    persistent: Bool = True
    """whether it is saved with the weights"""

    def check(self) -> None:
        if (self.shape is None) == (self.value is None):
            has = "neither shape nor value" if self.shape is None else "both shape and value"
            raise Problem("E0106", f"has {has}", field=None if self.shape is None else "value",
                          help="write shape: for a tensor of one number, or value: for the numbers themselves")  # fmt: skip
        if self.value is not None:
            if "fill" in self.model_fields_set:
                raise Problem("E0106", "has both fill and value", field="fill", help="leave fill out")
            need_fitting(self.value, self.tensor.dtype, "value")
        elif self.fill is not None:
            need_fitting(self.fill, self.tensor.dtype, "fill")
        elif not self.tensor.is_float:
            raise Problem("E0106", f"has a standard normal in {self.dtype}", field="fill",
                          label="a number expected")  # fmt: skip

    @cached_property  # the instances of a repeat are one op
    def tensor(self) -> Tensor:
        """What it stores."""
        if self.value is None:
            assert self.shape is not None
            return Tensor(self.shape, self.dtype or "float32")
        return _of(self.value, self.dtype)

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": self.tensor}

    def buffers(self, inputs: Inputs) -> dict[str, Tensor]:
        """The empty name stands for the layer's own path."""
        return {"": self.tensor} if self.persistent else {}

    def emission(self, inputs: Inputs) -> emit.Emission:
        return _stored(self.tensor, self.fill if self.value is None else self.value, self.persistent)


class Constant(_Value):
    """Numbers that the spec spells out, moved with the module but kept in no `state_dict`. Left out, `dtype` is what
    PyTorch infers: float32, int64 or bool. https://docs.pytorch.org/docs/stable/generated/torch.tensor.html"""

    example: ClassVar = "value: [1, 2, 3]"
    example_inputs: ClassVar[tuple[str, ...]] = ()

    value: Data
    """its numbers"""
    dtype: DTypeOrNull = None

    @cached_property  # the instances of a repeat are one op
    def tensor(self) -> Tensor:
        """What it holds."""
        return _of(self.value, self.dtype)

    def check(self) -> None:
        need_fitting(self.value, self.tensor.dtype, "value")

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": self.tensor}

    def emission(self, inputs: Inputs) -> emit.Emission:
        return _stored(self.tensor, self.value, False)


def _stored(tensor: Tensor, fill: emit.Literal, persistent: bool) -> emit.Emission:
    shape = tuple(size for size in tensor.shape if isinstance(size, int))
    return emit.Emission(emit.State(), emit.Tensor("buffer", shape, tensor.dtype, _numbers(fill), persistent))


def _of(value: emit.Literal, dtype: DType | None) -> Tensor:
    """The tensor that nested lists make."""
    shape = _shape_of(value)
    assert shape is not None
    if dtype is None:
        types = {type(element) for element in _flat(value)}
        dtype = "float32" if float in types else "int64" if int in types else "bool"
    return Tensor(shape, dtype)


def need_fitting(value: emit.Literal, dtype: DType, field: str) -> None:
    """Raises where a number cannot be stored in the dtype as it is written."""
    if value is None:
        return
    whole = dtype in ("int64", "int32", "bool")
    largest = _LARGEST.get(dtype)
    lowest = None if largest is None else _LOWEST.get(dtype, -largest)
    for element in _flat(value):
        is_infinite = isinstance(element, float) and isinf(element)
        if is_infinite and not whole:
            continue
        if (whole and isinstance(element, float) and not element.is_integer()) or (
            largest is not None and lowest is not None and not lowest <= element <= largest
        ):
            up_to = f", up to {largest}" if isinstance(largest, float) and not whole else ""
            raise Problem("E0105", f"has {element}, which {dtype} cannot hold", field=field,
                          label=f"numbers of {dtype} expected{up_to}")  # fmt: skip
