"""What is wrong where a text is no YAML: the line that is, which is often not the one where reading stops, and what to write.

Enters: libyaml's complaint and its two marks; leaves: one E0001. Imported only for such texts.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.braces import AS_KEYS, CALL
from archspec.document.other_comments import HELP, comment_in, comments_in_json
from archspec.document.tree import HasInvalid, clip, plain
from archspec.source import Source, Span
from archspec.words import counted

MAX_LINE = 1_000
MAX_INDENTED = 10_000
"""Lines among which one change puts the indentation right."""
MAX_CALL = 200
"""Lines that one call takes."""
MAX_LEFT = 100
"""Lines that one change moves to the right."""
MAX_REREAD = 100_000
"""Characters of a text that is read once for each width of a tab."""
_WIDTHS = (2, 4, 8, 3, 1)
"""Spaces that a tab may stand for, the usual ones first."""
_PLAIN = r"[^\s,{}\[\]\"#]"
_SEVERAL = re.compile(
    rf"[{{,] *(?:(?:doc|title|authors|name): +|[\w.]+: +(?={_PLAIN}+ +{_PLAIN}))(?P<value>{_PLAIN}(?:{_PLAIN}| )*) +$"
)
"""A key in braces and what stands behind it: several words, or words for people."""
_FLOW_TEXT = re.compile(r"[^,{}\[\]#]*")
_INDENT = re.compile(r"[ \t]*")
_KEY = re.compile(r"(?P<before> *(?:- +)?)(?P<key>[\w.]+)(?P<between>:| *= *| +)(?P<value>\S.*)")
_OPEN = re.compile(r"(?P<before> *(?:- +)?)(?P<key>[\w.]+)(?P<between> *)(?P<value>[\[{].*)")
_HAS_KEY = re.compile(r":(?:\s|$)")
_ALONE = re.compile(r" *(?:- +)?(?P<key>[A-Za-z_][\w.]*) *")
_VALUE = re.compile(r" *(?:- +)?[\w.]+: +(?P<value>[^\s\"'].*?)\s*")
_WORD = re.compile(r'(?P<word>"[^"]*"|[\w.]+) *')
_CLOSED = ("]", "}", '"', "'")
"""What a value ends with behind which nothing else may stand."""
_WHOLE = re.compile(r" *(?:- +)?[\w.]+ *:(?: +\S.*)")
_UNJOINED = re.compile(r"[{,] *(?P<key>[A-Za-z_][\w.]*) +$")
"""A key in braces before what is no text, without a colon."""
_UNQUOTED = re.compile(r"[\[{:,] *(?P<all>\$\{[^{}\"']{1,200}\}(?: *[-+*/%]+ *[\w.]{1,40}){0,4})(?= *[,}\]])")
_WITH_COMMA = re.compile(r" *(?:- +)?[\w.]+: +(?:[\w.]+|[\[{\"'].*[\]}\"'])(?P<comma>,)\s*(?:#.*)?")
"""A key and a value on a line, with a comma behind them."""
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]{0,2}\s*$|^[^\"]*\"[^\"]*(?:\"[^\"]*\"[^\"]*)*$")
"""A line that begins, or ends, a text of several lines."""
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
_CALL = re.compile(r" *(?:- +|[\w.\"']+: +)(?P<call>[A-Za-z_][\w.]*\()")
"""A layer as Python code has it, under a name or in a list."""
_BRACKETS = re.compile(r"[][(){}]")
_EXPRESSION = re.compile(r"[\[{].*[:,\[] \$\{")


class Place(NamedTuple):
    """A line and a column, from 1."""

    line: int
    column: int


def malformed(source: Source, problem: str, context: str, place: Place, start: Place | None) -> Diagnostic:
    """E0001 for a complaint at `place` about what began at `start`."""
    complaint = _Complaint(source, problem, context, place, start or place)
    return (
        comments_in_json(source)
        or complaint.comment()
        or complaint.call()
        or complaint.expression()
        or complaint.colon()
        or complaint.bracket()
        or complaint.commas()
        or complaint.in_an_item()
        or complaint.indentation()
        or complaint.character()
        or complaint.other()
    )


class _Complaint:
    def __init__(self, source: Source, problem: str, context: str, place: Place, start: Place) -> None:
        self.source = source
        self.problem = problem
        self.context = context
        self.place = place
        self.start = start

    def comment(self) -> Diagnostic | None:
        """A comment as other languages have it, on this line or where what is wrong begins."""
        for number in dict.fromkeys((self.start.line, self.place.line, self._above(self.place.line) or 1)):
            found = comment_in(self.source, number)
            if found is None:
                continue
            span, way = found
            before = self._line(number)[: span.column - 1].strip()
            if not before or (before.endswith(_CLOSED) and number in (self.start.line, self.place.line)):
                return Diagnostic("E0001", "a comment that is none in YAML", span, label="here", help=HELP, ways=(way,))
        return None

    def call(self) -> Diagnostic | None:
        """A layer as Python code has it, over several lines; `advice` has what to write in its place."""
        for number in dict.fromkeys((self.start.line, self.place.line)):
            for first in range(min(number, len(self.source.lines)), max(number - MAX_CALL, 0), -1):
                opened = _CALL.match(self._line(first))
                last = self._closed(first, opened.start("call")) if opened is not None else None
                if opened is not None and last is not None and last.line > first and last.line >= number:
                    span = Span(self.source, first, opened.start("call") + 1, *last)
                    help = "write layers: with a layer a line" if "Sequential" in opened["call"] else AS_KEYS
                    return Diagnostic(
                        "E0001", f"{CALL} over several lines, which is none in YAML", span, label="here", help=help
                    )
        return None

    def _closed(self, first: int, column: int) -> Place | None:
        """Where the brackets are closed that open on a line, behind a column, and a comma after them; None where they are not."""
        depth = 0
        for number in range(first, min(first + MAX_CALL, len(self.source.lines)) + 1):
            line = _QUOTED.sub(lambda found: " " * len(found[0]), self._line(number))
            for found in _BRACKETS.finditer(line, column if number == first else 0):
                depth += 1 if found[0] in "([{" else -1
                if depth == 0:
                    end = found.end()
                    return Place(number, end + 1 + (line[end : end + 1] == ","))
        return None

    def expression(self) -> Diagnostic | None:
        """Expressions in brackets without quotes, on a line."""
        line, number = self._line(self.place.line), self.place.line
        found = list(_UNQUOTED.finditer(line))
        if not found or self.place.line != self.start.line:
            return None
        edits = [Edit(self._span(number, f.start("all") + 1, f.end("all") + 1), f'"{f["all"]}"') for f in found]
        return _said("an expression in brackets without quotes", edits[0].span, f"write {clip(edits[0].replacement, 60)}", *edits,
                     is_safe=True)  # fmt: skip

    def colon(self) -> Diagnostic | None:
        """A key without a colon, without the space after it, or with an equals sign; a text with a colon in it."""
        if self.problem == "could not find expected ':'":
            number = self.start.line
            return self._key(number, _KEY) or self._alone(number) or self._bare(number)
        if self.problem == "found unexpected ':'":
            return self._joined()
        if self.problem != "mapping values are not allowed in this context":
            return None
        line = self._line(self.place.line)
        found = self._key(self.place.line, _OPEN) if ":" not in line.partition("{")[0].partition("[")[0] else None
        before = self._above(self.place.line)
        if found is None and before is not None and not _HAS_KEY.search(self._line(before).replace("://", "")):
            found = self._key(before, _KEY) or self._alone(before)
        if found is None and before is not None and self._indent(self.place.line) > self._indent(before):
            return self.indentation()
        value = _VALUE.fullmatch(line) if found is None else None
        if value is None:
            return found
        quoted = '"' + value["value"].replace("\\", "\\\\").replace('"', '\\"') + '"'
        help = f"put a text that contains a colon into quotes: {clip(quoted, 40)}"
        span = self._span(self.place.line, value.start("value") + 1, value.end("value") + 1)
        return _said("a colon in a text without quotes", span, help, Edit(span, quoted), is_safe=True)

    def _joined(self) -> Diagnostic | None:
        """A colon that a bracket follows, as in `{kernel_size:[3, 3]}`."""
        number, column = self.place
        line = self._line(number)
        found = re.search(r"[\w.]+$", line[: column - 1])
        if found is None or line[column : column + 1] not in ("[", "{"):
            return None
        span = self._span(number, found.start() + 1, column + 1)
        edit = Edit(self._span(number, column, column + 1), ": ")
        help = f"write {clip(found[0], 40)}: {line[column]}"
        return _said("no space after the colon", span, f"{help}…", edit, is_safe=True)

    def _key(self, number: int, pattern: re.Pattern[str]) -> Diagnostic | None:
        found = pattern.fullmatch(self._line(number))
        if found is None:
            return None
        message = {":": "no space after the colon", "=": "an equals sign in place of a colon"}.get(
            found["between"].strip(), "a key without a colon"
        )
        span = self._span(number, found.start("key") + 1, found.end("between") + 1)
        edit = Edit(self._span(number, found.start("between") + 1, found.end("between") + 1), ": ")
        return _said(message, span, f"write {found['key']}: {clip(found['value'], 40)}", edit, is_safe=True)

    def _alone(self, number: int) -> Diagnostic | None:
        """A key without its colon above what belongs to it."""
        found = _ALONE.fullmatch(self._line(number))
        below = self._below(number)
        if found is None or below is None or self._indent(below) <= self._indent(number):
            return None
        end = found.end("key") + 1
        edit = Edit(self._span(number, end, end), ":")
        span = self._span(number, found.start("key") + 1, end)
        return _said("a key without a colon", span, f"write {clip(found['key'], 40)}:", edit, is_safe=True)

    def _bare(self, number: int) -> Diagnostic:
        line = self._line(number)
        first = len(line) - len(line.lstrip()) + 1
        span = self._span(number, first, len(line.rstrip()) + 1)
        return _said("a key without a colon", span, "write `key: value`, with a space after the colon")

    def bracket(self) -> Diagnostic | None:
        """A bracket or a quote that is not closed, one that closes nothing, or a comma that is missing."""
        line = self._line(self.place.line)
        at = line[self.place.column - 1 : self.place.column]
        if self.problem == "found unexpected end of stream" and "quoted" in self.context:
            quote = self._opened()
            return self._unclosed(quote, quote, "quote")
        if self.problem == "did not find expected key" and at in ("}", "]"):
            span = self._span(self.place.line, self.place.column, self.place.column + 1)
            return _said(f"this {at} closes nothing", span, "take it out", Edit(span, ""))
        if not self.problem.startswith("did not find expected ',' or"):
            return None
        if self.place.line == self.start.line and (
            _EXPRESSION.search(line[:500]) or line[self.place.column - 2 :][:2] == "${"
        ):
            return None
        opened = self._opened()
        if self.place.line != self.start.line and self._indent(self.place.line) > self._indent(self.start.line):
            return self._comma_above()
        if self.place.line != self.start.line:
            return self._unclosed(opened, "}" if opened == "{" else "]", "bracket")
        if at in ("[", "{") and (found := _UNJOINED.search(line[: self.place.column - 1])):
            span = self._span(self.place.line, found.start("key") + 1, self.place.column)
            between = Edit(self._span(self.place.line, found.end("key") + 1, self.place.column), ": ")
            help = f"write {clip(found['key'], 40)}: {at}…"
            return _said("a key without a colon", span, help, between, is_safe=True)
        word = re.search(r"[\w.]+$", line[: self.place.column - 1]) if at == ":" else None
        column = word.start() + 1 if word is not None else self.place.column
        gap = re.search(r" *$", line[: column - 1])
        begin = column - len(gap[0]) if gap is not None else column
        span = self._span(self.place.line, column, self._end_of_word(self.place.line, column))
        edit = Edit(self._span(self.place.line, begin, column), ", ")
        several = _SEVERAL.search(line[: column - 1]) if word is not None else None
        if several is not None:
            return self._colon_in_braces(several, Fix(f"write a comma before {clip(span.text(), 40)}", (edit,)))
        return _said("a comma is missing before this", span, f"write a comma before {clip(span.text(), 40)}", edit,
                     is_safe=True)  # fmt: skip

    def _colon_in_braces(self, found: re.Match[str], comma: Fix) -> Diagnostic:
        """A colon behind several words, which may be one text, or a value and the next key: neither is sure."""
        line = self._line(self.place.line)
        rest = _FLOW_TEXT.match(line, self.place.column - 1)
        start, end = found.start("value"), rest.end() if rest is not None else len(line)
        text = line[start:end].rstrip()
        span = self._span(self.place.line, start + 1, start + len(text) + 1)
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        help = f"put a text that contains a colon into quotes: {clip(quoted, 40)}"
        ways = (Fix(help, (Edit(span, quoted),)), comma)
        return Diagnostic("E0001", "a colon in a text without quotes", span, label="here", help=help, ways=ways)

    def _comma_above(self) -> Diagnostic:
        number = self._above(self.place.line) or self.start.line
        line = re.sub(r"\s+#.*$", "", self._line(number)).rstrip()
        span = self._span(number, len(line), len(line) + 1)
        edit = Edit(self._span(number, len(line) + 1, len(line) + 1), ",")
        return _said("a comma is missing after this", span, "write a comma at the end of the line", edit, is_safe=True)

    def _unclosed(self, opened: str, closing: str, what: str) -> Diagnostic:
        last = self.start.line if what == "quote" else self._above(self.place.line) or self.start.line
        line = re.sub(r"\s+#.*$", "", self._line(last)).rstrip()
        span = self._span(self.start.line, self.start.column, self.start.column + 1)
        end = self._span(last, len(line.rstrip(",")) + 1, len(line) + 1)
        rest = "," if line.endswith(",") else ""
        help = f"close it: a {closing} is missing"
        ways = (Fix(help, (Edit(end, closing),)), Fix(help, (Edit(end, closing + rest),)))
        return Diagnostic(
            "E0001", f"the {what} {opened} that opens here is not closed", span, label="here", help=help, ways=ways
        )

    def commas(self) -> Diagnostic | None:
        """A comma at the end of a line, as in braces; all of them, where one is."""
        line, number = self._line(self.place.line), self.place.line
        if "did not find expected key" not in self.problem or not _WITH_COMMA.fullmatch(line):
            return None
        others = [] if any(_BLOCK_TEXT.search(other) for other in self.source.lines) else self._with_commas()
        edits = [self._comma_out(other) for other in others or [number]]
        what = "the comma" if len(edits) == 1 else "the commas at the ends of lines"
        return _said("a comma at the end of a line, where no bracket is open", self._comma_out(number).span, f"take {what} out",
                     *edits, is_safe=True)  # fmt: skip

    def _with_commas(self) -> list[int]:
        """The lines of a key and a value with a comma behind them, where no bracket is open."""
        depth, found = 0, []
        for number in range(1, min(len(self.source.lines), MAX_INDENTED) + 1):
            line = self._line(number)
            if depth == 0 and _WITH_COMMA.fullmatch(line):
                found.append(number)
            bare = _QUOTED.sub("", line)
            depth += sum(bare.count(sign) for sign in "[{") - sum(bare.count(sign) for sign in "]}")
        return found

    def _comma_out(self, number: int) -> Edit:
        found = _WITH_COMMA.fullmatch(self._line(number))
        assert found is not None
        column = found.start("comma") + 1
        return Edit(self._span(number, column, column + 1), "")

    def in_an_item(self) -> Diagnostic | None:
        """A key that stands in the column of the dashes, and belongs to the item above it."""
        line, number = self._line(self.place.line), self.place.line
        above = self._above(number)
        if "'-' indicator" not in self.problem or above is None or not _WHOLE.fullmatch(line):
            return None
        item, depth = self._line(above), self._indent(above)
        if item.lstrip().startswith("- "):
            depth += len(item.lstrip()) - len(item.lstrip()[2:].lstrip())
        indent = self._indent(number)
        if depth <= indent or not _WHOLE.fullmatch(item):
            return None
        first = self._span(number, indent + 1, self._end_of_word(number, indent + 1))
        lines = takewhile(lambda other: self._is_plain_at(other, indent), range(number, number + MAX_LEFT))
        edits = tuple(Edit(self._span(other, 1, 1), " " * (depth - indent)) for other in lines)
        said = f"indent it by {depth}, like line {above}"
        message = f"{clip(first.text(), 40)} stands in the column of the dashes, and is no item"
        ways = (Fix(said, edits, is_safe_alone=True),)
        return Diagnostic("E0001", message, first, label="here", help=said, ways=ways)

    def _is_plain_at(self, number: int, indent: int) -> bool:
        """Whether a line is a key and a value, without a dash, and indented by so much."""
        if number > len(self.source.lines):
            return False
        line = self._line(number)
        is_plain = _WHOLE.fullmatch(line) is not None and not line.lstrip().startswith("- ")
        return is_plain and self._indent(number) == indent

    def indentation(self) -> Diagnostic | None:
        """A line that is indented by more or less than those it belongs to, or by a tab; a dash among keys, or the reverse."""
        line, number = self._line(self.place.line), self.place.line
        lead = _INDENT.match(line)
        spaces = lead[0] if lead is not None else ""
        first = self._span(number, len(spaces) + 1, self._end_of_word(number, len(spaces) + 1))
        if "\t" in spaces:
            return Diagnostic("E0001", "a tab in the indentation", first, label="here", ways=self._tab_ways(),
                              help="indent with spaces; YAML does not take tabs")  # fmt: skip
        if "did not find expected" not in self.problem and "mapping values" not in self.problem:
            return None
        above = self._above(number)
        if above is None or "flow" in self.context:
            return None
        is_item, was_item = line.lstrip().startswith("- "), self._line(above).lstrip().startswith("- ")
        if is_item != was_item and len(spaces) == self._indent(above):
            help = "give each layer a name, or each a dash; not some of them" if number else ""
            return _said("a dash among names" if is_item else "a name among dashes", first, help)
        left = self._left(above, len(spaces))
        if left is not None:
            return left
        depths = {self._indent(above): above}
        for other in range(above, max(above - 50, 0), -1):
            if self._line(other).strip():
                depths.setdefault(self._indent(other), other)
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
                tuple(Edit(self._span(other, 1, len(spaces) + 1), " " * depth) for other in alike),
                is_safe_alone=True,
            )
            for depth in fitting[:3]
        )
        message = (
            f"{clip(first.text(), 40)} is indented by {len(spaces)}, and the line above it by {self._indent(above)}"
        )
        return Diagnostic("E0001", message, first, label="here", help=ways[0].said, ways=ways)

    def _alike(self, first: int, depth: int) -> list[int]:
        """The lines from a first one on that are indented as it is, until one stands further left; deeper ones stay."""
        found = [first]
        for number in range(first + 1, min(first + MAX_INDENTED, len(self.source.lines)) + 1):
            text = self._line(number).strip()
            indent = self._indent(number)
            if text and not text.startswith("#") and indent < depth:
                break
            if text and indent == depth:
                found.append(number)
        return found

    def _left(self, last: int, depth: int) -> Diagnostic | None:
        """Lines that stand further left than those above and below them, which are indented by `depth`; `last` is their last."""
        indent, first = self._indent(last), last
        while (before := self._above(first)) is not None and self._indent(before) == indent:
            first = before
        if indent >= depth or before is None or self._indent(before) < depth or not _WHOLE.fullmatch(self._line(last)):
            return None
        lines = [number for number in range(first, last + 1) if self._line(number).strip()]
        if len(lines) > MAX_LEFT:
            return None
        word = self._span(first, indent + 1, self._end_of_word(first, indent + 1))
        help = f"indent it by {depth}, like line {self.place.line}"
        edits = [Edit(self._span(number, 1, 1), " " * (depth - indent)) for number in lines]
        message = f"{clip(word.text(), 40)} stands further left than the lines above and below it"
        return _said(message, word, help, *edits)

    def _tab_ways(self) -> tuple[Fix, ...]:
        """So many spaces for each tab, for all widths that are usual and read as something else. Safe where only one is read."""
        text = self.source.text
        if len(text) > MAX_REREAD or not any(line[:1] == " " and line.strip() for line in self.source.lines):
            return (Fix("indent with spaces; YAML does not take tabs", tuple(self._without_tabs(2)), is_safe=True),)
        read: dict[str, Fix] = {}
        flawed: dict[str, Fix] = {}
        for width in _WIDTHS:
            edits = tuple(self._without_tabs(width))
            said = f"indent with spaces, {width} for each tab; YAML does not take tabs"
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
        for number in range(self.place.line, min(len(self.source.lines), self.place.line + MAX_INDENTED) + 1):
            found = _INDENT.match(self._line(number))
            if found is not None and "\t" in found[0]:
                edits.append(Edit(self._span(number, 1, found.end() + 1), found[0].replace("\t", " " * width)))
        return edits

    def character(self) -> Diagnostic | None:
        """A value that begins with a character of YAML's own."""
        if "cannot start any token" not in self.problem:
            return None
        line = self._line(self.place.line)
        end = len(line.rstrip()) + 1
        span = self._span(self.place.line, self.place.column, end)
        written = span.text()
        edit = Edit(span, '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"')
        place = self._span(self.place.line, self.place.column, self.place.column + 1)
        return _said("a value cannot start with this character", place, "put the value into quotes", edit, is_safe=True)

    def other(self) -> Diagnostic:
        """Anything else, in libyaml's words."""
        line = self._line(self.place.line)
        is_expression = _EXPRESSION.search(line[:500])
        problem = self.problem
        if problem.startswith("did not find expected ',' or"):
            problem = f"{problem.removeprefix('did not find ')} is missing before this"
        elif self.context:
            problem = f"{self.context}: {problem}"
        help = (
            'put an expression in brackets into quotes: "${…}"'
            if is_expression
            else "check brackets, quotes and indentation"
        )
        return _said(problem, self._span(self.place.line, self.place.column, self.place.column + 1), help)

    # Lines ---------------------------------------------------------------------------------------------------------

    def _line(self, number: int) -> str:
        return self.source.lines[number - 1][:MAX_LINE]

    def _opened(self) -> str:
        """The character that the complaint is about the end of. It may stand far into a line."""
        return self.source.lines[self.start.line - 1][self.start.column - 1 : self.start.column]

    def _above(self, number: int) -> int | None:
        """The nearest line above that has something on it, which is no comment."""
        for other in range(number - 1, max(number - 200, 0), -1):
            text = self._line(other).strip()
            if text and not text.startswith("#"):
                return other
        return None

    def _below(self, number: int) -> int | None:
        """The nearest line below that has something on it, which is no comment."""
        for other in range(number + 1, min(number + 200, len(self.source.lines)) + 1):
            text = self._line(other).strip()
            if text and not text.startswith("#"):
                return other
        return None

    def _indent(self, number: int) -> int:
        found = _INDENT.match(self._line(number))
        return len(found[0]) if found is not None else 0

    def _end_of_word(self, number: int, column: int) -> int:
        found = _WORD.match(self._line(number), column - 1)
        return found.end("word") + 1 if found is not None else column + 1

    def _span(self, line: int, column: int, end: int) -> Span:
        return Span(self.source, line, column, line, end)


def odd_spaces(source: Source, line: int) -> Diagnostic:
    """E0001 for an indentation by spaces that YAML reads as letters: those that do not break, from a page or a chat."""
    edits = []
    for number, text in enumerate(source.lines[line - 1 : line - 1 + MAX_INDENTED], line):
        lead = text[: len(text) - len(text.lstrip())][:MAX_LINE]
        if not lead.isascii():
            edits.append(Edit(Span(source, number, 1, number, len(lead) + 1), " " * len(lead)))
    message = "spaces that do not break in the indentation, which YAML reads as letters"
    return _said(message, edits[0].span, "indent with plain spaces", *edits, is_safe=True)


def _tree(text: str) -> tuple[str, bool]:
    """What a text says, so that two can be compared, and whether something in it is wrong; nothing where it is no YAML."""
    from archspec.document.reader import Unreadable, read

    try:
        root, problems = read(Source("", text))
        return repr(plain(root)), bool(problems)
    except (Unreadable, HasInvalid):
        return "", True


def _said(message: str, span: Span, help: str, *edits: Edit, is_safe: bool = False) -> Diagnostic:
    ways = (Fix(help, edits, is_safe),) if edits else ()
    return Diagnostic("E0001", message, span, label="here", help=help, ways=ways)
