"""`forward` of one class. Enters: a plan and a scope; leaves: lines, and which of them computes which layer.

A chain of layers goes through `x`; a tensor that is read later bears its layer's name. No variable that is still read is
overwritten.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from archspec.backends.torch.expressions import Names, express
from archspec.backends.torch.layout import STEP, Atom, Code, call, layout
from archspec.backends.torch.names import CHAIN, Locals, attribute
from archspec.backends.torch.plan import CannotGenerate, Key, Plan
from archspec.backends.torch.text import WIDTH, comments
from archspec.diagnostics.model import Diagnostic
from archspec.graph import DEFAULT_PORT, Node, Scope
from archspec.ops import emission as emit
from archspec.ops.base import N, Tensor

_INDENT = 2 * STEP
_UNREAD = "_"
MAX_SHOWN = 72


class Step(NamedTuple):
    """The lines `first` to `last` (counted from 1) assign tensors: (variable, path of the layer in its class, port)."""

    first: int
    last: int
    assigned: tuple[tuple[str, str, str], ...]


class Forward(NamedTuple):
    """A method: its lines, its steps (with lines counted from its own first), and the layers that it computes."""

    lines: list[str]
    steps: list[Step]
    computed: set[int]


def shown(tensor: Tensor) -> str:
    """A shape as Python shows it: (N, 96, 55, 55)."""
    inner = ", ".join(str(size) for size in tensor.shape)
    text = f"({inner},)" if len(tensor.shape) == 1 else f"({inner})"
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def parameter_names(scope: Scope) -> list[str]:
    """The arguments of `forward`, in the order of the scope's inputs."""
    return Locals().parameters(list(scope.inputs))


def write_forward(plan: Plan, scope: Scope) -> Forward:
    """The method `forward` of a scope that is a class. Raises CannotGenerate."""
    return _Writer(plan, scope).write()


