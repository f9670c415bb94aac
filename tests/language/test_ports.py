"""Outputs of groups, blocks and layers: which one a reference means, and where it is said that none does."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.backends.torch import generate

TWO = "{layers: {a: ReLU, b: Tanh}, outputs: {left: a, right: b}}"
BLOCKS = f"blocks: {{B: {TWO}, C: {{layers: {{a: {{type: Chunk, chunks: 2, dim: 1}}}}}}}}\n"
LIN = "{type: Linear, in_features: 999, out_features: 4}"


def errors(layers: str, more: str = "") -> list[tuple[str, int, str]]:
    """Code, line within the layers and text of the place of each diagnostic."""
    result = checked(spec(layers, "[4]", more + BLOCKS))
    return [(d.code, d.span.line - 4, d.span.text()) for d in result.diagnostics]


@pytest.mark.parametrize(
    ("layers", "error"),
    [
        (f"  g: {TWO}\n  r: {LIN}\n", ("E0204", 2, "r")),
        (f"  g: {{type: B}}\n  r: {LIN}\n", ("E0204", 2, "r")),
        ("  g: {type: B}\n  r: {type: ReLU, from: g}\n", ("E0204", 2, "g")),
        ("  g: {type: B}\n  r: {type: ReLU, from: g.output}\n", ("E0204", 2, "g.output")),
        ("  g: {type: B}\n  r: {type: ReLU, from: g.middle}\n", ("E0204", 2, "g.middle")),
        ("  g: {type: B}\n  h: {layers: {r: ReLU}}\n", ("E0204", 2, "h")),
        ("  g: {type: B}\n  h: {type: ReLU, repeat: 2}\n", ("E0204", 2, "h")),
        ("  g: {type: B}\n  h: {use: g}\n  r: {type: ReLU, from: input}\n", ("E0204", 2, "h")),
        ("  g: {type: B}\n  h: {use: g, from: g.left}\n  r: ReLU\n", ("E0204", 3, "r")),
        ("  a: {type: Chunk, chunks: 2, dim: 1}\n  b: {type: ReLU, when: false}\n  c: {type: ReLU, from: a.0}\n", ("E0204", 2, "b")),
        ("  g: {type: B}\n", ("E0204", 1, "g")),
        ("  g: {layers: {x: {type: B}}}\n  r: {type: ReLU, from: input}\n", ("E0204", 1, "x")),
        ("  g: {type: C}\n", ("E0204", 2, "a")),
        ("  g: {type: B, repeat: 2}\n  r: ReLU\n", ("E0204", 1, "repeat")),
        ("  g: {type: B, repeat: 1}\n  r: ReLU\n", ("E0204", 1, "repeat")),
        ("  g: {type: B, for: {x: [1, 2]}}\n", ("E0204", 1, "for")),
        ("  g: {type: Chunk, chunks: 2, dim: 1, repeat: 2}\n", ("E0204", 1, "repeat")),
        ("  - {type: B, repeat: 3}\n  - {type: ReLU, from: input}\n", ("E0204", 1, "repeat")),
        ("  - {type: B}\n  - ReLU\n", ("E0204", 2, "ReLU")),
        ("  b: Dropout\n  g: {from: b.p, layers: {z: ReLU}}\n", ("E0204", 2, "b.p")),
        ("  b: Dropout\n  g: {from: [b.p, input], inputs: [l, r], layers: {z: {type: Add, from: [l, r]}}}\n", ("E0204", 2, "b.p")),
        ("  b: Dropout\n  g: {from: b.p, layers: {h: {layers: {z: {type: ReLU, repeat: 2}}}}}\n", ("E0204", 2, "b.p")),
        ("  b: Dropout\n  g: {type: ReLU, from: b.p, repeat: 2}\n", ("E0204", 2, "b.p")),
        ("  b: {type: ReLU, from: input.p}\n", ("E0204", 1, "input.p")),
        ("  b: {layers: {c: {type: ReLU, from: input.p}}}\n", ("E0204", 1, "input.p")),
        ("  a: {type: Parameter, shape: [4], when: false}\n  b: ReLU\n", ("E0201", 2, "b")),
        ("  a: {type: Parameter, shape: [4], when: false}\n  b: {layers: {c: ReLU}}\n", ("E0201", 2, "b")),
        ("  b: ReLU\n  a: {type: Parameter, shape: [4], when: false}\n", ("E0201", 2, "a")),
        ("  b: {layers: {a: ReLU}, outputs: a}\n  c: ReLU\n", ("E0105", 1, "a")),
        ("  b: {layers: {a: ReLU}, outputs: [a]}\n  c: ReLU\n", ("E0105", 1, "[a]")),
        ("  b: {layers: {a: ReLU}, outputs: {a-b.c: a, d: a}}\n  c: {type: ReLU, from: b.d}\n", ("E0107", 1, "a-b.c")),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(layers: str, error: tuple[str, int, str]) -> None:
    assert errors(layers) == [error]


@pytest.mark.parametrize("outputs", ["{y: g}", "{y: g.output}", "{y: g.middle}", "{x: g.left, y: g}"])
def test_outputs_of_the_network(outputs: str) -> None:
    written = outputs.rpartition("y: ")[2].rstrip("}")
    assert errors("  g: {type: B}\n", f"outputs: {outputs}\n") == [("E0204", 2, written)]


def test_help() -> None:
    found = [d.help for d in checked(spec("  g: {type: B}\n  r: ReLU\n", "[4]", BLOCKS)).diagnostics]
    assert found == ["say which: from: g.left"]
    found = [d.help for d in checked(spec("  g: {type: B}\n", "[4]", BLOCKS)).diagnostics]
    assert found == ["say which: outputs: {output: g.left}"]


@pytest.mark.parametrize("layers", [
    "  g: {layers: {a: ReLU}, outputs: {o: a}}\n  r: ReLU\n",
    "  g: {layers: {a: ReLU, b: Tanh}, outputs: {output: a, p: b}}\n  r: ReLU\n",
    "  g: {type: B}\n  r: {type: Add, from: [g.left, g.right]}\n",
    "  g: {type: LSTM, hidden_size: 4}\n  r: ReLU\n  s: {type: Squeeze, dim: 0, from: g.h}\n",
])  # fmt: skip
def test_what_is_meant(layers: str) -> None:
    result = checked(spec(layers, "[5, 4]", BLOCKS))
    assert result.ok, result.diagnostics
    assert result.facts is not None
    assert all(record.outputs for record in result.facts.layers)
    generate(result.facts)
