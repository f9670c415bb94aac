"""What is the same wherever it stands is computed once: counted in evaluations, not in time."""

from __future__ import annotations

from collections import Counter

import pytest
from support import checked

from archspec.document import validate
from archspec.facts.model import Facts
from archspec.ops.activation import ReLU
from archspec.ops.base import Inputs, Outputs
from archspec.ops.conv import Conv2d
from archspec.ops.linear import Linear

HEAD = "archspec: 1\nname: Example\ninput: [3, H, W]\nlayers:\n"
TEXTS = {
    "a plain chain": (HEAD.replace(", H, W", "") + "  r: {type: Linear, out_features: 3, repeat: 2000}\n", 2),
    "the same value": (HEAD.replace(", H, W", "") + '  r: {type: Linear, out_features: "${3 + i - i}", repeat: 2000}\n', 2),
    "names": (HEAD.replace(", H, W", "") + '  r: {type: Linear, out_features: 3, as: "l${i}", repeat: 2000}\n', 2),
    "symbols": (HEAD + '  r: {type: Conv2d, out_channels: "${3+i*0}", kernel_size: "${3+i*0}", padding: "${1+i*0}", repeat: 2000}\n', 2),
    "two in turn": (HEAD + "  r: {repeat: 1000, layers: [{type: Conv2d, out_channels: 3, kernel_size: 1}, ReLU]}\n", 4),
    "seven values": (HEAD.replace(", H, W", "") + '  r: {type: Linear, out_features: "${1 + i % 7}", repeat: 2000}\n', 9),
    "rows": (HEAD.replace(", H, W", "") + '  r: {type: Linear, for: {k: "${range(9)}"}, repeat: 200, out_features: "${k + 1}"}\n', 20),
}  # fmt: skip


def facts(text: str) -> Facts:
    result = checked(text)
    assert result.facts is not None, [d.message for d in result.diagnostics]
    return result.facts


@pytest.mark.parametrize("name", TEXTS)
def test_shapes_are_inferred_once_for_each_op_and_input(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, most = TEXTS[name]
    asked: Counter[type] = Counter()
    for op in (Linear, Conv2d, ReLU):

        def outputs(self: object, inputs: Inputs, own: object = op.outputs, op: type = op) -> Outputs:
            asked[op] += 1
            return own(self, inputs)  # type: ignore[operator]

        monkeypatch.setattr(op, "outputs", outputs)
    found = facts(text)
    assert len(found.layers) > 1_800
    assert 0 < asked.total() <= most


def test_ops_are_built_once_for_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    instance = validate.instance
    monkeypatch.setattr(validate, "instance", lambda *given: (built.append(given), instance(*given))[1])
    facts(TEXTS["seven values"][0])
    assert len(built) <= 7 + 2


def test_values_that_are_equal_but_no_same_make_ops_of_their_own() -> None:
    found = facts(HEAD + '  r: {type: LeakyReLU, negative_slope: "${[0.0, -0.0, 0, 0.0][i]}", repeat: 4}\n')
    ops = [node.op for node in found.graph.layers]
    assert [repr(op.negative_slope) for op in ops] == ["0.0", "-0.0", "0", "0.0"]  # type: ignore[union-attr]
    assert ops[0] is ops[3]
    assert checked(
        HEAD + '  r: {type: Conv2d, kernel_size: 1, out_channels: 3, bias: "${[true, 1][i]}", repeat: 2}\n'
    ).diagnostics


def test_what_is_wrong_with_values_is_said_of_all_layers_that_have_them() -> None:
    found = checked(HEAD + '  r: {type: Conv2d, out_channels: 3, kernel_size: "${0 - i % 2}", repeat: 6}\n').diagnostics
    assert [d.code for d in found] == ["E0105"]
    assert found[0].notes == ("the same in r.1, r.2, r.3 and 2 more",)


def test_layers_of_one_instance_keep_what_is_their_own() -> None:
    text = HEAD.replace(", H, W", "") + "  a: {type: Linear, out_features: 3}\n" + "".join(
        f"  {name}: {{type: Linear, out_features: 3{more}}}\n"
        for name, more in (("b", ", freeze: true"), ("c", ", tie: {weight: a.weight}"), ("d", ", mode: train, from: c"))
    ) + "  e: {use: a, from: c}\n"  # fmt: skip
    found = facts(text)
    assert [(record.params, record.trainable_params) for record in found.layers[1:]] == [
        (12, 12),
        (12, 0),
        (3, 3),
        (12, 12),
        (0, 0),
    ]
