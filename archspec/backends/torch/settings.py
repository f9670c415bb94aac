"""What a spec says of parameters beside their shapes: freezing, ties, initial values, constraints.

Enters: a plan; leaves: the last lines of the network's `__init__`, and the methods `reset_parameters` and
`apply_constraints` where the spec asks for them. Parameters are named by their full path, so that groups of one form
stay one class.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.backends.python.code import Atom, Code, call, keyword, literal
from archspec.backends.python.layout import STEP, layout, long_statement
from archspec.backends.python.text import string
from archspec.backends.torch.initial import PARAMETER, each, full_name, in_all, listed, reset_parameters, starting
from archspec.backends.torch.plan import CannotGenerate, Plan
from archspec.diagnostics.model import Diagnostic
from archspec.graph import Constraint, Node

_BODY = 2 * STEP


def closing_lines(plan: Plan) -> list[str]:
    """Freezing; then ties, since a shared parameter trains or not as its first layer says; then initial values."""
    lines = in_all(plan, lambda layers: [*_freeze(plan, layers), *_ties(plan, layers)])
    if starting(plan, plan.graph.layers):
        lines = [*lines, f"{' ' * _BODY}self.reset_parameters()"]
    return ["", *lines] if lines else []


def methods(plan: Plan, classes: Mapping[int, str]) -> list[list[str]]:
    """The methods that the spec asks for. `classes` are those of scopes, by their ids."""
    constraints = in_all(plan, lambda layers: _apply_constraints(plan, layers))
    return [method for method in (reset_parameters(plan, classes), constraints) if method]


def _freeze(plan: Plan, layers: list[Node]) -> list[str]:
    own = [node for node in layers if node.shares is None]
    frozen = [node for node in own if node.frozen]
    lines: list[str] = []
    tensors = [node.path for node in frozen if plan.is_inline(node) and plan.facts.of(node).parameters]
    tensors += list(dict.fromkeys(full_name(plan, node, one.parameter) for node in own if not node.frozen
                                  for one in node.frozen_parameters))  # fmt: skip
    modules = [node.path for node in frozen if not plan.is_inline(node) and _trains(plan, node)]
    for names, getter in ((modules, "get_submodule"), (tensors, "get_parameter")):
        if len(names) == 1:
            owner = f"self.{names[0]}" if names[0].isidentifier() else f"self.{getter}({string(names[0])})"
            lines += layout(call(f"{owner}.requires_grad_", Atom("False")), _BODY)
        elif names:
            lines += each(plan, names, call(f"self.{getter}(name).requires_grad_", Atom("False")))
    return lines


def _trains(plan: Plan, node: Node) -> bool:
    """Whether there is anything in a layer to freeze."""
    record = plan.facts.of(node)
    return bool(record.parameters) or record.params != 0


def _ties(plan: Plan, layers: list[Node]) -> list[str]:
    lines: list[str] = []
    for node in layers:
        for tie in node.ties:
            path, _, name = full_name(plan, node, tie.parameter).rpartition(".")
            owner = (
                "self" if not path else f"self.{path}" if path.isidentifier() else f"self.get_submodule({string(path)})"
            )
            source = _read(full_name(plan, *plan.graph.tied_to(tie)))
            if name.isidentifier():
                lines += layout(source, _BODY, f"{owner}.{name} = ")
            else:
                lines += layout(call("setattr", Atom(owner), Atom(string(name)), source), _BODY)
    return lines


def _read(name: str) -> Code:
    """A parameter by its full name: as an attribute where one layer of the network itself has it by that name."""
    path, _, own = name.rpartition(".")
    if own in ("weight", "bias") and path.isidentifier():
        return Atom(f"self.{name}")
    return call("self.get_parameter", Atom(string(name)))


def _apply_constraints(plan: Plan, layers: list[Node]) -> list[str]:
    lines: list[str] = []
    for (limit, axis), names in _limits(plan, layers).items():
        indent = _BODY + STEP
        if len(names) > 1:
            lines += long_statement(listed(plan, names), indent, "for name in ", ":")
            lines += layout(PARAMETER, indent + STEP, "weight = ")
            indent += STEP
        else:
            lines += layout(call("self.get_parameter", Atom(string(names[0]))), indent, "weight = ")
        if axis is None:
            lines += layout(call("weight.clamp_", literal(-limit), literal(limit)), indent)
        else:
            bounded = call("torch.renorm", Atom("weight"), keyword("p", literal(2)), keyword("dim", literal(axis)),
                           keyword("maxnorm", literal(limit)))  # fmt: skip
            lines += layout(call("weight.copy_", bounded), indent)
    if not lines:
        return []
    return [
        f"{' ' * STEP}def apply_constraints(self) -> None:",
        f'{" " * _BODY}"""Keep each unit\'s weights within their norm; call it after each step."""',
        f"{' ' * _BODY}with torch.no_grad():",
        *lines,
    ]


def _limits(plan: Plan, layers: list[Node]) -> dict[tuple[float, int | None], list[str]]:
    """The parameters of one limit and one axis of output units. None: each number is a unit of its own."""
    found: dict[tuple[float, int | None], list[str]] = {}
    for node in layers:
        for constraint in node.constraints:
            shapes = plan.facts.of(node).parameters or {}
            shape = shapes.get(constraint.parameter, ())
            axis = None if len(shape) < 2 else _unit_axis(node, constraint)
            name = full_name(plan, node, constraint.parameter)
            found.setdefault((constraint.max_norm, axis), []).append(name)
    return found


def _unit_axis(node: Node, constraint: Constraint) -> int:
    """The axis of a weight that counts output units: transposed convolutions have their input channels first."""
    if not node.type.startswith("ConvTranspose"):
        return 0
    if getattr(node.op, "groups", 1) != 1:
        message = f"{node.path} has groups, and a constraint on {constraint.parameter} there cannot be written"
        raise CannotGenerate([Diagnostic("E0601", message, node.place.key("constraint") or node.place.type,
                                         help="leave the constraint out", layer=node.path)])  # fmt: skip
    return 1
