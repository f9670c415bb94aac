"""Values with expressions to plain values. Enters: located trees and the names in scope; leaves: trees without expressions.

What cannot be evaluated is reported once, at the character concerned, and becomes `Invalid`, of which nothing more is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archspec.diagnostics.model import Diagnostic
from archspec.dims import Shape
from archspec.document.tree import Entry, Invalid, Node, Scalar, Sequence
from archspec.document.tree import Mapping as Tree
from archspec.document.value import UNKNOWN, Symbol, Unknown, Value, is_expression
from archspec.source import Span


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
        from archspec.document.expressions import Fault
        from archspec.document.lookup import NotKnown, at_fault, value_of

        try:
            return to_tree(value_of(node.value, environment), node.span)
        except NotKnown:
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
