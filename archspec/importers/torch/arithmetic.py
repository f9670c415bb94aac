"""Functions of single elements, comparisons, and reductions. https://docs.pytorch.org/docs/stable/torch.html#math-operations"""

from __future__ import annotations

from typing import Any

import torch

from archspec.importers.torch.builder import Builder
from archspec.importers.torch.functions import Answer, Handler, handles
from archspec.importers.torch.recording import Value

# One tensor ------------------------------------------------------------------------------------------------------------

_UNARY = {
    "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "silu": "SiLU", "hardswish": "Hardswish", "relu6": "ReLU6",
    "hardsigmoid": "Hardsigmoid", "mish": "Mish", "softsign": "Softsign", "logsigmoid": "LogSigmoid", "selu": "SELU",
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "rsqrt": "Rsqrt", "sin": "Sin", "cos": "Cos", "neg": "Neg",
    "__neg__": "Neg", "negative": "Neg", "abs": "Abs", "absolute": "Abs", "__abs__": "Abs", "square": "Square",
    "reciprocal": "Reciprocal", "erf": "Erf", "floor": "Floor", "ceil": "Ceil", "round": "Round", "sign": "Sign",
    "logical_not": "LogicalNot", "bitwise_not": "BitwiseNot", "__invert__": "BitwiseNot", "expm1": "Expm1",
    "log2": "Log2", "swish": "SiLU", "log_sigmoid": "LogSigmoid", "tanhshrink": "Tanhshrink",
    "tan": "Tan", "atan": "Atan", "arctan": "Atan", "log1p": "Log1p",  "expit": "Sigmoid",
}  # fmt: skip


def _unary(kind: str) -> Handler:
    def handle(b: Builder, x: Value) -> Answer:
        return b.layer(kind, {}, x)

    return handle


for _name, _kind in _UNARY.items():
    handles(_name)(_unary(_kind))


@handles("gelu")
def gelu(b: Builder, x: Value, approximate: str = "none") -> Answer:
    return b.layer("GELU", {} if approximate == "none" else {"approximate": approximate}, x)


@handles("leaky_relu")
def leaky_relu(b: Builder, x: Value, negative_slope: float = 0.01) -> Answer:
    return b.layer("LeakyReLU", {"negative_slope": negative_slope} if negative_slope != 0.01 else {}, x)


@handles("elu")
def elu(b: Builder, x: Value, alpha: float = 1.0) -> Answer:
    return b.layer("ELU", {"alpha": alpha} if alpha != 1 else {}, x)


@handles("celu")
def celu(b: Builder, x: Value, alpha: float = 1.0) -> Answer:
    return b.layer("CELU", {"alpha": alpha} if alpha != 1 else {}, x)


@handles("hardtanh")
def hardtanh(b: Builder, x: Value, min_val: float = -1.0, max_val: float = 1.0) -> Answer:
    return b.layer("Hardtanh", {"min_val": min_val, "max_val": max_val}, x)


@handles("softplus")
def softplus(b: Builder, x: Value, beta: float = 1, threshold: float = 20) -> Answer:
    given = {"beta": float(beta), "threshold": float(threshold)}
    return b.layer("Softplus", {k: v for k, v in given.items() if v != {"beta": 1.0, "threshold": 20.0}[k]}, x)


@handles("clamp", "clip")
def clamp(b: Builder, x: Value, min: Any = None, max: Any = None) -> Answer:
    low, high = b.number(min) if min is not None else None, b.number(max) if max is not None else None
    given = {key: value for key, value in (("min", low), ("max", high)) if value is not None}
    answer: Answer = b.layer("Clamp", given, x) if given else x
    if min is not None and low is None:
        answer = b.layer("Maximum", {}, answer, min)
    if max is not None and high is None:
        answer = b.layer("Minimum", {}, answer, max)
    return answer


