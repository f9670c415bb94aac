"""What `expect` says of other sizes than those that are set is not checked; what it says of none is missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archspec.api import load
from archspec.checking import check
from archspec.cli import main

# conv gives (S − 3) // 2 + 1 positions along each axis: 111 for an S of 223 and 224; its MACs are 8·3·9 for each, fc's are 80.
NET = """\
archspec: 1
name: Net
input: [3, S, S]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}
  pool: {type: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {type: Linear, out_features: 10}
expect:
  CLAIM
"""
OUTPUT, MACS = "layers: {conv: {output: [8, 111, 111]}}", f"macs: {216 * 111**2 + 80}"


@pytest.mark.parametrize(
    ("claim", "key", "of"),
    [
        (OUTPUT, "conv.output", "S from 223 to 224"),
        (MACS, "macs", "S from 223 to 224"),
        ("layers: {conv: {receptive_field: {size: 3}, macs: {max: 3 M}}}", "conv.macs", "S from 3 to 236"),
    ],
)
def test_a_number_of_another_size(
    claim: str, key: str, of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NET.replace("CLAIM", claim))
    assert main(["check", str(path), "--set", "S=256"]) == 0
    assert f"not checked       {key}, which expect claims for {of}" in capsys.readouterr().out
    assert main(["check", str(path), "--set", "S=256", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["unchecked"] == [key]
    assert main(["check", str(path), "--set", "S=223", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchecked"] == []
    assert load(path).with_(S=300).ok


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("params: 315", "the network has 314 parameters, not 315"),  # whatever S is
        (MACS.replace("416", "417"), "the network has 3,483,944 MACs, not 2,661,417"),  # of no S
        ("output: [11]", "the network gives 10, not 11"),
    ],
)
def test_what_no_size_gives_is_missed(claim: str, said: str) -> None:
    found = check("n.yaml", NET.replace("CLAIM", claim).encode(), {"S": 256})
    assert [one.message for one in found.missed] == [said]


def test_budgets_are_of_every_size() -> None:
    text = NET.replace("expect:\n  CLAIM", "budget: {macs: {max: 3 M}}")
    assert [found.code for found in check("n.yaml", text.encode(), {"S": 256}).missed] == ["E0402"]


def test_where_the_size_is_not_known_what_was_set_is_said_first() -> None:
    """RMSNorm takes numbers alone, so that nothing is known without them; the claim is not written anew for this size."""
    text = NET.replace("  pool:", "  norm: RMSNorm\n  pool:").replace("CLAIM", OUTPUT)
    (found,) = check("n.yaml", text.encode(), {"S": 256}).missed
    assert found.help == (
        "expect may be of another size: S = 256 is set; if it is of this one, change the layer, or write output: [8, 127, 127]"
    )
    assert found.fix is None
    assert not check("n.yaml", text.encode(), {"S": 224}).missed
