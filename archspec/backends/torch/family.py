"""Scopes that share one class, side by side. Enters: the uses of a block (or one group); leaves: a `Family`.

A family's entries are those of the spec, each with its layer in every use. Uses that differ in more than values are no family:
`Unlike`. Equal uses are one case: a block used a thousand times with the same arguments on the same shapes is one. A repeat may
have more steps in one use than in another: its family has as many entries as the longest, and the shorter ones end before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from archspec.backends.torch.cases import Cases
from archspec.backends.torch.merging import Unlike, merge_emissions
from archspec.graph import DEFAULT_PORT, FromInput, FromSlot, Node, Scope, Slot, Wire
from archspec.ops import emission as emit
from archspec.ops.emission import Emission
from archspec.source import Span

MAX_NESTED = 3
"""How deep nn.Sequential is written in nn.Sequential; a deeper group is a class of its own."""

EmissionOf = Callable[[Node], Emission]


class Fixed(Exception):
    """There is no code for a repeat whose number of steps differs between uses; carries the layer that is repeated."""

    def __init__(self, step: Span) -> None:
        self.step = step


class NeedsAllSteps(Exception):
    """Uses of a block differ in how many steps of a long repeat they have, which a graph with some of them does not show."""


@dataclass(slots=True, eq=False, repr=False)
class Entry:
    """One entry of the spec in every use; None where `when` leaves it out."""

    position: int
    slots: tuple[Slot | None, ...]
    members: tuple[Node | Scope | None, ...]
    reads: tuple[Wire, ...]
    emission: Emission | None
    inner: Family | None
    is_counted: bool = False
    """Whether it is a repeat whose number of steps differs between uses, or a step of one in a list that not all uses have."""
    choices: tuple[Family, ...] = ()
    """Those of the blocks that it may be a use of, where that differs between uses; `inner` is the first."""

    @property
    def slot(self) -> Slot:
        """The entry where it is first there."""
        return next(
            slot
            for slot, member in zip(self.slots, self.members, strict=True)
            if slot is not None and member is not None
        )

    @property
    def member(self) -> Node | Scope:
        """Its layer or scope there."""
        return next(member for member in self.members if member is not None)

    @property
    def more(self) -> int:
        """How many further steps of a long repeat it stands for, in every use."""
        return self.slot.more

    def need_whole(self) -> None:
        """Raises NeedsAllSteps for what stands for several layers, where each has its own line."""
        if self.more:
            raise NeedsAllSteps

    @property
    def name(self) -> str:
        """The attribute that it becomes."""
        return self.member.name

    @property
    def train_only(self) -> bool:
        """Whether it is computed in training only."""
        return self.slot.train_only

    @property
    def member_is_in_place(self) -> bool:
        """Whether it is a group or a repeat, not a block's use."""
        return isinstance(self.member, Scope) and self.member.use is None

    @property
    def is_step(self) -> bool:
        """Whether it is a step of a repeat in a list that not all uses have."""
        is_repeat = self.inner is not None and self.member_is_in_place and self.inner.scope.is_repeat
        return self.is_counted and not is_repeat

    @property
    def is_always(self) -> bool:
        """Whether no use in which its scope stands leaves it out."""
        return all(member is not None or slot is None for slot, member in zip(self.slots, self.members, strict=True))


