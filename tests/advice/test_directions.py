"""The states of a recurrent layer that reads both ways stand apart: layers and directions, batch, features."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

HEAD = "  l: {{type: {}, hidden_size: 64, bidirectional: true, batch_first: true{}}}\n"
DENSE = "  fc: {type: Linear, from: l.h, in_features: 128, out_features: 2}\n"


@pytest.mark.parametrize(("kind", "more", "first"), [("LSTM", "", 0), ("GRU", "", 0), ("LSTM", ", num_layers: 2", 2)])
def test_both_directions_are_put_side_by_side(kind: str, more: str, first: int) -> None:
    text = spec(HEAD.format(kind, more) + DENSE, "[5, 16]")
    (found,) = checked(text).diagnostics
    assert found.help == (
        f"l.h has the directions apart: before fc, put a Select with dim: 0 and index: {first}, another with index: {first + 1}, "
        "and a Cat of both with dim: 1"
    )
    assert fix("a.yaml", text.encode()).after.decode() == text
    after = checked(fix("a.yaml", text.encode(), is_unsafe=True).after.decode())
    assert after.ok
    assert after.facts is not None
    assert [str(size) for size in after.facts.of(after.facts.graph.layers[-1]).outputs["output"].shape] == ["N", "2"]  # type: ignore[index]


def test_one_direction_is_as_it_was() -> None:
    text = spec(HEAD.format("LSTM", "").replace("true, batch", "false, batch") + DENSE, "[5, 16]")
    (found,) = checked(text).diagnostics
    assert "directions" not in found.help


@pytest.mark.parametrize(("port", "meant"), [("hidden", "h"), ("h_n", "h"), ("cell_state", "c"), ("out", "output")])
def test_what_others_call_an_output(port: str, meant: str) -> None:
    text = spec(HEAD.format("LSTM", "") + f"  r: {{type: ReLU, from: l.{port}}}\n", "[5, 16]")
    (found,) = checked(text).diagnostics
    assert found.help == f"write l.{meant}"
    assert f"from: l.{meant}}}" in fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
