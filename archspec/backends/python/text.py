"""Text and values of a spec as Python: literals, comments and docstrings, each escaped in this one place.

Enters: values and free text, both from strangers. Leaves: tokens that stay what they are, whatever stands in them. No
text can end a comment or a docstring, and no value can be anything but a constant.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata

WIDTH = 88
"""The line length of ruff and black."""

_DIRECTIVE = re.compile(
    r"#|!|:|(type|fmt|noqa|ruff|mypy|pyright|pylint|isort|yapf|flake8|pragma|nosec|coverage|coding|vim?|-\*-)\b"
    r"|.*\b(coding|noqa|type)\s*[:=]|-\*-",
    re.IGNORECASE,
)
"""A comment that begins like this would speak to a tool instead of a reader."""
_STRUCTURE = re.compile(r"\s|[-*+•] |\d+[.)] ")
"""A line that begins like this is part of a list or an example, and is not joined with the one above."""


def number(value: bool | int | float) -> str:
    """A number as ruff writes it."""
    text = repr(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return f'float("{text}")'
        return text.replace("e+", "e")
    return text


def string(value: str) -> str:
    """A text as an ASCII constant, in the quotes that need fewer escapes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_escaped(char, quote) for char in value) + quote


def _escaped(char: str, quote: str) -> str:
    if char in (quote, "\\"):
        return f"\\{char}"
    if " " <= char <= "~":
        return char
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str) -> str:
    """One line of text without anything that breaks lines or cannot be seen; spaces are collapsed."""
    shown = "".join(char if char.isprintable() else _visible(char) for char in text)
    return re.sub(r" +", " ", shown).strip()


def _visible(char: str) -> str:
    if char.isspace() or unicodedata.category(char) in ("Zl", "Zp", "Cc"):
        return " "
    return f"<U+{ord(char):04X}>"


def paragraphs(text: str, width: int) -> list[str]:
    """Free text as wrapped lines. Lines of a paragraph are joined; lists and examples keep their lines."""
    lines: list[str] = []
    joined: list[str] = []
    for raw in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        starts_anew = not raw.strip() or _STRUCTURE.match(raw) is not None
        if starts_anew and joined:
            lines += wrapped(" ".join(joined), width)
            joined = []
        if not raw.strip():
            if lines and lines[-1]:
                lines.append("")
        elif starts_anew:
            indent = " " * min(len(raw) - len(raw.lstrip(" ")), 16)
            lines += wrapped(indent + plain(raw), width)
        else:
            joined.append(plain(raw))
    while lines and not lines[-1]:
        lines.pop()
    return lines


def wrapped(text: str, width: int, later: str = "") -> list[str]:
    """One paragraph as lines; `later` begins all but the first. Words longer than a line stay whole."""
    start = text[: len(text) - len(text.lstrip(" "))]
    return textwrap.wrap(
        text, width, initial_indent="", subsequent_indent=later or start, break_on_hyphens=False, break_long_words=False
    )


def comments(text: str, indent: int) -> list[str]:
    """Free text as comment lines of their own."""
    margin = " " * indent
    found = paragraphs(text, WIDTH - indent - 2)
    return [(f"{margin}# {_harmless(line)}" if line else f"{margin}#") for line in found]


def _harmless(line: str) -> str:
    return f"Note: {line}" if _DIRECTIVE.match(line.strip()) else line


def docstring(lines: list[str], indent: int) -> list[str]:
    """Lines, already wrapped, as a docstring."""
    margin = " " * indent
    inner = [line.replace("\\", "\\\\").replace('"""', "'''").rstrip() for line in lines]
    inner[0] = inner[0].lstrip()
    inner[0] = f" {inner[0]}" if inner[0].startswith('"') else inner[0]
    if len(inner) == 1 and not inner[0].endswith('"') and len(margin) + len(inner[0]) + 6 <= WIDTH:
        return [f'{margin}"""{inner[0]}"""']
    return [f'{margin}"""{inner[0]}', *(f"{margin}{line}" if line else "" for line in inner[1:]), f'{margin}"""']
