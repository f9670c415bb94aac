"""Arguments for the ops that read nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archspec.ops.base import ITEM_BYTES, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)
FLOATS = [dtype for dtype in ITEM_BYTES if "float" in dtype]


@st.composite
def _parameter(draw: DrawFn) -> Case:
    return {"shape": draw(shapes), **draw(st.sampled_from(({}, {"fill": None}, {"fill": 1}, {"fill": 0.5})))}, ()


def _nested(draw: DrawFn, shape: tuple[int, ...], numbers: SearchStrategy[Any]) -> Any:
    return tuple(_nested(draw, shape[1:], numbers) for _ in range(shape[0])) if shape else draw(numbers)


@st.composite
def _value(draw: DrawFn) -> dict[str, Any]:
    floats, integers = st.sampled_from((0.5, -1.0, 3.0)), st.integers(-9, 9)
    numbers = draw(st.sampled_from((st.booleans(), integers, floats, st.one_of(floats, integers, st.booleans()))))
    value = _nested(draw, draw(shapes), numbers)
    return {"value": value, **({"dtype": draw(st.sampled_from(FLOATS))} if draw(st.booleans()) else {})}


@st.composite
def _buffer(draw: DrawFn) -> Case:
    persistent = draw(st.sampled_from(({}, {"persistent": False})))
    if draw(st.booleans()):
        return {**draw(_value()), **persistent}, ()
    kinds: tuple[dict[str, Any], ...] = (
        {}, {"fill": None}, {"fill": 3, "dtype": "int64"}, {"fill": 1, "dtype": "bool"}, {"dtype": "float64"},
    )  # fmt: skip
    return {"shape": draw(shapes), **draw(st.sampled_from(kinds)), **persistent}, ()


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "Parameter": _parameter(),
    "Buffer": _buffer(),
    "Constant": _value().map(lambda arguments: (arguments, ())),
}
