"""A scope once more, on other inputs. Enters: a scope that is expanded; leaves: one like it, whose nodes are new.

Either it has the original's parameters (`use` of a group, a repeat or a use of a block), or its own: another use of a block with
the same arguments on tensors of the same shapes is not expanded anew.
"""

from __future__ import annotations

from collections.abc import Callable

from archspec.expand.members import join
from archspec.graph import Graph, Node, Ref, Scope, Slot
from archspec.source import Span

Refs = tuple[Ref | None, ...]
Shared = Callable[[Node, str, Refs], Node]
"""Makes a node of another, for a path and inputs."""
Repeated = Callable[[Node, str, Refs, Callable[[int], int]], Node]
"""The same, told which node stands for one that the other refers to."""


def share_scope(original: Scope, name: str, path: str, refs: Refs, graph: Graph, shared: Shared) -> Scope:
    """The scope with the original's parameters."""
    found = Scope(name, path, doc=original.doc, shares=original.shares or original)
    copier = _Copier(graph, lambda node, path, refs, _: shared(node, path, refs), lambda item: item.shares or item,
                     lambda _, new: new.span)  # fmt: skip
    found.inputs = dict(zip(original.inputs, refs, strict=False))
    found.use = original.use
    copier.fill(original, found)
    return found


def repeat_scope(original: Scope, target: Scope, graph: Graph, repeated: Repeated) -> None:
    """Fills a scope, whose inputs are known, with what is in another of the same block."""
    copier = _Copier(graph, repeated, lambda item: copier.scopes[item.shares] if item.shares is not None else None,
                     lambda inner, _: inner.span)  # fmt: skip
    copier.fill(original, target)


class _Copier:
    def __init__(self, graph: Graph, copied: Repeated, shares: Callable[[Scope], Scope | None],
                 place: Callable[[Ref, Ref], Span | None]) -> None:  # fmt: skip
        self.graph = graph
        self.copied = copied
        self.shares = shares
        self.place = place
        """Where what is read from outside is said to be read: by a reference in the scope, and by that to the scope's input."""
        self.moved: dict[int, int] = {}
        self.scopes: dict[Scope, Scope] = {}
        self.ports: dict[tuple[int, str | None], Ref | None] = {}
        self.outer: dict[int, Ref | None] = {}

    def fill(self, source: Scope, target: Scope) -> None:
        """Fills the outermost scope, whose inputs stand for those of the other."""
        pairs = list(zip(source.inputs.values(), target.inputs.values(), strict=False))
        self.outer = {ref.node: new for ref, new in pairs if ref is not None}
        self.ports = {(ref.node, ref.port): new for ref, new in pairs if ref is not None}
        self._fill(source, target)

    def _translate(self, ref: Ref | None) -> Ref | None:
        if ref is None:
            return None
        if ref.node in self.moved:
            return Ref(self.moved[ref.node], ref.port, ref.span)
        new = self.ports.get((ref.node, ref.port), self.outer.get(ref.node))
        return new and Ref(new.node, new.port, self.place(ref, new))

    def _fill(self, source: Scope, target: Scope) -> None:
        self.graph.scopes[target.path] = target
        self.scopes[source] = target
        target.is_repeat, target.values, target.let = source.is_repeat, source.values, source.let
        target.order, target.results = source.order, source.results
        made: dict[int, Node | Scope] = {}
        for item in source.members:
            path = join(target.path, item.name)
            new: Node | Scope
            if isinstance(item, Node):
                new = self.copied(item, path, tuple(map(self._translate, item.inputs)), self.moved.__getitem__)
                self.moved[item.index] = new.index
            else:
                new = Scope(item.name, path, doc=item.doc, shares=self.shares(item), use=item.use)
                new.inputs = {key: self._translate(ref) for key, ref in item.inputs.items()}
                self._fill(item, new)
            made[id(item)] = new
            target.members.append(new)
        target.slots = [
            Slot(slot.key, slot.name, slot.reads, slot.place, slot.is_conditional, slot.values,
                 made.get(id(slot.member)) if slot.member is not None else None, slot.train_only, slot.more)
            for slot in source.slots
        ]  # fmt: skip
        target.outputs = {port: self._translate(ref) for port, ref in source.outputs.items()}
