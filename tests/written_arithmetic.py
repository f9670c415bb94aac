"""Arithmetic as `archspec explain` writes it, worked out: the oracle for its lines. Enters: a text; leaves: a fraction."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction

_SIGNS = str.maketrans({"·": "*", "−": "-", "^": "**"})
_ALLOWED = re.compile(r"[\w\s·−+\-*/^(),]*")


def worked_out(text: str, symbols: Mapping[str, int] | None = None) -> Fraction:
    """What a line's right side comes to, floor and ceil included; `symbols` are the numbers that stand for names."""
    assert _ALLOWED.fullmatch(text), text
    written = re.sub(r"(?<![\w.])\d+", r"Fraction(\g<0>)", _word(text.translate(_SIGNS)))
    names = {
        "Fraction": Fraction, "floor": lambda x: Fraction(math.floor(x)), "ceil": lambda x: Fraction(math.ceil(x)),
        "max": max, "min": min,
    }  # fmt: skip
    value = eval(
        written, {"__builtins__": {}}, {**names, **{_word(k): Fraction(v) for k, v in (symbols or {}).items()}}
    )
    assert isinstance(value, Fraction)
    return value


def _word(text: str) -> str:
    """The word `in` as a name."""
    return re.sub(r"\bin\b", "in_", text)
