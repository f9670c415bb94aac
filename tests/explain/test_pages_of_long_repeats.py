"""Pages of networks that are too deep to be listed, held against those of networks that are written out."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from archspec.backends.table.grid import Grid
from archspec.checking import Result, check
from archspec.cli import main
from archspec.document.choice import Choice, Rule
from archspec.explain.depth import depth_page
from archspec.explain.network import share_page
from archspec.explain.page import Section
from archspec.facts.seen import NotFollowed, View, seen_by
from archspec.facts.standing import by_path, number_of
from archspec.graph import Node
from archspec.settings import Settings
from tests.generated.long_repeats import network
from tests.language.test_long_repeats import MILLION

EACH = 30
NO_WARNINGS = Settings(command=Choice(ignore=(Rule("ALL"),)))


def page(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> str:
    assert main(["explain", str(path), *arguments]) == 0, arguments
    return capsys.readouterr().out


@pytest.fixture
def million(tmp_path: Path) -> Path:
    path = tmp_path / "deep.yaml"
    path.write_text(MILLION)
    return path


def test_a_network_too_deep_to_be_listed_has_a_page(million: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = page(capsys, million)
    assert "body.2…999999.conv: Conv2d" in said
    assert "999,998·584 = 583,998,832" in said
    assert "584,000,000 + 90 = 584,000,090" in said
    assert "3,000,003" in said
    assert "body.999999.conv" in said


def test_a_step_has_the_page_that_it_has_in_a_short_network(
    million: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = page(capsys, million, "body.500000.conv")
    assert "reads body.499999.add (8 × 32 × 32)" in said
    assert "read by body.500000.relu" in said
    assert "999,999" not in said, "what is asked about stands for itself alone"
    assert "= 1000001 + (3 − 1)·1" in said
    assert "reads body.999999.add" in page(capsys, million, "pool")
    assert "as its input" in page(capsys, million, "--why", "body.500000.relu.output")
    assert "it reads body.499999.add" in page(capsys, million, "--why", "body.500000.conv.in_channels")
    group = page(capsys, million, "body.500000")
    assert "body.500000: Step" in group
    assert "of body.499999.add" in group
    whole = page(capsys, million, "body")
    assert "3,000,000" in whole
    assert "Step × 999,998" in whole
    assert "used 999,999 more times" in page(capsys, million, "Step")
    for wrong in ("body.1000000", "body.500000.cnov", "body.-1", "body.01"):
        assert main(["explain", str(million), wrong]) == 2
        assert "there is no layer called" in capsys.readouterr().err


def test_shares_count_all_steps(
    million: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    params = page(capsys, million, "--why", "params")
    assert "584,000,090 parameters" in params
    assert "999,998·(3·3·8·8 + 8)" in params
    assert "583,998,832" in params
    assert "589,824,000,080 MACs" in page(capsys, million, "--why", "macs")
    assert "the most at once are 96.0 KiB" in page(capsys, million, "--why", "memory")
    depth = page(capsys, million, "--why", "depth")
    assert "is 3,000,003 layers deep" in depth
    assert "of 1,000,001" in depth


def test_a_change_is_tried(million: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = page(capsys, million, "--with", "body.500000.conv.kernel_size=5", "--with", "body.500000.conv.padding=2")
    assert "parameters: 584,000,090 → 1,608,000,090" in said
    assert "fits" in said
    fewer = page(capsys, million, "--with", "count=5")
    assert "none" not in fewer
    assert "layers: 3,000,003 → 18" in fewer
    assert "parameters: 584,000,090 → 3,010" in fewer


def test_what_a_unit_sees_is_followed_through_all_steps(million: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 to 31" in page(capsys, million, "body.500000.conv", "--unit", "3,3")
    said = page(capsys, million, "body.4.conv", "--unit", "16,16")
    assert "11 to 21" in said


def _pair(seed: int) -> tuple[Result, Result] | None:
    text = json.dumps(network(Random(seed))).encode()
    full, folded = (check("long.json", text, settings=NO_WARNINGS, fold_from=fold) for fold in (None, 3))
    is_pair = full.ok and folded.graph is not None and folded.facts is not None and folded.graph.folds
    return (full, folded) if is_pair and full.facts is not None and not full.facts.symbols else None


def _view(result: Result, path: str, unit: tuple[int, ...]) -> dict[str, object] | str:
    assert result.facts is not None
    node: Node = next(node for node in result.facts.graph.nodes if node.path == path)
    try:
        view: View = seen_by(result.facts, node, unit)
    except NotFollowed as error:
        return str(error).partition(" ")[0]
    return {
        "at most": bool(view.at_most),
        **{result.facts.graph.nodes[at].path: boxes for at, boxes in view.of.items()},
    }


@pytest.mark.parametrize("seed", range(4))
def test_units_and_depths_are_those_of_what_is_written_out(seed: int) -> None:
    compared = 0
    for number in range(EACH):
        pair = _pair(1_000 * seed + number)
        if pair is None:
            continue
        full, folded = pair
        assert full.facts is not None
        assert folded.facts is not None
        ours, theirs = depth_page(folded), depth_page(full)
        assert ours.title == theirs.title
        assert [part for part in ours.parts if isinstance(part, Section)] == [
            p for p in theirs.parts if isinstance(p, Section)
        ]
        for node in folded.graph.layers if folded.graph is not None else ():
            output = folded.facts.of(node).output
            if node.index in folded.facts.graph.times or output is None or output.rank != 4:
                continue
            unit = tuple(size // 2 for size in output.shape[2:] if isinstance(size, int))
            assert _view(folded, node.path, unit) == _view(full, node.path, unit), (number, node.path)
            compared += 1
    assert compared > EACH


DEAD_END = """archspec: 1
name: Deep
args: {count: 1000000}
input: [8, 32, 32]
blocks:
  Step:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      side: {type: Conv2d, from: conv, out_channels: 8, kernel_size: 3, padding: 1}
      more: {type: Conv2d, from: side, out_channels: 8, kernel_size: 3, padding: 1}
      relu: {type: ReLU, from: conv}
