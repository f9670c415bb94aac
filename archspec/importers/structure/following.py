"""Sizes of layers that follow from what their scope reads. Enters: the network's entries, blocks found. Leaves: the same, with
expressions where a law says a size, and with numbers where none does.
"""

from __future__ import annotations

from archspec.importers.sized import first
from archspec.importers.structure.arguments import Arguments
from archspec.importers.structure.repeats import is_block
from archspec.importers.structure.scopes import Entry


def follow(scope: Entry) -> None:
    """Writes what differs between two sizes in the keys of a network's, a block's or a group's layers, and of those below."""
    waiting = [scope]
    while waiting:
        group = waiting.pop()
        sizes = Arguments([group])
        for entry in group.layers or []:
            if entry.layers is not None:
                waiting.append(entry)
            elif group is scope or not is_block(
                entry
            ):  # a group of uses may become one repeat, which stands outside of it
                entry.keys = {key: sizes.followed(value, is_top=True) for key, value in entry.keys.items()}
            entry.keys = {key: first(value) for key, value in entry.keys.items()}
