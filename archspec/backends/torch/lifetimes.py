"""What the frames of generated modules keep alive, and what they delete. Enters: a plan; leaves: the variables of each `forward`.

Python keeps what a variable holds until it is assigned again or its function returns, and the arguments of a call until that
returns. The run of the module is followed call by call, by the memories that variables hold. Where that would be more at once
than by the law in `facts/memory.py`, by which calls hold their arguments and nothing else stays, a variable whose tensor nobody
reads any more has to go: under another name where it is one, else by `del`. Elsewhere none is deleted: it is not worth its line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from archspec.backends.torch.expressions import reads_batch
from archspec.backends.torch.family import Entry, Family, member_at, slot_at
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.variables import UNREAD, Variables, flat, is_held, is_own, name_variables, wires_of
from archspec.facts.memory import Needs, find_module_peak, find_needs
from archspec.graph import DEFAULT_PORT, Node, Scope, Wire
from archspec.ops import emission as emit
from archspec.ops.base import N


def find_variables(plan: Plan) -> VariablesOf:
    """The variables of each `forward`, and what is to be deleted where; nothing where sizes are no numbers."""
    found = VariablesOf(plan)
    needs = find_needs(plan.cases.first, plan.storage) if plan.storage is not None else None
    if plan.storage is None or not isinstance(needs, Needs):
        return found
    limit = find_module_peak(plan.cases.first, plan.storage, needs)
    if limit is None:
        return found
    _Run(plan, found, needs, limit).root()
    if found.reuse():
        _Run(plan, found, needs, limit).root()
    return found


class VariablesOf:
    """The variables by family, found where they are first asked for."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.found: dict[int, tuple[Family, Variables]] = {}

    def __call__(self, family: Family) -> Variables:
        if id(family) not in self.found:
            self.found[id(family)] = family, name_variables(self.plan, family)
        return self.found[id(family)][1]

    def reuse(self) -> bool:
        """Where one variable of a family would be deleted, its tensor stands in one that ends instead, if there is such."""
        changed = False
        for key, (family, variables) in list(self.found.items()):
            deleted = [(last, name) for last, names in variables.deleted.items() for name in names]
            if len(deleted) != 1:
                continue
            ((last, name),) = deleted
            wires = [
                wire for wire, variable in variables.of.items() if variable == name and variables.last.get(wire) == last
            ]
            renamed = name_variables(self.plan, family, frozenset(wires))
            if renamed.of != variables.of:
                self.found[key] = family, renamed
                changed = True
        return changed


class _Held(NamedTuple):
    """What a variable holds: memories, and the entry after which nobody reads them."""

    memories: list[int]
    last: int


class _Frame:
    """A running `forward`."""

    def __init__(self, plan: Plan, family: Family, variables: Variables) -> None:
        self.plan = plan
        self.family = family
        self.variables = variables
        self.position = 0
        self.held: dict[str, _Held] = {}

    @cached_property
    def last_batch(self) -> int:
        """The last entry that asks a tensor for the number of samples where none that is still read has it; -1 for none."""
        made = {entry.position: position for position, entry in enumerate(self.family.entries)}
        changes = [0] * (len(made) + 2)  # of how many tensors have it, from one entry to the next
        for wire, last in self.variables.last.items():
            if wire in self.variables.of and N in self.plan.tensor(wire, self.family.scope).shape:
                changes[made.get(wire.slot, -1) + 1] += 1
                changes[last + 1] -= 1
        found = -1
        for position, (entry, having) in enumerate(zip(self.family.entries, accumulate(changes), strict=False)):
            if not having and entry.emission is not None and reads_batch(entry.emission.forward):
                found = position
        return found

    def idle(self) -> Iterator[tuple[str, _Held]]:
        """The variables that nobody reads any more."""
        if self.position > self.last_batch:
            yield from ((name, held) for name, held in self.held.items() if held.last < self.position)


