"""What a module spells out has a bound, counted before it is written; what is written once for many layers is not in it."""

from __future__ import annotations

import subprocess

import pytest
from support import checked
from torch import nn

from archspec.backends.torch import CannotGenerate, generate, plan
from archspec.running.build import build

HEAD = "archspec: 1\nname: Net\ninput: [10, 16]\nlayers:\n"
ATTENTION = "{type: MultiheadAttention, num_heads: 4, batch_first: true"
TEXTS = {
    "layers in a repeat": (HEAD + f"  r: {ATTENTION}, repeat: 20}}\n", 20 * 20 + 20),
    "layers by name": (HEAD + "".join(f"  a{i}: {ATTENTION}}}\n" for i in range(20)), 20 * 20),
    "a chain": (HEAD + "".join(f"  a{i}: {{type: Linear, out_features: {i + 3}}}\n" for i in range(20)), 20 * 20),
    "in a list": (HEAD + '  - {type: Linear, for: {k: "${range(20)}"}, out_features: "${k * k + 1}"}\n', 20 * 10),
    "a constant": (HEAD + "  c: {type: Constant, value: [" + ", ".join("0123456789" * 10) + "]}\n  r: {type: ReLU, from: input}\n"
                   "outputs: {a: c, b: r}\n", 100 + 2 * 20),
    "names": (HEAD + "  r: {type: Linear, out_features: 16, freeze: [bias], init: {weight: '${i / 100}'}, repeat: 20}\n", 20 * 2 + 20 + 10),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_at_the_bound_and_one_above(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, parts = TEXTS[name]
    facts = checked(text).facts
    assert facts is not None
    monkeypatch.setattr(plan, "MAX_MODULE_PARTS", parts)
    assert generate(facts).text
    monkeypatch.setattr(plan, "MAX_MODULE_PARTS", parts - 1)
    with pytest.raises(CannotGenerate) as refused:
        generate(facts)
    (found,) = refused.value.diagnostics
    assert (found.code, found.message) == ("E0007", f"the module would spell out more than {parts - 1} parts")
    assert found.layer is not None


def test_long_lists_take_few_lines() -> None:
    """Formatters are told to leave them so, and the numbers are the same."""
    rows = [[i + j / 64 for j in range(64)] for i in range(8)]
    text = f"{HEAD}  c: {{type: Buffer, value: {rows}}}\n  r: {{type: ReLU, from: input}}\noutputs: {{a: c, b: r}}\n"
    facts = checked(text).facts
    assert facts is not None
    made = generate(facts)
    assert len(made.text.splitlines()) < 8 * 64 / 3
    assert made.text.count("# fmt: skip") == 1
    ruff = ["ruff", "format", "--isolated", "--no-cache", "--diff", "-"]
    assert subprocess.run(ruff, input=made.text, text=True, capture_output=True, check=False).returncode == 0
    assert build(made.text, "Net").state_dict()["c"].tolist() == rows


def test_a_repeat_that_is_written_once_has_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MAX_MODULE_PARTS", 30)
    facts = checked(HEAD + "  r: {type: Linear, out_features: 16, repeat: 5000}\n").facts
    assert facts is not None
    assert "for _ in range(5000)" in generate(facts).text


def test_ten_thousand_layers_are_within_the_bound() -> None:
    assert 10_000 * 2 * plan.LAYER <= plan.MAX_MODULE_PARTS


@pytest.mark.parametrize(("dilation", "repeat", "element"), [
    ("2 ** i", 3, "G(2 ** (i % 3), **kwargs) for i in range(6)"), ("n - i", 3, "G(3 - i % 3, **kwargs) for i in range(6)"),
    ("[1, 2, 5][i]", 3, "G((1, 2, 5)[i % 3], **kwargs) for i in range(6)"), ("1 + i", '"${s + 1}"', None), ("1 + i + 3 * s", 3, "G(1 + i, **kwargs) for i in range(6)"),
    ("1 + i % 2", 2, "G(1 + i % 2 % 2, **kwargs) for i in range(4)"),
])  # fmt: skip
def test_a_repeat_counts_anew_in_each_turn_of_a_for(dilation: str, repeat: object, element: str | None) -> None:
    """What the spec calls `i` is not the place in the comprehension: the module's layers have the spec's arguments."""
    facts = checked(
        "archspec: 1\nname: Net\ninput: [8, 64]\nblocks:\n  G:\n    args: {d: int}\n    layers:\n"
        '      conv: {type: Conv1d, out_channels: 8, kernel_size: 3, dilation: "${d}", padding: "${d}"}\n      relu: ReLU\n'
        f'layers:\n  body: {{type: G, for: {{s: [0, 1]}}, repeat: {repeat}, d: "${{{dilation}}}"}}\n'
    ).facts
    assert facts is not None
    module = generate(facts)
    assert element is None or element in module.text
    made = [layer.dilation for layer in build(module.text, "Net").modules() if isinstance(layer, nn.Conv1d)]
    assert made == [
        node.op.axes("dilation") for node in facts.graph.layers if node.op is not None and node.type == "Conv1d"
    ]
