"""Initial values: the method `reset_parameters`. Enters: a plan and the classes that are written; leaves: lines.

What holds of all modules of a class is said of the class, as everybody writes it; the rest of parameters by their full names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from archspec.backends.python.code import Atom, Code, call, keyword, literal
from archspec.backends.python.layout import STEP, layout
from archspec.backends.python.text import string
from archspec.backends.torch.by_class import (
    PARAMETER,
    Alike,
    Kind,
    Said,
    are_alike,
    by_class,
    by_what,
    each,
    full_name,
    in_all,
    many,
    of_classes,
    own_of,
    parameter_of,
    torch_classes,
    without,
)
from archspec.backends.torch.plan import Plan
from archspec.graph import Node
from archspec.ops import emission as emit

_BODY = 2 * STEP
_HOLDS_OTHERS = frozenset({"nn.MultiheadAttention"})
"""Classes of torch whose modules hold others, which are of the classes of other layers too."""

Start = tuple[str, tuple[tuple[str, object], ...]]
"""How a parameter starts: an initializer and its arguments."""


def starting(plan: Plan, layers: list[Node]) -> list[Said]:
    """The parameters that the spec says the initial values of, in the order of the layers."""
    found = []
    for node in layers:
        parameters = plan.facts.of(node).own_parameters or {}
        found += [
            Said(node, init.parameter, (init.scheme, init.arguments))
            for init in node.inits
            if init.parameter in parameters
        ]
    return found


def initializers(plan: Plan) -> set[str]:
    """The initializers that the network's own methods call."""
    return {name for one in starting(plan, plan.graph.layers) for name in (_start(one)[0], "zeros", "ones")}


def reset_parameters(plan: Plan, classes: Mapping[int, str]) -> list[str]:
    """The method; nothing where the spec says nothing of initial values. `classes` are those of scopes, by their ids.

    What holds of all modules of a class holds of them in every case, in those too that have none. Raises Bound where the rest is
    not the same in all.
    """
    started = starting(plan, plan.graph.layers)
    if not started:
        return []
    of_torch = many(plan, classes, _of_torch(plan, plan.graph.layers, started))
    left = without(started, of_torch)
    of_blocks = many(plan, classes, of_classes(plan, classes, left))
    left = without(left, of_blocks)
    return [
        f"{' ' * STEP}def reset_parameters(self) -> None:",
        f'{" " * _BODY}"""Set the initial values."""',
        *by_class(of_torch | of_blocks, _of_module, _BODY),
        *in_all(plan, lambda layers: _by_name(plan, layers, left)),
    ]


def _of_module(kind: Kind, one: Said, indent: int) -> list[str]:
    return layout(_initializer(one, parameter_of(kind)), indent)


def _by_name(plan: Plan, layers: list[Node], left: list[Said]) -> list[str]:
    """The parameters of these layers that are left, by their full names."""
    lines: list[str] = []
    for alike in by_what(own_of(layers, left)).values():
        names = [full_name(plan, one.node, one.parameter) for one in alike]
        target: Code = PARAMETER if len(names) > 1 else call("self.get_parameter", Atom(string(names[0])))
        written = _initializer(alike[0], target)
        lines += each(plan, names, written) if len(names) > 1 else layout(written, _BODY)
    for name, row in _zero_rows(plan, layers):
        lines += layout(call("nn.init.zeros_", Atom(f"self.get_parameter({string(name)})[{row}]")), _BODY)
    return lines


def _of_torch(plan: Plan, layers: list[Node], started: list[Said]) -> Alike:
    """What holds of all modules of a class of torch's."""
    names = torch_classes(plan, layers)
    is_foreign = any(node.shares is None and isinstance(plan.emission(node).own, emit.External) for node in layers)
    if is_foreign or _HOLDS_OTHERS & set(names.values()):
        return {}  # whose modules may hold some of the class
    count = Counter(names.values())
    found: Alike = {}
    for one in started:
        if one.node.index in names:
            found.setdefault(Kind(names[one.node.index], one.parameter), []).append(one)
    return {kind: alike for kind, alike in found.items() if len(alike) == count[kind.class_name] and are_alike(alike)}


def _zero_rows(plan: Plan, layers: list[Node]) -> list[tuple[str, int]]:
    """The rows of initialized parameters that have to be zero again, which PyTorch's own constructor made them."""
    found = []
    for node in layers:
        rows = node.op.zero_rows() if node.op is not None else {}
        own = plan.facts.of(node).own_parameters or {}
        given = {init.parameter for init in node.inits}
        found += [(full_name(plan, node, name), row) for name, row in rows.items() if name in given and name in own]
    return found


def _start(one: Said) -> Start:
    start: Start = one.what
    return start


def _initializer(one: Said, target: Code) -> Code:
    scheme, arguments = _start(one)
    if scheme == "constant" and arguments[0][1] in (0, 1):
        scheme, arguments = ("ones" if arguments[0][1] else "zeros"), ()
    if scheme == "constant":
        return call("nn.init.constant_", target, literal(arguments[0][1]))
    return call(f"nn.init.{scheme}_", target, *(keyword(name, literal(value)) for name, value in arguments))
