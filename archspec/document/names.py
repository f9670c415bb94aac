"""Which name to offer in place of one that is not allowed (`archspec.names` says which are)."""

from __future__ import annotations

import re

from archspec.limits import MAX_NAME_LENGTH
from archspec.names import why_no_class_name, why_no_layer_name

LETTERS = "use the letters a to z, digits and underscores"
"""Help where no name can be offered."""
_SPELT = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
})  # fmt: skip
"""Letters that are no letter of a to z with a mark."""


def spelt(name: str) -> str:
    """A name with the letters of Latin alphabets as a to z: größe is grosse."""
    if name.isascii():
        return name
    from unicodedata import combining, normalize

    return "".join(c for c in normalize("NFKD", name.translate(_SPELT)) if not combining(c))


def suggest(name: str, capitalize: bool = False) -> str | None:
    """The nearest name that is allowed, or None where nothing of it can be kept."""
    plain = spelt(name[:200])
    if not capitalize and plain != name and why_no_layer_name(plain) is None:
        return plain
    words = re.findall(r"[A-Za-z0-9]+", plain)
    joined = "".join(w[:1].upper() + w[1:] for w in words) if capitalize else "_".join(words)
    joined = joined[: MAX_NAME_LENGTH - 2]
    if joined and joined[0].isdigit():
        joined = f"Net{joined}" if capitalize else f"layer{joined}"
    test = why_no_class_name if capitalize else why_no_layer_name
    if not joined:
        return None
    return next((other for other in (joined, f"{joined}1", f"{joined}_") if test(other) is None), None)
