"""Repeats that are folded come to what they come to written out, figure by figure."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields
from random import Random
from typing import Any

import pytest

from archspec.backends.diagram import to_dot
from archspec.backends.torch import NeedsAllSteps, generate
from archspec.checking import Result, check
from archspec.document.choice import Choice, Rule
from archspec.facts.cost import count_batch
from archspec.facts.memory import measure_batch
from archspec.facts.totals import subtotal
from archspec.settings import Settings
from tests.generated.long_repeats import network

SEEDS = 6
EACH = 25
NO_WARNINGS = Settings(command=Choice(ignore=(Rule("ALL"),)))  # what warns is written out


def differences(folded: Result, full: Result) -> list[str]:
    """What is not the same of two checks of one text."""
    assert folded.facts is not None
    assert full.facts is not None
    assert folded.graph is not None
    assert full.graph is not None
    found = []

    def compare(what: str, ours: Any, theirs: Any) -> None:
        if str(ours) != str(theirs):
            found.append(f"{what}: {ours}, written out {theirs}")

    for each in fields(full.facts.totals):
        compare(each.name, getattr(folded.facts.totals, each.name), getattr(full.facts.totals, each.name))
    if not full.facts.symbols:
        compare("a batch's memory", measure_batch(folded.facts, 3), measure_batch(full.facts, 3))
    compare("a batch's cost", count_batch(folded.facts, 3), count_batch(full.facts, 3))
    compare("assumptions", folded.facts.assumptions, full.facts.assumptions)
    compare("solution", folded.facts.solution, full.facts.solution)
    for path, scope in folded.graph.scopes.items():
        other = full.graph.scopes[path]
        compare(path, subtotal(folded.facts, scope, {})[:2], subtotal(full.facts, other, {})[:2])
        compare(path, scope.what, other.what)
        compare(path, scope.length, other.length)
        compare(path, scope.layer_count, len(list(other.nodes())))
    by_path = {node.path: node for node in full.graph.nodes}
    for node in folded.graph.nodes:
        if node.index not in folded.graph.times:
            ours, theirs = folded.facts.of(node), full.facts.of(by_path[node.path])
            for key in ("outputs", "field", "field_axes", "field_unknown", "params", "macs"):
                compare(f"{node.path} {key}", getattr(ours, key), getattr(theirs, key))
    for name, ref in folded.graph.outputs.items():
        other_ref = full.graph.outputs[name]
        assert ref is not None
        assert other_ref is not None
        compare(name, folded.facts.tensor(ref), full.facts.tensor(other_ref))
        ours, theirs = folded.facts.layers[ref.node], full.facts.layers[other_ref.node]
        compare(f"{name}'s field", (ours.field, ours.field_unknown), (theirs.field, theirs.field_unknown))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_folded_comes_to_what_it_comes_to_written_out(seed: int) -> None:
    random, folds = Random(seed), 0
    for _ in range(EACH):
        text = json.dumps(network(random)).encode()
        full = check("long.json", text, settings=NO_WARNINGS)
        folded = check("long.json", text, settings=NO_WARNINGS, fold_from=3)
        assert [d.code for d in folded.diagnostics] == [d.code for d in full.diagnostics], text
        assert folded.ok == full.ok
        if full.ok and folded.graph is not None and folded.graph.folds:
            assert folded.facts is not None
            assert full.facts is not None
            folds += 1
            assert not differences(folded, full), text
            assert to_dot(folded.facts, 1) == to_dot(full.facts, 1)
            with suppress(NeedsAllSteps):
                assert generate(folded.facts, frozenset()).text == generate(full.facts, frozenset()).text
    assert folds > EACH // 4, "most are written out after all"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_claimed_of_single_steps_is_held_against_them(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims that are wrong, so that what is true is said of each; without them being a reason to write all steps out."""
    monkeypatch.setattr("archspec.checking.MAX_LAYERS", 0)
    random, claims = Random(100 + seed), 0
    for _ in range(EACH):
        spec = network(random)
        full = check("long.json", json.dumps(spec).encode(), settings=NO_WARNINGS)
        if not full.ok or full.graph is None:
            continue
        paths = random.choices([node.path for node in full.graph.layers], k=4)
        wrong = {
            "running_params": 7,
            "params": 7,
            "macs": 7,
            "output": [7, 7, 7, 7],
            "receptive_field": {"size": 77_777},
        }
        text = json.dumps({**spec, "expect": {"layers": dict.fromkeys(paths, wrong)}}).encode()
        full = check("long.json", text, settings=NO_WARNINGS)
        folded = check("long.json", text, settings=NO_WARNINGS, fold_from=3)
        if folded.facts is None or folded.facts.is_unsteady:  # which is said, and is written out where that can be done
            continue
        assert [d.message for d in folded.diagnostics] == [d.message for d in full.diagnostics], text
        assert not differences(folded, full), text
        claims += bool(folded.graph is not None and folded.graph.folds)
    assert claims > EACH // 5, "most are written out after all"