@dataclass(slots=True, eq=False, repr=False)
class Family:
    """Parallel scopes; None where the scope itself is left out in a use."""

    scopes: tuple[Scope | None, ...]
    inputs: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    results: dict[str, Wire] = field(default_factory=dict)
    is_chain: bool = False
    height: int = 0
    uses: list[Scope] = field(default_factory=list)
    """All scopes that the family stands for, those of equal cases too; `stand_for` fills it in."""
    _by_position: dict[int, Entry] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """The first of them."""
        return next(scope for scope in self.scopes if scope is not None)

    @property
    def is_variable(self) -> bool:
        """Whether they are repeats of different numbers of steps."""
        return len({len(scope.slots) for scope in self.scopes if scope is not None}) > 1

    @property
    def step(self) -> Span:
        """Where the layer stands that a repeat repeats."""
        return self.scope.slots[0].place.name

    def stand_for(self, uses: list[Scope]) -> None:
        """Says which scopes these are, and so which those are that are written in place in them."""
        self.uses = uses
        for entry in self.entries:
            if entry.inner is not None and entry.member_is_in_place:
                inner = [member_at(scope, entry.position) for scope in uses]
                entry.inner.stand_for([member for member in inner if isinstance(member, Scope)])

    def nodes(self, entry: Entry) -> list[Node]:
        """The layer that an entry is in each of them."""
        members = [member_at(scope, entry.position) for scope in self.uses]
        return [member for member in members if isinstance(member, Node)]

    def entry(self, wire: FromSlot) -> Entry:
        """The entry whose output a wire is."""
        return self._by_position[wire.slot]

    def needs_training(self, entry: Entry) -> bool:
        """Whether an entry has to ask whether this is training: it is computed then only, and the scope is not.

        A scope whose results are all computed in training only is only called then.
        """
        wires = self.results.values()
        return entry.train_only and not all(
            isinstance(wire, FromSlot) and self.entry(wire).train_only for wire in wires
        )

    def add(self, entry: Entry) -> None:
        """Appends an entry, in the order of computation."""
        self.entries.append(entry)
        self._by_position[entry.position] = entry


