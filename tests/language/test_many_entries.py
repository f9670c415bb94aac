"""Much of one thing: what would multiply is shared, counted before it is made, or said once. One answer each, and no timing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import checked, codes, spec

from archspec.diagnostics import nearest as near_names
from archspec.diagnostics.nearest import COMPARED, LETTERS, looked_for, nearest
from archspec.document import imports
from archspec.document.tree import Scalar
from archspec.document.values import Evaluator
from archspec.expressions.environment import Environment, Nested
from archspec.expressions.work import Work
from archspec.limits import MAX_CONNECTIONS, MAX_STEPS
from archspec.source import Source, Span


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


def only(text: str) -> tuple[str, str]:
    """The code and the message of a document's one diagnostic."""
    (diagnostic,) = checked(text).diagnostics
    return diagnostic.code, diagnostic.message


def test_layers_at_the_limit_are_checked() -> None:
    assert checked(spec("  a: {type: ReLU, repeat: 100000}\n")).ok
    assert only(spec("  p: ReLU\n  a: {type: ReLU, repeat: 100000}\n")) == (
        "E0007",
        "the network would have at least 100,001 layers",
    )


MANY_TIMES = "{type: ReLU, when: false, repeat: 60000}"
LAYERS = ("E0007", "the network would have more than 100,000 layers")


@pytest.mark.parametrize("layers", [
    f"  a: {MANY_TIMES}\n  b: {MANY_TIMES}\n",
    f"  - {MANY_TIMES}\n  - {MANY_TIMES}\n",
    f"  g: {{layers: {{a: {MANY_TIMES}, g: {{layers: {{a: {MANY_TIMES}}}}}}}}}\n",
    "  a: {for: {x: [1, 2]}, type: ReLU, when: false, repeat: 60000}\n",
    f"  a: {MANY_TIMES}\n  g: {{layers: [{MANY_TIMES}]}}\n",
], ids=["mapping", "list", "groups", "rows", "group after"])  # fmt: skip
def test_what_is_left_out_counts_before_it_is_made(layers: str) -> None:
    assert only(spec(layers)) == LAYERS


def test_what_is_left_out_once_is_checked() -> None:
    assert checked(spec(f"  a: {MANY_TIMES}\n  r: {{type: ReLU, repeat: 40000}}\n")).ok


def test_a_copy_counts_what_is_left_out_of_it() -> None:
    assert only(spec(f"  g: {{layers: [{MANY_TIMES}, ReLU]}}\n  h: {{use: g}}\n")) == LAYERS


def test_a_copy_counts_the_groups_in_it() -> None:
    groups = "ReLU"
    for _ in range(20):
        groups = f"{{layers: {{g: {groups}}}}}"
    copies = "".join(f"  u{i}: {{use: g}}\n" for i in range(999))
    assert checked(spec(f"  g: {groups}\n{copies}")).ok
    message = "the network would have more than 20,000 groups and uses of blocks"
    assert only(spec(f"  g: {groups}\n{copies}  u999: {{use: g}}\n")) == ("E0007", message)


CONNECTIONS = ("E0007", f"the network would have more than {MAX_CONNECTIONS:,} connections")
THOUSAND = f"[{', '.join(['p'] * 1_000)}]"


@pytest.mark.parametrize("layers", [
    f"  p: ReLU\n  a: {{type: Add, from: {THOUSAND}, repeat: 301}}\n",
    f"  - ReLU\n  - {{type: Add, from: {THOUSAND.replace('p', '0')}, repeat: 301}}\n",
    f"  p: ReLU\n  g: {{from: p, layers: {{p: ReLU, a: {{type: Add, from: {THOUSAND}}}}}}}\n"
    + "".join(f"  u{i}: {{use: g, from: p}}\n" for i in range(301)),
], ids=["repeat", "list", "copies"])  # fmt: skip
def test_connections_are_counted_before_they_are_made(layers: str) -> None:
    assert only(spec(layers)) == CONNECTIONS


def test_many_connections_are_checked() -> None:
    assert checked(spec(f"  p: ReLU\n  a: {{type: Add, from: {THOUSAND}, repeat: 10}}\n")).ok


def test_a_long_list_of_values_is_not_shown() -> None:
    allowed = ", ".join(map(str, range(3_000)))
    text = f"archspec: 1\nname: A\ninput: [4]\nblocks: {{B: {{args: {{a: {{one_of: [{allowed}, [1, [x]]]}}}}, layers: {{r: ReLU}}}}}}\nlayers:\n"
    good = "".join(f"  b{i}: {{type: B, a: {value}}}\n" for i, value in enumerate(["2999", "0", "[1, [x]]"]))
    assert checked(text + good).ok
    code, message = only(text + "  b: {type: B, a: true}\n")
    assert code == "E0105"
    assert message == "b: a takes one of 0, 1, 2, 3, 4, 5, 6, 7 and 2,993 more, not true"


