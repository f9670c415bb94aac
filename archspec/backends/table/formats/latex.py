"""Tables for papers: LaTeX with booktabs. Enters: grids; leaves: a `tabular` each, in which nothing but the table is a command.

Any engine reads it: letters with accents stand as they are (UTF-8 is LaTeX's own since 2018), and those that pdfLaTeX has no font
for by itself are written as their code points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.backends.table import formulas
from archspec.backends.table.grid import Cell, Grid
from archspec.diagnostics.text import escape as without_controls
from archspec.dims import Dim

ENDING = "tex"
_WRITTEN = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"{\char34}", "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
    "[": "{[}", "]": "{]}", "*": "{*}",  # after \\ and \midrule they would be arguments
    "×": r"$\times$", "·": r"$\cdot$", "≥": r"$\geq$", "≤": r"$\leq$", "−": r"$-$", "–": r"\textendash{}", "…": r"\ldots{}",
}  # fmt: skip

_SHAPES = ("input", "output")
"""Columns of sizes, in which a formula is one."""
_FIRST, _LAST = "À", "ž"
"""Letters of Latin-1 and Latin Extended-A, which LaTeX reads as they are; it has them all but those below."""
_WITHOUT_FONT = frozenset("ÐðÞþĐđŊŋĄąĘęĮįŲųĦħĸĿŀŉŦŧ")
"""What its default font lacks (OT1; the first 16 are in T1)."""

_LIGATURES = re.compile(r"([-,])(?=\1)")
"""What would become one letter: a dash, a quotation mark."""


def write(grids: Sequence[Grid]) -> str:
    """A `tabular` each, with its caption as a row across."""
    return "% needs \\usepackage{booktabs}\n" + "\n".join(_table(grid) for grid in grids)


def _table(grid: Grid) -> str:
    across = len(grid.columns)
    keys = [column.key for column in grid.columns]
    rows = [_row(list(map(_cell, cells, keys))) for cells in zip(*(c.cells for c in grid.columns), strict=True)]
    lines = [rf"\begin{{tabular}}{{{''.join('r' if column.right else 'l' for column in grid.columns)}}}", r"\toprule"]
    if grid.caption:
        lines += [rf"\multicolumn{{{across}}}{{l}}{{\textbf{{{escape(grid.caption)}}}}} \\", r"\midrule"]
    lines += [_row([escape(column.title) for column in grid.columns]), r"\midrule", *rows]
    if grid.total is not None:
        lines += [r"\midrule", _row([_cell(cell) for cell in grid.total])]
    if grid.notes:
        lines.append(r"\midrule")
        lines += [rf"\multicolumn{{{across}}}{{l}}{{{_note(note)}}} \\" for note in grid.notes]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _row(cells: list[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _cell(cell: Cell, key: str = "") -> str:
    """A cell of the column called `key`; symbolic sizes are math, and what is further in by spaces stays so."""
    if isinstance(cell.raw, Dim) and (shown := formulas.figure(cell.text)):
        return shown
    if key in _SHAPES and (shown := formulas.shape(cell.text)):
        return shown
    text = cell.text.lstrip(" ")
    return r"\quad{}" * ((len(cell.text) - len(text)) // 2) + escape(text)


def _note(note: str) -> str:
    return "".join(part if is_math else escape(part) for part, is_math in formulas.note(note))


def escape(text: str) -> str:
    """A text that LaTeX sets as it is."""
    return _LIGATURES.sub(r"\1{}", "".join(_escape(character) for character in without_controls(text)))


def _escape(character: str) -> str:
    found = _WRITTEN.get(character)
    if found is not None:
        return found
    is_letter = _FIRST <= character <= _LAST and character.isalpha() and character not in _WITHOUT_FONT
    return character if character.isascii() or is_letter else f"U+{ord(character):04X}"
