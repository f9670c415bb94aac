"""`__init__` of one class: modules, parameters and buffers. Enters: a plan and a family; leaves: lines.

A group that is an nn.Sequential is written in place; every other group, and every block, is a class.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from archspec.backends.python.code import (
    Atom,
    Bracketed,
    Code,
    Item,
    Wrapped,
    call,
    choice,
    compared,
    flat,
    generator,
    group,
    is_forced,
    keyword,
    listed,
    literal,
    member,
)
from archspec.backends.python.layout import STEP, layout, long_statement, statement
from archspec.backends.python.text import comments, string
from archspec.backends.torch.family import Entry, Family, Fixed, is_numbered, member_at
from archspec.backends.torch.names import attribute
from archspec.backends.torch.parameters import Parameter, Parameters, Place
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.repeats import Call, Count, Run, runs
from archspec.backends.torch.series import Series
from archspec.backends.torch.shapes import new_shapes
from archspec.backends.torch.uses import HOLE, Values, Varying, environment, same
from archspec.backends.torch.variables import wires_of
from archspec.document.names import lists_of
from archspec.graph import Node, Scope
from archspec.ops import emission as emit
from archspec.ops.base import Op, Problem

_INDENT = 2 * STEP
MAX_SPELT = 16
"""How many numbers are written one by one where the spec computes them."""
KWARGS = Atom("**kwargs")
DEVICE = ("device: torch.device | str | None = None", "dtype: torch.dtype | None = None")


@dataclass(slots=True, eq=False, repr=False)
class Class:
    """A class of the generated module, as those who build it need to know it."""

    name: str
    parameters: list[Parameter]
    takes_device: bool
    case_of: Callable[[Scope], int]
    """Which of the class's cases a scope is."""


@dataclass(slots=True, eq=False, repr=False)
class Names:
    """The names of classes: those of scopes, and those imported from elsewhere, by module and name."""

    class_of: Callable[[Family], Class]
    external: dict[tuple[str, str], str] = field(default_factory=dict)
    built: set[int] = field(default_factory=set)
    """The layers that have been built."""
    helpers: dict[str, None] = field(default_factory=dict)
    """The classes that the module has to define beside those of the spec."""


def places(
    entry: Entry, family: Family, plan: Plan, hint: str, is_inferred: bool = False, origins: Series | None = None
) -> Place:
    """Where an argument of a layer stands in the spec, in every use."""
    text = entry.slot.place.expression(hint)
    others = entry.slot.place.expressions()
    texts = tuple(dict.fromkeys([*([text] if text is not None else []), *others]))
    environments = tuple(
        environment(scope, slot.values, plan.facts)
        if scope is not None and slot is not None and slot.member is not None
        else None
        for scope, slot in zip(family.scopes, entry.slots, strict=True)
    )
    here = plan.origins.here(family.uses, entry.position) if plan.origins is not None else None
    return Place(
        texts, environments, hint, is_inferred, text, behind(entry, family), entry.slot.place.numbers(), here, origins
    )


def behind(entry: Entry, family: Family) -> Callable[[str], str | None]:
    """The expressions behind the names that a layer has of its own, or that the group has in which it is written."""

    def find(name: str) -> str | None:
        text = entry.slot.place.behind(name)
        return family.scope.let.get(name) if text is None else text

    return find


