"""Facts of the default values: with other arguments they are not checked, and the report says so; what holds for all values is."""

from __future__ import annotations

import pytest

import archspec
from archspec.backends.table.totals import lines
from archspec.checking import check

TEXT = """\
archspec: 1
name: Example
args: {classes: 10, width: 4}
input: [8]
layers:
  a: {type: Linear, out_features: "${width}"}
  fc: {type: Linear, out_features: "${classes}"}
expect:
  params: 86
  output: ["${classes}"]
  layers: {fc: {params: {max: 50}, output: [10]}, a: {output: ["${width}"], macs: 32}}
budget: {params: {max: 90}}
"""


def said(text: str = TEXT, **values: int) -> tuple[list[str], list[str]]:
    result = check("spec.yaml", text.encode(), values)
    assert result.facts is not None
    found = [line for line in lines(result.facts) if line.startswith("not checked")]
    return [diagnostic.code for diagnostic in result.diagnostics], found


def test_with_the_default_values_all_is_checked() -> None:
    assert said() == ([], [])
    assert said(classes=10) == ([], [])
    assert said(TEXT.replace("86", "87")) == (["E0401"], [])


def test_with_other_values_facts_of_the_defaults_are_not_checked_and_named() -> None:
    codes, found = said(classes=12)
    assert codes == ["E0402"], "a budget holds for all values"
    assert found == ["not checked       params, fc.params, fc.output and a.macs, which expect claims for classes = 10"]


@pytest.mark.parametrize("claim", ['["${classes}"]', '{min: ["${classes}"]}'])
def test_an_expression_is_checked_for_all_values(claim: str) -> None:
    text = TEXT.replace('output: ["${classes}"]', f"output: {claim}")
    assert said(text, classes=9)[0] == []
    assert said(text.replace(claim, claim.replace("classes", "classes + 1")), classes=9)[0][:1] == ["E0401"]


def test_what_is_no_claim_is_an_error_with_other_values_too() -> None:
    codes, found = said(TEXT.replace("params: 86", "params: many").replace("max: 90", "max: 900"), classes=12)
    assert codes == ["E0105"]
    assert found == ["not checked       fc.params, fc.output and a.macs, which expect claims for classes = 10"]


def test_a_layer_that_other_values_leave_out_is_not_missed() -> None:
    text = TEXT.replace("  fc:", '  extra: {type: ReLU, when: "${width == 4}"}\n  fc:').replace(
        "layers: {fc", "layers: {extra: {output: [4]}, fc"
    )
    assert said(text, width=3)[0] == []
    assert said(text)[0] == []


def test_a_published_spec_can_be_varied() -> None:
    spec = archspec.parse(TEXT.replace("max: 90", "max: 900"))
    varied = spec.with_(classes=100)
    report = archspec.analyze(varied)
    assert report.totals["params"] == 36 + 500
    assert "which expect claims for classes = 10" in str(report)
    assert report["unchecked"] == ["params", "fc.params", "fc.output", "a.macs"]
