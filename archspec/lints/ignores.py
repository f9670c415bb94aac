"""Ignores taken out of a text, or written as they are read. Enters: an ignore that nothing needs, or that names nothing, and
where it stands; leaves: the edit that removes it, or what was meant."""

from __future__ import annotations

import re

from archspec.diagnostics.model import Edit
from archspec.document.choice import Rule
from archspec.document.comments import Comment
from archspec.document.edits import after, dash_before, is_flow, without_key
from archspec.document.kept import without_lines
from archspec.document.tree import Entry, Mapping, Scalar, Sequence
from archspec.source import Span

_WRITTEN = r"(?i)ignore\b[\s:=,(\[{]*(?P<codes>W\d{4}\b(?:[\s,]+W\d{4}\b)*)[\s:;,.)\]}-]*(?P<reason>.*)"


def in_brackets(comment: Comment) -> tuple[str, bool]:
    """A comment as it is read, with the codes that it has outside of brackets, and whether it has these and a reason."""
    written = re.search(_WRITTEN, comment.span.text())
    codes = re.findall(r"\w+", written["codes"].upper()) if written is not None else ["W1003"]
    reason = written["reason"].strip() if written is not None else ""
    return f"# archspec: ignore[{', '.join(codes)}] {reason}".rstrip(), bool(reason)


def without_code(comment: Comment, rule: Rule) -> Edit | None:
    """The edit that takes a code out of a comment, or the comment where it has no other."""
    span = comment.span
    line = span.source.lines[span.line - 1]
    if len(comment.rules) == 1:
        if comment.is_alone:
            return without_lines(span.source, span.line, span.line)
        start = len(span.before().rstrip()) + 1
        return Edit(Span(span.source, span.line, start, span.line, len(line) + 1), "")
    assert rule.span is not None
    if rule.span == comment.rules[0].span:
        next = comment.rules[1].span
        assert next is not None
        return Edit(Span(span.source, span.line, rule.span.column, span.line, next.column), "")
    before = max(r.span.end_column for r in comment.rules if r.span is not None and r.span.column < rule.span.column)
    return Edit(Span(span.source, span.line, before, span.line, rule.span.end_column), "")


def without_rule(root: Mapping, rule: Rule) -> Edit | None:
    """The edit that takes a code out of the document's `lint`, with the keys that hold nothing else; None where it has none.

    In braces and brackets on one line, or a line of its own.
    """
    way = _way(root, rule)
    if way is None or _has_anchors(root.entries["lint"].key_span, way[2]):
        return None
    mapping, entry, last = way
    if isinstance(entry, Scalar):  # an item of a list
        assert isinstance(mapping, Sequence)
        return _without_item(mapping, entry)
    assert isinstance(mapping, Mapping)
    if is_flow(mapping):
        return without_key(mapping, entry.key)
    return without_lines(entry.key_span.source, entry.key_span.line, last)


def _way(root: Mapping, rule: Rule) -> tuple[Mapping | Sequence, Entry | Scalar, int] | None:
    """The outermost part of the text that holds the rule and nothing else, what it stands in, and its last line."""
    lint = root.entries.get("lint")
    ignore = lint.value.entries.get("ignore") if lint is not None and isinstance(lint.value, Mapping) else None
    if lint is None or ignore is None:
        return None
    assert isinstance(lint.value, Mapping)
    steps: list[tuple[Mapping | Sequence, Entry | Scalar]] = [(root, lint), (lint.value, ignore)]
    if isinstance(ignore.value, Mapping):
        steps.append((ignore.value, ignore.value.entries[rule.code]))
    elif isinstance(ignore.value, Sequence):
        steps.append(
            (ignore.value, next(i for i in ignore.value.items if isinstance(i, Scalar) and i.span == rule.span))
        )
    else:
        return None
    last = _last_line(steps[-1][1])
    while len(steps) > 1 and _count(steps[-1][0]) == 1:
        steps.pop()
        part = steps[-1][1]
        if isinstance(part, Entry) and part.value.span.start().text()[:1] in ("{", "["):
            last = _last_line(part)
    return (*steps[-1], last)


def _last_line(part: Entry | Scalar) -> int:
    """The line on which a value in braces, brackets or a scalar ends."""
    span = part.value.span if isinstance(part, Entry) else part.span
    return span.end_line - (span.end_column == 1 and span.end_line > span.line)


def _has_anchors(first: Span, last: int) -> bool:
    """Whether values may be named there that stand elsewhere, or the other way round."""
    return any(sign in line for line in first.source.lines[first.line - 1 : last] for sign in "&*")


def _count(node: Mapping | Sequence) -> int:
    return len(node.entries) if isinstance(node, Mapping) else len(node.items)


def _without_item(whole: Sequence, item: Scalar) -> Edit | None:
    """The edit that takes an item out of a list of several."""
    index = whole.items.index(item)
    if whole.span.start().text().startswith("["):
        first, second = (whole.items[index].span, whole.items[index + 1].span) if not index else (
            whole.items[index - 1].span, item.span)  # fmt: skip
        if first.line != second.end_line:
            return None
        return Edit(after(first).to(second) if index else first.until(second), "")
    is_alone = dash_before(item.span) is not None
    return without_lines(item.span.source, item.span.line, item.span.end_line) if is_alone else None
