"""Changes to a spec, tried on its text in memory. Enters: a change and the errors that there are; leaves: whether it helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

from archspec.advice.below import is_activation
from archspec.advice.chain import UNREADABLE
from archspec.advice.standing import is_key_of, is_read_now, is_same, is_value_of, overlap
from archspec.diagnostics.edits import apply, is_written, offset_before, shifts
from archspec.diagnostics.model import MISSED, Diagnostic, Edit, Fix, is_claim
from archspec.document.json_text import as_json
from archspec.document.kept import keeps_comments
from archspec.document.model import Document
from archspec.document.reader import stop
from archspec.facts.claim_checker import ROUNDED
from archspec.facts.model import Facts
from archspec.graph import Graph
from archspec.limits import MAX_ADVICE_WORK
from archspec.ops.base import Inputs, Tensor
from archspec.source import Source

_SIDES = {"E0303", "E0305", "E0310"}
"""What another input may bring about in a layer behind the one that it is right for."""
_VALUES = "E01"
"""The family of keys and values: where one is wrong, nothing else can be said of the layer."""
_SPELLING = ("E0103", "E0104")
_CYCLE = "E0202"
WRONG_CLAIM = "E0301"
"""A size that is claimed of a layer, and is another one."""


class Checked(Protocol):
    """What a check found, as `archspec.checking.Result` has it."""

    source: Source
    document: Document | None
    facts: Facts | None
    diagnostics: list[Diagnostic]

    @property
    def graph(self) -> Graph | None:
        """Its layers, and what they read."""

    @property
    def cost(self) -> int:
        """What checking it took."""


def _is_rounded(claim: Diagnostic) -> bool:
    """Whether what is claimed is the true figure, rounded."""
    return any(note.endswith(ROUNDED) for note in claim.notes)


class Trier:
    """Tries changes, one after the other, until the document's work is used up."""

    def __init__(self, found: Checked, recheck: Callable[[Source], Checked], work: int = MAX_ADVICE_WORK) -> None:
        self.found = found
        self.recheck = recheck
        self.cost = found.cost
        self.left = work
        self.is_spent = False
        """Whether a change was not tried for want of work."""
        self.is_left = False
        """Whether the text that was tried last still has an error."""
        self.is_wrong = False
        """Whether the layer in question has one there."""
        self.is_open = False
        """Whether it is not known in it what the layer reads."""
        self.missed = 0
        """How many claims it misses."""
        self.others: dict[str, list[Diagnostic]] = {}
        """What is said of files that the document imports, each checked alone."""
        self.earlier: list[Edit] = []
        """The changes for problems of layers that the one in question rests on: a change for it is one beside these, too."""

    def best(self, ways: Sequence[Fix], error: Diagnostic) -> Fix | None:
        """The first of several changes that leaves no error at all; else, of those that hold, the first with which the fewest
        claims are missed; else the first, where all bring out the same of the same layer, which is then no matter of the one
        that is taken. Of readings that only what arrives tells apart, none while that is not known and several hold; and one
        that leaves the layer wrong only where all do."""
        held = None
        fewest = (False, 0)
        found = []
        untold: list[Fix] = []
        for way in ways:
            new = self.new(way.edits, error, way.is_safe)
            if new == [] and way.is_reading and self.is_open:
                untold.append(way)
            elif new == []:
                if not self.is_left:
                    return way
                missed = (way.is_reading and self.is_wrong, self.missed if self.is_whole else 0)
                if held is None or missed < fewest:
                    held, fewest = way, missed
            found.append({(after.code, after.message, after.layer) for after in new or ()})
        if held is None and len(untold) == 1:
            return untold[0]
        if held is None and len(ways) > 1 and error.code.startswith(_VALUES) and not self.earlier:
            first, *others = found
            is_hidden = all(layer == error.layer and not code.startswith(_VALUES) for code, _, layer in first)
            held = ways[0] if first and is_hidden and all(other == first for other in others) else None
        return held

    def is_only(self, way: Fix, ways: Sequence[Fix], error: Diagnostic) -> bool:
        """Whether of several changes just one leaves no error."""
        others = [other for other in ways if other is not way]
        if self.left < self.cost * (1 + len(others)) or not self.holds(way.edits, error) or self.is_left:
            return False
        return not any(self.holds(other.edits, error) and not self.is_left for other in others)

    def first(self, ways: Sequence[Fix], error: Diagnostic) -> Fix | None:
        """The first of several changes that holds."""
        return next((way for way in ways if self.holds(way.edits, error)), None)

    def are_gone(self, edits: Sequence[Edit], problems: Sequence[Diagnostic]) -> bool:
        """Whether nothing of several problems is left with a change."""
        if self.left < self.cost:
            self.is_spent = True
            return False
        self.left -= self.cost
        found = self.checked(apply(self.found.source, edits)).diagnostics
        return not any(is_same(after, problem, edits) for problem in problems for after in found)

    def holds(self, edits: Sequence[Edit], error: Diagnostic, is_safe: bool = False) -> bool:
        """Whether the error goes, and no other comes, but where nothing could be said before for this very error.

        A warning goes likewise, and without a new warning. What is safe is meant, whatever else is then found wrong in the same
        layer.
        """
        return self.new(edits, error, is_safe) == []

    def new(self, edits: Sequence[Edit], error: Diagnostic, is_safe: bool) -> list[Diagnostic] | None:
        """What comes in place of the error; nothing where the change holds, None where it was not tried, or does not hold with
        those before it."""
        if not edits or any(edit.span.source is not self.found.source for edit in edits):
            return None
        if self.left < self.cost:
            self.is_spent = True
            return None
        written = as_json(self.found.source, edits)
        if written is None or not keeps_comments(self.found.source, written):
            return None
        self.left -= self.cost
        self.is_left = self.is_wrong = False
        self.missed = 0
        new = []
        is_error = error.severity == "error"
        left = Counter(self.errors) if is_error else self.errors + self.warnings
        left[error.code] -= 1
        changed = self.checked(apply(self.found.source, written))
        self.is_open = _inputs(changed, error) is None
        is_read = not any(after.code == UNREADABLE for after in changed.diagnostics)
        is_quoted = all(edit.replacement[1:-1] == edit.span.text() for edit in edits)  # which writes nothing new
        if error.code == UNREADABLE and not is_read and not self.is_read_further(self.found.source, written):
            return None
        for after in changed.diagnostics:
            if after.severity != "error" and is_error:
                continue
            self.is_left = self.is_left or after.severity == "error"
            self.is_wrong = self.is_wrong or (after.severity == "error" and after.layer == error.layer)
            self.missed += after.code == MISSED
            if error.code == MISSED and is_same(after, error, written):
                new += [] if _is_rounded(after) and not _is_rounded(error) else [after]
                continue
            if is_error and self._is_flattened(changed, after, error, written):
                continue
            is_own = after.code in ("E0104", "E0201") and not is_quoted and self._is_written(edits, after)
            if is_own and (after.code, after.message) not in self.told:
                new.append(after)  # not one of as many as there were: it was no part of the text before
                continue
            is_new = (
                self._is_revealed(after, error, is_safe)
                or is_read_now(after, error, edits, is_safe)
                or (
                    self._is_of_other_axes(changed, after, error) and not is_same(after, error, written)
                )  # in another use
            )
            if is_error and not is_own and is_new:
                continue
            left[after.code] -= 1
            if left[after.code] < 0:
                new.append(after)
        return new if new or not self.earlier or self._holds_later(edits, error, is_safe) else None

    def checked(self, text: str) -> Checked:
        """What another text of the document has wrong."""
        source = self.found.source
        return self.recheck(Source(source.path, text, source.folder))

    @staticmethod
    def is_read_further(source: Source, edits: Sequence[Edit]) -> bool:
        """Whether a text that cannot be read can be with a change, or reading stops at a character of it further on. What the
        change itself writes is no way on."""
        before, after = stop(source), stop(Source("", apply(source, edits)))
        if before is None or after is None:
            return before is not None
        place = offset_before(shifts(source, edits), after)
        return place is not None and place > before

    def _holds_later(self, edits: Sequence[Edit], error: Diagnostic, is_safe: bool) -> bool:
        """Whether a change still does once what comes before is put right: else it rests on the mistake there. What is safe is
        meant, whatever else is wrong in the same layer."""
        both = list(dict.fromkeys([*self.earlier, *edits]))
        if self.left < self.cost or overlap(both):
            return False
        self.left -= self.cost
        found = self.checked(apply(self.found.source, both))
        self.is_open = _inputs(found, error) is None
        errors = [after for after in found.diagnostics if after.severity == "error"]
        return not any(
            (
                after.layer == error.layer
                and not self._is_flattened(found, after, error, both)
                and (not is_safe or (after.code, after.message) == (error.code, error.message))
            )
            or ((after.layer is None or after.code == _CYCLE) and after.code not in self.errors)
            for after in errors
        )

    def _is_flattened(self, changed: Checked, after: Diagnostic, error: Diagnostic, edits: Sequence[Edit]) -> bool:
        """Whether a claim of an image's last axis, which was none, is now one of a vector: what it was meant for is then told."""
        if error.code != WRONG_CLAIM or not is_same(after, error, edits):
            return False
        before, behind = _inputs(self.found, error), _inputs(changed, after)
        return before is not None and behind is not None and before[0].rank > 2 == behind[0].rank

    def after(self, edits: Sequence[Edit]) -> Trier | None:
        """One that tries changes of the text with some edits in it, with the work that is left to this one; None where there is
        none left. What it leaves is to be given back."""
        if self.left < self.cost:
            self.is_spent = True
            return None
        return Trier(self.checked(apply(self.found.source, edits)), self.recheck, self.left - self.cost)

    def _is_written(self, edits: Sequence[Edit], after: Diagnostic) -> bool:
        """Whether a problem stands in what the edits write, and so was no part of the text before."""
        source, line, column = after.span[:3]
        is_own = source.path == self.found.source.path
        return is_own and is_written(shifts(self.found.source, edits), source.offset(line, column))

    @cached_property
    def errors(self) -> Counter[str]:
        return Counter(d.code for d in self.found.diagnostics if d.severity == "error")

    @cached_property
    def told(self) -> frozenset[tuple[str, str]]:
        """What was said before any change."""
        return frozenset((problem.code, problem.message) for problem in self.found.diagnostics)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all layers give something that is known, so that all claims were looked at."""
        facts = self.found.facts
        return facts is not None and all(record.outputs is not None for record in facts.layers)

    @cached_property
    def warnings(self) -> Counter[str]:
        return Counter(d.code for d in self.found.diagnostics if d.severity != "error")

    @cached_property
    def known(self) -> frozenset[str]:
        """The layers and groups that there are, whether their inputs are known or not."""
        graph = self.found.graph
        return frozenset((*(node.path for node in graph.nodes), *graph.scopes)) if graph is not None else frozenset()

    @cached_property
    def seen(self) -> frozenset[str]:
        """The layers whose inputs are known, about which everything has been said."""
        graph, facts = self.found.graph, self.found.facts
        if graph is None or facts is None or len(facts.layers) != len(graph.nodes):
            return frozenset()
        return frozenset(node.path for node in graph.nodes if node.op is not None and facts.of(node).inputs is not None)

    def _is_of_other_axes(self, changed: Checked, after: Diagnostic, error: Diagnostic) -> bool:
        """Whether shapes that do not fit, in a layer behind, differ along axes that the change left alone."""
        if not after.code == error.code == "E0305" or after.layer is None or after.layer in self.seen:
            return False
        before, here, behind = _inputs(self.found, error), _inputs(changed, error), _inputs(changed, after)
        if before is None or here is None or behind is None or len({t.rank for t in (*before, *here, *behind)}) > 1:
            return False
        moved = set[int]().union(*(_apart(one, other) for one, other in zip(before, here, strict=False)))
        apart = _apart(*behind)
        return bool(moved) and not moved & apart

    def _is_revealed(self, after: Diagnostic, error: Diagnostic, is_safe: bool) -> bool:
        """Whether another mistake could not be seen behind this one."""
        facts = self.found.facts
        if after.code == _CYCLE:
            return after.layer not in self.known  # what its layers read had been looked at, so the change closes it
        if is_safe and after.code == "E0103" and is_key_of(after.span, error.span):
            return True
        if error.code == "E0103" and is_value_of(after, error.span) and (is_safe or after.ways):
            return True  # nothing is said of a value whose key is unknown; one that can be put right is meant
        if is_claim(after):
            is_read_now = error.layer is None and (
                error.code in _SPELLING or (is_safe and error.code == "E0105")
            )  # a key of what is claimed, or its value
            return facts is None or is_read_now or any(record.outputs is None for record in facts.layers)
        if facts is None:
            is_further = is_safe and after.code == error.code == UNREADABLE  # reading stops at the first
            return after.layer is not None or error.code < "E01" < after.code or is_further
        is_alike = after.code == error.code or {after.code, error.code} <= _SIDES
        if after.layer is None or after.layer in self.seen:
            return False
        if is_safe and f"{after.layer}.".startswith(f"{error.layer}."):
            return True  # in the layer, or in what is a group now
        if is_alike:
            return False
        if after.layer != error.layer:
            return True
        if error.code == "E0102" and after.code in _SPELLING:
            return True  # that the type is misspelt, or a key, is seen once there is a type
        if error.code in _SPELLING and (after.code == "E0106" or is_activation(after)):
            return True  # and what is a layer of its own, or is missing beside others
        return error.code in _SPELLING and (after.code == "E0102" or after.code[1:3] not in ("01", "02"))


def _inputs(found: Checked, problem: Diagnostic) -> Inputs | None:
    """What the layer of a problem reads."""
    graph, facts = found.graph, found.facts
    node = next((node for node in graph.nodes if node.path == problem.layer), None) if graph is not None else None
    return facts.of(node).inputs if facts is not None and node is not None else None


def _apart(*tensors: Tensor) -> set[int]:
    """The axes along which tensors of one rank differ."""
    return {axis for axis, sizes in enumerate(zip(*(t.shape for t in tensors), strict=True)) if len(set(sizes)) > 1}
