"""What parameters and buffers start at: one number throughout is kept, with as few digits as it has."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import archspec
from archspec.importers.torch.constants import _spelled


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
        self.many = nn.Parameter(torch.full((8,), 0.3))
        self.zero = nn.Parameter(torch.zeros(8))
        self.thin = nn.Parameter(torch.full((8,), 1e-6))
        self.drawn = nn.Parameter(torch.tensor([0.48271635]))
        self.register_buffer("mean", torch.full((8,), 0.485))

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.one * self.many + self.zero * self.thin) * self.drawn - self.mean


def test_a_fresh_module_starts_where_the_imported_one_did() -> None:
    module = Scaled()
    spec = archspec.from_torch(module, [8])
    for written in (
        "{type: Parameter, shape: [1], fill: 1.0}", "{type: Parameter, shape: [8], fill: 0.3}", "{type: Parameter, shape: [8]}",
        "{type: Parameter, shape: [8], fill: 1e-06}", "{type: Parameter, shape: [1]}", "{type: Buffer, shape: [8], fill: 0.485}",
    ):  # fmt: skip
        assert written in spec.source.text, spec.source.text
    fresh = archspec.build(spec).state_dict()
    for key, value in module.state_dict().items():
        assert key == "drawn" or torch.equal(fresh[key], value)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_fewer_digits_are_the_same_bits(numbers: list[float]) -> None:
    tensor = torch.tensor(numbers)
    found = _spelled(tensor)
    assert torch.equal(torch.tensor(found).view(torch.int32), tensor.view(torch.int32))
    assert all(len(repr(short)) <= len(repr(number)) for short, number in zip(found, tensor.tolist(), strict=True))
