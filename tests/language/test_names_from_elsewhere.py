"""Types, keys and layers as other libraries write them: what help says of each."""

from __future__ import annotations

import re

import pytest
from support import codes, helps, spec, told

from archspec.ops import registry
from archspec.ops.other_names import OTHER_NAMES


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_the_table_names_ops_that_there_are(name: str) -> None:
    named = [word for word in re.findall(r"[A-Z]\w+", OTHER_NAMES[name]) if len(word) > 1]
    assert all(registry.find(word) is not None for word in named)
    assert registry.find(name) is None


@pytest.mark.parametrize(
    ("type", "help"),
    [
        ("Swish", "write SiLU"),
        ("Dense", "write Linear"),
        ("Concat", "write Cat"),
        ("Concatenate", "write Cat"),
        ("GlobalAveragePooling2D", "write {type: AdaptiveAvgPool2d, output_size: 1}"),
        ("Conv2D", "write Conv2d"),
        ("Sequential", "write a group: layers: with a layer a line, in place of type"),
        ("torch.nn.ReLU", "write ReLU"),
        ("nn.ReLU()", "write ReLU"),
        ("nn.Dense(8)", "write {type: Linear, …}: the arguments are keys"),
        ("Conv2d(3, 8, 3)", "write {type: Conv2d, …}: the arguments are keys"),
        ("torch.nn.Conv2D(3)", "write {type: Conv2d, …}: the arguments are keys"),
        ("BatchNorm", "write BatchNorm2d for images (N, C, H, W), or BatchNorm1d for (N, C) and (N, C, L)"),
        ("Rellu", "write ReLU"),
        ("Xyzzy", "`archspec ops` lists all there are"),
        ("torch.nn.Xyzzy", "`archspec ops` lists all there are"),
        ("Xyzzy(3)", "`archspec ops` lists all there are"),
    ],
)
def test_types(type: str, help: str) -> None:
    assert helps(spec(f"  a: {type}\n")) == [help]


def test_a_call_in_braces_is_one_mistake() -> None:
    assert helps(spec("  a: {type: Conv2d(3, 8, 3)}\n")) == ["write {type: Conv2d, …}: the arguments are keys"]


def test_a_block_of_nearly_that_name_comes_first() -> None:
    block = "blocks: {Residual: {layers: [ReLU]}, Dense: {layers: [ReLU]}}\n"
    assert helps(block + spec("  a: residual\n")) == ["write Residual"]
    assert not helps(block + spec("  a: Dense\n"))


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        ("{type: Linear, in: 3, out: 5}", ["write in_features", "write out_features"]),
        ("{type: Conv2d, in: 3, out: 5, kernel_size: 3}", ["write in_channels", "write out_channels"]),
        ("{type: Conv2d, out_channels: 5, kernel_size: 3, pad: 1}", ["write padding"]),
        ("{type: Linear, out_features: 5, foo: 3}", ["the keys are in_features, out_features, bias"]),
        ("{type: Linear, out_features: 5, when_: true}", ["write when"]),
    ],
)
def test_keys(layer: str, found: list[str]) -> None:
    assert helps(spec(f"  a: {layer}\n")) == found


LIST = "a list's layers have no names; drop the dashes, or the names"


def test_names_in_a_list_are_one_mistake() -> None:
    text = spec(
        "  - conv1: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  - relu1: ReLU\n  - group: {layers: [ReLU]}\n"
    )
    assert told(text) == [("E0102", "0 has no type, but a name, conv1", LIST)]


@pytest.mark.parametrize("layers", ["  - {out_channels: 8}\n", "  0: {conv: {type: ReLU}}\n", "  - {doc: ReLU}\n"])
def test_what_is_no_name_in_a_list(layers: str) -> None:
    assert codes(spec(layers)) == ["E0102"]
    assert LIST not in helps(spec(layers))
