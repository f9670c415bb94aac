"""A page for Markdown: headings, tables, lines as lists. Enters: a page; leaves: a text in which names are no markup."""

from __future__ import annotations

from archspec.backends.table.formats.markdown import escape
from archspec.backends.table.formats.markdown import write as write_tables
from archspec.backends.table.grid import Cell, Column, Grid
from archspec.explain.page import Line, Page, Section


def write(page: Page) -> str:
    """The page as Markdown."""
    parts = [f"# {escape(page.title)}\n", *(f"{escape(about)}\n" for about in page.about)]
    for part in page.parts:
        if isinstance(part, Section):
            parts.append(f"## {escape(part.title)}\n\n{write_tables([_table(part)])}")
        else:
            heading = f"## {escape(part.caption)}\n\n" if part.caption else ""
            parts.append(heading + write_tables([part._replace(caption="")]))
    return "\n".join([*parts, *(f"{escape(note)}\n" for note in page.notes)])


def _table(section: Section) -> Grid:
    """Lines as rows: what it is, how it comes about, the figure."""
    rows = [(line.name, _how(line), line.shown, line.note) for line in section.lines]
    titles = ("", "how", "figure", "")
    kept = [i for i in range(4) if i in (0, 2) or any(row[i] for row in rows)]
    return Grid([Column("", titles[i], i == 2, 9, [Cell(None, row[i]) for row in rows]) for i in kept])


def _how(line: Line) -> str:
    return " = ".join(part for part in (line.text, line.filled if line.is_computed else "") if part)
