"""Arrows: one for each tensor, named where several go the same way; and how many boxes and arrows a picture takes."""

from __future__ import annotations

import pytest
from support import checked

from archspec.backends import diagram
from archspec.backends.diagram import RenderError, to_dot
from archspec.backends.diagram.drawing import plan

CELL = """\
archspec: 1
name: Cells
input: [4]
blocks:
  Cell:
    inputs: [h, c]
    layers:
      up: {type: Linear, out_features: 4, from: h}
      keep: {type: Tanh, from: c}
    outputs: {h: up, c: keep}
layers:
  a: {type: Cell, from: [input, input]}
  b: {type: Cell, from: [a.h, a.c]}
  last: {type: Add, from: [b.h, b.c]}
"""


def test_two_tensors_between_two_boxes_are_two_arrows() -> None:
    facts = checked(CELL).facts
    assert facts is not None
    arrows = plan(facts).arrows
    assert [arrow.label for arrow in arrows] == ["4", "up: 4", "keep: 4", "up: 4", "keep: 4", "4"]
    assert len({(arrow.source, arrow.target) for arrow in arrows[1:3]}) == 1


def test_what_has_no_weights_shares_none() -> None:
    facts = checked("archspec: 1\nname: A\ninput: [4]\nlayers:\n  a: ReLU\n  b: {use: a}\n  c: {type: Linear, out_features: 4}\n"
                    "  d: {use: c}\n").facts  # fmt: skip
    assert facts is not None
    text = to_dot(facts)
    assert "same weights as c" in text
    assert "same weights as a" not in text


def test_only_what_is_drawn_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "archspec: 1\nname: A\ninput: [4]\nblocks: {B: {layers: {a: ReLU, b: Tanh}}}\nlayers:\n  b: {type: B, repeat: 1500}\n"
    facts = checked(many).facts
    assert facts is not None
    assert len(plan(facts).arrows) == 2
    to_dot(facts)
    with pytest.raises(RenderError, match="a picture of 3,002 boxes"):
        to_dot(facts, depth=9)
    monkeypatch.setattr(diagram, "MAX_ARROWS", 1)
    with pytest.raises(RenderError, match="a picture of 2 arrows"):
        to_dot(facts)
