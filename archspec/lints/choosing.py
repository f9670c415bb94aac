"""Warnings that were chosen. Enters: what was found in a document, and the choices; leaves: what is told, warnings that the
document ignores with their reasons, and a warning for each ignore that nothing needs. Errors are always told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.choice import ALL, Choice, Rule, judge, like_digits, warnings, why_no_warning
from archspec.document.comments import Comment
from archspec.document.edits import put
from archspec.document.model import Document
from archspec.document.tree import clip
from archspec.expand.uses import say_once
from archspec.graph import Graph, Scope
from archspec.source import Source, Span

UNUSED, UNKNOWN = "W1101", "W1102"
Line = tuple[Source, int]
"""A line of a text, by its number."""


class Ignored(NamedTuple):
    """A warning that the document ignores, and the reason that it gives."""

    diagnostic: Diagnostic
    reason: str


class Chosen(NamedTuple):
    """What is told, and what the document ignores."""

    told: list[Diagnostic]
    ignored: list[Ignored]


def choose(found: Sequence[Diagnostic], graph: Graph, document: Document, below: Choice, above: Choice,
           is_judged: bool) -> Chosen:  # fmt: skip
    """The warnings that are told, what is wrong in a block once. `below` is what the project's file chooses, `above` what the
    command line does.

    Ignores that nothing needs are told where `is_judged`: with other arguments than the default, another warning may be there.
    """
    choices = (below, document.choice, above)
    verdict_of = cache(lambda code: judge(code, choices))
    comments = _by_line(document.comments)
    lines = _lines(graph) if comments else {}
    told, ignored, used = list[Diagnostic](), dict[str, list[Diagnostic]](), set[Rule]()
    for diagnostic in found:
        if diagnostic.severity == "error":  # always told
            told.append(diagnostic)
            continue
        rules = _rules_at(diagnostic, comments, lines)
        used.update(rules)
        verdict = verdict_of(diagnostic.code)
        if rules and verdict.is_told:
            ignored.setdefault(rules[0].reason, []).append(diagnostic)
        elif verdict.is_told:
            told.append(diagnostic)
        elif verdict.rule is not None and verdict.choice is document.choice:
            ignored.setdefault(verdict.rule.reason, []).append(diagnostic)
    codes = {diagnostic.code for diagnostic in found}
    used.update(rule for rule in document.choice.ignore if any(rule.meets(code) for code in codes))
    about = [*_about_comments(document, used, _Groups(graph, lines, told)), *_about_choice(document, used)]
    all_but_selecting = (below, document.choice._replace(select=None), above)  # or a misspelt select would hide itself
    is_told = {UNUSED: verdict_of(UNUSED).is_told, UNKNOWN: judge(UNKNOWN, all_but_selecting).is_told}
    kept = [d for d in about if is_told[d.code] and (is_judged or d.code == UNKNOWN)]
    left = [Ignored(d, reason) for reason, several in ignored.items() for d in say_once(several, graph)]
    return Chosen([*say_once(told, graph), *kept], left)


def _by_line(comments: Sequence[Comment]) -> dict[Line, list[Comment]]:
    found: dict[Line, list[Comment]] = {}
    for comment in comments:
        found.setdefault((comment.span.source, comment.line), []).append(comment)
    return found


def _lines(graph: Graph) -> dict[str, list[Line]]:
    """The lines on which each layer and each group is named, or its block, by path."""
    found = {node.path: [_line(node.place.name)] for node in graph.nodes}
    for scope in (graph.root, *graph.scopes.values()):
        for slot in scope.slots:
            if isinstance(slot.member, Scope):
                spans = [slot.place.name, *([slot.member.use.span] if slot.member.use is not None else [])]
                found[slot.member.path] = [_line(span) for span in spans]
    return found


def _line(span: Span) -> Line:
    return span.source, span.line


def _rules_at(diagnostic: Diagnostic, comments: dict[Line, list[Comment]], lines: dict[str, list[Line]]) -> list[Rule]:
    """The rules that ignore a warning: of comments at its line, at its layer's, and at those of the groups and uses of blocks
    that it stands in, innermost first.
    """
    if not comments:
        return []
    found, path = [_line(diagnostic.span)], diagnostic.layer or ""
    while path:
        found += lines.get(path, [])
        path = path.rpartition(".")[0]
    near = [comment for line in dict.fromkeys(found) for comment in comments.get(line, ())]
    return [rule for comment in near for rule in comment.rules if rule.meets(diagnostic.code)]


class _Groups:
    """Groups with the lines between their names and their first members, where a comment is of neither. Nothing is looked for
    before it is asked."""

    def __init__(self, graph: Graph, lines: dict[str, list[Line]], told: Sequence[Diagnostic]) -> None:
        self._graph = graph
        self._lines = lines
        self._told = told

    @cached_property
    def _between(self) -> dict[Line, Line]:
        """The line of a group's name, by lines that stand before its first member."""
        found: dict[Line, Line] = {}
        seen: set[Line] = set()
        for path, scope in self._graph.scopes.items():
            name = self._lines[path][0] if path in self._lines else None
            if name is None or name in seen:
                continue
            seen.add(name)
            source, line = name
            inside = [self._lines[slot.member.path][0] for slot in scope.slots if slot.member is not None]
            first = min((one for within, one in inside if within is source), default=0)
            found.update(((source, one), name) for one in range(line + 1, first))
        return found

    @cached_property
    def _codes(self) -> dict[Line, set[str]]:
        """What is told of layers in a group, by the line of its name."""
        found: dict[Line, set[str]] = {}
        for one in self._told:
            path = (one.layer or "").rpartition(".")[0]
            while path:
                for line in self._lines.get(path, ())[:1]:
                    found.setdefault(line, set()).add(one.code)
                path = path.rpartition(".")[0]
        return found

    def above(self, comment: Comment, rule: Rule) -> int:
        """The line of the group that a comment stands right below the name of, if there is told in it what the comment ignores;
        else 0."""
        name = self._between.get((comment.span.source, comment.line))
        return name[1] if name is not None and any(map(rule.meets, self._codes.get(name, ()))) else 0


