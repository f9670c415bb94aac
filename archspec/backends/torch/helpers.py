"""Classes that PyTorch lacks and that a generated module then defines itself. Data: the text of each, as `audit` allows it."""

from __future__ import annotations

STOCHASTIC_DEPTH = '''\
class StochasticDepth(nn.Module):
    """Leaves out whole samples ("row"), or the whole batch, at random in training.

    Huang et al., Deep Networks with Stochastic Depth, 2016.
    """

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        samples = x.shape[0] if self.mode == "row" else 1
        ones = x.new_ones([samples] + [1] * (x.dim() - 1))
        return x * F.dropout(ones, self.p)'''

PERMUTE = '''\
class Permute(nn.Module):
    """Puts the axes in another order."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)'''

HELPERS = {"StochasticDepth": STOCHASTIC_DEPTH, "Permute": PERMUTE}
