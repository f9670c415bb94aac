"""What stands between values in a text that is no YAML: brackets, quotes and commas that are missing, or too many.

Enters: where reading stops; leaves: one diagnostic with changes.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.complaint import Complaint, said
from archspec.document.kept import comments
from archspec.document.tree import clip
from archspec.limits import MAX_COMPLAINT_LINE, MAX_OPEN_LINES, MAX_SEPARATED_LINES

_SEMICOLON = re.compile(r";(?= *[\w.]+ *:)")
"""One that a key follows."""
_PLAIN = r"[^\s,{}\[\]\"#]"
_SEVERAL = re.compile(
    rf"[{{,] *(?:(?:doc|title|authors|name): +|[\w.]+: +(?={_PLAIN}+ +{_PLAIN}))(?P<value>{_PLAIN}(?:{_PLAIN}| )*) +$"
)
"""A key in braces and what stands behind it: several words, or words for people."""
_FLOW_TEXT = re.compile(r"[^,{}\[\]#]*")
_VALUE_ENDS = re.compile(r"[\w.\"'?!-]$|[^:\s]\s*[\]}]$|\([^()]*\)$")
"""What a comma may follow."""
_UNJOINED = re.compile(r"[{,] *(?P<key>[A-Za-z_][\w.]*) +$")
"""A key in braces before what is no text, without a colon."""
_WITH_COMMA = re.compile(r" *(?:- +)?[\w.]+: +(?:[\w.]+|[\[{\"'].*[\]}\"'])(?P<comma>,)\s*(?:#.*)?")
"""A key and a value on a line, with a comma behind them."""
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]{0,2}\s*$|^[^\"]*\"[^\"]*(?:\"[^\"]*\"[^\"]*)*$")
"""A line that begins, or ends, a text of several lines."""
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
_EXPRESSION = re.compile(r"[\[{].*[:,\[] \$\{")


class Separated(Complaint):
    """What separates values, and holds them together."""

    def bracket(self) -> Diagnostic | None:
        """A bracket or a quote that is not closed, one that closes nothing, or a comma that is missing."""
        line = self.line(self.place.line)
        at = line[self.place.column - 1 : self.place.column]
        if self.problem == "found unexpected end of stream" and "quoted" in self.context:
            quote = self.opened()
            return self._unclosed(quote, quote, "quote")
        if self.problem == "did not find expected key" and at in ("}", "]"):
            span = self.span(self.place.line, self.place.column, self.place.column + 1)
            return said(f"this {at} closes nothing", span, "take it out", Edit(span, ""))
        if not self.problem.startswith("did not find expected ',' or"):
            return None
        if self.place.line == self.start.line and (
            _EXPRESSION.search(line[:500]) or line[self.place.column - 2 :][:2] == "${"
        ):
            return None
        if at == ":" and re.search(r"; *[\w.]+ *$", line[: self.place.column - 1]):
            return self._semicolons(line)
        from archspec.document.brackets import wrong_bracket

        opened = self.opened()
        wrong = wrong_bracket(self.source, self.start, self.place)
        is_above = self.place.line != self.start.line and opened == "[" and not line[: self.place.column - 1].strip()
        if wrong is not None and not is_above:  # which is closed at the end of the line above
            return wrong
        if self.place.line != self.start.line and self.indent(self.place.line) > self.indent(self.start.line):
            return self._comma_above()
        if self.place.line != self.start.line:
            return self._unclosed(opened, "}" if opened == "{" else "]", "bracket")
        if at in ("[", "{") and (found := _UNJOINED.search(line[: self.place.column - 1])):
            span = self.span(self.place.line, found.start("key") + 1, self.place.column)
            between = Edit(self.span(self.place.line, found.end("key") + 1, self.place.column), ": ")
            help = f"write {clip(found['key'], 40)}: {at}…"
            return said("a key without a colon", span, help, between, is_safe=True)
        missing = self._quote(line)
        if missing is not None:
            return missing
        word = re.search(r"(?:[\w.]+|\"[^\"]*\") *$", line[: self.place.column - 1]) if at == ":" else None
        column = word.start() + 1 if word is not None else self.place.column
        gap = re.search(r" *$", line[: column - 1])
        begin = column - len(gap[0]) if gap is not None else column
        span = self.span(self.place.line, column, self.end_of_word(self.place.line, column))
        edit = Edit(self.span(self.place.line, begin, column), ", ")
        several = _SEVERAL.search(line[: column - 1]) if word is not None else None
        if several is not None:
            return self._colon_in_braces(several, Fix(f"write a comma before {clip(span.text(), 40)}", (edit,)))
        return said("a comma is missing before this", span, f"write a comma before {clip(span.text(), 40)}", edit,
                     is_safe=_is_end(line[:begin - 1]) and at != ")" and (at not in ("[", "{") or begin < column))  # fmt: skip

    def _semicolons(self, line: str) -> Diagnostic:
        """Commas in place of the semicolons between the keys of a line."""
        number, first = self.place.line, self.start.column if self.place.line == self.start.line else 1
        places = [found.start() + 1 for found in _SEMICOLON.finditer(line, first - 1)]
        edits = [Edit(self.span(number, column, column + 1), ",") for column in places]
        what = "the semicolon" if len(edits) == 1 else "each semicolon"
        return said("a semicolon between keys, where a comma should be", edits[0].span, f"write a comma in place of {what}",
                    *edits, is_safe='"' not in line and "'" not in line)  # fmt: skip

    def _quote(self, line: str) -> Diagnostic | None:
        """A quote that is missing somewhere before here, so that texts and what is between them have changed places."""
        if line.count('"') % 2 == 0 or len(line) == MAX_COMPLAINT_LINE:
            return None
        last = line.rfind('"', 0, self.place.column - 1)
        first = line.rfind('"', 0, max(last, 0))
        if first < 0:
            return None
        number = self.place.line
        ends = [first + found.start() + 1 for found in re.finditer(r"[,\]}]", line[first:last])]
        ways = tuple(Fix("close it before the comma" if line[end - 1] == "," else f"close it before the {line[end - 1]}",
                         (Edit(self.span(number, end, end), '"'),), is_safe_alone=True) for end in ends[:10])  # fmt: skip
        span = self.span(number, first + 1, first + 2)
        help = ways[-1].said if ways else "close it"
        return Diagnostic(
            "E0001", 'the quote " that opens here is not closed', span, label="here", help=help, ways=ways[::-1]
        )

    def _colon_in_braces(self, found: re.Match[str], comma: Fix) -> Diagnostic:
        """A colon behind several words, which may be one text, or a value and the next key: neither is sure."""
        line = self.line(self.place.line)
        rest = _FLOW_TEXT.match(line, self.place.column - 1)
        start, end = found.start("value"), rest.end() if rest is not None else len(line)
        text = line[start:end].rstrip()
        span = self.span(self.place.line, start + 1, start + len(text) + 1)
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        help = f"put a text that contains a colon into quotes: {clip(quoted, 40)}"
        ways = (Fix(help, (Edit(span, quoted),)), comma)
        return Diagnostic("E0001", "a colon in a text without quotes", span, label="here", help=help, ways=ways)

    def _comma_above(self) -> Diagnostic:
        number = self.above(self.place.line) or self.start.line
        line = re.sub(r"\s+#.*$", "", self.line(number)).rstrip()
        span = self.span(number, len(line), len(line) + 1)
        edit = Edit(self.span(number, len(line) + 1, len(line) + 1), ",")
        return said("a comma is missing after this", span, "write a comma at the end of the line", edit,
                     is_safe=_is_end(line))  # fmt: skip

    def _unclosed(self, opened: str, closing: str, what: str) -> Diagnostic:
        last = self.start.line if what == "quote" else self.above(self.place.line) or self.start.line
        inside = self._closed_in_a_comment(closing, last)
        last = inside or last
        line = re.sub(r"\s+#.*$", "", self.line(last)).rstrip()
        span = self.span(self.start.line, self.start.column, self.start.column + 1)
        end = self.span(last, len(line.rstrip(",")) + 1, len(line) + 1)
        rest = "," if line.endswith(",") else ""
        help = f"close it: a {closing} is missing"
        if inside is not None:
            help = f"close it before the comment, in which {closing} closes nothing"
        ways = [Fix(help, (Edit(end, closing),)), Fix(help, (Edit(end, closing + rest),))]
        if what == "bracket" and last == self.start.line:
            from archspec.document.brackets import still_open

            closed = still_open(self.source, self.start, len(line))
            if len(closed) > 1:
                ways.insert(0, Fix(f"close it: {closed} is missing", (Edit(end, closed),)))
        if line.endswith(")") and "(" not in line[self.start.column - 1 :]:
            ways.insert(
                0, Fix(f"write {closing} in place of )", (Edit(self.span(last, len(line), len(line) + 1), closing),))
            )
        return Diagnostic(
            "E0001",
            f"the {what} {opened} that opens here is not closed",
            span,
            label="here",
            help=help,
            ways=tuple(ways),
        )

    def _closed_in_a_comment(self, closing: str, last: int) -> int | None:
        """The first line, from what is open on, with a comment in which it is closed."""
        for number in range(self.start.line, min(last, self.start.line + MAX_OPEN_LINES) + 1):
            if any(closing in comment for comment in comments(self.line(number))):
                return number
        return None

    def commas(self) -> Diagnostic | None:
        """A comma at the end of a line, as in braces; all of them, where one is."""
        line, number = self.line(self.place.line), self.place.line
        if "did not find expected key" not in self.problem or not _WITH_COMMA.fullmatch(line):
            return None
        others = [] if any(_BLOCK_TEXT.search(other) for other in self.source.lines) else self._with_commas()
        edits = [self._comma_out(other) for other in others or [number]]
        what = "the comma" if len(edits) == 1 else "the commas at the ends of lines"
        return said("a comma at the end of a line, where no bracket is open", self._comma_out(number).span, f"take {what} out",
                     *edits, is_safe=True)  # fmt: skip

    def _with_commas(self) -> list[int]:
        """The lines of a key and a value with a comma behind them, where no bracket is open."""
        depth, found = 0, []
        for number in range(1, min(len(self.source.lines), MAX_SEPARATED_LINES) + 1):
            line = self.line(number)
            if depth == 0 and _WITH_COMMA.fullmatch(line):
                found.append(number)
            bare = _QUOTED.sub("", line)
            depth += sum(bare.count(sign) for sign in "[{") - sum(bare.count(sign) for sign in "]}")
        return found

    def _comma_out(self, number: int) -> Edit:
        found = _WITH_COMMA.fullmatch(self.line(number))
        assert found is not None
        column = found.start("comma") + 1
        return Edit(self.span(number, column, column + 1), "")


def _is_end(text: str) -> bool:
    """Whether a text ends with a value, so that a comma may follow."""
    return _VALUE_ENDS.search(text) is not None