def _about_comments(document: Document, used: set[Rule], groups: _Groups) -> Iterator[Diagnostic]:
    """What is wrong with the comments of the document itself; those of imported files have other users."""
    from archspec.lints.ignores import in_brackets, without_code

    for comment in document.comments:
        if comment.span.source is not document.source:
            continue
        if not comment.rules:
            meant, is_whole = in_brackets(comment)
            help = f"write {clip(meant, 100)}" + ("" if is_whole else " and the reason")
            yield Diagnostic(UNKNOWN, "the comment ignores no warning, since it names none", comment.span, help=help,
                             ways=(Fix(help, (Edit(comment.span, meant),), is_safe=True),) if is_whole else ())  # fmt: skip
        for rule in comment.rules:
            if why := why_no_warning(rule.code):
                yield _unknown(rule, why)
            elif rule not in used:
                above = groups.above(comment, rule)
                label, edit = f"none on line {comment.line}", without_code(comment, rule)
                yield _misplaced(comment, rule, label, edit, above) if above else _unused(rule, label, edit)


def _about_choice(document: Document, used: set[Rule]) -> Iterator[Diagnostic]:
    """What is wrong with the document's key `lint`."""
    from archspec.lints.ignores import without_rule

    choice = document.choice
    for rule in [*(choice.select or ()), *choice.ignore]:
        if why := why_no_warning(rule.code):
            yield _unknown(rule, why)
    for rule in choice.ignore:
        if not (why_no_warning(rule.code) or rule in used or rule.meets(UNUSED) or rule.meets(UNKNOWN)):
            yield _unused(rule, "not needed", without_rule(document.root, rule))


def _unknown(rule: Rule, why: str) -> Diagnostic:
    assert rule.span is not None
    is_error = rule.code.startswith("E")
    help = "take it out" if is_error else "write the code as a warning shows it; archspec lints lists all"
    meant = like_digits(rule.code)
    ways = (
        (Fix(f"write {meant}", (put(rule.span, meant),), is_safe=True),)
        if meant in warnings() and meant != rule.code
        else ()
    )
    return Diagnostic(UNKNOWN, why, rule.span, help=ways[0].said if ways else help, ways=ways)


def _misplaced(comment: Comment, rule: Rule, label: str, edit: Edit | None, line: int) -> Diagnostic:
    """An ignore below the line of its group, to which it is moved where nothing else stands behind that."""
    assert rule.span is not None
    source = comment.span.source
    text = source.lines[line - 1].rstrip()
    end = Span(source, line, len(text) + 1, line, len(text) + 1)
    help = f"write it at the end of line {line}, where it is of all that is in the group"
    is_movable = edit is not None and len(comment.rules) == 1 and text.endswith(":")
    ways = (Fix(help, (Edit(end, f"  {comment.span.text()}"), edit), is_safe=True),) if is_movable and edit else ()
    return Diagnostic(UNUSED, f"no {rule.code} is there to ignore", rule.span, label, help=help, ways=ways)


def _unused(rule: Rule, label: str, edit: Edit | None) -> Diagnostic:
    assert rule.span is not None
    help = "take the ignore out"
    ways = (Fix(help, (edit,), is_safe=True),) if edit is not None else ()
    what = "warning" if rule.code == ALL else rule.code
    return Diagnostic(UNUSED, f"no {what} is there to ignore", rule.span, label, help=help, ways=ways)
