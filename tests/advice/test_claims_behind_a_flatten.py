"""A Flatten that is forgotten beside another slip: what the claim says of that is told, and the claim stays."""

from __future__ import annotations

import pytest
from support import ROOT, checked, spec

from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

ALEXNET = (ROOT / "specs/alexnet.yaml").read_text("utf-8").partition("expect:")[0]
FORGOTTEN = ALEXNET.replace("  flatten: Flatten\n", "")
NET = """\
  conv1: {type: Conv2d, in_channels: 3, out_channels: 6, kernel_size: 5}
  pool: {type: MaxPool2d, kernel_size: 2, stride: 2}
  conv2: {type: Conv2d, in_channels: 6, out_channels: 16, kernel_size: 5}
  fc1: {type: Linear, in_features: 400, out_features: 120}
  fc2: {type: Linear, in_features: 120, out_features: 84}
  fc3: {type: Linear, in_features: 84, out_features: 10}
"""
SLIPS = {
    "224": (FORGOTTEN.replace("[3, 227, 227]", "[3, 224, 224]"), "9216 would be right with an input of 227 × 227"),
    "padding": (FORGOTTEN.replace("kernel_size: 5, padding: 2", "kernel_size: 5"), "9216 would be right with padding 2 in conv2"),
    "pool": (spec(NET), "a MaxPool2d with kernel_size 2 before flatten"),
    "in json": (
        '{"archspec": 1, "name": "N", "input": [3, 30, 30], "layers": {"c": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}, '
        '"fc": {"type": "Linear", "in_features": 7200, "out_features": 2}}}',
        "7200 would be right with padding 1 in c",
    ),
    "an expression": (spec(NET.replace("400", '"${16 * 5 * 5}"')), "the claim would be right with"),
}  # fmt: skip


def wrong(text: str) -> Diagnostic:
    (found,) = [problem for problem in checked(text).diagnostics if problem.severity == "error"]
    return found


@pytest.mark.parametrize("slip", SLIPS)
def test_what_else_is_forgotten_is_told_as_if_the_flatten_were_there(slip: str) -> None:
    text, said = SLIPS[slip]
    found = wrong(text)
    notes = [note for note in found.notes if note.startswith("after a Flatten, ")]
    assert len(notes) == 1
    assert said in notes[0]
    assert found.help.startswith("put a Flatten before it: ")
    assert ", only if " in found.help
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    behind = wrong(fixed.after.decode())
    assert notes[0].removeprefix("after a Flatten, ") in behind.notes


@pytest.mark.parametrize("slip", SLIPS)
def test_one_run_puts_the_flatten_in_and_leaves_the_claim(slip: str) -> None:
    text, _ = SLIPS[slip]
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert [problem.code for problem in fixed.made] == ["E0301"]
    assert "Flatten" in fixed.after.decode()
    claim = wrong(text).span.text()
    assert claim in fixed.after.decode()
    assert "run it again" in fixed.why_not_all
    again = fix("a.yaml", fixed.after, is_unsafe=True)
    assert again.result.ok
    assert fix("a.yaml", text.encode()).after == text.encode()


def test_a_claim_that_nothing_explains_goes_with_it() -> None:
    text = spec("  a: {type: Linear, in_features: 9, out_features: 2}\n", "[3, 4, 4]")
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.result.ok
    assert len(fixed.made) == 1
    assert "in_features: 48" in fixed.after.decode()
    assert fixed.why_not_all == ""


def test_a_number_that_follows_from_an_argument_goes_as_an_argument_does() -> None:
    layers = '  c: {type: Conv2d, out_channels: "${w}", kernel_size: 1}\n  a: {type: Linear, in_features: 9, out_features: 2}\n'
    found = wrong(spec(layers, "[3, 4, 4]", "args: {w: 4}\n"))
    assert found.help == "put a Flatten before it: 4 × 4 × 4 = 64; and leave in_features out: it follows from w"
    assert found.fix is not None
    assert fix("a.yaml", spec(layers, "[3, 4, 4]", "args: {w: 4}\n").encode(), is_unsafe=True).result.ok


def test_it_is_told_behind_another_problem_that_is_put_right() -> None:
    text = SLIPS["224"][0].replace("out_channels: 96", "filters: 96")
    found = next(problem for problem in checked(text).diagnostics if problem.code == "E0103")
    assert found.fix is not None
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert [problem.code for problem in fixed.made] == ["E0103", "E0301"]
    assert "in_features: 9216" in fixed.after.decode()
    behind = SLIPS["224"][0].replace("kernel_size: 11, stride: 4", "kernel_size: 11, stride: 4, in_channels: 4")
    problems = [problem for problem in checked(behind).diagnostics if problem.code == "E0301"]
    assert [problem.help.partition(":")[0] for problem in problems] == ["write in_channels", "put a Flatten before it"]


def test_expect_tells_which_change_was_meant() -> None:
    text = SLIPS["padding"][0] + "expect: {params: 62378344, layers: {pool3: {output: [256, 6, 6]}}}\n"
    found = next(problem for problem in checked(text).diagnostics if problem.code == "E0301")
    assert found.help.endswith("; then with padding 2 in conv2 9216 is right, and more of what expect says")
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.result.ok
    assert "in_features: 9216" in fixed.after.decode()


def test_a_claim_stays_behind_another_guess_of_the_same_run() -> None:
    """An input is made larger for a window; 288 may have been claimed for a usual one."""
    layers = (
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  p: {type: MaxPool2d, kernel_size: 2}\n"
        "  q: {type: MaxPool2d, kernel_size: 2}\n  f: Flatten\n"
        "  fc: {type: Linear, in_features: 288, out_features: 2}\n"
    )
    fixed = fix("a.yaml", spec(layers, "[3, 5, 5]").encode(), is_unsafe=True)
    assert [problem.code for problem in fixed.made] == ["E0303"]
    assert "in_features: 288" in fixed.after.decode()
    assert "what fc claims is left as it is" in fixed.why_not_all
