"""Values with expressions to plain values. Enters: located trees and the names in scope; leaves: trees without expressions.

What cannot be evaluated is reported once, at the character concerned, and becomes `Invalid`, of which nothing more is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.nearest import nearest
from archspec.dims import Shape
from archspec.document.evaluation import evaluate, need_known
from archspec.document.expressions import Fault, Name, ShapeOf, Symbol, Value, is_expression, parse, parts
from archspec.document.tree import Entry, Invalid, Node, Scalar, Sequence
from archspec.document.tree import Mapping as Tree
from archspec.source import Span

MAX_TEXT = 1_000


class Unknown:
    """The value of a name that is in error; whatever needs it is not known either."""


UNKNOWN: Final = Unknown()


class _NotKnown(Exception):
    """The expression reads a value that is in error."""


class Environment:
    """The names in scope: arguments, `let` values, the repeat's `i` and `n`; and the scope's inputs for `.shape`."""

    __slots__ = ("inputs", "names")

    def __init__(self, names: Mapping[str, Value | Unknown], inputs: Callable[[str], Shape | bool | None]) -> None:
        self.names = names
        self.inputs = inputs
        """The shape of an input; None where it is not known, False where there is no such input."""

    def with_names(self, names: Mapping[str, Value | Unknown]) -> Environment:
        """The same scope with more names; nearer ones win."""
        return Environment({**self.names, **names}, self.inputs) if names else self

    def lookup(self, name: Name | ShapeOf) -> Value:
        if isinstance(name, ShapeOf):
            return self._shape(name)
        if name.name not in self.names:
            near = nearest(name.name, self.names)
            listed = ", ".join(list(self.names)[:8])
            known = f"the names here are {listed}" if listed else "there are no names here; args: and let: give some"
            raise Fault("E0502", f"there is no value called {name.name} here", name.position,
                        f"did you mean {near}?" if near else known)  # fmt: skip
        value = self.names[name.name]
        if isinstance(value, Unknown):
            raise _NotKnown
        return value

    def _shape(self, name: ShapeOf) -> Value:
        shape = self.inputs(name.name)
        if shape is False:
            raise Fault(
                "E0502", f"{name.name} is no input of this scope", name.position, "only inputs have .shape here"
            )
        if shape is None or shape is True:
            raise _NotKnown
        return tuple(size if isinstance(size, int) else Symbol(min(size.symbols())) for size in shape)


def value_of(text: str, environment: Environment) -> Value:
    """The value of a text: of its one expression, or the text with the expressions' values in it. Raises Fault."""
    pieces = parts(text)
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return _evaluate(*pieces[0], environment)
    filled = "".join(piece if isinstance(piece, str) else _as_text(*piece, environment) for piece in pieces)
    if len(filled) > MAX_TEXT:
        raise Fault("E0503", f"the text has {len(filled)} characters; at most {MAX_TEXT} are allowed", 0)
    return filled


def _evaluate(text: str, start: int, environment: Environment) -> Value:
    try:
        value = evaluate(parse(text), environment.lookup)
        need_known(value, 0)
    except Fault as fault:
        raise Fault(fault.code, fault.message, start + fault.position, fault.help) from None
    return value


def _as_text(text: str, start: int, environment: Environment) -> str:
    value = _evaluate(text, start, environment)
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        raise Fault("E0503", "only numbers and texts can stand in a text", start)
    return str(value)


class Evaluator:
    """Evaluates trees, and knows which have nothing to evaluate."""

    def __init__(self, report: list[Diagnostic]) -> None:
        self.report = report
        self._dynamic: dict[int, tuple[Node, bool]] = {}  # the node is kept, so that its id is not given to another

    def is_dynamic(self, node: Node) -> bool:
        """Whether there is an expression anywhere in it."""
        if isinstance(node, Scalar):
            return isinstance(node.value, str) and is_expression(node.value)
        if isinstance(node, Invalid):
            return False
        found = self._dynamic.get(id(node))
        if found is None:
            inner = node.items if isinstance(node, Sequence) else [entry.value for entry in node.entries.values()]
            found = (node, any(self.is_dynamic(item) for item in inner))
            self._dynamic[id(node)] = found
        return found[1]

    def tree(self, node: Node, environment: Environment, layer: str | None, keep: tuple[str, ...] = ()) -> Node:
        """The node with values in place of its expressions. `keep` are keys of a mapping that stay as they are."""
        if not self.is_dynamic(node):
            return node
        if isinstance(node, Scalar):
            return self.scalar(node, environment, layer)
        if isinstance(node, Sequence):
            return Sequence([self.tree(item, environment, layer) for item in node.items], node.span)
        assert isinstance(node, Tree)
        return Tree(
            {
                key: entry if key in keep else Entry(key, entry.key_span, self.tree(entry.value, environment, layer))
                for key, entry in node.entries.items()
            },
            node.span,
        )

    def scalar(self, node: Scalar, environment: Environment, layer: str | None) -> Node:
        """One value."""
        if not isinstance(node.value, str) or not is_expression(node.value):
            return node
        try:
            return to_tree(value_of(node.value, environment), node.span)
        except _NotKnown:
            return Invalid(node.span)
        except Fault as fault:
            self.report.append(at_fault(fault, node, layer))
            return Invalid(node.span)


def to_tree(value: Value, span: Span) -> Node:
    """A value as a tree whose every part stands at one place."""
    if isinstance(value, tuple):
        return Sequence([to_tree(item, span) for item in value], span)
    assert not isinstance(value, Symbol)
    return Scalar(value, str(value) if value is not None else "", False, span)


def to_value(node: Node) -> Value | Unknown:
    """The value of a tree without expressions: a scalar, or a list of them. Mappings are no values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        items = [to_value(item) for item in node.items]
        known = [item for item in items if not isinstance(item, Unknown)]
        return tuple(known) if len(known) == len(items) else UNKNOWN
    return UNKNOWN


def at_fault(fault: Fault, node: Scalar, layer: str | None) -> Diagnostic:
    """The diagnostic of a fault, at its character where the text stands on one line as it is."""
    span = node.span
    if span.line == span.end_line and isinstance(node.value, str):
        offset = span.text().find(node.value)
        if offset >= 0:
            column = span.column + offset + min(fault.position, max(0, len(node.value) - 1))
            span = Span(span.source, span.line, column, span.line, column + 1)
    subject = f"{layer}: " if layer else ""
    return Diagnostic(fault.code, f"{subject}{fault.message}", span, help=fault.help, layer=layer)
