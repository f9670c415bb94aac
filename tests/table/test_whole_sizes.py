"""Symbolic sizes, however long: whole wherever they are pasted or piped, cut on a terminal only, and no page of spaces beside them."""

from __future__ import annotations

import html

import pytest
from support import checked, spec

from archspec.backends.table.formats import find, is_raw, names, write
from archspec.backends.table.formulas import figure
from archspec.backends.table.grid import Cell, Column
from archspec.backends.table.layers import Options, grid
from archspec.backends.table.terminal import table
from archspec.backends.table.text import MAX_PADDED, lines
from archspec.facts.model import Facts

LAYERS = "".join(f"  c{i}: {{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}}\n" for i in range(7))


@pytest.fixture(scope="module")
def facts() -> Facts:
    found = checked(spec(LAYERS, "[3, H, W]")).facts
    assert found is not None
    assert len(str(found.totals.macs)) > 200
    return found


@pytest.mark.parametrize("name", names())
def test_whole_where_it_is_pasted(name: str, facts: Facts) -> None:
    size = str(facts.totals.macs if not is_raw(name) else facts.layers[1].macs)
    text = html.unescape(write(name, [grid(facts, Options())]))
    escape = getattr(find(name), "escape", str)
    shown = figure(size) if name == "latex" else escape(size)  # whose formulas are math
    assert shown is not None
    assert html.unescape(shown) in text
    assert "…" not in text


def test_whole_where_it_is_piped_and_cut_on_a_terminal(facts: Facts) -> None:
    size = str(facts.totals.macs)
    assert f"MACs              {size}\n" in table(facts, Options())
    narrow = table(facts, Options(width=250))
    assert size not in narrow
    (line,) = [line for line in narrow.splitlines() if line.startswith("MACs ")]
    assert line.endswith("…")
    assert size.startswith(line.split("  ")[-1][:-1])


def test_no_row_grows_with_another() -> None:
    text = "9" * (2 * MAX_PADDED)
    column = Column("macs", "MACs", True, 1, [Cell(1, text), Cell(1, "1")])
    after = Column("field", "field", True, 1, [Cell(1, "3"), Cell(1, "3")])
    title, rule, long, short, _ = lines([column, after], None, False)
    assert long == f"{text}      3"
    assert len(short) == len(title) == len(rule) == MAX_PADDED + 7
