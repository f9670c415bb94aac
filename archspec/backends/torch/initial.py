"""Initial values: the method `reset_parameters`. Enters: a plan and the classes that are written; leaves: lines.

What holds of all modules of a class is said of the class, as everybody writes it; the rest of parameters by their full names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from archspec.backends.python.code import Atom, Code, call, group, keyword, literal
from archspec.backends.python.layout import STEP, layout, long_statement, statement
from archspec.backends.python.text import string
from archspec.backends.torch.plan import NAME, Plan
from archspec.graph import Init, Node, Scope
from archspec.ops import emission as emit

_T = TypeVar("_T")
_BODY = 2 * STEP
PARAMETER = call("self.get_parameter", Atom("name"))
_HOLDS_OTHERS = frozenset({"nn.MultiheadAttention"})
"""Classes of torch whose modules hold others, which are of the classes of other layers too."""

Start = tuple[str, tuple[tuple[str, object], ...]]
"""How a parameter starts: an initializer and its arguments."""


class Started(NamedTuple):
    """A parameter with an initial value of the spec's."""

    node: Node
    init: Init

    @property
    def start(self) -> Start:
        return self.init.scheme, self.init.arguments


class _Kind(NamedTuple):
    """The parameters that all modules of a class have under one name."""

    class_name: str
    parameter: str


_Alike = dict[_Kind, list[Started]]
"""What starts alike in all modules of a class."""


def full_name(plan: Plan, node: Node, parameter: str) -> str:
    """The key of a parameter in the `state_dict`. A layer that is a tensor is its own parameter."""
    first = node if node.shares is None else plan.graph.nodes[node.shares]
    if plan.is_inline(first) or not parameter:
        return first.path
    return f"{first.path}.{parameter}"


def each(plan: Plan, names: list[str], inner: Code) -> list[str]:
    """A loop over names. `inner` speaks of each as `name`."""
    return [*long_statement(listed(plan, names), _BODY, "for name in ", ":"), *layout(inner, _BODY + STEP)]


def listed(plan: Plan, names: list[str]) -> Code:
    """The names of parameters or modules, all spelt out."""
    plan.spell_out(NAME * len(names), plan.graph.layers[0])
    return group([Atom(string(name)) for name in names])


def starting(plan: Plan, layers: list[Node]) -> list[Started]:
    """The parameters that the spec says the initial values of, in the order of the layers."""
    found = []
    for node in layers:
        parameters = plan.facts.of(node).own_parameters or {}
        found += [Started(node, init) for init in node.inits if init.parameter in parameters]
    return found


def initializers(plan: Plan) -> set[str]:
    """The initializers that the network's own methods call."""
    return {name for one in starting(plan, plan.graph.layers) for name in (one.init.scheme, "zeros", "ones")}


