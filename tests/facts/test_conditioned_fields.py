"""Networks with inputs that have no positions, as a time step or a vector: the field is that of the image, as gradients see it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support import answer, checked

from archspec import build
from archspec.api import Spec
from archspec.facts.model import AxisField

TEXT = """\
archspec: 1
name: Film
inputs: {INPUTS}
layers:
  c1: {type: Conv2d, out_channels: 4, kernel_size: 3, from: x}
  EMBED
  scale: {type: Linear, out_features: 4}
  maps: {type: Unflatten, dim: 1, unflattened_size: [4, 1, 1]}
  film: {type: Mul, from: [c1, maps]}
  c2: {type: Conv2d, out_channels: 4, kernel_size: 3, stride: 2}
"""
WAYS = {
    "a scalar": ("t: {shape: []}", "e: {type: Unsqueeze, dim: 1, from: t}"),
    "a step": ("t: {shape: [], dtype: int64}", "e: {type: Embedding, num_embeddings: 5, embedding_dim: 4, from: t}"),
    "a vector": ("t: [8]", "e: {type: Linear, out_features: 6, from: t}"),
}


def text(way: str, is_first: bool = False) -> str:
    declared, embed = WAYS[way]
    inputs = ["x: [3, 16, 16]", declared]
    return TEXT.replace("INPUTS", ", ".join(reversed(inputs) if is_first else inputs)).replace("EMBED", embed)


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_the_field_is_that_of_the_image(way: str, is_first: bool) -> None:
    result = checked(text(way, is_first))
    assert result.facts is not None
    fields = {node.path: result.facts.of(node).field for node in result.facts.graph.nodes}
    assert fields["film"] == fields["c1"] == (AxisField(3, 1, 0),) * 2
    assert fields["c2"] == (AxisField(5, 2, 0),) * 2
    assert fields["maps"] is None
    module = build(Spec.of(result)).double()
    x = torch.rand(1, 3, 16, 16, dtype=torch.float64, requires_grad=True)
    t = {"a step": torch.zeros(1, dtype=torch.int64), "a scalar": torch.ones(1), "a vector": torch.ones(1, 8)}[way]
    module(x=x, t=t if way == "a step" else t.double())[0, :, 3, 2].sum().backward()
    assert x.grad is not None
    rows, columns = x.grad[0].abs().sum(0).nonzero().unbind(1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 10, 4, 8)


def test_a_unit_s_page_says_that_the_number_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(text("a scalar"))
    code, out = answer(["explain", str(file), "c2", "--unit", "3,2"])
    assert code == 0
    assert out.endswith("\nseen of t\n  the number    seen\n")
    assert "rows          6 to 10; 5 of 16" in out


def test_a_window_is_held_against_the_input_that_has_positions(tmp_path: Path) -> None:
    """Not against the first input: a vector of 8 features before a sequence of 20."""
    file = tmp_path / "net.yaml"
    file.write_text(
        "archspec: 1\nname: Net\ninputs: {v: [8], x: [4, 20]}\nlayers:\n  c: {type: Conv1d, out_channels: 4, kernel_size: 5, from: x}\n"
        "  l: {type: Linear, out_features: 4, from: v}\n  u: {type: Unsqueeze, dim: 2}\n  a: {type: Add, from: [c, u]}\n"
    )
    _, out = answer(["explain", str(file), "a", "--unit", "12"])
    assert "in the image 100 %; of 5 positions" in " ".join(out.split())
    assert "seen of v, 8, padding cut off features 0 to 7; 8 of 8" in " ".join(out.split())


def test_inputs_of_which_each_has_positions_do_not_agree() -> None:
    layers = "layers:\n  c: {type: Conv2d, out_channels: 3, kernel_size: 3, padding: 1, from: x}\n  a: {type: Add, from: [c, y]}\n"
    result = checked(f"archspec: 1\nname: Two\ninputs: {{x: [3, 8, 8], y: [3, 8, 8]}}\n{layers}")
    assert result.facts is not None
    last = result.facts.of(result.facts.graph.nodes[-1])
    assert (last.field, last.field_unknown) == (None, "it sees another part of each of the network's inputs")
