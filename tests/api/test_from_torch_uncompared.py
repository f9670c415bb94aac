"""A model whose outputs on random inputs say nothing is a spec all the same, with a warning that they were not compared."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import archspec


class Logarithm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x)


def test_outputs_that_are_no_numbers() -> None:
    with pytest.warns(UserWarning, match="they were not compared"):
        spec = archspec.from_torch(Logarithm(), [8])
    assert [layer.type for layer in spec.graph.layers] == ["Log"]
