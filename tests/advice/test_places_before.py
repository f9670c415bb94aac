"""Where `--fix` says that its problems were: in the file as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import spec

from archspec.cli import main
from archspec.diagnostics.edits import apply, offset_before, shifts
from archspec.diagnostics.model import Edit
from archspec.fixing import fix
from archspec.source import Source, Span

TEXT = spec(
    "  a: {type: nn.Conv2d, filters: 8, kernelSize: '3'}\n  fc: {type: Dense, units: 10}\n  r: {type: ReLU, from: fcc}\n"
)


def test_places_are_those_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, "utf-8")
    main(["check", "--fix", "--unsafe-fixes", "--quiet", str(path)])
    lines = [line.split() for line in capsys.readouterr().err.splitlines() if line.startswith("  ")]
    assert len(lines) >= 4
    words = {
        "E0103": ("filters", "kernelSize", "units"),
        "E0104": ("nn.Conv2d", "Dense"),
        "E0105": ("'3'",),
        "E0201": ("fcc",),
    }
    for place, code, *_ in lines:
        line, column = map(int, place.split(":"))
        assert TEXT.split("\n")[line - 1][column - 1 :].startswith(words.get(code, ("fc", "Dense")))


def test_what_came_with_a_fix_has_no_place() -> None:
    layers = "  a: {type: Conv2d, out_channels: 8, kernel_size: 3, activation: relu, bias: no}\n  b: Tanh\n"
    fixed = fix("a.yaml", spec(layers).encode(), is_unsafe=True)
    assert len(fixed.places) == len(fixed.made) >= 2
    lines = spec(layers).split("\n")
    assert all(place is None or lines[place[0] - 1][place[1] - 1 :] for place in fixed.places)


@given(
    st.text("ab\n", min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.text("XY\n", max_size=4)), max_size=4),
)
def test_a_letter_that_stays_is_found_where_it_was(text: str, parts: list[tuple[int, int, str]]) -> None:
    source, edits, at = Source("a", text), list[Edit](), 0
    for start, length, put in parts:
        first = at + start
        if first + length > len(text):
            break
        edits.append(Edit(Span(source, *source.place(first), *source.place(first + length)), put))
        at = first + length + 1
    after, made = apply(source, edits), shifts(source, edits)
    found = [offset_before(made, offset) for offset, letter in enumerate(after) if letter in "ab"]
    kept = [i for i, letter in enumerate(text) if letter in "ab" and not any(s <= i < e for s, e, _ in made)]
    assert found == kept
