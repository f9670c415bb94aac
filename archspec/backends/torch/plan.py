"""What every layer becomes, which scopes share a class, and which are an `nn.Sequential`.

Enters: facts without errors, and the modules that may be imported. Leaves: a `Plan`. Raises `CannotGenerate` with a
diagnostic for each layer that PyTorch code cannot be written for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from archspec.backends.torch.cases import Cases
from archspec.backends.torch.expressions import Names, TooDeep, express
from archspec.backends.torch.family import MAX_NESTED, Entry, Families, Family, is_numbered
from archspec.backends.torch.origins import origins_of
from archspec.diagnostics.model import Diagnostic
from archspec.expand.uses import say_once
from archspec.facts.storage import Storage, find_storage
from archspec.graph import DEFAULT_PORT, Node, Ref, Scope, Wire
from archspec.limits import MAX_MODULE_PARTS
from archspec.ops import emission as emit
from archspec.ops.base import Problem, Tensor
from archspec.ops.emission import Emission
from archspec.source import Span

LAYER, NAME = 10, 2
"""What a layer counts for where it is built, and where it is called; and a parameter that is named."""


class CannotGenerate(Exception):
    """There are layers that cannot be written in PyTorch; carries why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} layers cannot be written in PyTorch")
        self.diagnostics = diagnostics


