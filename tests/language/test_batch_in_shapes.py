"""-1 where PyTorch's code has the batch, and a Flatten that merges the batch: what is meant is said, and tried."""

from __future__ import annotations

import pytest
from support import SPECS, checked, helps, spec

from archspec.checking import check
from archspec.fixing import fix

LINEAR = "  l: {type: Linear, out_features: 5}\n"


def test_a_view_names_the_batch() -> None:
    text = spec("  f: {type: View, shape: [-1, 48]}\n" + LINEAR, "[3, 4, 4]")
    assert helps(text) == ["write N for the batch: shape: [N, 48]"]
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert (fixed.after.decode(), fixed.result.ok) == (text.replace("[-1", "[N"), True)


def test_a_reshape_that_does_not_come_out() -> None:
    assert helps(spec("  f: {type: Reshape, shape: [-1, 7]}\n")) == [
        "where -1 is the batch, leave it out, or write Flatten"
    ]
    assert helps(spec("  f: {type: Reshape, shape: [7, -1]}\n")) == [""]


@pytest.mark.parametrize(
    ("shape", "is_told"),
    [("[-1, 48]", True), ("[-1, 3, 16]", True), ("[1, 48]", False), ("[-1, 24]", False), ("[-1]", False), ("[48, -1]", False)],
)  # fmt: skip
def test_a_reshape_with_an_axis_of_one(shape: str, is_told: bool) -> None:
    found = checked(spec(f"  f: {{type: Reshape, shape: {shape}}}\n  a: ReLU\n", "[3, 4, 4]")).diagnostics
    assert [each.code for each in found] == ["W1018"] * is_told


def test_no_network_that_is_fine_has_one() -> None:
    for path in sorted(SPECS.rglob("*.yaml")):
        assert "W1018" not in {found.code for found in check(str(path), path.read_bytes()).diagnostics}


@pytest.mark.parametrize("between", ["", "  r: ReLU\n"])
def test_a_flatten_that_merges_the_batch(between: str) -> None:
    text = spec("  f: {type: Flatten, start_dim: 0}\n" + between + LINEAR)
    assert helps(text) == ["write start_dim: 1 in f, which merges the batch into the features"]
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert (fixed.after.decode(), fixed.result.ok) == (text.replace("start_dim: 0", "start_dim: 1"), True)


@pytest.mark.parametrize("behind", [
    "  g: {type: Softmax, dim: 1}\n",
    "  g: {type: Flatten, from: input}\n  h: {type: Cat, dim: 1, from: [f, g]}\n",
    "  g: {type: Linear, out_features: 9}\n  h: {type: Flatten, start_dim: 0}\n  i: {type: Linear, out_features: 3}\n",
])  # fmt: skip
def test_whatever_reads_it_and_however_often(behind: str) -> None:
    text = spec("  f: {type: Flatten, start_dim: 0}\n" + behind)
    assert helps(text) == ["write start_dim: 1 in f, which merges the batch into the features"]
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert (fixed.after.decode(), fixed.result.ok) == (text.replace("start_dim: 0", "start_dim: 1"), True)


@pytest.mark.parametrize(("shape", "behind", "is_told"), [
    ("[-1, 256]", "{type: Linear, in_features: 256, out_features: 5}", True), ("[-1, 256]", "{type: Linear, out_features: 5}", True),
    ("[-1, 64]", "{type: Linear, out_features: 5}", False),  # a row for each channel
    ("[-1, 16]", "{type: Linear, out_features: 5}", False),  # as many as there are positions
    ("[-1, 256]", "ReLU", False), ("[4, 256]", "{type: Linear, out_features: 5}", False), ("[-1, 8, 32]", "{type: Linear, out_features: 5}", False),
])  # fmt: skip
def test_rows_that_cut_an_image_across(shape: str, behind: str, is_told: bool) -> None:
    """16 · 8 · 8 = 1024 numbers are 4 rows of 256, each of 4 channels."""
    text = spec(f"  f: {{type: Reshape, shape: {shape}}}\n  a: {behind}\n", "[16, 8, 8]")
    found = [found for found in checked(text).diagnostics if found.code == "W1018"]
    assert [one.message for one in found] == [
        "f makes 4 rows of a sample of 16 × 8 × 8: -1 stands where the batch would"
    ] * is_told
    for one in found:
        assert one.help == "write shape: [1024], or see to it that 256 numbers arrive"
        after = fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
        assert after == (text if "in_features" in behind else text.replace("[-1, 256]", "[1024]"))
