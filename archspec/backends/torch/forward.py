"""`forward` of one class. Enters: a plan, a family and its variables; leaves: lines, and which of them computes which layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archspec.backends.python.code import Atom, Code, call, choice, group
from archspec.backends.python.layout import STEP, layout, statement
from archspec.backends.python.text import WIDTH, comments
from archspec.backends.torch.construct import Constructor, places
from archspec.backends.torch.expressions import Names, express
from archspec.backends.torch.family import Entry, Family, is_module, member_at
from archspec.backends.torch.names import attribute
from archspec.backends.torch.parameters import Parameters
from archspec.backends.torch.plan import CannotGenerate, Plan
from archspec.backends.torch.shapes import new_shapes
from archspec.backends.torch.uses import Varying
from archspec.backends.torch.variables import UNREAD, Variables, flat, is_held, is_own, wires_of
from archspec.diagnostics.model import Diagnostic
from archspec.graph import DEFAULT_PORT, FromInput, FromSlot, Node, Scope, Wire
from archspec.ops import emission as emit
from archspec.ops.base import N

_INDENT = 2 * STEP
_UNTYPED = frozenset({"torch.linalg.vector_norm", "F.interpolate"})
"""Functions that type checkers know no result of."""

Pattern = str | tuple["Pattern", ...]
"""What a result unpacks to: a variable, or a tuple of what its parts unpack to."""


class Assigned(NamedTuple):
    """A variable that a line assigns: for each use of the class, by path, the layer whose output it is, and the port."""

    variable: str
    layers: Mapping[str, str]
    port: str


class Step(NamedTuple):
    """The lines `first` to `last` (counted from 1) and what they assign."""

    first: int
    last: int
    assigned: tuple[Assigned, ...]


class Forward(NamedTuple):
    """A method: its lines, its steps (with lines counted from its own first), and the layers that it computes."""

    lines: list[str]
    steps: list[Step]
    computed: set[int]


def write_forward(
    plan: Plan, family: Family, parameters: Parameters, constructor: Constructor, variables: Variables
) -> Forward:
    """The method `forward` of a class. Raises CannotGenerate."""
    return _Writer(plan, family, parameters, constructor, variables).write()


class _Writer:
    def __init__(
        self, plan: Plan, family: Family, parameters: Parameters, constructor: Constructor, variables: Variables
    ) -> None:
        self.plan = plan
        self.family = family
        self.values = parameters
        self.constructor = constructor
        self.variables = variables
        self.bound: dict[Wire, str] = {}
        self.holds: dict[str, Wire] = {}
        self.assigned = set(variables.parameters)
        self.result: str | None = None
        """The variable of the only result, which has a type where it is first assigned."""
        self.lines: list[str] = []
        self.steps: list[Step] = []
        self.computed: set[int] = set()
        self.training_to = -1  # the line up to which a block for training runs

    def write(self) -> Forward:
        for name in self.family.inputs:
            self._bind(FromInput(name))
        results = list(self.family.results.values())
        always = [
            wire
            for wire in results
            if isinstance(wire, FromInput) or not self.family.needs_training(self.family.entry(wire))
        ]
        result = (
            _result(len(results))
            if len(always) == len(results)
            else f"{_result(len(always))} | {_result(len(results))}"
        )
        if len(always) == 1:
            self.result = self.variables.of.get(always[0])
        arguments = [Atom("self"), *(Atom(f"{name}: Tensor") for name in self.variables.parameters)]
        self.lines = layout(call("forward", *arguments), STEP, "def ", f" -> {result}:")
        self.plan.spell_out_layers(len(self.family.entries), self.family.scope)
        for position, entry in enumerate(self.family.entries):
            entry.need_whole()
            self._entry(position, entry)
            self._delete(position)
        if len(always) < len(results):
            self._in_training()
            self.lines += _return([self.bound[wire] for wire in results], _INDENT + STEP)
        self.lines += _return([self.bound[wire] for wire in always], _INDENT)
        return Forward(self.lines, self.steps, self.computed)

    def _in_training(self) -> None:
        """Begins, or goes on with, what is done in training only."""
        if self.training_to != len(self.lines):
            self.lines.append(f"{' ' * _INDENT}if self.training:")

    def _indent(self, entry: Entry) -> int:
        """How far the lines of an entry are indented; begins what is done in training only."""
        if not self.family.needs_training(entry):
            return _INDENT
        self._in_training()
        return _INDENT + STEP

    def _bind(self, wire: Wire) -> str:
        """The variable that now holds a tensor; `_` for what nobody reads."""
        if wire in self.bound or wire not in self.variables.of:
            return UNREAD
        variable = self.variables.of[wire]
        self.bound[wire] = variable
        self.holds[variable] = wire
        return variable

    def _delete(self, position: int) -> None:
        """Lets go of what nobody reads any more and no later line overwrites in time."""
        deleted = self.variables.deleted.get(position, [])
        if deleted:
            self.lines.append(f"{' ' * _INDENT}del {', '.join(deleted)}")
        for variable in deleted:
            self.holds.pop(variable, None)

    # Entries -----------------------------------------------------------------------------------------------------

    def _entry(self, position: int, entry: Entry) -> None:
        inputs = tuple(self.bound[wire] for wire in entry.reads)
        owner = self._owner(entry)
        if entry.inner is not None:
            self._scope(position, entry, inputs, owner)
            return
        self.computed.update(node.index for node in self.family.nodes(entry))
        emission = entry.emission
        assert emission is not None
        if is_own(entry):
            self.bound[FromSlot(entry.position, DEFAULT_PORT)] = owner
            return
        names = Names(inputs, owner, lambda: self._batch(entry), lambda value: self._literal(value, entry))
        code = express(emission.forward, names)
        assigned: list[tuple[str, FromSlot]] = []
        pattern = self._pattern(entry, emission.ports or DEFAULT_PORT, assigned, top=True)
        self._statement(entry, pattern, self._when(entry, code, inputs, pattern), assigned)

    def _literal(self, value: emit.Argument, entry: Entry) -> Code:
        """A constant, or what an attribute holds."""
        place = places(entry, self.family, self.plan, "size")
        found = (
            self.values.source(value.values, place)
            if isinstance(value, Varying)
            else self.values.constant(value, place)
        )
        return self.values.in_forward(found)

    def _when(self, entry: Entry, code: Code, inputs: tuple[str, ...], pattern: Pattern) -> Code:
        """The code, or what it reads first where the layer is left out. Modules are nn.Identity there already.

        Where the result unpacks to several names, each of them is that: one tensor would fall into its samples.
        """
        is_there = is_module(entry) and entry.member.shares is None
        condition = None if is_there else self.constructor.condition(entry)
        if condition is None:
            return code
        if not inputs:
            message = f"{entry.member.path} reads nothing that could stand for it where when leaves it out"
            raise CannotGenerate([Diagnostic("E0601", message, entry.slot.place.type, layer=entry.member.path)])
        return choice(self.values.attribute(f"with_{entry.name}", condition), code, _instead(pattern, inputs[0]))

    def _scope(self, position: int, entry: Entry, inputs: tuple[str, ...], owner: str) -> None:
        inner = entry.inner
        assert inner is not None
        wires = wires_of(entry)
        targets = [self._bind(wire) for wire in wires]
        if entry.member.shares is not None:
            copies = [member_at(scope, entry.position) for scope in self.family.uses]
            self.computed.update(node.index for copy in copies if isinstance(copy, Scope) for node in copy.nodes())
        elif not self.plan.is_class(entry):
            self.computed |= in_place(inner, self.plan)
        loop_variable = self.variables.loops.get(position)
        if loop_variable is not None:
            self._loop(entry, loop_variable, inputs, owner, targets[0], wires[0])
            return
        if is_held(entry, self.variables):
            return
        pattern = targets[0] if len(targets) == 1 else tuple(targets)
        code = self._when(entry, call(owner, *map(Atom, inputs)), inputs, pattern)
        self._statement(entry, pattern, code, list(zip(targets, wires, strict=True)))

    def _loop(
        self, entry: Entry, variable: str, inputs: tuple[str, ...], owner: str, target: str, wire: FromSlot
    ) -> None:
        """`for layer in self.layers: x = layer(x, memory)`."""
        indent = self._indent(entry)
        margin = " " * indent
        if target != inputs[0]:
            self.lines.append(f"{margin}{target} = {inputs[0]}")
        self.lines.append(f"{margin}for {variable} in {owner}:")
        arguments = ", ".join((target, *inputs[1:]))
        line = f"{margin}{' ' * STEP}{target} = {variable}({arguments})"
        comment = new_shapes(self.plan, entry.reads, [wire], self.family, self.values)
        self.lines.append(f"{line}  # {comment}" if comment else line)
        if indent > _INDENT:
            self.training_to = len(self.lines)

    def _owner(self, entry: Entry) -> str:
        """The attribute that the entry's module or tensor is: that of the first use where it is used again."""
        member = entry.member
        if isinstance(member, Scope):
            name = member.shares.name if member.shares is not None else member.name
        else:
            name = self.plan.graph.nodes[member.shares].name if member.shares is not None else member.name
        return attribute("self", name)

    def _pattern(
        self, entry: Entry, ports: str | emit.Ports, assigned: list[tuple[str, FromSlot]], top: bool = False
    ) -> Pattern:
        """What a result unpacks to: names, `_` for what nobody reads."""
        if isinstance(ports, str):
            wire = FromSlot(entry.position, ports)
            target = self._bind(wire)
            assigned.append((target, wire))
            return target
        start = len(assigned)
        inner = tuple(self._pattern(entry, port, assigned) for port in ports)
        if all(target == UNREAD for target, _ in assigned[start:]):
            # One variable takes it whole: what it has of it is said once, at the top.
            assigned[start:] = [(UNREAD, FromSlot(entry.position, port)) for port in flat(ports)] if top else []
            return UNREAD
        return inner

    def _statement(self, entry: Entry, pattern: Pattern, code: Code, assigned: list[tuple[str, FromSlot]]) -> None:
        if entry.emission is not None and (entry.emission.own is None or entry.member.shares is not None):
            self.lines += comments(entry.slot.member.doc if entry.slot.member is not None else "", _INDENT)
        shown = [wire for target, wire in assigned if target != UNREAD or pattern == UNREAD]
        comment = new_shapes(self.plan, entry.reads, shown, self.family, self.values)
        indent = self._indent(entry)
        is_first = pattern == self.result and pattern not in self.assigned and indent == _INDENT
        is_typed = is_first and self._is_untyped(entry)
        lines = _assignment(pattern, code, indent, is_typed)
        if len(lines) == 1 and comment and len(lines[0]) + len(comment) + 4 <= WIDTH:
            lines = [f"{lines[0]}  # {comment}"]
        elif comment:
            self.lines += comments(comment, indent)
        self.lines += lines
        if indent > _INDENT:
            self.training_to = len(self.lines)
        self.assigned.update(target for target, _ in assigned)
        first = len(self.lines) - len(lines) + 1
        times = Counter(target for target, _ in assigned)
        self.steps.append(Step(first, len(self.lines), tuple(
            Assigned(target, self._layers(wire), self._port(wire))
            for target, wire in assigned
            if pattern == UNREAD or times[target] == 1
        )))  # fmt: skip

    def _is_untyped(self, entry: Entry) -> bool:
        if entry.emission is None:  # a class of the module
            return True
        held = [isinstance(wire, FromSlot) and is_own(self.family.entry(wire)) for wire in entry.reads]
        return _is_untyped(entry.emission.forward, held)

    def _layers(self, wire: FromSlot) -> dict[str, str]:
        """The layer that gives a tensor, in every use of the class that the network as it is has."""
        found: dict[str, str] = {}
        for scope in filter(self.plan.cases.is_first, self.family.uses):
            member = member_at(scope, wire.slot)
            if isinstance(member, Scope):
                ref = member.output(wire.port)
                if ref is not None:
                    found[scope.path] = self.plan.graph.nodes[ref.node].path
            elif member is not None:
                found[scope.path] = member.path
        return found

    def _port(self, wire: FromSlot) -> str:
        member = self.family.entry(wire).member
        if isinstance(member, Node):
            return wire.port or DEFAULT_PORT
        ref = member.output(wire.port)
        assert ref is not None
        outputs = self.plan.facts.layers[ref.node].outputs or {}
        return next(iter(outputs)) if len(outputs) == 1 else ref.port or DEFAULT_PORT

    def _batch(self, entry: Entry) -> str:
        """An expression for the number of samples: an axis of a tensor at hand that is the batch and nothing else."""
        for variable, axis in self._batch_axes(entry):
            return f"{variable}.shape[{axis}]"
        path = entry.member.path
        message = f"{path} needs the number of samples, but nothing at hand here has it as an axis"
        raise CannotGenerate([Diagnostic("E0601", message, entry.slot.place.type, layer=path)])

    def _batch_axes(self, entry: Entry) -> Iterator[tuple[str, int]]:
        read = [wire for wire in entry.reads if wire in self.bound]
        for wire in [*read, *self.holds.values()]:
            for axis, size in enumerate(self.plan.tensor(wire, self.family.scope).shape):
                if size == N and self.holds.get(self.bound[wire]) == wire:
                    yield self.bound[wire], axis


