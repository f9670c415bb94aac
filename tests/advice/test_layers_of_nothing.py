"""Layers behind whose names nothing stands, and poolings over all of an image."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

FIRST = "  first: {type: Conv2d, out_channels: 8, kernel_size: 3, bias: false}\n"
ITEM = "  - {type: Conv2d, out_channels: 8, kernel_size: 3, bias: false}\n"


def after(text: str) -> str:
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.result.ok, [found.message for found in fixed.result.diagnostics]
    return fixed.after.decode()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("relu1:", "relu1: ReLU"),
        ("flatten:", "flatten: Flatten"),
        ("ReLU:", "ReLU: ReLU"),
        ("leaky_relu_2: ~", "leaky_relu_2: LeakyReLU"),
        ("relu: null # none", "relu: ReLU # none"),
        ("bn1:", "bn1: BatchNorm2d"),  # of which the input tells which one is meant
    ],
)
def test_a_name_tells_the_type(line: str, meant: str) -> None:
    text = spec(f"{FIRST}  {line}\n", "[3, 8, 8]")
    (found,) = [found for found in checked(text).diagnostics if found.severity == "error"]
    assert found.help == f"write {meant.partition(' #')[0]}"
    assert after(text) == text.replace(line, meant)


@pytest.mark.parametrize("item", ["ReLU:", "relu1:", "ReLU: null", "{relu: }", "relu_2: ~"])
def test_the_same_in_a_list(item: str) -> None:
    text = spec(f"{ITEM}  - {item}\n", "[3, 8, 8]")
    (found,) = [found for found in checked(text).diagnostics if found.severity == "error"]
    assert found.help == "write ReLU"
    assert after(text) == text.replace(item, "ReLU")


@pytest.mark.parametrize("name", ["conv1", "pool", "linear", "first_one"])
def test_a_type_that_needs_keys_is_not_told(name: str) -> None:
    (found,) = checked(spec(f"{FIRST}  {name}:\n", "[3, 8, 8]")).diagnostics
    assert found.fix is None
    assert found.help == f"write {name}: {{type: …}}; `archspec ops` lists the types"


@pytest.mark.parametrize("size", ["global", "full", "all", "null", '"?"', "-1", ""])
@pytest.mark.parametrize("kind", ["AvgPool2d", "MaxPool2d"])
def test_a_pooling_over_all_of_an_image(size: str, kind: str) -> None:
    text = spec(f"{FIRST}  pool: {{type: {kind}, kernel_size: {size}}}\n", "[3, 8, 8]")
    meant = f"{{type: Adaptive{kind}, output_size: 1}}"
    assert checked(text).diagnostics[0].help == f"write {meant}"
    assert after(text) == text.replace(f"{{type: {kind}, kernel_size: {size}}}", meant)


@pytest.mark.parametrize("keys", ["kernel_size: all, stride: 2, padding: 0", "stride: 2, kernel_size: all, padding: 0"])
def test_what_windows_alone_have_goes(keys: str) -> None:
    text = spec(f"{FIRST}  pool: {{type: AvgPool2d, {keys}}}\n", "[3, 8, 8]")
    meant = "{type: AdaptiveAvgPool2d, output_size: 1}"
    assert checked(text).diagnostics[0].help == f"write {meant}, without stride and padding"
    assert after(text) == text.replace(f"{{type: AvgPool2d, {keys}}}", meant)
    below = keys.replace(", ", "\n    ")
    text = spec(f"{FIRST}  pool:\n    type: AvgPool2d\n    {below}\n", "[3, 8, 8]")
    assert after(text) == spec(f"{FIRST}  pool:\n    type: AdaptiveAvgPool2d\n    output_size: 1\n", "[3, 8, 8]")


@pytest.mark.parametrize("kind", ["GlobalAvgPool2d", "GlobalAveragePooling2D", "GAP"])
def test_it_has_other_names(kind: str) -> None:
    text = spec(f"{FIRST}  pool: {{type: {kind}}}\n", "[3, 8, 8]")
    assert after(text) == text.replace(kind, "AdaptiveAvgPool2d, output_size: 1")
