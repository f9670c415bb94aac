"""`__init__` of one class: modules, parameters and buffers. Enters: a plan and a scope; leaves: lines.

A group that is an nn.Sequential is written in place; every other group is a class, whose name the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from archspec.backends.torch.expressions import keyword, literal, nested_list
from archspec.backends.torch.forward import shown
from archspec.backends.torch.layout import STEP, Affixed, Atom, Bracketed, Code, Item, call, group, layout
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.text import comments, string
from archspec.graph import Node, Scope
from archspec.ops import emission as emit

_INDENT = 2 * STEP
KWARGS = Atom("**kwargs")
SIGNATURE = ("self", "*", "device: torch.device | str | None = None", "dtype: torch.dtype | None = None")


@dataclass(slots=True, eq=False, repr=False)
class Names:
    """The names of classes: those of groups, by scope, and those imported from elsewhere, by module and name."""

    class_of: Callable[[Scope], str]
    external: dict[tuple[str, str], str] = field(default_factory=dict)
    built: set[int] = field(default_factory=set)
    """The layers that have been built."""


def write_init(plan: Plan, scope: Scope, names: Names, is_root: bool, closing: list[str]) -> list[str]:
    """The constructor of a scope that is a class; nothing where it would be empty. `closing` are its last lines."""
    takes_device = plan.takes_device(scope)
    writer = _Writer(plan, names)
    if plan.is_sequential(scope):
        body = layout(Bracketed(Atom("super().__init__"), writer.items(scope)), _INDENT)
    else:
        body = [line for member in scope.members for line in writer.member(member)]
        if not body and not is_root:
            return []
        body = [f"{' ' * _INDENT}super().__init__()", *body]
    if takes_device:
        kwargs = f'{" " * _INDENT}kwargs: dict[str, Any] = {{"device": device, "dtype": dtype}}'
        body.insert(0 if plan.is_sequential(scope) else 1, kwargs)
    arguments = SIGNATURE if takes_device or is_root else ("self",)
    return [*layout(call("__init__", *map(Atom, arguments)), STEP, "def ", " -> None:"), *body, *closing]


class _Writer:
    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan = plan
        self.names = names

    def member(self, member: Node | Scope) -> list[str]:
        """The statement that gives a member its module, parameter or buffer; nothing for functions and second uses."""
        if member.shares is not None:
            return []
        if isinstance(member, Node) and isinstance(self.plan.emission(member).own, emit.Tensor):
            self.names.built.add(member.index)
            return [*comments(member.doc, _INDENT), *self._tensor(member)]
        value = self.value(member)
        if value is None:
            return []
        has_class = isinstance(member, Scope) and not self.plan.is_sequential(member)  # its text is the docstring there
        above = [] if has_class else comments(member.doc, _INDENT)
        return [*above, *_assign(member.name, value, "add_module")]

    def value(self, member: Node | Scope) -> Code | None:
        """What builds a member: a call of its class."""
        if isinstance(member, Scope):
            if self.plan.is_sequential(member):
                return self._sequential(member)
            return call(self.names.class_of(member), *([KWARGS] if self.plan.takes_device(member) else []))
        own = self.plan.emission(member).own
        if own is not None:
            self.names.built.add(member.index)
        if isinstance(own, emit.Module):
            arguments = [*map(literal, own.arguments), *(keyword(name, literal(value)) for name, value in own.keywords)]
            return call(own.name, *arguments, *([KWARGS] if own.takes_device else []))
        if isinstance(own, emit.External):
            name = self.names.external[own.module, own.name]
            built = call(name, *(keyword(key, literal(value)) for key, value in own.keywords))
            return call(Affixed(built, after=".to"), KWARGS)
        return None

    def items(self, scope: Scope, named: bool = False) -> tuple[Item, ...]:
        """The members of an nn.Sequential, each with its output's shape."""
        return tuple(self._item(member, named) for member in scope.members)

    def _item(self, member: Node | Scope, named: bool) -> Item:
        value = self.value(member)
        assert value is not None, f"{member.path} is no module"
        comment = ""
        if isinstance(member, Node):
            output = self.plan.facts.of(member).output
            comment = shown(output) if output is not None else ""
        above = tuple(comments(member.doc, 0))
        return Item(group([Atom(string(member.name)), value]) if named else value, comment, above)

    def _sequential(self, scope: Scope) -> Code:
        numbered = all(member.name == str(i) for i, member in enumerate(scope.members))
        if numbered:
            return Bracketed(Atom("nn.Sequential"), self.items(scope))
        return call("nn.Sequential", call("OrderedDict", Bracketed(Atom(""), self.items(scope, named=True), "[]")))

    def _tensor(self, node: Node) -> list[str]:
        own = self.plan.emission(node).own
        assert isinstance(own, emit.Tensor)
        value = _tensor_value(own)
        if own.kind == "parameter":
            return _assign(node.name, call("nn.Parameter", value), "register_parameter")
        extra = [] if own.persistent else [keyword("persistent", Atom("False"))]
        return layout(call("self.register_buffer", Atom(string(node.name)), value, *extra), _INDENT)


def _assign(name: str, value: Code, method: str) -> list[str]:
    """`self.name = value`, or for a number, which Python's syntax does not take there, a call."""
    if name.isidentifier():
        return layout(value, _INDENT, f"self.{name} = ")
    return layout(call(f"self.{method}", Atom(string(name)), value), _INDENT)


def _tensor_value(own: emit.Tensor) -> Code:
    """The start values of a parameter or buffer."""
    placed: list[Code] = [KWARGS]
    if own.dtype != "float32":
        placed = [keyword("dtype", Atom(f"torch.{own.dtype}")), keyword("device", Atom("device"))]
    sizes: list[Code] = [literal(size) for size in own.shape] or [literal(())]
    if own.fill is None:
        return call("torch.randn", *sizes, *placed)
    if isinstance(own.fill, tuple):
        return call("torch.tensor", nested_list(_exact(own.fill, own.dtype)), *placed)
    fill = _exact(own.fill, own.dtype)
    if not own.shape:
        return call("torch.tensor", literal(fill), *placed)
    if fill in (0, 1):
        return call("torch.ones" if fill else "torch.zeros", *sizes, *placed)
    return call("torch.full", literal(own.shape), literal(fill), *placed)


def _exact(value: emit.Literal, dtype: str) -> emit.Literal:
    """The numbers in the kind of the dtype, so that 1 in a float tensor is written 1.0."""
    if isinstance(value, tuple):
        return tuple(_exact(item, dtype) for item in value)
    assert isinstance(value, (int, float))
    if dtype == "bool":
        return bool(value)
    return float(value) if "float" in dtype else int(value)
