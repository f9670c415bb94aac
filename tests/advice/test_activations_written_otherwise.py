"""Activations as keys, as other code writes them: the layer that each is stands below, and what changes nothing is left out."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

CONV = "  c1: {{type: Conv2d, out_channels: 8, kernel_size: 3{}}}\n"


@pytest.mark.parametrize(
    ("written", "layer"),
    [
        ("relu", "relu1: ReLU"),
        ("nn.ReLU()", "relu1: ReLU"),
        ("nn.ReLU", "relu1: ReLU"),
        ("F.relu", "relu1: ReLU"),
        ("torch.nn.functional.leaky_relu", "leakyrelu1: LeakyReLU"),
        ('"ReLU()"', "relu1: ReLU"),
        ("nn.LeakyReLU(0.2)", "leakyrelu1: {type: LeakyReLU, negative_slope: 0.2}"),
        ("{type: ReLU, inplace: true}", "relu1: {type: ReLU, inplace: true}"),
        ("{type: relu}", "relu1: ReLU"),
        ("softmax", "softmax1: {type: Softmax, dim: 1}"),
        ("swish", "silu1: SiLU"),
    ],
)
def test_a_layer_below(written: str, layer: str) -> None:
    text = spec(CONV.format(f", activation: {written}"))
    (found,) = checked(text).diagnostics
    assert found.message == "c1: Conv2d takes no activation: it is a layer of its own"
    assert found.help == f"add a line below: {layer}"
    assert fix("a.yaml", text.encode()).made == []
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == spec(CONV.format("") + f"  {layer}\n")


@pytest.mark.parametrize("written", ["linear", "Linear", "identity", "nn.Identity()", "None", '"none"'])
def test_one_that_changes_nothing(written: str) -> None:
    text = spec(CONV.format(f", activation: {written}"))
    assert fix("a.yaml", text.encode()).after.decode() == spec(CONV.format(""))


@pytest.mark.parametrize(
    "written", ["foo", "[ReLU, BatchNorm2d]", "true", "nn.Foo()", "{type: foo}", "{alpha: 1}", "Conv2d"]
)
def test_one_that_is_not_known_stays(written: str) -> None:
    text = spec(CONV.format(f", activation: {written}"))
    (found,) = checked(text).diagnostics
    assert found.message.startswith("c1: Conv2d takes no activation")
    assert found.help.endswith("as a layer of its own below")
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text