@handles("clamp_min")
def clamp_min(b: Builder, x: Value, min: Any) -> Answer:
    return clamp(b, x, min=min)


@handles("clamp_max")
def clamp_max(b: Builder, x: Value, max: Any) -> Answer:
    return clamp(b, x, max=max)


# Two tensors, or a tensor and a number -----------------------------------------------------------------------------------


def binary(b: Builder, kind: str, x: Any, y: Any) -> Answer:
    """`x kind y`, either of which may be a number."""
    left, right = b.number(x), b.number(y)
    if right is not None and left is None:
        return b.layer(kind, {"value": right}, x)
    if left is not None and right is None:
        if kind in ("Add", "Mul"):
            return b.layer(kind, {"value": left}, y)
        if kind in ("Sub", "Div"):
            return b.layer(kind, {"value": left, "reverse": True}, y)
    return b.layer(kind, {}, x, y)


@handles("add", "__add__", "__radd__", "__iadd__")
def add(b: Builder, x: Any, y: Any, alpha: float = 1) -> Answer:
    if alpha != 1:
        y = b.layer("Mul", {"value": alpha}, y)
    return binary(b, "Add", x, y)


@handles("sub", "__sub__", "__isub__", "subtract")
def sub(b: Builder, x: Any, y: Any, alpha: float = 1) -> Answer:
    if alpha != 1:
        y = b.layer("Mul", {"value": alpha}, y)
    return binary(b, "Sub", x, y)


@handles("rsub", "__rsub__")
def rsub(b: Builder, x: Any, y: Any, alpha: float = 1) -> Answer:
    return sub(b, y, x, alpha)


@handles("mul", "__mul__", "__rmul__", "__imul__", "multiply")
def mul(b: Builder, x: Any, y: Any) -> Answer:
    return binary(b, "Mul", x, y)


@handles("div", "__truediv__", "__itruediv__", "true_divide", "divide", "__div__")
def div(b: Builder, x: Any, y: Any, rounding_mode: str | None = None) -> Answer:
    if rounding_mode == "floor":
        return binary(b, "FloorDiv", x, y)
    if rounding_mode is not None:
        raise b.problem(f"the model divides with rounding_mode={rounding_mode}")
    return binary(b, "Div", x, y)


@handles("__rtruediv__", "__rdiv__")
def rdiv(b: Builder, x: Any, y: Any) -> Answer:
    return binary(b, "Div", y, x)


@handles("floor_divide", "__floordiv__")
def floor_divide(b: Builder, x: Any, y: Any) -> Answer:
    return binary(b, "FloorDiv", x, y)


@handles("remainder", "__mod__")
def remainder(b: Builder, x: Any, y: Any) -> Answer:
    return binary(b, "Remainder", x, y)


@handles("pow", "__pow__", "float_power")
def power(b: Builder, x: Any, exponent: Any) -> Answer:
    number = b.number(exponent)
    if number is not None and isinstance(x, Value):
        return b.layer("Pow", {"exponent": number}, x)
    base = b.number(x)
    if base is not None:
        return b.layer("Pow", {"base": base}, exponent)
    return b.layer("Pow", {}, x, exponent)


@handles("__rpow__")
def rpow(b: Builder, x: Any, y: Any) -> Answer:
    return power(b, y, x)


_COMPARISONS = {"eq": "Eq", "ne": "Ne", "lt": "Lt", "le": "Le", "gt": "Gt", "ge": "Ge"}


def _comparison(kind: str) -> Handler:
    def handle(b: Builder, x: Any, y: Any) -> Answer:
        return binary(b, kind, x, y)

    return handle


for _name, _kind in _COMPARISONS.items():
    handles(_name, f"__{_name}__")(_comparison(_kind))


@handles("maximum")
def maximum(b: Builder, x: Value, y: Value) -> Answer:
    return b.layer("Maximum", {}, x, y)


@handles("minimum")
def minimum(b: Builder, x: Value, y: Value) -> Answer:
    return b.layer("Minimum", {}, x, y)


