"""Much of one thing: what would multiply is shared, counted before it is made, or said once. One answer each, and no timing."""

from __future__ import annotations

from support import checked, spec

from archspec.document.values import Environment, Nested


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
