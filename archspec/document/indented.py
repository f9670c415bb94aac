"""Lines of a text that is no YAML which are indented otherwise than what they belong to.

Enters: where reading stops; leaves: one diagnostic with changes.
"""

from __future__ import annotations

import re
from itertools import takewhile

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.complaint import Complaint, said
from archspec.document.tree import HasInvalid, clip, plain
from archspec.limits import MAX_COMPLAINT_LINE, MAX_INDENTED_LINES, MAX_TAB_TEXT
from archspec.source import Source, Span
from archspec.words import counted

MAX_LEFT = 100
"""Lines that one change moves to the right."""
_WIDTHS = (2, 4, 8, 3, 1)
"""Spaces that a tab may stand for, the usual ones first."""
_INDENT = re.compile(r"[ \t]*")
_WHOLE = re.compile(r" *(?:- +)?[\w.]+ *:(?: +\S.*)")


class Indented(Complaint):
    """Where lines begin."""

    def in_an_item(self) -> Diagnostic | None:
        """A key that stands in the column of the dashes, and belongs to the item above it."""
        line, number = self.line(self.place.line), self.place.line
        above = self.above(number)
        if "'-' indicator" not in self.problem or above is None or not _WHOLE.fullmatch(line):
            return None
        item, depth = self.line(above), self.indent(above)
        if item.lstrip().startswith("- "):
            depth += len(item.lstrip()) - len(item.lstrip()[2:].lstrip())
        indent = self.indent(number)
        if depth <= indent or not _WHOLE.fullmatch(item):
            return None
        first = self.span(number, indent + 1, self.end_of_word(number, indent + 1))
        lines = takewhile(lambda other: self._is_plain_at(other, indent), range(number, number + MAX_LEFT))
        edits = tuple(Edit(self.span(other, 1, 1), " " * (depth - indent)) for other in lines)
        said = f"indent it by {depth}, like line {above}"
        message = f"{clip(first.text(), 40)} stands in the column of the dashes, and is no item"
        ways = (Fix(said, edits, is_safe_alone=True),)
        return Diagnostic("E0001", message, first, label="here", help=said, ways=ways)

    def _is_plain_at(self, number: int, indent: int) -> bool:
        """Whether a line is a key and a value, without a dash, and indented by so much."""
        if number > len(self.source.lines):
            return False
        line = self.line(number)
        is_plain = _WHOLE.fullmatch(line) is not None and not line.lstrip().startswith("- ")
        return is_plain and self.indent(number) == indent

    def indentation(self) -> Diagnostic | None:
        """A line that is indented by more or less than those it belongs to, or by a tab; a dash among keys, or the reverse."""
        line, number = self.line(self.place.line), self.place.line
        lead = _INDENT.match(line)
        spaces = lead[0] if lead is not None else ""
        first = self.span(number, len(spaces) + 1, self.end_of_word(number, len(spaces) + 1))
        if "\t" in spaces:
            return Diagnostic("E0001", "a tab in the indentation", first, label="here", ways=self._tab_ways(),
                              help="indent with spaces; YAML does not take tabs")  # fmt: skip
        if "did not find expected" not in self.problem and "mapping values" not in self.problem:
            return None
        above = self.above(number)
        if above is None or "flow" in self.context:
            return None
        is_item, was_item = line.lstrip().startswith("- "), self.line(above).lstrip().startswith("- ")
        if is_item != was_item and len(spaces) == self.indent(above):
            help = "give each layer a name, or each a dash; not some of them" if number else ""
            return said("a dash among names" if is_item else "a name among dashes", first, help)
        left = self._left(above, len(spaces))
        if left is not None:
            return left
        depths = {self.indent(above): above}
        for other in range(above, max(above - 50, 0), -1):
            if self.line(other).strip():
                depths.setdefault(self.indent(other), other)
        fitting = sorted(
            (depth for depth in depths if depth != len(spaces)), key=lambda depth: abs(depth - len(spaces))
        )
        if not fitting or len(spaces) in depths:
            return None
        alike = self._alike(number, len(spaces))
        others = f", and {counted(len(alike) - 1, 'line')} below with it" if len(alike) > 1 else ""
        ways = tuple(
            Fix(
                f"indent it by {depth}, like line {depths[depth]}{others}",
                tuple(Edit(self.span(other, 1, len(spaces) + 1), " " * depth) for other in alike),
                is_safe_alone=True,
            )
            for depth in fitting[:3]
        )
        message = (
            f"{clip(first.text(), 40)} is indented by {len(spaces)}, and the line above it by {self.indent(above)}"
        )
        return Diagnostic("E0001", message, first, label="here", help=ways[0].said, ways=ways)

    def _alike(self, first: int, depth: int) -> list[int]:
        """The lines from a first one on that are indented as it is, until one stands further left; deeper ones stay."""
        found = [first]
        for number in range(first + 1, min(first + MAX_INDENTED_LINES, len(self.source.lines)) + 1):
            text = self.line(number).strip()
            indent = self.indent(number)
            if text and not text.startswith("#") and indent < depth:
                break
            if text and indent == depth:
                found.append(number)
        return found

    def _left(self, last: int, depth: int) -> Diagnostic | None:
        """Lines that stand further left than those above and below them, which are indented by `depth`; `last` is their last."""
        indent, first = self.indent(last), last
        while (before := self.above(first)) is not None and self.indent(before) == indent:
            first = before
        if indent >= depth or before is None or self.indent(before) < depth or not _WHOLE.fullmatch(self.line(last)):
            return None
        lines = [number for number in range(first, last + 1) if self.line(number).strip()]
        if len(lines) > MAX_LEFT:
            return None
        word = self.span(first, indent + 1, self.end_of_word(first, indent + 1))
        help = f"indent it by {depth}, like line {self.place.line}"
        edits = [Edit(self.span(number, 1, 1), " " * (depth - indent)) for number in lines]
        message = f"{clip(word.text(), 40)} stands further left than the lines above and below it"
        return said(message, word, help, *edits)

    def _tab_ways(self) -> tuple[Fix, ...]:
        """So many spaces for each tab, for all widths that are usual and read as something else. Safe where only one is read."""
        text = self.source.text
        if len(text) > MAX_TAB_TEXT or not any(line[:1] == " " and line.strip() for line in self.source.lines):
            return (Fix("indent with spaces; YAML does not take tabs", tuple(self._without_tabs(2)), is_safe=True),)
        read: dict[str, Fix] = {}
        flawed: dict[str, Fix] = {}
        for width in (*_WIDTHS, 0):
            edits = tuple(self._without_tabs(width))
            if not width and not all(edit.replacement for edit in edits):
                continue  # the indentation of some lines is tabs alone
            how = f"indent with spaces, {width} for each tab" if width else "leave the tab out, beside the spaces"
            said = f"{how}; YAML does not take tabs"
            tree, is_flawed = _tree(apply(self.source, edits))
            if tree:
                (flawed if is_flawed else read).setdefault(tree, Fix(said, edits, is_safe_alone=True))
        read = read or flawed
        if not read:  # something else is wrong as well, and nothing says how much a tab is
            return (Fix("indent with spaces; YAML does not take tabs", tuple(self._without_tabs(2))),)
        return tuple(way._replace(is_safe=len(read) == 1) for way in read.values())

    def _without_tabs(self, width: int) -> list[Edit]:
        """So many spaces for each tab at the beginning of lines, from here on; where one is, the others are meant alike."""
        edits = []
        for number in range(self.place.line, min(len(self.source.lines), self.place.line + MAX_INDENTED_LINES) + 1):
            found = _INDENT.match(self.line(number))
            if found is not None and "\t" in found[0]:
                edits.append(Edit(self.span(number, 1, found.end() + 1), found[0].replace("\t", " " * width)))
        return edits


def odd_spaces(source: Source, line: int) -> Diagnostic:
    """E0001 for an indentation by spaces that YAML reads as letters: those that do not break, from a page or a chat."""
    edits = []
    for number, text in enumerate(source.lines[line - 1 : line - 1 + MAX_INDENTED_LINES], line):
        lead = text[: len(text) - len(text.lstrip())][:MAX_COMPLAINT_LINE]
        if not lead.isascii():
            edits.append(Edit(Span(source, number, 1, number, len(lead) + 1), " " * len(lead)))
    message = "spaces that do not break in the indentation, which YAML reads as letters"
    return said(message, edits[0].span, "indent with plain spaces", *edits, is_safe=True)


def _tree(text: str) -> tuple[str, bool]:
    """What a text says, so that two can be compared, and whether something in it is wrong; nothing where it is no YAML."""
    from archspec.document.reader import Unreadable, read

    try:
        root, problems = read(Source("", text))
        return repr(plain(root)), bool(problems)
    except (Unreadable, HasInvalid):
        return "", True
