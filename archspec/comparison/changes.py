"""What was done. Enters: a matching and its wiring; leaves: changes in the order of the second network, each said once at the
outermost group that it is true of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.comparison.arguments import is_meant_alike, shown
from archspec.comparison.freezing import NOTHING, FrozenGroups, frozen_parts
from archspec.comparison.likeness import Side, place_of
from archspec.comparison.matching import Matching
from archspec.comparison.model import Change, Detail, Kind, Member, Shifted
from archspec.comparison.wiring import Wiring
from archspec.facts.model import Facts, port_of
from archspec.graph import Node, Ref, Scope, shown_parameter

MOST_READ = 8


def find_changes(matching: Matching, wiring: Wiring) -> list[Change]:
    """All changes."""
    moved = {y for _, y in wiring.moved}
    found: list[tuple[int, Change]] = []
    last: dict[Scope, Member] = {}
    frozen = FrozenGroups(matching.before.facts), FrozenGroups(matching.after.facts)
    of_group: dict[Member, Detail] = {}  # what stopped to train with a group, or does again
    place = -1
    for member in _shown(matching.after.facts.graph.root, matching.backward):
        scope = matching.after.parents[member]
        place = _first(member, place)
        other = matching.backward.get(member)
        beside = last[scope].path if scope in last else ""
        last[scope] = member
        if other is None:
            found.append((place, Change("inserted", None, member, beside=beside)))
            continue
        around = of_group.get(scope)
        freeze = _freeze(other, member, frozen) if around is None else around
        if freeze is not None:
            of_group[member] = freeze
        change = _changed(other, member, matching, wiring, member in moved, freeze, is_told=around is not None)
        if change is not None:
            found.append((place, change._replace(beside=beside if change.kind == "moved" else "")))
    found += _removed(matching)
    return [change for _, change in sorted(found, key=lambda one: one[0])]


def find_shifted(matching: Matching) -> list[Shifted]:
    """Members of lists that stand at another place of the same list, and layers of one name that are counted otherwise."""
    return [
        Shifted(x, y)
        for x, y in matching.pairs.items()
        if x in matching.before.parents and y in matching.after.parents and _is_shifted(x, y, matching)
    ]


def _is_shifted(x: Member, y: Member, matching: Matching) -> bool:
    are_places = matching.before.is_place(x) and matching.after.is_place(y)
    is_one_list = are_places and place_of(x.name)[0] == place_of(y.name)[0]
    return x.name != y.name and is_one_list and matching.are_together(x, y)


def _shown(scope: Scope, found: Mapping[Member, Member]) -> Iterator[Member]:
    """Members of both kinds, those that are found again opened, and of the others the outermost."""
    for member in scope.members:
        if isinstance(member, Node):
            yield member
        elif member in found:
            yield member
            if _is_same_copy(member, found[member], found):
                continue
            yield from _shown(member, found)
        elif any(node in found for node in member.nodes()):
            yield from _shown(member, found)
        elif any(True for _ in member.nodes()):
            yield member


def _is_same_copy(one: Member, other: Member, found: Mapping[Member, Member]) -> bool:
    """Whether both are a group that is used again (`use`), and the same one: what was done is said of that."""
    ours, others = (member.shares if isinstance(member, Scope) else None for member in (one, other))
    return ours is not None and found.get(ours) is others


def _first(member: Member, otherwise: int) -> int:
    node = member if isinstance(member, Node) else next(member.nodes(), None)
    return node.index if node is not None else otherwise


def _removed(matching: Matching) -> Iterator[tuple[int, Change]]:
    """What is gone, after what it came after."""
    places: dict[Node, int] = {}
    place = -1
    for node in matching.before.facts.graph.nodes:
        places[node] = place
        other = matching.pairs.get(node)
        place = other.index if isinstance(other, Node) else place
    for member in _shown(matching.before.facts.graph.root, matching.pairs):
        if member not in matching.pairs:
            first = member if isinstance(member, Node) else next(member.nodes())
            yield places[first], Change("removed", member, None)


def _changed(x: Member, y: Member, matching: Matching, wiring: Wiring, is_moved: bool, freeze: Detail | None,
             is_told: bool) -> Change | None:  # fmt: skip
    """What was done to something that is in both; None: nothing. `freeze` is what a group's layers have in common, its own or
    that of one around it, which has been told."""
    if isinstance(x, Node) and isinstance(y, Node):
        details = tuple(one for one in _of_layers(x, y, matching, wiring) if one != freeze)
    else:
        details = (*_of_groups(x, y), *([freeze] if freeze is not None and not is_told else []))
    together = matching.are_together(x, y)
    is_renamed = (x.name != y.name or not together) and x.path != y.path and not _is_shifted(x, y, matching)
    if not (is_moved or is_renamed or details):
        return None
    kind: Kind = "moved" if is_moved else "changed" if details else "renamed"
    return Change(kind, x, y, details, is_renamed=is_renamed)


# Details -------------------------------------------------------------------------------------------------------------


def _of_groups(x: Member, y: Member) -> Iterator[Detail]:
    ours, others = (_block(member) for member in (x, y))
    if ours != others:
        yield Detail("block", ours, others)


def _freeze(x: Member, y: Member, frozen: tuple[FrozenGroups, FrozenGroups]) -> Detail | None:
    """That none of a group's layers trains any more, or all do again."""
    if isinstance(x, Node) or isinstance(y, Node):
        return None
    ours, others = frozen[0].of(x), frozen[1].of(y)
    return Detail("freeze", ours, others) if ours is not None and others is not None and ours != others else None