def _logical(kind: str) -> Handler:
    def handle(b: Builder, x: Value, y: Value) -> Answer:
        return b.layer(kind, {}, x, y)

    return handle


def _bitwise(kind: str) -> Handler:
    def handle(b: Builder, x: Any, y: Any) -> Answer:
        if b.result().dtype != torch.bool:
            raise b.problem("the model combines the bits of numbers, for which there is no op")
        return b.layer(kind, {}, x, y)

    return handle


for _name, _kind in {"and": "LogicalAnd", "or": "LogicalOr", "xor": "LogicalXor"}.items():
    handles(f"logical_{_name}")(_logical(_kind))
    handles(f"__{_name}__", f"bitwise_{_name}")(_bitwise(_kind))


@handles("atan2", "arctan2")
def atan2(b: Builder, x: Value, y: Value) -> Answer:
    return b.layer("Atan2", {}, x, y)


@handles("addcmul")
def addcmul(b: Builder, x: Value, tensor1: Value, tensor2: Value, value: float = 1) -> Answer:
    return b.layer("Addcmul", {"value": value} if value != 1 else {}, x, tensor1, tensor2)


@handles("lerp")
def lerp(b: Builder, x: Value, end: Value, weight: Any) -> Answer:
    number = b.number(weight)
    return b.layer("Lerp", {}, x, end, weight) if number is None else b.layer("Lerp", {"weight": number}, x, end)


@handles("where")
def where(b: Builder, condition: Value, input: Any, other: Any) -> Answer:
    left, right = b.number(input), b.number(other)
    keys = {key: number for key, number in (("input", left), ("other", right)) if number is not None}
    return b.layer("Where", keys, condition, *(t for t, number in ((input, left), (other, right)) if number is None))


@handles("where_of")
def where_of(b: Builder, input: Any, condition: Value, other: Any) -> Answer:
    """`x.where(condition, other)`: x comes first."""
    return where(b, condition, input, other)


@handles("masked_fill")
def masked_fill(b: Builder, x: Value, mask: Value, value: Any) -> Answer:
    number = b.number(value)
    if number is None:  # a tensor, or a truth value
        return b.layer("Where", {}, mask, b.cast(value, x.dtype) if isinstance(value, Value) else value, x)
    return b.layer("MaskedFill", {"value": number}, x, mask)


# Reductions --------------------------------------------------------------------------------------------------------------


def _reduced(b: Builder, kind: str, x: Value, dim: Any, keepdim: bool, *, cast: Any = None, **keys: Any) -> Answer:
    """`cast`: the dtype that it is computed in."""
    if dim is None or dim in ([], ()):
        if any(not isinstance(size, int) for size in b.shape(x)):
            raise b.problem(
                "the model reduces over the batch as well",
                "give it the axes to reduce (dim=…); what is of the whole batch, such as a loss, is computed where it is trained",
            )
        dim = list(range(len(x.shape)))
    given = {"dim": dim, **keys, **({"keepdim": True} if keepdim else {})}
    return b.layer(kind, given, b.cast(x, cast))


