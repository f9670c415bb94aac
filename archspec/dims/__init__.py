"""Exact sizes: `int` stays `int`, and a `Dim` is a normal form over symbols and floor divisions.

`size` has the arithmetic, `bounds` what can be proved, `factors` and `text` how a size reads.
"""

from archspec.dims.bounds import minimum, prove_divides, prove_equal
from archspec.dims.size import (
    BATCH,
    Dim,
    Shape,
    Size,
    TooComplex,
    beside,
    ceil_div,
    evaluate,
    exact_div,
    floor_div,
    largest_of,
    parts_of_largest,
    product,
    substitute,
    sum_of,
    symbol,
    symbols,
    work,
)

__all__ = [
    "BATCH",
    "Dim",
    "Shape",
    "Size",
    "TooComplex",
    "beside",
    "ceil_div",
    "evaluate",
    "exact_div",
    "floor_div",
    "largest_of",
    "minimum",
    "parts_of_largest",
    "product",
    "prove_divides",
    "prove_equal",
    "substitute",
    "sum_of",
    "symbol",
    "symbols",
    "work",
]
