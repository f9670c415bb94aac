"""The entries of a scope to its members: names, repeats, conditions. Enters: `layers` as written; leaves: `Member`s.

A mapping's repeated layer is one member, which is a scope of its own; a list's continues the numbering.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.blocks import LAYER_KEYS, let_values, why_no_value_name
from archspec.document.edits import put
from archspec.document.names import LETTERS, suggest
from archspec.document.tree import Entry, Invalid, Mapping, Scalar, Sequence, clip, describe
from archspec.document.tree import Node as Tree
from archspec.document.values import Evaluator, to_value
from archspec.expand.folding import Chain, Folding
from archspec.expand.layer import CONTROL_KEYS, LayerPlace
from archspec.expand.room import Room
from archspec.expressions.environment import Environment
from archspec.expressions.value import UNKNOWN, Unknown, Value, key_of
from archspec.expressions.work import NAMED
from archspec.graph import Node, Ref, Scope
from archspec.limits import MAX_COUNTED_LAYERS, MAX_ITEM_LENGTH, MAX_SIFTED
from archspec.names import lists_of, why_no_layer_name
from archspec.ops import registry
from archspec.source import Span

Named = dict[int, tuple[str, Mapping]]
"""The layers of a list that say how they are called: by their position, the name and the rest."""
NO_VALUES: dict[str, Value | Unknown] = {}


class Written(NamedTuple):
    """A reference as written: the member or input it names, and a port. `member` is the member's place; None for an input."""

    name: str
    member: int | None = None
    port: str | None = None
    span: Span | None = None


class Instance(NamedTuple):
    """One of the times that an entry stands for: the names it gives, whether `when` keeps it, and how many further ones are
    like it and not written out."""

    names: dict[str, Value | Unknown]
    environment: Environment
    is_kept: bool
    name: str | None
    more: int = 0
    is_followed: bool = False
    """Whether it is one of many steps that are followed one by one, as far as something is wrong."""


class Member:
    """A member of a scope, before and after it is built."""

    __slots__ = ("alias", "built", "environment", "instances", "is_conditional", "is_followed", "is_kept", "is_named", "key",
                 "more", "name", "place", "previous", "reads", "span", "tree", "values", "waits")  # fmt: skip

    def __init__(self, key: tuple[int, int], name: str, span: Span, tree: Tree, environment: Environment) -> None:
        self.key = key
        self.name = name
        self.span = span
        self.tree = tree
        self.environment = environment
        self.values: dict[str, Value | Unknown] = NO_VALUES
        self.place = LayerPlace(span, tree)
        self.is_conditional = False
        self.is_kept = True
        self.is_named = True  # not what `when` leaves out of a list or a repeat: its number is that of the next one
        self.instances: list[Instance] | None = None  # of a repeat in a mapping, which is a scope
        self.more = 0  # how many further steps of a long repeat it stands for, as one of them
        self.is_followed = False  # as such an instance
        self.previous: int | None = None  # the instance before it, of a repeat in a list
        self.reads: list[Written | None] = []  # None: the reference was reported
        self.waits: set[int] = set()
        self.built: Node | Scope | None = None
        self.alias: Ref | None = None  # what is read in its place where `when` leaves it out

    @property
    def is_group(self) -> bool:
        return isinstance(self.tree, Mapping) and "layers" in self.tree.entries and "type" not in self.tree.entries

    @property
    def use(self) -> Tree | None:
        return self.tree.get("use") if isinstance(self.tree, Mapping) else None

    @property
    def reads_written(self) -> bool:
        """Whether the spec says what it reads."""
        return isinstance(self.tree, Mapping) and "from" in self.tree.entries


