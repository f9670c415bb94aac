"""Keys without a value in braces, where YAML reads another thing than is meant: `{type:Conv2d}`, `{stride 2}`, `{size: 3, 3}`.

Enters: such a key and what stands before it; leaves: what is meant, and one diagnostic. Imported only for such keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.grouped import grouped, is_sure
from archspec.document.quantity_help import decimal_count
from archspec.document.sizes import number_in, sizes_in
from archspec.document.tree import Entry, Invalid, Node, Scalar, clip, show
from archspec.limits import MAX_CALL_TEXT
from archspec.source import Span, written

_JOINED = re.compile(
    r"(?P<key>[A-Za-z_][\w.-]*)(?P<between>:(?=[^\s:/])| *= *(?=[^\s=])|\s+(?=[^\s=:]))(?P<value>.+)", re.DOTALL
)
_NO_KEY = re.compile(r"(?:[A-Z]|(?:in|no|not|use|with|without) )")
"""How words begin of which the first is no key: an op, `in place`, `no bias`."""
_REST = re.compile(r"-?[0-9]{1,9}(?:e[-+]?[0-9]{1,2})?\)?|\)|[0-9]{1,3} ?[kMGTP]")
_NAMED = re.compile(r"[A-Za-z_][\w.]*\)?")
_BEGIN = re.compile(r"\(?-?[0-9]{1,9}")
_MAY_BE_VALUE = re.compile(r"[-0-9.(\[$]|[Tt]rue|[Ff]alse|\)")
"""How a value begins that is no name."""
_WRONG = {
    ":": ("no space after the colon, so that {} is one word, and a key", "a space is missing after the colon"),
    "=": ("an equals sign in place of a colon, so that {} is a key", "a colon and a space expected"),
    "": ("a colon is missing after {1}, so that {0} is a key", "a colon is missing"),
}
"""What is said of a key and a value by what stands between them."""
COUNTS = ("params", "weights", "weight", "biases", "bias", "running_params", "trainable_params", "buffers", "macs", "flops",
          "layer_count", "param_bytes", "peak_activation_bytes", "min", "max")  # fmt: skip
"""Keys that never take a list."""
_CALLED = re.compile(r"[A-Za-z_][\w.]*\((?:[^:]|:(?!\s))*\)", re.DOTALL)
"""A call, without keys."""
CALL = "a call of Python code"
AS_KEYS = "write its type and its arguments as keys"
MAX_SIZES = 16
"""Numbers that are taken for one list."""
MAX_NAMES = 64
"""Names that are."""


def is_count(key: str) -> bool:
    """Whether a key is that of a count, as it is called here or elsewhere."""
    from archspec.document.other_keys import meant

    return key in COUNTS or meant(key, COUNTS) is not None


def is_alone(key: Scalar) -> bool:
    """Whether a key is written without a colon after it, which only braces allow."""
    return not key.quoted and has_no_colon(key.span)


def is_phrase(key: Span) -> bool:
    """Whether several words stand alone as a key, of which some may be its value."""
    return " " in key.text().strip() and has_no_colon(key)


def has_no_colon(key: Span) -> bool:
    """Whether a comma or a brace follows a key."""
    line = key.source.lines[key.end_line - 1]
    return line[key.end_column - 1 :].lstrip()[:1] in ("", ",", "}", "#")


def split(key: Scalar) -> tuple[Scalar, str, Span, Diagnostic] | None:
    """The key and the value of `{type:Conv2d}`, `{stride 2}` and `{stride=2}`, which YAML reads as keys of these names, and what
    is said of it."""
    found = _JOINED.fullmatch(key.text[:1_000])
    span = key.span
    if found is None or span.line != span.end_line or span.text() != key.text:
        return None
    if found["between"].isspace() and _NO_KEY.match(key.text):
        return None
    name, value = found["key"], found["value"]
    middle, last = span.column + len(name), span.column + found.start("value")
    first = Span(span.source, span.line, span.column, span.line, middle)
    rest = Span(span.source, span.line, last, span.line, span.end_column)
    said = f"write {clip(name, 40)}: {clip(value, 40)}"
    place = Span(span.source, span.line, middle, span.line, last)
    message, label = _WRONG[found["between"].strip()]
    told = Diagnostic(
        "E0103", message.format(clip(key.text), clip(name, 40)), span,
        label=label, help=said, ways=(Fix(said, (Edit(place, ": "),), is_safe=True),),
    )  # fmt: skip
    return Scalar(name, name, False, first), value, rest, told


def continued(entries: dict[str, Entry], key: Scalar) -> Diagnostic | None:
    """What is said of a number after a value, as in `{kernel_size: 3, 3}`, where both are parts of one list."""
    if not entries:
        return None
    last = next(reversed(entries.values()))
    if last.key == "from" and _NAMED.fullmatch(key.text):
        return _names(last, key)
    if _REST.fullmatch(key.text) is None:
        return None
    begun, end = last.value, key.span
    if not isinstance(begun, Invalid) and (
        not isinstance(begun, Scalar) or _BEGIN.fullmatch(begun.span.text()) is None
    ):
        return None
    span = begun.span.to(end)
    text = span.text() if span.line == span.end_line else ""
    sizes = sizes_in(text)
    counted = decimal_count(text) if is_count(last.key) else ""
    if counted:
        said = f"write {clip(last.key, 40)}: {counted}"
        return Diagnostic(
            "E0105", f"a comma ends the value of {clip(last.key)}, so that {key.text} is a key", span, label="cut at the comma",
            help=said, ways=(Fix(said, (Edit(span, counted),), is_safe=True),),
        )  # fmt: skip
    is_list = 1 < len(sizes) <= MAX_SIZES or (len(sizes) == 1 and text.endswith(")"))
    if not is_list and number_in(text) is None:
        return None
    ways = tuple(_ways(entries, last.key, span, sizes))
    return Diagnostic(
        "E0105", f"a comma ends the value of {clip(last.key)}, so that {key.text} is a key", span, label="cut at the comma",
        help="a list stands in brackets" if number_in(text) is None else "a list stands in brackets, and a number has no commas",
        ways=ways,
    )  # fmt: skip


def _names(last: Entry, key: Scalar) -> Diagnostic | None:
    """What is said of a name after the value of `from`, as in `{from: a, b}`."""
    begun, end = last.value, key.span
    span = begun.span.to(end)
    text = span.text() if span.line == span.end_line else ""
    names = [name.strip() for name in text.strip("() ").split(",")]
    if not isinstance(begun, Scalar | Invalid) or not all(_NAMED.fullmatch(name) for name in names):
        return None
    said = f"write from: [{', '.join(names)}]"
    edit = Edit(span, f"[{', '.join(names)}]")
    return Diagnostic(
        "E0105", f"a comma ends the value of from, so that {clip(key.text)} is a key", span, label="cut at the comma",
        help="a list stands in brackets", ways=(Fix(clip(said, 200), (edit,), is_safe_alone=True),),
    )  # fmt: skip


def joins(entries: dict[str, Entry], key: Scalar) -> bool:
    """Whether a value without a key follows another one, as 64 and [3, 3] in `{type: Conv2d, 64, [3, 3]}`. It is one with it
    then, since keys of their own would be written twice in `{type: Conv2d, 3, 64, 3}`."""
    last = next(reversed(entries.values())) if len(entries) > 1 else None
    if last is None or not _is_nothing(last.value) or not _MAY_BE_VALUE.match(key.text):
        return False
    first, end = last.key_span, key.span
    if not _MAY_BE_VALUE.match(last.key) or not has_no_colon(first) or first.line != end.end_line:
        return False
    span = first.to(end)
    del entries[last.key]
    entries[span.text()] = Entry(span.text(), span, last.value)
    return True


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


def call_in_braces(span: Span) -> Diagnostic | None:
    """What is said of `{nn.Conv2d(64, 192, kernel_size=5)}`; `advice` has what to write in its place."""
    text = written(span)
    if text[:1] != "{" or _CALLED.fullmatch(text[1:-1].strip()[:MAX_CALL_TEXT]) is None:
        return None
    return Diagnostic(
        "E0105", f"braces make a mapping of keys, and {clip(text[1:-1].strip(), 60)} is {CALL}", span,
        label="a call in braces", help=AS_KEYS,
    )  # fmt: skip


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None and not node.text


def _ways(entries: dict[str, Entry], key: str, span: Span, sizes: tuple[int | str, ...]) -> Iterator[Fix]:
    """The list that was meant, or the one number, where its digits are grouped or its point is a comma: of these the one that
    the key takes, where it is known what that is."""
    text = span.text()
    number = number_in(text)
    listed = show(sizes)
    said = clip(key, 40)
    if number is None:
        written = [listed, *map(show, sizes if len(sizes) == 1 else ())]
        yield from (Fix(f"write {said}: {value}", (Edit(span, value),), is_safe=True) for value in written)
        return
    from archspec.document.taken import checks_of

    checks = checks_of(entries, key)
    is_listed = not is_count(key)
    may_be_list = bool(sizes) and (any(check.fits(sizes) for check in checks) if checks else is_listed)
    may_be_number = not checks or any(check.fits(number) for check in checks) or not may_be_list
    if grouped(text) is None or is_sure(text, is_listed):
        listing = Fix(f"write {said}: {listed}", (Edit(span, listed),))
        pointed = Fix(f"write {said}: {show(number)}", (Edit(span, show(number)),), is_safe=True)
        yield from (way for way, may_be in ((listing, may_be_list), (pointed, may_be_number)) if may_be)
    else:
        alone = " or ".join(map(str, sizes))
        yield Fix(f"write {said}: {listed}, or {number}", (Edit(span, listed),))
        yield Fix(f"write {said}: {number}, or {alone} alone", (Edit(span, str(number)),))
