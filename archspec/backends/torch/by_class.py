"""What a spec says of layers' parameters, said of the modules of a class where it holds of all of them, else by full names.

Enters: what is said of each layer in all cases; leaves: `Alike`, and lines. What holds of all modules of a class is right in a
case that has none of them too, such as a repeat without steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from archspec.backends.python.code import Atom, Code, call, group
from archspec.backends.python.layout import STEP, layout, long_statement, statement
from archspec.backends.python.text import string
from archspec.backends.torch.plan import NAME, Plan
from archspec.graph import Node, Scope
from archspec.ops import emission as emit

_T = TypeVar("_T")
_BODY = 2 * STEP
PARAMETER = call("self.get_parameter", Atom("name"))


class Said(NamedTuple):
    """What the spec says of a parameter of a layer; of the layer itself where that is empty."""

    node: Node
    parameter: str
    what: Any


class Kind(NamedTuple):
    """What all modules of a class have under one name."""

    class_name: str
    name: str


Alike = dict[Kind, list[Said]]
"""What is said alike of all modules of a class."""
ByName = Callable[[list[Said]], list[str]]
"""The lines for layers and parameters by their full names."""
OfModule = Callable[[Kind, Said, int], list[str]]
"""The lines, so far indented, for what `module` has."""


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


def in_all(plan: Plan, written: Callable[[list[Node]], _T]) -> _T:
    """What is written for the layers of each case. Raises Bound where it is something else for other values of its arguments."""
    found = [written(layers) for layers in plan.cases.layers]
    different = [text != found[0] for text in found]
    if any(different):
        raise plan.cases.bound(tuple(different), "with other values it has other parameters to start, tie or freeze")
    return found[0]


def say(
    plan: Plan, classes: Mapping[int, str], said: list[Said], by_name: ByName, of_module: OfModule, indent: int
) -> list[str]:
    """By full names, where these are the same in all cases; else of all modules of a class, as far as it holds of them.

    Raises Bound where the rest is not the same in all.
    """
    texts = [by_name(own_of(layers, said)) for layers in plan.cases.layers]
    if all(text == texts[0] for text in texts):
        return texts[0]
    kinds = of_classes(plan, classes, said)
    left = without(said, kinds)
    return [*by_class(kinds, of_module, indent), *in_all(plan, lambda layers: by_name(own_of(layers, left)))]


def own_of(layers: list[Node], said: list[Said]) -> list[Said]:
    """What is said of these layers."""
    own = {node.index for node in layers}
    return [one for one in said if one.node.index in own]


def by_what(said: list[Said]) -> dict[Any, list[Said]]:
    """Those of which the same is said together."""
    found: dict[Any, list[Said]] = {}
    for one in said:
        found.setdefault(one.what, []).append(one)
    return found


def many(plan: Plan, classes: Mapping[int, str], kinds: Alike) -> Alike:
    """Those of classes of which there is more than one module in some case: others are found by their names."""
    is_several = _several(plan, classes)
    return {kind: alike for kind, alike in kinds.items() if kind.class_name in is_several}


def without(said: list[Said], kinds: Alike) -> list[Said]:
    """What is left."""
    done = {id(one) for alike in kinds.values() for one in alike}
    return [one for one in said if id(one) not in done]


def _several(plan: Plan, classes: Mapping[int, str]) -> set[str]:
    """The classes of which there is more than one module in some case: others are found by their names."""
    found: set[str] = set()
    for root, layers in zip(plan.cases.roots, plan.cases.layers, strict=True):
        of_scopes = [classes[id(scope)] for scope in _scopes(root) if id(scope) in classes]
        found |= {
            name for name, count in Counter([*torch_classes(plan, layers).values(), *of_scopes]).items() if count > 1
        }
    return found


def torch_classes(plan: Plan, layers: list[Node]) -> dict[int, str]:
    """The classes of torch that layers are, by the layers' indices."""
    owns = ((node.index, plan.emission(node).own) for node in layers if node.shares is None)
    return {index: own.name for index, own in owns if isinstance(own, emit.Module) and isinstance(own.name, str)}


def of_classes(plan: Plan, classes: Mapping[int, str], said: list[Said]) -> Alike:
    """What holds of all modules of a class of the generated module. `classes` are those of scopes, by their ids."""
    count = Counter(classes[id(scope)] for scope in _all_scopes(plan) if id(scope) in classes)
    places = places_of(plan, classes)
    found: Alike = {}
    for one in said:
        if one.node.index in places:
            name, path = places[one.node.index]
            full = f"{path}.{one.parameter}" if one.parameter and not plan.is_inline(one.node) else path
            found.setdefault(Kind(name, full), []).append(one)
    return {kind: alike for kind, alike in found.items() if len(alike) == count[kind.class_name] and are_alike(alike)}


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


def places_of(plan: Plan, classes: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """The class that builds each layer, and the layer's path in it, by the layer's index; the network's own have none."""
    return {node.index: (classes[id(scope)], path) for scope in _all_scopes(plan) if id(scope) in classes
            for node, path in _within(scope, classes)}  # fmt: skip


def _all_scopes(plan: Plan) -> Iterator[Scope]:
    """Those of all cases."""
    return (scope for root in plan.cases.roots for scope in _scopes(root))


def are_alike(said: list[Said]) -> bool:
    """Whether the same is said of all."""
    return all(one.what == said[0].what for one in said)


def by_class(kinds: Alike, of_module: OfModule, indent: int) -> list[str]:
    """One loop over all modules, which asks each for its class; classes of the same values share a branch. Nothing of nothing."""
    bodies: dict[str, list[str]] = {}
    for kind, alike in kinds.items():
        bodies.setdefault(kind.class_name, []).extend(of_module(kind, alike[0], indent + 2 * STEP))
    classes: dict[tuple[str, ...], list[str]] = {}
    for name, body in bodies.items():
        classes.setdefault(tuple(body), []).append(name)
    lines = [f"{' ' * indent}for module in self.modules():"] if bodies else []
    for number, (same, names) in enumerate(classes.items()):
        which = Atom(names[0]) if len(names) == 1 else group([Atom(name) for name in names])
        asked = call("isinstance", Atom("module"), which)
        lines += [*statement(asked, indent + STEP, "elif " if number else "if ", ":"), *same]
    return lines


def parameter_of(kind: Kind) -> Code:
    """A parameter of `module`. Those that type checkers take for None, or do not find, are asked for by name."""
    is_there = not kind.class_name.startswith("nn.") or (
        kind.name == "weight" and kind.class_name.startswith(("nn.Conv", "nn.Embedding", "nn.Linear"))
    )
    if is_there and kind.name.isidentifier() and not kind.name.startswith("_"):
        return Atom(f"module.{kind.name}")
    return call("module.get_parameter", Atom(string(kind.name)))