class Families:
    """Builds families, and knows which class each use of a block belongs to."""

    def __init__(self, cases: Cases, emission_of: EmissionOf, is_fixed: Callable[[Span], bool]) -> None:
        self.cases = cases
        self.facts = cases.facts
        self.emission_of = emission_of
        self.is_fixed = is_fixed
        """Whether the layer at a place is repeated the same number of times in all uses of one class."""
        self.of_use: dict[
            int, tuple[Family, int]
        ] = {}  # by the id of a use's scope: its family, and which of its cases
        self._group_uses()

    # Blocks ------------------------------------------------------------------------------------------------------

    def _group_uses(self) -> None:
        """Families for all uses of blocks, inner blocks first."""
        uses: dict[str, list[Scope]] = {}
        height: dict[str, int] = {}
        for root in self.cases.roots:
            self._collect(root, uses, height)
        for name in sorted(uses, key=lambda name: height[name]):
            self._families_of(uses[name])

    def _collect(self, scope: Scope, uses: dict[str, list[Scope]], height: dict[str, int]) -> int:
        """The uses of each block; answers how deep blocks are nested in the scope."""
        deepest = 0
        for member in scope.members:
            if isinstance(member, Scope) and member.shares is None:
                deepest = max(deepest, self._collect(member, uses, height))
        if scope.use is not None:
            deepest += 1
            uses.setdefault(scope.use.block, []).append(scope)
            height[scope.use.block] = max(deepest, height.get(scope.use.block, 0))
        return deepest

    def _families_of(self, scopes: list[Scope]) -> None:
        cases: dict[object, list[Scope]] = {}
        for scope in scopes:
            cases.setdefault(self._case(scope), []).append(scope)
        distinct = [same[0] for same in cases.values()]
        for group in self._alike(distinct):
            family = self.build(tuple(group))
            for number, first in enumerate(group):
                for scope in cases[self._case(first)]:
                    self.of_use[id(scope)] = family, number

    def _case(self, scope: Scope) -> object:
        """All that decides what is inside a block's use."""
        assert scope.use is not None
        tensors = [self.facts.tensor(ref) for ref in scope.inputs.values()]
        arguments = tuple((name, type(value).__name__, value) for name, value in scope.use.arguments.items())
        return arguments, tuple((t.shape, t.dtype) if t is not None else None for t in tensors)

    def _alike(self, scopes: list[Scope]) -> list[list[Scope]]:
        """The scopes in groups that are families: all in one if that is possible, else by their form."""
        try:
            self.build(tuple(scopes))
            return [scopes]
        except Unlike:
            by_form: dict[object, list[Scope]] = {}
            for scope in scopes:
                by_form.setdefault(self._form(scope), []).append(scope)
        found: list[list[Scope]] = []
        for group in by_form.values():
            try:
                self.build(tuple(group))
                found.append(group)
            except Unlike:
                found += [[scope] for scope in group]
        return found

    def _form(self, scope: Scope) -> object:
        """What cannot differ between uses of one class."""
        found: list[tuple[object, object]] = []
        is_fixed = not scope.is_repeat or not scope.slots or self.is_fixed(scope.slots[0].place.name)
        for slot in scope.slots:
            member = slot.member
            if isinstance(member, Scope):
                known = self.of_use.get(id(member))
                found.append(
                    (slot.key, id(known[0]) if known is not None and member.use is not None else self._form(member))
                )
            else:
                found.append((slot.key, _form_of(self.emission_of(member)) if member is not None else None))
        return tuple(found) if is_fixed else tuple(dict.fromkeys(form for _, form in found))

    def root(self) -> Family:
        """The family of the network. Raises Bound where it differs in more than values."""
        roots = self.cases.roots
        try:
            return self.build(roots)
        except Unlike:
            unlike = [number for number in range(1, len(roots)) if not self._is_family((roots[0], roots[number]))]
            raise self.cases.unlike(unlike, "with other values it has other layers") from None

    def _is_family(self, scopes: tuple[Scope, ...]) -> bool:
        try:
            self.build(scopes)
        except Unlike:
            return False
        return True

    # One family --------------------------------------------------------------------------------------------------

    def build(self, scopes: tuple[Scope | None, ...]) -> Family:
        """The family of parallel scopes. Raises Unlike."""
        present = [scope for scope in scopes if scope is not None]
        first = max(present, key=lambda scope: len(scope.slots))
        for scope in present:
            alike = (
                (_is_form_alike(scope, first) or self._is_shorter(scope, first))
                and list(scope.inputs) == list(first.inputs)
                and list(scope.results) == list(first.results)
            )
            if not alike:
                raise Unlike
        family = Family(scopes, tuple(first.inputs))
        kept: dict[int, Wire | None] = {}  # what stands for an entry that no use has
        for position in first.order:
            slots = tuple(slot_at(scope, position) if scope is not None else None for scope in scopes)
            reads = tuple(self._key(_through(wire, kept), family) for wire in first.slots[position].reads)
            if all(slot is None or slot.member is None for slot in slots):
                kept[position] = reads[0] if reads else None
                continue
            family.add(self._entry(position, slots, tuple(wire for wire in reads if wire is not None)))
        family.results = {
            port: wire
            for port, wire in ((p, self._key(_through(w, kept), family)) for p, w in first.results.items())
            if wire is not None
        }
        family.is_chain, family.height = _chain(family)
        if not family.is_chain and self._has_numbers(family):
            functions = [(entry, entry.emission) for entry in family.entries]
            for entry, emission in functions:
                entry.emission = _as_module(emission)
            family.is_chain, family.height = _chain(family)
            if not family.is_chain:
                for entry, emission in functions:
                    entry.emission = emission
        return family

    def _has_numbers(self, family: Family) -> bool:
        """Whether layers are numbers, which Python has no attributes for, so that they read best in an nn.Sequential."""
        if family.scope.use is not None or family.scope in self.cases.roots:
            return is_numbered(family)
        return any(entry.name.isdigit() for entry in family.entries)

    def _is_shorter(self, scope: Scope, longest: Scope) -> bool:
        """Whether a repeat is another one with fewer steps."""
        both = (scope, longest)
        whole = all(each.is_repeat and all(slot.member is not None for slot in each.slots) for each in both)
        return whole and len(scope.slots) > 0 and not self.is_fixed(scope.slots[0].place.name)

    def _entry(self, position: int, slots: tuple[Slot | None, ...], reads: tuple[Wire, ...]) -> Entry:
        if len({slot.more for slot in slots if slot is not None and slot.member is not None}) > 1:
            raise NeedsAllSteps
        members = tuple(slot.member if slot is not None else None for slot in slots)
        present = [member for member in members if member is not None]
        first = present[0]
        if any(isinstance(member, Node) != isinstance(first, Node) for member in present):
            raise Unlike
        if isinstance(first, Node):
            nodes = [member if isinstance(member, Node) else None for member in members]
            if len({self._shared_name(node) for node in nodes if node is not None}) > 1:
                raise Unlike
            emissions = [self.emission_of(node) if node is not None else None for node in nodes]
            merged = merge_emissions(emissions, [node.op if node is not None else None for node in nodes])
            return Entry(position, slots, members, reads, merged, None, self._is_missing(slots))
        scopes = tuple(member if isinstance(member, Scope) else None for member in members)
        given = [scope for scope in scopes if scope is not None]
        if len({_kind(scope) for scope in given}) > 1:
            choices = self._choices(slots, given)
            return Entry(position, slots, members, reads, None, choices[0], self._is_missing(slots), choices)
        inner = self._inner(scopes, given)
        is_counted = self._is_missing(slots) or (given[0].is_repeat and inner.is_variable)
        return Entry(position, slots, members, reads, None, inner, is_counted)

    def _is_missing(self, slots: tuple[Slot | None, ...]) -> bool:
        """Whether something is repeated less often in some uses, down to never, and `when` has nothing to do with it."""
        missing = [slot for slot in slots if slot is not None and slot.member is None]
        is_fixed = any(slot.is_conditional or self.is_fixed(slot.place.name) for slot in missing)
        return bool(missing) and not is_fixed

    def _choices(self, slots: tuple[Slot | None, ...], given: list[Scope]) -> tuple[Family, ...]:
        """The families of different blocks, each of one class, that are called alike."""
        step = next(slot.place.name for slot in slots if slot is not None)
        if any(scope.use is None or scope.shares is not None for scope in given) or self.is_fixed(step):
            raise Unlike
        found: dict[str, Family] = {}
        for scope in given:
            family, _ = self.of_use[id(scope)]
            assert scope.use is not None
            if found.setdefault(scope.use.block, family) is not family:
                raise Unlike
        choices = tuple(found.values())
        if any(
            len(each.inputs) != len(choices[0].inputs) or list(each.results) != list(choices[0].results)
            for each in choices
        ):
            raise Unlike
        return choices

    def _key(self, wire: Wire | None, family: Family) -> Wire | None:
        """The wire with its port by name."""
        if wire is None or isinstance(wire, FromInput):
            return wire
        entry = family.entry(wire)
        if entry.inner is not None:
            several = len(entry.inner.results) > 1
            return wire._replace(port=(wire.port or DEFAULT_PORT) if several else DEFAULT_PORT)
        assert entry.emission is not None
        ports = list(_names(entry.emission.ports))
        return wire._replace(
            port=(ports[0] if len(ports) == 1 else wire.port or DEFAULT_PORT) if ports else DEFAULT_PORT
        )

    def _inner(self, scopes: tuple[Scope | None, ...], given: list[Scope]) -> Family:
        originals = [scope.shares or scope for scope in given]
        if given[0].use is None:
            return self.build(tuple((scope.shares or scope) if scope is not None else None for scope in scopes))
        families = {id(family): family for family, _ in (self.of_use[id(scope)] for scope in originals)}
        if len(families) > 1:
            raise Unlike
        return next(iter(families.values()))

    def _shared_name(self, node: Node) -> str | None:
        return self.facts.graph.nodes[node.shares].name if node.shares is not None else None


