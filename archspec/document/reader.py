"""Text to located tree. Enters: bytes or a `Source`; leaves: a tree of `document.tree` nodes, and diagnostics.

YAML is parsed by libyaml; only its events are used. From them the tree is composed here, because stock loading keeps the
last of two duplicate keys, reads `1e-3` as text and `no` as false, knows no positions, and recurses. Nothing is
constructed from tags, nothing is merged, and every limit below is checked while the events arrive.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Entry, Invalid, Mapping, Node, Scalar, Sequence, clip
from archspec.limits import MAX_NESTING, MAX_READER_DIAGNOSTICS, MAX_SPEC_BYTES, MAX_VALUES
from archspec.source import Source, Span

if TYPE_CHECKING:
    from archspec.document.twice import Again

BITS, COUNT_BITS = 62, 256
"""Of a whole number: of all that describes a network, and of what is claimed of it, since counts are products of many sizes."""
CLAIMS = ("expect", "budget")

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])%")
# JSON writes characters beyond the basic plane as two escapes, which YAML does not know.
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


class Unreadable(Exception):
    """The text cannot be made a tree; carries the one diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def decode(path: str, data: bytes) -> Source:
    """The source of a file's bytes. Raises Unreadable for what is too large or not UTF-8."""
    if len(data) > MAX_SPEC_BYTES:
        raise _unreadable(
            "E0007", Source(path, "").whole(), f"the document is larger than {MAX_SPEC_BYTES // 2**20} MiB"
        )
    try:
        return Source(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = Source(path, data[: error.start].decode("utf-8", "replace"))
        line, column = len(before.lines), len(before.lines[-1]) + 1
        source = Source(path, data.decode("utf-8", "replace"))
        span = Span(source, line, column, line, column + 1)
        message = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        raise _unreadable("E0002", span, message, help="save the file as UTF-8") from None


def encode(text: str, like: bytes) -> bytes:
    """The bytes of a text that stands for others: with a byte order mark where those have one."""
    return (codecs.BOM_UTF8 if like.startswith(codecs.BOM_UTF8) else b"") + text.encode()


def read(source: Source) -> tuple[Node, list[Diagnostic]]:
    """The tree of a document, and what is wrong with single values in it. Raises Unreadable for the document as a whole."""
    composer = _Composer(source)
    return composer.compose(), composer.diagnostics


def stop(source: Source) -> int | None:
    """The character at which a text is no YAML any more, counted from its beginning; None where it is YAML to its end."""
    try:
        for _ in yaml.parse(_SURROGATES.sub(_join_surrogates, source.text), Loader=_LOADER):
            pass
    except yaml.YAMLError as error:
        place = _place(source, error)
        return source.offset(*place) if place is not None else 0
    return None


def _place(source: Source, error: yaml.YAMLError) -> tuple[int, int] | None:
    """The line and the column of a complaint; None where it has none."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return None
    line = min(mark.line + 1, len(source.lines))
    return line, min(mark.column + 1, len(source.lines[line - 1]) + 1)


def _unreadable(code: str, span: Span, message: str, help: str = "", label: str = "") -> Unreadable:
    return Unreadable(Diagnostic(code, message, span, label=label, help=help))


def _too_deep(span: Span) -> Unreadable:
    return _unreadable("E0008", span, f"this value is nested more than {MAX_NESTING} deep")


class _Open:
    """A collection that is still being filled."""

    __slots__ = ("again", "anchor", "call", "entries", "is_whole", "items", "key", "own", "start", "start_count")

    def __init__(self, start: Any, mapping: bool, anchor: str | None, count: int) -> None:
        self.start = start
        self.items: list[Node] = []
        self.entries: dict[str, Entry] | None = {} if mapping else None
        self.again: list[Again] = []
        self.own: list[tuple[Entry, dict[str, Entry]]] = []
        """Keys that stand under the wrong one, with what belongs to each."""
        self.key: Scalar | Invalid | None = None
        self.call: Span | None = None
        """The call that stands in it last, whose commas end no value."""
        self.is_whole = True
        """Whether all of its keys are known."""
        self.anchor = anchor
        self.start_count = count


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.count = 0
        self.again: list[Again] = []
        """Layers whose names are there already."""

    def compose(self) -> Node:
        documents = 0
        for event in self._events():
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event), 1, event.anchor)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._start(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _unreadable(
                        "E0005", self._span(event), "a second document starts here", help="keep one document in a file"
                    )
        if self.root is None or (isinstance(self.root, Scalar) and self.root.value is None):
            raise _unreadable(
                "E0003",
                self.source.whole(),
                "the document is empty",
                help="the shortest spec has archspec, name, input and layers",
            )
        if self.again:
            from archspec.document.twice import layers_twice

            self.diagnostics += layers_twice(self.root, self.again)
        return self.root

    def _refuse_directives(self) -> None:
        """E0005 for %TAG and what is like it, before the parse: libyaml compares each with all before it."""
        if not _DIRECTIVE.search(self.source.text):
            return
        is_between, is_first = True, True  # directives stand before a document only
        for number, line in enumerate(self.source.lines, 1):
            if not is_between:
                is_between = line.startswith("...")
            elif line.startswith("%"):
                if not is_first or not line.startswith("%YAML "):
                    span = Span(self.source, number, 1, number, len(line) + 1)
                    raise _unreadable(
                        "E0005", span, f"directives like {clip(line)} have no meaning here", help="leave the line out"
                    )
                is_first = False
            else:
                is_between = not line.strip() or line.lstrip().startswith("#")

    def _events(self) -> Iterator[Any]:
        self._refuse_directives()
        try:
            yield from yaml.parse(_SURROGATES.sub(_join_surrogates, self.source.text), Loader=_LOADER)
        except yaml.YAMLError as error:
            raise self._malformed(error) from None

    def _malformed(self, error: yaml.YAMLError) -> Unreadable:
        place = _place(self.source, error)
        if place is not None:
            line, column = place
            problem = str(getattr(error, "problem", None) or "the text does not continue as YAML")
            if problem == "exceeded maximum nesting depth":  # libyaml's own limit, which its scanner may meet before us
                return _too_deep(Span(self.source, line, column, line, column + 1))
            from archspec.document.complaint import Place
            from archspec.document.malformed import malformed

            context = str(getattr(error, "context", None) or "")
            begun = getattr(error, "context_mark", None)
            start = Place(begun.line + 1, begun.column + 1) if begun is not None else None
            return Unreadable(malformed(self.source, problem, context, Place(line, column), start))
        position = getattr(error, "position", 0) or 0
        character = getattr(error, "character", None)
        before = Source("", self.source.text.encode("utf-8", "replace")[:position].decode("utf-8", "replace"))
        line, column = len(before.lines), len(before.lines[-1]) + 1
        shown = f"U+{character:04X}" if isinstance(character, int) else "this character"
        return _unreadable(
            "E0001",
            Span(self.source, line, column, line, column + 1),
            f"{shown} is a control character, which YAML does not allow in a text",
            help="remove it",
        )

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _scalar(self, event: Any) -> Scalar | Invalid:
        span = self._span(event)
        if event.tag is not None and event.tag != "!":
            return self._invalid(
                "E0005", span, f"tags like {clip(event.tag)} have no meaning here", help="leave the tag out"
            )
        text: str = event.value
        if event.style:  # libyaml gives "" for a plain scalar
            return Scalar(text, text, True, span)
        return self._resolve(text, span)

    def _resolve(self, text: str, span: Span) -> Scalar | Invalid:
        """A plain scalar by the core schema of YAML 1.2, section 10.3."""
        if text in _NULL:
            return Scalar(None, text, False, span)
        if text in _BOOL:
            return Scalar(_BOOL[text], text, False, span)
        first = text[0]
        if not (first in "+-." or "0" <= first <= "9"):
            return Scalar(text, text, False, span)
        if _INTEGER.fullmatch(text):
            bits = COUNT_BITS if self._is_in_claims() else BITS
            value = _integer(text, bits)
            if value is None:
                return self._invalid("E0006", span, f"{clip(text, 40)} is beyond {bits} bits")
            return Scalar(value, text, False, span)
        if _NOT_FINITE.fullmatch(text):
            return self._invalid("E0006", span, f"{text} is not a finite number")
        if _FLOAT.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                return self._invalid("E0006", span, f"{clip(text, 40)} is larger than any number a computer keeps")
            return Scalar(number, text, False, span)
        return Scalar(text, text, False, span)

    def _invalid(self, code: str, span: Span, message: str, help: str = "", label: str = "") -> Invalid:
        if len(self.diagnostics) < MAX_READER_DIAGNOSTICS:
            self.diagnostics.append(Diagnostic(code, message, span, label=label, help=help))
        return Invalid(span)

    def _is_in_claims(self) -> bool:
        """Whether what is read now stands in a claim of the document."""
        key = self.stack[0].key if self.stack else None
        return isinstance(key, Scalar) and key.text in CLAIMS

    def _start(self, event: Any) -> None:
        if len(self.stack) >= MAX_NESTING:
            raise _too_deep(self._span(event))
        if event.tag is not None and event.tag != "!":
            self._invalid(
                "E0005",
                self._span(event),
                f"tags like {clip(event.tag)} have no meaning here",
                help="leave the tag out",
            )
        self.stack.append(_Open(event, isinstance(event, yaml.MappingStartEvent), event.anchor, self.count))

    def _end(self, event: Any) -> None:
        done = self.stack.pop()
        first, last = done.start.start_mark, event.end_mark
        span = Span(self.source, first.line + 1, first.column + 1, last.line + 1, last.column + 1)
        if done.again:
            self._keep_again(done)
        node: Node = Sequence(done.items, span) if done.entries is None else Mapping(done.entries, span, done.is_whole)
        first_key = next(iter(done.entries), "") if done.entries else ""
        if done.entries and ((first_key.isascii() and first_key.isdecimal()) or "(" in first_key):
            node = self._without_braces(done.entries, node)
        self._add(node, 1, None)
        for entry, entries in done.own:
            key = Scalar(entry.key, entry.key, False, entry.key_span)
            held = self.stack[-1].entries
            assert held is not None
            self._entry(held, key, Mapping(entries, entry.key_span))
        if done.anchor:
            self.anchors[done.anchor] = (node, self.count - done.start_count)

    def _keep_again(self, done: _Open) -> None:
        """The layers of a mapping with those whose names are there already; not where a layer's keys stand among them."""
        from archspec.document.twice import kept, key_twice

        assert done.entries is not None
        if "type" in done.entries:
            for other in done.again:
                self._tell(key_twice(other, may_say_same=False))
            return
        done.entries, named = kept(done.entries, done.again)
        self.again += named

    def _without_braces(self, entries: dict[str, Entry], node: Node) -> Node:
        """What stands in braces; nothing known where it is a list of numbers, or a call, which is said once."""
        from archspec.document.braces import call_in_braces, list_in_braces

        told = list_in_braces(entries, node.span) or call_in_braces(node.span)
        if told is None:
            return node
        start = node.span[1:3]
        while (
            self.diagnostics
            and self.diagnostics[-1].code in ("E0004", "E0103", "E0105")
            and (self.diagnostics[-1].span[1:3] > start)
        ):
            self.diagnostics.pop()  # sizes that are alike are no keys written twice, and arguments of a call are none at all
        self._tell(told)
        return Invalid(node.span)

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        found = self.anchors.get(event.anchor)
        if found is None:
            name = clip(event.anchor)
            inside = any(open_.anchor == event.anchor for open_ in self.stack)
            why = f"&{name} contains itself" if inside else f"no &{name} stands above this alias"
            self._add(self._invalid("E0009", span, why), 1, None)
            return
        self._add(found[0], found[1], None)

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        """Puts a finished node where it belongs; `size` is the number of nodes it stands for."""
        self.count += size
        if self.count > MAX_VALUES:
            raise _unreadable("E0007", node.span, f"the document has more than {MAX_VALUES:,} values after its aliases")
        if anchor:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if top.entries is None:
            item = self._item(node) if top.start.flow_style else node
            top.items += [item] if item is not None else []
        elif top.key is None:
            top.key = self._key(node)
        else:
            self._entry(top.own[-1][1] if top.own else top.entries, top.key, node)
            top.key = None

    def _key(self, node: Node) -> Scalar | Invalid:
        if isinstance(node, Sequence) and self._wants_key(node.span):
            return Scalar(node.span.text(), node.span.text(), False, node.span)
        if not isinstance(node, Scalar):
            return node if isinstance(node, Invalid) else self._invalid("E0005", node.span, "a key is a single word")
        if node.text[:1].isspace() and not node.quoted:
            from archspec.document.indented import odd_spaces

            raise Unreadable(odd_spaces(self.source, node.span.line))
        if node.text == "<<" and not node.quoted:
            return self._invalid(
                "E0005", node.span, "merge keys (<<) are not part of the language", help="write the keys out"
            )
        return node

    def _wants_key(self, span: Span) -> bool:
        """Whether a list in braces, behind other keys, is a value whose key is forgotten; who reads the mapping says so."""
        from archspec.document.braces import has_no_colon

        top = self.stack[-1]
        return bool(top.entries) and bool(top.start.flow_style) and span.line == span.end_line and has_no_colon(span)

    def _meant(self, entries: dict[str, Entry], key: Scalar, value: Node) -> tuple[Scalar, Node] | None:
        """A key without a value as it is meant, where that is plain; None where it is a part of what stands before it."""
        from archspec.document.braces import continued, is_alone, joins, split

        if not is_alone(key):
            return key, value
        if joins(entries, key):
            return None
        parts = split(key)
        if parts is not None:
            key, text, span, told = parts
            self._tell(told)
            is_quoted = text[0] == text[-1] and text[0] in "\"'" and len(text) > 1
            return key, Scalar(text[1:-1], text[1:-1], True, span) if is_quoted else self._resolve(text, span)
        told_of_last = continued(entries, key)
        if told_of_last is None:
            return key, value
        last = next(reversed(entries.values()))
        if self.diagnostics and self.diagnostics[-1].span[1:3] == last.value.span[1:3]:
            self.diagnostics.pop()  # what was said of the value when it was shorter
        last.value = Invalid(told_of_last.span)
        self._tell(told_of_last)
        return None

    def _item(self, node: Node) -> Node | None:
        """An item of a list in brackets; None for an argument of the call before it."""
        open_ = self.stack[-1]
        if open_.call is not None and node.span[1:3] < open_.call[3:]:
            return None
        if not isinstance(node, Scalar) or "(" not in node.text:
            return node
        from archspec.document.cut_calls import listed

        call = listed(node, [open_.key for open_ in self.stack[:-1]])
        open_.call = call.span if call is not None else open_.call
        return call or node

    def _tell(self, told: Diagnostic) -> None:
        if len(self.diagnostics) < MAX_READER_DIAGNOSTICS:
            self.diagnostics.append(told)

    def _entry(self, entries: dict[str, Entry], key: Scalar | Invalid, value: Node) -> None:
        open_ = self.stack[-1]
        if open_.call is not None and key.span[1:3] < open_.call[3:]:
            return  # an argument of the call
        if isinstance(key, Invalid):
            open_.is_whole = False
            return
        if open_.start.flow_style and isinstance(value, Scalar) and "(" in key.text + value.text:
            from archspec.document.cut_calls import called

            key, value, open_.call = called(key, value, [open_.key for open_ in self.stack[:-1]], not entries)
        if isinstance(value, Scalar) and value.value is None and not value.text and not value.quoted:
            meant = self._meant(entries, key, value)
            if meant is None:
                return
            key, value = meant
        earlier = entries.get(key.text)
        if earlier is None:
            entries[key.text] = Entry(key.text, key.span, value)
            return
        if len(self.diagnostics) + len(self.again) < MAX_READER_DIAGNOSTICS:
            self._tell_twice(entries, earlier, key, value)

    def _tell_twice(self, entries: dict[str, Entry], first: Entry, key: Scalar, value: Node) -> None:
        from archspec.document.twice import Again, is_empty, is_layers, key_twice, stands_under, stray

        above = self.stack[-2] if len(self.stack) > 1 else None
        holder = above.key if above is not None and above.entries is not None else None
        is_one = isinstance(holder, Scalar) and not is_layers(holder)
        entry = stray(entries, first.key, holder) if is_one and isinstance(holder, Scalar) else None
        if entry is not None and isinstance(holder, Scalar):
            keys = list(entries)
            moved = {name: entries.pop(name) for name in keys[keys.index(entry.key) :]}
            del moved[entry.key]
            self.stack[-1].own.append((entry, {**moved, key.text: Entry(key.text, key.span, value)}))
            self._tell(stands_under(entry, holder))
            return
        keys = list(entries)
        between = [entries[name] for name in keys[keys.index(first.key) + 1 :]]
        again = Again(len(entries), first, Entry(key.text, key.span, value), not between)
        is_item = above is not None and above.entries is None and "type" not in entries
        if above is None or self._is_in_claims() or not is_layers(above.key):
            self._tell(key_twice(again, may_say_same=not is_item and not any(map(is_empty, between))))
        else:
            self.stack[-1].again.append(again)


def _integer(text: str, bits: int) -> int | None:
    """The whole number, or None beyond so many bits. Length is checked first: Python refuses very long digits."""
    if len(text.lstrip("+-0")) > bits // 3 + 2:
        return None
    value = int(text, 8 if text[:2] == "0o" else 16) if text[:2] in ("0o", "0x") else int(text)
    return value if abs(value) < 2**bits else None


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)
