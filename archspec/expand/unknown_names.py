"""Names in a scope that nothing has: E0201, with what may be meant. Enters: the members, what each reads, and such a name;
leaves: diagnostics.

A layer can read what is computed before it: itself, and what rests on it, is never meant. Of names that are equally near, the one
right above is likelier than one further up, and that than one below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TypeVar

from archspec.diagnostics.model import Diagnostic, Fix
from archspec.diagnostics.nearest import Near, find_near, is_spelt, look, nearest_names
from archspec.document.edits import put, renamed
from archspec.document.tree import Mapping, clip
from archspec.expand.inside import Inside
from archspec.expand.members import Member, join
from archspec.graph import DEFAULT_PORT, Node, Scope
from archspec.limits import MAX_LAYERS_LOOKED_AT
from archspec.source import Span

Item = TypeVar("Item")

MAX_TOLD = 100
"""Mistakes after which none is looked for."""


class Missing(NamedTuple):
    """A reference to nothing: its text, the name in it, and the member that has it; none where it is an output of the scope."""

    text: str
    name: str
    span: Span
    path: str
    reader: int | None


class UnknownNames:
    """What is said of them in one scope, once it is known what its members read."""

    def __init__(self, scope: Scope, members: list[Member], nodes: list[Node], report: list[Diagnostic],
                 inside: Callable[[Member], Inside | None]) -> None:  # fmt: skip
        self.scope = scope
        self.members = members
        self.inside = inside
        self.nodes = nodes
        """All layers so far, of this scope and of others."""
        self.report = report

    def tell(self, missing: Missing) -> None:
        """E0201 for what a layer reads, or what is an output."""
        text, name, span, path, reader = missing
        outside = self._outside(name) if self.scope.path else ""
        if outside:
            message = f"{path} refers to {clip(text)}, which stands outside"
            self.report.append(Diagnostic("E0201", message, span, label="no such layer here", help=outside, layer=path))
            return
        near = self._near(name, self._readable(reader), reader)
        if (near is None or not is_spelt(name, near.name)) and self._tell_inner(missing, has_near=near is not None):
            return
        report_nothing(text, name, near, self._names(self.scope.inputs, reader), span, path, self.report)

    def tell_use(self, name: str, span: Span, path: str, reader: int) -> None:
        """E0201 for the layer that one is again."""
        near = self._near(name, self._members_before(reader), reader)
        report_nothing(name, name, near, self._names((), reader), span, path, self.report)

    def tell_block(self, tree: Mapping, path: str) -> None:
        """E0201 for a block where a layer is wanted that one is again."""
        use = tree.entries["use"]
        name = clip(use.value.span.text())
        way = Fix(f"write type: {name}", renamed(use, "type"), is_safe="type" not in tree.entries)
        message = f"{path} uses {name}, which is a block, and no layer above it"
        self.report.append(Diagnostic("E0201", message, use.value.span, "a block",
                                      help="a block is the type of a layer", layer=path, ways=(way,)))  # fmt: skip

    def _tell_inner(self, missing: Missing, has_near: bool) -> bool:
        """E0201 for a name in a group or a block's use: the output of that name, or of the layer, or what makes it one.

        Beside a near name it is that of an output or nothing: blocks that have a `conv` in them are many.
        """
        text, name, span, path, reader = missing
        if text != name or name not in self._inner:
            return False
        resting = self._resting_on(reader) if reader is not None else ()
        found = [
            (i, what) for i, what in self._inner[name] if i not in resting and (not has_near or name in what.outputs)
        ]
        if not found:
            return False
        place = len(self.members) if reader is None else reader
        i, what = max(found, key=lambda one: (one[1].port(name) is not None, one[0] < place, -abs(one[0] - place)))
        group, port = self.members[i].name, what.port(name)
        ways: tuple[Fix, ...] = ()
        if port is not None:
            read = group if len(what.outputs) == 1 else f"{group}.{port}"
            is_own = name in what.outputs or self.members[i].is_group
            is_only = is_own and i < place and sum(other.port(name) is not None for _, other in found) == 1
            ways = (Fix(f"write {read}", (put(span, read),), is_only),)
        message = f"{path} refers to {clip(text)}, which stands in {clip(group)}"
        self.report.append(Diagnostic("E0201", message, span, label="no such layer here", layer=path or None, ways=ways,
                                      help="" if ways else what.to_name(group, name)))  # fmt: skip
        return True

    @cached_property
    def _inner(self) -> dict[str, list[tuple[int, Inside]]]:
        """The names in groups and in uses of blocks, each with the members that have it. Numbers of lists are no names."""
        found: dict[str, list[tuple[int, Inside]]] = {}
        for i, member in enumerate(self.members):
            what = self.inside(member) if member.is_named else None
            names = dict.fromkeys((*what.outputs, *what.layers)) if what is not None else ()
            look(len(names))
            for name in names:
                if what is not None and not name.isdecimal() and name != DEFAULT_PORT:
                    found.setdefault(name, []).append((i, what))
        return found

    def _near(self, name: str, choices: Iterable[str], reader: int | None) -> Near | None:
        """The name that is meant; not surely, where it is one below, since hardly anybody reads these."""
        near = find_near(name, choices)
        if near is None or reader is None:
            return near
        is_below = any(member.name == near.name for member in islice(self.members, reader + 1, None))
        return near._replace(is_only=near.is_only and not is_below)

    def _names(self, inputs: Iterable[str], reader: int | None) -> str:
        """Help that lists what a layer can surely read, or what can be an output."""
        above = self.members if reader is None else self.members[:reader]
        names = (member.name for member in reversed(above) if member.is_named)
        return nearest_names(list(inputs), names, "here" if reader is None else "above it")

    def _readable(self, reader: int | None) -> Iterator[str]:
        """The names of all that a layer can read, likeliest first; of what can be an output, where it is none."""
        yield from self._members_before(reader)
        yield from self.scope.inputs

    def _members_before(self, reader: int | None) -> Iterator[str]:
        """The members that can be computed before one: those above it, from the nearest, then those below."""
        if reader is None:
            yield from (member.name for member in reversed(self.members) if member.is_named)
            return
        resting = self._resting_on(reader)
        yield from (member.name for i, member in around(self.members, reader) if member.is_named and i not in resting)

    def _resting_on(self, first: int) -> set[int]:
        """A member, those below it that may read it, since a name in them is unknown too, and all that waits for any of these."""
        found = {first, *(i for i in self._unsure if i > first)}
        waiting = list(found)
        while waiting:
            new = [reader for reader in self._readers[waiting.pop()] if reader not in found]
            found.update(new)
            waiting += new
        look(len(found))
        return found

    @cached_property
    def _unsure(self) -> list[int]:
        """The members of which it is not known what all they read."""
        return [i for i, member in enumerate(self.members) if None in member.reads]

    @cached_property
    def _readers(self) -> list[list[int]]:
        """By member, those that wait for it."""
        found: list[list[int]] = [[] for _ in self.members]
        for i, member in enumerate(self.members):
            for other in member.waits:
                found[other].append(i)
        return found

    def _outside(self, name: str) -> str:
        """What to write for a layer of a scope around this one; nothing where none has the name, or there are many layers."""
        if len(self.nodes) > MAX_LAYERS_LOOKED_AT or len(self.report) > MAX_TOLD:
            return ""
        scope = self.scope.path
        above = [scope[:i] for i, character in enumerate(scope) if character == "."]
        paths = {join(outer, name) for outer in ("", *above)}
        found = next((node for node in self.nodes if node.path in paths), None)
        if found is None:
            return ""
        read = next(
            (own for own, ref in self.scope.inputs.items() if ref is not None and ref.node == found.index), None
        )
        if read is not None:
            return f"write {read}, which is {clip(found.path)} here"
        inputs = clip(", ".join([*self.scope.inputs, name]))
        return (
            f"give it to {clip(scope)}: write inputs: [{inputs}] there, and from: with as many names, {name} the last"
        )


def around(items: Sequence[Item], place: int) -> Iterator[tuple[int, Item]]:
    """The other items with their places: those before one, from the nearest, then those behind it."""
    yield from ((i, items[i]) for i in range(place - 1, -1, -1))
    yield from ((i, items[i]) for i in range(place + 1, len(items)))


def report_nothing(
    text: str, name: str, near: Near | None, help: str, span: Span, path: str, report: list[Diagnostic]
) -> None:
    """E0201, with the name that may be meant; or else `help`."""
    is_only = near is not None and near.is_only and not set(text) & set("()[]{}")  # half of what stands in brackets
    ways = (Fix(f"write {near.name}", (put(span, text.replace(name, near.name, 1)),), is_only),) if near else ()
    label = f"did you mean {near.name}?" if near else "no such layer"
    message = f"{path} refers to {clip(text)}, but nothing here has that name"
    report.append(Diagnostic("E0201", message, span, label=label, help=help, layer=path or None, ways=ways))
