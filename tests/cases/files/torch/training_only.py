# archspec import torch training_only:Noisy --input 4
import torch
from torch import nn


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        if self.training:
            x = x + torch.randn_like(x) * 0.1
        return self.l(x)


class Branch(nn.Module):
    """Stochastic depth by hand."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        y = self.l(x)
        if self.training:
            y = y * x.new_empty((x.shape[0], 1)).bernoulli_(0.8) / 0.8
        return x + y


class Head(nn.Module):
    """A second head, of which only training has the loss."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        self.further = nn.Linear(4, 2)

    def forward(self, x):
        x = self.l(x)
        return (x, self.further(x)) if self.training else x


class Dropped(nn.Module):
    """Dropout and batch norm stand in the spec: nothing is to be said."""

    def __init__(self):
        super().__init__()
        self.n = nn.BatchNorm1d(4)
        self.d = nn.Dropout(0.2)

    def forward(self, x):
        return nn.functional.dropout(self.d(self.n(x)), 0.3, self.training)
