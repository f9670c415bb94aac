"""What every layer becomes, and which groups are an `nn.Sequential` and which a class of their own.

Enters: facts without errors, and the modules that may be imported. Leaves: a `Plan`. Raises `CannotGenerate` with a
diagnostic for each layer that PyTorch code cannot be written for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.backends.torch.expressions import Names, TooDeep, express
from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts, port_of
from archspec.graph import DEFAULT_PORT, Node, Ref, Scope
from archspec.ops import emission as emit
from archspec.ops.base import Problem
from archspec.ops.emission import Emission

_SEQUENTIAL_ATTRIBUTES = frozenset({"append", "extend", "insert", "pop"})
"""What nn.Sequential has beside what every module has."""
MAX_NESTED = 3
"""How deep nn.Sequential is written in nn.Sequential; a deeper group is a class of its own."""


class CannotGenerate(Exception):
    """There are layers that cannot be written in PyTorch; carries why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} layers cannot be written in PyTorch")
        self.diagnostics = diagnostics


class Key(NamedTuple):
    """One tensor: a node's output by port."""

    node: int
    port: str


class Plan:
    """The emissions of all layers and the shape of the generated module."""

    def __init__(self, facts: Facts, allow_python: frozenset[str]) -> None:
        self.facts = facts
        self.graph = facts.graph
        self.root = facts.graph.root
        self._emissions: list[Emission | None] = []
        self._sequential: dict[int, bool] = {}
        self._height: dict[int, int] = {}
        self._emit(allow_python)
        self._prepare(self.root)

    def emission(self, node: Node) -> Emission:
        """What the layer becomes."""
        found = self._emissions[node.index]
        assert found is not None, f"{node.path} has no emission"
        return found

    def key(self, ref: Ref | None) -> Key:
        """The tensor behind a reference."""
        assert ref is not None
        outputs = self.facts.layers[ref.node].outputs
        assert outputs is not None
        return Key(ref.node, port_of(ref, outputs))

    def results(self, scope: Scope) -> list[Key]:
        """The tensors that a group gives, each once, in the order of its outputs."""
        return list(dict.fromkeys(self.key(ref) for ref in scope.outputs.values()))

    def reads(self, member: Node | Scope) -> list[Key]:
        """The tensors that a layer or a group reads."""
        refs = member.inputs if isinstance(member, Node) else member.inputs.values()
        return [self.key(ref) for ref in refs]

    def is_sequential(self, scope: Scope) -> bool:
        """Whether the group is an nn.Sequential."""
        return self._sequential[id(scope)]

    def is_inline(self, node: Node) -> bool:
        """Whether the layer is a tensor of its own, which is read where it stands."""
        return self.emission(node).forward == emit.State()

    def takes_device(self, scope: Scope) -> bool:
        """Whether anything in the group is built for a device and a dtype."""
        return any(self._takes_device(member) for member in scope.members)

    def _takes_device(self, member: Node | Scope) -> bool:
        if member.shares is not None:
            return False
        if isinstance(member, Scope):
            return self.takes_device(member)
        own = self.emission(member).own
        return isinstance(own, (emit.Tensor, emit.External)) or (isinstance(own, emit.Module) and own.takes_device)

    # Emissions ---------------------------------------------------------------------------------------------------

    def _emit(self, allow_python: frozenset[str]) -> None:
        problems: list[Diagnostic] = []
        for node in self.graph.nodes:
            self._emissions.append(None)
            if node.is_input:
                continue
            found = self._emission(node)
            if isinstance(found, Diagnostic):
                problems.append(found)
                continue
            problem = _why_not(node, found, allow_python)
            if problem is not None:
                problems.append(problem)
            self._emissions[node.index] = found
        if not problems:
            problems += self._unlike(self.root)
        if problems:
            raise CannotGenerate(problems)

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

    # Groups ------------------------------------------------------------------------------------------------------

    def _prepare(self, scope: Scope) -> None:
        for member in scope.members:
            if isinstance(member, Scope):
                self._prepare(member)
        is_root = scope is self.root
        numbered = all(member.name == str(i) for i, member in enumerate(scope.members))
        ports = len(scope.outputs) == 1 and (is_root or DEFAULT_PORT in scope.outputs)
        heights = [self._height[id(member)] for member in scope.members if isinstance(member, Scope)]
        height = 1 + max(heights, default=0)
        fits = ports and (numbered or not is_root) and height <= MAX_NESTED
        self._sequential[id(scope)] = fits and self._is_chain(scope)
        self._height[id(scope)] = height if self._sequential[id(scope)] else 0

    def _is_chain(self, scope: Scope) -> bool:
        """Whether each member is a module that reads the one before it and nothing else."""
        if len(scope.inputs) != 1:
            return False
        current = self.key(next(iter(scope.inputs.values())))
        for member in scope.members:
            if member.shares is not None or member.name in _SEQUENTIAL_ATTRIBUTES or self.reads(member) != [current]:
                return False
            if isinstance(member, Scope):
                if len(member.outputs) != 1:
                    return False
                current = self.results(member)[0]
                continue
            emission = self.emission(member)
            is_module = isinstance(emission.own, (emit.Module, emit.External))
            if not is_module or emission.forward != emit.Apply() or emission.ports:
                return False
            current = Key(member.index, DEFAULT_PORT)
        return [current] == self.results(scope)


def _why_not(node: Node, emission: Emission, allow_python: frozenset[str]) -> Diagnostic | None:
    """Why a layer's emission cannot be written; None where it can."""
    own = emission.own
    if isinstance(own, emit.External) and own.module not in allow_python:
        return Diagnostic(
            "E0602", f"{node.path} is built from {own.module}, which a spec cannot import by itself", node.place.type,
            label="not allowed", help=f"if you trust it, give --allow-python {own.module}", layer=node.path,
        )  # fmt: skip
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
