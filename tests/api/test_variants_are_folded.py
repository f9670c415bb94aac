"""Variants that `with_` makes begin with their repeats folded; what they say is what a check with every layer says."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields
from pathlib import Path

import pytest
from support import SPECS

import archspec
from archspec.checking import Result, check, check_source
from archspec.diagnostics.text import render
from archspec.expand.folding import STEPS
from archspec.expressions.value import Value
from archspec.facts.model import Facts, LaterFacts, Totals
from archspec.graph import Node, Scope

OTHERS: dict[str, list[dict[str, Value]]] = {
    "resnet": [{"depth": depth, "width_per_group": width} for depth in (18, 34, 50, 101, 152) for width in (64, 10)],
    "vgg": [{"depth": depth} for depth in (11, 16, 19)],
}
"""Values for the specs whose repeats depend on them; each spec is tried as it is, too, and with every other whole number a little larger."""


def variants(spec: archspec.Spec, name: str) -> list[dict[str, Value]]:
    assert spec.document is not None
    found: list[dict[str, Value]] = [{}, *OTHERS.get(name, [])]
    for key, argument in spec.document.args.items():
        value = spec.document.values.get(key)
        if argument.one_of:
            found += [{key: one} for one in argument.one_of[:3]]
        elif type(value) is bool:
            found.append({key: not value})
        elif type(value) is int:
            found += [{key: value + 1}, {key: 2 * value}]
    return found


def figures(facts: Facts) -> dict[str, object]:
    return {field.name: getattr(facts.totals, field.name) for field in fields(Totals)}


def fields_seen(facts: Facts, whole: Facts) -> list[tuple[str, object, object]]:
    """Each layer's field that is written out in both, as both have it; not of the last steps, whose field is that behind all."""
    by_path = {node.path: whole.of(node) for node in whole.graph.nodes}
    last = {node.index for fold in facts.graph.folds for node in _inside(fold.steps[-1])}
    return [
        (node.path, facts.of(node).field, by_path[node.path].field)
        for node in facts.graph.nodes
        if node.index not in last
    ]


def _inside(step: Node | Scope) -> list[Node]:
    return [step] if isinstance(step, Node) else list(step.nodes())


@pytest.mark.parametrize("path", sorted((SPECS / "zoo").glob("*.yaml")), ids=lambda path: path.stem)
def test_folded_is_what_all_layers_say(path: Path) -> None:
    spec = archspec.load(path)
    for given in variants(spec, path.stem):
        whole = check_source(spec.source, given, spec.settings)
        folded = check_source(spec.source, given, spec.settings, fold_from=STEPS, by_values=True)
        assert render(folded.diagnostics) == render(whole.diagnostics), given
        assert (folded.facts is None) == (whole.facts is None)
        if folded.facts is None or whole.facts is None:
            continue
        assert figures(folded.facts) == figures(whole.facts), given
        assert folded.facts.unchecked == whole.facts.unchecked
        for layer, seen, expected in fields_seen(folded.facts, whole.facts):
            assert seen == expected, (given, layer)


REPEATED = """archspec: 1
name: Net
args: {depth: 9, wide: 8}
input: [3, 32, 32]
blocks:
  Step:
    args: {channels: int, stride: 1}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, stride: "${stride}", padding: 1}
      relu: ReLU
layers:
  stages: {type: Step, channels: "${wide}", stride: "${2 if i == 0 else 1}", repeat: "${depth}"}
  head: {type: Conv2d, out_channels: 4, kernel_size: 1}
"""


def later(spec: Result) -> LaterFacts:
    assert isinstance(spec.facts, LaterFacts)
    return spec.facts


def is_found(facts: LaterFacts) -> bool:
    """Whether its layers have been looked for."""
    try:
        object.__getattribute__(facts, "layers")
    except AttributeError:
        return False
    return True


def test_layers_are_found_when_they_are_asked_for() -> None:
    spec = archspec.parse(REPEATED)
    variant = spec.with_(depth=20)
    assert later(variant).totals.params == archspec.parse(REPEATED, depth=20).facts.totals.params  # type: ignore[union-attr]
    assert variant.ok
    assert not is_found(later(variant))
    assert variant.graph is not None
    assert len(variant.graph.nodes) == len(later(variant).layers) == 2 * 20 + 2
    assert is_found(later(variant))
    assert archspec.analyze(variant) == archspec.analyze(archspec.parse(REPEATED, depth=20))


def test_layers_are_those_of_the_files_that_were_read(tmp_path: Path) -> None:
    head, rest = REPEATED.split("blocks:\n")
    block, layers = rest.split("layers:\n  stages")
    (tmp_path / "blocks.yaml").write_text(f"archspec: 1\nblocks:\n{block}")
    (tmp_path / "net.yaml").write_text(f"{head}import: [blocks.yaml]\nlayers:\n  stages{layers}")
    variant = archspec.load(tmp_path / "net.yaml").with_(depth=20)
    (tmp_path / "blocks.yaml").write_text(f"archspec: 1\nblocks:\n{block.replace('ReLU', 'Tanh')}")
    assert variant.graph is not None
    assert {node.type for node in variant.graph.layers} == {"Conv2d", "ReLU"}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda spec: pickle.loads(pickle.dumps(spec))])
def test_variants_whose_layers_are_not_found_yet_can_be_copied(copied) -> None:  # type: ignore[no-untyped-def]
    variant = archspec.parse(REPEATED).with_(depth=20)
    assert archspec.analyze(copied(variant)) == archspec.analyze(variant)


@pytest.mark.parametrize(
    ("written", "nodes"),
    [
        ("${2 if i == 0 else 1}", 3),
        ("${1}", 3),
        ("${2 if i == 3 else 1}", 6),
        ("${2 if i == n - 1 else 1}", 20),
        ("${2 if i == n - 2 else 1}", 20),
        ("${1 + i % 2}", 20),
    ],
)
def test_steps_are_folded_from_the_one_on_from_which_they_say_the_same(written: str, nodes: int) -> None:
    text = REPEATED.replace("${2 if i == 0 else 1}", written).replace("32, 32", "4096, 4096")
    found = check_source(archspec.parse(text).source, {"depth": 20}, fold_from=STEPS, by_values=True)
    whole = check("net.yaml", text.encode(), {"depth": 20})
    assert found.facts is not None
    assert whole.facts is not None
    assert len(found.facts.graph.nodes) == 2 * nodes + 2
    assert figures(found.facts) == figures(whole.facts)


def test_uses_of_blocks_of_variants_are_found_again() -> None:
    """Also after others, with other values of an argument, and on other inputs."""
    spec = archspec.parse(REPEATED)
    for values in ({"wide": 8}, {"wide": 9}, {"wide": 8, "depth": 2}, {"depth": 12}, {"wide": 9, "depth": 1}):
        variant, cold = spec.with_(**values), archspec.parse(REPEATED, **values)
        assert archspec.analyze(variant) == archspec.analyze(cold)
        assert archspec.compile(variant) == archspec.compile(cold)
