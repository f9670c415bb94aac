"""Claims of several layers that one number of groups makes right: AlexNet's two towers, as the paper has them."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

import archspec

CHANNELS = {"conv2": 48, "conv3": 256, "conv4": 192, "conv5": 192}
"""`in_channels` of AlexNet (2012), the depth of each kernel."""


def towers(**channels: int) -> str:
    claims = {name: f"in_channels: {count}, " for name, count in {**CHANNELS, **channels}.items()}
    return spec(f"""  conv1: {{type: Conv2d, out_channels: 96, kernel_size: 11, stride: 4}}
  pool1: {{type: MaxPool2d, kernel_size: 3, stride: 2}}
  conv2: {{type: Conv2d, {claims["conv2"]}out_channels: 256, kernel_size: 5, padding: 2}}
  pool2: {{type: MaxPool2d, kernel_size: 3, stride: 2}}
  conv3: {{type: Conv2d, {claims["conv3"]}out_channels: 384, kernel_size: 3, padding: 1}}
  conv4: {{type: Conv2d, {claims["conv4"]}out_channels: 384, kernel_size: 3, padding: 1}}
  conv5: {{type: Conv2d, {claims["conv5"]}out_channels: 256, kernel_size: 3, padding: 1}}
  pool5: {{type: MaxPool2d, kernel_size: 3, stride: 2}}
  flatten: Flatten
  fc6: {{type: Linear, in_features: 9216, out_features: 4096}}
  relu6: ReLU
  fc7: {{type: Linear, out_features: 4096}}
  relu7: ReLU
  fc8: {{type: Linear, out_features: 1000}}
""", "[3, 227, 227]")  # fmt: skip


def groups(text: str) -> list[int]:
    graph = checked(text).graph
    assert graph is not None
    return [node.op.groups for node in graph.layers if node.type == "Conv2d"]  # type: ignore[union-attr]


def test_the_two_towers_of_alexnet() -> None:
    text = towers()
    notes = [found.notes[-1] for found in checked(text).diagnostics]
    assert notes == [
        "48 is right as what one of 2 groups reads, and so is what conv4 and conv5 claim",
        "192 is right as what one of 2 groups reads, and so is what conv2 and conv5 claim",
        "192 is right as what one of 2 groups reads, and so is what conv2 and conv4 claim",
    ]
    assert helps(text) == [
        f"write in_channels: {true} and groups: 2, if each group is to read {claimed} of them"
        for claimed, true in ((48, 96), (192, 384), (192, 384))
    ]
    assert fixed(text) == text
    right = fixed(text, is_unsafe=True)
    assert groups(right) == [1, 2, 1, 2, 2]
    module = archspec.build(archspec.parse(right), device="meta")
    assert sum(one.numel() for one in module.parameters()) == 60_965_224


def test_two_claims_that_share_it() -> None:
    assert groups(fixed(towers(conv2=96), is_unsafe=True)) == [1, 1, 1, 2, 2]


def test_one_claim_alone_may_be_a_size() -> None:
    text = towers(conv2=96, conv4=384)
    assert helps(text)[0].startswith(
        "write in_channels: 384, or leave in_channels out; or write in_channels: 384 and groups: 2"
    )
    assert groups(fixed(text, is_unsafe=True)) == [1, 1, 1, 1, 1]


def test_other_numbers_of_groups_are_another_cause() -> None:
    text = towers(conv2=96, conv4=96)  # 4 and 2
    assert all(" groups reads" not in note for found in checked(text).diagnostics for note in found.notes)


@pytest.mark.parametrize("width", [16, 32])
def test_where_no_claim_is_right_the_layers_above_may_have_got_wider(width: int) -> None:
    """`out_channels` doubled everywhere, and `in_channels` forgotten: nothing speaks for groups."""
    layers = f"  a: {{type: Conv2d, in_channels: 3, out_channels: {2 * width}, kernel_size: 3}}\n"
    for name in "bc":
        layers += f"  {name}: {{type: Conv2d, in_channels: {width}, out_channels: {4 * width}, kernel_size: 3}}\n"
        width *= 2
    text = spec(layers)
    assert len(helps(text)) == 2
    assert groups(fixed(text, is_unsafe=True)) == [1, 1, 1]
