"""What all expressions of a document may compute together, and that a table which a block computes in each use is computed once."""

from __future__ import annotations

import pytest
from support import checked, codes

from archspec.document.work import MAX_STEPS
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
    block = f'blocks:\n  B:\n    args: {{s: 1}}\n    layers:\n      c: {{type: Constant, value: "{table}"}}\n      add: {{type: Sum, dim: 0, from: c}}\n'
    result = checked(HEAD + block + "layers:\n  b: {type: B, repeat: 60}\n  c: {type: B, s: 2}\n  r: {type: ReLU, from: input}\n"
                     "outputs: {a: r, b: c}\n")  # fmt: skip
    assert result.ok, [d.message for d in result.diagnostics]
    assert result.document is not None
    assert 60 * 3_600 < MAX_STEPS - result.document.work.left < 62 * 3_600 + 2 * 40_000
    values = [node.op.value for node in result.facts.graph.nodes if isinstance(node.op, Constant)]
    assert len(values) == 61
    assert values[0] == values[59] == tuple(range(3_600))
    assert values[60] == tuple(range(0, 7_200, 2))


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
