"""What is computed in training only is not computed in evaluation, however deep it is marked."""

from dataclasses import replace

import pytest
import torch
from support import checked, spec

from archspec.api import build
from archspec.backends.torch import generate
from archspec.running.verify import verify
from archspec.verification.generated import compare_values

BLOCK = (
    "blocks: {B: {inputs: [a, b], layers: {add: {type: Add, from: [a, b]}, lin: {type: Linear, out_features: 4}}}}\n"
)
OUTPUTS = "outputs: {main: main, aux: aux}\n"
CASES = [
    "{type: Linear, out_features: 3, mode: train, repeat: 1}",
    "{type: Linear, out_features: 4, mode: train, repeat: 3}",
    "{type: B, from: [main, input], mode: train, repeat: 2}",
    "{type: B, from: [main, input], mode: train}",
    "{mode: train, layers: {a: {type: Linear, out_features: 4, mode: train}, b: {type: Tanh, mode: train}}}",
    "{mode: train, layers: {a: {type: Linear, out_features: 4}, b: {layers: [{type: Tanh, mode: train}], mode: train}}}",
    "{mode: train, layers: [{type: Linear, out_features: 4, mode: train, repeat: 2}]}",
    "{mode: train, layers: {a: Tanh, b: {type: Linear, mode: train, out_features: 4}}, outputs: {output: b}}",
]


@pytest.mark.parametrize("aux", CASES)
def test_it_is_left_out_of_evaluation(aux: str) -> None:
    result = checked(spec(f"  main: {{type: Linear, out_features: 4}}\n  aux: {aux}\n", "[4]", OUTPUTS + BLOCK))
    assert result.ok
    assert result.facts is not None
    generated = generate(result.facts)
    assert verify(result.facts, generated) == []
    values = compare_values(result.facts, generated)
    assert (values.differences, values.why_not) == ((), "")
    model = build(result)
    called: list[str] = []
    for name, module in model.named_modules():
        if name.startswith("aux"):
            module.register_forward_hook(lambda *_, name=name: called.append(name))
    assert isinstance(model.eval()(torch.zeros(2, 4)), torch.Tensor)
    assert called == []
    assert len(model.train()(torch.zeros(2, 4))) == 2
    assert called


@pytest.mark.parametrize("aux", CASES[1:5:3])
def test_verify_sees_what_is_computed_for_nothing(aux: str) -> None:
    result = checked(spec(f"  main: {{type: Linear, out_features: 4}}\n  aux: {aux}\n", "[4]", OUTPUTS))
    assert result.facts is not None
    generated = generate(result.facts)
    lines = generated.text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.strip() == "if self.training:")
    lines[first] = lines[first].replace("self.training", "1 < 2")
    broken = replace(generated, text="\n".join(lines) + "\n")
    assert any("in training only" in said for said in compare_values(result.facts, broken).differences)


@pytest.mark.parametrize("layer", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("around", ["{type: %s, hidden_size: 3}", "{layers: {inner: {type: %s, hidden_size: 3}}}",
                                    "{type: %s, hidden_size: 3, num_layers: 2, bidirectional: true}"])  # fmt: skip
def test_what_nobody_reads_is_seen_to_be_computed(around: str, layer: str) -> None:
    result = checked(spec(f"  a: {around % layer}\n  b: {{type: Tanh, from: input}}\n", "[6, 4]"))
    assert result.facts is not None
    generated = generate(result.facts)
    assert verify(result.facts, generated) == []
    assert compare_values(result.facts, generated).differences == ()
