"""Arguments and inputs for the ops that reshape a tensor, take parts of it, or move its positions."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archspec.ops.base import DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
DTYPES: tuple[DType, ...] = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "bool")
sizes = st.integers(1, 6)


@st.composite
def _tensor(draw: DrawFn, least: int = 1, most: int = 5, batch: bool | None = True) -> Tensor:
    """A tensor with the batch in front, or without one."""
    rest = draw(st.lists(sizes, min_size=least - 1, max_size=most - 1))
    has_batch = draw(st.booleans()) if batch is None else batch
    return Tensor((N if has_batch else draw(sizes), *rest), draw(st.sampled_from(DTYPES)))


def _axis(draw: DrawFn, rank: int, first: int = 0) -> int:
    axis = draw(st.integers(first, rank - 1))
    return draw(st.sampled_from((axis, axis - rank)))


def _number(x: Tensor, axis: int) -> int:
    size = x.shape[axis]
    return size if isinstance(size, int) else 0


def _factors(draw: DrawFn, number: int) -> list[int]:
    """Sizes whose product is the number; perhaps one is written as -1."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        factor = draw(st.sampled_from([f for f in range(1, number + 1) if number % f == 0][:20]))
        found.append(factor)
        number //= factor
    found.append(number)
    if draw(st.booleans()):
        found[draw(st.integers(0, len(found) - 1))] = -1
    return list(draw(st.permutations(found)))


