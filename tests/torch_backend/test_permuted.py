"""Numbered layers with permutations between them are an nn.Sequential: Python has no attributes that are numbers."""

from __future__ import annotations

import pytest
import torch
from torch_samples import facts_of, generated

from archspec.running.build import build
from archspec.running.verify import verify

GROUP = """archspec: 1
name: Net
input: [3, 8, 8]
layers:
  stem:
    layers:
      - {{type: Conv2d, out_channels: 4, kernel_size: 2, stride: 2}}
      - {{type: Permute, dims: [0, 2, 3, 1]}}
      - {{type: LayerNorm, normalized_shape: 4}}
{rest}
  flatten: Flatten
"""
NAMED = """archspec: 1
name: Net
input: [3, 8, 8]
layers:
  stem:
    layers:
      "0": {type: Conv2d, out_channels: 4, kernel_size: 2, stride: 2}
      last: {type: Permute, dims: [0, 2, 3, 1]}
      "1": {type: LayerNorm, normalized_shape: 4}
  flatten: Flatten
"""


@pytest.mark.parametrize(("text", "norm"), [(GROUP.format(rest=""), "2"), (NAMED, "1")])
def test_a_chain_is_a_sequential_and_keeps_its_keys(text: str, norm: str) -> None:
    code = generated(text)
    assert verify(facts_of(text), code) == []
    assert "Permute((0, 2, 3, 1))" in code.text
    assert "getattr" not in code.text
    assert code.text.count("\nclass ") == 2
    module = build(code.text, code.name)
    assert list(module.state_dict()) == [f"stem.{at}.{name}" for at in ("0", norm) for name in ("weight", "bias")]
    x = torch.randn(2, 3, 8, 8)
    stem = dict(module.get_submodule("stem").named_children())
    assert torch.equal(module(x), stem[norm](stem["0"](x).permute(0, 2, 3, 1)).flatten(1))


def test_what_is_no_chain_calls_the_function() -> None:
    text = GROUP.format(rest='      - {type: Add, from: ["1", "2"]}')
    code = generated(text)
    assert verify(facts_of(text), code) == []
    assert "x.permute(0, 2, 3, 1)" in code.text
    assert "class Permute" not in code.text


def test_layers_with_names_stay_a_class() -> None:
    text = NAMED.replace('"0":', "conv:").replace('"1":', "norm:")
    assert "x.permute(0, 2, 3, 1)" in generated(text).text
