"""Values with expressions to plain values. Enters: located trees and the names in scope; leaves: trees without expressions.

What cannot be evaluated is reported once, at the character concerned, and becomes `Invalid`, of which nothing more is said.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Entry, Invalid, Node, Scalar, Sequence, clip, values_of
from archspec.document.tree import Mapping as Tree
from archspec.expressions.environment import Environment
from archspec.expressions.value import UNKNOWN, Symbol, Unknown, Value, is_expression
from archspec.expressions.work import Exhausted, Work
from archspec.limits import MAX_STEPS
from archspec.source import Span

_MOST_COMPARED = 64
"""Values of one layer that are compared with those of others."""
_LONG = 1_000
"""From so many characters on it is kept whether there is an expression in a text."""

Contents = tuple[object, ...]
"""What tells an evaluated tree from others that the same text may become."""


class _Contents(NamedTuple):
    """What is in a tree: whether any expression, and how many items of lists."""

    node: Node
    is_dynamic: bool
    items: int


class Evaluator:
    """Evaluates the trees of a document, and knows which have nothing to evaluate. All that it does is counted as `work`."""

    def __init__(self, report: list[Diagnostic], work: Work) -> None:
        self.report = report
        self.work = work
        self._contents: dict[int, _Contents] = {}  # the node is kept, so that its id is not given to another
        self._loops: dict[tuple[object, ...], tuple[Node, tuple[object, ...]]] = {}
        """Values of texts with a loop in them, which blocks compute in the same way in each use; with what they rest on."""
        self._trees: dict[tuple[int, int], tuple[Node, Value]] = {}
        """Trees of lists, by the text's and the list's id; with the list, so that its id is not given to another."""

    def is_dynamic(self, node: Node) -> bool:
        """Whether there is an expression anywhere in it."""
        if isinstance(node, Scalar):
            text = node.value
            return isinstance(text, str) and (is_expression(text) if len(text) < _LONG else self._look(node).is_dynamic)
        return self._look(node).is_dynamic

    def tree(self, node: Node, environment: Environment, layer: str | None, keep: tuple[str, ...] = ()) -> Node:
        """The node with values in place of its expressions. `keep` are keys of a mapping that stay as they are."""
        if isinstance(node, Scalar):
            return self.scalar(node, environment, layer)
        contents = self._look(node)
        try:
            self.work.spend(contents.items)
        except Exhausted:
            return self._exhausted(node, layer)
        return self._filled(node, environment, layer, keep) if contents.is_dynamic else node

    def scalar(self, node: Scalar, environment: Environment, layer: str | None) -> Node:
        """One value."""
        if not self.is_dynamic(node):
            return node
        from archspec.document.lookup import at_fault
        from archspec.expressions.lookup import NotKnown
        from archspec.expressions.tree import Fault

        try:
            return self._value(node, environment)
        except NotKnown:
            return Invalid(node.span)
        except Exhausted:
            return self._exhausted(node, layer)
        except Fault as fault:
            self.report.append(at_fault(fault, node, layer))
            return Invalid(node.span)

    def peek(self, node: Scalar, environment: Environment) -> Node | None:
        """One value; None where it has none, which is said where the value is needed."""
        if not self.is_dynamic(node):
            return node
        from archspec.expressions.lookup import NotKnown
        from archspec.expressions.tree import Fault

        try:
            return self._value(node, environment)
        except (Exhausted, Fault, NotKnown):
            return None

    def _value(self, node: Scalar, environment: Environment) -> Node:
        from archspec.document.lookup import reads, token, value_of

        text = str(node.value)
        if len(text) > _LONG or " for " not in text:
            return self._tree_of(value_of(text, environment, self.work), node)
        read = reads(text, environment)
        key = (id(node), *map(token, read))
        found = self._loops.get(key)
        if found is None:
            found = to_tree(value_of(text, environment, self.work), node.span), read
            self._loops[key] = found
        else:
            self.work.spend(self._look(found[0]).items)
        return found[0]

    def _tree_of(self, value: Value, node: Scalar) -> Node:
        """The tree of a value at a place; one for one list, which a `let` computes and many layers read."""
        if not isinstance(value, tuple):
            return to_tree(value, node.span)
        key = (id(node), id(value))
        if key not in self._trees:
            self._trees[key] = to_tree(value, node.span), value
        return self._trees[key][0]

    def _look(self, node: Node) -> _Contents:
        if isinstance(node, Invalid):
            return _Contents(node, False, 0)
        found = self._contents.get(id(node))
        if isinstance(node, Scalar):
            if found is None:
                found = _Contents(node, isinstance(node.value, str) and is_expression(node.value), 0)
                if len(node.text) >= _LONG:
                    self._contents[id(node)] = found
        elif found is None:
            inner = [self._look(part) for part in values_of(node)]
            own = len(inner) if isinstance(node, Sequence) else 0
            found = _Contents(node, any(i.is_dynamic for i in inner), own + sum(i.items for i in inner))
            self._contents[id(node)] = found
        return found

    def _filled(self, node: Node, environment: Environment, layer: str | None, keep: tuple[str, ...] = ()) -> Node:
        if isinstance(node, Scalar):
            return self.scalar(node, environment, layer)
        if not self.is_dynamic(node):
            return node
        if isinstance(node, Sequence):
            return Sequence([self._filled(item, environment, layer) for item in node.items], node.span)
        assert isinstance(node, Tree)
        return Tree(
            {
                key: entry if key in keep else Entry(key, entry.key_span, self._filled(entry.value, environment, layer))
                for key, entry in node.entries.items()
            },
            node.span,
        )

    def value(self, node: Node, key: str, layer: str | None, names: Collection[str] = ()) -> Value | Unknown:
        """What `key` of a tree without expressions holds for expressions. E0105 where that is a mapping, or has one in it."""
        found = mapping_in(node)
        if found is None:
            return to_value(node)
        from archspec.document.value_help import braces_help

        takes = "takes a value, not a mapping" if found is node else "takes values, and a mapping in a list is none"
        help = braces_help(key, found, names) if found is node else ""
        self.report.append(Diagnostic("E0105", f"{f'{layer}: ' if layer else ''}{clip(key)} {takes}", found.span.start(),
                                      label="no expression can hold a mapping", layer=layer,
                                      help=help or "write a number, a text, true, false, null, or a list of them"))  # fmt: skip
        return UNKNOWN

    def charge(self, steps: int, node: Node, layer: str | None) -> None:
        """Takes steps for what `node` makes. Raises Exhausted where not as many are left, after saying so once."""
        try:
            self.work.spend(steps)
        except Exhausted:
            self._exhausted(node, layer)
            raise

    def _exhausted(self, node: Node, layer: str | None) -> Invalid:
        """Says once that the document computes too much."""
        if not self.work.is_told:
            self.work.is_told = True
            self.report.append(Diagnostic("E0508", f"the values of this document take more than {MAX_STEPS:,} steps to compute",
                                          node.span.start(), label="here none are left", layer=layer,
                                          help="shorter lists, or fewer layers with expressions in them; a let: computes "
                                               "once what layers share"))  # fmt: skip
        return Invalid(node.span)


def contents_of(written: Node, node: Node) -> Contents | None:
    """The same for what a text has become with the same values; None where a value is wrong.

    Long lists are the same where they are one object, so whoever keeps this keeps the node.
    """
    if node is written:
        return (id(written),)
    if not isinstance(node, Tree) or not isinstance(written, Tree):
        return None
    found: list[object] = [id(written)]
    for key, entry in node.entries.items():
        if entry.value is not written.entries[key].value and not _note(entry.value, found):
            return None
    return tuple(found)


def _note(node: Node, found: list[object]) -> bool:
    """Notes the values of a tree and their types, since 1 is not true; whether that is possible."""
    if isinstance(node, Scalar):
        value = node.value
        found += (type(value), repr(value) if isinstance(value, float) else value)  # 0.0 is not -0.0 either
        return True
    if isinstance(node, Sequence) and len(found) + len(node.items) < _MOST_COMPARED:
        found.append(len(node.items))
        return all(_note(item, found) for item in node.items)
    if isinstance(node, Sequence):
        found.append(id(node))
        return True
    if isinstance(node, Tree) and len(found) + len(node.entries) < _MOST_COMPARED:
        found.append(tuple(node.entries))
        return all(_note(entry.value, found) for entry in node.entries.values())
    return False


def to_tree(value: Value, span: Span) -> Node:
    """A value as a tree whose every part stands at one place."""
    if isinstance(value, tuple):
        return Sequence([to_tree(item, span) for item in value], span)
    assert not isinstance(value, Symbol)
    return Scalar(value, str(value) if value is not None else "", False, span)


def mapping_in(node: Node) -> Tree | None:
    """The first mapping in a tree, which no expression can hold."""
    if isinstance(node, Sequence):
        return next((found for found in map(mapping_in, node.items) if found is not None), None)
    return node if isinstance(node, Tree) else None


def to_value(node: Node) -> Value | Unknown:
    """The value of a tree without expressions: a scalar, or a list of them. Mappings are no values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        items = [to_value(item) for item in node.items]
        known = [item for item in items if not isinstance(item, Unknown)]
        return tuple(known) if len(known) == len(items) else UNKNOWN
    return UNKNOWN
