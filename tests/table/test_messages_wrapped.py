"""What is said of a problem goes on in the next line of a terminal; a pipe gets it in one."""

from __future__ import annotations

import os
import sys

import pytest
from support import checked, spec

from archspec.cli import main
from archspec.diagnostics.text import render, wrapped

TEXT = spec(
    "  conv: {type: Conv2d, out_channels: 64, kernel_size: 3}\n  pool: {type: MaxPool2d, kernel_size: 3, stride: 2}\n"
    "  a_long_name_of_a_layer_that_maps_features: {type: Linear, in_features: 9000, out_features: 10}\n",
    "[3, 224, 224]",
)


def said(columns: int | None) -> list[str]:
    lines = render(checked(TEXT).diagnostics, columns=columns).splitlines()
    return [line for line in lines if "|" not in line and "-->" not in line]


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_headings_notes_and_help_have_room(columns: int) -> None:
    lines = said(columns)
    assert max(map(len, lines)) <= columns
    assert max(map(len, said(None))) > 100
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(said(None)).split())


@pytest.mark.parametrize("columns", [50, 60, 80, 100])
@pytest.mark.parametrize("stride", ["0", "[0, 0]"])
def test_labels_have_room_beside_their_marks_or_below(columns: int, stride: str) -> None:
    """Of the stride, which stands at the right edge, and of the kernel, which does not."""
    layer = f"  conv: {{type: Conv2d, kernel_size: -1, out_channels: 64, padding: 1, stride: {stride}}}\n"

    def marks(columns: int | None) -> list[str]:
        lines = render(checked(spec(layer)).diagnostics, columns=columns).splitlines()
        return [line for line in lines if line.lstrip().startswith("|")]

    def words(columns: int | None) -> list[str]:
        return [word for line in marks(columns) for word in line.split() if word.strip("|^")]

    assert max(map(len, marks(None))) > 120
    assert words(columns) == words(None)
    signs = [line for line in marks(columns) if not line.strip(" |^")]
    assert max(len(line) for line in marks(columns) if line not in signs) <= columns


def test_a_word_without_room_stands_alone() -> None:
    long = "x" * 90
    assert wrapped(f": see {long} there", 80, 10, 12) == [": see", long, "there"]
    assert wrapped(f": {long}", 80, 10, 12) == [f": {long}"]


def test_the_list_of_lints_is_wrapped_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lints", "W10"]) == 0
    plain = capsys.readouterr().out
    assert all(line.startswith("W10") for line in plain.splitlines())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    assert main(["lints", "W10"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.split() == plain.split()
