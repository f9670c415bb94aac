"""Networks that overwrite in place: the spec reads what the model read, so that none is refused for it (E0207) or computes otherwise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archspec import api
from archspec.importers import write
from archspec.importers.sketch import ImportProblem, InputSpec
from archspec.importers.torch.binding import bind
from archspec.importers.torch.sketching import to_sketch


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Conv1d(4, 4, 1)
        self.r = nn.LeakyReLU(0.5, inplace=True)
        self.d = nn.Dropout(0.5, inplace=True)


class ReadAfter(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        return self.r(c) + c


class ReadBefore(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        n = -c
        return n + self.r(c)


class Unnamed(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        F.leaky_relu_(c, 0.5)
        return c * 2


class TheInput(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.r(x)) + x


class APart(Net):
    def forward(self, x: Tensor) -> Tensor:
        a, b = self.c(x).chunk(2, 1)
        self.r(a)
        return torch.cat((a, b), 1)


class InTraining(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        return self.d(c) + c


class Arithmetic(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        skip = c
        c.mul_(2).add_(1)
        return skip + c


class Skip(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        skip = c
        out = self.c(self.r(c * 2))
        out += skip
        return out


class ThroughAView(Net):
    def forward(self, x: Tensor) -> Tensor:
        c = self.c(x)
        v = c.transpose(1, 2)
        self.r(c)
        return v.exp()


@pytest.mark.parametrize("kind", [ReadAfter, ReadBefore, Unnamed, TheInput, APart, InTraining, Arithmetic, Skip])
def test_what_is_overwritten_is_read_as_the_model_reads_it(kind: type[Net]) -> None:
    module = kind().eval()
    text = write(to_sketch(module, bind(module, [(None, InputSpec([4, 5]))]), "Network")).text
    spec = api.check("spec.yaml", text.encode())
    assert [d.code for d in spec.diagnostics if d.code == "E0207"] == []
    built = api.build(spec).eval()
    built.load_state_dict(module.state_dict())
    x = torch.randn(2, 4, 5)
    with torch.no_grad():
        assert torch.equal(built(x.clone()), module(x.clone()))


def test_a_write_through_a_view_is_refused_where_it_stands() -> None:
    module = ThroughAView().eval()
    with pytest.raises(ImportProblem, match="writes to a tensor through a view of it"):
        to_sketch(module, bind(module, [(None, InputSpec([4, 5]))]), "Network")
