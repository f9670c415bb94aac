"""Expressions as other languages write them: `a && b`, `c ? a : b`, `4d`, `args.width`, `depths.0`. Enters: a text; leaves: the
same as it is written here. Imported only where an expression is wrong.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.expressions.grammar import parts, readable


class Rewrite(NamedTuple):
    """A text as it is written here, and whether nothing else can be meant."""

    text: str
    is_safe: bool


_PRODUCT = re.compile(
    r"(?<![\w.])([0-9]+(?:\.[0-9]+)?) *(?=[A-Za-z_(])(?![eE][-+]?[0-9]|(?:if|else|and|or|not|in|for)\b)"
)
"""A number right before what it is to be multiplied with."""
_SIGNS = (
    (re.compile(r" *&& *"), " and ", True),
    (re.compile(r" *\|\| *"), " or ", True),
    (re.compile(r"!(?!=) *"), "not ", True),
    (re.compile(r"\btrue\b", re.IGNORECASE), "true", True),
    (re.compile(r"\bfalse\b", re.IGNORECASE), "false", True),
    (re.compile(r"(?<![=<>!])=(?!=)"), "==", False),
    (re.compile(r" *\^ *"), " ** ", False),
    (re.compile(r"\b(?:args|let|self|config|cfg)\.(?=[A-Za-z_])"), "", True),
    (_PRODUCT, r"\1 * ", True),
    (re.compile(r"(?<=[A-Za-z_])\.([0-9]{1,4})\b"), r"[\1]", True),
)
"""What stands there, what is written here, and whether it can mean nothing else, as ^ can."""
_NEGATED = re.compile(r"!(?!=).*[=<>]")
"""A negation before a comparison, which binds more there than `not` does here."""
_CHOICE = re.compile(r"(?P<condition>[^?:]+)\?(?P<yes>[^?:]+):(?P<no>[^?:]+)")


def rewritten(text: str) -> Rewrite | None:
    """A text whose expressions are none of this language as it is meant; None where it is not plain."""
    found, is_safe = [], True
    for piece in parts(text):
        if isinstance(piece, str):
            found.append(piece)
            continue
        own, is_sure = _expression(piece[0])
        found.append(f"${{{own}}}")
        is_safe = is_safe and is_sure
    written = "".join(found)
    return Rewrite(written, is_safe) if written != text and readable(written) is not None else None


def _expression(text: str) -> tuple[str, bool]:
    if "'" in text or '"' in text:
        return text, True
    choice, is_safe = _CHOICE.fullmatch(text), not _NEGATED.search(text)
    if choice is not None:
        text = f"{choice['yes'].strip()} if {choice['condition'].strip()} else {choice['no'].strip()}"
    for sign, own, is_sure in _SIGNS:
        after = sign.sub(own, text)
        is_safe = is_safe and (is_sure or after == text)
        text = after
    return text, is_safe
