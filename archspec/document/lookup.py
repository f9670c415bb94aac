"""Expressions in texts: what they are worth where they stand. Enters: a text and an environment; leaves: a value, or a `Fault`.

Imported only where a spec has an expression.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import Near
from archspec.document.tree import Scalar
from archspec.expressions.environment import Environment
from archspec.expressions.evaluation import evaluate, names_in, need_known
from archspec.expressions.grammar import template
from archspec.expressions.lookup import Lookup
from archspec.expressions.tree import Embedded, Fault, Name, ShapeOf
from archspec.expressions.value import Value
from archspec.expressions.work import Work
from archspec.limits import MAX_TEXT_LENGTH
from archspec.source import Span

_SHORT = 16
_WORD = re.compile(r"\w+")


def value_of(text: str, environment: Environment, work: Work) -> Value:
    """The value of a text: of its one expression, or the text with the expressions' values in it.

    Raises Fault, NotKnown, or Exhausted.
    """
    pieces = template(text).pieces
    if len(pieces) == 1 and isinstance(pieces[0], Embedded):
        return _evaluate(pieces[0], environment, work)
    filled = "".join(piece if isinstance(piece, str) else _as_text(piece, environment, work) for piece in pieces)
    if len(filled) > MAX_TEXT_LENGTH:
        raise Fault("E0503", f"the text has {len(filled)} characters; at most {MAX_TEXT_LENGTH} are allowed", 0)
    return filled


def _evaluate(piece: Embedded, environment: Environment, work: Work) -> Value:
    try:
        value = evaluate(piece.tree, Lookup(environment), work)
        need_known(value, work, 0)
    except Fault as fault:
        raise fault.moved(piece.position) from None
    return value


def _as_text(piece: Embedded, environment: Environment, work: Work) -> str:
    value = _evaluate(piece, environment, work)
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        raise Fault("E0503", "only numbers and texts can stand in a text", piece.position)
    return str(value)


def reads(text: str, environment: Environment) -> tuple[object, ...]:
    """The values that a text's own value rests on: those of the names that it reads."""
    names = [name for tree in template(text).trees for name in names_in(tree)]
    return tuple(_read(name, environment) for name in names)


def _read(name: Name | ShapeOf, environment: Environment) -> object:
    if isinstance(name, Name):
        return environment.names.get(name.name)
    return environment.shape(name.name) if name.name in environment.inputs else False


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
                ways = _meant(node.value, at, word[0], fault.near, span)
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


def _meant(text: str, at: int, word: str, near: Near, span: Span) -> tuple[Fix, ...]:
    """A near name in place of one; not by itself where the text reads that already, and none where it would be compared with
    itself."""
    is_read = near.name in _WORD.findall(text)
    name = re.escape(near.name)
    changed = f"{text[:at]}{near.name}{text[at + len(word) :]}"
    if is_read and re.search(rf"\b{name}\s*[=!<>]=?\s*{name}\b", changed):
        return ()
    return (Fix(f"write {near.name}", (Edit(span, near.name),), near.is_only and not is_read),)


def _rewritten(text: str, span: Span) -> tuple[Fix, ...]:
    """The expression as it is written here, where another language's was."""
    from archspec.document.other_expressions import rewritten

    try:
        found = rewritten(text)
    except Fault:
        return ()
    return (Fix(f"write {found.text}", (Edit(span, found.text),), found.is_safe),) if found is not None else ()
