"""A budget that stands in `archspec.toml`: whatever speaks of claims says that it is this one, and not `expect`."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.cli import main

NET = """\
archspec: 1
name: Net
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  head: {type: Conv2d, out_channels: 4, kernel_size: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose specs have 300 parameters at most; the network has 260."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "archspec.toml").write_text("budget = {params = {max = 300}}\n")
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints, in one line."""
    assert main(list(arguments)) in (0, 1)
    return " ".join(capsys.readouterr().out.split())


CLAIMS = [
    ("", "but not what archspec.toml: budget.params allows", "archspec.toml: budget.params allows"),
    ("budget: {params: {max: 270}}\n", "but not what budget allows", "budget allows"),
    ("expect: {params: 260}\n", "with other figures than expect has, but not what archspec.toml: budget.params allows",
     "expect claims and archspec.toml: budget.params allows"),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "said", "_"), CLAIMS)
def test_explain_says_what_is_missed(
    folder: Path, capsys: pytest.CaptureFixture[str], claims: str, said: str, _: str
) -> None:
    (folder / "net.yaml").write_text(NET + claims)
    assert f"fits, {said}" in printed(capsys, "explain", "net.yaml", "--with", "conv.out_channels=16")


@pytest.mark.parametrize(("claims", "_", "said"), CLAIMS)
def test_solve_says_what_is_missed(
    folder: Path, capsys: pytest.CaptureFixture[str], claims: str, _: str, said: str
) -> None:
    (folder / "net.yaml").write_text(NET + claims)
    values = "8" if claims.startswith("expect") else "1 to 8" if claims else "1 to 9"
    assert f"with all that {said}: may be {values}" in printed(
        capsys, "solve", "net.yaml", "--for", "conv.out_channels"
    )


def test_facts_of_one_value_leave_the_budget_to_be_held_against_all(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = NET.replace("input:", "args: {width: 8}\ninput:").replace("out_channels: 8", 'out_channels: "${width}"')
    (folder / "net.yaml").write_text(text + "expect: {params: 260}\n")
    said = printed(capsys, "solve", "net.yaml", "--for", "width")
    assert "what expect claims for width = 8 was not held against other values" in said
    assert "with all that archspec.toml: budget.params allows: may be 1 to 9" in said


def test_symbolic_sizes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "archspec.toml").write_text('budget = {macs = {max = "1 M"}}\n')
    (folder / "net.yaml").write_text(NET.replace("[3, 32, 32]", "[3, H, 32]"))
    assert "archspec.toml holds for H from 3 to 136" in printed(capsys, "check", "net.yaml")
    said = printed(capsys, "solve", "net.yaml")
    assert "what archspec.toml says holds for H and W ≥ 3, where also" in said
    assert "the network (archspec.toml: 248*(H - 2)*(W - 2) <= 1 M ? budget.macs)" in said
    (folder / "archspec.toml").write_text('budget = {macs = {max = "1 M", min = "2 M"}}\n')
    said = "archspec.toml: budget.macs asks for at least 2,000,000 MACs of the network, but archspec.toml: budget.macs asks for"
    assert said in printed(capsys, "check", "net.yaml")
