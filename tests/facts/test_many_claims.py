"""Specs with very many claims: what they are held against is computed once, and each is still checked."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.advice import rerun
from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.nearest import find_path
from archspec.facts import expectations, totals
from archspec.graph import Graph
from archspec.limits import MAX_ADVICE_WORK, MAX_TRIALS
from archspec.ops.activation import ReLU


def errors(text: str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in checked(text).diagnostics if diagnostic.severity == "error"]


def nested(levels: int, inner: str) -> str:
    """Groups in groups around a layer: g, g.g, …"""
    for _ in range(levels):
        inner = f"{{layers: {{g: {inner}}}}}"
    return f"  g: {inner}\n"


def test_groups_in_groups_are_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    summed: list[int] = []
    total = totals.total
    monkeypatch.setattr(totals, "total", lambda sizes: (summed.append(len(sizes)), total(sizes))[1])
    layers = nested(20, "{type: Linear, out_features: 4, repeat: 50}")
    paths = [".".join("g" * count) for count in range(1, 22)]
    claims = "".join(
        f"- {{layers: {{{path}: {{params: {50 * 20}, macs: {50 * 16}, output: [4]}}}}}}\n" for path in paths
    )
    assert errors(spec(layers, "[4]", "expect:\n" + claims * 10)) == []
    assert sum(summed) < 2 * (20 + 50) + 10 * 60
    wrong = claims.replace("params: 1000", "params: 7", 1)
    (found,) = errors(spec(layers, "[4]", "expect:\n" + wrong))
    assert (found.code, found.layer) == ("E0401", "g")


def test_a_group_that_passes_on_its_input_has_no_last_layer() -> None:
    result = checked(spec("  a: ReLU\n  g: {layers: {b: ReLU}, outputs: {x: b}}\n  ga: ReLU\n", "[4]"))
    assert result.facts is not None
    scope = result.facts.graph.scopes["g"]
    assert totals.subtotal(result.facts, scope, {}).last is result.facts.graph.nodes[2]
    scope.outputs = {"x": result.facts.graph.nodes[2].inputs[0]}
    assert totals.subtotal(result.facts, scope, {}).last is None


def test_layers_are_found_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[None] = []
    layers = Graph.layers.fget
    assert layers is not None
    monkeypatch.setattr(Graph, "layers", property(lambda graph: (walks.append(None), layers(graph))[1]))
    claims = "".join(f"- {{layers: {{r.{i}: {{params: {int(i == 77)}, running_params: 0}}}}}}\n" for i in range(100))
    (found,) = errors(spec("  r: {type: ReLU, repeat: 100}\n", "[4]", "expect:\n" + claims))
    assert (found.code, found.layer) == ("E0401", "r.77")
    assert len(walks) < 30  # one for each lint, and some; not one for each of a hundred claims


def test_names_are_gathered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def noted(name: str, names: object) -> object:
        given.append(names)
        return find_path(name, names)  # type: ignore[arg-type]

    monkeypatch.setattr(expectations, "find_path", noted)
    claims = "".join(f"    x{i}: {{params: 0}}\n" for i in range(50))
    found = errors(spec("  r: {type: ReLU, repeat: 100}\n", "[4]", "expect:\n  layers:\n" + claims))
    assert [diagnostic.code for diagnostic in found] == ["E0201"] * 50
    assert len(set(map(id, given))) == 1


def chained(relus: int, claims: int) -> str:
    return spec(
        "  pool: {type: MaxPool1d, kernel_size: 3, stride: 1, padding: 1, repeat: 32}\n"
        f"  r: {{type: ReLU, repeat: {relus}}}\n  f: {{type: Flatten}}\n"
        + "".join(
            f"  c{i}: {{type: Linear, in_features: 40, out_features: 3, from: f}}\n  s{i}: ReLU\n"
            for i in range(claims)
        ),
        "[8, 64]",
    )


def test_ways_through_many_layers_are_tried_within_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[None] = []
    outputs = ReLU.outputs
    monkeypatch.setattr(ReLU, "outputs", lambda op, inputs: (computed.append(None), outputs(op, inputs))[1])
    found = errors(chained(1500, 20))
    assert [diagnostic.code for diagnostic in found] == ["E0301"] * 20
    assert all(diagnostic.notes[0].startswith("the size on the way: 64 → 64 (pool.0) → ") for diagnostic in found)
    assert 1500 * 20 < len(computed) <= MAX_TRIALS + MAX_ADVICE_WORK + 1500 * 20 + 1500 + 2 * 20


def test_a_way_that_is_not_told() -> None:
    """Longer than `MAX_BEFORE` is told without the way; a little shorter with it, and with what would be right."""
    (found,) = errors(chained(rerun.MAX_LAYERS_BEFORE, 1))
    assert (found.message, found.notes) == ("c0 claims 40 input features, but f gives 512", ())
    (found,) = errors(chained(600, 1))
    assert found.notes[1].startswith("40 would be right with an input of 5")
