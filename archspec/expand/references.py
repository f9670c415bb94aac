"""References between the members of one scope: what each reads, and the order in which they can be computed.

Enters: members with what they say; leaves: `reads` and `waits` filled in, an order, and diagnostics.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from archspec.diagnostics.model import Diagnostic, Edit, Fix, Label
from archspec.diagnostics.nearest import find_near
from archspec.document.edits import between_items, put
from archspec.document.tree import Invalid, Mapping, Scalar, Sequence, clip
from archspec.document.tree import Node as Tree
from archspec.document.values import Evaluator
from archspec.expand.folding import Unwritten, is_number
from archspec.expand.inside import Inside
from archspec.expand.members import Member, Written, join
from archspec.expand.room import Room
from archspec.expand.unknown_names import Missing, UnknownNames
from archspec.graph import Node, Scope
from archspec.limits import MAX_ITEM_LENGTH, MAX_LISTED_TEXT
from archspec.names import lists_of
from archspec.ops import registry
from archspec.sorting import by_need
from archspec.source import Span

_BETWEEN = r"\s*[,+&\s]\s*"
_INPUT = ("x", "x0", "inp", "inputs", "in", "input_tensor", "src", "identity", "residual", "shortcut", "skip")
"""What code calls the tensor that enters a network, or a block."""
_ABOVE = ("-1", "previous", "prev", "above", "last")
"""What other formats call the layer above."""
MAX_SHOWN = 8
"""Layers of a cycle that are told; of a longer one, its ends."""


class References:
    """The references of one scope."""

    def __init__(self, scope: Scope, members: list[Member], report: list[Diagnostic], evaluator: Evaluator,
                 room: Room, declared_inputs: Callable[[Member], tuple[str, ...]], nodes: list[Node],
                 inside: Callable[[Member], Inside | None]) -> None:  # fmt: skip
        self.scope = scope
        self.declared_inputs = declared_inputs
        """The names of what a member reads, where it has names for that."""
        self.members = members
        self.index = {member.name: i for i, member in enumerate(members) if member.is_named}
        self.report = report
        self.evaluator = evaluator
        self.room = room
        self.unknown = UnknownNames(scope, members, nodes, report, inside)
        self.missing: list[Missing] = []
        """What may be meant is known when all that the members read is."""

    def read(self) -> None:
        """Fills in what each member reads and which members must come before it."""
        for i, member in enumerate(self.members):
            self._read(i, member)
        for missing in self.missing:
            self.unknown.tell(missing)

    def _read(self, i: int, member: Member) -> None:
        tree = member.tree
        path = join(self.scope.path, member.name)
        written = tree.get("from") if isinstance(tree, Mapping) else None
        if written is not None:
            written = self.evaluator.tree(written, member.environment, path)
            items: list[Tree] = list(written.items) if isinstance(written, Sequence) else [written]
            self.room.connections(len(items), member.span)
            most = self._exceeded(tree, items)
            for item in items:
                if listed := self._listed(item):
                    whole = written if item is not written else None
                    member.reads += self._not_a_list(item, listed, path, whole, most)
                else:
                    member.reads.append(self.reference(item, path, i, most))
        elif member.is_kept and member.previous is None and len(names := self.declared_inputs(member)) > 1:
            member.reads = self._unsaid(member, names, path)
        elif not _reads_nothing(tree):
            member.reads = [self._default(i, member)]
        if member.previous is not None and member.reads:
            member.reads[0] = Written(self.members[member.previous].name, member.previous)
        # What a layer called like an input makes of that name is not known, and has been told (E0107).
        member.reads = [None if read and read.name in self.scope.inputs and read.name in self.index else read
                        for read in member.reads]  # fmt: skip
        for read in member.reads:
            if read is not None and read.member is not None:
                member.waits.add(read.member)
        used = name_in(member.use)
        if used in self.index:
            member.waits.add(self.index[used])

    def _exceeded(self, tree: Tree, items: list[Tree]) -> int | None:
        """How many names a layer takes, where lists among its names have more than that together: then it is not meant to read
        them all."""
        arity = _arity(tree)
        most = arity[1] if arity is not None else None
        count = sum(len(item.items) if isinstance(item, Sequence) else len(self._listed(item)) or 1 for item in items)
        return most if most is not None and count > most else None

    def _listed(self, item: Tree) -> list[str]:
        """The names in one text, `"a, b"` or `a + b`, where all of them are known."""
        text = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        names = [name for name in re.split(_BETWEEN, text.strip("()[] ")[:MAX_LISTED_TEXT]) if name]
        if len(names) < 2 and "," not in text:
            return []
        known = [name for name in names if self._split(name)[0] in self.index or name in self.scope.inputs]
        return names if len(known) == len(names) else []

    def _split(self, text: str) -> tuple[str, str]:
        """The layer and the port of a reference: a name may have dots, where it is an item of a list of modules."""
        name = next(
            (name for name in (text, *reversed(lists_of(text[: 2 * MAX_ITEM_LENGTH]))) if name in self.index),
            text.partition(".")[0],
        )
        return name, text[len(name) + 1 :]

    def _not_a_list(
        self, item: Tree, names: list[str], path: str, whole: Tree | None, most: int | None
    ) -> list[Written | None]:
        """E0201 for names in one text, which is an item of the list `whole`, or none; what they are is known, but not that this
        was meant."""
        assert isinstance(item, Scalar)
        span, listed = item.span, f"[{', '.join(names)}]"
        is_alone = not isinstance(whole, Sequence) or len(whole.items) == 1
        said = f"write from: {clip(listed)}" if is_alone else f"write them as {len(names)} items: {clip(listed[1:-1])}"
        is_plain = span.line == span.end_line and "${" not in span.text()
        if most is not None:
            said, is_plain = takes_names(most), False
        ways = (
            (Fix(said, (Edit(span, listed if whole is None else between_items(span).join(names)),), is_safe=True),)
            if is_plain
            else ()
        )
        self._error("E0201", f"{path} refers to {clip(item.text)}, which is one name here", span,
                    "a list expected" if whole is None else "several names", said, path, ways)  # fmt: skip
        return [None] * (len(names) if most is None else 1)

    def _unsaid(self, member: Member, names: tuple[str, ...], path: str) -> list[Written | None]:
        """E0203 where a block or a group reads several tensors, and nothing says which."""
        if member.is_group and isinstance(member.tree, Mapping) and isinstance(member.tree.get("inputs"), Mapping):
            return [None] * len(names)  # which is reported where the group is built
        listed = f"from: [{clip(', '.join(names))}]"
        is_known = all(name in self.index or name in self.scope.inputs for name in names)
        self._error("E0203", f"{path} reads {len(names)} tensors, {clip(', '.join(names))}, but does not say which", member.span,
                    label="from is missing", layer=path,
                    help=f"add {listed}" if is_known else f"name what stands for each: {listed}")  # fmt: skip
        return [None] * len(names)

    def _default(self, i: int, member: Member) -> Written | None:
        """The layer above, or the scope's only input."""
        if i > 0:
            return Written(self.members[i - 1].name, i - 1)
        names = list(self.scope.inputs)
        if len(names) == 1 or "input" in names:
            return Written("input" if "input" in names else names[0])
        path = join(self.scope.path, member.name)
        self._error("E0203", f"{path} has no layer above it, and there are {len(names)} inputs",
                    member.span, help=f"say which: from: {names[0]}" if names else "", layer=path)  # fmt: skip
        return None

    def reference(self, item: Tree, path: str, reader: int | None = None, most: int | None = None) -> Written | None:
        """A written reference, `name` or `name.port`, resolved against the scope's names. `reader` is the member that has it, and
        none where it is an output of the scope; `most` is how many names it takes, where more are written."""
        if isinstance(item, Invalid):
            return None
        text = name_in(item)
        if text is None:
            from archspec.expand.no_name import no_name

            self.report.append(no_name("from" if reader is not None else "", item, path, most))
            return None
        name, port = self._split(text)
        if name in self.index or name in self.scope.inputs:
            return Written(name, self.index.get(name), port or None, item.span)
        stands = self._stands_for(name)
        if stands is not None and stands.is_followed:  # beyond what is followed, and not known
            return None
        own = text.removeprefix("self.")
        if own != text and (own.partition(".")[0] in self.index or own in self.scope.inputs):
            said = f"write {clip(own)}"
            ways = (Fix(said, (put(item.span, own),), is_safe=True),)
            self._error("E0201", f"{path} refers to {clip(text)}, but layers are read by their names", item.span,
                        "a name expected", said, path, ways)  # fmt: skip
            return None
        if text.lower() in _ABOVE and reader:
            above = self.members[reader - 1].name
            said = f"write {above}, the layer above; it is read where from is left out as well"
            ways = (Fix(said, (put(item.span, above),), is_safe=True),)
            message = f"{path} refers to {clip(text)}, but layers are read by their names"
            self._error("E0201", message, item.span, "a name expected", said, path, ways)
            return None
        inputs = list(self.scope.inputs)
        if text.lower() in _INPUT and len(inputs) == 1 and find_near(text, self.index) is None:
            said = f"write {inputs[0]}"
            self._error("E0201", f"{path} refers to {clip(text)}, but nothing here has that name", item.span,
                        f"did you mean {inputs[0]}?", said, path, (Fix(said, (put(item.span, inputs[0]),)),))  # fmt: skip
            return None
        self.need_written(name)
        missing = Missing(text, name, item.span, path, reader)
        if reader is None:
            self.unknown.tell(missing)
        else:
            self.missing.append(missing)
        return None

    def need_written(self, name: str) -> None:
        """Raises Unwritten where a name is the number of a step that another one stands for."""
        if self._stands_for(name) is not None:
            raise Unwritten(frozenset({join(self.scope.path, name)}))

    def _stands_for(self, name: str) -> Member | None:
        """The step that stands for the one whose number a name is."""
        long = (member for member in self.members if member.more and member.is_named) if is_number(name) else ()
        return next((member for member in long if 0 < int(name) - int(member.name) <= member.more), None)

    def order(self) -> list[int]:
        """The order of computation: the order written, except where a layer reads one below it. Reports cycles."""
        members = self.members
        if all(max(member.waits, default=-1) < i for i, member in enumerate(members)):
            return list(range(len(members)))
        order = by_need([member.waits for member in members])
        waiting = set(range(len(members))) - set(order)
        for cycle in _find_cycles(members, waiting):
            self._report_cycle(cycle)
        # What waited for a cycle is computed after it, from what is unknown then, and nothing more is said of it.
        for i in waiting:
            members[i].reads = [None if read and read.member in waiting else read for read in members[i].reads]
        return [*order, *sorted(waiting)]

    def _report_cycle(self, cycle: list[int]) -> None:
        members = self.members
        is_long = len(cycle) > MAX_SHOWN
        cycle = _from_its_closing(cycle) if is_long else cycle
        names = [members[i].name for i in cycle]
        shown = names if not is_long else [*names[:4], "…", *names[-3:]]
        told = range(1, len(cycle)) if not is_long else (1, len(cycle) - 1)
        labels = tuple(Label(members[cycle[k]].span, f"waits for {names[(k + 1) % len(names)]}") for k in told)
        first = members[cycle[0]]
        read = next((r.span for r in first.reads if r and r.span and r.member == cycle[1 % len(cycle)]), None)
        self.report.append(Diagnostic(
            "E0202", f"{' → '.join([*shown, names[0]])}: each waits for the next, so none can be computed", read or first.span,
            label=f"{first.name} waits for {names[1 % len(names)]}", labels=labels,
            notes=(f"{len(names):,} layers wait for each other; it closes at {first.name}",) if is_long else (),
            help=f"let {first.name if is_long else 'one of them'} read something that is computed before it",
            layer=join(self.scope.path, first.name)))  # fmt: skip

    def _error(self, code: str, message: str, span: Span, label: str = "", help: str = "", layer: str | None = None,
               ways: tuple[Fix, ...] = ()) -> None:  # fmt: skip
        self.report.append(Diagnostic(code, message, span, label=label, help=help, layer=layer, ways=ways))