class _Writer:
    def __init__(self, plan: Plan, scope: Scope) -> None:
        self.plan = plan
        self.scope = scope
        self.locals = Locals()
        self.parameters = self.locals.parameters(list(scope.inputs))
        self.bound: dict[Key, str] = {}
        self.holds: dict[str, Key] = {}
        self.last = self._last_reads()
        self.first_line: dict[str, int] = dict.fromkeys(self.parameters, -1)
        self.lines: list[str] = []
        self.steps: list[Step] = []
        self.computed: set[int] = set()
        self.results = plan.results(scope) if scope is not plan.root else list(map(plan.key, scope.outputs.values()))

    def _last_reads(self) -> dict[Key, int]:
        """The position of the member that reads a tensor last; the outputs stand after all members."""
        last: dict[Key, int] = {}
        for position, member in enumerate(self.scope.members):
            last.update((key, position) for key in self.plan.reads(member))
        last.update((self.plan.key(ref), len(self.scope.members)) for ref in self.scope.outputs.values())
        return last

    def write(self) -> Forward:
        for name, ref in zip(self.parameters, self.scope.inputs.values(), strict=True):
            self._bind(self.plan.key(ref), name)
        returned = ", ".join(["Tensor"] * len(self.results)) if len(self.results) <= 6 else "Tensor, ..."
        result = returned if len(self.results) == 1 else f"tuple[{returned}]"
        arguments = [Atom("self"), *(Atom(f"{name}: Tensor") for name in self.parameters)]
        self.lines = layout(call("forward", *arguments), STEP, "def ", f" -> {result}:")
        for position, member in enumerate(self.scope.members):
            self._member(position, member)
        values = [self.bound[key] for key in self.results]
        if len(values) == 1:
            self._annotate(values[0])
            self.lines += layout(Atom(values[0]), _INDENT, "return ")
        else:
            self.lines += _return_several(values)
        return Forward(self.lines, self.steps, self.computed)

    def _annotate(self, variable: str) -> None:
        """The type of the result, where it is first assigned: what modules return is untyped."""
        line = self.first_line.get(variable, -1)
        start = f"{' ' * _INDENT}{variable} = "
        if line < 0 or not self.lines[line].startswith((f"{start}self.", f"{start}getattr(")):
            return
        annotated = self.lines[line].replace(" = ", ": Tensor = ", 1)
        if len(annotated) <= WIDTH:
            self.lines[line] = annotated

    def _bind(self, key: Key, variable: str) -> None:
        self.bound[key] = variable
        self.holds[variable] = key

    def _member(self, position: int, member: Node | Scope) -> None:
        inputs = tuple(self.bound[key] for key in self.plan.reads(member))
        owner = self._owner(member)
        if isinstance(member, Scope):
            keys = self.plan.results(member)
            ports = tuple(port for port, ref in member.outputs.items())
            wanted = dict(zip(keys, _distinct_ports(self.plan, member, ports), strict=True))
            targets = [self._target(position, key, member.name, port) for key, port in wanted.items()]
            code: Code = call(owner, *map(Atom, inputs))
            pattern = ", ".join(targets)
            if member.shares is not None or self.plan.is_sequential(member):
                self.computed.update(node.index for node in member.nodes())
            self._statement(member, pattern, code, list(zip(targets, keys, strict=True)))
            return
        self.computed.add(member.index)
        emission = self.plan.emission(member)
        if self.plan.is_inline(member):
            self.bound[Key(member.index, DEFAULT_PORT)] = owner
            return
        code = express(emission.forward, Names(inputs, owner, lambda: self._batch(member)))
        assigned: list[tuple[str, Key]] = []
        pattern = self._pattern(position, member, emission.ports or DEFAULT_PORT, assigned, top=True)
        self._statement(member, pattern, code, assigned)

    def _owner(self, member: Node | Scope) -> str:
        """The attribute that the member's module or tensor is: that of the first use where it is used again."""
        if isinstance(member, Scope):
            name = member.shares.name if member.shares is not None else member.name
        else:
            name = self.plan.graph.nodes[member.shares].name if member.shares is not None else member.name
        return attribute("self", name)

    def _pattern(
        self, position: int, node: Node, ports: str | emit.Ports, assigned: list[tuple[str, Key]], top: bool = False
    ) -> str:
        """What a result unpacks to: names, `_` for what nobody reads."""
        if isinstance(ports, str):
            key = Key(node.index, ports)
            target = self._target(position, key, node.name, ports)
            assigned.append((target, key))
            return target
        start = len(assigned)
        inner = [self._pattern(position, node, port, assigned) for port in ports]
        if all(target == _UNREAD for target, _ in assigned[start:]):
            if not top:
                del assigned[start:]
            return _UNREAD
        if len(inner) == 1:
            return f"({inner[0]},)"
        return ", ".join(inner) if top else f"({', '.join(inner)})"

    def _target(self, position: int, key: Key, name: str, port: str) -> str:
        """The variable for a tensor."""
        last = self.last.get(key)
        if last is None or key in self.bound:
            return _UNREAD
        if last == position + 1:
            for variable in CHAIN:
                if self._is_free(variable, position):
                    self._bind(key, variable)
                    return variable
        variable = self.locals.variable(name if port == DEFAULT_PORT else f"{name}_{port}")
        self._bind(key, variable)
        return variable

    def _is_free(self, variable: str, position: int) -> bool:
        """Whether nothing reads what the variable holds after this position."""
        if variable in self.parameters and variable != "x":
            return False
        held = self.holds.get(variable)
        return held is None or self.last.get(held, -1) <= position

    def _statement(self, member: Node | Scope, pattern: str, code: Code, assigned: list[tuple[str, Key]]) -> None:
        if isinstance(member, Node) and (self.plan.emission(member).own is None or member.shares is not None):
            self.lines += comments(member.doc, _INDENT)
        comment = ", ".join(
            shown(self._tensor(key)) for target, key in assigned if target != _UNREAD or pattern == _UNREAD
        )
        lines = _assignment(pattern, code)
        if len(lines) == 1 and len(lines[0]) + len(comment) + 4 <= WIDTH:
            lines = [f"{lines[0]}  # {comment}"]
        elif comment:
            self.lines.append(f"{' ' * _INDENT}# {comment}")
        self.lines += lines
        for target, _ in assigned:
            self.first_line.setdefault(target, len(self.lines) - len(lines))
        first = len(self.lines) - len(lines) + 1
        times = Counter(target for target, _ in assigned)
        prefix = len(self.scope.path) + 1 if self.scope.path else 0
        self.steps.append(Step(first, len(self.lines), tuple(
            (target, self.plan.graph.nodes[key.node].path[prefix:], key.port)
            for target, key in assigned
            if pattern == _UNREAD or times[target] == 1
        )))  # fmt: skip

    def _tensor(self, key: Key) -> Tensor:
        outputs = self.plan.facts.layers[key.node].outputs
        assert outputs is not None
        return outputs[key.port]

    def _batch(self, node: Node) -> str:
        """An expression for the number of samples: an axis of a tensor at hand that is the batch and nothing else."""
        for variable, axis in self._batch_axes(node):
            return f"{variable}.shape[{axis}]"
        message = f"{node.path} needs the number of samples, but nothing at hand here has it as an axis"
        raise CannotGenerate([Diagnostic("E0601", message, node.place.type, layer=node.path)])

    def _batch_axes(self, node: Node) -> Iterator[tuple[str, int]]:
        read = [key for key in self.plan.reads(node) if key in self.bound]
        for key in [*read, *self.holds.values()]:
            for axis, size in enumerate(self._tensor(key).shape):
                if size == N and self.holds.get(self.bound[key]) == key:
                    yield self.bound[key], axis


def _distinct_ports(plan: Plan, scope: Scope, ports: tuple[str, ...]) -> list[str]:
    """The first port of each of the tensors that a group gives."""
    first: dict[Key, str] = {}
    for port in ports:
        first.setdefault(plan.key(scope.outputs[port]), port)
    return list(first.values())


def _assignment(pattern: str, code: Code) -> list[str]:
    """`pattern = code`; a tuple of names that does not fit has one name a line."""
    if ", " not in pattern or _INDENT + len(pattern) + 24 <= WIDTH:
        return layout(code, _INDENT, f"{pattern} = ")
    margin = " " * _INDENT
    names = [f"{margin}{' ' * STEP}{name}," for name in re.split(r", (?![^(]*\))", pattern)]
    return [f"{margin}(", *names, *layout(code, _INDENT, ") = ")]


def _return_several(values: list[str]) -> list[str]:
    line = f"{' ' * _INDENT}return {', '.join(values)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{' ' * _INDENT}return (", *(f"{' ' * (_INDENT + STEP)}{value}," for value in values), f"{' ' * _INDENT})"]
