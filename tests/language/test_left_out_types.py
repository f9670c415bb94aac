"""A type that there is not is wrong whether `when` keeps its layer or not, and is told once."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix


def found(text: str) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.layer) for problem in checked(text).diagnostics]


@pytest.mark.parametrize(("layer", "path"), [
    ("{type: Lineer, out_features: 8, when: false}", "a"),
    ("{when: false, layers: [ReLU, {type: Lineer, out_features: 8}]}", "a.1"),
    ("{when: false, layers: {b: {layers: {c: Lineer}}, d: ReLU}}", "a.b.c"),
])  # fmt: skip
def test_a_type_in_what_is_left_out(layer: str, path: str) -> None:
    text = spec(f"  a: {layer}\n  r: ReLU\n")
    assert found(text) == [("E0104", path)]
    assert fix("a.yaml", text.encode()).after.decode() == text.replace("Lineer", "Linear")


def test_what_is_left_out_of_a_list_is_told_by_the_number_that_it_would_have() -> None:
    """It has none: the next layer is counted on, and nobody can read it by a name that was made up for it."""
    result = checked(
        spec("  - ReLU\n  - {type: ReLU, from: nope, when: false}\n  - {type: Lineer, when: false}\n  - Tanh\n")
    )
    assert [(problem.code, problem.layer) for problem in result.diagnostics] == [("E0201", "1"), ("E0104", "1")]
    assert result.graph is not None
    assert [(slot.name, slot.member is None) for slot in result.graph.root.slots] == [
        ("0", False), (None, True), (None, True), ("1", False),
    ]  # fmt: skip
    (told,) = checked(spec("  - ReLU\n  - {type: ReLU, when: false}\n  - {type: Tanh, from: -1-0}\n")).diagnostics
    assert told.help == "the names above it are input, 0"


@pytest.mark.parametrize("first", ["true", "false"])
@pytest.mark.parametrize("second", ["true", "false"])
def test_in_a_block_it_is_told_once_however_it_is_used(first: str, second: str) -> None:
    block = "blocks: {B: {args: {on: bool}, layers: {a: ReLU, b: {type: Lineer, out_features: 8, when: '${on}'}}}}\n"
    text = spec(f"  x: {{type: B, on: {first}}}\n  y: {{type: B, on: {second}}}\n", "[8]", block)
    assert found(text) == [("E0104", "x.b")]


@pytest.mark.parametrize("layer", [
    "{type: Linear, out_features: 8, when: false}", "{type: '${kind}', when: false}", "{type: 'python:my.Layer', when: false}",
    "{type: B, when: false}", "{when: false, layers: [ReLU, {use: r}]}", "{when: false, layers: [B]}",
])  # fmt: skip
def test_what_is_right_or_not_known_is_left(layer: str) -> None:
    text = spec(f"  r: ReLU\n  a: {layer}\n  b: B\n", "[8]", "blocks: {B: {layers: [ReLU]}}\nargs: {kind: ReLU}\n")
    assert [code for code, _ in found(text) if code.startswith("E")] == []