class _Run:
    """The module's run on one sample."""

    def __init__(self, plan: Plan, variables_of: VariablesOf, needs: Needs, limit: int) -> None:
        self.plan = plan
        self.variables_of = variables_of
        self.needs = needs
        self.limit = limit
        self.frames: list[_Frame] = []
        self.holders: Counter[int] = Counter()
        self.alive = 0

    def root(self) -> None:
        """Follows the whole network; its caller holds the inputs."""
        scope = self.plan.graph.root
        self._hold(self._memories([Wire(name, -1, DEFAULT_PORT) for name in scope.inputs], scope))
        self._call(scope, self.plan.root)

    # Memories ----------------------------------------------------------------------------------------------------

    def _memories(self, wires: Iterable[Wire], scope: Scope) -> list[int]:
        found = [self.plan.memory(wire, scope) for wire in wires]
        return [memory for memory in found if memory is not None]

    def _hold(self, memories: Iterable[int]) -> None:
        for memory in memories:
            self.alive += self.needs.memories[memory] if not self.holders[memory] else 0
            self.holders[memory] += 1

    def _drop(self, memories: Iterable[int]) -> None:
        for memory in memories:
            self.holders[memory] -= 1
            self.alive -= self.needs.memories[memory] if not self.holders[memory] else 0

    def _assign(self, frame: _Frame, variable: str, memories: list[int], last: int) -> None:
        self._hold(memories)
        before = frame.held.get(variable)
        if before is not None:
            self._drop(before.memories)
        frame.held[variable] = _Held(memories, last)

    # Calls -------------------------------------------------------------------------------------------------------

    def _call(self, scope: Scope, family: Family) -> None:
        """A group, block or repeat. Its results are the caller's to hold."""
        if self.plan.is_sequential(family):
            self._sequential(scope, family)
            return
        frame = _Frame(self.plan, family, self.variables_of(family))
        self.frames.append(frame)
        for name in family.inputs:
            self._bind(frame, scope, Wire(name, -1, DEFAULT_PORT))
        for position, entry in enumerate(family.entries):
            frame.position = position
            if not entry.train_only and not is_own(entry) and not is_held(entry, frame.variables):
                self._entry(frame, scope, entry)
            for variable in frame.variables.deleted.get(position, ()):
                if variable in frame.held:
                    self._drop(frame.held.pop(variable).memories)
        self.frames.pop()
        for held in frame.held.values():
            self._drop(held.memories)

    def _sequential(self, scope: Scope, family: Family) -> None:
        """`for module in self: input = module(input)`."""
        held = self._memories([Wire(name, -1, DEFAULT_PORT) for name in family.inputs], scope)
        self._hold(held)
        for entry in family.entries:
            if slot_at(scope, entry.position) is None:
                break
            self._compute(scope, entry)
            given = self._memories(wires_of(entry), scope)
            self._hold(given)
            self._drop(held)
            held = given
        self._drop(held)

    def _entry(self, frame: _Frame, scope: Scope, entry: Entry) -> None:
        if frame.position in frame.variables.loops:
            self._loop(frame, scope, entry)
            return
        self._compute(scope, entry)
        ports = entry.emission.ports if entry.emission is not None else ()
        self._unpack(frame, scope, entry, ports or tuple(wire.port or DEFAULT_PORT for wire in wires_of(entry)))

    def _loop(self, frame: _Frame, scope: Scope, entry: Entry) -> None:
        """`for layer in self.layers: x = layer(x, memory)`."""
        (wire,) = wires_of(entry)
        variable = frame.variables.of.get(wire, UNREAD)
        self._assign(frame, variable, self._memories(entry.reads[:1], scope), frame.position)
        repeat = member_at(scope, entry.position)
        assert entry.inner is not None
        for turn in entry.inner.entries:
            if not isinstance(repeat, Scope) or slot_at(repeat, turn.position) is None:
                break
            self._compute(repeat, turn)
            self._assign(frame, variable, self._memories(wires_of(turn), repeat), frame.position)
        if wire in frame.variables.last:
            self._bind(frame, scope, wire)

    def _unpack(self, frame: _Frame, scope: Scope, entry: Entry, ports: emit.Ports) -> None:
        """Assigns what an entry gives, and to `_` what nobody reads."""
        for port in ports:
            names = [port] if isinstance(port, str) else flat(port)
            wires = [Wire(None, entry.position, name) for name in names]
            if not any(wire in frame.variables.of for wire in wires):
                self._assign(frame, UNREAD, self._memories(wires, scope), frame.position)
            elif isinstance(port, str):
                self._bind(frame, scope, wires[0])
            else:
                self._unpack(frame, scope, entry, port)

    def _bind(self, frame: _Frame, scope: Scope, wire: Wire) -> None:
        if wire in frame.variables.of:
            last = frame.variables.last.get(wire, -1)
            self._assign(frame, frame.variables.of[wire], self._memories([wire], scope), last)

    # Layers ------------------------------------------------------------------------------------------------------

    def _compute(self, scope: Scope, entry: Entry) -> None:
        member = member_at(scope, entry.position)
        if isinstance(member, Node):
            self._layer(member)
        elif member is not None:
            assert entry.inner is not None
            self._call(member, self.plan.families.of_use[id(member)][0] if entry.choices else entry.inner)

    def _layer(self, node: Node) -> None:
        """What is alive while a layer is computed; what is idle is deleted where that is too much."""
        storage = self.plan.storage
        assert storage is not None
        places = {place.memory for place in storage.places[node.index].values()}
        made = sum(self.needs.memories[memory] for memory in places if storage.memories[memory].node == node.index)
        over = self.alive + made + self.needs.between[node.index] - self.limit
        if over > 0:
            self._delete(over)

    def _delete(self, over: int) -> None:
        """Deletes idle variables, those of large memories first, until so many bytes are free."""
        idle: dict[int, list[tuple[_Frame, str, _Held]]] = {}
        for frame in self.frames:
            for variable, held in frame.idle():
                for memory in held.memories:
                    idle.setdefault(memory, []).append((frame, variable, held))
        alone = [memory for memory, holding in idle.items() if len(holding) == self.holders[memory]]
        for memory in sorted(alone, key=lambda memory: -self.needs.memories[memory]):
            if over <= 0:
                return
            over -= self.needs.memories[memory]
            for frame, variable, held in idle[memory]:
                if frame.held.pop(variable, None) is not None:
                    self._drop(held.memories)
                    frame.variables.deleted.setdefault(held.last, []).append(variable)