def in_place(family: Family, plan: Plan) -> set[int]:
    """The layers that a call of an nn.Sequential computes, but for those in classes, which compute them themselves."""
    found: set[int] = set()
    for entry in family.entries:
        if entry.inner is None:
            found.update(node.index for node in family.nodes(entry))
        elif not plan.is_class(entry):
            found |= in_place(entry.inner, plan)
    return found


def _result(count: int) -> str:
    """The type of that many tensors."""
    if count == 1:
        return "Tensor"
    return f"tuple[{', '.join(['Tensor'] * count) if count <= 6 else 'Tensor, ...'}]"


def _is_untyped(expression: emit.Expression, are_held: Sequence[bool]) -> bool:
    """Whether type checkers take what an expression gives for anything: what modules return, what they hold, and some functions.

    `are_held`: which of the inputs are tensors of the module's own.
    """
    match expression:
        case emit.Apply() | emit.State():
            return True
        case emit.Input(position):
            return are_held[position]
        case emit.Call(function):
            return function in _UNTYPED
        case emit.Infix(_, left, _):
            return _is_untyped(left, are_held)
        case emit.Method(target) | emit.Index(target) | emit.SizeOf(target) | emit.ShapeOf(target):
            return not isinstance(target, emit.Infix) and _is_untyped(target, are_held)
    return False


