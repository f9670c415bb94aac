"""Tables of positions with more numbers than a list has items: what help says is written, and gives the same numbers."""

from __future__ import annotations

import torch
from support import checked, spec

from archspec.api import build, parse

LOOPS = "(a // 12 - b // 12 + 11) * 23 + a % 12 - b % 12 + 11"  # windows of 12 × 12: 144 · 144 = 20,736 pairs
LAYERS = """\
  index: {type: Buffer, dtype: int64, value: "${VALUE}"}
  flat: {type: Flatten, start_dim: 0}
  table: {type: Parameter, shape: [529, 2]}
  biases: {type: IndexSelect, from: [table, flat], dim: 0}
  square: {type: Unflatten, dim: 0, unflattened_size: [144, 144]}
  bias: {type: Permute, dims: [2, 0, 1]}
  out: {type: Add, from: [input, bias]}
"""


def test_a_list_that_is_too_long_is_written_axis_by_axis() -> None:
    text = spec(LAYERS.replace("VALUE", f"[{LOOPS} for a in range(144) for b in range(144)]"), "[2, 144, 144]")
    (found,) = checked(text).diagnostics
    assert (found.code, found.message) == ("E0503", "index: a list has at most 10,000 items")
    assert "write [[… for b in …] for a in …], which" in found.help
    assert "a Flatten with start_dim: 0" in found.help


def test_what_help_says_gives_the_indices_of_swin() -> None:
    text = spec(LAYERS.replace("VALUE", f"[[{LOOPS} for b in range(144)] for a in range(144)]"), "[2, 144, 144]")
    module = build(parse(text))
    grid = torch.stack(torch.meshgrid(torch.arange(12), torch.arange(12), indexing="ij")).flatten(
        1
    )  # as torchvision does
    apart = (grid[:, :, None] - grid[:, None, :]).permute(1, 2, 0) + 11
    assert module.index.equal(apart[:, :, 0] * 23 + apart[:, :, 1])
    assert module(torch.zeros(1, 2, 144, 144)).shape == (1, 2, 144, 144)


def test_one_loop_has_no_such_help() -> None:
    text = spec(
        '  index: {type: Buffer, value: "${[a * 1.0 for a in range(9000)] + [a * 1.0 for a in range(9000)]}"}\n  r: ReLU\n'
    )
    assert not any("Flatten" in found.help for found in checked(text).diagnostics)
