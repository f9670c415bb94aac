"""Expressions in texts: what they are worth where they stand. Enters: a text and an environment; leaves: a value, or a `Fault`.

Imported only where a spec has an expression.
"""

from __future__ import annotations

import re
from itertools import islice

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import find_near
from archspec.document.tree import Scalar
from archspec.document.values import Environment
from archspec.expressions.evaluation import evaluate, names_in, need_known
from archspec.expressions.grammar import Fault, Name, ShapeOf, parse, parts
from archspec.expressions.value import Symbol, Unknown, Value
from archspec.expressions.work import Work
from archspec.limits import MAX_TEXT_LENGTH
from archspec.source import Span

_SHORT = 16
_WORD = re.compile(r"\w+")


class NotKnown(Exception):
    """The expression reads a value that is in error."""


class Lookup:
    """The names of an environment, as `evaluate` asks for them."""

    def __init__(self, environment: Environment) -> None:
        self.names = environment.names
        self.inputs = environment.inputs
        self.around = environment.around

    def __call__(self, name: Name | ShapeOf) -> Value:
        """The value of a name. Raises Fault, or NotKnown."""
        if isinstance(name, ShapeOf):
            return self._shape(name)
        if name.name not in self.names:
            near = find_near(name.name, self.names)
            listed = ", ".join(islice(self.names, 8))
            known = f"the names here are {listed}" if listed else "there are no names here; args: and let: give some"
            if near is None and name.name in self.around:
                known = _of_the_network(name.name)
            raise Fault("E0502", f"there is no value called {name.name} here", name.position,
                        f"did you mean {near.name}?" if near else known, near)  # fmt: skip
        value = self.names[name.name]
        if isinstance(value, Unknown):
            raise NotKnown
        return value

    def _shape(self, name: ShapeOf) -> Value:
        shape = self.inputs(name.name)
        if shape is False:
            raise Fault(
                "E0502", f"{name.name} is no input of this scope", name.position, "only inputs have .shape here"
            )
        if shape is None or shape is True:
            raise NotKnown
        return tuple(size if isinstance(size, int) else Symbol(min(size.symbols())) for size in shape)


def _of_the_network(name: str) -> str:
    return (
        f"{name} is a value of the network, and a block sees only its own: write {name}: int under the block's args:, "
        f'and {name}: "${{{name}}}" where it is used'
    )


def value_of(text: str, environment: Environment, work: Work) -> Value:
    """The value of a text: of its one expression, or the text with the expressions' values in it.

    Raises Fault, NotKnown, or Exhausted.
    """
    pieces = parts(text)
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return _evaluate(*pieces[0], environment, work)
    filled = "".join(piece if isinstance(piece, str) else _as_text(*piece, environment, work) for piece in pieces)
    if len(filled) > MAX_TEXT_LENGTH:
        raise Fault("E0503", f"the text has {len(filled)} characters; at most {MAX_TEXT_LENGTH} are allowed", 0)
    return filled


def _evaluate(text: str, start: int, environment: Environment, work: Work) -> Value:
    try:
        value = evaluate(parse(text), Lookup(environment), work)
        need_known(value, work, 0)
    except Fault as fault:
        raise Fault(fault.code, fault.message, start + fault.position, fault.help, fault.near) from None
    return value


def _as_text(text: str, start: int, environment: Environment, work: Work) -> str:
    value = _evaluate(text, start, environment, work)
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        raise Fault("E0503", "only numbers and texts can stand in a text", start)
    return str(value)


def reads(text: str, environment: Environment) -> tuple[object, ...]:
    """The values that a text's own value rests on: those of the names that it reads."""
    pieces = [piece[0] for piece in parts(text) if not isinstance(piece, str)]
    names = [name for piece in pieces for name in names_in(parse(piece))]
    return tuple(
        environment.inputs(name.name) if isinstance(name, ShapeOf) else environment.names.get(name.name)
        for name in names
    )


def token(value: object) -> object:
    """What is equal for values that compute the same: 1 is not true here. Lists of lists, and long ones, are only themselves."""
    if not isinstance(value, tuple):
        return type(value), value
    if len(value) > _SHORT or any(isinstance(item, tuple) for item in value):
        return id(value)
    return tuple((type(item), item) for item in value)


def at_fault(fault: Fault, node: Scalar, layer: str | None) -> Diagnostic:
    """The diagnostic of a fault, at its character where the text stands on one line as it is."""
    span = node.span
    ways: tuple[Fix, ...] = ()
    if span.line == span.end_line and isinstance(node.value, str) and len(node.value) <= MAX_TEXT_LENGTH:
        offset = span.text().find(node.value)
        if offset >= 0:
            at = min(fault.position, max(0, len(node.value) - 1))
            word = _WORD.match(node.value, at)
            column = span.column + offset + at
            span = Span(span.source, span.line, column, span.line, column + (len(word[0]) if word else 1))
            if fault.near is not None and word is not None:
                ways = (Fix(f"write {fault.near.name}", (Edit(span, fault.near.name),), fault.near.is_only),)
            elif fault.code == "E0501":
                whole = Span(
                    span.source,
                    span.line,
                    node.span.column + offset,
                    span.line,
                    node.span.column + offset + len(node.value),
                )
                ways = _rewritten(node.value, whole)
    subject = f"{layer}: " if layer else ""
    help = fault.help if fault.near is not None or not ways else ways[0].said
    return Diagnostic(fault.code, f"{subject}{fault.message}", span, help=help, layer=layer, ways=ways)


def _rewritten(text: str, span: Span) -> tuple[Fix, ...]:
    """The expression as it is written here, where another language's was."""
    from archspec.document.other_expressions import rewritten

    try:
        found = rewritten(text)
    except Fault:
        return ()
    return (Fix(f"write {found.text}", (Edit(span, found.text),), found.is_safe),) if found is not None else ()
