"""Facts and limits of the network, of layers and of groups: in `expect` and in `budget`, exact or with bounds; what misses say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, codes, spec

from archspec.backends.table.totals import lines
from archspec.checking import Result, check
from archspec.diagnostics.model import Diagnostic
from archspec.document.claims import Budget, Claims, LayerBudget, LayerClaim
from archspec.facts import figures

LAYERS = """  stem: {layers: {conv: {type: Conv2d, out_channels: 16, kernel_size: 3, stride: 2, padding: 1}, relu: ReLU}}
  stage: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1, repeat: 3}
  flatten: Flatten
  fc: {type: Linear, out_features: 10}
"""
FIGURES = {
    "params": 351_274, "trainable_params": 351_274, "buffers": 0, "macs": 24_363_008, "flops": 48_726_016,
    "param_bytes": 1_405_096, "peak_activation_bytes": 262_144, "layer_count": 7,
}  # fmt: skip
OF_LAYERS = {
    "stem": {"params": 448, "macs": 442_368},
    "stage": {"params": 23_136, "macs": 23_592_960},
    "stage.1": {"params": 9_248, "weights": 9_216, "biases": 32, "running_params": 14_336, "macs": 9_437_184},
}


def net(claims: str) -> Result:
    return checked(spec(LAYERS, "[3, 64, 64]", claims))


def only(claims: str) -> Diagnostic:
    (found,) = net(claims).diagnostics
    return found


def test_both_keys_know_the_same_figures() -> None:
    assert list(Claims.model_fields) == list(Budget.model_fields)
    assert [key for key in LayerClaim.model_fields if key != "receptive_field"] == list(LayerBudget.model_fields)


@pytest.mark.parametrize(("owner", "code"), [("expect", "E0401"), ("budget", "E0402")])
@pytest.mark.parametrize(("key", "true"), FIGURES.items())
def test_each_figure_of_the_network_is_bounded(owner: str, code: str, key: str, true: int) -> None:
    assert net(f"{owner}: {{{key}: {{min: {true}, max: {true}}}}}\n").ok
    assert only(f"{owner}: {{{key}: {{min: {true + 1}}}}}\n").code == code
    if true:
        assert only(f"{owner}: {{{key}: {{max: {true - 1}}}}}\n").code == code


@pytest.mark.parametrize(("owner", "code"), [("expect", "E0401"), ("budget", "E0402")])
@pytest.mark.parametrize(
    ("path", "key", "true"), [(path, *one) for path, own in OF_LAYERS.items() for one in own.items()]
)
def test_each_figure_of_a_layer_or_group_is_bounded(owner: str, code: str, path: str, key: str, true: int) -> None:
    def said(bounds: str) -> str:
        return f"{owner}: {{layers: {{{path}: {{{key}: {{{bounds}}}}}}}}}\n"

    assert net(said(f"min: {true}, max: {true}")).ok
    found = only(said(f"max: {true - 1}"))
    assert (found.code, found.layer, found.span.text()) == (code, path, f"{{max: {true - 1}}}")
    assert only(said(f"min: {true + 1}")).code == code


@pytest.mark.parametrize("key", ["param_bytes", "peak_activation_bytes"])
def test_bytes_are_claimed_exactly_too(key: str) -> None:
    assert net(f"expect: {{{key}: {FIGURES[key]}}}\n").ok
    assert only(f"expect: {{{key}: 3 KiB}}\n").message.endswith(", not 3,072")


@pytest.mark.parametrize(("limit", "says"), [
    ("max: [64, 32, 32]", None), ("min: [32, 32, 32], max: [32, 32, 32]", None),
    ("max: [64, 16, 16]", "stage gives 32 × 32 × 32, and the budget is at most 64 × 16 × 16"),
    ("min: [64, 1, 1]", "stage gives 32 × 32 × 32, and the budget is at least 64 × 1 × 1"),
    ("max: [64, 64]", "stage gives 32 × 32 × 32, and the budget is at most 64 × 64"),
    ('max: ["?", 32, 32]', "the output's shape cannot be checked: ? is no size"),
])  # fmt: skip
def test_a_shape_is_bounded_axis_by_axis(limit: str, says: str | None) -> None:
    found = net(f"budget: {{layers: {{stage: {{output: {{{limit}}}}}}}}}\n").diagnostics
    assert [diagnostic.message for diagnostic in found] == ([says] if says else [])


def test_a_budget_for_each_configuration() -> None:
    text = "archspec: 1\nname: Net\nargs: {wide: false}\ninput: [8]\nlayers: {a: {type: Linear, out_features: \"${16 if wide else 8}\"}}\n"  # fmt: skip
    text += 'budget:\n- {when: "${wide}", params: {min: 144, max: 144}}\n- {when: "${not wide}", params: {max: 71}}\n- {macs: {max: 128}}\n'

    def messages(**values: Any) -> list[str]:
        return [found.message for found in check("net.yaml", text.encode(), values).diagnostics]

    assert messages() == ["the network has 72 parameters, 1 over the budget of 71"]
    assert messages(wide=True) == []


@pytest.mark.parametrize(("claim", "says", "note"), [
    ("budget: {params: {max: 300 k}}", "the network has 351,274 parameters, 51,274 over the budget of 300,000",
     "the largest parts are fc 327,690 (93.2 %), stage.1 9,248 (2.6 %), stage.2 9,248 (2.6 %), stage.0 4,640 (1.3 %), stem.conv 448 (0.1 %)"),
    ("expect: {params: {min: 1 M}}", "the network has 351,274 parameters, 648,726 fewer than the claimed 1,000,000", "the largest parts are fc 327,690 (93.2 %)"),
    ("expect: {layers: {stage: {macs: {max: 20 M}}}}", "stage has 23,592,960 MACs, 3,592,960 more than the claimed 20,000,000",
     "the largest parts are stage.1 9,437,184 (40.0 %), stage.2 9,437,184 (40.0 %), stage.0 4,718,592 (20.0 %)"),
    ("budget: {param_bytes: {max: 1 MiB}}", "the network has 1,405,096 parameter bytes (1.3 MiB), 356,520 over the budget of 1,048,576", "the largest parts are fc 1,310,760"),
    ("budget: {peak_activation_bytes: {max: 64 KiB}}", "the network has 262,144 peak activation bytes (256.0 KiB), 196,608 over the budget of 65,536",
     "at the peak, while stage.1 is computed, there are stage.0 131,072 (50.0 %), stage.1 131,072 (50.0 %)"),
    ("budget: {layers: {fc: {params: {max: 9}}}}", "fc has 327,690 parameters, 327,681 over the budget of 9", "weight 10 × 32768 = 327680, bias 10"),
])  # fmt: skip
def test_a_miss_names_the_largest_parts(claim: str, says: str, note: str) -> None:
    found = only(claim + "\n")
    assert found.message == says
    assert [text for text in found.notes if text.startswith(note)]


def test_a_budget_names_layers_that_there_are() -> None:
    found = only("budget: {layers: {flaten: {params: {max: 1}}}}\n")
    assert (found.code, found.message, found.help) == (
        "E0201",
        "budget speaks of flaten, but there is no such layer",
        "write flatten",
    )


@pytest.mark.parametrize("claims", [
    "budget: {layers: {fc: {params: 5}}}", "budget: {layers: {fc: {params: }}}", "budget: {layers: {fc: 3}}", "budget: {layers: 3}", "budget: 3",
    "budget: [3]", "budget: {output: [10]}", "budget: {params: {most: 3}}", "budget: {layers: {fc: {receptive_field: {size: 1}}}}",
    "budget: {params: {max: -1}}", "expect: {params: {max: x}}", "expect: {params: {}, macs: {least: 1}}", "budget: {when: 1, params: {max: 1}}",
    "budget: {params: {max: {max: 1}}}", "expect: {output: {max: 3}}",
])  # fmt: skip
def test_what_is_no_limit(claims: str) -> None:
    assert all(code in ("E0103", "E0105") for code in codes(spec(LAYERS, "[3, 64, 64]", claims + "\n")))
    assert codes(spec(LAYERS, "[3, 64, 64]", claims + "\n"))


SYMBOLIC = """archspec: 1
name: Net
input: [3, H, {0}]
layers: {{conv: {{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}}}}
{1}
"""


@pytest.mark.parametrize(("wide", "claims", "holds"), [
    ("H", "budget: {macs: {max: 10 M}}", "budget holds      for H from 1 to 430"),
    ("64", "budget: {macs: {min: 1 M, max: 10 M}}", "budget holds      for H from 289 to 2892"),
    ("W", "budget: {layers: {conv: {output: {max: [8, 112, 56]}}}}", "budget holds      for H from 1 to 224 with W from 1 to 112"),
    ("H", "expect: {layers: {conv: {macs: {max: 10 M}}}}", "expect holds      for H from 1 to 430"),
    ("H", "expect: {macs: {max: 10 M}}\nbudget: {macs: {min: 1 M}}", "expect and budget hold  for H from 137 to 430"),
    ("W", "budget: {macs: {max: 1 G}}", "budget holds      for H and W where 216*((H + 1)//2)*((W + 1)//2) <= 1 G"),
    ("W", "budget: {macs: {min: 1234567}, layers: {conv: {output: {max: [8, 99, 99]}}}}",
     "budget holds      for H and W from 1 to 198, where also 216*((H + 1)//2)*((W + 1)//2) >= 1,234,567"),
    ("H", "budget: {params: {max: 224}}", None), ("H", "budget: {macs: {min: 216}}", None),
])  # fmt: skip
def test_a_limit_of_a_symbolic_figure_is_a_condition(wide: str, claims: str, holds: str | None) -> None:
    result = checked(SYMBOLIC.format(wide, claims))
    assert result.ok
    assert result.facts is not None
    said = [line for line in lines(result.facts) if "hold" in line]
    assert said == ([holds] if holds else [])


@given(st.integers(0, 4_000_000), st.integers(0, 4_000_000), st.integers(1, 200))
def test_the_condition_is_the_limit_at_each_size(low: int, high: int, size: int) -> None:
    text = SYMBOLIC.format("H", f"budget: {{macs: {{min: {low}, max: {high}}}}}")
    symbolic, true = checked(text), checked(text.replace("H, H", f"{size}, {size}"))
    facts = symbolic.facts
    assert facts is not None
    solution = facts.claims_solution
    groups = solution.groups if solution is not None else []
    assert true.ok == (symbolic.ok and all(any(size in box["H"] for box in group) for group in groups))


@pytest.mark.parametrize(("claims", "says"), [
    ("budget: {macs: {max: 200}}", "the network has 216*((H + 1)//2)**2 MACs, over the budget of 200"),
    ("budget: {macs: {min: 10 M}, layers: {conv: {output: {max: [8, 9, 9]}}}}",
     "budget asks for an output of at most 8 × 9 × 9 of conv, but budget asks for at least 10,000,000 MACs of the network"),
])  # fmt: skip
def test_a_limit_that_no_size_keeps(claims: str, says: str) -> None:
    (found,) = checked(SYMBOLIC.format("H", claims)).diagnostics
    assert found.message.startswith(says)
    assert found.code == "E0402"


def test_many_missed_sums_are_not_walked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_FIGURES_WALKED", 5_000)
    layers = '{"a": {"type": "Linear", "out_features": 4, "repeat": 1000}}'
    for _ in range(25):
        layers = f'{{"g": {{"layers": {layers}}}}}'
    paths = [".".join("g" * count) for count in range(1, 26)]
    claims = "".join(f"- {{layers: {{{path}: {{params: {{max: 1}}}}}}}}\n" for path in paths * 20)
    found = checked(f"archspec: 1\nname: Net\ninput: [4]\nlayers: {layers}\nbudget:\n{claims}").diagnostics
    found = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    assert [diagnostic.code for diagnostic in found] == ["E0402"] * 500
    assert len([diagnostic for diagnostic in found if diagnostic.notes]) == 5
