"""One statement of `expect` or `budget` against figures. Enters: both; leaves: diagnostics, and needs of symbols.

A figure that symbolic sizes leave open is no miss: what they have to fulfil for it is noted in `facts.needs`.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics.model import UNKNOWN, Diagnostic, Edit, Fix
from archspec.dims import BATCH, Shape, Size, TooComplex, parts_of_largest
from archspec.document.claims import AnyLimit, LayerClaim, Owner, Statement
from archspec.document.quantity import figure as number_of
from archspec.document.quantity import is_rounded
from archspec.document.tree import Mapping
from archspec.facts.field_formulas import how_a_field_comes
from archspec.facts.figures import Figure
from archspec.facts.model import NO_STRIDE, AxisField, Facts, LayerFacts, Need, Scattered, Unknown, Whole
from archspec.facts.needs import CODES, is_implied
from archspec.graph import Node
from archspec.ops.assumptions import Assumption
from archspec.ops.base import show_shape, without_batch
from archspec.source import Span

ROUNDED = "is that figure rounded: what is expected is exact, or a range: {min: …, max: …}"
"""What is said of a claim that is met but for its rounding."""
_MOST = "the table of `archspec check` has what each layer adds to it"


class Setting(NamedTuple):
    """What all statements of one document are checked under."""

    facts: Facts
    report: list[Diagnostic]
    complete: bool
    """Whether all layers' shapes are known: if not, an error says why, and what is unknown is not said again."""
    sizes: dict[str, int]
    """The numbers that symbolic sizes were given."""


class Claimed(NamedTuple):
    """A size as claimed, and what has to hold for it."""

    size: Size
    statement: Assumption


