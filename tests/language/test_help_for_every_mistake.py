"""Mistakes that had no help: each has one that was tried, or says what there is."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

TWO = "  a: ReLU\n  b: {type: Tanh, from: a}\n"


@pytest.mark.parametrize(("written", "meant"), [
    ("c: {type: Add, from: [[a, b]]}", "c: {type: Add, from: [a, b]}"),
    ("c: {type: Add, from: [[a], b]}", "c: {type: Add, from: [a, b]}"),
    ("c:\n    type: Add\n    from:\n      - - a\n      - b", "c:\n    type: Add\n    from:\n      - a\n      - b"),
    ("c: {use: [b]}", "c: {use: b}"),
    ('c: {type: LeakyReLU, negative_slope: "1e-2"}', "c: {type: LeakyReLU, negative_slope: 0.01}"),
])  # fmt: skip
def test_what_is_meant(written: str, meant: str) -> None:
    assert fixed(spec(f"{TWO}  {written}\n")) == spec(f"{TWO}  {meant}\n")


@pytest.mark.parametrize(("layer", "help"), [
    ("{type: ReLU, from: {x: a}}", "write the name of a layer above it, from: …"),
    ("{use: true}", "write the name of a layer above it, use: …"),
    ("{type: ReLU, mode: eval}", "leave mode out"),
])  # fmt: skip
def test_help(layer: str, help: str) -> None:
    assert helps(spec(f"{TWO}  c: {layer}\n")) == [help]


def test_of_a_layer_of_training_alone() -> None:
    text = spec(f"{TWO}  c: {{type: ReLU, mode: training}}\n  d: {{type: Tanh, from: b}}\n")
    assert helps(text) == ["write mode: train"]


def test_of_parameters_that_there_are_not() -> None:
    text = spec(TWO, more="init: {ReLU: {weight: 0.1}}\n")
    assert helps(text) == ["a ReLU has no parameters: take it out of init"]
    assert helps(text.replace("ReLU: {weight", "Linear: {gamma")) == ["its parameters are weight, bias"]


def test_a_repeat_whose_layers_have_names_in_a_list_is_said() -> None:
    text = spec("  - {type: ReLU, repeat: 2, as: 'r${i}'}\n")
    assert [found.code for found in checked(text).diagnostics] == ["E0106"]
    rows = spec("  - for: {w: [8, 16]}\n    as: r${i}\n    layers: [ReLU]\n")
    assert [found.code for found in checked(rows).diagnostics] == ["E0106"]
