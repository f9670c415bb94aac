"""What of a drawing is new, and what has changed, since another network. Enters: a drawing of the second; leaves: `Marks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archspec.backends.diagram.drawing import Drawing, clip
from archspec.comparison.model import Comparison, Member
from archspec.graph import Node

MOST_REMOVED = 12
"""Names that are listed before the rest is a number."""


class Marks(NamedTuple):
    """`added` or `changed`, by a box's id, and the lines about what is gone."""

    boxes: Mapping[str, str]
    removed: tuple[str, ...]


def mark(drawing: Drawing, found: Comparison) -> Marks:
    """A box is added where all its layers are, and changed where some of them are, or were changed, moved or renamed."""
    added = {node.index for change in found.changes if change.before is None for node in _nodes(change.after)}
    touched = {node.index for change in found.changes if change.before is not None for node in _nodes(change.after)}
    touched |= added | {y.index for x, y in found.pairs.items() if y.is_input and _is_other_input(found, x, y)}
    whole = dict.fromkeys(drawing.boxes.values(), True)
    boxes: dict[str, str] = {}
    for index, id in drawing.boxes.items():
        whole[id] = whole[id] and index in added
        if index in touched:
            boxes[id] = "changed"
    boxes.update((id, "added") for id, is_whole in whole.items() if is_whole)
    gone = [change.before.path for change in found.changes if change.after is None and change.before is not None]
    more = [f"… {len(gone) - MOST_REMOVED:,} more"] if len(gone) > MOST_REMOVED else []
    return Marks(boxes, (*map(clip, gone[:MOST_REMOVED]), *more))


def _is_other_input(found: Comparison, x: Node, y: Node) -> bool:
    return x.path != y.path or found.before.of(x).output != found.after.of(y).output


def _nodes(member: Member | None) -> Iterator[Node]:
    if isinstance(member, Node):
        yield member
    elif member is not None:
        yield from member.nodes()
