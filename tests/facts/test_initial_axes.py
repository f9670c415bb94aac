"""Initializers are checked against the axes that PyTorch takes them for."""

import pytest
import torch
from support import checked, spec
from torch import nn

from archspec.expand.initial import SCHEMES

LAYERS = {
    1: ("{type: Linear, out_features: 3, init: {bias: %s}}", "[4]"),
    2: ("{type: Linear, out_features: 3, init: {weight: %s}}", "[4]"),
    3: ("{type: Conv1d, out_channels: 3, kernel_size: 2, init: {weight: %s}}", "[4, 6]"),
    4: ("{type: Conv2d, out_channels: 3, kernel_size: 2, init: {weight: %s}}", "[4, 6, 6]"),
    5: ("{type: Conv3d, out_channels: 3, kernel_size: 2, init: {weight: %s}}", "[4, 6, 6, 6]"),
}


def is_taken(scheme: str, axes: int) -> bool:
    """What PyTorch says."""
    try:
        getattr(nn.init, f"{scheme}_")(torch.zeros([2] * axes))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("axes", LAYERS)
@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "constant"])
def test_as_pytorch_does(scheme: str, axes: int) -> None:
    layer, shape = LAYERS[axes]
    found = [d for d in checked(spec(f"  a: {layer % scheme}\n", shape)).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == ([] if is_taken(scheme, axes) else ["E0302"])


@pytest.mark.parametrize("written", ["{kaiming_normal: {}}", "orthogonal", "eye"])
def test_of_a_type_it_is_said_once_where_it_is_written(written: str) -> None:
    text = spec("  a: {type: Linear, out_features: 3, repeat: 4}\n  b: {type: Linear, out_features: 2}\n", "[4]",
                f"init: {{Linear: {{bias: {written}}}}}\n")  # fmt: skip
    found = [d for d in checked(text).diagnostics if d.severity == "error"]
    assert [(d.code, d.span.text()) for d in found] == [("E0302", written)]
