"""Modules that a model makes and never calls: what has weights is kept, the rest left out, and both are said."""

from __future__ import annotations

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec


def said(model: nn.Module, *shapes: list[int]) -> list[str]:
    """The lines that an import prints of what the output needs not."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec = archspec.from_torch(model, *shapes)
    lines = [line for one in caught if (line := str(one.message)).startswith(("kept ", "left out"))]
    assert all(line in spec.document.doc.split("\n\n") for line in lines)
    return lines


class Forgetful(nn.Module):
    """Makes more than its forward calls."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
        self.act = nn.Sequential(nn.ReLU(), nn.Dropout(0.1))
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


def test_what_is_never_called_is_said() -> None:
    assert said(Forgetful(), [3, 8, 8]) == [
        "kept for their weights alone, never called: bn and head",
        "kept without an effect on the output: scale",
        "left out, never called: drop and act",
    ]


class Many(nn.Module):
    """Calls one layer of a list."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(12))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers[1](x)
        return y


def test_a_long_list_is_clipped() -> None:
    (line,) = said(Many(), [4])
    assert line.endswith(": layers.0, layers.2, layers.3, layers.4, layers.5, layers.6 and 5 more")


class Trained(nn.Module):
    """Has a head for training."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        self.drop = nn.Dropout()
        self.fails = fails

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        if self.training and self.fails:
            raise ValueError
        y: Tensor = self.body(x)
        return (y, self.head(self.drop(y))) if self.training else y


def test_what_training_alone_calls_is_told_apart() -> None:
    assert said(Trained(), [4]) == ["kept for their weights alone, called in training only: head"]
    assert said(Trained(fails=True), [4]) == [
        "kept for their weights alone, never called in evaluation: head",
        "left out, never called in evaluation: drop",
    ]


class Otherwise(nn.Module):
    """Needs all that it has: by its forward, by its weights, by another name, inside of another layer; or it does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.again = self.first
        self.act = nn.ReLU()
        self.weights = nn.Linear(4, 4, bias=False)
        self.attention = nn.MultiheadAttention(4, 2)
        self.place, self.none, self.loss = nn.Identity(), nn.Dropout(0.0), nn.MSELoss()

    def forward(self, x: Tensor) -> Tensor:
        x = F.linear(self.act.forward(self.first.forward(x)), self.weights.weight)
        attended: Tensor = self.attention(x, x, x)[0]
        return attended


class Branch(nn.Module):
    """Drops its branch where it adds it to what it reads."""

    def __init__(self, adds: bool) -> None:
        super().__init__()
        self.adds, self.layer, self.drop = adds, nn.Linear(4, 4), nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x)
        return x + self.drop(y) if self.adds else y


@pytest.mark.parametrize("model", [Otherwise(), nn.Sequential(Branch(False), Branch(True))])
def test_nothing_is_said_of_what_is_needed_or_does_nothing(model: nn.Module) -> None:
    assert said(model, [4] if isinstance(model, nn.Sequential) else [3, 4]) == []


def test_classes_are_as_they_were() -> None:
    before = nn.Linear.forward, Forgetful.forward, nn.Module.__call__
    said(Forgetful(), [3, 8, 8])
    assert (nn.Linear.forward, Forgetful.forward, nn.Module.__call__) == before
