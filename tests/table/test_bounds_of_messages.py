"""How much is said of one document: never more than a stated number of diagnostics, and of bytes."""

from __future__ import annotations

import json

import pytest
from support import checked, spec

from archspec.backends.table.report import report
from archspec.backends.torch import CannotGenerate, generate
from archspec.diagnostics.model import first_told
from archspec.diagnostics.text import render
from archspec.limits import MAX_TOLD

CYCLE = "".join(f"  layer_{i}: ReLU\n" for i in range(1, 5_000))
MANY = {
    "a cycle": spec("  layer_0: {type: Add, from: [input, layer_4999]}\n" + CYCLE),
    "many cycles": spec("".join(f"  l{i}: {{type: ReLU, from: l{i ^ 1}}}\n" for i in range(3_000))),
    "many names": spec("".join(f"  l{i}: {{type: Lineer, out_features: 3, from: m{i}}}\n" for i in range(3_000))),
    "claims": spec("".join(f"  - {{type: Linear, in_features: {i + 7}, out_features: 5}}\n" for i in range(3_000)), "[3]"),
    "wide letters": spec("".join(f"  l{i}: {{type: 畳み込み{i}}}\n" for i in range(2_000))),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_messages_have_a_bound(name: str) -> None:
    result = checked(MANY[name])
    assert not result.ok
    assert len(render(result.diagnostics).encode()) < 100_000
    found = report("spec.yaml", None, result.facts, result.diagnostics)
    assert len(json.dumps(found)) < 1_000 * MAX_TOLD
    assert found["left_out"]["diagnostics"] + len(found["diagnostics"]) == len(result.diagnostics)


def test_errors_are_told_before_warnings() -> None:
    warned = checked(spec("".join(f"  d{i}: {{type: Dropout, p: 1.0}}\n" for i in range(1_500)))).diagnostics
    wrong = checked(spec("  last: {type: Lineer}\n")).diagnostics
    told = first_told([*warned, *wrong])
    assert (len(told), told[-1].code, told[0].code) == (MAX_TOLD, "E0104", "W1013")


def test_a_long_cycle_says_where_it_closes() -> None:
    (found,) = checked(MANY["a cycle"]).diagnostics
    assert (found.span.line, found.notes) == (5, ("5,000 layers wait for each other; it closes at layer_0",))
    assert len(found.labels) == 2
    against = "".join(f"  layer_{i}: {{type: ReLU, from: layer_{(i + 1) % 50}}}\n" for i in range(50))
    (found,) = checked(spec(against)).diagnostics
    assert (found.span.line, found.layer) == (54, "layer_49")


def test_far_apart_on_one_line() -> None:
    """Marks are not padded to a column that is megabytes away."""
    keys = ", ".join(f'"k{i}": 1' for i in range(20))
    text = f'{{"archspec": 1, {keys}, "doc": "{"x" * 1_000_000}", {keys}, "name": "A"}}'
    said = render(checked(text).diagnostics)
    assert len(said) < 40_000
    assert max(map(len, said.splitlines())) < 200
    assert said.count("again here") == said.count("first here") == 20


def test_layers_of_one_place_are_told_once() -> None:
    result = checked(spec('  a: {type: "python:a.b.C", output: [3, 32, 32], params: 0, repeat: 3000}\n'))
    assert result.facts is not None
    with pytest.raises(CannotGenerate) as caught:
        generate(result.facts)
    (found,) = caught.value.diagnostics
    assert found.notes == ("the same in a.1, a.2, a.3 and 2996 more",)


def test_layers_are_listed_where_there_are_few_or_no_errors() -> None:
    good = checked(spec("  a: {type: ReLU, repeat: 1500}\n"))
    assert len(report("x", None, good.facts, good.diagnostics)["layers"]) == 1500
    bad = checked(spec("  a: {type: ReLU, repeat: 1500}\n  b: {type: Linear, in_features: 3, out_features: 2}\n"))
    found = report("x", None, bad.facts, bad.diagnostics)
    assert (found["layers"], found["left_out"]["layers"]) == ([], 1501)
