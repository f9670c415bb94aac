"""Which warnings are told. Enters: codes as a person writes them, in a document or elsewhere; leaves: a `Choice`.

A code stands for itself, its beginning (`W10`) for all that begin so, `ALL` for every warning. Choices lie above each other, as
in ruff: the project's file, then the document, then the command line. One that selects begins anew; one that only ignores
takes away. Within a choice the longer code decides, and ignoring where both are as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple

from archspec.diagnostics.codes import CODES, severity_of
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import suggestion
from archspec.document.claims import Part
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.document.validate import Subject, validate
from archspec.limits import MAX_CODES
from archspec.ops.fields import Check
from archspec.source import Span

ALL = "ALL"
_CODE = r"\b(?:W[0-9]{1,4}|ALL)\b"
_CODES = r"\s*(?:W[0-9]{1,4}|ALL)(?:[\s,]+(?:W[0-9]{1,4}|ALL))*\s*"
MAX_LENGTH = 20


class Rule(NamedTuple):
    """A code, or the beginning of codes; why it is ignored, where that is said; and where it stands in a text."""

    code: str
    reason: str = ""
    span: Span | None = None

    def meets(self, code: str) -> bool:
        return self.code == ALL or code.startswith(self.code)


class Choice(NamedTuple):
    """What one place selects and ignores. `select` is None where it does not say."""

    select: tuple[Rule, ...] | None = None
    ignore: tuple[Rule, ...] = ()


NO_CHOICE = Choice()


class Verdict(NamedTuple):
    """Whether a warning is told; if not, the rule that ignores it, and the choice that has the rule."""

    is_told: bool
    rule: Rule | None = None
    choice: Choice | None = None


def judge(code: str, choices: Iterable[Choice]) -> Verdict:
    """What choices, the lowest first, say of a warning's code."""
    verdict = Verdict(CODES[code].is_default)
    for choice in choices:
        ignoring = _longest(code, choice.ignore)
        if choice.select is not None:
            selecting = _longest(code, choice.select)
            verdict = Verdict(selecting is not None)
            if selecting is not None and ignoring is not None and _weight(ignoring) < _weight(selecting):
                ignoring = None
        if ignoring is not None and verdict.is_told:
            verdict = Verdict(False, ignoring, choice)
    return verdict


def _longest(code: str, rules: Iterable[Rule]) -> Rule | None:
    return max((rule for rule in rules if rule.meets(code)), key=_weight, default=None)


def _weight(rule: Rule) -> int:
    return 0 if rule.code == ALL else len(rule.code)


def warnings() -> tuple[str, ...]:
    """The codes of all warnings."""
    return tuple(code for code in CODES if severity_of(code) == "warning")


def why_no_warning(code: str) -> str:
    """Why a code stands for no warning, with the nearest that does; nothing where it stands for one."""
    if any(Rule(code).meets(known) for known in warnings()):
        return ""
    if any(known.startswith(code) for known in CODES):
        return f"{code} is an error, and errors are always told"
    near = (
        f"did you mean {meant}?"
        if (meant := like_digits(code)) in warnings()
        else suggestion(code[:MAX_LENGTH], [*warnings(), ALL])
    )
    return f"no warning has the code {clip(code, MAX_LENGTH)}" + (f"; {near}" if near else "")


def like_digits(code: str) -> str:
    """A code whose letters are digits where they are taken for some: W1OO3, w1l01."""
    return code.upper().translate(_LIKE_DIGITS)


_LIKE_DIGITS = str.maketrans("OIL", "011")


# The document's key ------------------------------------------------------------------------------------------------


def _are_codes(value: object) -> bool:
    return type(value) is tuple and len(value) <= MAX_CODES and all(type(code) is str and code for code in value)


def _are_ignored(value: object) -> bool:
    if isinstance(value, dict):
        return len(value) <= MAX_CODES and all(type(reason) is str and reason.strip() for reason in value.values())
    return _are_codes(value)


class LintEntry(Part):
    """Which warnings are told of this document."""

    select: Annotated[
        Any, Check("a list of codes, such as [W1003, W12]", _are_codes, {"type": "array", "items": {"type": "string"}})
    ] = None
    ignore: Annotated[
        Any,
        Check("codes with the reason of each, such as {W1003: as published}, or a list of codes", _are_ignored,
              {"anyOf": [{"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
                         {"type": "array", "items": {"type": "string"}}]}),
    ] = None  # fmt: skip


def read_choice(node: Node | None, span: Span, report: list[Diagnostic]) -> Choice:
    """What the document's key `lint` says. Codes that stand for no warning are told where warnings are."""
    if node is None or isinstance(node, Invalid):
        return NO_CHOICE
    if not isinstance(node, Mapping):
        message = f"lint takes a mapping with select or ignore, not {describe(node)}"
        report.append(Diagnostic("E0105", message, node.span, help="write lint: {ignore: {W1003: the reason}}"))
        return NO_CHOICE
    wrong = list(_not_codes(node))
    report += wrong
    entry = validate(LintEntry, node, Subject("lint", span), report) if not wrong else None
    if entry is None:
        return NO_CHOICE
    select = node.get("select")
    return Choice(None if select is None else rules_of(select), rules_of(node.get("ignore")))


def _not_codes(lint: Mapping) -> Iterator[Diagnostic]:
    """E0105 for codes without a reason where reasons stand, and for codes that are no list."""
    for key in ("select", "ignore"):
        value = lint.get(key)
        codes = re.findall(_CODE, value.value) if isinstance(value, Scalar) and isinstance(value.value, str) else []
        if isinstance(value, Scalar) and codes and value.span.line == value.span.end_line:
            said = f"write {key}: [{', '.join(codes)}]"
            ways = (
                Fix(
                    said,
                    (Edit(value.span, f"[{', '.join(codes)}]"),),
                    is_safe=re.fullmatch(_CODES, value.text) is not None,
                ),
            )
            more = " with the reason of each, or codes" if key == "ignore" else ""
            yield Diagnostic("E0105", f"{key} takes codes{more} in a list, not {describe(value)}", value.span,
                             label="a list expected", help=said, ways=ways)  # fmt: skip
    ignored = lint.get("ignore")
    for entry in ignored.entries.values() if isinstance(ignored, Mapping) else ():
        reason = entry.value
        if isinstance(reason, Scalar) and (reason.value is None or not reason.text.strip()):
            code = clip(entry.key, 20)
            help = f"write why after the colon, such as {code}: as published, or a list of codes: [{code}]"
            yield Diagnostic(
                "E0105", f"{code} is ignored without a reason", entry.key_span, label="a reason is missing", help=help
            )


def rules_of(node: Node | None) -> tuple[Rule, ...]:
    """The rules of a list of codes, or of a mapping of codes to reasons."""
    if isinstance(node, Sequence):
        return tuple(Rule(item.text, "", item.span) for item in node.items if isinstance(item, Scalar))
    entries = node.entries.values() if isinstance(node, Mapping) else ()
    return tuple(Rule(e.key, e.value.text if isinstance(e.value, Scalar) else "", e.key_span) for e in entries)
