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


class Masked(nn.Module):
    """One output of numbers, and one that is the same everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.fc(x), torch.ones(x.shape[0], 4)


def test_an_output_of_one_value_beside_another() -> None:
    with pytest.warns(UserWarning, match="^output 2 holds one value throughout"):
        archspec.from_torch(Masked(), [8])
