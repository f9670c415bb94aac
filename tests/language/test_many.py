"""Much of one thing: what would multiply is shared, counted before it is made, or said once. One answer each, and no timing."""

from __future__ import annotations

import pytest
from support import checked, codes, spec

from archspec.document.values import Environment, Nested
from archspec.document.work import MAX_STEPS


def test_scopes_share_the_names_around_them() -> None:
    lets = "let:\n" + "".join(f"  v{i}: {i}\n" for i in range(500))
    result = checked(
        spec(
            "  a: {type: Linear, out_features: '${v7 + i}', repeat: 3}\n  g: {let: {w: 1}, layers: {r: ReLU}}\n",
            more=lets,
        )
    )
    assert result.ok
    graph = result.facts.graph
    root = graph.root.values
    assert len(root) == 500
    assert graph.scopes["a"].values is root
    group = graph.scopes["g"].values
    assert isinstance(group, Nested)
    assert group.outer is root
    assert dict(group.nearer) == {"w": 1}
    assert [node.op.out_features for node in graph.nodes if node.type == "Linear"] == [7, 8, 9]  # type: ignore[union-attr]


def test_names_on_top_of_names() -> None:
    outer = {"a": 1, "b": 2}
    names = Environment(outer, lambda name: False).with_names({"b": 3, "c": 4}).names
    assert dict(names) == {"a": 1, "b": 3, "c": 4}
    assert list(names) == ["a", "b", "c"]
    assert len(names) == 3
    assert "d" not in names
    assert outer == {"a": 1, "b": 2}


def uses(block: str, repeat: int) -> str:
    """A document that uses a block so often."""
    return f"archspec: 1\nname: A\ninput: [4]\nblocks: {{B: {{{block}, layers: {{r: ReLU}}}}}}\nlayers: {{b: {{type: B, repeat: {repeat}}}}}\n"


ARGUMENTS = f"args: {{{', '.join(f'a{i}: 1' for i in range(2_000))}}}"
LETS = f"let: {{{', '.join(f'a{i}: 1' for i in range(2_000))}}}"


@pytest.mark.parametrize("block", [ARGUMENTS, LETS], ids=["arguments", "let"])
def test_arguments_and_let_values_of_each_use_are_steps(block: str) -> None:
    result = checked(uses(block, 900))
    assert result.ok
    assert result.document is not None
    assert 1_800_000 <= MAX_STEPS - result.document.work.left < 1_900_000
    assert codes(uses(block, 1_001)) == ["E0508"]


def test_let_values_of_each_turn_are_steps() -> None:
    text = f"archspec: 1\nname: A\ninput: [4]\nlayers: {{b: {{type: ReLU, repeat: 5000, {LETS}}}}}\n"
    assert codes(text) == ["E0508"]
