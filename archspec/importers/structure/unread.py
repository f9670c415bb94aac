"""Arguments and names for sizes that nothing of their block reads. Enters: blocks, and the network's body. Leaves: the same,
without them.

A block is made before those within it are. What an inner layer then follows from what its own block reads, it takes from no
argument of the outer one any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archspec.importers.structure.arguments import Expression
from archspec.importers.structure.blocks import Block
from archspec.importers.structure.scopes import Entry

_EXPRESSION = re.compile(r"\$\{([^}]*)\}")
_WORD = re.compile(r"[A-Za-z_]\w*")


def drop_unread(blocks: Sequence[Block], network: Entry) -> None:
    """Blocks come before those that use them: what an inner one does not take, the outer one need not have."""
    bodies = [network, *(block.body for block in blocks)]
    for block in blocks:
        read = _read(block)
        block.lets = {name: said for name, said in block.lets.items() if name in read}
        unread = block.args.keys() - read
        block.args = {name: value for name, value in block.args.items() if name not in unread}
        for use in (entry for body in bodies for entry in body.walk() if entry.type == block.name) if unread else ():
            use.keys = {key: value for key, value in use.keys.items() if key not in unread}
            use.defaults = {key: value for key, value in use.defaults.items() if key not in unread}


def _read(block: Block) -> set[str]:
    """The names that an expression of the block's layers has, and those that such a name stands for."""
    entries = list(block.body.walk())
    read = {word for entry in entries for value in (entry.chosen, *entry.keys.values()) for word in _words(value)}
    waiting = list(read)
    while waiting:
        new = set(_words(block.lets.get(waiting.pop()))) - read
        read |= new
        waiting += new
    return read


def _words(value: object) -> Iterator[str]:
    """The names in the expressions of a key's value."""
    if isinstance(value, Expression):
        yield from _WORD.findall(value.text)
    elif isinstance(value, str):
        for said in _EXPRESSION.findall(value):
            yield from _WORD.findall(said)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _words(item)
