"""A scope once more on other inputs (`use` of a group, a repeat or a block's use). Enters: a scope; leaves: its copy.

Its nodes are new, each sharing the original's parameters.
"""

from __future__ import annotations

from collections.abc import Callable

from archspec.expand.members import join
from archspec.graph import Graph, Node, Ref, Scope, Slot

Copied = Callable[[Node, str, tuple[Ref | None, ...]], Node]


def copy_scope(
    original: Scope, name: str, path: str, refs: tuple[Ref | None, ...], graph: Graph, copied: Copied
) -> Scope:
    """The copy. `copied` makes a node of another, for a path and inputs."""
    return _Copier(graph, copied).copy(original, name, path, refs)


class _Copier:
    def __init__(self, graph: Graph, copied: Copied) -> None:
        self.graph = graph
        self.copied = copied
        self.moved: dict[int, int] = {}
        self.ports: dict[tuple[int, str | None], Ref | None] = {}
        self.outer: dict[int, Ref | None] = {}

    def copy(self, original: Scope, name: str, path: str, refs: tuple[Ref | None, ...]) -> Scope:
        pairs = list(zip(original.inputs.values(), refs, strict=False))
        self.outer = {ref.node: new for ref, new in pairs if ref is not None}
        self.ports = {(ref.node, ref.port): new for ref, new in pairs if ref is not None}
        copy = Scope(name, path, doc=original.doc, shares=original.shares or original)
        copy.inputs = dict(zip(original.inputs, refs, strict=False))
        self._fill(original, copy)
        return copy

    def _translate(self, ref: Ref | None) -> Ref | None:
        if ref is None:
            return None
        if ref.node in self.moved:
            return Ref(self.moved[ref.node], ref.port, ref.span)
        return self.ports.get((ref.node, ref.port), self.outer.get(ref.node))

    def _fill(self, source: Scope, target: Scope) -> None:
        self.graph.scopes[target.path] = target
        target.use, target.is_repeat, target.values, target.let = (
            source.use,
            source.is_repeat,
            source.values,
            source.let,
        )
        target.order, target.results = source.order, source.results
        made: dict[int, Node | Scope] = {}
        for item in source.members:
            path = join(target.path, item.name)
            new: Node | Scope
            if isinstance(item, Node):
                new = self.copied(item, path, tuple(self._translate(ref) for ref in item.inputs))
                self.moved[item.index] = new.index
            else:
                new = Scope(item.name, path, doc=item.doc, shares=item.shares or item)
                new.inputs = {key: self._translate(ref) for key, ref in item.inputs.items()}
                self._fill(item, new)
            made[id(item)] = new
            target.members.append(new)
        target.slots = [
            Slot(slot.key, slot.name, slot.reads, slot.place, slot.is_conditional, slot.values,
                 made.get(id(slot.member)) if slot.member is not None else None, slot.train_only)
            for slot in source.slots
        ]  # fmt: skip
        target.outputs = {port: self._translate(ref) for port, ref in source.outputs.items()}
