"""A page as plain data, for programs. Enters: a page; leaves: what JSON has; a figure that is not known is None, never 0."""

from __future__ import annotations

from typing import Any

from archspec.backends.table.grid import Grid
from archspec.dims import Dim
from archspec.explain.page import Line, Page, Section

SCHEMA = "archspec.explain/1"


def write(page: Page, path: str) -> dict[str, Any]:
    """The page; sections have lines, tables have rows."""
    return {
        "schema": SCHEMA, "spec": path, "title": page.title, "about": page.about,
        "parts": [_section(part) if isinstance(part, Section) else _grid(part) for part in page.parts], "notes": page.notes,
    }  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    return {"title": section.title, "lines": [_line(line) for line in section.lines]}


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name, "value": plain(line.value), "formula": line.text or line.filled or None, "filled": line.filled or None,
        "shown": line.shown, "note": line.note or None,
    }  # fmt: skip


def plain(value: object) -> object:
    """A size, a shape, or None."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Dim) else value


def _grid(grid: Grid) -> dict[str, Any]:
    titles = [column.title for column in grid.columns]
    rows = zip(*(column.cells for column in grid.columns), strict=True)
    return {
        "title": grid.caption, "notes": list(grid.notes),
        "rows": [{title: plain(cell.raw) for title, cell in zip(titles, row, strict=True)} for row in rows],
    }  # fmt: skip
