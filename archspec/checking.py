"""The wiring: text to document to graph to facts to diagnostics.

Enters: a spec's bytes and the values given for its arguments. Leaves: a `Result` with everything that later stages print.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from archspec.diagnostics.model import Diagnostic, breaking, has_errors, is_claim
from archspec.diagnostics.nearest import looked_for
from archspec.dims import BATCH, substitute, work
from archspec.document.blocks import Block
from archspec.document.load import load as load_document
from archspec.document.model import Document, InputDeclaration
from archspec.document.reader import Unreadable, decode
from archspec.expand.folding import LONG, STEPS, Folding, with_asked
from archspec.expand.uses import say_once
from archspec.expressions.value import Value, as_data, show
from archspec.facts import analyze as analyze_facts
from archspec.facts import analyze_tensors
from archspec.facts.expectations import check_expectations
from archspec.facts.model import Facts, LaterFacts
from archspec.graph import Graph
from archspec.growing import Instead, claimed, grow
from archspec.limits import MAX_LAYERS, MAX_STEPS
from archspec.lints import lint
from archspec.lints.choosing import Ignored, choose
from archspec.other_sizes import is_missed, leave_other_sizes
from archspec.settings import Settings
from archspec.sharing import Kept, Shared
from archspec.source import Source


@dataclass(slots=True, eq=False, repr=False)
class Result:
    """Everything that checking one spec found. `facts` are None where the document did not get that far."""

    source: Source
    """The text, and the path it has in messages."""
    document: Document | None = None
    """What is written: its arguments, inputs, blocks and layers."""
    facts: Facts | None = None
    """The graph's shapes, figures and totals."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """All that is to be said of it, in its order."""
    ignored: list[Ignored] = field(default_factory=list)
    """The warnings that the document itself ignores, with the reasons that it gives."""
    settings: Settings = field(default_factory=Settings)
    """Those of its project that it was checked with."""
    given: Mapping[str, Value] = field(default_factory=dict)
    """The values of its arguments and symbolic sizes that were set (`--set`)."""
    asked: Collection[str] = ()
    """Paths of layers and groups that are asked about: a step of a long repeat among them has a node of its own."""
    has_all_fixes: bool = True
    """Whether all changes that could be fixes of what is said were tried."""
    layers_made: int = 0
    """How many layers were made to find what it is, those of tries included."""
    size_work: int = 0
    """What its symbolic sizes took, as `dims.work` counts it."""
    _shared: Shared = field(default_factory=Shared)
    """What checks of the same text with other values use again."""

    @property
    def graph(self) -> Graph | None:
        """Its layers and what they read, blocks and repeats written out."""
        return self.facts.graph if self.facts is not None else None

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings are allowed)."""
        return not has_errors(self.diagnostics)

    @property
    def cost(self) -> int:
        """What checking it took: one for each layer, each twenty characters, and each fifty steps of expressions or of sizes."""
        steps = MAX_STEPS - self.document.work.left if self.document is not None else 0
        return 1 + self.layers_made + len(self.source.text) // 20 + steps // 50 + self.size_work // 50

    @property
    def is_network(self) -> bool:
        """Whether it is a network with figures: where not `ok`, all that is wrong is that they are not what it claims of them."""
        return self.facts is not None and not breaking(self.diagnostics)

    @property
    def missed(self) -> list[Diagnostic]:
        """The errors of claims: what `expect` or a budget holds and is not so."""
        return [found for found in self.diagnostics if found.severity == "error" and is_claim(found)]

    @property
    def arguments(self) -> dict[str, Any]:
        """The values that its arguments have, those by default included, as plain data; None where one is in error."""
        if self.document is None:
            return {}
        return {name: as_data(self.document.values.get(name)) for name in self.document.args}

    @property
    def symbols(self) -> dict[str, int | None]:
        """Its symbolic sizes: the number that each was given, or None."""
        names = self.document.symbols if self.document is not None else ()
        given = {name: self.given.get(name) for name in names}
        return {name: value if isinstance(value, int) else None for name, value in given.items()}


class UnknownSymbol(ValueError):
    """A value was set for a name that the spec does not have, or one of another kind than it takes. `has` are its names."""

    def __init__(self, message: str, has: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.has = frozenset(has)


def check(
    path: str,
    data: bytes,
    values: Mapping[str, Value] | None = None,
    settings: Settings | None = None,
    *,
    has_all_fixes: bool = False,
    folder: str = "",
    fold_from: int | None = None,
    lists_few: bool = False,
    asked: Collection[str] = (),
) -> Result:
    """Everything that is to be said of a spec's bytes. `values` are those of its arguments and symbolic sizes (`--set`).

    Errors have the fixes that were tried; warnings have them where `has_all_fixes` asks for it, since trying takes time that a
    right spec should not need. No file of settings is looked for; `settings.find` does that, and `settings` is what it found.
    `folder` is where the spec lies, if its path was one from another current folder. Repeats of more than
    `fold_from` like steps need not have a node for each layer, as `Graph.folds` says; figures are the same. With `lists_few`
    only those of networks whose layers are too many to be listed. Steps at paths that are `asked` about have nodes all the same.
    Raises TypeError for what is no bytes, and UnknownSymbol for a name or a value that the spec does not take.
    """
    if not isinstance(data, bytes):
        way = f"check({path!r}, text.encode())" if isinstance(data, str) else "archspec.parse takes texts and dicts"
        raise TypeError(f"check takes the bytes of a spec, not a {type(data).__name__}: {way}")
    try:
        source = decode(path, data)
        source.folder = folder or os.path.dirname(os.path.abspath(path))
    except Unreadable as error:
        return Result(error.diagnostic.span.source, diagnostics=[error.diagnostic])
    found = check_source(source, values, settings, fold_from=fold_from, lists_few=lists_few, asked=asked)
    return _advised(found, has_all_fixes, fold_from)


def vary(result: Result, values: Mapping[str, Value]) -> Result:
    """The same text, checked with these values in place of those that it had. Raises UnknownSymbol.

    Where there is nothing to be said of single layers, these are found when `facts` are first asked for them.
    """
    shared = result._shared
    checked = partial(check_source, result.source, values, result.settings, shared=shared)
    if not shared.is_foldable:
        return _advised(checked(fold_from=LONG, lists_few=True), fold_from=LONG)
    found = checked(fold_from=STEPS, by_values=True)
    facts = found.facts
    if facts is None or not facts.graph.folds:
        shared.is_foldable = not found.diagnostics or not found.ok
    elif facts.graph.root.layer_count <= MAX_LAYERS:
        shared.is_foldable = not _has_imported(found)  # files that it imports may be others by then
        found.facts = (
            LaterFacts(facts.totals, lambda: checked().facts or facts) if shared.is_foldable else checked().facts
        )
    return _advised(found, fold_from=LONG)


def _has_imported(result: Result) -> bool:
    blocks = result.document.blocks.values() if result.document is not None else ()
    return any(block.span.source is not result.source for block in blocks)


def for_code(result: Result, facts: Facts) -> Facts:
    """What code is written from: in it no step of a long repeat stands apart for what is claimed of it."""
    if not facts.graph.folds or result.document is None or not claimed(result.document):
        return facts
    alike = Instead(has_claims=False)
    return check_source(result.source, result.given, result.settings, instead=alike, fold_from=LONG).facts or facts


def _advised(result: Result, has_all_fixes: bool = False, fold_from: int | None = None) -> Result:
    """With fixes that were tried: for errors, and for warnings where all are asked for."""
    if not result.ok or (has_all_fixes and result.diagnostics):
        from archspec.advice import advise

        advice = advise(
            result,
            lambda other: check_source(
                other,
                result.given if other.path == result.source.path else None,
                result.settings,
                fold_from=fold_from,
            ),
        )
        result.diagnostics, result.has_all_fixes = advice.diagnostics, advice.is_all
    return result


def check_source(
    source: Source,
    values: Mapping[str, Value] | None = None,
    settings: Settings | None = None,
    *,
    instead: Instead | None = None,
    fold_from: int | None = None,
    by_values: bool = False,
    lists_few: bool = False,
    asked: Collection[str] = (),
    shared: Shared | None = None,
) -> Result:
    """The same for a text, without what could be done about it; with something else than it says, where that is asked.

    `shared` is what checks of the same text with other values have found; it changes nothing but how long this takes.
    """
    instead = instead or Instead()
    given, shared = dict(values or {}), shared or Shared()
    begin = partial(Result, source, settings=settings or Settings(), given=given, asked=asked, _shared=shared)
    result = begin()
    if fold_from is not None:
        folding = Folding(fold_from, shared.unlike, by_values=by_values)
        _work_through(result, instead, with_asked(folding, asked) or folding)
        if not _needs_all(result, lists_few):
            return result
        folded, result = result, begin()
        _work_through(result, instead, None)
        return result if result.graph is not None else folded  # of groups or connections there may be too many still
    _work_through(result, instead, None)
    return result


def _needs_all(result: Result, lists_few: bool) -> bool:
    """Whether layers are wanted, something is said of them or not known, and they are few enough to be written out."""
    graph, facts = result.graph, result.facts
    if graph is None or not graph.folds:
        return False
    are_wanted = lists_few or result.diagnostics or result.ignored or facts is None or facts.is_unsteady
    return bool(are_wanted) and graph.root.layer_count <= MAX_LAYERS


def _work_through(result: Result, instead: Instead, folding: Folding | None) -> None:
    spent = [0]
    kept = result._shared.take()
    token, work_token = looked_for.set([0]), work.set(spent)
    try:
        is_free = _fill(result, instead, folding, kept)
    finally:
        result.size_work = spent[0]
        looked_for.reset(token)
        work.reset(work_token)
    if is_free and not spent[0]:
        result._shared.give_back(kept)
    result.diagnostics.sort(key=lambda d: (d.span.source is not result.source, d.span.line, d.span.column, d.code))


def _fill(result: Result, instead: Instead, folding: Folding | None, kept: Kept) -> bool:
    """Checks a text. Answers whether nothing was assumed of symbolic sizes."""
    report, values, settings = result.diagnostics, dict(result.given), result.settings
    try:
        root, problems = result._shared.read(result.source)
    except Unreadable as error:
        report.append(error.diagnostic)
        return True
    report.extend(problems)

    def imported(document: Document, report: list[Diagnostic]) -> dict[str, Block]:
        from archspec.document.imports import import_blocks

        return import_blocks(document, report, settings.roots)

    result.document = load_document(root, result.source, report, values, imported)
    if result.document is None:
        return True
    if instead.inputs is not None and result.document.inputs is not None:
        result.document.inputs = list(instead.inputs)
    _set_values(result.document, values)
    if result.document.is_library:
        from archspec.expand.alone import check_blocks

        check_blocks(result.document, report)
        return True
    grown = grow(result.document, report, instead, folding, kept)
    result.layers_made = grown.work
    result._shared.unlike |= grown.unlike
    if grown.inference is None:
        return grown.is_free
    grown.inference.finish()
    result.facts = grown.inference.facts
    if not instead.has_figures:
        analyze_tensors(result.facts, report)
        return grown.is_free
    analyze_facts(result.facts, report)
    if instead.has_claims:
        check_expectations(result.facts, result.document, report, settings.budget)
        if result.document.sizes and any(map(is_missed, report)):
            _leave_other_sizes(result, instead)
    if breaking(report):
        report[:] = say_once(report, result.facts.graph)
        return grown.is_free
    found = [*report, *lint(result.facts, result.document)]
    report[:], result.ignored = choose(
        found, result.facts.graph, result.document, settings.project, settings.command, is_judged=not values
    )
    return grown.is_free


def _leave_other_sizes(result: Result, instead: Instead) -> None:
    """Holds what is missed against the network without the sizes that are set, of which alone it may be."""
    assert result.document is not None, "claims were looked at"
    assert result.facts is not None, "and figures"
    sizes = result.document.sizes
    given = {name: value for name, value in result.given.items() if name not in sizes}
    free = check_source(result.source, given, result.settings, instead=instead._replace(inputs=None))
    if free.facts is not None:
        leave_other_sizes(result.facts, result.diagnostics, free.facts, free.diagnostics, sizes)


def _is_size(value: object) -> bool:
    return type(value) is int and value >= 1


def _instead(value: Value, fits: Callable[[Any], bool]) -> str:
    """What to write in place of a value, where that is plain."""
    from archspec.document.value_help import meant
    from archspec.document.writer import flow

    instead = meant(value, fits)
    return f"; write {flow(instead)}" if instead is not None else ""


def _set_values(document: Document, values: Mapping[str, Value]) -> None:
    """Numbers in place of symbolic sizes. Raises UnknownSymbol."""
    has = (*document.args, *sorted(document.symbols))
    for name, value in values.items():
        if name in document.args:
            if not document.args[name].fits(value):
                argument = document.args[name]
                instead = _instead(value, argument.fits)
                raise UnknownSymbol(f"the argument {name} takes {argument.takes}, not {show(value)}{instead}", has)
        elif name not in document.symbols:
            if name == BATCH:
                raise UnknownSymbol(
                    "N is the batch, and figures are of one sample; check --batch 64 says memory for a batch", has
                )
            if document.inputs is not None and name in {"input", *(declared.name for declared in document.inputs)}:
                raise UnknownSymbol(f"sizes of {name} are varied by their names: write one, such as input: [3, S, S], and give S",
                                    has)  # fmt: skip
            known = ", ".join(has) or "none"
            raise UnknownSymbol(f"the spec has no argument or symbolic size called {name} (it has {known})", has)
        elif not _is_size(value):
            instead = _instead(value, _is_size)
            raise UnknownSymbol(f"the size {name} takes a whole number from 1 up, not {show(value)}{instead}", has)
    sizes = {name: value for name, value in values.items() if name in document.symbols and isinstance(value, int)}
    document.sizes = sizes
    if sizes and document.inputs:
        document.inputs = [
            InputDeclaration(d.name, tuple(substitute(size, sizes) for size in d.shape), d.dtype, d.span)
            for d in document.inputs
        ]
