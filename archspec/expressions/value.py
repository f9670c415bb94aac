"""What expressions are worth, and arguments hold: plain values. Data only, so that specs without expressions pay for no more."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, Final


class Symbol:
    """A size that is known by a name only. No expression can compute with it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


Value = None | bool | int | float | str | Symbol | tuple["Value", ...]


class Unknown:
    """The value of a name that is in error; whatever needs it is not known either."""


UNKNOWN: Final = Unknown()


def key_of(values: Iterable[Value | Unknown]) -> tuple[object, ...] | None:
    """What is equal of equal values alone: true is not 1, and 0.0 not -0.0. None where one is not known."""
    found: list[object] = []
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Unknown):
            return None
        if isinstance(value, tuple):
            found.append(len(value))
            waiting += value
        else:
            known = value.name if isinstance(value, Symbol) else repr(value) if isinstance(value, float) else value
            found += (type(value), known)
    return tuple(found)


def is_expression(text: str) -> bool:
    """Whether a text has anything to evaluate in it."""
    return "${" in text


def as_data(value: Value | Unknown) -> Any:
    """A value as JSON has it: a symbolic size is its name, what is in error is null, and what no JSON number is, a text."""
    if isinstance(value, tuple):
        return [as_data(item) for item in value]
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return None if isinstance(value, Unknown) else value


def show(value: Value, depth: int = 3) -> str:
    """A value as messages show it; lists as deep as this."""
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, tuple):
        if depth == 0:
            return "[…]"
        return "[" + ", ".join(show(item, depth - 1) for item in value[:8]) + (", …]" if len(value) > 8 else "]")
    if isinstance(value, str):
        return f'"{value[:40]}"'
    return (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )
