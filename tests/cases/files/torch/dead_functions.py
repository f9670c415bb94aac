# archspec import torch dead_functions:Net --input 4
import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    """Products that nobody reads."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 4))
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        F.linear(x, self.w)
        x @ self.w
        torch.relu(x)
        return self.l(x)


class Attention(nn.Module):
    """Attention without its result."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        F.scaled_dot_product_attention(x, x, x)
        return self.l(x)


class Convolution(nn.Module):
    """A convolution that only its shape is read of."""

    def __init__(self):
        super().__init__()
        self.k = nn.Parameter(torch.randn(2, 3, 3, 3))
        self.c = nn.Conv2d(3, 2, 3)

    def forward(self, x):
        height = F.conv2d(x, self.k).shape[2]
        return self.c(x)[:, :, : height - 1]