INIT = f"init: {{LSTM: {{{', '.join(f'bias_hh_l{i}: 0' for i in range(1_000))}}}}}\n"
LSTM = "type: LSTM, hidden_size: 2, batch_first: true"


def test_the_init_of_a_type_is_read_once() -> None:
    result = checked(spec("".join(f"  r{i}: {{{LSTM}}}\n" for i in range(20)), "[4, 2]", more=INIT))
    inits = [node.inits for node in result.facts.graph.layers]
    assert len(inits[0]) == 1_000
    assert all(found is inits[0] for found in inits)
    assert codes(spec(f"  r: {{{LSTM}, repeat: 2001}}\n", "[4, 2]", more=INIT)) == ["E0508"]


def test_a_mistake_in_the_init_of_a_type_is_said_once() -> None:
    layers = "".join(f"  r{i}: {{type: Linear, out_features: 8}}\n" for i in range(20))
    code, message = only(spec(layers, more="init: {Linear: {weight: nowhere}}\n"))
    assert code == "E0105"
    assert message == "init.Linear: there is no initializer called nowhere"


def test_a_thousand_wrong_names_in_the_init_of_a_type_are_one_error() -> None:
    _, message = only(spec("  r: ReLU\n", more=INIT.replace("LSTM", "ReLU")))
    assert message == "init speaks of bias_hh_l0 and 999 more, which no ReLU has"


def test_imported_files_have_one_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "archspec: 1\nname: A\ninput: [4]\nimport: [a.yaml, b.yaml, c.yaml]\nlayers: {a: ReLU}\n"
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text(f"archspec: 1\nblocks: {{B{name}: {{layers: [ReLU, ReLU]}}}}\n")
    path = str(tmp_path / "spec.yaml")
    assert checked(text, path).ok
    monkeypatch.setattr(imports, "MAX_VALUES", 3 * 11)  # each file has four keys, and seven values under them
    assert checked(text, path).ok
    monkeypatch.setattr(imports, "MAX_VALUES", 3 * 11 - 1)
    (found,) = checked(text, path).diagnostics
    assert (found.code, found.message) == ("E0007", "the files that are imported have more than 32 values together")
    assert found.span.text() == "c.yaml"
    size = (tmp_path / "a.yaml").stat().st_size
    monkeypatch.setattr(imports, "MAX_VALUES", 400_000)
    monkeypatch.setattr(imports, "MAX_SPEC_BYTES", 2 * size)
    (found,) = checked(text, path).diagnostics
    assert found.code == "E0007"
    assert found.span.text() == "c.yaml"


def test_one_wrong_name_is_compared_with_the_likeliest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    found = near_names._closest
    monkeypatch.setattr(near_names, "_closest", lambda word, names: asked.append(names) or found(word, names))
    layers = "".join(f"  block_{i}_{part}: ReLU\n" for i in range(400) for part in ("conv", "norm", "gate"))
    (diagnostic,) = checked(spec(layers + "  last: {type: ReLU, from: blok_317_norm}\n")).diagnostics
    assert diagnostic.label == "did you mean block_317_norm?"
    assert [len(names) for names in asked] == [COMPARED]


def test_long_names_cost_more_to_compare() -> None:
    names = [f"{'ab' * 30}{i:03d}" for i in range(COMPARED)]
    token = looked_for.set([0])
    try:
        assert nearest("ba" * 30 + "000", names) is not None
        assert looked_for.get() == [COMPARED + COMPARED * (63 * 63 // LETTERS)]
    finally:
        looked_for.reset(token)


def test_a_long_text_is_looked_at_once_and_never_cut() -> None:
    long = f"{'x' * 2_000}${{i}}"
    (diagnostic,) = checked(spec(f"  a: {{type: ReLU, inplace: '{long}', repeat: 50}}\n")).diagnostics
    assert diagnostic.code == "E0501"
    assert "the text has 2,004 characters; at most 1,000 are allowed beside an expression" in diagnostic.message
    node = Scalar(long, long, True, Span(Source("x", long), 1, 1, 1, 2))
    evaluator = Evaluator([], Work())
    assert evaluator.is_dynamic(node)
    object.__setattr__(node, "value", "y" * 2_000)
    assert evaluator.is_dynamic(node), "it was kept"


def test_a_long_text_without_expressions_is_read() -> None:
    assert checked(spec(f"  a: {{type: ReLU, doc: '{'x' * 5_000}'}}\n")).ok
    assert checked(spec(f"  a: {{type: ReLU, doc: '{'x' * 5_000}${{i}}', repeat: 3}}\n")).ok, "doc is text"


def test_a_name_that_is_far_too_long_is_said_once() -> None:
    result = checked(spec(f"  a: {{type: ReLU, repeat: 50, as: '{'x' * 900}${{i}}'}}\n"))
    (diagnostic,) = result.diagnostics
    assert diagnostic.code == "E0107"
    assert not diagnostic.notes, "nothing about the other 49"
    assert [node.path for node in result.facts.graph.layers[:2]] == ["a.0", "a.1"]
