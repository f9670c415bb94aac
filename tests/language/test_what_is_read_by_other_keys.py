"""Keys such as `in`, which say what a layer reads: the value tells whether a number of channels is meant or a name; and a name
where a number of what is read belongs."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

FOLLOWS = "what a layer reads follows from the layer above, or from: LAYER; leave {key} out"


def second(layer: str, more: str = "") -> str:
    return spec(f"  conv: {{type: Conv2d, out_channels: 8, kernel_size: 3}}\n  b: {{{layer}}}\n", more=more)


@pytest.mark.parametrize("key", ["in", "In", "input", "inputs", "bottom", "inp"])
@pytest.mark.parametrize("value", ["conv", "input", "[conv]", "conv.output"])
@pytest.mark.parametrize(
    "layer",
    ["type: ReLU", "type: Conv2d, out_channels: 4, kernel_size: 1", "type: GRU, hidden_size: 4", "layers: [ReLU]"],
)
def test_a_name_is_what_is_read(key: str, value: str, layer: str) -> None:
    if key == "inputs" and "layers" in layer:
        return  # a key of a group's own
    found = next(found for found in checked(second(f"{layer}, {key}: {value}")).diagnostics if found.code == "E0103")
    assert (found.label, found.message.endswith(f"takes no key {key}")) == ("did you mean from?", True)
    if "GRU" not in layer and (value != "conv.output" or "layers" not in layer):
        assert found.help == "write from"
        assert checked(fixed(second(f"{layer}, {key}: {value}"))).ok


@pytest.mark.parametrize("key", ["in", "input", "inputs", "bottom", "inp"])
@pytest.mark.parametrize("value", ["8", '"8"', '"${4 + 4}"'])
@pytest.mark.parametrize(
    ("layer", "meant"),
    [
        ("type: Conv2d, out_channels: 4, kernel_size: 1", "in_channels"),
        ("type: BatchNorm2d", "num_features"),
        ("type: ConvTranspose2d, out_channels: 4, kernel_size: 1", "in_channels"),
    ],
)
def test_a_number_is_how_much_is_read(key: str, value: str, layer: str, meant: str) -> None:
    (found,) = checked(second(f"{layer}, {key}: {value}")).diagnostics
    assert (found.label, found.help) == (f"did you mean {meant}?", f"write {meant}")
    text = fixed(second(f"{layer}, {key}: {value}"), is_unsafe=True)
    assert f"{meant}: {value}" in text or f"{meant}: 8" in text


@pytest.mark.parametrize(
    "layer", ["type: ReLU", "type: MaxPool2d, kernel_size: 2", "layers: [ReLU]", "use: r", "type: B"]
)
@pytest.mark.parametrize("key", ["in", "input", "bottom"])
def test_a_number_where_none_is_taken(layer: str, key: str) -> None:
    blocks = "blocks: {B: {layers: {r: ReLU}}}\n"
    text = spec(f"  r: ReLU\n  b: {{{layer}, {key}: 8}}\n", more=blocks)
    (found,) = checked(text).diagnostics
    assert (found.code, found.label, found.help) == ("E0103", "unknown key", FOLLOWS.format(key=key))


def test_an_argument_of_a_block() -> None:
    layers = "{c: {type: Conv2d, out_channels: 4, kernel_size: 1, in_channels: '${in_channels}'}}"
    text = spec("  b: {type: B, in: 3}\n", more=f"blocks: {{B: {{args: {{in_channels: int}}, layers: {layers}}}}}\n")
    found = next(found for found in checked(text).diagnostics if found.code == "E0103")
    assert found.label == "did you mean in_channels?"
    assert checked(fixed(text, is_unsafe=True)).ok


@pytest.mark.parametrize(
    ("layer", "key", "name"),
    [
        ("type: Conv2d, out_channels: 4, kernel_size: 1", "in_channels", "input"),
        ("type: Conv2d, out_channels: 4, kernel_size: 1", "in_channels", "conv"),
        ("type: BatchNorm2d", "num_features", "conv"),
        ("type: Linear, out_features: 4", "in_features", "conv"),
    ],
)
def test_a_name_where_a_number_of_what_is_read_belongs(layer: str, key: str, name: str) -> None:
    why = f": what a layer reads has a name, and {key} is a number that follows from it"
    text = second(f"{layer}, {key}: {name}")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0105", f"write from: {name}{why}")
    assert f"from: {name}" in fixed(text, is_unsafe=True)
    assert fixed(text) == text
    text = second(f"{layer}, from: {name}, {key}: {name}")
    (found,) = checked(text).diagnostics
    assert found.help == f"leave {key} out{why}"
    assert checked(fixed(text, is_unsafe=True)).ok


def test_a_name_of_a_layer_where_another_number_belongs() -> None:
    (found,) = checked(second("type: Conv2d, kernel_size: 1, out_channels: conv")).diagnostics
    assert found.help == "conv is what a layer can read, and out_channels is a number"
    (found,) = checked(second("type: Dropout, p: conv")).diagnostics
    assert found.help == "conv is what a layer can read, and p is a number"


def test_a_name_of_a_value_goes_before_that_of_a_layer() -> None:
    (found,) = checked(second("type: BatchNorm2d, num_features: conv", more="args: {conv: 8}\n")).diagnostics
    assert found.help == 'write num_features: "${conv}"'
