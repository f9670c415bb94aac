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


@st.composite
def _spread(draw: DrawFn) -> Case:
    """More numbers than the correction: of fewer there is no variance."""
    arguments, (x,) = draw(_reduction(FLOATS))
    dims = arguments["dim"] if isinstance(arguments["dim"], tuple) else (arguments["dim"],)
    shape = tuple(size + 1 if i and (i in dims or i - x.rank in dims) else size for i, size in enumerate(x.shape))
    if draw(st.booleans()):
        arguments["correction"] = draw(st.integers(0, 1))
    return arguments, (Tensor(shape, x.dtype),)


@st.composite
def _scan(draw: DrawFn) -> Case:
    arguments, inputs = draw(_reduction(ALL, many=False))
    return {"dim": arguments["dim"]}, inputs


@st.composite
def _top(draw: DrawFn) -> Case:
    k = draw(st.integers(1, 3))
    shape = (N, *draw(st.lists(st.integers(k, 5), min_size=1, max_size=3)))
    options = {key: draw(st.booleans()) for key in ("largest", "sorted") if draw(st.booleans())}
    if draw(st.booleans()):
        options["dim"] = draw(st.integers(1, len(shape) - 1))
    return {"k": k, **options}, (Tensor(shape, draw(st.sampled_from(ALL[:-1]))),)


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "Mean": _reduction(FLOATS),
    "Sum": _reduction(ALL),
    "Max": _reduction(ALL),
    "Min": _reduction(ALL),
    "Argmax": _reduction(ALL[:-1], many=False),
    "Argmin": _reduction(ALL[:-1], many=False),
    "Norm": _norm(),
    "Var": _spread(),
    "Std": _spread(),
    "Prod": _reduction(ALL, many=False),
    "All": _reduction(ALL),
    "Any": _reduction(ALL),
    "LogSumExp": _reduction(ALL),
    "Cumsum": _scan(),
    "Cumprod": _scan(),
    "TopK": _top(),
}

REFUSED = {"Cumprod": ("DispatchError: No ONNX function found for <OpOverload(op='prims.prod'",) * 3}
"""PyTorch's exporter has no translation."""
