"""What several outputs say of the last layers: heads that were chained by a forgotten `from`, and images that are made anew."""

from __future__ import annotations

import pytest
import torch
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


TWO = "  a: {{type: Linear, out_features: 10}}\n  soft: {}\n  end: {}\n"


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        ("{type: Softmax, dim: 1}", "LogSoftmax", "the softmax of 10 numbers between 0 and 1 gives none of them more than about 0.23"),
        ("Softmax", "Softmax", "the softmax of 10 numbers between 0 and 1 gives none of them more than about 0.23"),
        ("Sigmoid", "{type: Softmax, dim: -1}", "the softmax of 10 numbers between 0 and 1 gives none of them more than about 0.23"),
        ("Softmax", "Sigmoid", "the sigmoid of a number between 0 and 1 lies between 0.5 and 0.73"),
        ("Sigmoid", "LogSigmoid", "the sigmoid of a number between 0 and 1 lies between 0.5 and 0.73"),
    ],
)  # fmt: skip
def test_scores_that_are_squashed_twice(first: str, second: str, note: str) -> None:
    (found,) = [one for one in checked(spec(TWO.format(first, second), "[8]")).diagnostics if one.code == "W1002"]
    assert (found.layer, found.message) == ("end", "end squashes what soft has squashed")
    assert (found.notes, found.help) == ((note,), "take soft out, or end")


def test_what_a_second_softmax_leaves() -> None:
    sure = torch.zeros(10).index_fill(0, torch.tensor([3]), 1.0)
    assert torch.softmax(sure, 0).max().item() == pytest.approx(0.23, abs=0.005)
    assert 0.5 <= torch.sigmoid(sure).min().item() <= torch.sigmoid(sure).max().item() == pytest.approx(0.73, abs=0.005)


@pytest.mark.parametrize(
    ("first", "second"),
    [("LogSoftmax", "Softmax"), ("Tanh", "LogSoftmax"), ("Softmax", "Tanh"), ("ReLU", "LogSoftmax")],
)
def test_what_is_not_squashed_twice(first: str, second: str) -> None:
    assert "W1002" not in codes(spec(TWO.format(first, second), "[8]"))


def test_softmaxes_along_two_axes_of_a_map_are_meant() -> None:
    maps = "  a: {{type: Softmax, dim: 1}}\n  b: {{type: Softmax, dim: {}}}\n"
    assert codes(spec(maps.format(2), "[8, 5]")) == []
    assert codes(spec(maps.format(-2), "[8, 5]")) == ["W1002"]


def test_the_first_is_taken_out_where_the_second_then_reads_the_scores() -> None:
    text = spec(TWO.format("{type: Softmax, dim: 1}  # why", "{type: LogSoftmax, dim: 1}"), "[8]")
    after = fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
    assert after == text.replace("  soft: {type: Softmax, dim: 1}  # why\n", "  # why\n")
    named = text.replace("{type: LogSoftmax, ", "{type: LogSoftmax, from: soft, ")
    assert fix("a.yaml", named.encode(), is_unsafe=True).after.decode() == named
