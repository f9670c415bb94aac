"""Plain data that a spec can be written from. Enters: what a program made; leaves: that, or a TypeError with a place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from archspec.limits import MAX_PLAIN_DEPTH


def as_python(value: Any) -> Any:
    """A number, a text, a truth value or an array of another library (NumPy, pandas, PyTorch) as Python has it, arrays as nested
    lists; anything else as it is."""
    for kind in (bool, int, float, str):  # what derives from them (an IntEnum, a NumPy float) is written as they are
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    is_array = hasattr(value, "tolist") and hasattr(value, "dtype") and not isinstance(value, type)
    return value.tolist() if is_array else value


def plain(value: Any, where: str = "the spec", depth: int = 0) -> Any:
    """The data with dicts, lists, texts, finite numbers, truth values and None alone. Raises TypeError, which names the place."""
    if depth > MAX_PLAIN_DEPTH:
        raise TypeError(f"{where[:200]} is nested deeper than {MAX_PLAIN_DEPTH} levels, or contains itself")
    value = as_python(value)
    if isinstance(value, Mapping):
        wrong = next((key for key in value if not isinstance(key, str)), None)
        if wrong is not None:
            raise TypeError(f"{where} has the key {wrong!r}; keys are texts")
        return {str(key): plain(item, f"{where}[{key!r}]", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{where} is {value}, which no spec can hold")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"{where} is a {type(value).__name__}; a spec holds dicts, lists, texts, numbers, truth values and None"
    )
