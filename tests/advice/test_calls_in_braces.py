"""Calls of Python code in braces and brackets, whose commas YAML takes for its own: read as what they are, and put right."""

from __future__ import annotations

import pytest
from support import checked, codes, fixed, spec

CONV = "type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3"


@pytest.mark.parametrize(("written", "meant"), [
    ("a: {type: nn.Conv2d(3, 8, 3, padding=2), from: input}", f"a: {{{CONV}, padding: 2, from: input}}"),
    ("a: {from: input, type: nn.Conv2d(3, 8, 3)}", f"a: {{from: input, {CONV}}}"),
    ("- {type: nn.Conv2d(3, 8, 3), bias: false}", f"- {{{CONV}, bias: false}}"),
    ("a: {type: nn.Conv2d(3, 8, (3, 3)), doc: ok}", f"a: {{{CONV[:-1]}[3, 3], doc: ok}}"),
    ("a: {type: nn.Conv2d(3, 3, 3, 3), doc: ok}", f"a: {{{CONV.replace('8', '3')}, stride: 3, doc: ok}}"),
    ("a: {type: nn.Conv2d(3, 8, [3, 3], 1), doc: ok}", f"a: {{{CONV[:-1]}[3, 3], stride: 1, doc: ok}}"),
    ("a: {type: nn.Conv2d(3, 8,\n    3), from: input}", f"a: {{{CONV}, from: input}}"),
    ("a: {nn.Conv2d(3, 8, 3), from: input}", f"a: {{{CONV}, from: input}}"),
    ("a: {from: input, nn.Conv2d(3, 8, 3)}", f"a: {{from: input, {CONV}}}"),
    ("a: {nn.Dropout(0.5), from: input}", "a: {type: Dropout, p: 0.5, from: input}"),
    ("[nn.Conv2d(3, 8, 3), nn.ReLU()]", f"[{{{CONV}}}, ReLU]"),
    ("a: {layers: [nn.Conv2d(3, 8, 3), {type: ReLU}]}", f"a: {{layers: [{{{CONV}}}, {{type: ReLU}}]}}"),
    ("a: {layers: {c: nn.Conv2d(3, 8, 3), d: ReLU}}", f"a: {{layers: {{c: {{{CONV}}}, d: ReLU}}}}"),
    ("a: {type: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), from: input}", f"a: {{layers: [{{{CONV}}}, ReLU], from: input}}"),
])  # fmt: skip
def test_what_is_meant(written: str, meant: str) -> None:
    assert fixed(spec(f"  {written}\n")) == spec(f"  {meant}\n")


def test_an_activation_is_a_layer_of_its_own() -> None:
    text = spec("  a: {type: Conv2D(8, (3, 3), activation='relu'), from: input}\n")
    right = "  a: {type: Conv2d, out_channels: 8, kernel_size: [3, 3], from: input}\n  relu: ReLU\n"
    assert (fixed(text), fixed(text, is_unsafe=True)) == (text, spec(right))


@pytest.mark.parametrize(
    "layer", ["{type: nn.Conv2d(3, 8, 3), stride: 2, kernel_size: 5}", "{nn.Conv2d(3, c, 3), from: input}"]
)
def test_nothing_where_it_is_not_plain_what_is_meant(layer: str) -> None:
    text = spec(f"  a: {layer}\n")
    (found,) = checked(text).diagnostics
    assert found.fix is None
    assert fixed(text, is_unsafe=True) == text


def test_what_yaml_reads_is_not_taken_for_a_call_elsewhere() -> None:
    """There `type` is a name, and a text with a comma in it is none that YAML reads."""
    assert codes(spec("  a: ReLU\n", more="let: {type: foo(1, 2)}\n")) == ["E0107"]
    assert "E0103" in codes(spec("  a: {type: ReLU, doc: foo(1, 2)}\n"))
