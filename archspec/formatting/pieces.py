"""The words of a YAML text and what is between them. Enters: a text; leaves: its pieces, each with the blank stretch before it.

libyaml's scanner says where words stand, and which of them open and close blocks. What it leaves out is blank, or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from archspec.source import Source

_ODD_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_KINDS = {
    "FlowMappingStartToken": "{", "FlowMappingEndToken": "}", "FlowSequenceStartToken": "[", "FlowSequenceEndToken": "]",
    "FlowEntryToken": ",", "ValueToken": ":", "BlockEntryToken": "-", "AnchorToken": "&", "AliasToken": "*",
}  # fmt: skip


class Unusual(Exception):
    """The text is written in a way that is not followed here."""


@dataclass(slots=True, eq=False)
class Level:
    """A block: the column that it has in the text, and the one that it is to have."""

    old: int
    new: int
    is_list: bool
    is_beside: bool = False
    """Whether it is a list whose dashes stand below their key, which YAML allows."""


@dataclass(slots=True)
class Piece:
    """A word of the text, with what is before it since the word before. The last piece has no text, and ends the document."""

    kind: str
    text: str
    before: str
    column: int
    levels: list[Level]
    """The blocks that it stands in, outermost first."""
    is_first: bool = False
    """Whether it begins a key of a block, or is a dash: then its block's column is its own."""
    depth: int = 0
    """How many braces and brackets are open where it stands: of an opening one, itself included."""
    left: list[Level] = field(default_factory=list)
    """The blocks that the word before stood in."""

    def comments(self) -> list[str]:
        return [line.strip() for line in self.before.split("\n") if line.strip()]


def cut(text: str) -> list[Piece]:
    """The pieces of a text whose lines end in line feeds. Raises Unusual."""
    if _ODD_BREAKS.search(text):
        raise Unusual("lines end in characters that YAML knows and editors do not")
    source = Source("", text)
    pieces: list[Piece] = []
    levels: list[Level] = []
    end, depth, is_key = 0, 0, False
    for token in _tokens(text):
        name = type(token).__name__
        _enter(name, token, levels)
        start, stop = _place(source, token.start_mark), _place(source, token.end_mark)
        is_key = is_key or (name == "KeyToken" and not depth)
        if name == "StreamEndToken":
            start = stop = len(text)
        elif stop <= start:
            continue
        elif name == "DocumentEndToken":
            raise Unusual(
                f"line {token.start_mark.line + 1} is ..., which ends a document and is not needed; take it out"
            )
        elif name not in _KINDS and name not in ("ScalarToken", "DocumentStartToken"):
            raise Unusual(
                f"line {token.start_mark.line + 1} has something that is rarely written: {text[start:stop][:20]!a}"
            )
        depth += name.startswith("Flow") and name.endswith("StartToken")
        before = text[end:start]
        if any(line.strip() and not line.lstrip().startswith("#") for line in before.split("\n")):
            raise Unusual(f"line {token.start_mark.line + 1} is written in an unusual way")
        pieces.append(Piece(
            _KINDS.get(name, "word"), text[start:stop], before, token.start_mark.column, list(levels),
            is_key or (name == "BlockEntryToken"), depth, pieces[-1].levels if pieces else []))  # fmt: skip
        depth -= name.startswith("Flow") and name.endswith("EndToken")
        end, is_key = stop, False
    return pieces


def _place(source: Source, mark: Any) -> int:
    """Where a mark is in the text. libyaml ends every text with a line break, also where none is."""
    if mark.line >= len(source.starts):
        return len(source.text)
    return min(source.offset(mark.line + 1, mark.column + 1), len(source.text))


def _tokens(text: str) -> Iterator[Any]:
    try:
        yield from yaml.scan(text, Loader=getattr(yaml, "CLoader", yaml.Loader))
    except yaml.YAMLError:
        raise Unusual("it has characters that are written in another way than YAML's") from None


def _enter(name: str, token: Any, levels: list[Level]) -> None:
    """Opens and closes blocks, those of dashes that stand below their key among them."""
    column, top = token.start_mark.column, levels[-1] if levels else None
    if name in ("BlockMappingStartToken", "BlockSequenceStartToken"):
        levels.append(Level(column, top.new + 2 if top else 0, name == "BlockSequenceStartToken"))
    elif name == "BlockEntryToken" and top is not None and not top.is_list:
        levels.append(Level(column, top.new + 2, True, is_beside=True))
    elif name == "KeyToken" and top is not None and top.is_beside and column == top.old:
        levels.pop()
    elif name == "BlockEndToken":
        if top is not None and top.is_beside:
            levels.pop()
        levels.pop()
