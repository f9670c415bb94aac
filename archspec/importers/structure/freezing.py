"""What does not train, said of the largest groups in which nothing does. Enters: a tree of `Entry`s, which is changed in place.

Before blocks are found: a block that is frozen in one place and not in another is then one block, and its use says which.
"""

from __future__ import annotations

from archspec.importers.structure.scopes import Entry


def freeze_groups(network: Entry) -> None:
    """Moves `freeze: true` from the layers of a group to the group, where none of them trains."""
    for entry in network.layers or []:
        if entry.layers is None:
            continue
        if not _is_frozen(entry):
            freeze_groups(entry)
            continue
        for inner in entry.walk():
            inner.keys = {key: value for key, value in inner.keys.items() if key != "freeze"}
            inner.is_frozen = True
        entry.keys["freeze"] = True


def _is_frozen(group: Entry) -> bool:
    """Whether something in it is frozen, and nothing trains."""
    own = [entry for entry in group.walk() if entry.source is not None and entry.use is None]
    trains = any(entry.source is not None and entry.source.trains for entry in own)
    return not trains and any(entry.keys.get("freeze") is True for entry in own)
