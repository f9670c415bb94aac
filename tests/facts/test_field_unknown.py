"""A receptive field that is not known has a reason in the report; one that there is not, has none."""

from __future__ import annotations

from typing import Any

import pytest
from support import SPECS, checked, spec

from archspec.backends.table.layers import Options
from archspec.backends.table.report import report
from archspec.backends.table.terminal import table

PATHS = sorted(SPECS.rglob("*.yaml"))


def layers(text: str) -> dict[str, dict[str, Any]]:
    result = checked(text)
    found = report("spec.yaml", None, result.facts, result.diagnostics)
    return {layer["path"]: layer for layer in found["layers"]}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_null_has_a_reason_and_nothing_else(path: Any) -> None:
    found = layers(path.read_text())
    assert found
    for layer in found.values():
        field, why = layer["receptive_field"], layer["receptive_field_unknown"]
        if field is not None:
            lost = [stride for size, stride in zip(field["size"], field["stride"], strict=True) if size != "all"]
            assert (None in lost) == (why is not None)


@pytest.mark.parametrize(
    ("text", "layer", "field", "why"),
    [
        (spec("  a: ReLU\n  b: Flatten\n"), "b", [1, 1], "flattened"),
        (spec("  a: ReLU\n  b: {type: Reshape, shape: [12, 256]}\n"), "b", None, "reshaped"),
        (spec('  a: {type: "python:p.A", output: [4, 5], params: 0}\n  b: ReLU\n'), "b", None,
         "what a reads is only known to its own module"),
        ("archspec: 1\nname: A\ninputs: {x: [3, 8, 8], y: [3, 8, 8]}\nlayers:\n  a: {type: Conv2d, out_channels: 3, kernel_size: 3,"
         " padding: 1, from: x}\n  b: {type: Add, from: [a, y]}\n", "b", None, "it sees another part of each of the network's inputs"),
        (spec("  a: {type: Linear, out_features: 3}\n  b: ReLU\n", "[4]"), "b", None, None),
        (spec("  a: {type: Conv2d, out_channels: 3, kernel_size: 3, from: nobody}\n  b: ReLU\n"), "b", None, None),
        (spec("  a: {type: Conv2d, out_channels: 3, kernel_size: 3}\n"), "a", [3, 3], None),
    ],
)  # fmt: skip
def test_the_reason(text: str, layer: str, field: list[int] | None, why: str | None) -> None:
    found = layers(text)[layer]
    assert (found["receptive_field"] and found["receptive_field"]["size"]) == field
    assert found["receptive_field_unknown"] == why


@pytest.mark.parametrize(
    ("layer", "size", "stride", "why"),
    [
        ("{type: Flip, dims: [3]}", [1, 1], [1, None], "its order is reversed"),
        ("{type: Upsample, size: [32, 40]}", [1, 1], [1, None], "outputs see different windows after upsampling"),
        ("{type: AdaptiveAvgPool2d, output_size: [32, 7]}", [1, None], [1, None], "its windows differ in size"),
    ],
)
def test_one_axis_that_is_not_known(layer: str, size: list[Any], stride: list[Any], why: str) -> None:
    found = layers(spec(f"  b: {layer}\n"))["b"]
    assert found["receptive_field"]["size"] == size
    assert found["receptive_field"]["stride"] == stride
    assert found["receptive_field_unknown"] == why


def test_where_no_axis_is_left_there_are_no_steps_along_one() -> None:
    """224 pixels under AlexNet's first layer: one row and column are never read, and a Linear layer sees the others."""
    text = spec(
        "  conv: {type: Conv2d, out_channels: 8, kernel_size: 11, stride: 4}\n  flatten: Flatten\n"
        "  dense: {type: Linear, out_features: 10}\n  pool: {type: AdaptiveAvgPool2d, output_size: 1, from: conv}\n",
        "[3, 224, 224]", "outputs: {a: dense, b: pool}\n",
    )  # fmt: skip
    found = layers(text)
    for name in ("dense", "pool"):
        assert found[name]["receptive_field"] == {"size": [223, 223], "stride": [None, None], "padding": [0, 0]}
        assert found[name]["receptive_field_unknown"] == "all outputs see the same part of the input"
    facts = checked(text).facts
    assert facts is not None
    rows = [line.split() for line in table(facts, Options(columns=("layer", "field", "stride"))).splitlines()[2:6]]
    assert rows == [["conv", "11", "4"], ["flatten", "11"], ["dense", "223"], ["pool", "223"]]
    claim = text + "expect: {layers: {dense: {receptive_field: {size: 223, stride: 1}}}}\n"
    assert [(d.code, d.message) for d in checked(claim).diagnostics if d.severity == "error"] == [
        ("E0403", "the stride cannot be checked: all outputs see the same part of the input")
    ]
