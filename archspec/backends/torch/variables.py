"""Which variable each tensor of a `forward` stands in. Enters: a family; leaves: `Variables`.

A chain of layers goes through `x`; a tensor that is read later bears its layer's name, unless it ends a chain whose variable
would go on holding what nobody reads. A chain from one of several results bears the name of its last layer: `q`, `k` and `v`. No
variable that is still read is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archspec.backends.torch.family import Entry, Family
from archspec.backends.torch.names import BESIDE, CHAIN, MAIN, Locals
from archspec.backends.torch.plan import Plan
from archspec.graph import DEFAULT_PORT, FromInput, FromSlot, Scope, Wire
from archspec.ops import emission as emit

UNREAD = "_"
_HELD = ("Parameter", "Buffer")
"""What a module only holds."""


@dataclass(slots=True, eq=False, repr=False)
class Variables:
    """The variables of one `forward`. `of` holds those of its inputs and of what its entries give and somebody reads."""

    parameters: list[str]
    """The arguments, in the order of the scope's inputs."""
    last: dict[Wire, int]
    """The position of the entry that reads a tensor last; the outputs stand after all entries."""
    of: dict[Wire, str] = field(default_factory=dict)
    loops: dict[int, str] = field(default_factory=dict)
    """What one of several is called, by the position of the entry that is a loop."""
    deleted: dict[int, list[str]] = field(default_factory=dict)
    """Those that are deleted after the entry at a position."""


def name_variables(plan: Plan, family: Family, reusing: frozenset[Wire] = frozenset()) -> Variables:
    """The variables of a family's `forward`. The tensors of `reusing` bear no names of their own where a chain ends."""
    return _Namer(plan, family, reusing).name()


def parameter_names(family: Family) -> list[str]:
    """The arguments of `forward`, in the order of the scope's inputs."""
    return Locals().parameters(list(family.inputs))


def is_own(entry: Entry) -> bool:
    """Whether an entry is a tensor of the module's own, which is read where it stands."""
    return entry.emission is not None and entry.emission.forward == emit.State()


def is_held(entry: Entry, variables: Variables) -> bool:
    """Whether an entry is a module that is never called: it holds its tensors, or nothing, and nobody reads what it gives."""
    member = entry.member
    is_read = any(wire in variables.of for wire in wires_of(entry))
    return isinstance(member, Scope) and not is_read and all(node.type in _HELD for node in member.nodes())


def wires_of(entry: Entry) -> list[FromSlot]:
    """What an entry gives, in the order in which its variables are written."""
    if entry.inner is not None:
        ports = list(entry.inner.results)
        return [FromSlot(entry.position, port if len(ports) > 1 else DEFAULT_PORT) for port in ports]
    assert entry.emission is not None
    ports = list(flat(entry.emission.ports)) or [DEFAULT_PORT]
    return [FromSlot(entry.position, port) for port in ports]


def flat(ports: emit.Ports) -> list[str]:
    """The ports of a pattern."""
    return [name for port in ports for name in ([port] if isinstance(port, str) else flat(port))]