def slot_at(scope: Scope, position: int) -> Slot | None:
    """An entry of a scope; None where a repeat has ended before."""
    return scope.slots[position] if position < len(scope.slots) else None


def member_at(scope: Scope, position: int) -> Node | Scope | None:
    """What an entry is; None where it is left out, or a repeat has ended before."""
    slot = slot_at(scope, position)
    return slot.member if slot is not None else None


def _is_form_alike(scope: Scope, other: Scope) -> bool:
    """Whether two scopes have the same entries, computed in the same order."""
    return [slot.key for slot in scope.slots] == [slot.key for slot in other.slots] and scope.order == other.order


def _names(ports: emit.Ports) -> Iterator[str]:
    """The ports of a pattern."""
    for port in ports:
        if isinstance(port, str):
            yield port
        else:
            yield from _names(port)


def _kind(scope: Scope) -> tuple[bool, str | None, str | None]:
    return scope.is_repeat, scope.use.block if scope.use else None, scope.shares.name if scope.shares else None


def _through(wire: Wire | None, kept: dict[int, Wire | None]) -> Wire | None:
    """The wire, past entries that are in no use."""
    while wire is not None and isinstance(wire, FromSlot) and wire.slot in kept:
        wire = kept[wire.slot]
    return wire


def _form_of(part: object) -> object:
    """An emission without its literals."""
    if isinstance(part, emit.Data):
        return "data"
    if isinstance(part, emit.Module):
        return part.name, part.takes_device, tuple(sorted(name for name, _ in part.keywords)), len(part.arguments)
    if isinstance(part, emit.Tensor):
        return part.kind, part.dtype, len(part.shape), part.fill if isinstance(part.fill, tuple) else None
    if isinstance(part, tuple):
        return type(part).__name__, tuple(map(_form_of, part))
    return type(part).__name__ if isinstance(part, int) and not isinstance(part, bool) else part


