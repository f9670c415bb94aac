# archspec import torch names_of_inputs:Numbered --input 4 --input 4
import torch
from torch import nn


class Numbered(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Linear(4, 4)
        self.input1 = nn.Linear(4, 4)

    def forward(self, x, y):
        return self.x(x) + self.input1(y)


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, scale):
        return self.scale * scale


class MadeUp(nn.Module):
    """Its layer would be called as its input."""

    def forward(self, add):
        return add + 1
