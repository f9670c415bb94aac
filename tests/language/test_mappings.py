"""A mapping is no value: wherever a name in scope would hold one, that is E0105 at the mapping, and nothing else is said."""

from __future__ import annotations

import pytest
from support import checked, spec

USES = [
    'a: {type: Linear, out_features: "${w}"}',
    'a: {type: ReLU, repeat: "${w}"}',
    'a: {type: ReLU, when: "${w}"}',
    'a: {type: ReLU, for: {x: "${w}"}}',
    'a: {type: ReLU, for: {x: [1]}, as: "${w}"}',
    'a: {type: "${w}"}',
    'a: {type: ReLU, from: "${w}"}',
    'a: {type: Linear, out_features: "${w[0] + len(w)}"}',
    'a: {type: Linear, out_features: "${[x for x in w][0]}"}',
    "a: {type: ReLU, doc: x}",
]


def found(text: str) -> list[tuple[str, str]]:
    """Codes, and the texts that they point at."""
    return [(d.code, d.span.text()) for d in checked(text).diagnostics]


@pytest.mark.parametrize("use", USES)
def test_let_of_the_document(use: str) -> None:
    assert found("let: {w: {a: 1}}\n" + spec(f"  {use}\n", "[4]")) == [("E0105", "{a: 1}")]


@pytest.mark.parametrize("value", ["[{a: 1}]", "[1, [2, {a: 1}]]", "[{a: 1}, {b: 2}]"])
def test_a_mapping_in_a_list(value: str) -> None:
    text = spec('  a: {type: Linear, out_features: "${w[0]}"}\n', "[4]")
    assert found(f"let: {{w: {value}}}\n{text}") == [("E0105", "{a: 1}")]


@pytest.mark.parametrize(
    "more", ['expect: {params: "${w}"}\n', 'budget: {params: {max: "${w}"}}\n', 'expect: [{when: "${w}", params: 1}]\n']
)
def test_claims(more: str) -> None:
    assert found("let: {w: {a: 1}}\n" + spec("  a: ReLU\n", "[4]", more)) == [("E0105", "{a: 1}")]


@pytest.mark.parametrize("layer", [
    'a: {type: Linear, let: {w: {a: 1}}, out_features: "${w}"}',
    'a: {type: Linear, for: {w: [{a: 1}, 3]}, out_features: "${w}"}',
    'a: {let: {w: {a: 1}}, layers: {b: {type: Linear, out_features: "${w}"}}}',
    'a: {type: B, w: {a: 1}}',
    'a: {type: B, w: [3, {a: 1}]}',
    'a: {type: C, w: 1}',
])  # fmt: skip
def test_names_of_layers_and_blocks(layer: str) -> None:
    blocks = 'blocks: {B: {args: {w: any}, layers: {b: {type: Linear, out_features: "${w}"}}},\n' \
             '  C: {args: {w: any}, let: {v: {a: 1}}, layers: {b: {type: Linear, out_features: "${v}"}}}}\n'  # fmt: skip
    assert found(blocks + spec(f"  {layer}\n", "[4]")) == [("E0105", "{a: 1}")]


def test_what_was_meant() -> None:
    result = checked("let: {z: 3, w: {z}}\n" + spec('  a: {type: Linear, out_features: "${w}"}\n', "[4]"))
    assert [d.help for d in result.diagnostics] == ['write w: "${z}"']


@pytest.mark.parametrize("chosen", ["{default: {a: 1}, one_of: [null, 1]}", "{default: [{a: 1}], one_of: [null, 1]}"])
def test_a_default_that_is_none_of_the_values(chosen: str) -> None:
    codes = [d.code for d in checked(f"args: {{w: {chosen}}}\n" + spec("  a: ReLU\n", "[4]")).diagnostics]
    assert codes == ["E0105"]
