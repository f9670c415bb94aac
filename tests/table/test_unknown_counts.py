"""How many layers there are: a number where all are written out, and `?` where an error hides how many something is."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table

BLOCKS = 'blocks:\n  B:\n    args: {wide: true}\n    layers: {a: ReLU, b: {type: Tanh, when: "${wide}"}}\n'


@pytest.mark.parametrize(
    ("layers", "shown"),
    [
        ("  r: {repeat: 3, type: ReLU}\n  b: B\n", "5"),
        ("  c: {type: Conv2d, kernel_size: 3}\n  b: B\n", "3"),
        ("  r: {repeat: many, type: ReLU}\n", "?"),
        ('  r: {repeat: "${depth}", type: ReLU}\n', "?"),
        ("  r: {for: {k: 3}, type: ReLU}\n", "?"),
        ("  r: {for: [1, 2], type: ReLU}\n", "?"),
        ("  r: {for: {k: [1, 2], l: [1]}, type: ReLU}\n", "?"),
        ("  a: {type: ReLU, when: maybe}\n", "?"),
        ('  b: {type: B, wide: "${width}"}\n', "?"),
        ("  b: Bb\n", "?"),
    ],
)
def test_layers(layers: str, shown: str) -> None:
    result = checked(spec(layers, more=BLOCKS))
    assert result.facts is not None
    assert f"layers            {shown}\n" in table(result.facts, Options())
    found = report("spec.yaml", None, result.facts, result.diagnostics)
    assert found["totals"]["layers"] == (int(shown) if shown != "?" else None)


def test_what_has_no_parameters_is_not_trainable_or_frozen() -> None:
    layers = "  a: {type: Linear, out_features: 3}\n  b: Tanh\n  c: {use: a}\n  d: {type: Linear, out_features: 3, freeze: true}\n"
    result = checked(spec(layers, "[3]"))
    assert result.facts is not None
    found = report("spec.yaml", None, result.facts, result.diagnostics)
    assert [layer["trainable"] for layer in found["layers"]] == [True, None, None, False]
