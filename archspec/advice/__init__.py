"""What would put a problem right. Enters: what a check found, and the check itself; leaves: diagnostics whose help was tried.

A change is said only where the spec with it, in memory, is without the problem and has no other. Imported where something is
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from archspec.advice.below import about_activation, about_called, about_spoken, is_activation, is_called, is_spoken
from archspec.advice.case import Case
from archspec.advice.chain import UNREADABLE, leading
from archspec.advice.claims import about_claim
from archspec.advice.everywhere import with_uses
from archspec.advice.fits import (
    FITS,
    INPUTS,
    about_fit,
    about_flat,
    about_flattened,
    about_input,
)
from archspec.advice.likewise import first_of_several
from archspec.advice.lookups import about_dtype
from archspec.advice.missed import Missed
from archspec.advice.renamed import about_argument, is_argument
from archspec.advice.squeezed import SHAPES, about_squeezed
from archspec.advice.trial import Checked, Trier
from archspec.advice.unknown_sizes import about_open
from archspec.advice.unnamed import about_unnamed
from archspec.advice.warnings import ADVISED, DROPPED, about_warning, input_help
from archspec.diagnostics.model import MISSED, Diagnostic, Fix, breaking, has_errors
from archspec.document.json_text import as_json
from archspec.document.tree import Mapping
from archspec.graph import Node
from archspec.limits import MAX_ADVICE_WORK, MAX_ADVISED
from archspec.shell import spec_argument
from archspec.source import Source

if TYPE_CHECKING:
    from archspec.expand.python_layers import Known


WARNED_WORK = 2_000
"""What trials may cost, as `MAX_ADVICE_WORK`, where a document is right and has warnings."""


class Advice(NamedTuple):
    """What is said of a document, and whether all that could be done about it was tried."""

    diagnostics: list[Diagnostic]
    is_all: bool


def advise(found: Checked, recheck: Callable[[Source], Checked]) -> Advice:
    """The diagnostics, the first of them with notes, help and fixes that were tried. `recheck` checks another text, of the
    spec or of a file that it imports."""
    work = MAX_ADVICE_WORK if has_errors(found.diagnostics) else WARNED_WORK
    trier = Trier(found, recheck, work)
    said = zip(_claims_last(found.diagnostics), advised(trier, MAX_ADVISED), strict=True)
    return Advice([diagnostic for _, diagnostic in sorted(said, key=lambda pair: pair[0])], not trier.is_spent)


def _claims_last(diagnostics: Sequence[Diagnostic]) -> list[int]:
    """The order in which problems are looked at: what puts another one right may meet a claim that is missed."""
    return sorted(range(len(diagnostics)), key=lambda i: diagnostics[i].code == MISSED)


def advised(
    trier: Trier, most: int, is_asked: Callable[[Diagnostic], bool] = lambda problem: True
) -> Iterator[Diagnostic]:
    """The same, one after the other, in the order of `_claims_last`, so that what is not asked for is not tried: at most so many,
    and those that `is_asked` is true of."""
    checked = trier.found
    case = (
        Case(checked.facts, checked.document, trier)
        if checked.facts is not None and checked.document is not None
        else None
    )
    is_wrong = bool(breaking(checked.diagnostics))  # a network that misses a claim is one, and has been looked at whole
    made: list[tuple[str, Fix]] = []
    missed: Missed | None = None
    count = 0
    for diagnostic in map(checked.diagnostics.__getitem__, _claims_last(checked.diagnostics)):
        may_be = diagnostic.severity == "error" or (
            not is_wrong and (bool(diagnostic.ways) or diagnostic.code in ADVISED)
        )
        is_tried = may_be and count < most and is_asked(diagnostic)
        count += is_tried
        if not is_tried:
            yield diagnostic
            continue
        earlier = [fix for path, fix in made if _is_behind(case, diagnostic, path)]
        trier.earlier = [edit for fix in earlier for edit in fix.edits]
        if diagnostic.code == MISSED and case is not None:
            missed = missed or Missed(case, made)
        ways = missed.ways(diagnostic) if diagnostic.code == MISSED and missed is not None else diagnostic.ways
        found = _advised(replace(diagnostic, ways=ways), trier, case)
        if found.code == "E0301" and found.fix is not None and not all(fix.is_safe for fix in earlier):
            found = replace(found, fix=found.fix._replace(is_safe=False))  # what arrives may be another size then
        if found.severity == "error" and found.fix is not None and found.layer is not None:
            made.append((found.layer, found.fix))
        yield found


def _is_behind(case: Case | None, problem: Diagnostic, path: str) -> bool:
    """Whether the layer of a problem rests on another one, which would be put right."""
    node = case.by_path.get(problem.layer) if case is not None and problem.layer is not None else None
    return case is not None and node is not None and any(other.path == path for other in case.rerun(node).before)


def _advised(problem: Diagnostic, trier: Trier, case: Case | None) -> Diagnostic:
    notes, ways = list(problem.notes), list(problem.ways)
    node = case.by_path.get(problem.layer) if case is not None and problem.layer is not None else None
    if case is not None and node is not None and problem.code == DROPPED:
        return replace(problem, help=input_help(case, problem, node) or problem.help)
    if case is not None and node is not None:
        more, ways = _about(case, problem, node, ways)
        notes = [*more, *notes]
    if is_activation(problem) and trier.found.document is not None:
        ways += about_activation(trier.found.document.root, problem.span)
    if is_called(problem) and trier.found.document is not None:
        below = about_called(trier.found.document.root, problem.span, _known(trier))
        ways = ways if below is None else below
    if is_spoken(problem) and trier.found.document is not None:
        ways += about_spoken(trier.found.document.root, problem.span)
    if is_argument(problem) and trier.found.document is not None:
        ways += about_argument(trier.found.document.root, problem)
    if problem.code in ("E0001", "E0100", "E0105") and not ways:
        from archspec.expand.python_calls import about_call, is_about_call

        ways = about_call(problem, _known(trier)) if is_about_call(problem) else ways
    may_lead = problem.code == UNREADABLE and any(way.is_safe_alone for way in ways)
    led = leading(trier, ways) if may_lead else []
    fix = led[0] if led else trier.best(ways, problem) or first_of_several(trier, ways, problem, advised)
    if fix is None:
        untried = tuple(way for way in ways if any(edit.span.source is not trier.found.source for edit in way.edits))
        command = _command(trier, problem, untried[0].edits[0].span.source) if untried else ""
        help = f"`{command}` puts it right there" if command and problem.severity == "error" else problem.help
        return replace(problem, notes=tuple(notes), ways=untried, help=help, command=command)
    if fix.is_safe_alone and ([fix] == led if may_lead else trier.is_only(fix, ways, problem)):
        fix = fix._replace(is_safe=True)
    fix = with_uses(trier.found, problem, fix)
    fix = fix._replace(edits=as_json(trier.found.source, fix.edits) or fix.edits)
    help = fix.said if problem.severity == "error" else problem.help  # a lint says more than one thing to do
    return replace(problem, notes=tuple(notes), help=help, fix=fix, ways=())


def _known(trier: Trier) -> Known:
    """What code in a document may name; nothing where it could not be read."""
    from archspec.expand.python_layers import Known

    document = trier.found.document
    if document is None:
        return Known()
    layers = document.layers.entries if isinstance(document.layers, Mapping) else ()
    return Known(document.args, document.blocks, [*(declared.name for declared in document.inputs or ()), *layers])


def _command(trier: Trier, problem: Diagnostic, source: Source) -> str:
    """The command that puts a problem right where it stands in a file that the spec imports; nothing where checking that file
    alone, as the command does, does not find it, or has no fix for it."""
    if source.path not in trier.others:
        found = trier.recheck(source)
        trier.others[source.path] = list(advised(Trier(found, trier.recheck, MAX_ADVICE_WORK // 4), MAX_ADVISED))
    place = (problem.code, *problem.span[1:])
    there = next((other for other in trier.others[source.path] if (other.code, *other.span[1:]) == place), None)
    if there is None or there.fix is None or problem.span.source.path != source.path:
        return ""
    return f"archspec check --fix {'' if there.fix.is_safe else '--unsafe-fixes '}{spec_argument(source.path)}"


def _about(case: Case, problem: Diagnostic, node: Node, ways: list[Fix]) -> tuple[list[str], list[Fix]]:
    """Notes, and the changes to be tried: those that come with the problem, and those that the network tells."""
    if problem.severity != "error":
        return [], [*ways, *about_warning(case, problem, node)]
    notes, squeezed = about_squeezed(case, node) if problem.code in SHAPES else ([], [])
    way = case.trier.first(squeezed, problem)
    if way is not None:
        return notes, [way]
    more, ways = _about_layer(case, problem, node, ways)
    return [*notes, *more], ways


def _about_layer(case: Case, problem: Diagnostic, node: Node, ways: list[Fix]) -> tuple[list[str], list[Fix]]:
    """The same of an error, where no Squeeze before the layer tells."""
    if problem.code == "E0301":
        return about_claim(case, problem, node)
    if problem.code == "E0308":
        return [], [*ways, *about_open(case, problem, node)]
    if problem.code == "E0307":
        notes, more = about_dtype(case, problem, node)
        return notes, [*ways, *more]
    if problem.code == "E0203":
        return [], [*ways, *about_unnamed(case, node)]
    if problem.code == "E0306":
        return [], [*about_flattened(case, node), *ways]
    if problem.code in INPUTS:
        flat = about_flat(case, node) if problem.code == "E0302" else []
        ways = [*about_input(case, problem, node), *about_flattened(case, node), *ways, *flat]
    if problem.code in FITS and case.trier.first(ways, problem) is None:
        notes, more = about_fit(case, problem, node)
        return notes, [*ways, *more]
    return [], ways