def _instead(pattern: Pattern, name: str) -> Code:
    """A tensor in place of everything that a result unpacks to; nothing of what nobody reads."""
    if isinstance(pattern, tuple):
        return group([_instead(part, name) for part in pattern])
    return Atom("None" if pattern == UNREAD else name)


def _shown(pattern: Pattern) -> str:
    """A pattern as it is written inside another."""
    if isinstance(pattern, str):
        return pattern
    return f"({', '.join(map(_shown, pattern))}{',' if len(pattern) == 1 else ''})"


def _assignment(pattern: Pattern, code: Code, indent: int, is_typed: bool = False) -> list[str]:
    """`pattern = code`; a tuple of names that does not fit has one name a line.

    A type stands there (`is_typed`) where it leaves the lines as they are.
    """
    several = pattern if isinstance(pattern, tuple) and len(pattern) > 1 else ()
    shown = ", ".join(map(_shown, several)) if several else _shown(pattern)
    if several and indent + len(shown) + 24 > WIDTH:
        margin = " " * indent
        names = [f"{margin}{' ' * STEP}{_shown(part)}," for part in several]
        return [f"{margin}(", *names, *layout(code, indent, ") = ")]
    lines = statement(code, indent, f"{shown} = ")
    if is_typed:
        typed = statement(code, indent, f"{shown}: Tensor = ")
        if typed[1:] == lines[1:] and len(typed[0]) <= WIDTH:
            return typed
    return lines


def _return(values: list[str], indent: int) -> list[str]:
    margin = " " * indent
    line = f"{margin}return {', '.join(values)}"
    if len(line) <= WIDTH or len(values) == 1:
        return [line]
    return [f"{margin}return (", *(f"{margin}{' ' * STEP}{value}," for value in values), f"{margin})"]