class Plan:
    """The emissions of all layers and the shape of the generated module. `facts` and `graph` are those of all cases."""

    def __init__(self, cases: Cases, allow_python: frozenset[str], is_fixed: Callable[[Span], bool]) -> None:
        self.cases = cases
        self.facts = cases.facts
        self.graph = cases.facts.graph
        self._emissions: list[Emission | None] = []
        self._parts = 0
        self._emit(allow_python)
        self.origins = origins_of(cases)
        self.families = Families(cases, self.emission, is_fixed)
        self.root = self.families.root()

    def emission(self, node: Node) -> Emission:
        """What the layer becomes."""
        found = self._emissions[node.index]
        assert found is not None, f"{node.path} has no emission"
        return found

    def spell_out(self, parts: int, node: Node) -> None:
        """Counts what is about to be written one by one. Raises CannotGenerate where the module would have too much of it."""
        self._parts += parts
        if self._parts > MAX_MODULE_PARTS:
            raise CannotGenerate([Diagnostic(
                "E0007", f"the module would spell out more than {MAX_MODULE_PARTS:,} parts", node.place.type, layer=node.path,
                label="this goes beyond them", notes=(
                    f"a layer that is not in a comprehension is {LAYER} where it is built and {LAYER} where it is called, a "
                    f"parameter that is named is {NAME}, and a number of a constant is one",),
                help="layers that are alike, read one tensor and stand in a repeat are written once")])  # fmt: skip

    def spell_out_layers(self, count: int, scope: Scope) -> None:
        """Counts so many layers of a scope; one whose layers are all left out has none."""
        first = next(scope.nodes(), None)
        if first is not None:
            self.spell_out(LAYER * count, first)

    def is_inline(self, node: Node) -> bool:
        """Whether the layer is a tensor of its own, which is read where it stands."""
        return self.emission(node).forward == emit.State()

    def is_sequential(self, family: Family) -> bool:
        """Whether the scopes are an nn.Sequential, written in place or as a class."""
        if any("." in entry.name for entry in family.entries):
            return False
        if family.scope is self.graph.root or family.scope.use is not None:  # with names, a class reads better
            return family.is_chain and is_numbered(family) and len(family.scope.outputs) == 1
        return family.is_chain and family.height <= MAX_NESTED

    def is_class(self, entry: Entry) -> bool:
        """Whether an entry is a scope with a class of its own."""
        if entry.inner is None:
            return False
        return not entry.member_is_in_place or not (self.is_sequential(entry.inner) or self.is_loop(entry.inner))

    def is_same(self, member: Node | Scope | None, other: Node | Scope | None) -> bool:
        """Whether two steps of a repeat are built by the same code."""
        if isinstance(member, Node) and isinstance(other, Node):
            is_built_alike = self.origins is None or self.origins.are_alike(member, other)
            return self.emission(member) == self.emission(other) and is_built_alike
        if not isinstance(member, Scope) or not isinstance(other, Scope):
            return member is other
        of_use = self.families.of_use
        if member.use is not None or other.use is not None:
            if id(member) not in of_use or of_use[id(member)] != of_use.get(id(other)):
                return False
            return self.origins is None or all(map(self.is_same, member.nodes(), other.nodes()))
        names = [[inner.name for inner in each.members] for each in (member, other)]
        return names[0] == names[1] and all(map(self.is_same, member.members, other.members))

    def is_loop(self, family: Family) -> bool:
        """Whether the scopes are a repeat that `forward` loops over: each instance reads further tensors."""
        if not family.scope.is_repeat or len(family.inputs) < 2 or family.is_chain:
            return False
        previous = Wire(family.inputs[0], -1, DEFAULT_PORT)
        rest = tuple(Wire(name, -1, DEFAULT_PORT) for name in family.inputs[1:])
        for number, entry in enumerate(family.entries):
            emission = entry.emission
            called = (
                entry.inner is not None and len(entry.inner.results) == 1 and self.is_class(entry)
                if emission is None
                else emission.is_call(len(family.inputs))
            )
            if not called or not entry.is_always or entry.reads != (previous, *rest) or entry.name != str(number):
                return False
            previous = Wire(None, entry.position, DEFAULT_PORT)
        return True

    def ref(self, wire: Wire, scope: Scope) -> Ref:
        """What a wire is in one of the uses."""
        while wire.input is None:
            slot = scope.slots[
                min(wire.slot, len(scope.slots) - 1)
            ]  # a repeat that ends before gives what its last step does
            if slot.member is None:
                (wire, *_) = (read for read in slot.reads if read is not None)
                continue
            if isinstance(slot.member, Node):
                outputs = self.facts.of(slot.member).outputs
                assert outputs is not None
                port = None if len(outputs) == 1 else wire.port
                return Ref(slot.member.index, port, None)
            found = slot.member.output(wire.port)
            assert found is not None
            return found
        given = scope.inputs[wire.input]
        assert given is not None
        return given

    def tensor(self, wire: Wire, scope: Scope) -> Tensor:
        """The tensor of a wire in one of the uses."""
        tensor = self.facts.tensor(self.ref(wire, scope))
        assert tensor is not None
        return tensor

    @cached_property
    def storage(self) -> Storage | None:
        """Which memory each tensor stands in; None where sizes are too complex to tell."""
        return find_storage(self.cases.first)

    def memory(self, wire: Wire, scope: Scope) -> int | None:
        """The memory of a tensor that is computed; None for one of the module's own, or where it is not known."""
        ref = self.ref(wire, scope)
        if self.storage is None or ref.node >= len(self.cases.first.graph.nodes):
            return None
        place = self.storage.of(ref)
        return place.memory if place is not None and not self.storage.memories[place.memory].is_state else None

    def takes_device(self, family: Family) -> bool:
        """Whether anything in the scopes is built for a device and a dtype."""
        return any(self._takes_device(entry) for entry in family.entries)

    def _takes_device(self, entry: Entry) -> bool:
        if entry.member.shares is not None:
            return False
        if entry.inner is not None:
            return any(map(self.takes_device, entry.choices or (entry.inner,)))
        own = entry.emission.own if entry.emission is not None else None
        return isinstance(own, (emit.Tensor, emit.External)) or (isinstance(own, emit.Module) and own.takes_device)

    # Emissions ---------------------------------------------------------------------------------------------------

    def _emit(self, allow_python: frozenset[str]) -> None:
        problems: list[Diagnostic] = []
        known: dict[int, Emission] = {}  # those that can be written, by the instance
        for node in self.graph.nodes:
            self._emissions.append(None)
            if node.is_input:
                continue
            instance = self.facts.of(node).instance
            self._emissions[node.index] = known.get(id(instance))
            if self._emissions[node.index] is not None and not node.dotted:
                continue
            found = self._emission(node)
            if isinstance(found, Diagnostic):
                problems.append(found)
                continue
            problem = _why_not(node, found, allow_python)
            if problem is not None:
                problems.append(problem)
            elif instance is not None:
                known[id(instance)] = found
            self._emissions[node.index] = found
        if not problems:
            problems += (problem for root in self.cases.roots for problem in self._unlike(root))
        if problems:
            raise CannotGenerate(say_once(problems, self.graph))

    def _emission(self, node: Node) -> Emission | Diagnostic:
        record = self.facts.of(node)
        if node.op is None or record.inputs is None or record.outputs is None:
            return Diagnostic("E0601", f"{node.path} cannot be written in PyTorch, for its shapes are not known",
                              node.place.type, layer=node.path)  # fmt: skip
        try:
            return node.op.emission(record.inputs)
        except Problem as problem:
            span = node.place.argument(problem.field) if problem.field is not None else None
            if span is None and problem.input is not None and problem.input < len(node.inputs):
                ref = node.inputs[problem.input]
                span = ref.span if ref is not None else None
            return Diagnostic(problem.code, f"{node.path} {problem.message}", span or node.place.type, label=problem.label,
                              notes=problem.notes, help=problem.help, layer=node.path)  # fmt: skip

    def _unlike(self, scope: Scope) -> Iterator[Diagnostic]:
        """Layers and groups that are used again, but would have to be built or computed otherwise there."""
        for member in scope.members:
            if isinstance(member, Node):
                if member.shares is not None:
                    first = self.graph.nodes[member.shares]
                    if self.emission(member).own != self.emission(first).own:
                        yield _differs(member, first)
            elif member.shares is not None:
                for node, first in zip(member.nodes(), member.shares.nodes(), strict=True):
                    if self.emission(node) != self.emission(first):
                        yield _differs(node, first)
            else:
                yield from self._unlike(member)


def _why_not(node: Node, emission: Emission, allow_python: frozenset[str]) -> Diagnostic | None:
    """Why a layer's emission cannot be written; None where it can."""
    own = emission.own
    if isinstance(own, emit.External) and own.module not in allow_python:
        return Diagnostic(
            "E0602", f"{node.path} is built from {own.module}, which a spec cannot import by itself", node.place.type,
            label="not allowed", help=f"if you trust it, give --allow-python {own.module}", layer=node.path,
        )  # fmt: skip
    assert not (isinstance(own, emit.Tensor) and node.dotted), "the spec has no errors"
    try:
        express(emission.forward, Names(("x",) * len(node.inputs), "x", lambda: "x"))
    except TooDeep:
        return Diagnostic("E0601", f"{node.path} reads {len(node.inputs)} tensors, more than one line of Python can combine",
                          node.place.type, help="combine some of them in a layer of their own", layer=node.path)  # fmt: skip
    return None


def _differs(node: Node, first: Node) -> Diagnostic:
    return Diagnostic("E0601", f"{node.path} uses {first.path} again on an input for which it would have to be written "
                      "otherwise", node.place.name, label="this use differs",
                      help="give it an input of the first one's shape, or a layer of its own", layer=node.path)  # fmt: skip