def name_in(node: Tree | None) -> str | None:
    """The name that a value stands for, a text or a number; None where it can be no name."""
    if isinstance(node, Scalar) and isinstance(node.value, (str, int)) and not isinstance(node.value, bool):
        return node.text
    return None


def _from_its_closing(cycle: list[int]) -> list[int]:
    """The cycle from the layer that reads against the order of the rest: below it, where they read above, or the reverse."""
    below = [k for k, i in enumerate(cycle) if cycle[(k + 1) % len(cycle)] > i]
    above = [k for k, i in enumerate(cycle) if cycle[(k + 1) % len(cycle)] <= i]
    first = min(below, above, key=len)[0]
    return cycle[first:] + cycle[:first]


def _find_cycles(members: list[Member], left: set[int]) -> list[list[int]]:
    """Cycles that share no member, among members that all wait for another: each follows the first it waits for."""
    follows = {i: min(members[i].waits & left) for i in left}
    seen: dict[int, int] = {}  # the walk in which a member was met
    found: list[list[int]] = []
    for walk, first in enumerate(sorted(left)):
        i = first
        while i not in seen:
            seen[i] = walk
            i = follows[i]
        if seen[i] != walk:
            continue
        cycle = [i]
        while follows[cycle[-1]] != i:
            cycle.append(follows[cycle[-1]])
        lowest = cycle.index(min(cycle))
        found.append(cycle[lowest:] + cycle[:lowest])
    return found


def takes_names(most: int) -> str:
    """Help where more names are written than a layer takes."""
    return f"from takes {most} names here, each an item of its own" if most > 1 else "from takes one name here"


def _reads_nothing(tree: Tree) -> bool:
    """Whether a layer is of a type that has no inputs (a Parameter, say)."""
    return _arity(tree) == (0, 0)


def _arity(tree: Tree) -> tuple[int, int | None] | None:
    """How many tensors a layer's type reads, at least and at most; None where it is no op."""
    type_node = tree.get("type") if isinstance(tree, Mapping) else tree
    if not isinstance(type_node, Scalar) or not isinstance(type_node.value, str):
        return None
    found = registry.find(type_node.value)
    return found.arity if found is not None else None
