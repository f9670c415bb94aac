"""A group or block used again on inputs of other shapes is one module called twice: its keys have the values of the first call."""

from __future__ import annotations

import pytest
import torch
from support import checked, fixed
from torch import nn

import archspec

INPUTS = "{x: {shape: [4, 16, 16]}, y: {shape: [4, 8, 8]}}"
CONV = "conv: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}"


def text(entry: str, inputs: str = INPUTS, more: str = "") -> str:
    return (
        f"archspec: 1\nname: Net\ninputs: {inputs}\nblocks:\n  Head:\n    layers:\n      {CONV}\n      {entry}\n"
        f"layers:\n  first: {{type: Head, from: x}}\n  second: {{use: first, from: y}}\n{more}"
        "outputs: {a: first, b: second}\n"
    )


UPSAMPLE = 'up: {type: Upsample, size: ["${2 * input.shape[2]}", "${2 * input.shape[3]}"]}'


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (UPSAMPLE, "second uses first again, whose up.size is [32, 32], on an input that needs [16, 16]"),
        ('flat: {type: Reshape, shape: [-1, 4, "${input.shape[2] * input.shape[3]}"]}',
         "second uses first again, whose flat.shape is [-1, 4, 256], on an input that needs [-1, 4, 64]"),
        ('pool: {type: MaxPool2d, kernel_size: 2, when: "${input.shape[2] > 8}"}',
         "second uses first again, on an input for which pool would not be there"),
        ('pool: {type: MaxPool2d, kernel_size: 2, when: "${input.shape[2] < 16}"}',
         "second uses first again, on an input for which pool would be there"),
        ('more: {type: ReLU, repeat: "${input.shape[2] // 8}"}',
         "second uses first again, on an input for which 1 would not be there"),
        ('inner: {layers: {a: ReLU, drop: {type: Dropout, p: "${1 / input.shape[2]}"}}, let: {side: "${input.shape[2]}"}}',
         "second uses first again, whose inner.drop.p is 0.0625, on an input that needs 0.125"),
    ],
)  # fmt: skip
def test_a_key_that_would_have_another_value_is_an_error(entry: str, message: str) -> None:
    (found,) = checked(text(entry)).diagnostics
    assert (found.code, found.message) == ("E0205", message)


def test_what_the_first_use_has_holds_for_a_use_of_a_use() -> None:
    more = "  third: {use: second, from: x}\n"
    (found,) = checked(text(UPSAMPLE, more=more)).diagnostics
    assert found.layer == "second"


@pytest.mark.parametrize("swapped", [False, True])
def test_one_factor_for_both_inputs_is_written_and_computes_what_a_module_called_twice_does(swapped: bool) -> None:
    inputs = "{x: {shape: [4, 8, 8]}, y: {shape: [4, 16, 16]}}" if swapped else INPUTS
    after = fixed(text(UPSAMPLE, inputs), is_unsafe=True)
    assert "up: {type: Upsample, scale_factor: 2}" in after
    model = archspec.build(archspec.parse(after))
    head = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.Upsample(scale_factor=2))
    head[0].load_state_dict(model.first.conv.state_dict())
    tensors = [torch.randn(1, 4, side, side) for side in ((8, 16) if swapped else (16, 8))]
    found = model(*tensors)
    for tensor, result in zip(tensors, found.values() if isinstance(found, dict) else found, strict=True):
        assert torch.equal(head(tensor), result)


@pytest.mark.parametrize(
    "entry",
    [
        "up: {type: Upsample, scale_factor: 2}",
        'pool: {type: MaxPool2d, kernel_size: 2, when: "${input.shape[2] > 4}"}',
        'flat: {type: Reshape, shape: [-1, "${input.shape[1]}", 64]}',
        "again: {use: conv}",
        "norms: {layers: [{type: BatchNorm2d, init: {weight: 0.5}}, {type: ReLU, repeat: 2}]}",
    ],
)
def test_what_stays_the_same_is_used_again(entry: str) -> None:
    spec = checked(text(entry))
    assert spec.ok, [d.message for d in spec.diagnostics]
    second = [node for node in spec.graph.layers if node.path.startswith("second.")]
    assert second
    assert all(node.shares is not None and not node.inits for node in second)


def test_another_use_of_the_block_after_it_has_parameters_of_its_own() -> None:
    spec = checked(
        text("act: ReLU", more="  other: {type: Head, from: y}\n").replace("b: second", "b: second, c: other")
    )
    assert spec.ok
    assert spec.facts.totals.params == 2 * 148
