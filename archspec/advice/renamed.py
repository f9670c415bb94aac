"""Another name for an argument that cannot have its own: where it is declared, where expressions read it, and where uses of its
block give it. Enters: the document, and the place of the name; leaves: a change to be tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.blocks import REPEAT_NAMES
from archspec.document.edits import put
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence
from archspec.lints.unread import where_given
from archspec.source import Span

_CALLED = "call it "
_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_REPEATED = ("repeat", "for")


def is_argument(problem: Diagnostic) -> bool:
    """Whether a problem is the name of an argument, for which there is a better one."""
    return problem.code == "E0107" and problem.message.startswith("the argument") and _CALLED in problem.help


def about_argument(root: Node, problem: Diagnostic) -> list[Fix]:
    """The change to the better name; none where it is not sure what a reading means. Safe where no other file can read it: a
    file of blocks alone is there for others."""
    blocks = root.get("blocks") if isinstance(root, Mapping) else None
    own = {block: entry.value for block, entry in blocks.entries.items()} if isinstance(blocks, Mapping) else {}
    scopes: dict[str | None, Node] = {None: root}
    scopes.update(own)
    for name, scope in scopes.items():
        declared = scope.get("args") if isinstance(scope, Mapping) else None
        found = declared.entries.values() if isinstance(declared, Mapping) else ()
        entry = next((entry for entry in found if entry.key_span == problem.span), None)
        if entry is None or not isinstance(scope, Mapping) or not isinstance(declared, Mapping):
            continue
        better = problem.help.removeprefix(_CALLED)
        readings = _readings(scope, entry.key, "blocks" if name is None else None)
        is_free = better not in declared.entries and _mentioned(scope, better) is False
        if readings is None or not is_free:
            return []
        given = list(where_given(root, name, entry.key)) if name is not None else []
        edits = [put(entry.key_span, better), *(Edit(span, better) for span in readings)]
        edits += [put(span, better) for span in given]
        return [Fix(problem.help, tuple(edits), is_safe=isinstance(root, Mapping) and "layers" in root.entries)]
    return []


def _readings(scope: Mapping, name: str, apart: str | None) -> list[Span] | None:
    """Where expressions read a name; None where one may mean the repeat that it stands in, or is written in several lines.
    `apart` is what has names of its own."""
    found: list[Span] = []
    for text, is_repeated in _texts(scope, apart):
        span, is_line = text.span, text.span.line == text.span.end_line
        written = span.text() if is_line else text.text
        if name not in written or "${" not in written:
            continue
        places = _places(written, name)
        if places is None or (places and (not is_line or (is_repeated and name in REPEAT_NAMES))):
            return None
        for place in places:
            column = span.column + place
            found.append(Span(span.source, span.line, column, span.line, column + len(name)))
    return found


def _places(text: str, name: str) -> list[int] | None:
    """The characters at which the expressions in a text read a name; None where one of them cannot be read."""
    from archspec.expressions.evaluation import names_in
    from archspec.expressions.grammar import readable
    from archspec.expressions.tree import Embedded, Name

    found = readable(text)
    if found is None:
        return None
    embedded = [piece for piece in found.pieces if isinstance(piece, Embedded)]
    reads = [(piece.position, read) for piece in embedded for read in names_in(piece.tree)]
    return [start + read.position for start, read in reads if isinstance(read, Name) and read.name == name]


def _mentioned(scope: Mapping, name: str) -> bool:
    """Whether an expression reads the name already, which is then another value's."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    return any(word.search(found[1]) for text, _ in _texts(scope, None) for found in _EXPRESSION.finditer(text.text))


def _texts(scope: Mapping, apart: str | None) -> Iterator[tuple[Scalar, bool]]:
    """The texts of a scope, and whether each stands in what is repeated."""
    waiting: list[tuple[Node, bool]] = [(entry.value, False) for key, entry in scope.entries.items() if key != apart]
    while waiting:
        node, is_repeated = waiting.pop()
        if isinstance(node, Scalar):
            yield node, is_repeated
        elif isinstance(node, Sequence):
            waiting += [(item, is_repeated) for item in node.items]
        elif not isinstance(node, Invalid):
            is_own = any(key in node.entries for key in _REPEATED)
            waiting += [
                (entry.value, is_repeated or (is_own and key not in _REPEATED)) for key, entry in node.entries.items()
            ]
