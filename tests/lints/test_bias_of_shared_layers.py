"""W1003 of layers that are used again, and whose bias is another's: PyTorch's gradient says whether the bias has an effect."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec

import archspec

CONV = "{type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}"
SHARED = {
    "not normalized the second time": f"""\
  c: {CONV}
  b1: BatchNorm2d
  again: {{use: c, from: input}}
  b2: ReLU
  add: {{type: Add, from: [b1, b2]}}
""",
    "an output the second time": f"""\
  c: {CONV}
  b1: BatchNorm2d
  again: {{use: c, from: b1}}
""",
    "another layer's bias": f"""\
  other: {CONV}
  r: ReLU
  c: {{type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input, tie: {{bias: other.bias}}}}
  b1: BatchNorm2d
  add: {{type: Add, from: [b1, r]}}
""",
    "normalized each time": f"""\
  c: {CONV}
  b1: BatchNorm2d
  again: {{use: c, from: input}}
  b2: BatchNorm2d
  add: {{type: Mul, from: [b1, b2]}}
""",
    "once": f"  c: {CONV}\n  b1: BatchNorm2d\n  r: ReLU\n",
}


@pytest.mark.parametrize("name", SHARED)
def test_the_bias_is_without_effect_where_it_is_said_to_be(name: str) -> None:
    found = archspec.parse(spec(SHARED[name], "[4, 16, 16]"))
    told = [one for one in checked(spec(SHARED[name], "[4, 16, 16]")).diagnostics if one.code == "W1003"]
    torch.manual_seed(0)
    module = archspec.build(found).double().train()
    (module(torch.randn(2, 4, 16, 16, dtype=torch.float64)) ** 3).sum().backward()
    bias = dict(module.named_parameters()).get("c.bias")
    gradient = (bias if bias is not None else dict(module.named_parameters())["other.bias"]).grad
    assert gradient is not None
    assert bool(told) == bool(gradient.abs().max() < 1e-9)


def test_all_running_means_are_named() -> None:
    found = archspec.parse(spec(SHARED["normalized each time"], "[4, 16, 16]"))
    (told,) = [
        one for one in checked(spec(SHARED["normalized each time"], "[4, 16, 16]")).diagnostics if one.code == "W1003"
    ]
    assert told.notes == ("of trained weights, subtract it from b1.running_mean and b2.running_mean",)
    text = SHARED["normalized each time"].replace("padding: 1}", "padding: 1, bias: false}")
    without = archspec.parse(spec(text, "[4, 16, 16]"))
    said = str(archspec.diff(found, without))
    assert "a trained b1.running_mean and b2.running_mean have c.bias in it" in said
