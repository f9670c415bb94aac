"""A layer's `init` says how its own parameters start; what it does not name starts as the document says of its type."""

from __future__ import annotations

import pytest
import torch

import archspec

TEXT = """archspec: 1
name: Net
input: [3, 8, 8]
init: {Conv2d: {weight: zeros, bias: 0.5}}
layers:
  a: {type: Conv2d, out_channels: 4, kernel_size: 3, init: {weight: orthogonal}}
  b: {type: Conv2d, out_channels: 4, kernel_size: 3, bias: false, init: {weight: orthogonal}}
  c: {type: Conv2d, out_channels: 4, kernel_size: 1, init: {bias: 2}}
  d: {type: Conv2d, out_channels: 4, kernel_size: 1}
"""


def test_each_parameter_starts_as_it_is_said_of_it() -> None:
    weights = archspec.build(archspec.parse(TEXT)).state_dict()
    starts = {
        name: float(value.flatten()[0]) for name, value in weights.items() if bool((value == value.flatten()[0]).all())
    }
    assert starts == {"a.bias": 0.5, "c.weight": 0.0, "c.bias": 2.0, "d.weight": 0.0, "d.bias": 0.5}
    assert torch.allclose(weights["b.weight"].flatten(1) @ weights["b.weight"].flatten(1).T, torch.eye(4), atol=1e-5)


def test_a_parameter_that_a_layer_names_has_to_be_there() -> None:
    with pytest.raises(archspec.SpecError) as raised:
        archspec.parse(TEXT.replace("bias: false, init: {weight", "bias: false, init: {bias"))
    assert [found.code for found in raised.value.diagnostics] == ["E0201"]
