"""A checkpoint beside a spec, for people and for programs. Enters: a match; leaves: text of a given width, or plain data.

The text shows what does not load, and all of it only where that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archspec.backends.table.grid import Cell, Column
from archspec.backends.table.text import MAX_NAME, clip, lines
from archspec.diagnostics.text import MAX_SHOWN, escape
from archspec.dims import Shape
from archspec.ops.base import show_shape
from archspec.weights import recipe
from archspec.weights.expected import Expected
from archspec.weights.match import Match, Row, Status
from archspec.weights.model import Stored
from archspec.words import counted

SCHEMA = "archspec.weights/1"
_COUNTED: dict[Status, str] = {
    "begins": "begin at 0", "missing": "missing in the file", "unexpected": "unexpected",
    "shape": "of another shape", "dtype": "of another kind",
    "unknown": "of python: layers, not compared", "twin": "by another name too",
}  # fmt: skip


def table(match: Match, *, name: str, width: int | None = None, color: bool = False, has_all: bool = False) -> str:
    """What does not load (`has_all`: every key), then what it comes to. `name` is the network's."""
    rows = [row for row in match.rows if has_all or row.status not in ("loads", "twin", "begins")]
    shown = rows if has_all or len(rows) <= MAX_SHOWN else _telling(rows)[:MAX_SHOWN]
    said = lines(_columns(shown), width, color) if shown else []
    if len(rows) > len(shown):
        said.append(f"… and {len(rows) - len(shown)} more; --all shows them")
    said += [f"help: {escape(hint)}" for hint in match.hints]
    said += [
        f"help: {clip(row.key, MAX_NAME)}: did you mean {clip(row.meant, MAX_NAME)}?"
        for row in shown
        if row.meant is not None
    ]
    said += [*_partly(match), *_file(match), _summary(match, name)]
    return "\n".join(said) + "\n"


def _telling(rows: list[Row]) -> list[Row]:
    """What says most first: what is there and does not fit, then keys that look renamed, each below the one it is, the rest."""
    misfits = [row for row in rows if row.status in ("shape", "dtype")]
    own = {row.key: row for row in rows}
    pairs = [one for row in rows if row.meant is not None for one in (own[row.meant], row)]
    first = {row.key for row in (*misfits, *pairs)}
    return [*misfits, *pairs, *(row for row in rows if row.key not in first)]


def _columns(rows: list[Row]) -> list[Column]:
    columns = [
        _column("key", 9, (row.key for row in rows)),
        _column("status", 8, (row.status for row in rows)),
        _column("in the spec", 7, (_tensor(row.expected, row) for row in rows)),
        _column("in the file", 6, (_tensor(row.stored, row) for row in rows)),
        _column("layer", 5, (_place(row) for row in rows)),
    ]
    if any(row.note for row in rows):
        columns.append(_column("note", 4, (row.note for row in rows)))
    return columns


def _column(title: str, keep: int, texts: Iterable[str]) -> Column:
    return Column(title, title, False, keep, [Cell(text, clip(text, MAX_NAME)) for text in texts])


def _tensor(tensor: Expected | Stored | None, row: Row) -> str:
    """The shape, with the dtype where that is what differs."""
    if tensor is None:
        return ""
    return f"{show_shape(tensor.shape)}{f' {tensor.dtype}' if row.status == 'dtype' else ''}"


def _place(row: Row) -> str:
    if row.expected is None:
        return ""
    span = row.expected.node.place.name
    return f"{span.source.path}:{span.line}"


def _partly(match: Match) -> list[str]:
    """How the others are loaded where some have another shape."""
    if not match.count("shape") or not match.count("loads"):
        return []
    file = match.checkpoint
    lines = recipe.lines(file.path, file.within, file.stripped)
    return [f"help: {recipe.RAISES}", *(f"  {escape(line)}" for line in lines)]


def _file(match: Match) -> list[str]:
    """Where in the file the tensors were found, and what else is there."""
    checkpoint = match.checkpoint
    said = []
    if checkpoint.within:
        said.append(f"its tensors stand under {escape(' / '.join(checkpoint.within))}")
    others = [model for model in checkpoint.models if model != ".".join(checkpoint.within)]
    if others:
        more = ", …" if len(others) > 5 else ""
        listed = f"{', '.join(map(clip, others[:5]))}{more}"
        said.append(f"the file has {counted(len(others), 'other model')} ({listed}): --key {clip(others[0])}")
    if checkpoint.others:
        more = ", …" if len(checkpoint.others) > 5 else ""
        said.append(f"no tensors, and left aside: {', '.join(map(clip, checkpoint.others[:5]))}{more}")
    if checkpoint.stripped:
        said.append(f"keys are compared without {clip(checkpoint.stripped)}")
    return said


def _summary(match: Match, name: str) -> str:
    loads = match.count("loads")
    wanted = sum(row.expected is not None for row in match.rows)
    if wanted == 1:
        said = "the only tensor loads" if loads else "the only tensor does not load"
    else:
        said = f"all {wanted} tensors load" if loads == wanted else f"{loads} of {wanted} tensors load"
    rest = [f"{count} {word}" for status, word in _COUNTED.items() if (count := match.count(status))]
    return f"{escape(match.checkpoint.path)} into {escape(name)}: {said}{'; ' if rest else ''}{', '.join(rest)}"


# For programs ------------------------------------------------------------------------------------------------------


def report(match: Match, *, name: str, path: str) -> dict[str, Any]:
    """The report `archspec.weights/1`: every key with its status, as plain data."""
    checkpoint = match.checkpoint
    return {
        "schema": SCHEMA,
        "spec": {"name": name, "path": path},
        "file": {
            "path": checkpoint.path,
            "within": list(checkpoint.within),
            "others": list(checkpoint.others),
            "stripped": checkpoint.stripped,
        },
        "ok": match.ok,
        "counts": {status: match.count(status) for status in ("loads", *_COUNTED)},
        "hints": match.hints,
        "tensors": [_record(row) for row in match.rows],
    }


def _record(row: Row) -> dict[str, Any]:
    place = row.expected.node.place.name if row.expected is not None else None
    return {
        "key": row.key,
        "status": row.status,
        "spec": _data(row.expected.shape, row.expected.dtype) if row.expected is not None else None,
        "file": _data(row.stored.shape, row.stored.dtype) if row.stored is not None else None,
        "layer": row.expected.node.path if row.expected is not None else None,
        "path": place.source.path if place is not None else None,
        "line": place.line if place is not None else None,
        "note": row.note or None,
        "meant": row.meant,
        "axes": row.axes or None,
    }


def _data(shape: Shape, dtype: str) -> dict[str, Any]:
    return {"shape": [size if isinstance(size, int) else str(size) for size in shape], "dtype": dtype}