def _block(member: Member) -> str:
    return member.use.block if isinstance(member, Scope) and member.use is not None else NOTHING


def _of_layers(x: Node, y: Node, matching: Matching, wiring: Wiring) -> Iterator[Detail]:
    before, after = matching.before, matching.after
    marks = _marks(x, before), _marks(y, after, matching)
    values = before.arguments(x), after.arguments(y)
    is_told = "use" in marks[0] and _is_same(marks, "use")  # of the layer that it uses again
    if x.type != y.type and not is_told:
        yield Detail("type", x.type, y.type)
    if values[0] != values[1] and not is_told:
        names = [name for name in values[1] if name in values[0] or x.type == y.type]
        reading = (x, before.facts.of(x).inputs), (y, after.facts.of(y).inputs)
        for name in names:
            if values[0].get(name) != values[1][name] and not (x.type == y.type and is_meant_alike(*reading, name)):
                yield Detail(name, shown(x, name), shown(y, name), _is_derived(x, y, name, matching))
    for name in dict.fromkeys([*marks[0], *marks[1]]):
        if not _is_same(marks, name):
            absent = "default" if name.startswith("init.") else NOTHING
            ours, others = (found[name][1] if name in found else absent for found in marks)
            yield Detail(name, ours, others)
    if y not in wiring.moving and not wiring.reads_same(x, y):
        yield Detail("reads", _reads(before.facts, x), _reads(after.facts, y))


def _is_derived(x: Node, y: Node, name: str, matching: Matching) -> bool:
    """Whether an argument is written with the same expressions before and after, and so is what stands behind their names."""
    written, trees = x.place.written(name)
    if not trees or (written, trees) != y.place.written(name):
        return False
    return all(matching.before.origins.of(x, tree) == matching.after.origins.of(y, tree) for tree in trees)


Mark = tuple[object, str]
"""What is compared, and what is shown of it."""


def _is_same(marks: tuple[dict[str, Mark], dict[str, Mark]], name: str) -> bool:
    ours, others = (found.get(name) for found in marks)
    return ours is others if ours is None or others is None else ours[0] == others[0]


def _marks(node: Node, side: Side, matching: Matching | None = None) -> dict[str, Mark]:
    """What is said of a layer beside its arguments. With a matching, layers that it refers to are those of the first network."""
    nodes = side.facts.graph.nodes

    def of(index: int) -> Mark:
        other = matching.backward.get(nodes[index]) if matching is not None else nodes[index]
        return other, nodes[index].path

    found: dict[str, Mark] = {}
    for init in node.inits:
        arguments = ", ".join(f"{name} {value}" for name, value in init.arguments)
        told = f"{init.scheme}({arguments})" if arguments else init.scheme
        found[f"init.{shown_parameter(init.parameter)}"] = ((init.scheme, init.arguments), told)  # 1.0 is 1
    for constraint in node.constraints:
        found[f"max_norm.{shown_parameter(constraint.parameter)}"] = (constraint.max_norm, str(constraint.max_norm))
    for tie in node.ties:
        other, path = of(tie.node)
        found[f"tie.{shown_parameter(tie.parameter)}"] = ((other, tie.of), f"{path}.{tie.of}".rstrip("."))
    if parts := frozen_parts(node, side.facts):
        found["freeze"] = (parts, ", ".join(parts))
    if node.train_only:
        found["mode"] = ("train", "train")
    if node.shares is not None:
        found["use"] = of(node.shares)
    return found


def _reads(facts: Facts, node: Node) -> str:
    more = ", …" if len(node.inputs) > MOST_READ else ""
    return ", ".join(reference(facts, ref) for ref in node.inputs[:MOST_READ]) + more


def reference(facts: Facts, ref: Ref | None) -> str:
    """A tensor as specs name it."""
    if ref is None:
        return NOTHING
    node, outputs = facts.graph.nodes[ref.node], facts.layers[ref.node].outputs or {}
    return node.path if len(outputs) <= 1 else f"{node.path}.{port_of(ref, outputs)}"
