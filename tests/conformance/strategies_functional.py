"""Arguments and inputs for the functional forms: those of the modules, with the weights as inputs, now and then wrong ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from strategies_modules import anything, flag, pairs, positive, small, spatial

from archspec.dims import Size
from archspec.ops.base import DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
FLOATS: tuple[DType, ...] = ("float32", "float32", "float64")


def _some(draw: DrawFn, fields: dict[str, SearchStrategy[Any]]) -> dict[str, Any]:
    return {key: draw(values) for key, values in fields.items() if draw(flag)}


def _as(dtype: DType, *shapes: tuple[Size, ...]) -> tuple[Tensor, ...]:
    return tuple(Tensor(shape, dtype) for shape in shapes)


@st.composite
def _linear(draw: DrawFn) -> Case:
    outer, inner, out = draw(st.sampled_from(((N,), (N, 3), (2,), (), (1, 2, N)))), draw(small), draw(small)
    shapes: list[tuple[Size, ...]] = [(*outer, inner), (out, inner if draw(st.integers(0, 9)) else 5)]
    if draw(flag):
        shapes.append((out if draw(st.integers(0, 9)) else 6,))
    return {}, _as(draw(st.sampled_from(FLOATS)), *shapes)


@st.composite
def _embedding(draw: DrawFn) -> Case:
    tokens = Tensor(draw(st.sampled_from(((N,), (N, 3), (2, 2), (N, 1, 4)))), draw(st.sampled_from(("int64", "int32"))))
    return {}, (tokens, Tensor((draw(small), draw(small)), draw(st.sampled_from(("float32", "float64", "float16")))))


@st.composite
def _convolution(draw: DrawFn, rank: int, transposed: bool) -> Case:
    groups, most = draw(st.sampled_from([1, 1, 2, 3])), {1: 12, 2: 9, 3: 6}[rank]
    x = draw(spatial(rank, 1, most, small.map(lambda c: c * groups)))
    fields = {"stride": pairs(rank, st.integers(1, 3)), "dilation": pairs(rank, st.integers(1, 2))}
    if transposed:
        fields |= {"padding": pairs(rank, st.integers(0, 1)), "output_padding": st.integers(0, 1)}
    else:
        fields["padding"] = st.one_of(pairs(rank, st.integers(0, 3)), st.sampled_from(["same", "valid"]))
    arguments = {**_some(draw, fields), **({"groups": groups} if groups > 1 else {})}
    channels = x.shape[1]
    assert isinstance(channels, int)
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    out, wrong = draw(small), draw(st.integers(0, 9)) == 0
    front = (channels + wrong, out) if transposed else (out * groups, channels // groups + wrong)
    shapes: list[tuple[Size, ...]] = [(*front, *kernel)]
    if draw(flag):
        shapes.append((out * groups,))
    return arguments, (x, *_as(x.dtype if draw(st.integers(0, 9)) else "float64", *shapes))


@st.composite
def _last_axes(draw: DrawFn, most: int) -> Case:
    x = draw(anything(2))
    count = draw(st.integers(1, x.rank - 1))
    shape = tuple(x.shape[x.rank - count :])
    arguments: dict[str, Any] = {"normalized_shape": shape[0] if len(shape) == 1 and draw(flag) else shape}
    if count == 1 and draw(flag):
        arguments = {}
    if draw(flag):
        arguments["eps"] = draw(st.sampled_from((1e-6, 0.5)))
    return arguments, (x, *_as(x.dtype, *(shape,) * draw(st.integers(0, most))))


@st.composite
def _group(draw: DrawFn) -> Case:
    groups = draw(st.integers(1, 3))
    x = draw(anything(2).filter(lambda t: t.is_float))
    channels = draw(small) * groups
    x = Tensor((N, channels, *x.shape[2:]), x.dtype)
    arguments = {"num_groups": groups, **_some(draw, {"eps": positive})}
    return arguments, (x, *_as(x.dtype, *((channels,),) * draw(st.integers(0, 2))))


@st.composite
def _batch(draw: DrawFn) -> Case:
    first: Size = draw(st.sampled_from((1, 3, N)))
    x = Tensor((first, draw(small), *draw(st.lists(small, max_size=3))), draw(st.sampled_from(FLOATS)))
    return _some(draw, {"eps": positive}), (x, *_as(x.dtype, *((x.shape[1],),) * draw(st.integers(0, 2))))


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "FunctionalLinear": _linear(),
    "FunctionalEmbedding": _embedding(),
    "FunctionalLayerNorm": _last_axes(2),
    "FunctionalRMSNorm": _last_axes(1),
    "FunctionalGroupNorm": _group(),
    "FunctionalBatchNorm": _batch(),
    **{f"FunctionalConv{rank}d": _convolution(rank, False) for rank in (1, 2, 3)},
    **{f"FunctionalConvTranspose{rank}d": _convolution(rank, True) for rank in (1, 2, 3)},
}

REFUSED = {"FunctionalBatchNorm": ("(ReduceMean) reduces over the batch",) * 3}
"""Without running statistics, a sample's result depends on the others."""
