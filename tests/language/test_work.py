"""What all expressions of a document may compute together, and that a table which a block computes in each use is computed once."""

from __future__ import annotations

import pytest
from support import checked, codes

from archspec.expressions import work
from archspec.expressions.work import COMPUTED, MADE, NAMED
from archspec.limits import MAX_STEPS
from archspec.ops.value import Constant

HEAD = "archspec: 1\nname: Example\ninput: [8]\n"
TABLE = "${[a * b for a in range(90) for b in range(100)]}"
DOUBLED = "".join(f'  a{i}: "${{[a{i - 1}, a{i - 1}]}}"\n' for i in range(1, 40))
TEN_THOUSAND = str(list(range(10_000)))


@pytest.mark.parametrize("text", [
    HEAD + "layers:\n" + "".join(f'  a{i}: {{type: ReLU, when: "${{len({TABLE[2:-1]}) > {i}}}"}}\n' for i in range(200)),
    HEAD + f'layers:\n  a: {{repeat: 9999, as: "a${{i}}", layers: {{r: {{type: ReLU, when: "${{sum({TABLE[2:-1]}) > i}}"}}}}}}\n',
    HEAD + f'layers:\n  a: {{repeat: 9999, as: "a${{i}}", layers: {{c: {{type: Constant, value: "{TABLE}"}}, r: ReLU}}}}\n',
    HEAD + "blocks: {B: {layers: {r: ReLU}}}\nlayers:\n" + "".join(
        f"  a{i}: {{type: \"${{'B' if len({TABLE[2:-1]}) > {i} else 'ReLU'}}\"}}\n" for i in range(200)),
    HEAD + f"let:\n  a0: [1, 2]\n{DOUBLED}layers: {{r: ReLU}}\n",
    HEAD + f"layers:\n  a: {{repeat: 9999, layers: [{{type: Constant, value: {TEN_THOUSAND}, doc: \"${{i}}\", dtype: \"${{'int64'}}\"}}, ReLU]}}\n",
    HEAD + f"blocks:\n  B: {{args: {{x: list}}, layers: {{r: ReLU}}}}\nlayers:\n  a: {{type: B, repeat: 9999, x: {TEN_THOUSAND}}}\n",
], ids=["layers", "repeat", "lists", "types", "doubling", "long lists", "arguments"])  # fmt: skip
def test_a_document_that_computes_too_much_gives_one_error(text: str) -> None:
    assert codes(text) == ["E0508"]


def test_a_table_is_computed_once_for_the_same_values() -> None:
    table = (
        "${[s * (a * 60 + b) for a in range(60) for b in range(60)]}"  # 30,000 steps, of which 3,600 in a second use
    )
    block = f'blocks:\n  B:\n    args: {{s: 1, k: 0}}\n    layers:\n      c: {{type: Constant, value: "{table}"}}\n      add: {{type: Sum, dim: 0, from: c}}\n'
    result = checked(HEAD + block + "layers:\n  b: {type: B, k: \"${i}\", repeat: 60}\n  c: {type: B, s: 2}\n  r: {type: ReLU, from: input}\n"
                     "outputs: {a: r, b: c}\n")  # fmt: skip
    assert result.ok, [d.message for d in result.diagnostics]
    assert result.document is not None
    assert 60 * 3_600 < MAX_STEPS - result.document.work.left < 62 * 3_600 + 2 * 40_000
    values = [node.op.value for node in result.facts.graph.nodes if isinstance(node.op, Constant)]
    assert len(values) == 61
    assert values[0] == values[59] == tuple(range(3_600))
    assert values[60] == tuple(range(0, 7_200, 2))


def test_a_use_that_is_like_another_computes_nothing() -> None:
    block = (
        'blocks:\n  B:\n    args: {s: 1}\n    layers:\n      c: {type: Constant, value: "${[s * a for a in range(3600)]}"}\n'
        "      add: {type: Add, from: [input, c]}\n"
    )

    def steps(repeat: int) -> int:
        result = checked(HEAD.replace("[8]", "[3600]") + block + f"layers:\n  b: {{type: B, repeat: {repeat}}}\n")
        assert result.ok, [d.message for d in result.diagnostics]
        assert result.document is not None
        return MAX_STEPS - result.document.work.left

    assert steps(60) < steps(1) + 60 * NAMED


def test_one_is_not_true_in_a_table() -> None:
    block = (
        "blocks:\n  B:\n    args: {v: {one_of: [1, true]}}\n    layers:\n"
        '      c: {type: Constant, value: "${[1 if v == true else 0 for a in range(2)]}"}\n'
    )
    result = checked(HEAD + block + "layers:\n  a: {type: B, v: 1}\n  b: {type: B, v: true}\n  r: {type: ReLU, from: input}\n"
                     "outputs: {a: a, b: b, c: r}\n")  # fmt: skip
    assert result.ok, [d.message for d in result.diagnostics]
    values = [node.op.value for node in result.facts.graph.nodes if isinstance(node.op, Constant)]
    assert values == [(0, 0), (1, 1)]


@pytest.mark.parametrize(("layer", "steps"), [
    ('{type: Linear, out_features: "${3 + i % 7}", repeat: 1000}', 1_000 * (COMPUTED + 5) + 7 * MADE),
    ('{type: Linear, out_features: "${3 + i - i}", repeat: 1000}', 1_000 * (COMPUTED + 5) + MADE),
    ('{type: Linear, out_features: "${3 + i}", repeat: 1000}', 1_000 * (COMPUTED + 3 + MADE)),
    ('{type: Linear, out_features: 3, as: "l${i}", repeat: 1000}', 1_000 * (NAMED + 1) + COMPUTED + MADE),
    ("{type: Linear, out_features: 3, repeat: 1000}", 0),
], ids=["seven values", "one value", "all different", "names", "nothing"])  # fmt: skip
def test_layers_count_for_what_they_take(layer: str, steps: int) -> None:
    result = checked(f"{HEAD}layers: {{r: {layer}}}\n")
    assert result.ok, [d.message for d in result.diagnostics]
    assert result.document is not None
    assert MAX_STEPS - result.document.work.left == steps + 1  # the number of the repeat


def test_ten_thousand_layers_that_all_differ_are_within_the_bound() -> None:
    assert 10_000 * (COMPUTED + MADE + NAMED + 20) <= MAX_STEPS


@pytest.mark.parametrize("keys", [
    'out_features: "${3 + i - i}", repeat: 999',
    'out_features: "${[i, 3][1]}", repeat: 999',
    'for: {k: "${range(99)}"}, repeat: 9, out_features: "${k + i + 1}"',
], ids=["one value", "lists", "rows"])  # fmt: skip
def test_computed_layers_beyond_the_bound_are_refused_where_they_stand(
    keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MAX_STEPS", 20_000)
    result = checked(f"{HEAD}layers: {{r: {{type: Linear, {keys}}}}}\n")
    (found,) = result.diagnostics
    assert (found.code, found.span.line) == ("E0508", 4)