class Members:
    """Finds the members of scopes."""

    def __init__(self, report: list[Diagnostic], evaluator: Evaluator, room: Room, folding: Folding | None) -> None:
        self.report = report
        self.evaluator = evaluator
        self.room = room
        self.folding = folding
        self.named: dict[int, Named] = {}

    def find(self, scope: Scope, layers: Mapping | Sequence, environment: Environment) -> list[Member]:
        """The members in the order written."""
        if isinstance(layers, Sequence):
            return self._of_list(scope, layers, environment)
        found = []
        beside = self._beside(scope, layers)
        for position, entry in enumerate(layers.entries.values()):
            if entry.key in beside:
                continue
            self._check_name(scope, entry.key, entry.key_span, layers.entries)
            tree = Invalid(entry.value.span) if beside and _is_nothing(entry.value) else entry.value
            member = Member((position, 0), entry.key, entry.key_span, tree, environment)
            path = join(scope.path, entry.key)
            self._control(member, path, Chain(path))
            found.append(member)
        return found

    def _beside(self, scope: Scope, layers: Mapping) -> set[str]:
        """The keys of layers that stand beside the layers' names, not under them, which is said once."""
        typed = layers.entries.get("type")
        if typed is None or not isinstance(typed.value, Scalar) or _is_nothing(typed.value):
            return set()
        keys = list(layers.entries)
        empty = [key for key in keys[: keys.index("type")] if _is_nothing(layers.entries[key].value)]
        if not empty:
            return set()
        rest = [layers.entries[key] for key in keys[keys.index("type") :]]
        beside = {entry.key for entry in rest if not _is_layer(entry)}
        if len(self.report) < MAX_SIFTED:
            column = typed.key_span.column
            self.report[:] = [
                d for d in self.report if d.code != "E0004" or d.span.column != column or d.span.text() not in beside
            ]
        self._error("E0102", f"{join(scope.path, clip(empty[-1]))} has no type: the keys of a layer stand under its name",
                    typed.key_span, label=f"type stands beside {clip(empty[-1])}", layer=join(scope.path, clip(empty[-1])),
                    help=f"indent type, and the keys below it, under {clip(empty[-1])}")  # fmt: skip
        return beside

    def _of_list(self, scope: Scope, layers: Sequence, environment: Environment) -> list[Member]:
        """A chain, numbered; what `when` leaves out gets no number."""
        found: list[Member] = []
        number = 0
        named = self._named(scope, layers)
        for position, listed in enumerate(layers.items):
            name, item = named.get(position, ("", listed))
            written = Member((position, 0), name or str(number), item.span.start(), item, environment)
            self._control(written, join(scope.path, written.name), Chain(scope.path, number))
            previous: int | None = None
            turn = 0
            for member in self._turns(written):
                member.name = name if name and written.instances is None else str(number)
                member.key = (position, turn)
                member.is_named = member.is_kept
                number += member.is_kept * (1 + member.more)
                turn += 1 + member.more
                if member.instances is not None:
                    member.instances = None
                    member.previous = previous
                previous = len(found)
                found.append(member)
        return found

    def _named(self, scope: Scope, layers: Sequence) -> Named:
        """The layers of a list that say how they are called, which is said once; they go by these names."""
        if not any(isinstance(item, Mapping) and "name" in item.entries for item in layers.items):
            return {}
        from archspec.expand.other_styles import named_items, names_in_a_list

        if id(layers) not in self.named:
            self.named[id(layers)] = named_items(layers)
            if self.named[id(layers)]:
                self.report.append(names_in_a_list(layers, self.named[id(layers)], scope.path))
        return self.named[id(layers)]

    def _turns(self, written: Member) -> Iterator[Member]:
        """Each instance of a repeated entry as a member; the entry itself where it is not repeated."""
        if not written.instances:  # none at all is like what `when` leaves out
            yield written
            return
        if any(instance.name is not None for instance in written.instances):
            self._error("E0106", "as names the layers of a repeat, and the layers of a list have numbers",
                        written.place.key("as") or written.span, help="write the layers as a mapping")  # fmt: skip
        for instance in written.instances:
            member = Member(written.key, "", written.span, written.tree, instance.environment)
            member.values = instance.names
            member.is_conditional = written.is_conditional
            member.is_kept = instance.is_kept
            member.instances = []
            member.more, member.is_followed = instance.more, instance.is_followed
            yield member

    def repetition(self, scope: Scope, written: Member) -> list[Member]:
        """The members of the scope that a repeated layer of a mapping is: a chain."""
        found: list[Member] = []
        number = turn = 0
        is_long = False
        for instance in written.instances or ():
            name = instance.name if instance.name is not None else str(number)
            if (
                len(name) > MAX_ITEM_LENGTH
            ):  # no names, not even with a dot; said once, and not carried through all paths
                if not is_long:
                    self._check_name(scope, name, written.place.key("as") or written.span)
                name, is_long = str(number), True
            member = Member((0, turn), name, written.span, written.tree, instance.environment)
            member.values = instance.names
            member.is_conditional = written.is_conditional
            member.is_kept = instance.is_kept
            member.is_named = member.is_kept
            if not member.is_kept:
                member.name = str(number)
            elif instance.name is not None and not is_long:
                self._check_name(scope, name, written.place.key("as") or written.span, (name.partition(".")[0],))
            member.more, member.is_followed = instance.more, instance.is_followed
            number += instance.is_kept * (1 + member.more)
            turn += 1 + member.more
            member.previous = len(found) - 1 if found else None
            found.append(member)
        counted = Counter(member.name for member in found if member.is_named)
        if len(counted) < counted.total():
            twice = next(name for name, count in counted.items() if count > 1)
            self._error("E0107", f"as gives the name {clip(twice)} more than once", written.place.key("as") or written.span,
                        help='let it count: as: "layer${i}"', layer=scope.path)  # fmt: skip
            for number, member in enumerate(found):
                member.name = str(number)
        return found

    # Repeats and conditions --------------------------------------------------------------------------------------

    def _control(self, member: Member, path: str, chain: Chain) -> None:
        """Reads `for`, `repeat`, `as`, `when` and `let` of an entry, whose steps, if it has some, are those of `chain`. An entry
        counts as one layer, a repeat as many."""
        tree = member.tree
        self.room.layers(1, member.span)
        if not isinstance(tree, Mapping) or not any(key in tree.entries for key in CONTROL_KEYS):
            return
        member.is_conditional = "when" in tree.entries
        rows = self._rows(tree, member.environment, path)
        if rows is None and "repeat" not in tree.entries:
            if "as" in tree.entries:
                self._error("E0106", f"{path}: as names the layers of a repeat, and there is none", tree.entries["as"].key_span,
                            layer=path, help="add repeat or for, or leave as out")  # fmt: skip
            instance = self._instance(tree, member.environment, {}, path)
            member.environment, member.is_kept = instance.environment, instance.is_kept
            member.values = instance.names
            return
        instances: list[Instance] = []
        if rows is not None:
            self.room.layers(len(rows) - 1, member.span)
        for number, row in enumerate(rows if rows is not None else [{}]):
            names: dict[str, Value | Unknown] = {"i": number, "n": len(rows or ()), **row}
            if "repeat" not in tree.entries:
                instances.append(self._instance(tree, member.environment, names, path))
                continue
            count = self._count(tree, member.environment.with_names(row), path)
            is_followed = self.folding is not None and self.folding.is_followed(tree, count)
            alike = self._alike_from(tree, count, member.environment.with_names(row))
            for i, more in self._steps(tree, count, chain, member.span, alike):
                instance = self._instance(tree, member.environment, {"i": i, "n": count, **row}, path)
                instances.append(instance._replace(more=more, is_followed=is_followed))
        member.instances = instances
        member.is_kept = any(instance.is_kept for instance in instances)
        member.is_conditional = member.is_conditional or not member.is_kept

    def _alike_from(self, tree: Mapping, count: int, environment: Environment) -> int | None:
        """The number of the step from which on all say the same; None where the repeat is not folded."""
        if self.folding is None:
            return None
        if self.folding.is_folded(tree, count):
            return 0
        texts = self.folding.by_value(tree, count)
        last: tuple[object, ...] | None = None
        for i in reversed(range(count)) if texts else ():
            inside = environment.with_names({"i": i, "n": count})
            values = [self.evaluator.peek(text, inside) for text in texts]
            said = key_of([to_value(node) for node in values if node is not None])
            if said is None or None in values:
                return None
            if said != (last or said):
                return i + 1
            last = said
        return 0 if texts else None

    def _steps(
        self, tree: Mapping, count: int, chain: Chain, span: Span, alike: int | None
    ) -> Iterable[tuple[int, int]]:
        """The steps that are written out, by their places, and how many further ones each stands for."""
        if self.folding is not None and alike is not None:
            steps = self.folding.steps(count, chain, alike)
            self.room.layers(len(steps) - 1, span)
            return steps
        last = self.folding.last(tree, count) if self.folding is not None else count
        self.room.layers(max(0, last - 1), span)
        return ((i, count - last if i == last - 1 else 0) for i in range(last))

    def _instance(self, tree: Mapping, outer: Environment, names: dict[str, Value | Unknown], path: str) -> Instance:
        environment = outer.with_names(names)
        if any(key in tree.entries for key in ("let", "as", "when")):
            self.evaluator.charge(NAMED, tree, path)
        let = tree.get("let")
        if isinstance(let, Mapping):
            environment = let_values(let, environment, self.evaluator, path)
            names = {**names, **{key: environment.names[key] for key in let.entries if key in environment.names}}
        elif let is not None and not isinstance(let, Invalid):
            self._error(
                "E0105", f"{path}: let takes a mapping of names to values, not {describe(let)}", let.span, layer=path
            )
        name = self.evaluator.tree(tree.entries["as"].value, environment, path) if "as" in tree.entries else None
        text: str | None = None
        if isinstance(name, Scalar) and isinstance(name.value, (str, int)) and not isinstance(name.value, bool):
            text = str(name.value)
        elif name is not None and not isinstance(name, Invalid):
            self._error("E0105", f"{path}: as takes a name, not {describe(name)}", name.span, layer=path)
        return Instance(names, environment, self._is_kept(tree, environment, path), text)

    def _is_kept(self, tree: Mapping, environment: Environment, path: str) -> bool:
        when = tree.get("when")
        if when is None:
            return True
        value = self.evaluator.tree(when, environment, path)
        if isinstance(value, Scalar) and isinstance(value.value, bool):
            return value.value
        if not isinstance(value, Invalid):
            help, ways = _help("when", value, environment, tree)
            help = 'write a condition: when: "${stride != 1}"' if ways or not help else help
            self._error("E0105", f"{path}: when takes true or false, not {describe(value)}", value.span, layer=path,
                        help=help, ways=ways)  # fmt: skip
        self.room.is_guessed = True
        return True

    def _count(self, tree: Mapping, environment: Environment, path: str) -> int:
        node = self.evaluator.tree(tree.entries["repeat"].value, environment, path)
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNTED_LAYERS:
            return value
        if not isinstance(node, Invalid):
            code = "E0505" if isinstance(value, int) and not isinstance(value, bool) else "E0105"
            help, ways = _help("repeat", node, environment, tree)
            self._error(code, f"{path}: repeat takes a number from 0 to {MAX_COUNTED_LAYERS:,}, not {describe(node)}", node.span,
                        layer=path, help="" if ways else help, ways=ways)  # fmt: skip
        self.room.is_guessed = True
        return 1

    def _rows(self, tree: Mapping, environment: Environment, path: str) -> list[dict[str, Value | Unknown]] | None:
        """The values of `for`, zipped; None where there is no `for`."""
        if "for" not in tree.entries:
            return None
        written = tree.entries["for"].value
        node = self.evaluator.tree(written, environment, path)
        if not isinstance(node, Mapping) or not node.entries:
            if not isinstance(node, Invalid):
                self._error("E0105", f"{path}: for takes a mapping of names to lists, not {describe(node)}", node.span,
                            layer=path, help="write for: {channels: [16, 24, 32], stride: [1, 2, 2]}")  # fmt: skip
            self.room.is_guessed = True
            return [{}]
        columns: dict[str, tuple[Value, ...]] = {}
        unknown: dict[str, Value | Unknown] = dict.fromkeys(node.entries, UNKNOWN)
        for entry in node.entries.values():
            reason = why_no_value_name(entry.key)
            value = (
                self.evaluator.value(entry.value, entry.key, path)
                if isinstance(entry.value, Sequence)
                else to_value(entry.value)
            )
            if reason:
                self._error("E0107", f'{path}: the name "{clip(entry.key)}" {reason}', entry.key_span, layer=path)
            elif not isinstance(value, tuple):
                if not isinstance(value, Unknown) or not isinstance(entry.value, (Invalid, Sequence)):
                    self._error("E0105", f"{path}: for takes a list of {clip(entry.key)}, not {describe(entry.value)}",
                                entry.value.span, layer=path)  # fmt: skip
            else:
                columns[entry.key] = value
        lengths = {len(column) for column in columns.values()}
        self.room.is_guessed = self.room.is_guessed or len(columns) < len(node.entries) or len(lengths) > 1
        if len(columns) < len(node.entries):
            return [unknown]
        if len(lengths) > 1:
            counted = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            self._error("E0505", f"{path}: the lists of for have different lengths: {counted}", tree.entries["for"].key_span,
                        layer=path, help="give each of them one value a layer")  # fmt: skip
            return [unknown]
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _check_name(self, scope: Scope, name: str, span: Span, others: Container[str] = ()) -> None:
        reason = why_no_layer_name(name)
        taken = next((each for each in lists_of(name) if each in others or each in scope.inputs), None)
        if reason is None and taken is not None:
            reason = f"is an item of {clip(taken)}, which is something else"
        if reason is None and name in scope.inputs:
            reason = "is the name of an input"
        if reason:
            comment = _comment(name, span)
            if comment is not None:
                self._error("E0107", f'the name "{clip(name)}" {reason}', span, label="a comment?", help=comment.said,
                            ways=(comment,), layer=join(scope.path, clip(name)))  # fmt: skip
                return
            if name.startswith(("class ", "def ")):
                from archspec.document.python_text import WHOLE

                self._error("E0107", f'the name "{clip(name)}" {reason}', span, label="Python code", help=WHOLE,
                            layer=join(scope.path, clip(name)))  # fmt: skip
                return
            joined = _joined(name, span)
            if joined is not None:
                self._error("E0107", f'the name "{clip(name)}" {reason}', span, label="a space is missing after the colon",
                            help=joined.said, ways=(joined,), layer=join(scope.path, clip(name)))  # fmt: skip
                return
            better = suggest(f"{name}_1" if name in scope.inputs else name)
            is_written = better and span.line == span.end_line and span.text().strip("\"'") == name
            ways = (Fix(f"call it {better}", (put(span, better),)),) if is_written and better else ()
            self._error("E0107", f'the name "{clip(name)}" {reason}', span, label="it becomes an attribute of the module",
                        help=f"call it {better}" if better else LETTERS, ways=ways,
                        layer=join(scope.path, clip(name)))  # fmt: skip

    def _error(self, code: str, message: str, span: Span, label: str = "", help: str = "", layer: str | None = None,
               ways: tuple[Fix, ...] = ()) -> None:  # fmt: skip
        self.report.append(Diagnostic(code, message, span, label=label, help=help, layer=layer, ways=ways))


