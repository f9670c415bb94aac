"""Arguments and inputs for arithmetic, comparisons and choices: broadcasting shapes, mixed dtypes, numbers on either side."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from strategies_merge import DTYPES, FLOATS, NUMBERS, broadcasting

from archspec.ops.base import ITEM_BYTES, DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
values = st.one_of(st.integers(-3, 3), st.sampled_from((0.5, -1.5, 2.0))).map(lambda value: value or 1)
infinite = st.one_of(values, st.sampled_from(("inf", "-inf")))


@st.composite
def _two(draw: DrawFn, dtypes: tuple[DType, ...], key: str = "", reverse: bool = False) -> Case:
    """Two tensors, or one and a number."""
    if not key or draw(st.booleans()):
        return {}, draw(broadcasting(st.just(2), dtypes))
    arguments = {key: draw(values), **({"reverse": draw(st.booleans())} if reverse and draw(st.booleans()) else {})}
    return arguments, draw(broadcasting(st.just(1), dtypes))


@st.composite
def _pow(draw: DrawFn) -> Case:
    key = draw(st.sampled_from(("", "exponent", "base")))
    return draw(_two(DTYPES, key))


@st.composite
def _addcmul(draw: DrawFn) -> Case:
    dtypes = draw(st.sampled_from((FLOATS, DTYPES)))
    return ({"value": draw(values)} if draw(st.booleans()) else {}), draw(broadcasting(st.just(3), dtypes))


@st.composite
def _lerp(draw: DrawFn) -> Case:
    tensors = draw(broadcasting(st.integers(2, 3), (draw(st.sampled_from(FLOATS)),)))
    return ({} if len(tensors) == 3 else {"weight": draw(values)}), tensors


@st.composite
def _where(draw: DrawFn) -> Case:
    condition, *tensors = draw(broadcasting(st.just(3), DTYPES))
    numbers = draw(st.sampled_from(((), (), ("input",), ("other",), ("input", "other"))))
    return {key: draw(infinite) for key in numbers}, (condition._replace(dtype="bool"), *tensors[len(numbers) :])


@st.composite
def _masked_fill(draw: DrawFn) -> Case:
    x, mask = draw(broadcasting(st.just(2), NUMBERS))
    return {"value": draw(infinite)}, (x, mask._replace(dtype="bool"))


@st.composite
def _to(draw: DrawFn) -> Case:
    shape = (N, *draw(st.lists(st.integers(1, 5), max_size=3)))
    return {"dtype": draw(st.sampled_from(tuple(ITEM_BYTES)))}, (Tensor(shape, draw(st.sampled_from(DTYPES))),)


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "FloorDiv": _two(DTYPES, "value", reverse=True),
    "Remainder": _two(DTYPES, "value", reverse=True),
    "Pow": _pow(),
    "Atan2": _two(DTYPES),
    "Addcmul": _addcmul(),
    "Lerp": _lerp(),
    "Where": _where(),
    "MaskedFill": _masked_fill(),
    "To": _to(),
    **{name: _two(DTYPES, "value") for name in ("Eq", "Ne", "Lt", "Le", "Gt", "Ge")},
    **{name: _two(DTYPES) for name in ("LogicalAnd", "LogicalOr", "LogicalXor")},
}

REFUSED = {
    "Atan2": ("the outputs of onnxruntime are off by",),
    "Where": ("the file does not run: NotImplemented",),
}
"""What PyTorch's exporter writes computes something else, or does not run."""
