"""Formulas: how a figure comes about, in letters and with the numbers filled in. Enters: a text and sizes; leaves: texts.

The text is arithmetic as it is written by hand: numbers, words, `+ − · /`, parentheses, `floor(…)`, `ceil(…)`.
Divisions outside of floor and ceil leave no remainder. Nothing is computed here: the figure is what the facts say.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archspec.dims import Size

Value = Size | str
"""A size, or several that are written as a product or a sum of their own (`55·55`)."""
MAX_FACTORS = 12
"""Summands or factors that are written out; where there are more, nobody reads them."""
_WORD = r"[A-Za-z_]\w*"


class Formula(NamedTuple):
    """`floor((in + 2·padding − kernel_size) / stride) + 1`, and the sizes that its words stand for.

    `name` is what it is of: an axis, a parameter. Words without a value (`floor`) stay as they are.
    """

    name: str
    text: str
    values: Mapping[str, Value] = {}

    @property
    def filled(self) -> str:
        """`floor((227 + 2·0 − 11) / 4) + 1`: the text with the sizes in place of the words."""
        if self.text in self.values:
            return str(self.values[self.text])
        values = self.values
        return re.sub(_WORD, lambda word: operand(values[word[0]]) if word[0] in values else word[0], self.text)


def operand(value: Value) -> str:
    """A size as it stands between signs: in parentheses where it is negative, or an expression of several parts."""
    text = str(value)
    if isinstance(value, int):
        return f"(−{-value})" if value < 0 else text
    is_one = text.replace("_", "").isalnum()
    return text if is_one else f"({text})"


def times(sizes: Sequence[Value]) -> str:
    """`55·55·96`; 1 for none."""
    return "·".join(map(operand, sizes)) or "1"


def plus(sizes: Sequence[Value]) -> str:
    """`96 + 256`; 0 for none."""
    return " + ".join(map(operand, sizes)) or "0"
