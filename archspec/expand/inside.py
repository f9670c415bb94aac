"""What stands in a group or a block, and what of it can be read from outside. Enters: its layers and outputs as written;
leaves: names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archspec.document.tree import Invalid, Node, Scalar, Sequence, clip
from archspec.document.tree import Mapping as Tree
from archspec.graph import DEFAULT_PORT


class Inside(NamedTuple):
    """The names of the layers in a group or a block, and what each of its outputs is: one of them, or an output of one."""

    owner: str
    """Where outputs are named: the group, or the block."""
    layers: tuple[str, ...]
    outputs: Mapping[str, str]

    def port(self, name: str) -> str | None:
        """The output of this name, or the one that is the layer of this name."""
        return (
            name if name in self.outputs else next((port for port, what in self.outputs.items() if what == name), None)
        )

    def to_name(self, group: str, name: str) -> str:
        """What to write so that a layer that is no output can be read."""
        named = ", ".join(f"{port}: {what}" for port, what in {**self.outputs, name: name}.items())
        owner, read = clip(self.owner), clip(f"{group}.{name}")
        return f"name it among the outputs of {owner}, outputs: {{{clip(named, 200)}}}, and read {read}"


def inside(owner: str, layers: Node | None, outputs: Tree | Invalid | None) -> Inside | None:
    """What is known of it; None where its layers or outputs are in error."""
    if isinstance(outputs, Invalid) or not isinstance(layers, (Tree, Sequence)):
        return None
    names = tuple(layers.entries) if isinstance(layers, Tree) else tuple(map(str, range(len(layers.items))))
    if outputs is None or not outputs.entries:
        return Inside(owner, names, {DEFAULT_PORT: names[-1]} if names else {})
    named = {entry.key: entry.value.text for entry in outputs.entries.values() if isinstance(entry.value, Scalar)}
    return Inside(owner, names, named)
