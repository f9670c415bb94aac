"""PyTorch's functions under all the names that their arguments have: `input`, `other`, NumPy's `axis` and `keepdims`, and others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import archspec

CALLS: dict[str, Callable[[Tensor], Tensor]] = {
    "tensor_split indices": lambda x: torch.cat(x.tensor_split(indices=(1,), dim=2)[::-1], 2),
    "tensor_split sections": lambda x: torch.cat(torch.tensor_split(x, sections=3, dim=1)[::-1], 1),
    "split_size": lambda x: torch.cat(x.split(split_size=2, dim=1)[::-1], 1),
    "split_sizes": lambda x: torch.cat(x.split_with_sizes(split_sizes=[1, 5], dim=1)[::-1], 1),
    "chunk input": lambda x: torch.cat(torch.chunk(input=x, chunks=2, dim=1)[::-1], 1),
    "permute input": lambda x: torch.permute(input=x, dims=(0, 2, 1, 3)),
    "swapaxes": lambda x: x.swapaxes(axis0=1, axis1=2),
    "swapdims": lambda x: x.swapdims(dim0=1, dim1=2),
    "mean axis": lambda x: x.mean(axis=1),
    "sum keepdims": lambda x: x.sum(axis=1, keepdims=True),
    "max input": lambda x: torch.max(input=x, dim=1)[0],
    "clamp input": lambda x: torch.clamp(input=x, max=0.5),
    "add alpha": lambda x: x.add(other=x, alpha=2),
    "sub": lambda x: torch.sub(input=x, other=x * 3),
    "mul": lambda x: x.mul(other=x),
    "matmul": lambda x: torch.matmul(input=x, other=x.transpose(-1, -2)),
    "bmm": lambda x: torch.bmm(input=x.flatten(1, 2), mat2=x.flatten(1, 2).transpose(1, 2)),
    "div": lambda x: x.div(other=2, rounding_mode="floor"),
    "atan2": lambda x: torch.atan2(input=x, other=x * 2),
    "maximum": lambda x: x.maximum(other=-x * 2),
    "where": lambda x: torch.where(condition=x > 0, input=x, other=-x * 3),
    "where of": lambda x: x.where(x > 0, -x * 3),
    "where of, named": lambda x: x.where(condition=x > 0, other=-x * 3),
    "where, half named": lambda x: torch.where(x > 0, input=x * 2, other=-x),
    "unsqueeze axis": lambda x: torch.unsqueeze(x, axis=1),
    "squeeze axis": lambda x: torch.squeeze(x[:, :1], axis=1),
    "stack axis": lambda x: torch.stack((x, x), axis=1),
    "cat axis": lambda x: torch.cat((x, x), axis=1),
    "argmax axis": lambda x: torch.argmax(x, axis=1),
}


class Calls(nn.Module):
    def __init__(self, call: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 1)
        self.call = call

    def forward(self, x: Tensor) -> Tensor:
        return self.call(self.conv(x))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_read_by_any_name_of_its_arguments(name: str) -> None:
    model = Calls(CALLS[name]).eval()
    assert archspec.verify(archspec.Spec.from_torch(model, [6, 4, 8]), model).ok
