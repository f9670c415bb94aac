"""Calls of Python code in braces and brackets, which YAML cuts at their commas: `{type: nn.Conv2d(3, 8, 3), from: a}`.

Enters: a text that begins a call where a type should stand, and the keys above it; leaves: the whole call. No type has brackets,
so that each is said to be wrong where the layer is read. Imported only for texts with a bracket.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.document.tree import Invalid, Scalar
from archspec.limits import MAX_CALL_TEXT
from archspec.source import Span

_BEGUN = re.compile(r"[A-Za-z_][\w.]*\(")
_NAMES = ("args", "let", "for")
"""What holds names with any values, of which one may be `type`."""
Keys = Sequence[Scalar | Invalid | None]
"""The keys above a place, outermost first; None for a list."""


def called(key: Scalar, value: Scalar, above: Keys, is_first: bool) -> tuple[Scalar, Scalar, Span | None]:
    """A key and its value in braces, with a call in place of its beginning as the type, as a layer of `layers`, or as a key
    without a value where a type is meant; and where that call is."""
    is_type = key.text == "type" or _are_layers(above)
    call = _whole(value if is_type else key) if not _are_names(above) else None
    if call is None or (not is_type and (value.text or (is_first and _is_alone(call.span)))):
        return key, value, None
    return (key, call, call.span) if is_type else (call, value, call.span)


def listed(item: Scalar, above: Keys) -> Scalar | None:
    """The call that an item of a list of layers begins."""
    return _whole(item) if _are_layers(above) else None


def _are_layers(above: Keys) -> bool:
    return _is_called(above, ("layers",)) and not _are_names(above[:-1])


def _are_names(above: Keys) -> bool:
    return _is_called(above, _NAMES)


def _is_called(above: Keys, names: Sequence[str]) -> bool:
    last = above[-1] if above else None
    return isinstance(last, Scalar) and last.text in names


def _is_alone(call: Span) -> bool:
    """Whether a brace follows, so that a call in the first place is all that they hold."""
    return call.source.text[call.source.offset(*call[3:]) :].lstrip()[:1] == "}"


def _whole(begun: Scalar) -> Scalar | None:
    """The call that a text in braces or brackets begins, `nn.Conv2d(3` of `{type: nn.Conv2d(3, 8, 3), from: a}`, up to where its
    bracket is closed; None where it begins none, or where something else stands behind it."""
    if begun.quoted or not _BEGUN.match(begun.text) or begun.text.count("(") <= begun.text.count(")"):
        return None
    source, start = begun.span.source, begun.span.source.offset(*begun.span[1:3])
    text = source.text[start : start + MAX_CALL_TEXT]
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and depth == 0:
            span = Span(source, *begun.span[1:3], *source.place(start + place + 1))
            is_whole = text[place + 1 :].lstrip()[:1] in (",", "}", "]")
            return Scalar(text[: place + 1], text[: place + 1], False, span) if is_whole else None
    return None
