"""What a spec says of parameters beside their shapes: freezing, ties, initial values, constraints.

Enters: a plan; leaves: the last lines of the network's `__init__`, and the methods `reset_parameters` and
`apply_constraints` where the spec asks for them. Parameters are named by their full path, so that groups of one form
stay one class; where an argument decides which there are, by what modules of a class have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.backends.python.code import Atom, Code, call, keyword, literal
from archspec.backends.python.layout import STEP, layout, long_statement
from archspec.backends.python.text import string
from archspec.backends.torch.by_class import (
    PARAMETER,
    Kind,
    Said,
    by_what,
    each,
    full_name,
    listed,
    places_of,
    say,
)
from archspec.backends.torch.initial import reset_parameters, starting
from archspec.backends.torch.plan import CannotGenerate, Plan
from archspec.diagnostics.model import Diagnostic
from archspec.expand.members import join
from archspec.graph import Constraint, Node, Scope

_BODY = 2 * STEP


def closing_lines(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    """Freezing; then ties, since a shared parameter trains or not as its first layer says; then initial values.

    `classes` are those of scopes, by their ids.
    """
    lines = [*_freeze(plan, classes), *_ties(plan, classes)]
    if starting(plan, plan.graph.layers):
        lines.append(f"{' ' * _BODY}self.reset_parameters()")
    return ["", *lines] if lines else []


def methods(plan: Plan, classes: Mapping[int, str]) -> list[list[str]]:
    """The methods that the spec asks for."""
    return [method for method in (reset_parameters(plan, classes), _apply_constraints(plan, classes)) if method]


# Freezing --------------------------------------------------------------------------------------------------------


def _freeze(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    said: list[Said] = []
    for node in plan.graph.layers:
        if node.shares is None and node.frozen and plan.is_inline(node):
            said += [Said(node, "", "get_parameter")] if plan.facts.of(node).parameters else []
        elif node.shares is None and node.frozen:
            said += [Said(node, "", "get_submodule")] if _trains(plan, node) else []
        elif node.shares is None:
            names = dict.fromkeys(one.parameter for one in node.frozen_parameters)
            said += [Said(node, name, "get_parameter") for name in names]
    groups = _frozen_groups(plan) if said else []
    inside = tuple(f"{path}." if path else "" for path in groups)
    said = [one for one in said if not one.node.path.startswith(inside)] if groups else said
    return say(plan, classes, said, lambda own: _frozen_by_name(plan, groups, own), _frozen_in_module, _BODY)


def _frozen_by_name(plan: Plan, groups: list[str], said: list[Said]) -> list[str]:
    """`groups` are frozen as a whole; what is said is of other layers."""
    modules, parameters = list(groups), list[str]()
    for one in said:
        if one.what == "get_submodule":
            modules.append(one.node.path)
        else:
            parameters.append(full_name(plan, one.node, one.parameter))
    lines: list[str] = []
    for getter, names in (("get_submodule", modules), ("get_parameter", parameters)):
        if len(names) == 1:
            name = names[0]
            owner = f"self.{name}" if name.isidentifier() else f"self.{getter}({string(name)})" if name else "self"
            lines += layout(call(f"{owner}.requires_grad_", Atom("False")), _BODY)
        elif names:
            lines += each(plan, names, call(f"self.{getter}(name).requires_grad_", Atom("False")))
    return lines


def _frozen_groups(plan: Plan) -> list[str]:
    """The paths of the largest groups that all cases have, in which nothing trains in any: their modules are frozen, not each
    layer. A repeat without steps is a module too, and may be such a group."""
    wholes, parts = set[str](), set[str]()
    for root in plan.cases.roots:
        _sort_groups(plan, root, wholes, parts)
    found = [list(_largest(root, wholes - parts)) for root in plan.cases.roots]
    return [path for path in found[0] if all(path in paths for paths in found)]


def _sort_groups(plan: Plan, scope: Scope, wholes: set[str], parts: set[str]) -> set[bool]:
    """Notes the paths of groups in which nothing trains, and of those in which something does; answers whether the layers of this
    one are frozen. One without parameters is neither."""
    found: set[bool] = set()
    for member in scope.members:
        if isinstance(member, Scope):
            found |= _sort_groups(plan, member, wholes, parts) if member.shares is None else set()
        elif member.shares is None and _trains(plan, member):
            found.add(member.frozen)
    if found:
        (wholes if found == {True} else parts).add(scope.path)
    return found


def _largest(scope: Scope, wholes: set[str]) -> Iterator[str]:
    if scope.path in wholes:
        yield scope.path
        return
    for slot in scope.slots:
        member = slot.member
        if isinstance(member, Scope) and member.shares is None:
            yield from _largest(member, wholes)
        elif member is None and slot.place.key("when") is None and slot.name is not None:  # a repeat without steps
            path = join(scope.path, slot.name)
            yield from [path] if path in wholes else []


def _frozen_in_module(kind: Kind, one: Said, indent: int) -> list[str]:
    return layout(call(f"module.{one.what}({string(kind.name)}).requires_grad_", Atom("False")), indent)


def _trains(plan: Plan, node: Node) -> bool:
    """Whether there is anything in a layer to freeze."""
    record = plan.facts.of(node)
    return bool(record.parameters) or record.params != 0


# Ties ------------------------------------------------------------------------------------------------------------


def _ties(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    """What each tied parameter is: one of the module of the same class, by its name there, or one of the network."""
    places = places_of(plan, classes)
    said: list[Said] = []
    for node in plan.graph.layers:
        for tie in node.ties:
            source = full_name(plan, *plan.graph.tied_to(tie))
            _, own = places.get(node.index, ("", node.path))
            module = node.path.removesuffix(own)
            is_inside = bool(module) and source.startswith(module)
            said.append(Said(node, tie.parameter, ("module" if is_inside else "self", source.removeprefix(module))))
    return say(plan, classes, said, lambda own: _tied_by_name(plan, own), _tied_in_module, _BODY)


def _tied_by_name(plan: Plan, said: list[Said]) -> list[str]:
    lines: list[str] = []
    for node, parameter, _ in said:
        path, _, name = full_name(plan, node, parameter).rpartition(".")
        owner = "self" if not path else f"self.{path}" if path.isidentifier() else f"self.get_submodule({string(path)})"
        tie = next(tie for tie in node.ties if tie.parameter == parameter)
        lines += _tie(owner, name, _read(full_name(plan, *plan.graph.tied_to(tie))), _BODY)
    return lines


def _tied_in_module(kind: Kind, one: Said, indent: int) -> list[str]:
    path, _, name = kind.name.rpartition(".")
    owner = f"module.get_submodule({string(path)})" if path else "module"
    holder, source = one.what
    read = _read(source) if holder == "self" else call("module.get_parameter", Atom(string(source)))
    return _tie(owner, name, read, indent)


def _tie(owner: str, name: str, source: Code, indent: int) -> list[str]:
    if name.isidentifier():
        return layout(source, indent, f"{owner}.{name} = ")
    return layout(call("setattr", Atom(owner), Atom(string(name)), source), indent)


def _read(name: str) -> Code:
    """A parameter by its full name: as an attribute where one layer of the network itself has it by that name."""
    path, _, own = name.rpartition(".")
    if own in ("weight", "bias") and path.isidentifier():
        return Atom(f"self.{name}")
    return call("self.get_parameter", Atom(string(name)))


# Constraints -----------------------------------------------------------------------------------------------------


def _apply_constraints(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    said = [
        Said(node, constraint.parameter, (constraint.max_norm, _axis(plan, node, constraint)))
        for node in plan.graph.layers
        for constraint in node.constraints
    ]
    lines = say(plan, classes, said, lambda own: _limited_by_name(plan, own), _limited_in_module, _BODY + STEP)
    if not lines:
        return []
    return [
        f"{' ' * STEP}def apply_constraints(self) -> None:",
        f'{" " * _BODY}"""Keep each unit\'s weights within their norm; call it after each step."""',
        f"{' ' * _BODY}with torch.no_grad():",
        *lines,
    ]


