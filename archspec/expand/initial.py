"""`init:` and `constraint:` of a layer. Enters: located values; leaves: `Init` and `Constraint` records, diagnostics.

Initializers are those of https://docs.pytorch.org/docs/stable/nn.init.html, without the trailing underscore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import find_near, nearest
from archspec.document.edits import put
from archspec.document.tree import Entry, Invalid, Mapping, Node, Scalar, clip, describe, describe_plain
from archspec.graph import Constraint, Init
from archspec.limits import MAX_AXES
from archspec.ops import registry
from archspec.ops.base import Op
from archspec.ops.emission import Literal
from archspec.ops.fields import Check, choice, number

_GAIN = {"gain": number()}
_KAIMING = {
    "a": number(),
    "mode": choice("fan_in", "fan_out"),
    "nonlinearity": choice("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
}


KeyOf = Callable[[str], str]
"""The key of a layer's parameter, by what a spec calls it."""


class Scheme(NamedTuple):
    """The arguments of an initializer, which of them must be written, and the axes that a parameter has to have for it."""

    arguments: dict[str, Check]
    required: tuple[str, ...] = ()
    least_axes: int = 0
    most_axes: int = MAX_AXES


SCHEMES: dict[str, Scheme] = {
    "uniform": Scheme({"a": number(), "b": number()}),
    "normal": Scheme({"mean": number(), "std": number(0)}),
    "trunc_normal": Scheme({"mean": number(), "std": number(0), "a": number(), "b": number()}),
    "constant": Scheme({"val": number()}, ("val",)),
    "ones": Scheme({}),
    "zeros": Scheme({}),
    "eye": Scheme({}, (), 2, 2),
    "dirac": Scheme({}, (), 3, 5),
    "xavier_uniform": Scheme(_GAIN, (), 2),
    "xavier_normal": Scheme(_GAIN, (), 2),
    "kaiming_uniform": Scheme(_KAIMING, (), 2),
    "kaiming_normal": Scheme(_KAIMING, (), 2),
    "orthogonal": Scheme(_GAIN, (), 2),
}


class Defaults:
    """The document's `init:`, by type. All of it is read, and what is wrong in it said, whether layers have the types or not."""

    def __init__(self, node: Mapping | None, report: list[Diagnostic]) -> None:
        self.known: dict[str, tuple[Init, ...]] = {}
        for entry in node.entries.values() if node is not None else ():
            op = registry.find(entry.key)
            if op is None:
                _no_such_type(entry, report)
                continue
            found = read_inits(f"init.{entry.key}", entry.value, report, op.parameter_key)
            if isinstance(entry.value, Mapping):
                _check_names(entry.key, op, entry.value, report)
            self.known[entry.key] = tuple(one._replace(is_default=True) for one in found)

    def of(self, type_name: str) -> tuple[Init, ...]:
        """How the parameters of a layer of this type start where it does not say so itself."""
        return self.known.get(type_name, ())


def _no_such_type(entry: Entry, report: list[Diagnostic]) -> None:
    near = find_near(entry.key, registry.names())
    ways = (Fix(f"write {near.name}", (put(entry.key_span, near.name),), near.is_only),) if near else ()
    label = f"did you mean {near.name}?" if near else "unknown type"
    help = "" if near else "init is by the types of layers that have parameters, such as Conv2d"
    report.append(Diagnostic("E0104", f"init speaks of {clip(entry.key)}, but there is no op of that name", entry.key_span,
                             label=label, help=help, ways=ways))  # fmt: skip


def _check_names(type_name: str, op: type[Op], node: Mapping, report: list[Diagnostic]) -> None:
    """E0201 for parameters that no layer of the type can have, whatever its arguments: one, at the first of them."""
    has = op.parameter_names
    wrong = [
        entry for key, entry in node.entries.items()
        if re.sub(r"[0-9]+", "0", key) not in has and op.parameter_key(key) == key
    ]  # fmt: skip
    if not wrong:
        return
    first, more = wrong[0], len(wrong) - 1
    near = find_near(first.key, has)
    ways = (Fix(f"write {near.name}", (put(first.key_span, near.name),), near.is_only),) if near else ()
    label = f"did you mean {near.name}?" if near else f"its parameters are {', '.join(has) or 'none'}"
    said = clip(first.key) + (f" and {more:,} more" if more else "")
    report.append(Diagnostic("E0201", f"init speaks of {said}, which no {type_name} has", first.key_span,
                             label=label, ways=ways, help=_parameters(type_name, has)))  # fmt: skip


def _parameters(type_name: str, has: Collection[str]) -> str:
    return f"its parameters are {', '.join(has)}" if has else f"a {type_name} has no parameters: take it out of init"