def _comment(name: str, span: Span) -> Fix | None:
    """The comment of another language that a name begins, as YAML has it."""
    from archspec.document.other_comments import comment_in

    found = comment_in(span.source, span.line) if name.startswith(("/", "--")) else None
    return found[1] if found is not None and found[0].column == span.column else None


def _joined(name: str, span: Span) -> Fix | None:
    """The space between a name and what stands in braces, which YAML reads as one word with the first key: `a:{type: ReLU}`."""
    called, colon, _ = name.partition(":")
    if name[len(called) :][:2] not in (":{", ":[") or span.text() != name or why_no_layer_name(called) is not None:
        return None
    end = span.column + len(called) + len(colon)
    return Fix(
        f"write {called}: {name[len(called) + 1]}…",
        (Edit(span._replace(column=end, end_column=end), " "),),
        is_safe=True,
    )


def _is_nothing(node: Tree) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _is_layer(entry: Entry) -> bool:
    """Whether an entry is a layer, or the name of one whose keys do not stand under it."""
    value = entry.value
    if entry.key in LAYER_KEYS or not isinstance(value, (Mapping, Scalar)):
        return False
    is_type = isinstance(value, Scalar) and isinstance(value.value, str) and registry.find(value.value) is not None
    return isinstance(value, Mapping) or _is_nothing(value) or is_type


def _help(key: str, node: Tree, environment: Environment, tree: Mapping) -> tuple[str, tuple[Fix, ...]]:
    """What to write for `repeat` or `when`, where it is plain what was meant: help that is no edit, and edits."""
    from archspec.document.grouped import grouped_ways
    from archspec.document.value_help import value_help, value_ways

    kind = bool if key == "when" else int
    value = to_value(node)

    def fits(other: object) -> bool:
        return type(other) is kind

    said = value_help(key, value, node.span, fits, environment.names)
    return said, grouped_ways(key, node.span, fits) or value_ways(said, key, node.span, tree)


def join(scope: str, name: str) -> str:
    """A path of a scope's and a member's."""
    return f"{scope}.{name}" if scope else name
