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
    assert [arrow.label for arrow in arrows] == ["4", "h: 4", "c: 4", "h: 4", "c: 4", "4"]
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


@pytest.mark.parametrize("depth", [None, 1, 9])
def test_ports_are_called_as_the_author_calls_them(depth: int | None) -> None:
    """The same whether the group is one box, or its layers are drawn."""
    text = """\
archspec: 1
name: Ports
input: [5, 4]
layers:
  lstm: {type: LSTM, hidden_size: 3, batch_first: true}
  h: {type: Select, dim: 0, index: 0, from: lstm.h}
  c: {type: Select, dim: 0, index: 0, from: lstm.c}
  g:
    from: [h, c]
    inputs: [p, q]
    layers: {inner: {type: Add, from: [p, q]}, other: {type: Sub, from: [p, q]}}
    outputs: {plus: inner, minus: other}
  a: {type: Tanh, from: g.plus}
  b: {type: Tanh, from: g.minus}
  one: {from: a, layers: {x: ReLU}}
outputs: {one: one, b: b}
"""
    facts = checked(text).facts
    assert facts is not None
    labels = {(arrow.target, arrow.label) for arrow in plan(facts, depth).arrows}
    assert {("layer_h", "h: 1 × N × 3"), ("layer_c", "c: 1 × N × 3")} <= labels
    assert {("layer_a", "plus: 3"), ("layer_b", "minus: 3"), ("out_one", "3"), ("out_b", "3")} <= labels
