"""Arguments and inputs for the ops that join tensors: broadcasting shapes, mixed dtypes, equations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archspec.dims import Size
from archspec.ops.base import DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
FLOATS: tuple[DType, ...] = ("float32", "float64", "float16", "bfloat16")
DTYPES: tuple[DType, ...] = (*FLOATS, "int64", "int32", "bool")
NUMBERS: tuple[DType, ...] = (*FLOATS, "int64", "int32")
sizes = st.integers(1, 5)


@st.composite
def broadcasting(draw: DrawFn, count: SearchStrategy[int], dtypes: tuple[DType, ...]) -> tuple[Tensor, ...]:
    """Tensors whose shapes broadcast: axes left out in front, or of size 1."""
    shape: list[Size] = [N, *draw(st.lists(sizes, max_size=3))]
    tensors = []
    for _ in range(draw(count)):
        kept = shape[draw(st.integers(0, len(shape))) :]
        own = tuple(1 if draw(st.booleans()) and draw(st.booleans()) else size for size in kept)
        tensors.append(Tensor(own, draw(st.sampled_from(dtypes))))
    return tuple(tensors)


@st.composite
def _arithmetic(draw: DrawFn, most: int, dtypes: tuple[DType, ...], reverse: bool = False) -> Case:
    if draw(st.booleans()):
        return {}, draw(broadcasting(st.integers(2, most), dtypes))
    value = draw(st.one_of(st.integers(-3, 3), st.sampled_from((0.5, -1.5, 2.0)))) or 1
    turned = {"reverse": draw(st.booleans())} if reverse and draw(st.booleans()) else {}
    return {"value": value, **turned}, draw(broadcasting(st.just(1), dtypes))


def _tensors_only(draw_from: SearchStrategy[tuple[Tensor, ...]]) -> SearchStrategy[Case]:
    return draw_from.map(lambda tensors: ({}, tensors))


@st.composite
def _cat(draw: DrawFn) -> Case:
    shape: list[Size] = [N, *draw(st.lists(sizes, max_size=3))]
    axis = draw(st.integers(0, len(shape) - 1))
    tensors = []
    for _ in range(draw(st.integers(1, 3))):
        own = list(shape)
        if axis:
            own[axis] = draw(sizes)
        tensors.append(Tensor(tuple(own), draw(st.sampled_from(DTYPES))))
    return {"dim": draw(st.sampled_from((axis, axis - len(shape))))}, tuple(tensors)


@st.composite
def _stack(draw: DrawFn) -> Case:
    shape = (N, *draw(st.lists(sizes, max_size=3)))
    tensors = tuple(Tensor(shape, draw(st.sampled_from(DTYPES))) for _ in range(draw(st.integers(1, 3))))
    return {"dim": draw(st.integers(-len(shape) - 1, len(shape)))}, tensors


@st.composite
def _matmul(draw: DrawFn) -> Case:
    """Matrices alone: PyTorch's counter leaves products with vectors out."""
    rows, inner, columns = draw(sizes), draw(sizes), draw(sizes)
    batch: list[Size] = [N, *draw(st.lists(sizes, max_size=2))]

    def side(matrix: tuple[int, ...]) -> tuple[Size, ...]:
        rank = draw(st.integers(2, 2 + len(batch)))
        kept = batch[len(batch) - (rank - 2) :]
        return (*(1 if draw(st.booleans()) and draw(st.booleans()) else size for size in kept), *matrix)

    dtype = draw(st.sampled_from(("float32", "float64", "int64")))
    return {}, (Tensor(side((rows, inner)), dtype), Tensor(side((inner, columns)), dtype))


@st.composite
def _einsum(draw: DrawFn) -> Case:
    """Letters with sizes; operands draw letters, the result some of those; the ellipsis stands for the batch if kept.

    An axis of 1 that is summed over is no matrix product to PyTorch, and its counter sees batches of 1.
    """
    arrow, keeps_dots = draw(st.integers(0, 3)) > 0, draw(st.booleans())
    known = {letter: draw(sizes) for letter in "ijkAb"}
    with_dots = draw(st.booleans())
    terms, tensors = [], []
    for _ in range(draw(st.integers(1, 3))):
        term = draw(st.lists(st.sampled_from(sorted(known)), max_size=4))
        hidden = draw(st.integers(0, 2)) if with_dots else 0
        place = draw(st.integers(0, len(term)))
        shape: list[Size] = [1 if draw(st.integers(0, 7)) == 0 and term.count(x) == 1 else known[x] for x in term]
        dots = [N if keeps_dots or not arrow else 2, 3][2 - hidden :]
        tensors.append(Tensor((*shape[:place], *dots, *shape[place:]), "float32"))
        terms.append("".join(term[:place]) + ("..." if with_dots else "") + "".join(term[place:]))
    equation = draw(st.sampled_from((",", " , "))).join(terms)
    if arrow:
        used = sorted(set("".join(terms)) - {"."})
        result = draw(st.permutations(used)) if used else []
        result = result[: draw(st.integers(0, len(result)))]
        dots_out = "..." if with_dots and keeps_dots else ""
        equation += "->" + dots_out + "".join(result)
    return {"equation": equation}, tuple(tensors)


STRATEGIES: dict[str, SearchStrategy[Case]] = {
    "Add": _arithmetic(4, DTYPES),
    "Sub": _arithmetic(2, NUMBERS, reverse=True),
    "Mul": _arithmetic(4, DTYPES),
    "Div": _arithmetic(2, DTYPES, reverse=True),
    "Minimum": _tensors_only(broadcasting(st.integers(2, 3), DTYPES)),
    "Maximum": _tensors_only(broadcasting(st.integers(2, 3), DTYPES)),
    "Cat": _cat(),
    "Stack": _stack(),
    "Matmul": _matmul(),
    "Einsum": _einsum(),
}