class ClaimChecker:
    """Compares what one statement says with figures, and reports at the claim's own place."""

    def __init__(self, setting: Setting, owner: Owner, statement: Statement, layer: str | None = None,
                 node: Node | None = None, when: str = "", origin: str = "") -> None:  # fmt: skip
        self.setting = setting
        self.owner: Owner = owner
        self.statement = statement
        self.layer = layer
        self.node = node
        self.when = f'say when this holds: when: "${{{when}}}"' if when else ""
        self.origin = origin
        """Where a budget of the project stands; nothing for one of the document."""

    @property
    def keys(self) -> set[str]:
        """The figures of which something is said."""
        said = (self.statement.facts, self.statement.limits)
        return {
            key
            for part in said
            if part is not None
            for key in type(part).model_fields
            if getattr(part, key) is not None
        }

    def figures(self, figures: list[Figure]) -> None:
        """Every number, as claimed and within its limits."""
        for figure in figures:
            wanted = number_of(figure.key, getattr(self.statement.facts, figure.key, None))
            limit = self._limit(figure.key)
            if wanted is None and limit is None:
                continue
            if figure.actual is None:
                self._not_known(figure)
                continue
            if wanted is not None and wanted != figure.actual:
                self._exactly(figure, wanted)
            if limit is not None:
                self._within(figure, limit)

    def _not_known(self, figure: Figure) -> None:
        if self.setting.complete:
            self.unknown(figure.key, f"the number of {figure.what}", figure.why or "it is not known")

    def _exactly(self, figure: Figure, wanted: int) -> None:
        key, actual = figure.key, figure.actual
        assert actual is not None
        if self._waits() or self._may_be(
            key, [Claimed(wanted, Assumption(actual, wanted, is_equal=True))], figure.said(wanted)
        ):
            return
        is_number = isinstance(actual, int)
        written = getattr(self.statement.facts, key)
        rounded = isinstance(actual, int) and is_rounded(key, written, actual)
        notes = (f"{written} {ROUNDED}",) if rounded else ()
        said = f"write {key}: {actual}" if rounded and not self.when else self._help(key, str(actual))
        self.setting.report.append(Diagnostic(
            "E0401", f"{figure.has} {figure.said()}, not {wanted:,}", self._span(key), label=f"{actual} is true",
            notes=(*notes, *figure.arithmetic()),
            help=said if is_number else self.when or "no input gives this: leave the claim out",
            layer=self.layer, ways=self._true(key, str(actual), said) if is_number else (), claimant=self._claimant(key),
        ))  # fmt: skip

    def _within(self, figure: Figure, limit: AnyLimit) -> None:
        key, actual = figure.key, figure.actual
        high, low = number_of(key, limit.max), number_of(key, limit.min, is_least=True)
        assert actual is not None
        if self._waits():
            return
        if high is not None and not self._may_be(
            key, [Claimed(high, Assumption(high, part, is_equal=False)) for part in parts_of_largest(actual)],
            f"at most {figure.said(high)}",
        ):  # fmt: skip
            gap = f"{actual - high:,}" if isinstance(actual, int) else ""
            self._missed(figure, gap, f"over the budget of {high:,}", f"more than the claimed {high:,}", "too many")
        if low is not None and not self._may_be(
            key, [Claimed(low, Assumption(actual, low, is_equal=False))], f"at least {figure.said(low)}"
        ):
            gap = f"{low - actual:,}" if isinstance(actual, int) else ""
            self._missed(figure, gap, f"below the {low:,} asked for", f"fewer than the claimed {low:,}", "too few")

    def _missed(self, figure: Figure, gap: str, over: str, claimed: str, label: str) -> None:
        by = over if self.owner == "budget" else claimed
        self._limit_missed(
            figure.key, f"{figure.has} {figure.said()}, {f'{gap} ' if gap else ''}{by}",
            f"{gap or figure.actual} {label}" if gap else label, (*figure.arithmetic(), *figure.parts()))  # fmt: skip

    def _limit_missed(self, key: str, message: str, label: str, notes: tuple[str, ...]) -> None:
        if self.origin:
            notes = (f"{self._claimant(key)} sets the budget", *notes)
        self.setting.report.append(Diagnostic(
            CODES[self.owner], message, self._span(key), label=label, notes=notes, help=self.when or _MOST, layer=self.layer,
            claimant=self._claimant(key)))  # fmt: skip

    def shape(self, actual: Shape | None, gives: str) -> None:
        """The output's shape, without the batch."""
        claimed, limit = getattr(self.statement.facts, "output", None), self._limit("output")
        if claimed is None and limit is None:
            return
        if actual is None:
            if self.setting.complete:
                self.unknown("output", "the output's shape", "there are several outputs")
            return
        if claimed is not None:
            self._shape_is(claimed, without_batch(actual), gives)
        if limit is not None and limit.max is not None:
            self._shape_within(limit.max, without_batch(actual), gives, is_most=True)
        if limit is not None and limit.min is not None:
            self._shape_within(limit.min, without_batch(actual), gives, is_most=False)

    def _shape_is(self, claimed: tuple[int | str, ...], actual: Shape, gives: str) -> None:
        true = tuple(size if isinstance(size, int) else str(size) for size in actual)
        said = [self._said(size) for size in claimed]
        shown = " × ".join(map(str, claimed)) or "a single number"
        statements = [
            Claimed(size, Assumption(true, size, is_equal=True))
            for true, size in zip(actual, said, strict=False) if not isinstance(size, str)
        ]  # fmt: skip
        if len(said) == len(statements) == len(true) and self._may_be("output", statements, f"an output of {shown}"):
            return
        written = f"[{', '.join(map(str, true))}]"
        self.setting.report.append(Diagnostic(
            "E0401", f"{gives} {show_shape(actual)}, not {shown}",
            self._span("output"), label=f"{written} is true", help=self._help("output", written),
            layer=self.layer, ways=self._true("output", written, self._help("output", written)),
            claimant=self._claimant("output")))  # fmt: skip

    def _shape_within(self, written: tuple[int | str, ...], actual: Shape, gives: str, *, is_most: bool) -> None:
        bounds = [self._said(size) for size in written]
        shown = " × ".join(map(str, written)) or "a single number"
        unread = next((size for size in bounds if isinstance(size, str)), None)
        if unread is not None:
            self.unknown("output", "the output's shape", f"{unread[:40]} is no size")
            return
        statements = [
            Claimed(bound, Assumption(bound, true, is_equal=False) if is_most else Assumption(true, bound, is_equal=False))
            for true, bound in zip(actual, bounds, strict=False) if not isinstance(bound, str)
        ]  # fmt: skip
        most = "at most" if is_most else "at least"
        if len(bounds) == len(actual) and self._may_be("output", statements, f"an output of {most} {shown}"):
            return
        own = "the budget is" if self.owner == "budget" else "the claim is"
        self._limit_missed("output", f"{gives} {show_shape(actual)}, and {own} {most} {shown}",
                           f"[{', '.join(map(str, actual))}] is true", ())  # fmt: skip

    def field(self, node: Node) -> None:
        """The receptive field of a layer, or of the last one of a group."""
        record = self.setting.facts.of(node)
        claim = self.statement.facts.receptive_field if isinstance(self.statement.facts, LayerClaim) else None
        for key in ("size", "stride", "padding") if claim is not None else ():
            claimed = getattr(claim, key)
            if claimed is None:
                continue
            extents = record.field
            if extents is None or not all(isinstance(extent, AxisField) for extent in extents):
                whole = extents is not None and any(isinstance(extent, Whole) for extent in extents)
                why = "it is the whole input" if whole else _why(record) or "it is not known"
                self.unknown("receptive_field", "the receptive field", why)
                return
            actual = tuple(getattr(extent, key) for extent in extents if isinstance(extent, AxisField))
            if None in actual:
                self.unknown("receptive_field", "the stride", NO_STRIDE)
                continue
            wanted = claimed if isinstance(claimed, tuple) else (claimed,) * len(actual)
            if wanted != actual:
                notes = how_a_field_comes(self.setting.facts, node, key, wanted)
                self._field_missed(key, _per_axis(wanted), _per_axis(actual), notes)

    def _field_missed(self, key: str, wanted: str, actual: str, notes: tuple[str, ...]) -> None:
        message = f"{self.layer} does not have a receptive field of {key} {wanted}; it is {actual}"
        self.setting.report.append(Diagnostic("E0401", message, self._span("receptive_field"),
                                              label=f"{actual} is true", notes=notes, help=self.when, layer=self.layer,
                                              claimant=self.owner))  # fmt: skip

    def unknown(self, key: str, what: str, why: str) -> None:
        """A claim that can neither be confirmed nor refused. A limit of the project was not set with this network in mind, which
        may have no such figure: it is said to be unchecked, where a claim of the spec itself is an error."""
        if self.origin:
            self.setting.facts.unchecked_budget[key] = why
            self.setting.facts.unchecked_budget_of = self.origin.partition(": ")[0]
            return
        message = f"{what} cannot be checked: {why}"
        claimant = self._claimant(key)
        self.setting.report.append(Diagnostic(UNKNOWN, message, self._span(key), layer=self.layer, claimant=claimant))

    def _claimant(self, key: str) -> str:
        return f"{self.origin}.{key}" if self.origin else self.owner

    def _waits(self) -> bool:
        """Whether an error leaves it open what the whole network has."""
        return self.layer is None and not self.setting.complete

    def _may_be(self, key: str, statements: list[Claimed], claim: str) -> bool:
        """Whether what is claimed holds, or may: then what symbols have to fulfil for it is noted.

        A claim that is written in symbols is one for every size that the network takes.
        """
        needed: list[Assumption] = []
        for claimed, statement in statements:
            try:
                proven = statement.proven()
            except TooComplex:
                self.unknown(key, claim, "it is too long an expression of the symbolic sizes")
                return True
            if proven is False or (proven is None and BATCH in statement.symbols):
                return False
            if proven is None and not isinstance(claimed, int):
                if not is_implied(self.setting.facts, statement):
                    return False
            elif proven is None:
                needed.append(statement)
        span = self._span(key)
        self.setting.facts.needs += [
            Need(statement, self.node, span, claim, self.owner, self.layer or "the network", self._claimant(key), key)
            for statement in needed
        ]
        return True

    def _said(self, size: int | str) -> Size | str:
        """A claimed size as facts have it, so that a claim holds however it is written."""
        if not isinstance(size, str):
            return size
        from archspec.facts.claimed_size import claimed_size

        found = claimed_size(size, self.setting.sizes)
        return size if found is None else found

    def _true(self, key: str, true: str, said: str) -> tuple[Fix, ...]:
        """What is true in place of the claim; not where other arguments are given, for which the claim was never made."""
        span = self._span(key)
        if self.when or "${" in span.text() or span.line != span.end_line:
            return ()
        return (Fix(said, (Edit(span, true),)),)

    def _help(self, key: str, true: str) -> str:
        """A claim was published, so what is claimed of is changed first."""
        return self.when or f"change the {'layer' if self.layer else 'network'}, or write {key}: {true}"

    def _limit(self, key: str) -> AnyLimit | None:
        limit: AnyLimit | None = getattr(self.statement.limits, key, None)
        return limit

    def _span(self, key: str) -> Span:
        node: Mapping = self.statement.node
        return node.entries[key].value.span


def _why(record: LayerFacts) -> str:
    """Why a field is no window along each axis; nothing where that is not said."""
    extents = record.field or ()
    return record.field_unknown or next((each.why for each in extents if isinstance(each, (Unknown, Scattered))), "")


def _per_axis(values: tuple[object, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else " × ".join(str(value) for value in values)