def read_inits(path: str, node: Node | None, report: list[Diagnostic], key_of: KeyOf) -> tuple[Init, ...]:
    """`{weight: {normal: {std: 0.01}}, bias: 1}` as records, one a parameter."""
    if node is None or isinstance(node, Invalid):
        return ()
    if not isinstance(node, Mapping):
        is_scheme = isinstance(node, Scalar) and node.value in SCHEMES and node.span.line == node.span.end_line
        written = f"{{weight: {node.text}}}" if isinstance(node, Scalar) else ""
        ways = (Fix(f"write init: {written}", (Edit(node.span, written),)),) if is_scheme else ()
        _wrong(path, "init", "a mapping of parameters to initializers", node, report, ways)
        return ()
    found = [_init(path, entry.key, entry.value, report) for entry in node.entries.values()]
    return tuple(init._replace(parameter=key_of(init.parameter)) for init in found if init is not None)


def read_constraints(path: str, node: Node | None, report: list[Diagnostic], key_of: KeyOf) -> tuple[Constraint, ...]:
    """`{weight: {max_norm: 3}}` as records."""
    if node is None or isinstance(node, Invalid):
        return ()
    if not isinstance(node, Mapping):
        from archspec.expand.other_initial import of_the_weight

        _wrong(path, "constraint", "a mapping of parameters to constraints", node, report, of_the_weight(node))
        return ()
    found: list[Constraint] = []
    for entry in node.entries.values():
        limit = (
            entry.value.get("max_norm") if isinstance(entry.value, Mapping) and len(entry.value.entries) == 1 else None
        )
        value = limit.value if isinstance(limit, Scalar) else None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            found.append(Constraint(key_of(entry.key), float(value)))
        elif not isinstance(entry.value, Invalid) and not isinstance(limit, Invalid):
            from archspec.expand.other_initial import constraint_ways

            takes = "{max_norm: …} with a number above 0"
            _wrong(path, f"constraint.{clip(entry.key)}", takes, entry.value, report, constraint_ways(entry))
    return tuple(found)


def _init(path: str, parameter: str, node: Node, report: list[Diagnostic]) -> Init | None:
    if isinstance(node, Invalid):
        return None
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Init(parameter, "constant", (("val", value),), node.span)
    if isinstance(value, str):
        return _scheme(path, parameter, value, None, node, report)
    if isinstance(node, Mapping) and len(node.entries) == 1:
        ((name, entry),) = node.entries.items()
        return _scheme(path, parameter, name, entry.value, node, report)
    _wrong(path, f"init.{clip(parameter)}", "a number, or one initializer such as {normal: {std: 0.01}}", node, report)
    return None


def _scheme(path: str, parameter: str, name: str, arguments: Node | None, node: Node,
            report: list[Diagnostic]) -> Init | None:  # fmt: skip
    scheme = SCHEMES.get(name)
    if scheme is None:
        near = nearest(name, SCHEMES)
        report.append(Diagnostic("E0105", f"{path}: there is no initializer called {clip(name)}", node.span,
                                 label=f"did you mean {near}?" if near else "unknown initializer",
                                 help=f"the initializers are {', '.join(SCHEMES)}", layer=path))  # fmt: skip
        return None
    given: list[tuple[str, Literal]] = []
    if isinstance(arguments, Mapping):
        for entry in arguments.entries.values():
            check = scheme.arguments.get(entry.key)
            value = entry.value.value if isinstance(entry.value, Scalar) else None
            if check is None or value is None or not check.fits(value):
                takes = check.takes if check else f"the arguments {', '.join(scheme.arguments) or 'none'}"
                shown = f"{clip(entry.key)}: {describe_plain(value)}" if check else clip(entry.key)
                report.append(
                    Diagnostic("E0105", f"{path}: {name} takes {takes}, not {shown}", entry.key_span, layer=path)
                )
                return None
            given.append((entry.key, value))
    elif arguments is not None and not (isinstance(arguments, Scalar) and arguments.value is None):
        from archspec.expand.other_initial import as_argument

        ways = as_argument(name, scheme.arguments, arguments)
        _wrong(path, f"init.{clip(parameter)}.{name}", "a mapping of arguments", arguments, report, ways)
        return None
    missing = [key for key in scheme.required if key not in dict(given)]
    if missing:
        report.append(Diagnostic("E0102", f"{path}: {name} needs {missing[0]}", node.span, layer=path,
                                 help=f"write {{{name}: {{{missing[0]}: 0}}}}"))  # fmt: skip
        return None
    return Init(parameter, name, tuple(given), node.span)


def _wrong(path: str, what: str, takes: str, node: Node, report: list[Diagnostic], ways: tuple[Fix, ...] = ()) -> None:
    help = ways[0].said if ways else ""
    message = f"{path}: {what} takes {takes}, not {describe(node)}"
    report.append(Diagnostic("E0105", message, node.span, layer=path, help=help, ways=ways))