class Constructor:
    """Writes the members of one class."""

    def __init__(self, plan: Plan, family: Family, parameters: Parameters, names: Names) -> None:
        self.plan = plan
        self.family = family
        self.parameters = parameters
        self.names = names

    def body(self) -> list[str]:
        """The statements of `__init__` between the first lines and the last."""
        if self.plan.is_sequential(self.family):
            return layout(self._sequential(self.family, "super().__init__"), _INDENT)
        self.plan.spell_out_layers(len(self.family.entries), self.family.scope)
        lines: list[str] = []
        containers: set[str] = set()
        for entry in self.family.entries:
            entry.need_whole()
            own = self._member(entry)
            for container in lists_of(entry.name) if own else ():
                if container not in containers:
                    containers.add(container)
                    lines += _assign(container, call("nn.ModuleDict"), "add_module")
            lines += own
        return lines

    def condition(self, entry: Entry) -> Code | None:
        """When an entry is there; None where it always is."""
        if entry.is_step:  # it would have to be written step by step
            raise Fixed(entry.slot.place.name)
        if entry.is_always or entry.is_counted:
            return None
        own = entry.emission.own if entry.emission is not None else None
        if isinstance(own, emit.Module) and isinstance(own.name, Varying):  # the class says so itself: there is none
            head = self.parameters.source(own.name.values, places(entry, self.family, self.plan, "type"))
            parameter = self.parameters.found.get(flat(head))
            if parameter is not None and None in parameter.values:
                return compared(head, [("is not", literal(None))])
        values = tuple(
            HOLE if slot is None else member is not None
            for slot, member in zip(entry.slots, entry.members, strict=True)
        )
        return self.parameters.source(values, self._control(entry, self.family, "when", f"with_{entry.name}"))

    def _control(self, entry: Entry, family: Family, key: str, hint: str) -> Place:
        """Where `when` or `repeat` of an entry stands in the spec, in every use in which its scope does."""
        environments = tuple(
            environment(scope, slot.values, self.plan.facts) if scope is not None and slot is not None else None
            for scope, slot in zip(family.scopes, entry.slots, strict=True)
        )
        text = entry.slot.place.expression(key)
        texts = (text,) if text is not None else ()
        here = self.plan.origins.here(family.uses, entry.position) if self.plan.origins is not None else None
        return Place(texts, environments, hint, own=text, behind=behind(entry, family), here=here)

    # Members -----------------------------------------------------------------------------------------------------

    def _member(self, entry: Entry) -> list[str]:
        """The statement that gives an entry its module, parameter or buffer; nothing for functions and second uses."""
        member = entry.member
        if member.shares is not None:
            return []
        above = self._above(entry, _INDENT)
        if entry.emission is not None and isinstance(entry.emission.own, emit.Tensor):
            self._built(entry, self.family)
            return [*above, *self._tensor(entry, entry.emission.own)]
        value = self.value(entry, self.family)
        if value is None:
            return []
        condition = self.condition(entry)
        if condition is None:
            return [*above, *_assign(entry.name, value, "add_module")]
        return [*above, *self._either(entry, value, condition)]

    def _above(self, entry: Entry, indent: int) -> list[str]:
        """What the spec says of an entry, as comments; nothing where that is the docstring of its class."""
        return [] if self.plan.is_class(entry) and entry.member_is_in_place else comments(_doc(entry), indent)

    def _either(self, entry: Entry, value: Code, condition: Code) -> list[str]:
        """A module that is left out in some uses, with nn.Identity in its place there; a loop has nothing to go through."""
        is_list = entry.inner is not None and self.plan.is_loop(entry.inner)
        identity = call("nn.ModuleList" if is_list else "nn.Identity")
        short = choice(condition, value, identity)
        if not is_forced(value) and entry.name.isidentifier():
            line = layout(short, _INDENT, f"self.{entry.name} = ")
            if len(line) == 1:
                return line
        inner = _assign(entry.name, value, "add_module", _INDENT + STEP)
        first = (
            layout(identity, _INDENT, f"self.{entry.name}: nn.Module = ")
            if entry.name.isidentifier()
            else _assign(entry.name, identity, "add_module")
        )
        return [*first, *statement(condition, _INDENT, "if ", ":"), *inner]

    def _built(self, entry: Entry, family: Family) -> None:
        """Notes what is built: a layer, or what is in a group that is written in place."""
        self.names.built.update(node.index for node in family.nodes(entry))
        if entry.inner is not None and not self.plan.is_class(entry):
            for inner in entry.inner.entries:
                self._built(inner, entry.inner)

    def value(self, entry: Entry, family: Family) -> Code | None:
        """What builds an entry: a call of its class."""
        if entry.inner is not None:
            if self.plan.is_class(entry):
                return self.call_of(entry, family).code(self.parameters)
            if self.plan.is_loop(entry.inner):
                items = self._items(entry.inner, count=self._count(entry, family))
                if (only := _generated(items)) is not None:
                    return call("nn.ModuleList", only)
                return call("nn.ModuleList", Bracketed(Atom(""), items, "[]"))
            return self._sequential(entry.inner, count=self._count(entry, family))
        assert entry.emission is not None
        own = entry.emission.own
        if own is not None:
            self._built(entry, family)
        if isinstance(own, emit.Module):
            return self._module(entry, family, own)
        if isinstance(own, emit.Helper):
            self.names.helpers[own.name] = None
            arguments = [self.literal(value, places(entry, family, self.plan, name)) for name, value in own.keywords]
            return call(own.name, arguments[0], *(keyword(k, v) for (k, d), v in zip(own.keywords[1:], arguments[1:], strict=True)
                                                  if d != "row"))  # fmt: skip
        if isinstance(own, emit.External):
            name = self.names.external[own.module, own.name]
            built = call(name, *(keyword(key, literal(value)) for key, value in own.keywords))
            return call(member(built, "to"), KWARGS)
        return None

    def _module(self, entry: Entry, family: Family, own: emit.Module) -> Code:
        node = entry.member
        assert isinstance(node, Node)
        assert node.op is not None
        inferred = node.op.resolve(self.plan.facts.of(node).inputs or ())
        names = list(node.op.positional)

        def code(name: str, value: emit.Literal) -> Code:
            if name in inferred and isinstance(value, Varying):
                value = self._inferred(name, value.values, entry, family, node.op)
            followed = self._followed(name, entry, family, node.op)
            return self.literal(value, places(entry, family, self.plan, name, name in inferred, followed))

        arguments = [code(names[i], value) for i, value in enumerate(own.arguments)]
        keywords = [keyword(name, code(name, value)) for name, value in own.keywords]
        head: Code | str = own.name
        if isinstance(own.name, Varying):
            head = self.parameters.source(own.name.values, places(entry, family, self.plan, "type"))
        return call(head, *arguments, *keywords, *([KWARGS] if own.takes_device else []))

    def _followed(self, name: str, entry: Entry, family: Family, op: Op | None) -> Series | None:
        """Where an argument that is the size of an input's axis comes from; None where it is none, or that need not be known."""
        origins = self.plan.origins
        if origins is None or op is None or name not in op.follows():
            return None
        number, axis = op.follows()[name]
        nodes = {origins.use_around(use): member_at(use, entry.position) for use in family.uses}
        return {key: origins.axis(node.inputs[number], axis) for key, node in nodes.items() if isinstance(node, Node)}

    def _inferred(self, name: str, values: Values, entry: Entry, family: Family, op: Op) -> emit.Literal:
        """An inferred size in each use; where the layer is left out, what it would be on the tensor that passes there."""
        found = list(values)
        for i, scope in enumerate(family.scopes):
            if values[i] is HOLE and scope is not None:
                with suppress(Problem):
                    found[i] = op.resolve(tuple(self.plan.tensor(wire, scope) for wire in entry.reads)).get(name, HOLE)
        is_same = all(same(value, found[0]) for value in found)
        return found[0] if is_same else Varying(tuple(found))  # type: ignore[return-value]

    def literal(self, value: emit.Literal, place: Place) -> Code:
        """A constant, or what stands for several."""
        if isinstance(value, Varying):
            return self.parameters.source(value.values, place)
        return self.parameters.constant(value, place)

    def call_of(self, entry: Entry, family: Family) -> Call:
        """A call of a scope's class: its arguments in every use. Raises Fixed where it is one of several that take others."""
        assert entry.inner is not None
        made = {id(each): self.names.class_of(each) for each in entry.choices or (entry.inner,)}
        first = made[id(entry.inner)]
        signature = [(parameter.name, parameter.default) for parameter in first.parameters]
        for other in made.values():
            names = [(parameter.name, parameter.default) for parameter in other.parameters]
            if names != signature or other.takes_device != first.takes_device:
                raise Fixed(entry.slot.place.name)
        values: dict[str, Values] = {}
        for number, (name, _) in enumerate(signature):
            values[name] = tuple(
                self._class(made, member).parameters[number].values[first.case_of(member.shares or member)]
                if isinstance(member, Scope) else HOLE for member in entry.members
            )  # fmt: skip
        found: dict[str, Place] = {}
        for number, name in enumerate(values):
            given = self._given(entry, family, made, number)
            found[name] = places(entry, family, self.plan, name, name not in _arguments(entry), given)
        head: Code = Atom(first.name)
        if entry.choices:
            place = places(entry, family, self.plan, "type")
            chosen = self.parameters.chosen({scope.use.block: self._class(made, scope).name for scope in entry.members
                                             if isinstance(scope, Scope) and scope.use is not None}, place)  # fmt: skip
            if chosen is None:
                raise Fixed(entry.slot.place.name)
            head = chosen
        classes = frozenset(each.name for each in made.values())
        return Call(head, first.parameters, values, found, first.takes_device, classes)

    def _given(self, entry: Entry, family: Family, made: dict[int, Class], number: int) -> Series | None:
        """Where a parameter of a class comes from, in each use of the class that calls it."""
        if self.plan.origins is None:
            return None
        found: dict[int, object] = {}
        for use in family.uses:
            member = member_at(use, entry.position)
            if isinstance(member, Scope):
                original = member.shares or member
                own = self._class(made, original).parameters[number].origins
                found[self.plan.origins.use_around(use)] = own.get(id(original)) if own is not None else None
        return found

    def _class(self, made: dict[int, Class], scope: Scope) -> Class:
        """Which of these classes a scope is."""
        if len(made) == 1:
            return next(iter(made.values()))
        return made[id(self.plan.families.of_use[id(scope)][0])]

    # Sequences ---------------------------------------------------------------------------------------------------

    def _count(self, entry: Entry, family: Family) -> Count | None:
        """How many steps a repeat has, where that differs between uses. Raises Fixed where the spec has no expression for it."""
        if not entry.is_counted:
            return None
        assert entry.inner is not None
        counts = tuple(
            HOLE if slot is None else member.length if isinstance(member, Scope) else 0
            for slot, member in zip(entry.slots, entry.members, strict=True)
        )
        return self.count(entry, family, counts)

    def count(self, entry: Entry, family: Family, counts: Values) -> Count:
        """How many steps a repeat has, from the spec's own expression. Raises Fixed where there is none."""
        place = self._control(entry, family, "repeat", f"num_{entry.name}")
        if place.own is None:
            raise Fixed(entry.slot.place.name)
        return Count(self.parameters.source(counts, place), 0 in counts)

    def _sequential(self, family: Family, head: str = "nn.Sequential", count: Count | None = None) -> Code:
        """An nn.Sequential, its layers numbered or named. `count`: of a repeat whose number of steps differs between uses."""
        if is_numbered(family):
            return Bracketed(Atom(head), self._items(family, count=count))
        items = self._items(family, named=True, count=count)
        if (only := _generated(items)) is not None:
            return call(head, call("OrderedDict", only))
        return call(head, call("OrderedDict", Bracketed(Atom(""), items, "[]")))

    def _items(self, family: Family, named: bool = False, count: Count | None = None) -> tuple[Item, ...]:
        """The entries of an nn.Sequential, those with their output's shape that change it; runs of equal ones as one."""
        found_runs = runs(family, self, named, count)
        self.plan.spell_out_layers(len(found_runs), family.scope)
        items: list[Item] = []
        for run in found_runs:  # no generator: sequences are nested as deep as Python's stack allows
            is_loop = run.range is not None
            items.append(self._run(run, family, named) if is_loop else self._item(run.entries[0], family, named))
        return tuple(items)

    def _run(self, run: Run, family: Family, named: bool) -> Item:
        assert run.range is not None
        for entry in run.entries:
            self._built(entry, family)
        element = run.element if not named else group([run.name, run.element])
        return Item(
            generator(element, [(run.variable, run.range)], "*(", ")"),
            self._comment(run.entries, family),
        )

    def _item(self, entry: Entry, family: Family, named: bool) -> Item:
        entry.need_whole()
        value = self.value(entry, family)
        assert value is not None, f"{entry.member.path} is no module"
        if named:
            value = group([Atom(string(entry.name)), value])
        condition = self._condition_in(entry, family)
        above = tuple(self._above(entry, 0))
        comment = self._comment([entry], family)
        if condition is not None:
            kept = choice(condition, group([value], "[]"), group([], "[]"))
            return Item(Wrapped(kept.parts, "*(", ")"), "", above)
        return Item(value, comment, above)

    def _condition_in(self, entry: Entry, family: Family) -> Code | None:
        """The condition of an entry of a group that is written in place."""
        before, self.family = self.family, family
        try:
            return self.condition(entry)
        finally:
            self.family = before

    def _comment(self, entries: list[Entry], family: Family) -> str:
        """The shape that comes out of these entries, where it is another than what goes in."""
        last = entries[-1]
        if isinstance(last.member, Scope) and not self.plan.is_class(last):
            return ""
        return new_shapes(self.plan, entries[0].reads, wires_of(last), family, self.parameters)

    # Tensors -----------------------------------------------------------------------------------------------------

    def _tensor(self, entry: Entry, own: emit.Tensor) -> list[str]:
        value = self._tensor_value(entry, own)
        if own.kind == "parameter":
            return _assign(entry.name, call("nn.Parameter", value), "register_parameter")
        extra = [] if own.persistent else [keyword("persistent", Atom("False"))]
        return long_statement(call("self.register_buffer", Atom(string(entry.name)), value, *extra), _INDENT)

    def _tensor_value(self, entry: Entry, own: emit.Tensor) -> Code:
        """The start values of a parameter or buffer."""
        place = places(entry, self.family, self.plan, "size")
        placed: list[Code] = [KWARGS]
        if own.dtype != "float32":
            placed = [keyword("dtype", Atom(f"torch.{own.dtype}")), keyword("device", Atom("device"))]
        values = _nested(own.fill)
        if values is not None:
            numbers = self._numbers(values, own, place)
            assert isinstance(entry.member, Node)
            self.plan.spell_out(_spelt(numbers), entry.member)
            return call("torch.tensor", numbers, *placed)
        sizes: list[Code] = [self.literal(size, place) for size in own.shape] or [literal(())]
        if own.fill is None:
            return call("torch.randn", *sizes, *placed)
        if isinstance(own.fill, Varying):
            shape = group(sizes) if own.shape else literal(())
            return call("torch.full", shape, self.literal(own.fill, place._replace(hint="fill")), *placed)
        fill = _exact(own.fill, own.dtype)
        if not own.shape:
            return call("torch.tensor", literal(fill), *placed)
        if fill in (0, 1):
            return call("torch.ones" if fill else "torch.zeros", *sizes, *placed)
        return call("torch.full", group(sizes), literal(fill), *placed)

    def _numbers(self, values: Values, own: emit.Tensor, place: Place) -> Code:
        """The numbers of a tensor: as the spec computes them where they are many, else one by one."""
        exact = tuple(HOLE if value is HOLE else _exact(value, own.dtype) for value in values)  # type: ignore[arg-type]
        computed = self.parameters.computed(exact, place) if len(values) > 1 or _count(exact[0]) > MAX_SPELT else None
        if computed is not None:
            return listed(computed)
        if len(values) > 1:
            return self.parameters.source(exact, place._replace(hint="value"))
        return listed(literal(exact[0]))