@st.composite
def _flatten(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    if draw(st.integers(0, 3)) == 0:
        return {}, (x,)
    start, end = sorted((draw(st.integers(0, x.rank - 1)), draw(st.integers(0, x.rank - 1))))
    return {"start_dim": start, "end_dim": draw(st.sampled_from((end, end - x.rank)))}, (x,)


@st.composite
def _unflatten(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    axis = _axis(draw, x.rank, 1)
    return {"dim": axis, "unflattened_size": tuple(_factors(draw, _number(x, axis)))}, (x,)


@st.composite
def _reshape(draw: DrawFn) -> Case:
    x = draw(_tensor(1, batch=None))
    return {"shape": tuple(_factors(draw, prod(_number(x, i) for i in range(1, x.rank))))}, (x,)


@st.composite
def _view(draw: DrawFn) -> Case:
    """Any factors of the whole; with a batch, one of them times N. Once in a while one too many."""
    x = draw(_tensor(1, 4, batch=None))
    has_batch = not isinstance(x.shape[0], int)
    number = prod(_number(x, i) for i in range(int(has_batch), x.rank))
    shape: list[Any] = [abs(size) for size in _factors(draw, number) if size != -1]
    rest = number // prod(shape)
    batch = draw(st.sampled_from((f"{rest} * N", f"{rest}*N", f" {rest}  *N "))) if rest > 1 else "N"
    if not has_batch:
        batch = rest
    shape.insert(draw(st.integers(0, len(shape))), batch)
    if draw(st.integers(0, 9)) == 0:
        shape.append(2)
    return {"shape": tuple(shape)}, (x,)


@st.composite
def _permute(draw: DrawFn) -> Case:
    x = draw(_tensor())
    order = draw(st.permutations(range(x.rank)))
    return {"dims": tuple(draw(st.sampled_from((axis, axis - x.rank))) for axis in order)}, (x,)


@st.composite
def _transpose(draw: DrawFn) -> Case:
    x = draw(_tensor())
    return {"dim0": _axis(draw, x.rank), "dim1": _axis(draw, x.rank)}, (x,)


@st.composite
def _squeeze(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    x = Tensor(tuple(1 if i and draw(st.booleans()) else size for i, size in enumerate(x.shape)), x.dtype)
    if draw(st.booleans()):
        return {"dim": _axis(draw, x.rank, 1)}, (x,)
    return {"dim": tuple(draw(st.lists(st.integers(1, x.rank - 1), min_size=1, unique=True)))}, (x,)


@st.composite
def _unsqueeze(draw: DrawFn) -> Case:
    x = draw(_tensor())
    return {"dim": draw(st.integers(-x.rank - 1, x.rank))}, (x,)


@st.composite
def _contiguous(draw: DrawFn) -> Case:
    return {}, (draw(_tensor()),)


@st.composite
def _expand(draw: DrawFn) -> Case:
    """A batch of one, the batch itself, or axes that are not there yet; each axis kept, named, or repeated from 1."""
    shape: list[int] = []
    own: list[Any] = [draw(st.sampled_from((1, N)))]
    for _ in range(draw(st.integers(0, 3))):
        size = draw(sizes)
        own.append(draw(st.sampled_from((1, size))))
        shape.append(draw(st.sampled_from((size, -1))) if own[-1] == size else size)
    gone = draw(st.integers(0, len(own))) if own[0] == 1 else 0
    own, shape[: max(gone - 1, 0)] = own[gone:], [draw(sizes) for _ in range(gone - 1)]
    if not shape:
        shape, own = [draw(sizes)], [1]
    return {"shape": tuple(shape)}, (Tensor(tuple(own)),)


@st.composite
def _slice(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    dim = _axis(draw, x.rank, 1)
    positions = range(_number(x, dim))
    stop = draw(st.integers(1, len(positions) + 2))
    start = draw(st.integers(0, min(stop, len(positions)) - 1))
    arguments = {
        "start": draw(st.sampled_from((start, start - len(positions), None if start == 0 else start))),
        "stop": draw(st.sampled_from((stop, stop - len(positions) if stop < len(positions) else None))),
        "step": draw(st.integers(1, 3)),
    }
    return {"dim": dim, **arguments}, (x,)


@st.composite
def _select(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    dim = _axis(draw, x.rank, 1)
    return {"dim": dim, "index": _axis(draw, _number(x, dim))}, (x,)


@st.composite
def _chunk(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    return {"chunks": draw(st.integers(1, 7)), "dim": _axis(draw, x.rank, 1)}, (x,)


@st.composite
def _split(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    dim = _axis(draw, x.rank, 1)
    size = _number(x, dim)
    if draw(st.booleans()):
        return {"split_size": draw(st.integers(1, 7)), "dim": dim}, (x,)
    cuts = sorted({0, size, *draw(st.lists(st.integers(1, size), max_size=3))})
    return {"split_size": tuple(b - a for a, b in pairwise(cuts)), "dim": dim}, (x,)


@st.composite
def _unbind(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    return {"dim": _axis(draw, x.rank, 1)}, (x,)


@st.composite
def _pad(draw: DrawFn) -> Case:
    mode = draw(st.sampled_from(("constant", "reflect", "replicate", "circular")))
    if mode == "constant":
        x = draw(_tensor(2))
        padding: list[int] = []
        for axis in range(x.rank - 1, draw(st.integers(1, x.rank)) - 1, -1):
            size = _number(x, axis)
            before = draw(st.integers(-size + 1, 4))
            padding += [before, draw(st.integers(1 - size - min(before, 0), 4))]
        padding = padding or [0, 0]
        return {"padding": tuple(padding), "value": draw(st.sampled_from((0, 0.0, 1, -0.5)))}, (x,)
    padded = draw(st.integers(1, 3))
    x = draw(_tensor(padded + 1, padded + 2))
    x = x._replace(dtype=draw(st.sampled_from(("float32", "float64"))))
    most = [_number(x, -1 - i) - (mode == "reflect") for i in range(padded)]
    return {"mode": mode, "padding": tuple(draw(st.integers(0, m)) for m in most for _ in range(2))}, (x,)


@st.composite
def _roll(draw: DrawFn) -> Case:
    x = draw(_tensor())
    if draw(st.booleans()):
        return {"shifts": draw(st.integers(-7, 7)), "dims": _axis(draw, x.rank)}, (x,)
    dims = tuple(_axis(draw, x.rank) for _ in range(draw(st.integers(1, 3))))
    return {"shifts": tuple(draw(st.integers(-7, 7)) for _ in dims), "dims": dims}, (x,)


@st.composite
def _repeat(draw: DrawFn) -> Case:
    x = draw(_tensor(batch=None))
    has_batch = not isinstance(x.shape[0], int)
    new = [] if has_batch else draw(st.lists(st.integers(1, 3), max_size=2))
    first = 1 if has_batch else draw(st.integers(1, 3))
    return {"repeats": (*new, first, *(draw(st.integers(1, 3)) for _ in x.shape[1:]))}, (x,)


@st.composite
def _flip(draw: DrawFn) -> Case:
    x = draw(_tensor())
    if draw(st.booleans()):
        return {"dims": _axis(draw, x.rank)}, (x,)
    return {"dims": tuple(draw(st.lists(st.integers(0, x.rank - 1), min_size=1, unique=True)))}, (x,)


@st.composite
def _index_select(draw: DrawFn) -> Case:
    x = draw(_tensor())
    x = Tensor((*x.shape, 3), x.dtype) if x.rank == 1 else x
    index = Tensor((draw(st.integers(1, 5)),), draw(st.sampled_from(("int64", "int32"))))
    axis = draw(st.integers(1, x.rank - 1))  # never along the batch
    return {"dim": draw(st.sampled_from((axis, axis - x.rank)))}, (x, index)


@st.composite
def _numbers(draw: DrawFn, *shape: Any) -> Tensor:
    return Tensor(shape, draw(st.sampled_from(("int64", "int32"))))


@st.composite
def _index(draw: DrawFn) -> Case:
    """A tensor with a batch and numbers without, or the other way round."""
    x = draw(_tensor(2))
    own = draw(st.lists(st.integers(1, 4), max_size=3))
    if own and draw(st.booleans()):
        return {"dim": _axis(draw, x.rank, 1)}, (x, draw(_numbers(*own)))
    table = Tensor((3, *x.shape[1:]), x.dtype)
    return {"dim": _axis(draw, table.rank)}, (table, draw(_numbers(N, *own)))


@st.composite
def _gather(draw: DrawFn) -> Case:
    x = draw(_tensor(1))
    dim = _axis(draw, x.rank)
    own = [draw(st.integers(1, size)) if isinstance(size, int) else size for size in x.shape]
    own[dim] = draw(sizes) if isinstance(own[dim], int) or draw(st.booleans()) else own[dim]
    return {"dim": dim}, (x, draw(_numbers(*own)))


@st.composite
def _one_hot(draw: DrawFn) -> Case:
    return {"num_classes": draw(st.integers(1, 9))}, (draw(_tensor())._replace(dtype="int64"),)


@st.composite
def _unfold_dim(draw: DrawFn) -> Case:
    x = draw(_tensor(2))
    dim = _axis(draw, x.rank, 1)
    return {"dimension": dim, "size": draw(st.integers(1, _number(x, dim))), "step": draw(st.integers(1, 4))}, (x,)


@st.composite
def _interleave(draw: DrawFn) -> Case:
    x = draw(_tensor())
    return {"repeats": draw(st.integers(1, 4)), "dim": _axis(draw, x.rank)}, (x,)


@st.composite
def _triangle(draw: DrawFn) -> Case:
    return {"diagonal": draw(st.integers(-3, 3))} if draw(st.booleans()) else {}, (draw(_tensor(2)),)


@st.composite
def _diagonal(draw: DrawFn) -> Case:
    x = draw(_tensor(3))
    first, second = draw(st.permutations(range(1, x.rank)))[:2]
    rows, columns = _number(x, first), _number(x, second)
    dims = {"dim1": draw(st.sampled_from((first, first - x.rank))), "dim2": second}
    return {**dims, "offset": draw(st.integers(1 - rows, columns - 1))}, (x,)


@st.composite
def _crop_like(draw: DrawFn) -> Case:
    """Two tensors of one rank, the second smaller along some axes but for a case in a while; the others may differ."""
    x = draw(_tensor(2, 4))
    axes = draw(st.lists(st.integers(1, x.rank - 1), min_size=1, unique=True))
    other = [size if not axis else draw(sizes) for axis, size in enumerate(x.shape)]
    for axis in axes:
        other[axis] = draw(st.integers(1, _number(x, axis) + draw(st.sampled_from((0, 0, 0, 1)))))
    like = Tensor(tuple(other), draw(st.sampled_from(DTYPES)))
    if sorted(axes) == list(range(2, x.rank)) and draw(st.booleans()):
        return {}, (x, like)
    return {"dims": axes[0] if len(axes) == 1 and draw(st.booleans()) else tuple(a - x.rank for a in axes)}, (x, like)


@st.composite
def _reshape_as(draw: DrawFn) -> Case:
    x = draw(_tensor(1, 4, batch=None))
    has_batch = not isinstance(x.shape[0], int)
    shape = [
        abs(size) for size in _factors(draw, prod(_number(x, i) for i in range(int(has_batch), x.rank))) if size != -1
    ]
    rest = prod(_number(x, i) for i in range(int(has_batch), x.rank)) // prod(shape)
    shape.insert(draw(st.integers(0, len(shape))), N * rest if has_batch else rest)
    return {}, (x, Tensor(tuple(shape), draw(st.sampled_from(DTYPES))))


@st.composite
def _full_like(draw: DrawFn) -> Case:
    value = draw(st.sampled_from((0, 1, 2, -1.5, 1e3, "-inf", 1e10)))
    return {"fill_value": value}, (draw(_tensor(1, 4, batch=None)),)


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "CropLike": _crop_like(),
    "ReshapeAs": _reshape_as(),
    "FullLike": _full_like(),
    "IndexSelect": _index_select(),
    "Index": _index(),
    "Gather": _gather(),
    "OneHot": _one_hot(),
    "UnfoldDim": _unfold_dim(),
    "RepeatInterleave": _interleave(),
    "Tril": _triangle(),
    "Triu": _triangle(),
    "Diagonal": _diagonal(),
    "Flatten": _flatten(),
    "Unflatten": _unflatten(),
    "Reshape": _reshape(),
    "View": _view(),
    "Permute": _permute(),
    "Transpose": _transpose(),
    "Squeeze": _squeeze(),
    "Unsqueeze": _unsqueeze(),
    "Contiguous": _contiguous(),
    "Expand": _expand(),
    "Slice": _slice(),
    "Select": _select(),
    "Chunk": _chunk(),
    "Split": _split(),
    "Unbind": _unbind(),
    "Pad": _pad(),
    "Roll": _roll(),
    "Repeat": _repeat(),
    "Flip": _flip(),
}

REFUSED = {"Index": ("(GatherND) needs its input indices as numbers, but it is computed while it runs",) * 3}
"""ONNX has coordinates of all axes, the batch's among them, where PyTorch has positions along one."""
