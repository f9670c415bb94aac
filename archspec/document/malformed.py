"""What is wrong where a text is no YAML: the line that is, which is often not the one where reading stops, and what to write.

Enters: libyaml's complaint and its two marks; leaves: one E0001. Imported only for such texts.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.blocks import LAYER_KEYS
from archspec.document.braces import AS_KEYS, CALL
from archspec.document.code_lines import code_below_layers
from archspec.document.complaint import Place, said
from archspec.document.indented import Indented
from archspec.document.kept import without_lines
from archspec.document.other_comments import HELP, comment_in, comments_in_json
from archspec.document.printed_model import printed_model
from archspec.document.python_text import python_text
from archspec.document.separated import Separated
from archspec.document.tree import clip
from archspec.source import Source, Span

MAX_CALL = 200
"""Lines that one call takes."""
_KEY = re.compile(r"(?P<before> *(?:- +)?)(?P<key>[\w.]+)(?P<between>:| *= *| +)(?P<value>\S.*)")
_OPEN = re.compile(r"(?P<before> *(?:- +)?)(?P<key>[\w.]+)(?P<between> *(?:= *)?|:)(?P<value>[\[{].*)")
_GLUED = re.compile(r" *(?:- +)?[\w.]+:[\[{]")
_HAS_KEY = re.compile(r":(?:\s|$)")
_ALONE = re.compile(r" *(?:- +)?(?P<key>[A-Za-z_][\w.]*) *")
_VALUE = re.compile(r" *(?:- +)?[\w.]+: +(?P<value>[^\s\"'].*?)\s*(?:(?<=\s)#.*)?")
_TYPED = re.compile(r" *(?:- +)?(?:(?P<key>[\w.]+):(?P<space> +))?(?P<kind>[A-Za-z_][\w.]*)\s*(?:(?<=\s)#.*)?")
"""A word after a name or a dash."""
_NO_NAMES = {*LAYER_KEYS, "activation", "name"}
"""Keys whose value may be called like an op, and is no layer."""
_FIRST = re.compile(r" *(?P<key>[A-Za-z_]\w*):(?=\s|$)")
_CLOSED = ("]", "}", '"', "'")
"""What a value ends with behind which nothing else may stand."""
_COMMENT = re.compile(r"(?<=\s)#.*")
_PROSE = re.compile(r"[^\s\[{\"'(]+\s+[^\s#]")
"""Several words, which may go on with a text rather than be a key and its value."""
_UNQUOTED = re.compile(r"[\[{:,] *(?P<all>\$\{[^{}\"']{1,200}\}(?: *[-+*/%]+ *[\w.]{1,40}){0,4})(?= *[,}\]])")
_UNKNOWN = re.compile(r"(?P<all>(?P<before>, *)?(?P<key>[A-Za-z_]\w*): *(?P<sign>\?+)(?= *[,}]))(?:, *)?")
"""A key in braces whose value is not known, with the comma before it, or else with the one behind it."""
_UNKNOWN_LINE = re.compile(r" *(?P<key>[A-Za-z_]\w*): *(?P<sign>\?+)\s*(?:#.*)?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
_CALL = re.compile(r" *(?:- +|[\w.\"']+: +)(?P<call>[A-Za-z_][\w.]*\()")
"""A layer as Python code has it, under a name or in a list."""
_BRACKETS = re.compile(r"[][(){}]")
_EXPRESSION = re.compile(r"[\[{].*[:,\[] \$\{")


def malformed(source: Source, problem: str, context: str, place: Place, start: Place | None) -> Diagnostic:
    """E0001 for a complaint at `place` about what began at `start`."""
    complaint = _Malformed(source, problem, context, place, start or place)
    return (
        python_text(source)
        or comments_in_json(source)
        or complaint.comment()
        or printed_model(source, (complaint.start.line, complaint.place.line))
        or code_below_layers(complaint)
        or complaint.call()
        or complaint.unknown()
        or complaint.expression()
        or complaint.typed()
        or complaint.colon()
        or complaint.bracket()
        or complaint.commas()
        or complaint.in_an_item()
        or complaint.indentation()
        or complaint.character()
        or complaint.other()
    )


class _Malformed(Indented, Separated):
    """Everything that may be wrong with a text."""

    def comment(self) -> Diagnostic | None:
        """A comment as other languages have it, on this line or where what is wrong begins."""
        for number in dict.fromkeys((self.start.line, self.place.line, self.above(self.place.line) or 1)):
            found = comment_in(self.source, number)
            if found is None:
                continue
            span, way = found
            before = self.line(number)[: span.column - 1].strip()
            if not before or (before.endswith(_CLOSED) and number in (self.start.line, self.place.line)):
                return Diagnostic("E0001", "a comment that is none in YAML", span, label="here", help=HELP, ways=(way,))
        return None

    def call(self) -> Diagnostic | None:
        """A layer as Python code has it, over several lines; `advice` has what to write in its place."""
        for number in dict.fromkeys((self.start.line, self.place.line)):
            for first in range(min(number, len(self.source.lines)), max(number - MAX_CALL, 0), -1):
                opened = _CALL.match(self.line(first))
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
            line = _QUOTED.sub(lambda found: " " * len(found[0]), self.line(number))
            for found in _BRACKETS.finditer(line, column if number == first else 0):
                depth += 1 if found[0] in "([{" else -1
                if depth == 0:
                    end = found.end()
                    return Place(number, end + 1 + (line[end : end + 1] == ","))
        return None

    def unknown(self) -> Diagnostic | None:
        """A question mark where a value is not known, which YAML takes for the sign of a key."""
        line, number = self.line(self.place.line), self.place.line
        found = _UNKNOWN.search(line) or _UNKNOWN_LINE.fullmatch(line)
        if found is None:
            return None
        if found.re is _UNKNOWN_LINE:
            edit = without_lines(self.source, number, number)
        else:
            end = found.end() if found["before"] is None else found.end("all")
            edit = Edit(self.span(number, found.start() + 1, end + 1), "")
        span = self.span(number, found.start("sign") + 1, found.end("sign") + 1)
        help = f"leave {clip(found['key'], 40)} out where it is not known"
        return said("a question mark in place of a value", span, help, edit)

    def expression(self) -> Diagnostic | None:
        """Expressions in brackets without quotes, on a line."""
        line, number = self.line(self.place.line), self.place.line
        found = list(_UNQUOTED.finditer(line))
        if not found or self.place.line != self.start.line:
            return None
        edits = [Edit(self.span(number, f.start("all") + 1, f.end("all") + 1), f'"{f["all"]}"') for f in found]
        return said("an expression in brackets without quotes", edits[0].span, f"write {clip(edits[0].replacement, 60)}", *edits,
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
        line = self.line(self.place.line)
        braces = self._braces(line)
        if braces is not None:
            return braces
        found = self._opened(self.place.line)
        before = self.above(self.place.line)
        if found is None and before is not None and _GLUED.match(self.line(before)):
            found = self._opened(before)
        if found is None and before is not None and not _HAS_KEY.search(self.line(before).replace("://", "")):
            found = self._key(before, _KEY) or self._alone(before)
        is_first = ":" not in line[: self.place.column - 1]
        if found is None and is_first and before is not None and self.indent(self.place.line) > self.indent(before):
            return self.indentation()
        value = _VALUE.fullmatch(line) if found is None else None
        if value is None:
            return found
        quoted = '"' + value["value"].replace("\\", "\\\\").replace('"', '\\"') + '"'
        help = f"put a text that contains a colon into quotes: {clip(quoted, 40)}"
        span = self.span(self.place.line, value.start("value") + 1, value.end("value") + 1)
        return said("a colon in a text without quotes", span, help, Edit(span, quoted), is_safe=True)

    def _opened(self, number: int) -> Diagnostic | None:
        """A key right before a bracket, without a colon or without the space after it."""
        before = re.split(r"[\[{]", self.line(number), maxsplit=1)[0].removesuffix(":")
        return self._key(number, _OPEN) if ":" not in before else None

    def _braces(self, line: str) -> Diagnostic | None:
        """Keys and values on a line that are to stand in braces."""
        from archspec.document.unbraced import unbraced

        meant = unbraced(line) if ":" in line[: self.place.column - 1] or "=" in line[: self.place.column - 1] else None
        if meant is None:
            return None
        span = self.span(self.place.line, meant.start + 1, meant.end + 1)
        help = f"put it into braces{meant.text if meant.text[0] == ':' else f': {meant.text}'}"
        first = self.span(self.place.line, len(line) - len(line.lstrip()) + 1, meant.end + 1)
        return said("keys and values on a line, without braces", first, clip(help, 200), Edit(span, meant.text),
                    is_safe=meant.is_safe)  # fmt: skip

    def _joined(self) -> Diagnostic | None:
        """A colon that a bracket follows, as in `{kernel_size:[3, 3]}`."""
        number, column = self.place
        line = self.line(number)
        found = re.search(r"[\w.]+$", line[: column - 1])
        if found is None or line[column : column + 1] not in ("[", "{"):
            return None
        span = self.span(number, found.start() + 1, column + 1)
        edit = Edit(self.span(number, column, column + 1), ": ")
        help = f"write {clip(found[0], 40)}: {line[column]}"
        return said("no space after the colon", span, f"{help}…", edit, is_safe=True)

    def _key(self, number: int, pattern: re.Pattern[str]) -> Diagnostic | None:
        found = pattern.fullmatch(self.line(number))
        if found is None:
            return None
        message = {":": "no space after the colon", "=": "an equals sign in place of a colon"}.get(
            found["between"].strip(), "a key without a colon"
        )
        span = self.span(number, found.start("key") + 1, found.end("between") + 1)
        edits = [Edit(self.span(number, found.start("between") + 1, found.end("between") + 1), ": ")]
        name = found["key"].removeprefix("self.")  # as PyTorch's code has it
        if name != found["key"]:
            first = found.start("key") + 1
            edits.insert(0, Edit(self.span(number, first, first + len("self.")), ""))
        is_sure = bool(found["between"].strip()) or _PROSE.match(found["value"]) is None
        return said(message, span, f"write {name}: {clip(found['value'], 40)}", *edits, is_safe=is_sure)

    def _alone(self, number: int) -> Diagnostic | None:
        """A key without its colon above what belongs to it."""
        found = _ALONE.fullmatch(self.line(number))
        below = self.below(number)
        if found is None or below is None or self.indent(below) <= self.indent(number):
            return None
        end = found.end("key") + 1
        edit = Edit(self.span(number, end, end), ":")
        span = self.span(number, found.start("key") + 1, end)
        help = f"write {clip(found['key'], 40)}:"
        if not self.line(number).lstrip().startswith("- "):
            return said("a key without a colon", span, help, edit, is_safe=True)
        like = Edit(self.span(below, 1, self.indent(below) + 1), " " * self.indent(number))
        ways = (
            Fix(f"indent line {below} by {self.indent(number)}, like line {number}", (like,), is_safe_alone=True),
            Fix(help, (edit,), is_safe_alone=True),
        )
        return Diagnostic("E0001", "an item, or a key without a colon, above a line that is indented further", span, label="here",
                          help=ways[0].said, ways=ways)  # fmt: skip

    def typed(self) -> Diagnostic | None:
        """An op above its keys, on the line where reading stops or above it."""
        number = self.start.line if self.problem == "could not find expected ':'" else self.place.line
        above, below = self.above(number), self.below(number)
        found = self._typed(above, number) if above is not None else None
        return found or (self._typed(number, below) if below is not None else None)

    def _typed(self, number: int, below: int) -> Diagnostic | None:
        """An op whose keys stand below it: under a name further to the right, `pool: MaxPool2d` above `kernel_size: 2`; of an
        item in its column, `- MaxPool2d`."""
        from archspec.document.unbraced import is_key_of, op_called

        found, key = _TYPED.fullmatch(self.line(number)), _FIRST.match(self.line(below))
        kind = op_called(found["kind"]) if found is not None else None
        if found is None or key is None or kind is None or not is_key_of(kind, key["key"]):
            return None
        if self.indent(below) <= self.indent(number) or found["key"] in _NO_NAMES:
            return None
        start, depth = found.start("kind") + 1, key.start("key")
        if found["key"] is None and depth != start - 1:
            return None
        before = (
            self.span(number, start - len(found["space"]), start) if found["key"] else self.span(number, start, start)
        )
        edit = Edit(before, f"\n{' ' * depth}type: " if found["key"] else "type: ")
        help = (
            f"write type: {found['kind']}, on a line of its own" if found["key"] else f"write - type: {found['kind']}"
        )
        span = self.span(number, start, found.end("kind") + 1)
        return said("a type above its keys, which is no key itself", span, help, edit, is_safe=True)

    def _bare(self, number: int) -> Diagnostic:
        line = self.line(number)
        first = len(line) - len(line.lstrip()) + 1
        span = self.span(number, first, len(line.rstrip()) + 1)
        return said("a key without a colon", span, "write `key: value`, with a space after the colon")

    def character(self) -> Diagnostic | None:
        """A value that begins with a character of YAML's own."""
        if "cannot start any token" not in self.problem:
            return None
        line = self.line(self.place.line)
        end = len(_COMMENT.sub("", line).rstrip()) + 1
        span = self.span(self.place.line, self.place.column, end)
        written = span.text()
        below = self.below(self.place.line)
        is_whole = below is None or self.indent(below) <= self.indent(
            self.place.line
        )  # else it may be a line of a text
        edit = Edit(span, '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"')
        place = self.span(self.place.line, self.place.column, self.place.column + 1)
        return said(
            "a value cannot start with this character", place, "put the value into quotes", edit, is_safe=is_whole
        )

    def other(self) -> Diagnostic:
        """Anything else, in libyaml's words."""
        line = self.line(self.place.line)
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
        return said(problem, self.span(self.place.line, self.place.column, self.place.column + 1), help)
