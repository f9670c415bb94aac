"""A claim of a receptive field that is not true says how the field comes about, in the words of `explain`."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.explain.field import field

LAYERS = """  conv: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
  wide: {type: Conv2d, out_channels: 8, kernel_size: [4, 3], dilation: 2}
  pool: {type: MaxPool2d, kernel_size: 2}
  relu: ReLU
  add: {type: Add, from: [pool, relu]}
  same: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  joined: {type: Add, from: [same, add]}
  g:
    layers:
      a: {type: MaxPool2d, kernel_size: 2}
"""


@pytest.mark.parametrize(("claim", "notes"), [
    ("conv: {receptive_field: {size: 4}}", ["field = field_in + (kernel_size − 1)·stride_in = 1 + (3 − 1)·1 = 3"]),
    ("conv: {receptive_field: {stride: 1}}", ["stride = stride_in·stride = 1·2 = 2"]),
    ("conv: {receptive_field: {padding: 2}}", ["padding = padding_in + padding·stride_in = 0 + 1·1 = 1"]),
    ("wide: {receptive_field: {size: [15, 12]}}", ["field, width = field_in + (kernel_size − 1)·dilation·stride_in = 3 + (3 − 1)·2·2 = 11"]),
    ("wide: {receptive_field: {size: 11}}", ["field, height = field_in + (kernel_size − 1)·dilation·stride_in = 3 + (4 − 1)·2·2 = 15"]),
    ("pool: {receptive_field: {size: [17, 13], stride: 2}}", ["stride = stride_in·stride = 2·2 = 4"]),
    ("relu: {receptive_field: {size: 8}}", ["the receptive field is that of its input"]),
    ("add: {receptive_field: {size: 8}}", ["the receptive field is that of its inputs"]),
    ("joined: {receptive_field: {size: 8}}", ["the receptive field is what its inputs see together"]),
    ("g: {receptive_field: {stride: 3}}", ["stride = stride_in·stride = 4·2 = 8"]),
])  # fmt: skip
def test_what_is_not_true_says_how_it_comes(claim: str, notes: list[str]) -> None:
    found = [
        p for p in checked(spec(LAYERS, more=f"expect:\n  layers:\n    {claim}\n")).diagnostics if p.code == "E0401"
    ]
    assert [note for problem in found for note in problem.notes] == notes


def test_explain_has_the_same() -> None:
    result = checked(spec(LAYERS))
    assert result.facts is not None
    pool = next(node for node in result.facts.graph.nodes if node.path == "pool")
    shown = [f"{line.text} = {line.filled} = {line.shown}" for line in field(result.facts, pool).lines if line.text]
    claimed = checked(
        spec(LAYERS, more="expect:\n  layers:\n    pool: {receptive_field: {size: 9, stride: 9, padding: 9}}\n")
    )
    notes = [
        note.partition(" = ")[2] for problem in claimed.diagnostics for note in problem.notes if problem.code == "E0401"
    ]
    assert len(notes) == 3
    assert set(notes) <= set(shown)