@handles("mean")
def mean(b: Builder, x: Value, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Answer:
    return _reduced(b, "Mean", x, dim, keepdim, cast=dtype)


@handles("sum")
def sum_(b: Builder, x: Value, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Answer:
    return _reduced(b, "Sum", x, dim, keepdim, cast=dtype)


@handles("prod")
def prod(b: Builder, x: Value, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Answer:
    return _reduced(b, "Prod", x, dim, keepdim, cast=dtype)


@handles("amax")
def amax(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "Max", x, dim, keepdim)


@handles("amin")
def amin(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "Min", x, dim, keepdim)


@handles("max")
def max_(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    if isinstance(dim, Value):
        return b.layer("Maximum", {}, x, dim)
    if dim is None:
        return _reduced(b, "Max", x, dim, keepdim)
    values = _reduced(b, "Max", x, dim, keepdim)
    return [values, _reduced(b, "Argmax", x, dim, keepdim)] if b.is_read(1) else [values, None]


@handles("min")
def min_(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    if isinstance(dim, Value):
        return b.layer("Minimum", {}, x, dim)
    if dim is None:
        return _reduced(b, "Min", x, dim, keepdim)
    values = _reduced(b, "Min", x, dim, keepdim)
    return [values, _reduced(b, "Argmin", x, dim, keepdim)] if b.is_read(1) else [values, None]


@handles("argmax")
def argmax(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "Argmax", x, dim, keepdim)


@handles("argmin")
def argmin(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "Argmin", x, dim, keepdim)


@handles("var")
def var(
    b: Builder, x: Value, dim: Any = None, unbiased: Any = None, keepdim: bool = False, correction: Any = None
) -> Answer:
    correction = (1 if unbiased in (None, True) else 0) if correction is None else correction
    return _reduced(b, "Var", x, dim, keepdim, **({} if correction == 1 else {"correction": correction}))


@handles("std")
def std(
    b: Builder, x: Value, dim: Any = None, unbiased: Any = None, keepdim: bool = False, correction: Any = None
) -> Answer:
    correction = (1 if unbiased in (None, True) else 0) if correction is None else correction
    return _reduced(b, "Std", x, dim, keepdim, **({} if correction == 1 else {"correction": correction}))


@handles("var_mean")
def var_mean(
    b: Builder, x: Value, dim: Any = None, unbiased: Any = None, keepdim: bool = False, correction: Any = None
) -> Answer:
    return [var(b, x, dim, unbiased, keepdim, correction), _reduced(b, "Mean", x, dim, keepdim)]


@handles("norm")
def norm(b: Builder, x: Value, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Answer:
    order = 2 if p in (None, "fro") else p
    if not isinstance(order, (int, float)):
        raise b.problem(f"the model computes a norm of the kind {order}, for which there is no op")
    return _reduced(b, "Norm", x, dim, keepdim, cast=dtype, **({} if order == 2 else {"p": order}))


@handles("vector_norm", "linalg_vector_norm")
def vector_norm(
    b: Builder, x: Value, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Answer:
    return norm(b, x, ord, dim, keepdim, dtype)


@handles("linalg_norm", "linalg_matrix_norm")
def linalg_norm(
    b: Builder, x: Value, ord: Any = None, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Answer:
    assert b.call is not None
    axes = 1 if isinstance(dim, int) else len(dim) if dim else len(x.shape)
    if b.call.name == "linalg_matrix_norm" and dim is None:
        dim, axes = [-2, -1], 2
    is_matrix = (axes == 2 and ord is not None) or b.call.name == "linalg_matrix_norm"
    if is_matrix and ord not in (None, "fro"):
        raise b.problem(f"the model computes a norm of matrices of the kind {ord}, for which there is no op")
    return norm(b, x, ord, dim, keepdim, dtype)


@handles("all")
def all_(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "All", x, dim, keepdim)


@handles("any")
def any_(b: Builder, x: Value, dim: Any = None, keepdim: bool = False) -> Answer:
    return _reduced(b, "Any", x, dim, keepdim)


@handles("cumsum")
def cumsum(b: Builder, x: Value, dim: int, dtype: Any = None) -> Answer:
    return b.layer("Cumsum", {"dim": dim}, b.cast(x, dtype))


@handles("cumprod")
def cumprod(b: Builder, x: Value, dim: int, dtype: Any = None) -> Answer:
    return b.layer("Cumprod", {"dim": dim}, b.cast(x, dtype))


@handles("logsumexp")
def logsumexp(b: Builder, x: Value, dim: Any, keepdim: bool = False) -> Answer:
    return _reduced(b, "LogSumExp", x, dim, keepdim)