def _limited_by_name(plan: Plan, said: list[Said]) -> list[str]:
    lines: list[str] = []
    for alike in by_what(said).values():
        names = [full_name(plan, one.node, one.parameter) for one in alike]
        indent = _BODY + STEP
        if len(names) > 1:
            lines += long_statement(listed(plan, names), indent, "for name in ", ":")
            indent += STEP
        target = PARAMETER if len(names) > 1 else call("self.get_parameter", Atom(string(names[0])))
        lines += _limited(target, alike[0], indent)
    return lines


def _limited_in_module(kind: Kind, one: Said, indent: int) -> list[str]:
    return _limited(call("module.get_parameter", Atom(string(kind.name))), one, indent)


def _limited(target: Code, one: Said, indent: int) -> list[str]:
    """A parameter within a norm, along an axis of output units. None: each number is a unit of its own."""
    limit, axis = one.what
    if axis is None:
        limiting = call("weight.clamp_", literal(-limit), literal(limit))
    else:
        bounded = call("torch.renorm", Atom("weight"), keyword("p", literal(2)), keyword("dim", literal(axis)),
                       keyword("maxnorm", literal(limit)))  # fmt: skip
        limiting = call("weight.copy_", bounded)
    return [*layout(target, indent, "weight = "), *layout(limiting, indent)]


def _axis(plan: Plan, node: Node, constraint: Constraint) -> int | None:
    shape = (plan.facts.of(node).parameters or {}).get(constraint.parameter, ())
    return None if len(shape) < 2 else _unit_axis(node, constraint)


def _unit_axis(node: Node, constraint: Constraint) -> int:
    """The axis of a weight that counts output units: transposed convolutions have their input channels first."""
    if not node.type.startswith("ConvTranspose"):
        return 0
    if getattr(node.op, "groups", 1) != 1:
        message = f"{node.path} has groups, and a constraint on {constraint.parameter} there cannot be written"
        raise CannotGenerate([Diagnostic("E0601", message, node.place.key("constraint") or node.place.type,
                                         help="leave the constraint out", layer=node.path)])  # fmt: skip
    return 1
