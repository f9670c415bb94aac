"""What a unit sees where a constant is 0 in a product, against PyTorch: the gradient of the unit says which inputs matter."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec

import archspec
from archspec.explain.why import find
from archspec.facts.seen import seen_by
from archspec.ops.intervals import each
from archspec.ops.reading import Lost

RAMP = 'c: {type: Constant, value: "${[[p * 1.0 for k in range(4)] for p in range(5)]}"}'
LOWER = 'c: {type: Constant, value: "${[[1.0 if k <= p else 0.0 for k in range(5)] for p in range(5)]}"}'
COLUMNS = "c: {type: Constant, value: [1.0, 0.0, 0.0, 2.0]}"
TURNED = "  turned: {type: Permute, dims: [0, 2, 1], from: input}\n"
MUL = "  mul: {type: Mul, from: [input, c]}\n"
SCORES = f"  {LOWER}\n{TURNED}  s: {{type: Matmul, from: [input, turned]}}\n  mul: {{type: Mul, from: [s, c]}}\n"
ATTEND = "  last: {type: ScaledDotProductAttention, from: [%s], is_causal: %s}\n"

EXACT = {
    "rows": f"  {RAMP}\n{MUL}  last: {{type: Tanh}}\n",
    "columns": f"  {COLUMNS}\n{MUL}  last: {{type: Tanh}}\n",
    "a sum": f"  {RAMP}\n{MUL}  last: {{type: Add, from: [mul, input]}}\n",
    "a product of three": f"  {RAMP}\n  last: {{type: Mul, from: [input, c, input]}}\n",
    "attention to itself": f"  {RAMP}\n{MUL}{ATTEND % ('mul, mul, input', 'true')}",
    "weights": SCORES + "  last: {type: Tanh}\n",
}
AT_MOST = {
    "attention": f"  {RAMP}\n{MUL}{ATTEND % ('mul, input, mul', 'false')}",
    "weights of values": SCORES + "  last: {type: Matmul, from: [mul, input]}\n",
    "two products": f"  {RAMP}\n{MUL}  d: {{type: Mul, from: [input, c]}}\n  last: {{type: Mul, from: [mul, d, input]}}\n",
    "reshaped": f"  {RAMP}\n  e: {{type: Unsqueeze, dim: 0, from: c}}\n  last: {{type: Mul, from: [input, e]}}\n",
    "turned": f"  {RAMP}\n{MUL}  t: {{type: Tanh}}\n  last: {{type: Mul, from: [input, t]}}\n",
}


def mattering(text: str, row: int) -> set[tuple[int, int]]:
    """The positions of the input with a gradient, whatever the numbers."""
    torch.manual_seed(0)
    module = archspec.build(archspec.parse(text)).double()
    found: set[tuple[int, int]] = set()
    for _ in range(3):
        x = torch.randn(1, 5, 4, dtype=torch.float64, requires_grad=True)
        y = module(x)[0, row]
        (y * torch.randn_like(y)).sum().backward()
        assert x.grad is not None
        found |= {(int(i), int(k)) for i, k in x.grad[0].nonzero()}
    return found


def seen(text: str, row: int) -> tuple[set[tuple[int, int]], str]:
    facts = checked(text).facts
    assert facts is not None
    view = seen_by(facts, find(facts, "last"), (row, None))
    found: set[tuple[int, int]] = set()
    for box in next(iter(view.of.values()), []):
        rows, columns = box[1:]
        assert not isinstance(rows, Lost)
        assert not isinstance(columns, Lost)
        found |= {(i, k) for i in each(rows) for k in each(columns)}
    return found, view.at_most


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("name", EXACT)
def test_it_is_seen_exactly(name: str, row: int) -> None:
    text = spec(EXACT[name], "[5, 4]")
    assert seen(text, row) == (mattering(text, row), "")


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("name", AT_MOST)
def test_it_is_seen_at_most_and_why(name: str, row: int) -> None:
    text = spec(AT_MOST[name], "[5, 4]")
    found, why = seen(text, row)
    true = mattering(text, row)
    assert found >= true
    assert why == "" or "a factor is 0 at some positions" in why
    assert found == true or why, "what is no more than may be seen is called so"
