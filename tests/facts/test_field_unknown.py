"""A receptive field that is not known has a reason in the report; one that there is not, has none."""

from __future__ import annotations

from typing import Any

import pytest
from support import SPECS, checked, spec

from archspec.backends.table.report import report

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
        (spec("  a: ReLU\n  b: Flatten\n"), "b", None, "flattened"),
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
        ("{type: Upsample, size: [32, 40]}", [1, None], [1, None], "outputs see different windows after upsampling"),
        ("{type: AdaptiveAvgPool2d, output_size: [32, 7]}", [1, None], [1, None], "its windows differ in size"),
    ],
)
def test_one_axis_that_is_not_known(layer: str, size: list[Any], stride: list[Any], why: str) -> None:
    found = layers(spec(f"  b: {layer}\n"))["b"]
    assert found["receptive_field"]["size"] == size
    assert found["receptive_field"]["stride"] == stride
    assert found["receptive_field_unknown"] == why
