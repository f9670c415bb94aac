"""Modules that specs are held against."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two linear layers with a batch norm between them, like NET in the tests."""

    def __init__(self, width: int = 8, bias: bool = True) -> None:
        super().__init__()
        self.first = nn.Linear(4, width)
        self.norm = nn.BatchNorm1d(width)
        self.second = nn.Linear(width, 3, bias=bias)

    def forward(self, x: Tensor) -> Any:
        return self.second(self.norm(self.first(x)))


class Almost(Net):
    """The same to within rounding."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 3.0 / 3.0 + 1e-6


class Different(Net):
    """The same keys, another network."""

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.norm(torch.relu(self.first(x))))


class Silent(Net):
    """Outputs that say nothing."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 0.0


class Unbounded(Net):
    """Outputs that are no numbers."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * float("nan")


class Broken(Net):
    """Does not compute."""

    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("no\nsuch thing")


class WithoutNorm(Net):
    """Leaves the norm out, which fresh weights would not show."""

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


@dataclass
class Pair:
    first: Tensor
    second: Tensor


Named = namedtuple("Named", "first second")


class Two(Net):
    """Two outputs, packed as the constructor is told."""

    def __init__(self, kind: str = "tuple") -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Tensor) -> Any:
        middle = self.norm(self.first(x))
        outputs = (middle, self.second(middle))
        if self.kind == "dict":
            return {"middle": outputs[0], "nothing": None, "output": outputs[1]}
        return {
            "tuple": outputs,
            "named": Named(*outputs),
            "dataclass": Pair(*outputs),
            "nested": [outputs[0], (outputs[1],)],
        }[self.kind]


def no_module() -> int:
    return 3


def leaves() -> None:
    raise SystemExit("good\x1b[2Jbye")


number = 3


def traced() -> nn.Module:
    """The first, as torch.jit.trace gives it; its forward has no signature."""
    traced_module: nn.Module = torch.jit.trace(Net().eval(), torch.zeros(2, 4))
    return traced_module


class Scaled(nn.Module):
    """Two inputs, which are not the same to it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)

    def forward(self, x: Tensor, by: Tensor) -> Tensor:
        return self.first(x) * by


def traced_of_two() -> nn.Module:
    traced_module: nn.Module = torch.jit.trace(Scaled(), (torch.zeros(2, 4), torch.zeros(2, 4)))
    return traced_module
