"""Exact sizes: `int` stays `int`, and a `Dim` is a normal form over symbols and floor divisions.

`size` has the arithmetic, `bounds` what can be proved, `factors` and `text` how a size reads.
"""

from archspec.dims.bounds import minimum, prove_divides, prove_equal
from archspec.dims.size import (
    BATCH,
    MAX_COUNT,
    MAX_DEPTH,
    MAX_NUMBER,
    MAX_PARTS,
    MAX_POWER,
    MAX_TERMS,
    MAX_WORK,
    Dim,
    Shape,
    Size,
    TooComplex,
    ceil_div,
    evaluate,
    exact_div,
    floor_div,
    product,
    substitute,
    sum_of,
    symbol,
    symbols,
    work,
)

__all__ = [
    "BATCH",
    "MAX_COUNT",
    "MAX_DEPTH",
    "MAX_NUMBER",
    "MAX_PARTS",
    "MAX_POWER",
    "MAX_TERMS",
    "MAX_WORK",
    "Dim",
    "Shape",
    "Size",
    "TooComplex",
    "ceil_div",
    "evaluate",
    "exact_div",
    "floor_div",
    "minimum",
    "product",
    "prove_divides",
    "prove_equal",
    "substitute",
    "sum_of",
    "symbol",
    "symbols",
    "work",
]
