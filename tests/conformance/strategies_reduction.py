"""Arguments and inputs for the reductions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archspec.ops.base import DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
FLOATS: tuple[DType, ...] = ("float32", "float64", "float16", "bfloat16")
ALL: tuple[DType, ...] = (*FLOATS, "int64", "int32", "bool")


@st.composite
def _reduction(draw: DrawFn, dtypes: tuple[DType, ...], many: bool = True) -> Case:
    shape = (N, *draw(st.lists(st.integers(1, 5), max_size=4)))
    axes = draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    dims = tuple(draw(st.sampled_from((axis, axis - len(shape)))) for axis in axes)
    arguments: dict[str, Any] = {"dim": dims if many and draw(st.booleans()) else dims[0]}
    if draw(st.booleans()):
        arguments["keepdim"] = draw(st.booleans())
    return arguments, (Tensor(shape, draw(st.sampled_from(dtypes))),)


@st.composite
def _norm(draw: DrawFn) -> Case:
    arguments, inputs = draw(_reduction(FLOATS))
    if draw(st.booleans()):
        arguments["p"] = draw(st.sampled_from((0, 1, 2, 3.5)))
    return arguments, inputs


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "Mean": _reduction(FLOATS),
    "Sum": _reduction(ALL),
    "Max": _reduction(ALL),
    "Min": _reduction(ALL),
    "Argmax": _reduction(ALL[:-1], many=False),
    "Norm": _norm(),
}
