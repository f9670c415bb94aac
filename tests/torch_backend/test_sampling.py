"""Attention with a mask, grids, interpolation, vectors and cells in a generated module; what they refuse."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec
from torch.nn import functional as F
from torch_samples import built

from archspec.backends.torch import generate
from archspec.running.verify import verify

SAMPLING = """\
archspec: 1
name: Sampling
input: [4, 6, 6]
layers:
  large: {type: Interpolate, scale_factor: 2, mode: bicubic, antialias: true, align_corners: false}
  small: {type: Interpolate, size: [3, 5], mode: area}
  theta: {type: Parameter, shape: [1, 2, 3], fill: 0.3}
  thetas: {type: Expand, shape: [2, 3]}
  grid: {type: AffineGrid, size: [4, 4, 7]}
  warped: {type: GridSample, padding_mode: border, from: [small, grid]}
  rows: {type: Flatten, start_dim: 2}
  unit: {type: Normalize, dim: -1}
  causal: {type: Constant, value: [[true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true]]}
  mixed: {type: ScaledDotProductAttention, from: [unit, unit, rows, causal]}
  same: {type: CosineSimilarity, dim: 2, from: [mixed, rows]}
  step: {type: LSTMCell, hidden_size: 3}
  next: {type: LSTMCell, hidden_size: 3, from: [same, step.h, step.c]}
  last: {type: GRUCell, hidden_size: 3, from: [same, next.h]}
"""


def test_the_same_numbers() -> None:
    torch.manual_seed(0)
    result = checked(SAMPLING)
    assert result.facts is not None
    assert result.ok, [d.message for d in result.diagnostics]
    assert verify(result.facts, generate(result.facts)) == []
    model, x = built(SAMPLING), torch.randn(2, 4, 6, 6)
    small = F.interpolate(
        F.interpolate(x, scale_factor=2, mode="bicubic", antialias=True, align_corners=False), size=(3, 5), mode="area"
    )
    grid = F.affine_grid(torch.full((2, 2, 3), 0.3), (2, 4, 4, 7), align_corners=False)
    rows = F.grid_sample(small, grid, padding_mode="border", align_corners=False).flatten(2)
    unit = F.normalize(rows, dim=-1)
    mixed = F.scaled_dot_product_attention(unit, unit, rows, torch.ones(4, 4, dtype=torch.bool).tril())
    same = F.cosine_similarity(mixed, rows, dim=2)
    h, _ = model.next(same, model.step(same))
    torch.testing.assert_close(model(x), model.last(same, h))


REFUSED: list[tuple[str, str, str]] = [
    ("{type: Interpolate, size: 4, antialias: true}", "E0106", "antialias with mode: nearest"),
    ("{type: Interpolate, size: 4, mode: area, align_corners: false}", "E0106", "no corners"),
    ("{type: Interpolate, size: 4, mode: linear}", "E0302", "(N, C, L)"),
    ("{type: AffineGrid, size: [4, 4]}", "E0105", "2 entries"),
    ("{type: GridSample, from: [input, w]}", "E0302", "a grid of 4 axes"),
    ("{type: GridSample, from: [input, input]}", "E0305", "at a grid of"),
    ("{type: Normalize, dim: [1, -3]}", "E0105", "twice"),
    ("{type: CosineSimilarity, dim: 4, from: [input, input]}", "E0306", "no axis 4"),
    ("{type: ScaledDotProductAttention, from: [input, input, input, w]}", "E0305", "masks scores of N × 4 × 6 × 6"),
    ("{type: ScaledDotProductAttention, is_causal: true, from: [input, input, input, input]}", "E0106", "is_causal"),
    ("{type: ScaledDotProductAttention, from: [input, input, input, whole]}", "E0307", "with int64"),
    ("{type: ScaledDotProductAttention, from: [input, input, wide]}", "E0307", "one dtype"),
    ("{type: GRUCell, hidden_size: 3}", "E0302", "(N, features)"),
    ("{type: LSTMCell, hidden_size: 3, from: [flat, flat]}", "E0203", "2 states"),
    ("{type: RNNCell, hidden_size: 3, from: [flat, flat]}", "E0305", "goes on from N × 3"),
]


@pytest.mark.parametrize(("layer", "code", "message"), REFUSED)
def test_refused(layer: str, code: str, message: str) -> None:
    before = (
        "  flat: Flatten\n  w: {type: Parameter, shape: [4, 3]}\n  whole: {type: Constant, value: [[1]]}\n"
        "  wide: {type: To, dtype: float64, from: input}\n"
    )
    reads = "" if "from:" in layer else ", from: input}"
    text = f"{before}  a: {layer if not reads else layer[:-1] + reads}\n"
    (found,) = (d for d in checked(spec(text, "[4, 6, 6]")).diagnostics if d.severity == "error")
    assert (found.code, message in found.message) == (code, True), found.message