def _generated(items: tuple[Item, ...]) -> Code | None:
    """What is between the brackets of the only item, where that is a comprehension."""
    code = items[0].code
    return Wrapped(code.parts) if len(items) == 1 and isinstance(code, Wrapped) and code.before == "*(" else None


def _spelt(code: Code) -> int:
    """How many numbers are written in lists."""
    return sum(_spelt(item.code) for item in code.items) if isinstance(code, Bracketed) else 1


def _count(value: object) -> int:
    return sum(map(_count, value)) if isinstance(value, tuple) else 1


def _nested(fill: object) -> Values | None:
    """Nested lists of numbers, in every use; None where it is one number."""
    if isinstance(fill, tuple):
        return (fill,)
    if isinstance(fill, Varying) and all(value is HOLE or isinstance(value, tuple) for value in fill.values):
        return fill.values
    return None


def _doc(entry: Entry) -> str:
    member = entry.member
    if isinstance(member, Scope) and member.use is not None:
        return member.use.doc
    return member.doc


def _arguments(entry: Entry) -> frozenset[str]:
    member = entry.member
    return frozenset(member.use.arguments) if isinstance(member, Scope) and member.use is not None else frozenset()


def _assign(name: str, value: Code, method: str, indent: int = _INDENT) -> list[str]:
    """`self.name = value`, or for a number, which Python's syntax does not take there, a call."""
    container, _, item = name.rpartition(".")
    if name.isidentifier() or container.isidentifier():
        return layout(value, indent, f"{attribute('self', name)} = ")
    owner = attribute("self", container) if container else "self"
    return layout(call(f"{owner}.{method}", Atom(string(item)), value), indent)


def _exact(value: emit.Literal, dtype: str) -> emit.Literal:
    """The numbers in the kind of the dtype, so that 1 in a float tensor is written 1.0."""
    if isinstance(value, tuple):
        return tuple(_exact(item, dtype) for item in value)
    assert isinstance(value, (int, float))
    if dtype == "bool":
        return bool(value)
    return float(value) if "float" in dtype else int(value)
