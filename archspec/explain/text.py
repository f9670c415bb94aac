"""A page for a terminal or a file. Enters: a page; leaves: lines of at most a width; nothing acts on a terminal."""

from __future__ import annotations

from itertools import zip_longest

from archspec.backends.table.grid import Grid
from archspec.backends.table.text import clip
from archspec.diagnostics.text import escape
from archspec.diagnostics.text import width as columns_of
from archspec.explain.page import Line, Page, Section

MAX_TEXT = 600
"""The letters of one line's text: a symbolic size may be long."""
WIDTH = 80
"""The columns of a page that no terminal gives a width."""
LAST = 28
"""The columns that the last cell of a row takes beside the others, or else beneath them."""
LEAST = 20
"""The columns that a cell before it keeps."""
NAME = 12
"""The columns that names of lines take at least."""


def write(page: Page, width: int = 80, color: bool = False) -> str:
    """The page as text."""
    found = [_bold(line, color) for line in fold(page.title, width)]
    for about in page.about:
        found += fold(about, width, "  ")
    for part in page.parts:
        if isinstance(part, Grid):
            found += ["", *_grid(part, width, color)]
        else:
            found += ["", *_section(part, width, color, page.is_brief)]
    if page.notes:
        found += ["", *(line for note in page.notes for line in fold(note, width))]
    return "\n".join(found) + "\n"


def _bold(line: str, color: bool) -> str:
    return f"\x1b[1m{line}\x1b[0m" if color else line


def _section(section: Section, width: int, color: bool, is_brief: bool) -> list[str]:
    if is_brief and len(section.lines) == 1:
        line = section.lines[0]
        return _line(line._replace(name=section.title), width, is_brief, 0, "", color)
    found = [_bold(line, color) for line in fold(section.title, width)]
    room = max([NAME, *(min(len(line.name), 24) for line in section.lines)])
    for line in section.lines:
        found += _line(line, width, is_brief, room, "  ", False)
    return found


def _line(line: Line, width: int, is_brief: bool, room: int, indent: str, color: bool) -> list[str]:
    """`name  formula = numbers = figure; note`, in one line where there is room, else a line each."""
    name = escape(line.name)
    head = f"{indent}{name}{' ' * (room - columns_of(name))}  " if room else f"{name}  "
    figure = clip(line.shown, MAX_TEXT) + (f"; {escape(line.note)}" if line.note and line.shown else escape(line.note))
    steps = [] if is_brief and line.filled else [line.text]
    steps += [] if line.same else [line.filled if line.is_computed else ""]
    if line.same:
        figure, steps = f"{figure}, as {escape(line.same)}", []
    parts = [*(clip(step, MAX_TEXT) for step in steps if step), figure]
    whole = head + " = ".join(parts)
    if columns_of(whole) <= width:
        return [whole.rstrip()]
    blank = " " * min(columns_of(head), 24)
    lines = [head + parts[0], *(f"{blank}= {part}" for part in parts[1:])]
    return [piece for one in lines for piece in fold(one, width, "", blank + "  ")]


def _grid(grid: Grid, width: int, color: bool) -> list[str]:
    """A table whose last column goes on in further lines, and before it columns as wide as they are; where the last would have
    little room, the widest of them goes on too."""
    found = [_bold(line, color) for line in fold(grid.caption, width)] if grid.caption else []
    cells = [[clip(cell.text, MAX_TEXT) if i < len(grid.columns) - 1 else escape(cell.text) for cell in column.cells]
             for i, column in enumerate(grid.columns)]  # fmt: skip
    widths = [max([columns_of(escape(column.title)), *map(columns_of, own)])
              for column, own in zip(grid.columns, cells, strict=True)]  # fmt: skip
    last = len(grid.columns) - 1
    is_folded = not grid.columns[last].right
    rows = [[escape(column.title) for column in grid.columns], *map(list, zip(*cells, strict=True))]
    narrow = _narrowed(grid, widths, width) if is_folded else widths
    for row in rows:
        if narrow != widths:
            found += _block(row, narrow, [column.right for column in grid.columns], width)
            continue
        padded = [
            _pad(text, widths[i], grid.columns[i].right) for i, text in enumerate(row) if i < last or not is_folded
        ]
        line = "  " + "  ".join(padded)
        if is_folded:
            found += _folded(line, row[last], width)
        else:
            found.append(line.rstrip())
    for note in grid.notes:
        found += fold(note, width, "  ")
    return found


def _narrowed(grid: Grid, widths: list[int], width: int) -> list[int]:
    """The widths, of which the largest of a column of text gives room to the last one; as they are where that is not enough."""
    room = min(widths[-1], LAST)
    lacking = 2 * len(widths) + sum(widths[:-1]) + room - width
    texts = [i for i, column in enumerate(grid.columns[:-1]) if not column.right]
    if lacking <= 0 or not texts:
        return widths
    widest = max(texts, key=lambda i: widths[i])
    if widths[widest] - lacking < LEAST:
        return widths
    return [each - lacking if i == widest else each for i, each in enumerate(widths)]


def _block(row: list[str], widths: list[int], rights: list[bool], width: int) -> list[str]:
    """One row in as many lines as its longest cell needs."""
    rooms = [*widths[:-1], width - 2 * len(widths) - sum(widths[:-1])]
    parts = [fold(text, room) for text, room in zip(row, rooms, strict=True)]
    lines = zip_longest(*parts, fillvalue="")
    padded = ([_pad(*cell) for cell in zip(line, rooms, rights, strict=True)] for line in lines)
    return [f"  {'  '.join(cells)}".rstrip() for cells in padded]


def _folded(line: str, last: str, width: int) -> list[str]:
    """The last cell beside the others, or beneath them where there is little room."""
    start = columns_of(line) + 2
    if not last or start + columns_of(last) <= width:
        return [f"{line}  {last}".rstrip()]
    if width - start >= LAST:
        return fold(last, width, f"{line}  ", " " * start)
    return [line.rstrip(), *fold(last, width, "      ")]


def _pad(text: str, width: int, right: bool) -> str:
    blank = " " * (width - columns_of(text))
    return blank + text if right else text + blank


def fold(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """A text in lines of a width, parted between words, and within one that is longer than a line."""
    from textwrap import wrap

    rest = first if rest is None else rest
    clean = escape(text)
    if columns_of(first + clean) <= width:
        return [(first + clean).rstrip()]
    # wrap() loses blanks in front: what stands there is the first line's indent.
    lead = clean[: len(clean) - len(clean.lstrip())]
    return [line.rstrip() for line in wrap(clean.lstrip(), max(width, 20), initial_indent=first + lead, subsequent_indent=rest,
                                          break_on_hyphens=False)]  # fmt: skip