layers:
  body: {type: Step, repeat: "${count}"}
"""


def test_a_chain_may_end_within_the_last_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing reads its end, which is no way to a next step: it is on the chain once."""
    path = tmp_path / "deep.yaml"
    path.write_text(DEAD_END)
    for number in (4, 70):
        assert f"is {2 * number + 1} layers deep" in page(capsys, path, "--why", "depth", "--set", f"count={number}")
    said = page(capsys, path, "--why", "depth")
    assert "is 2,000,001 layers deep" in said
    assert [row.split()[:3] for row in said.splitlines()[-4:]] == [
        ["…", "999,997", "more"],
        ["body.2…999999.conv", "Conv2d", "589,822,820,352"],
        ["body.999999.side", "Conv2d", "589,824"],
        ["body.999999.more", "Conv2d", "589,824"],
    ]


def test_several_changes_are_of_several_steps(million: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = page(
        capsys, million, "--with", "body.500000.conv.bias=false", "--with", "body.700000.conv.bias=false",
    )  # fmt: skip
    assert "parameters: 584,000,090 → " in said


@pytest.mark.parametrize("seed", range(2))
def test_shares_are_those_of_what_is_written_out(seed: int) -> None:
    compared = 0
    for number in range(EACH):
        pair = _pair(10_000 + 1_000 * seed + number)
        if pair is None:
            continue
        full, folded = (result.graph for result in pair)
        assert full is not None
        assert folded is not None
        find = by_path(folded)
        for node in full.nodes:
            standing = find(node.path)
            assert standing is not None
            assert standing.type == node.type, (number, node.path)
        assert sum(number_of(folded, node) for node in folded.layers) == len(full.layers)
        for key in ("params", "macs", "activation_bytes"):
            theirs, ours = (_sum(result, key) for result in pair)
            assert ours == theirs, (number, key)
            compared += 1
    assert compared > EACH


def _sum(result: Result, key: str) -> int:
    """Of the column of figures."""
    (grid,) = (part for part in share_page(result, key, is_whole=True).parts if isinstance(part, Grid))
    return sum(cell.raw for cell in grid.columns[2].cells if isinstance(cell.raw, int))
