"""`explain --why depth`: the chains of layers that are computed one after another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import SPECS, checked

from archspec.cli import main
from archspec.explain.depth import depth_page
from archspec.explain.page import Section
from archspec.facts.model import Facts

HEAD = "archspec: 1\nname: Net\ninput: [8]\nlayers:\n"


def found(text: str) -> dict[str, Any]:
    """The figures by name, as numbers; None where they are not known."""
    page = depth_page(checked(text))
    section = page.parts[0]
    assert isinstance(section, Section)
    return {line.name: line.value for line in section.lines}


@pytest.mark.parametrize(
    ("spec", "depth"),
    [
        ("alexnet", 8),
        ("zoo/vgg", 16),
        ("zoo/resnet", 50),
        ("zoo/googlenet", 22),
        ("zoo/densenet", 121),
        ("zoo/lenet5", 5),
    ],
)
def test_depths_that_articles_give(spec: str, depth: int) -> None:
    assert found((SPECS / f"{spec}.yaml").read_text("utf-8"))["with MACs"] == depth


BRANCHES = """
  small: {type: Linear, out_features: 8, from: input}
  relu1: ReLU
  relu2: ReLU
  large: {type: Linear, out_features: 8, from: input}
  large2: {type: Linear, out_features: 8}
  weight: {type: Parameter, shape: [8]}
  sum: {type: Add, from: [relu2, large2, weight]}
"""


def test_the_longest_chain_need_not_have_the_most_macs() -> None:
    assert found(HEAD + BRANCHES) == {"layers": 4, "with MACs": 2, "MACs": 128}
    chains = [[cell.text for cell in grid.columns[0].cells] for grid in depth_page(checked(HEAD + BRANCHES)).parts[1:]]
    assert chains == [["small", "relu1", "relu2", "sum"], ["large", "large2", "sum"]]


def test_what_is_not_known_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("archspec: 1\nname: Net\ninput: [T, 8]\nlayers:\n"
                    "  a: {type: Linear, out_features: 4}\n  b: {type: Linear, out_features: 4, from: input}\n"
                    "  c: {type: Add, from: [a, b]}\n")  # fmt: skip
    assert main(["explain", str(spec), "--why", "depth"]) == 0
    assert "MACs          ?; which has most depends on T: --set T=… gives a number" in capsys.readouterr().out
    assert main(["explain", str(spec), "--why", "depth", "--set", "T=5", "--format", "json"]) == 0
    lines = json.loads(capsys.readouterr().out)["parts"][0]["lines"]
    assert [line["value"] for line in lines] == [2, 1, 160]


def test_all_of_one_chain_is_known_without_numbers() -> None:
    text = "archspec: 1\nname: Net\ninput: [T, 8]\nlayers: [{type: Linear, out_features: 4}, ReLU]\n"
    assert str(found(text)["MACs"]) == "32*T"


def test_layers_of_training_alone_are_not_counted() -> None:
    text = (
        "  a: {type: Linear, out_features: 8}\n  b: {type: Linear, out_features: 8, mode: train}\n"
        "  c: {type: Linear, out_features: 2, from: a}\noutputs: {main: c, auxiliary: b}\n"
    )
    assert found(HEAD + text) == {"layers": 2, "with MACs": 2, "MACs": 80}


def test_a_spec_with_errors_has_no_figure_that_is_guessed() -> None:
    text = (
        HEAD + "  a: {type: Linear, out_features: 8}\n  b: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  c: ReLU\n"
    )
    assert found(text)["MACs"] is None
    assert found(text)["with MACs"] is None


def _chains(facts: Facts, index: int) -> list[list[int]]:
    """All ways from an input to a layer, layer by layer."""
    refs = [ref.node for ref in facts.graph.nodes[index].inputs if ref is not None]
    return [[*chain, index] for ref in refs for chain in _chains(facts, ref)] if refs else [[]]


@given(
    st.lists(
        st.tuples(st.sampled_from(["Linear", "ReLU", "Add"]), st.integers(0, 6), st.integers(0, 6)),
        min_size=1,
        max_size=7,
    )
)
def test_no_chain_has_more(layers: list[tuple[str, int, int]]) -> None:
    lines = []
    for place, (kind, first, second) in enumerate(layers):
        reads = ["input", *(f"l{i}" for i in range(place))]
        one, other = reads[first % len(reads)], reads[second % len(reads)]
        linear = f"{{type: Linear, out_features: 8, from: {one}}}"
        added = f"{{type: Add, from: [{one}, {other}]}}"
        lines.append(
            f"  l{place}: {linear if kind == 'Linear' else added if kind == 'Add' else f'{{type: ReLU, from: {one}}}'}"
        )
    text = HEAD + "\n".join(lines) + "\n"
    facts = checked(text).facts
    assert facts is not None
    chains = [chain for node in facts.graph.layers for chain in _chains(facts, node.index)]
    macs = [[size for index in chain if (size := facts.layers[index].macs)] for chain in chains]
    most = {"layers": max(map(len, chains)), "with MACs": max(map(len, macs)), "MACs": max(map(sum, macs))}
    assert found(text) == most
