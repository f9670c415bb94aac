"""Keys without a value in braces, where YAML reads another thing than is meant: `{type:Conv2d}`, `{kernel_size: 3, 3}`.

Enters: such a key and what stands before it; leaves: what is meant, and one diagnostic. Imported only for such keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.sizes import number_in, sizes_in
from archspec.document.tree import Entry, Invalid, Node, Scalar, clip, show
from archspec.source import Span

_JOINED = re.compile(r"(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s:/].*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w.]{0,200}|[0-9]{1,9}")
_REST = re.compile(r"-?[0-9]{1,9}\)?")
_BEGIN = re.compile(r"\(?-?[0-9]{1,9}")
MAX_SIZES = 16
"""Numbers that are taken for one list."""
MAX_NAMES = 64
"""Names that are."""


def is_alone(key: Scalar) -> bool:
    """Whether a key is written without a colon after it, which only braces allow."""
    line = key.span.source.lines[key.span.end_line - 1]
    return not key.quoted and line[key.span.end_column - 1 :].lstrip()[:1] in ("", ",", "}", "#")


def split(key: Scalar) -> tuple[Scalar, str, Span, Diagnostic] | None:
    """The key and the value of `{type:Conv2d}`, which YAML reads as a key of that name, and what is said of it."""
    found = _JOINED.fullmatch(key.text[:1_000])
    span = key.span
    if found is None or span.line != span.end_line or span.text() != key.text:
        return None
    name, value = found["key"], found["value"]
    middle = span.column + len(name)
    first = Span(span.source, span.line, span.column, span.line, middle)
    rest = Span(span.source, span.line, middle + 1, span.line, span.end_column)
    said = f"write {clip(name, 40)}: {clip(value, 40)}"
    place = Span(span.source, span.line, middle, span.line, middle + 1)
    told = Diagnostic(
        "E0103", f"no space after the colon, so that {clip(key.text)} is one word, and a key", span,
        label="a space is missing after the colon", help=said, ways=(Fix(said, (Edit(place, ": "),), is_safe=True),),
    )  # fmt: skip
    return Scalar(name, name, False, first), value, rest, told


def continued(entries: dict[str, Entry], key: Scalar) -> Diagnostic | None:
    """What is said of a number after a value, as in `{kernel_size: 3, 3}`, where both are parts of one list, or of a name, as in
    `{from: a, b}`.
    """
    if not entries:
        return None
    last = next(reversed(entries.values()))
    if last.key == "from":
        return _names_continued(last, key)
    if _REST.fullmatch(key.text) is None:
        return None
    begun, end = last.value, key.span
    if not isinstance(begun, Invalid) and (
        not isinstance(begun, Scalar) or _BEGIN.fullmatch(begun.span.text()) is None
    ):
        return None
    span = Span(end.source, begun.span.line, begun.span.column, end.end_line, end.end_column)
    sizes = sizes_in(span.text()) if span.line == span.end_line else ()
    if not 1 < len(sizes) <= MAX_SIZES:
        return None
    ways = tuple(_ways(clip(last.key, 40), span, sizes))
    return Diagnostic(
        "E0105", f"a comma ends the value of {clip(last.key)}, so that {key.text} is a key", span, label="cut at the comma",
        help="a list stands in brackets" if len(ways) == 1 else "a list stands in brackets, and a number has no commas",
        ways=ways,
    )  # fmt: skip


def _names_continued(last: Entry, key: Scalar) -> Diagnostic | None:
    """The same of `{from: a, b}`."""
    begun, end = last.value, key.span
    is_name = isinstance(begun, Invalid) or (isinstance(begun, Scalar) and _NAME.fullmatch(begun.text) is not None)
    span = Span(end.source, begun.span.line, begun.span.column, end.end_line, end.end_column)
    names = [name.strip() for name in span.text().strip("()").split(",")]
    if not is_name or span.line != span.end_line or len(names) > MAX_NAMES or not all(map(_NAME.fullmatch, names)):
        return None
    written = f"[{', '.join(names)}]"
    said = f"write from: {clip(written)}"
    return Diagnostic(
        "E0105", f"a comma ends the value of from, so that {clip(key.text)} is a key", span, label="cut at the comma",
        help="names of several layers stand in brackets", ways=(Fix(said, (Edit(span, written),), is_safe=True),),
    )  # fmt: skip


def list_in_braces(entries: dict[str, Entry], span: Span) -> Diagnostic | None:
    """What is said of `{3, 32, 32}`, which YAML reads as keys without values."""
    sizes = sizes_in(span.text()) if span.line == span.end_line else ()
    if not 0 < len(sizes) <= MAX_SIZES or any(not _is_nothing(entry.value) for entry in entries.values()):
        return None
    written = [*map(show, sizes if len(sizes) == 1 else ()), show(sizes)]
    ways = tuple(Fix(f"write {value}", (Edit(span, value),), is_safe=True) for value in written)
    return Diagnostic(
        "E0105", f"braces make a mapping of keys, and {clip(span.text(), 40)} is a list", span, label="brackets expected",
        help="a list stands in brackets", ways=ways,
    )  # fmt: skip


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None and not node.text


def _ways(key: str, span: Span, sizes: tuple[int | str, ...]) -> Iterator[Fix]:
    """The list that was meant, or the one number, where its digits are grouped or its point is a comma."""
    number = number_in(span.text())
    numbers = [show(number)] if number is not None else []
    for written, is_safe in [(show(sizes), not numbers), *((number, True) for number in numbers)]:
        yield Fix(f"write {key}: {written}", (Edit(span, written),), is_safe)
