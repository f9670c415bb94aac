"""Layers of a module that nothing reads: the spec is without them, and says so."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archspec


class Lost(nn.Module):
    """The second layer reads what the first gives, and not the ReLU's, as a published AlexNet does."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.drop = nn.Dropout(0.5)
        self.second = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        self.drop(torch.relu(hidden))
        return self.second(hidden)


class Kept(nn.Module):
    """What is computed in place is read, and what only takes tensors apart is no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        self.relu(x)
        left, _ = x.chunk(2, -1)
        left.reshape(-1)
        torch.sigmoid(torch.zeros(3))
        return left


def test_layers_that_nothing_reads_are_named() -> None:
    with pytest.warns(UserWarning, match="left out, since nothing reads what they give: relu"):
        spec = archspec.from_torch(Lost(), (4,))
    assert spec.document.doc.startswith("left out, since nothing reads what they give: relu (test_import_dead.py:")
    assert "and drop (test_import_dead.py:" in spec.document.doc
    assert [layer.path for layer in spec.facts.graph.nodes if layer.op is not None][-2:] == ["first", "second"]


def test_nothing_is_said_of_what_is_no_layer() -> None:
    assert archspec.from_torch(Kept(), (4,)).document.doc == ""
