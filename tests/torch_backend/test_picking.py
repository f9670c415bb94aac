"""Positions picked by tensors, patches and triangles in a generated module, beside the same written by hand."""

from __future__ import annotations

import torch
from support import checked
from torch.nn import functional as F
from torch_samples import built

from archspec.backends.torch import generate
from archspec.running.verify import verify

PICKING = """\
archspec: 1
name: Picking
inputs: {image: [2, 6, 6], tokens: {shape: [3], dtype: int64}}
blocks:
  Pick:
    args: {dim: 2}
    inputs: [x, numbers]
    layers:
      picked: {type: Index, dim: "${dim}", from: [x, numbers]}
layers:
  numbers: {type: Constant, value: [[0, 5], [1, 1]]}
  a: {type: Pick, from: [image, numbers]}
  rolled: {type: Roll, dims: 3, shifts: 1, from: image}
  b: {type: Pick, from: [rolled, numbers]}
  joined: {type: Sub, from: [a, b]}
  again: {type: Mean, dim: [2, 3]}
  patches: {type: Unfold, kernel_size: 2, stride: 2, from: image}
  back: {type: Fold, output_size: 6, kernel_size: 2, stride: 2}
  windows: {type: UnfoldDim, dimension: 3, size: 3, step: 3}
  lower: {type: Tril, diagonal: 1}
  line: {type: Diagonal, dim1: 2, dim2: 4}
  twice: {type: RepeatInterleave, repeats: 2, dim: 2}
  table: {type: Parameter, shape: [7, 4], fill: null}
  rows: {type: Index, dim: 0, from: [table, tokens]}
  chosen: {type: Gather, dim: 1, from: [rows, places]}
  places: {type: OneHot, num_classes: 4, from: tokens}
outputs: {again: again, twice: twice, chosen: chosen}
"""


def test_the_same_numbers() -> None:
    result = checked(PICKING)
    assert result.facts is not None
    assert result.ok, [d.message for d in result.diagnostics]
    code = generate(result.facts)
    assert code.text.count("class Pick(") == 1
    assert verify(result.facts, code) == []
    model = built(PICKING)
    image, tokens = torch.randn(2, 2, 6, 6), torch.randint(0, 4, (2, 3))
    numbers = torch.tensor([[0, 5], [1, 1]])
    again, twice, chosen = model(image, tokens)
    joined = image[:, :, numbers] - image.roll(1, 3)[:, :, numbers]
    torch.testing.assert_close(again, joined.mean((2, 3)))
    windows = F.fold(F.unfold(image, 2, stride=2), 6, 2, stride=2).unfold(3, 3, 3)
    torch.testing.assert_close(twice, windows.tril(1).diagonal(0, 2, 4).repeat_interleave(2, 2))
    torch.testing.assert_close(chosen, model.table[tokens].gather(1, F.one_hot(tokens, 4)))
