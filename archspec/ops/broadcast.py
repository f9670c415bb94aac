"""How PyTorch combines several tensors: one shape from many, one dtype from many. Enters: tensors; leaves: both.

https://docs.pytorch.org/docs/stable/notes/broadcasting.html
https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from math import prod

from archspec.dims import BATCH, Shape, Size, symbols
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import DType, Problem, Tensor, show_shape
from archspec.words import counted

_WIDTH: dict[DType, int] = {"bool": 0, "int32": 1, "int64": 2, "bfloat16": 3, "float16": 3, "float32": 4, "float64": 5}


def broadcast(left: Shape, right: Shape, verb: str, input: int) -> Shape:
    """The common shape: aligned at the last axis, sizes are equal or 1, or an axis is not there.

    `verb` begins the message ("adds"); `input` is the index of the right tensor.
    """
    rank = max(len(left), len(right))
    pairs = [
        (left[axis] if axis >= -len(left) else 1, right[axis] if axis >= -len(right) else 1) for axis in range(-rank, 0)
    ]
    sizes = [common(a, b) for a, b in pairs]
    if None not in sizes:
        return tuple(size for size in sizes if size is not None)
    wrong = [axis for axis, size in enumerate(sizes) if size is None]
    axis = wrong[0]
    if len(left) != len(
        right
    ):  # as PyTorch, from the last axis on; that a batch stands against a side follows from the others
        axis = next((axis for axis in reversed(wrong) if not any(map(_is_batch, pairs[axis]))), wrong[-1])
    a, b = pairs[axis]
    raise Problem("E0305", f"{verb} {show_shape(left)} and {show_shape(right)}, which do not fit along axis {axis}", input=input,
                  label=f"{b} here, {a} before",
                  notes=("shapes are aligned at their last axis; sizes must be equal, or one of them 1",),
                  help=_way_out(left, right, axis - rank))  # fmt: skip


def _is_batch(size: Size) -> bool:
    return BATCH in symbols(size)


def common(left: Size, right: Size) -> Size | None:
    """The size that two sizes broadcast to; None where they do not fit. A number is preferred to what equals it."""
    if left == 1:
        return right
    if right == 1 or assume_equal(left, right):
        return right if isinstance(right, int) and right != 1 else left
    return None


def _way_out(left: Shape, right: Shape, axis: int) -> str:
    shorter, longer = sorted((left, right), key=len)
    for more in range(1, len(longer) - len(shorter) + 1):
        for place in range(len(shorter), 0, -1):
            wanted = (*shorter[:place], *(1,) * more, *shorter[place:])
            if all(a == b or 1 in (a, b) for a, b in zip(wanted, longer[-len(wanted) :], strict=True)):
                what = f"Unsqueeze with dim: {place}" if more == 1 else "Reshape"
                return f"{what} makes {show_shape(wanted)} of {show_shape(shorter)}, which fits"
    fewer = _with_fewer_axes(shorter, longer) if len(shorter) != len(longer) else ""
    if fewer:
        return fewer
    if len(left) in (4, 5) and axis == 1 - len(left) and left[2:] == right[2:] and isinstance(left[1], int):
        return f"bring the other to {counted(left[1], 'channel')} with a Conv{len(left) - 2}d of kernel_size: 1"
    if len(left) != len(right) and any(_is_batch(shape[axis]) for shape in (left, right) if axis >= -len(shape)):
        return f"bring both to {counted(len(shorter), 'axis')}, or both to {len(longer)}"
    return f"make axis {axis + max(len(left), len(right))} of both {left[axis]}, or 1"


def _with_fewer_axes(shorter: Shape, longer: Shape) -> str:
    """What makes as many axes of the longer shape as the shorter has, where features of a sample are to meet an image."""
    sizes = [size for size in (*shorter[1:], *longer[1:]) if isinstance(size, int)]
    if len(shorter) != 2 or len(sizes) != len(longer) or shorter[0] != longer[0]:
        return ""
    if prod(sizes[1:]) == sizes[0]:
        return f"a Flatten makes {show_shape(shorter)} of {show_shape(longer)}, which fits"
    pooled = longer[:2]
    pool = f"AdaptiveAvgPool{len(longer) - 2}d of output_size: 1 and a Flatten make {show_shape(pooled)} of {show_shape(longer)}"
    if pooled == shorter:
        return f"{pool}, which fits"
    return f"{pool}, and a Linear with out_features: {sizes[0]} makes {show_shape(shorter)} of that"


def promote(*dtypes: DType) -> DType:
    """The least dtype that holds all of these: bool < int32 < int64 < float16, bfloat16 < float32 < float64."""
    floats = {dtype for dtype in dtypes if _WIDTH[dtype] == 3}
    widest = max(dtypes, key=lambda dtype: _WIDTH[dtype])
    return "float32" if len(floats) == 2 and _WIDTH[widest] == 3 else widest


def result_dtype(*tensors: Tensor, number: DType | None = None) -> DType:
    """The dtype of an arithmetic result. Single numbers only count where they are of a higher kind than tensors.

    `number` is the dtype of a number written in the spec, which counts less still.
    """
    result: DType | None = None
    with_axes = [tensor.dtype for tensor in tensors if tensor.rank]
    without = [tensor.dtype for tensor in tensors if not tensor.rank]
    for group in (with_axes, without, [number] if number else []):
        if group:
            result = promote(*group) if result is None else _raise_kind(result, promote(*group))
    assert result is not None
    return result


def _raise_kind(result: DType, lesser: DType) -> DType:
    return promote(result, lesser) if _kind(lesser) > _kind(result) else result


def _kind(dtype: DType) -> int:
    """0 for bool, 1 for whole numbers, 2 for floats."""
    return min(_WIDTH[dtype], 3) - (_WIDTH[dtype] > 1)
