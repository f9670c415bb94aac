"""What archspec says about a spec: a code, one sentence, the places it concerns, and a way out.

Enters: what a stage found. Leaves: frozen records that the renderers print. Nothing here prints or reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archspec.diagnostics.codes import CODES, Severity, severity_of
from archspec.limits import MAX_TOLD
from archspec.source import Span

Applicability = Literal["safe", "unsafe"]

_CLAIMS = "E04"
"""The family of errors of what a spec claims of itself."""
MISSED = "E0401"
"""A figure that is claimed and is another one."""
UNKNOWN = "E0403"
"""A figure that is claimed and is not known."""


class Label(NamedTuple):
    """A further place that belongs to a diagnostic, and what is to be seen there."""

    span: Span
    message: str


class Edit(NamedTuple):
    """A change of one place of a text: what to put in place of the span, which may be empty."""

    span: Span
    replacement: str


class Fix(NamedTuple):
    """A change that may put a problem right: what help says of it, and its edits. Only what was tried and holds is said."""

    said: str
    edits: tuple[Edit, ...]
    is_safe: bool = False
    """Whether nothing else can be meant, so that a program may make the edits unasked (docs/howto/fix.md has the rule)."""

    is_safe_alone: bool = False
    """Whether it is safe where every other change that was proposed with it leaves an error."""

    is_reading: bool = False
    """Whether it is one of several readings of values without keys, which only what the layer reads tells apart."""

    is_repeated: bool = False
    """Whether layers behind may need the same, so that it is right also where each of them is then wrong and can be put right."""

    @property
    def applicability(self) -> Applicability:
        return "safe" if self.is_safe else "unsafe"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a spec.

    `message` is one sentence that names the offending value; `label` stands under the caret at `span`; `notes` hold the
    arithmetic; `help` proposes one concrete edit; `layer` is the path of the layer concerned. `ways` are changes, likeliest
    first, of which the first that holds is said in place of `help`, and is the `fix` (`archspec.advice`).
    """

    code: str
    message: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    fix: Fix | None = None
    layer: str | None = None
    ways: tuple[Fix, ...] = ()
    claimant: str = ""
    """Whose claim does not hold: `expect`, `budget`, or where a project has its budget (`archspec.toml: budget.params`)."""
    command: str = ""
    """What puts it right in the other file that it stands in, tried."""

    @property
    def severity(self) -> Severity:
        """`error` or `warning`, as a text."""
        return severity_of(self.code)

    @property
    def title(self) -> str:
        return CODES[self.code].title


def first_told(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """As many as are told: errors before warnings, and each in its place."""
    errors = [i for i, diagnostic in enumerate(found) if diagnostic.severity == "error"]
    warnings = [i for i, diagnostic in enumerate(found) if diagnostic.severity != "error"]
    return [found[i] for i in sorted([*errors, *warnings][:MAX_TOLD])]


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of the diagnostics is an error rather than a warning."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def is_claim(error: Diagnostic) -> bool:
    """Whether it is one of the figures that `expect` and `budget` hold, which leaves the network as it is."""
    return error.code.startswith(_CLAIMS)


def breaking(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The errors that leave no network: all but those of claims."""
    return [found for found in diagnostics if found.severity == "error" and not is_claim(found)]