def reset_parameters(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    """The method; nothing where the spec says nothing of initial values. `classes` are those of scopes, by their ids.

    What holds of all modules of a class holds of them in every case, in those too that have none. Raises Bound where the rest is
    not the same in all.
    """
    started = starting(plan, plan.graph.layers)
    if not started:
        return []
    is_several = several(plan, classes)
    of_modules = _many(_of_torch(plan, plan.graph.layers, started), is_several)
    left = _without(started, of_modules)
    of_modules |= (of_classes := _many(_of_classes(plan.cases.roots, classes, left), is_several))
    left = _without(left, of_classes)
    return [
        f"{' ' * STEP}def reset_parameters(self) -> None:",
        f'{" " * _BODY}"""Set the initial values."""',
        *(_by_class(of_modules) if of_modules else []),
        *in_all(plan, lambda layers: _by_name(plan, layers, left)),
    ]


def in_all(plan: Plan, written: Callable[[list[Node]], _T]) -> _T:
    """What is written for the layers of each case. Raises Bound where it is something else for other values of its arguments."""
    found = [written(layers) for layers in plan.cases.layers]
    different = [text != found[0] for text in found]
    if any(different):
        raise plan.cases.bound(tuple(different), "with other values it has other parameters to start, tie or freeze")
    return found[0]


def _by_name(plan: Plan, layers: list[Node], left: list[Started]) -> list[str]:
    """The parameters of these layers that are left, by their full names."""
    own = {node.index for node in layers}
    lines: list[str] = []
    by_start: dict[Start, list[Started]] = {}
    for one in left:
        if one.node.index in own:
            by_start.setdefault(one.start, []).append(one)
    for alike in by_start.values():
        names = [full_name(plan, one.node, one.init.parameter) for one in alike]
        target: Code = PARAMETER if len(names) > 1 else call("self.get_parameter", Atom(string(names[0])))
        written = _initializer(alike[0].init, target)
        lines += each(plan, names, written) if len(names) > 1 else layout(written, _BODY)
    for name, row in _zero_rows(plan, layers):
        lines += layout(call("nn.init.zeros_", Atom(f"self.get_parameter({string(name)})[{row}]")), _BODY)
    return lines


def _many(kinds: _Alike, is_several: Collection[str]) -> _Alike:
    """Those of classes of which there is more than one module."""
    return {kind: alike for kind, alike in kinds.items() if kind.class_name in is_several}


def _without(started: list[Started], kinds: _Alike) -> list[Started]:
    done = {id(one) for alike in kinds.values() for one in alike}
    return [one for one in started if id(one) not in done]


def several(plan: Plan, classes: Mapping[int, str]) -> set[str]:
    """The classes of which there is more than one module in some case: others are found by their names."""
    found: set[str] = set()
    for root, layers in zip(plan.cases.roots, plan.cases.layers, strict=True):
        of_scopes = [classes[id(scope)] for scope in _scopes(root) if id(scope) in classes]
        found |= {
            name for name, count in Counter([*_torch_classes(plan, layers).values(), *of_scopes]).items() if count > 1
        }
    return found


def _torch_classes(plan: Plan, layers: list[Node]) -> dict[int, str]:
    """The classes of torch that layers are, by the layers' indices."""
    owns = ((node.index, plan.emission(node).own) for node in layers if node.shares is None)
    return {index: own.name for index, own in owns if isinstance(own, emit.Module) and isinstance(own.name, str)}


def _of_torch(plan: Plan, layers: list[Node], started: list[Started]) -> _Alike:
    """What holds of all modules of a class of torch's."""
    names = _torch_classes(plan, layers)
    is_foreign = any(node.shares is None and isinstance(plan.emission(node).own, emit.External) for node in layers)
    if is_foreign or _HOLDS_OTHERS & set(names.values()):
        return {}  # whose modules may hold some of the class
    count = Counter(names.values())
    found: dict[_Kind, list[Started]] = {}
    for one in started:
        if one.node.index in names:
            found.setdefault(_Kind(names[one.node.index], one.init.parameter), []).append(one)
    return {kind: alike for kind, alike in found.items() if len(alike) == count[kind.class_name] and _are_alike(alike)}


def _of_classes(roots: Iterable[Scope], classes: Mapping[int, str], started: list[Started]) -> _Alike:
    """What holds of all modules of a class of the generated module."""
    count: Counter[str] = Counter()
    places: dict[int, tuple[str, str]] = {}
    for scope in (scope for root in roots for scope in _scopes(root)):
        name = classes.get(id(scope))
        if name is not None:
            count[name] += 1
            for node, path in _within(scope, classes):
                places[node.index] = name, path
    found: dict[_Kind, list[Started]] = {}
    for one in started:
        if one.node.index in places:
            name, path = places[one.node.index]
            full = f"{path}.{one.init.parameter}" if one.init.parameter else path
            found.setdefault(_Kind(name, full), []).append(one)
    return {kind: alike for kind, alike in found.items() if len(alike) == count[kind.class_name] and _are_alike(alike)}


def _scopes(scope: Scope) -> Iterator[Scope]:
    for member in scope.members:
        if isinstance(member, Scope) and member.shares is None:
            yield member
            yield from _scopes(member)


def _within(scope: Scope, classes: Mapping[int, str], path: str = "") -> Iterator[tuple[Node, str]]:
    """The layers that a class builds itself, with their paths in it."""
    for member in scope.members:
        name = f"{path}.{member.name}" if path else member.name
        if isinstance(member, Node):
            yield member, name
        elif member.shares is None and id(member) not in classes:
            yield from _within(member, classes, name)


def _are_alike(started: list[Started]) -> bool:
    return all(one.start == started[0].start for one in started)


def _by_class(of_modules: Mapping[_Kind, list[Started]]) -> list[str]:
    """One loop over all modules, which asks each for its class; classes of the same values share a branch."""
    bodies: dict[str, list[str]] = {}
    for kind, alike in of_modules.items():
        written = _initializer(alike[0].init, _parameter_of(kind))
        bodies.setdefault(kind.class_name, []).extend(layout(written, _BODY + 2 * STEP))
    classes: dict[tuple[str, ...], list[str]] = {}
    for name, body in bodies.items():
        classes.setdefault(tuple(body), []).append(name)
    margin = " " * _BODY
    lines = [f"{margin}for module in self.modules():"]
    for number, (same, names) in enumerate(classes.items()):
        which = Atom(names[0]) if len(names) == 1 else group([Atom(name) for name in names])
        asked = call("isinstance", Atom("module"), which)
        lines += [*statement(asked, _BODY + STEP, "elif " if number else "if ", ":"), *same]
    return lines


def _parameter_of(kind: _Kind) -> Code:
    """A parameter of `module`. Those that type checkers take for None, or do not find, are asked for by name."""
    is_there = not kind.class_name.startswith("nn.") or (
        kind.parameter == "weight" and kind.class_name.startswith(("nn.Conv", "nn.Embedding", "nn.Linear"))
    )
    if is_there and kind.parameter.isidentifier() and not kind.parameter.startswith("_"):
        return Atom(f"module.{kind.parameter}")
    return call("module.get_parameter", Atom(string(kind.parameter)))


def _zero_rows(plan: Plan, layers: list[Node]) -> list[tuple[str, int]]:
    """The rows of initialized parameters that have to be zero again, which PyTorch's own constructor made them."""
    found = []
    for node in layers:
        rows = node.op.zero_rows() if node.op is not None else {}
        own = plan.facts.of(node).own_parameters or {}
        given = {init.parameter for init in node.inits}
        found += [(full_name(plan, node, name), row) for name, row in rows.items() if name in given and name in own]
    return found


def _initializer(init: Init, target: Code) -> Code:
    scheme, arguments = init.scheme, init.arguments
    if scheme == "constant" and arguments[0][1] in (0, 1):
        scheme, arguments = ("ones" if arguments[0][1] else "zeros"), ()
    if scheme == "constant":
        return call("nn.init.constant_", target, literal(arguments[0][1]))
    return call(f"nn.init.{scheme}_", target, *(keyword(name, literal(value)) for name, value in arguments))