class _Namer:
    def __init__(self, plan: Plan, family: Family, reusing: frozenset[Wire]) -> None:
        self.plan = plan
        self.reusing = reusing
        self.family = family
        self.locals = Locals()
        self.found = Variables(self.locals.parameters(list(family.inputs)), _last_reads(family))
        self.holds: dict[str, Wire] = {}
        self.last_of_memory: dict[int, int] = {}
        self.parted = self._parted()
        self.named: dict[str, str] = {}
        """The variable of each chain from one of several results, by the name of its last layer."""
        for wire, last in self.found.last.items():
            memory = self._memory(wire)
            if memory is not None:
                self.last_of_memory[memory] = max(last, self.last_of_memory.get(memory, last))

    def name(self) -> Variables:
        for name, written in zip(self.family.inputs, self.found.parameters, strict=True):
            self._bind(FromInput(name), written)
        for position, entry in enumerate(self.family.entries):
            if is_own(entry):
                continue
            handed_on = self._handed_on(position, entry) if self._is_loop(entry) else None
            for wire in wires_of(entry):
                if handed_on is not None:
                    self._bind(wire, handed_on)
                elif wire in self.found.last and wire not in self.found.of:
                    self._bind(wire, self._variable(position, entry, wire))
            if self._is_loop(entry):
                self.found.loops[position] = self.locals.variable(_singular(entry.name))
        return self.found

    def _bind(self, wire: Wire, variable: str) -> None:
        self.found.of[wire] = variable
        self.holds[variable] = wire

    def _variable(self, position: int, entry: Entry, wire: FromSlot) -> str:
        """The variable for what an entry gives."""
        if wire in self.parted:
            name = self.parted[wire]
            if name not in self.named:
                self.named[name] = self.locals.variable(name)
            return self.named[name]
        if self.found.last[wire] == position + 1 or self._is_handed_on(wire):
            free = self._free(position, entry)
            if free:
                return free[0]
        elif len(wires_of(entry)) == 1 and not self._is_one_of_several(wire):
            ended = self._ended(position, entry, wire in self.reusing)
            if ended is not None:
                return ended
        port = wire.port or DEFAULT_PORT
        return self.locals.variable(entry.name if port == DEFAULT_PORT else f"{entry.name}_{port}")

    def _parted(self) -> dict[Wire, str]:
        """The name of the last layer of a chain, for all tensors of the chain, where it begins with one of several results."""
        readers: dict[Wire, list[Entry]] = {}
        for entry in self.family.entries:
            for wire in dict.fromkeys(entry.reads):
                readers.setdefault(wire, []).append(entry)
        results = set(self.family.results.values())
        found: dict[Wire, str] = {}
        for entry in self.family.entries:
            parts = wires_of(entry) if entry.inner is None else []  # a block names its results itself
            for wire in parts if len(parts) > 1 else []:
                chain, name = [wire], ""
                while (link := self._goes_on(readers.get(chain[-1], []))) is not None and chain[-1] not in results:
                    chain.append(link[0])
                    name = link[1]
                if name and chain[-1] not in results:
                    found.update(dict.fromkeys(chain, name))
        return found

    def _goes_on(self, readers: list[Entry]) -> tuple[FromSlot, str] | None:
        """What the only layer that reads a tensor makes of it alone, and that layer's name; None where a chain ends there."""
        reader = readers[0] if len(readers) == 1 and len(readers[0].reads) == 1 else None
        if reader is None or is_own(reader) or self._is_loop(reader):
            return None
        gives = wires_of(reader)
        return (gives[0], reader.name) if len(gives) == 1 and gives[0] in self.found.last else None

    def _handed_on(self, position: int, entry: Entry) -> str | None:
        """The variable of what a loop begins with, where its turns may assign it: else it would hold that through all of them."""
        first, *rest = entry.reads
        variable = self.found.of.get(first)
        ends = variable is not None and first not in rest and self._ends(variable, position)
        return variable if variable is not None and ends and self._is_free(variable, position) else None

    def _is_handed_on(self, wire: Wire) -> bool:
        """Whether a loop begins with a tensor that nothing else reads then or later: it goes on with a chain."""
        last = self.found.last[wire]
        if last == len(self.family.entries):
            return False
        entry = self.family.entries[last]
        return self._is_loop(entry) and entry.reads[0] == wire and wire not in entry.reads[1:]

    def _is_one_of_several(self, wire: Wire) -> bool:
        """Whether it is one of several results, which bear their names."""
        return len(self.family.results) > 1 and wire in self.family.results.values()

    def _free(self, position: int, entry: Entry, without: str = "") -> list[str]:
        """The variables of a chain that may be assigned at a position, those first whose chains end there."""
        kept = {without, *self._kept(entry)}
        free = [
            variable
            for variable in CHAIN
            if variable not in kept
            and self._is_free(variable, position)
            and (without in (MAIN, BESIDE) or self._suits(variable, entry))
        ]
        return sorted(free, key=lambda variable: not self._ends(variable, position))

    def _suits(self, variable: str, entry: Entry) -> bool:
        """Whether a variable may be called so for what an entry gives."""
        return variable != BESIDE or any(self.holds.get(own) in entry.reads for own in (MAIN, BESIDE))

    def _ended(self, position: int, entry: Entry, is_reusing: bool) -> str | None:
        """The variable of a chain that ends at a position; None where letting go of it can wait for the next entry."""
        ended = [variable for variable in self._free(position, entry) if self._ends(variable, position)]
        if is_reusing and ended:
            return ended[0]
        idle = {variable for variable in ended if self._is_idle(variable, position)}
        if idle <= self._reused(position + 1, ""):
            return None
        return next((v for v in ended if idle <= {v} | self._reused(position + 1, v)), min(idle, key=CHAIN.index))

    def _reused(self, position: int, taken: str) -> set[str]:
        """The variable of a chain that the entry at a position will assign, where another is taken until then."""
        if position == len(self.family.entries):
            return set(CHAIN)  # nothing comes after it
        entry = self.family.entries[position]
        wires = [] if is_own(entry) else wires_of(entry)
        goes_on = len(wires) == 1 and self.found.last.get(wires[0]) == position + 1
        return set(self._free(position, entry, taken)[:1]) if goes_on else set()

    def _is_idle(self, variable: str, position: int) -> bool:
        """Whether the variable alone would keep a memory after this position: no caller holds it, and nothing reads it later."""
        wire = self.holds[variable]
        memory = self._memory(wire)
        return memory is not None and isinstance(wire, FromSlot) and self.last_of_memory[memory] <= position

    def _memory(self, wire: Wire) -> int | None:
        return self.plan.memory(wire, self.family.scope)

    def _kept(self, entry: Entry) -> set[str]:
        """What every turn of a loop reads, as far as that has a variable yet."""
        of = self.found.of
        return {of[wire] for wire in entry.reads[1:] if wire in of} if self._is_loop(entry) else set()

    def _is_loop(self, entry: Entry) -> bool:
        return entry.inner is not None and self.plan.is_loop(entry.inner) and not self.plan.is_class(entry)

    def _is_free(self, variable: str, position: int) -> bool:
        """Whether nothing reads what the variable holds after this position."""
        if variable in self.found.parameters and variable != "x":
            return False
        held = self.holds.get(variable)
        return held is None or self.found.last.get(held, -1) <= position

    def _ends(self, variable: str, position: int) -> bool:
        """Whether what the variable holds is read for the last time at this position."""
        held = self.holds.get(variable)
        return held is not None and self.found.last.get(held) == position


def _last_reads(family: Family) -> dict[Wire, int]:
    last: dict[Wire, int] = {}
    for position, entry in enumerate(family.entries):
        last.update((wire, position) for wire in entry.reads)
    last.update((wire, len(family.entries)) for wire in family.results.values())
    return last


def _singular(name: str) -> str:
    """A name for one of several."""
    return name[:-1] if name.endswith("s") and len(name) > 2 else "layer"
