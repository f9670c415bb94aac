"""What several outputs say of the last layers: heads that were chained by a forgotten `from`, and images that are made anew."""

from __future__ import annotations

import pytest
from support import checked, codes, spec

from archspec.fixing import fix

HEADS = """archspec: 1
name: Heads
input: [12]
layers:
  enc: {type: Linear, out_features: 8}
  relu: ReLU
  mu: {type: Linear, out_features: 4}
  logvar: {type: Linear, out_features: 4}
outputs: {mu: mu, logvar: logvar}
"""


def test_two_heads_of_which_the_second_reads_the_first() -> None:
    (found,) = checked(HEADS).diagnostics
    assert (found.code, found.layer, found.message) == ("W1011", "logvar", "logvar reads mu, and both are returned")
    after = fix("a.yaml", HEADS.encode(), is_unsafe=True).after.decode()
    assert after == HEADS.replace("logvar: {type: Linear, ", "logvar: {type: Linear, from: relu, ")
    assert codes(after) == []


@pytest.mark.parametrize(
    "text",
    [
        HEADS.replace("logvar: {type", "logvar: {from: mu, type"),
        HEADS.replace("4}\n  logvar: {type: Linear, out_features: 4", "6}\n  logvar: {type: Linear, out_features: 4"),
        HEADS.replace("  logvar:", "  tanh: Tanh\n  logvar:"),
    ],
    ids=["said", "features and scores", "something between"],
)
def test_heads_that_are_meant(text: str) -> None:
    assert codes(text) == []


END = "  a: {{type: Linear, out_features: 5}}\n  r: ReLU\n  b: {{type: Linear, out_features: {}}}\n  end: {}\n"


@pytest.mark.parametrize(
    ("count", "end", "found"),
    [(12, "Sigmoid", []), (10, "Sigmoid", ["W1002"]), (12, "{type: Softmax, dim: 1}", ["W1002"])],
)
def test_what_makes_its_input_anew_is_no_classifier(count: int, end: str, found: list[str]) -> None:
    assert codes(spec(END.format(count, end), "[12]")) == found


def test_a_sigmoid_beside_other_outputs() -> None:
    text = spec(END.format(10, "Sigmoid"), "[12]")
    assert codes(text + "outputs: {end: end, code: b}\n") == []
    assert codes(text + "outputs: {end: end}\n") == ["W1002"]
