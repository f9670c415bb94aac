"""Fixes put into a spec, one after the other, each with a check behind it. Enters: a spec's bytes; leaves: its text with them.

A fix is put in only where it was tried (`archspec.advice`): its problem goes, and no other comes. What a fix lets be seen, such
as the layers of a document that could not be read before, is then put right in its turn. A text that comes back ends it, and so
do the limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.advice import advised
from archspec.advice.standing import rewrites
from archspec.advice.trial import WRONG_CLAIM, Trier
from archspec.checking import Result, check, check_source
from archspec.diagnostics.edits import Shift, apply, offset_before, shifts
from archspec.diagnostics.model import Diagnostic, Fix, is_claim
from archspec.document.reader import Unreadable, decode, encode
from archspec.document.tree import clip
from archspec.expand.folding import LONG
from archspec.expressions.value import Value
from archspec.limits import MAX_FIXES, MAX_FIXING_WORK
from archspec.lints.feeds_nothing import find_alive
from archspec.settings import Settings
from archspec.source import Source

WRITTEN = ("00", "01", "02", "05")
"""The families of what is wrong in the text whatever values its arguments have; shapes and claims are right for some values."""
IGNORES, SAFE, UNSAFE = "ignores", "safe", "unsafe"
"""The phases of a round: what the author wants left alone is understood first, and what is surely meant is put right before
what may change the network."""
MISSPELT = "W1102"
"""An ignore that is none as it is written."""
SHAPES = "E03"
"""The family of shapes that do not fit, and of sizes that are claimed of them."""
DEAD = "W1001"
"""A layer that no output depends on."""
MAX_ASKED = 200
"""Problems of a round for which something is tried."""


@dataclass(slots=True)
class Fixed:
    """A spec with fixes: its bytes, what is left to be said of it, and the problems that are gone, in the order of the fixes."""

    before: bytes
    after: bytes
    result: Result
    made: list[Diagnostic] = field(default_factory=list)
    places: list[tuple[int, int] | None] = field(default_factory=list)
    """The line and column of each in the spec as it was; None for what came with an earlier fix."""
    why_not_all: str = ""
    """Why it ended before nothing was left to be fixed."""

    @property
    def elsewhere(self) -> list[Diagnostic]:
        """What would have to be changed in another file, which is not edited. Changes of the spec itself that were not tried,
        since only the first problems are asked about, are none of these."""
        own = self.result.source.path
        return [problem for problem in self.result.diagnostics if problem.ways and _place(problem.ways[0]) != own]


def fix(
    path: str,
    data: bytes,
    values: Mapping[str, Value] | None = None,
    is_unsafe: bool = False,
    settings: Settings | None = None,
) -> Fixed:
    """The spec with all safe fixes, and the others too where `is_unsafe`. Without any, its bytes are as they were."""
    try:
        source = decode(path, data)
    except Unreadable:
        return Fixed(data, data, check(path, data, values, settings, fold_from=LONG, lists_few=True))
    rounds = _Rounds(path, dict(values or {}), settings, is_unsafe)
    text = rounds.run(source.text)
    after = encode(text, data) if rounds.made else data
    result = check(path, after, values, settings, has_all_fixes=True, fold_from=LONG, lists_few=True)
    return Fixed(data, after, result, rounds.made, rounds.places, rounds.why_not_all)


def is_for_all_values(problem: Diagnostic, values: Mapping[str, Value]) -> bool:
    """Whether what is wrong is so whatever the values given from outside (`--set`): only that is put right."""
    return not values or problem.code[1:3] in WRITTEN


def _place(fix: Fix) -> str:
    """The file that a change is of."""
    return fix.edits[0].span.source.path if fix.edits else ""


def _layers(result: Result) -> set[str]:
    return {node.path for node in result.graph.nodes} if result.graph is not None else set()


def _needed(result: Result) -> set[str]:
    """The layers that an output depends on; all, where it is not known what some layer reads."""
    graph = result.graph
    if graph is None:
        return set()
    if any(None in node.inputs for node in graph.nodes) or None in graph.outputs.values():
        return _layers(result)
    return {graph.nodes[index].path for index in find_alive(graph)}


def _is_rewritten(problem: Diagnostic) -> bool:
    """Whether the fix of a claim that is missed, or of a size that is not so, is another claim, or none."""
    if problem.fix is None or not (is_claim(problem) or problem.code == WRONG_CLAIM):
        return False
    return rewrites(problem.fix, problem)


def _changes_sizes(problem: Diagnostic) -> bool:
    """Whether the fix of a problem gives layers other shapes, and may be the wrong one."""
    is_about_shapes = problem.code.startswith(SHAPES) and not _is_rewritten(problem)
    return is_about_shapes and problem.fix is not None and not problem.fix.is_safe


def _told(problem: Diagnostic) -> tuple[str, str, str]:
    """A problem as one knows it again where the text around it has changed: one message may be of several texts."""
    return problem.code, problem.message, problem.span.text()


class _Rounds:
    """Check, put one fix in, and again."""

    def __init__(self, path: str, values: dict[str, Value], settings: Settings | None, is_unsafe: bool) -> None:
        self.path = path
        self.values = values
        self.settings = settings
        self.is_unsafe = is_unsafe
        self.left = MAX_FIXING_WORK
        self.made: list[Diagnostic] = []
        self.places: list[tuple[int, int] | None] = []
        self.first = Source(path, "")
        self.steps: list[list[Shift]] = []
        """What each fix changed."""
        self.why_not_all = ""
        self.phases = [IGNORES, SAFE, *([UNSAFE] if is_unsafe else [])]
        self.phase = IGNORES
        self.refused: dict[str, set[tuple[str, str, str]]] = {phase: set() for phase in self.phases}
        """Problems that had no fix in a phase when they were asked about; asked again once all others are gone."""
        self.checked: dict[str, Result] = {}
        self.needed: set[str] = set()
        """The layers that an output depended on, or might have, before one of the fixes."""

    def run(self, text: str) -> str:
        """The text with the fixes, which are then in `made`."""
        seen = {text}
        self.first = Source(self.path, text)
        is_changed = False
        while True:
            found = self._next(text)
            if found is None and self.phase != self.phases[-1]:
                self.phase = self.phases[self.phases.index(self.phase) + 1]
                continue
            if found is None and any(self.refused.values()) and is_changed:
                self._ask_again()
                is_changed = False
                continue
            if found is None:
                return text
            problem, text_after = found
            if text_after in seen or len(self.made) == MAX_FIXES:
                self.why_not_all = (
                    "fixes undo each other" if text_after in seen else f"{MAX_FIXES:,} is the most at once"
                )
                return text
            text, is_changed = text_after, True
            self.phase = IGNORES
            seen.add(text)
            self._note(problem)

    def _ask_again(self) -> None:
        """From the first phase on, about all that is left."""
        self.phase = IGNORES
        for refused in self.refused.values():
            refused.clear()

    def _note(self, problem: Diagnostic) -> None:
        """A fix that was made, with the place where its problem stood at the very first."""
        assert problem.fix is not None
        source, line, column = problem.span[:3]
        offset: int | None = source.offset(line, column)
        for made in reversed(self.steps):
            offset = offset_before(made, offset) if offset is not None else None
        self.made.append(problem)
        self.places.append(self.first.place(offset) if offset is not None else None)
        self.steps.append(shifts(problem.fix.edits[0].span.source, problem.fix.edits))

    def _next(self, text: str) -> tuple[Diagnostic, str] | None:
        """The first problem that has a fix of the kind that is wanted, and the text with it."""
        result = self._check(text)
        self.checked = {text: result}
        trier = Trier(result, self._recheck, self.left)
        trier.left -= trier.cost
        self.needed |= _needed(result)
        for problem in advised(trier, MAX_ASKED, self._is_asked):
            if problem.fix is not None and self._is_wanted(problem, problem.fix):
                text_after = apply(result.source, problem.fix.edits)
                if not self._is_kept(problem) and (problem.code != DEAD or not self._is_needed(result, text_after)):
                    self.left = trier.left
                    return problem, text_after
            self.refused[self.phase].add(_told(problem))
        if trier.left < trier.cost and result.diagnostics:
            self.why_not_all = "trying more would take too long"
        self.left = trier.left
        return None

    def _is_wanted(self, problem: Diagnostic, fix: Fix) -> bool:
        """Whether a fix is of the kind that is wanted, and not for the values only that were given from outside."""
        return (fix.is_safe or self.phase == UNSAFE) and is_for_all_values(problem, self.values)

    def _is_kept(self, problem: Diagnostic) -> bool:
        """Whether a claim would be rewritten for a network that another fix of this run may have made a wrong one: the claim may
        have been right for what was published."""
        if not _is_rewritten(problem):
            return False
        if not is_claim(problem):
            return self._is_size_kept(problem)
        is_kept = any(not (_is_rewritten(made) or (made.fix is not None and made.fix.is_safe)) for made in self.made)
        if is_kept:
            self.why_not_all = (
                "since a fix may have changed the network, what expect says is left as it is; if the network is right, "
                "run it again"
            )
        return is_kept

    def _is_size_kept(self, problem: Diagnostic) -> bool:
        """The same of a size that a layer claims, once a fix of this run has changed shapes: only what can mean nothing else is
        written in its place."""
        is_safe = problem.fix is not None and problem.fix.is_safe
        is_kept = not is_safe and any(_changes_sizes(made) for made in self.made)
        if is_kept:
            self.why_not_all = (
                f"since a fix may have changed the network, what {problem.layer} claims is left as it is; if that is wrong, "
                "run it again"
            )
        return is_kept

    def _is_needed(self, result: Result, text_after: str) -> bool:
        """Whether a layer is gone with a change of a text that was needed before another fix of this run: which may be wrong."""
        lost = sorted((_layers(result) - _layers(self._check(text_after))) & self.needed)
        if lost:
            self.why_not_all = f"since a fix nothing reads {clip(', '.join(lost))}; if that is meant, run it again"
        return bool(lost)

    def _recheck(self, source: Source) -> Result:
        """What a text of the spec has wrong, or a file that it imports."""
        return (
            self._check(source.text)
            if source.path == self.path
            else check_source(source, None, self.settings, fold_from=LONG)
        )

    def _check(self, text: str) -> Result:
        """What a text has wrong; a trial's answer is the next round's."""
        if text not in self.checked:
            self.checked[text] = check_source(Source(self.path, text), self.values, self.settings, fold_from=LONG)
        return self.checked[text]

    def _is_asked(self, problem: Diagnostic) -> bool:
        is_in_phase = self.phase != IGNORES or problem.code == MISSPELT
        return is_in_phase and _told(problem) not in self.refused[self.phase]
