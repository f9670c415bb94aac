"""Arithmetic, comparisons and choices in a generated module, beside the same written by hand."""

from __future__ import annotations

import torch
from support import checked, spec
from torch_samples import built

from archspec.backends.torch import generate
from archspec.running.verify import verify

LAYERS = """\
  scores: {type: Mul, value: 3}
  seen: {type: Ne, value: 0, from: input}
  late: {type: Parameter, shape: [4], fill: 0.25}
  after: {type: Gt, from: [input, late]}
  both: {type: LogicalAnd, from: [seen, after]}
  gone: {type: LogicalNot}
  filled: {type: MaskedFill, value: -inf, from: [scores, gone]}
  chosen: {type: Where, other: 0, from: [both, filled]}
  whole: {type: To, dtype: int64}
  halves: {type: FloorDiv, value: 2}
  rest: {type: Remainder, value: 3, from: halves}
  floats: {type: To, dtype: float32}
  less: {type: Sub, value: 1, reverse: true}
  powers: {type: Pow, base: 2}
  mixed: {type: Lerp, weight: 0.5, from: [powers, input]}
  sum: {type: Addcmul, value: 2, from: [mixed, input, late]}
"""


def test_the_same_numbers() -> None:
    text = spec(LAYERS, "[5, 4]")
    result = checked(text)
    assert result.facts is not None, result.diagnostics
    assert verify(result.facts, generate(result.facts)) == []
    x = torch.randn(3, 5, 4)
    x[:, 0] = 0
    late = torch.full((4,), 0.25)
    both = (x != 0) & (x > late)
    chosen = torch.where(both, (x * 3).masked_fill(~both, float("-inf")), 0)
    powers = 2 ** (1 - (chosen.long() // 2 % 3).float())
    torch.testing.assert_close(built(text)(x), (powers + x) / 2 + 2 * x * late)
