"""A merge that `when` leaves out stands for its first input: what is said of the branch that it does not read then."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts

ARGS = "args: {merged: false}\n"
BRANCH = "  conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n  act: ReLU\n"
IMAGE = "[8, 16, 16]"
OUT = "  out: {type: Conv2d, out_channels: 4, kernel_size: 1}\n"


def merge(kind: str = "Add", reads: str = "[input, act]") -> str:
    return f'  merge: {{type: {kind}, from: {reads}, when: "${{merged}}"}}\n'


def said(layers: str, code: str) -> list[Diagnostic]:
    result = checked(ARGS + spec(layers, IMAGE))
    assert result.ok, result.diagnostics
    return [d for d in result.diagnostics if d.code == code]


def reads_of(facts: Facts | None, path: str) -> list[str]:
    assert facts is not None
    node = next(node for node in facts.graph.nodes if node.path == path)
    return [facts.graph.nodes[ref.node].path for ref in node.inputs if ref is not None]


def test_a_dead_branch_names_the_merge_and_what_helps() -> None:
    (found,) = said(BRANCH + merge() + OUT, "W1001")
    assert (
        found.message
        == "act feeds nothing, and conv feeds only that: merge would read it, and when leaves that out here"
    )
    assert found.help == (
        "in merge, write from: [act, input]; it stands for act then; or give conv and act the when of merge too"
    )
    assert [label.message for label in found.labels] == ["left out, merge stands for input, which is first"]


def test_what_is_proposed_is_right_with_the_merge_and_without() -> None:
    text = ARGS + spec(BRANCH + merge() + OUT, IMAGE)
    (found,) = [d for d in checked(text).diagnostics if d.code == "W1001"]
    turned = apply(found.span.source, [*found.ways[0].edits])
    assert "from: [act, input]" in turned
    for merged, read in (("false", "act"), ("true", "merge")):
        result = checked(turned.replace("merged: false", f"merged: {merged}"))
        assert not result.diagnostics
        assert reads_of(result.facts, "out") == [read]


def test_a_when_that_the_whole_branch_has_is_right_too() -> None:
    branch = BRANCH.replace("ReLU", "{type: ReLU}").replace("{", '{when: "${merged}", ')
    assert not said(branch + merge() + OUT, "W1001")


@pytest.mark.parametrize("kind", ["Sub", "Div", "Cat"])
def test_an_order_that_matters_is_not_turned(kind: str) -> None:
    (found,) = said(BRANCH + merge(kind).replace("when", "dim: 1, when" if kind == "Cat" else "when") + OUT, "W1001")
    assert found.help == "give conv and act the when of merge too"
    assert not found.ways


def test_a_gate_of_another_shape_does_not_take_the_place_of_what_it_scales() -> None:
    gate = "  gate: {layers: {pool: {type: AdaptiveAvgPool2d, output_size: 1}, s: Sigmoid}}\n"
    (found,) = said(gate + merge("Mul", "[input, gate]") + OUT, "W1001")
    assert found.help == "give gate the when of merge too"


def test_a_branch_that_something_else_reads_is_passed_by() -> None:
    (found,) = said(BRANCH + merge() + "  gate: {type: Mul, from: [merge, act]}\n", "W1020")
    assert (
        found.message == "merge is left out and stands for input, so that act, which is computed from it, is passed by"
    )
    assert found.help == "in merge, write from: [act, input]; it stands for act then"


@pytest.mark.parametrize("layers", [
    BRANCH + merge(reads="[act, input]") + "  gate: {type: Mul, from: [merge, act]}\n",
    BRANCH + merge().replace("${merged}", "${not merged}") + "  gate: {type: Mul, from: [merge, act]}\n",
    "  a: ReLU\n  b: {type: Tanh, from: input}\n" + merge(reads="[a, b]") + "  gate: {type: Mul, from: [merge, b]}\n",
    BRANCH + merge("Sub") + "  gate: {type: Mul, from: [merge, act]}\n",
], ids=["branch first", "there", "side by side", "order matters"])  # fmt: skip
def test_nothing_is_said_where_it_can_be_meant(layers: str) -> None:
    assert not said(layers, "W1020")


def test_a_repeat_of_none_is_not_said_to_be_left_out_by_when() -> None:
    block = "blocks: {Two: {inputs: [x, y], layers: {a: {type: Add, from: [x, y]}}}}\n"
    layers = BRANCH + "  merge: {type: Two, from: [input, act], repeat: 0}\n" + OUT
    result = checked(block + spec(layers, IMAGE))
    assert not any("when leaves" in d.message for d in result.diagnostics)


def test_a_merge_in_a_list_has_no_name_where_it_is_left_out() -> None:
    layers = (
        "  - {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n  - ReLU\n"
        '  - {type: Add, from: [input, "1"], when: "${merged}"}\n  - {type: Conv2d, out_channels: 4, kernel_size: 1}\n'
    )
    (found,) = said(layers, "W1001")
    assert found.message == (
        "1 feeds nothing, and 0 feeds only that: a layer of the network would read it, and when leaves that out here"
    )
    assert found.help == (
        "in a layer of the network, write from: [1, input]; it stands for 1 then; or give 0 and 1 the when of that layer too"
    )
    assert [label.message for label in found.labels] == ["left out, that layer stands for input, which is first"]