_SEQUENTIAL_ATTRIBUTES = frozenset({"append", "extend", "insert", "pop"})
"""What nn.Sequential has beside what every module has."""


def _chain(family: Family) -> tuple[bool, int]:
    """Whether each entry is a module that reads the one before it and nothing else; and how deep chains are nested in it."""
    inner = [entry.inner for entry in family.entries if entry.inner is not None and entry.member_is_in_place]
    heights = [child.height for child in inner if child.is_chain and child.height <= MAX_NESTED]
    height = 1 + max(heights, default=0)
    if len(family.inputs) != 1:
        return False, height
    current: Wire = FromInput(family.inputs[0])
    for entry in family.entries:
        if family.needs_training(entry) or entry.member.shares is not None or entry.name in _SEQUENTIAL_ATTRIBUTES:
            return False, height
        if entry.reads != (current,) or not is_module(entry):
            return False, height
        current = FromSlot(entry.position, DEFAULT_PORT)
    return list(family.results.values()) == [current], height


def is_module(entry: Entry) -> bool:
    """Whether an entry is a module of one input and one output that is called as such."""
    if entry.inner is not None:
        one = len(entry.inner.inputs) == 1 and len(entry.inner.results) == 1
        return one and len(entry.reads) == 1
    emission = entry.emission
    assert emission is not None
    own = isinstance(emission.own, (emit.Module, emit.Helper, emit.External))
    return own and emission.forward == emit.Apply() and not emission.ports and len(entry.reads) == 1


def _as_module(emission: Emission | None) -> Emission | None:
    """A permutation as a module, which an nn.Sequential can hold; anything else as it is."""
    match emission:
        case Emission(emit.Method(emit.Input(0), "permute", dims, ()), None, ()):
            values = tuple(dim.value for dim in dims if isinstance(dim, emit.Data) and isinstance(dim.value, int))
            if len(values) == len(dims):
                return Emission(emit.Apply(), emit.Helper("Permute", (("dims", values),)))
    return emission


def is_numbered(family: Family) -> bool:
    """Whether the members are named as nn.Sequential numbers them, in every use."""
    return all(scope.is_numbered for scope in family.scopes if scope is not None)
