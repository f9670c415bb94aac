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
        ("BatchNorm", "write BatchNorm2d"),
        ("Rellu", "if ReLU is meant, write that; `archspec ops` lists all there are"),
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


def test_keys_beside_a_name_are_one_mistake() -> None:
    text = spec("  c:\n  type: Conv2d\n  out_channels: 8\n  kernel_size: [3, 3]\n  bias: false\n  d: ReLU\n")
    message = "c has no type: the keys of a layer stand under its name"
    assert told(text) == [("E0102", message, "indent type, and the keys below it, under c")]


def test_keys_beside_several_names_are_one_mistake() -> None:
    text = spec(
        "  c:\n  type: Conv2d\n  out_channels: 8\n  kernel_size: 3\n  d:\n  type: ReLU\n  e: {type: ReLU, from: d}\n"
    )
    assert [found[0] for found in told(text)] == ["E0102"]


@pytest.mark.parametrize("layers", ["  type: ReLU\n  a: Tanh\n", "  a: Tanh\n  type: ReLU\n", "  type: {type: ReLU}\n"])
def test_a_layer_called_type_is_told_so(layers: str) -> None:
    assert codes(spec(layers)) == ["E0107"]


CHAIN = "  c: ReLU\n  d: {type: Add, from: %s}\n"


def test_names_in_one_text() -> None:
    assert told(spec(CHAIN % '"input, c"')) == [
        ("E0201", "d refers to input, c, which is one name here", "write from: [input, c]")
    ]
    assert helps(spec(CHAIN % '"(input, c)"')) == ["write from: [input, c]"]


def test_names_in_one_text_that_are_not_all_known() -> None:
    assert "write from" not in "".join(helps(spec(CHAIN % '"input, q"')))


@pytest.mark.parametrize(
    ("keys", "help"),
    [
        ("kernel_size: 3", "write padding: 1, or padding: same_upper, which is TensorFlow's for any stride"),
        ("kernel_size: [3, 5]", "write padding: [1, 2], or padding: same_upper, which is TensorFlow's for any stride"),
        ("kernel_size: 4", "write padding: same_upper, which is TensorFlow's for any stride"),
    ],
)
def test_same_padding_with_a_stride(keys: str, help: str) -> None:
    assert helps(spec(f"  c: {{type: Conv2d, out_channels: 8, {keys}, stride: 2, padding: same}}\n")) == [help]
