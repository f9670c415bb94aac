"""The wiring: text to document to graph to facts to diagnostics, and the functions that Python users call.

Enters: a path, bytes or a text. Leaves: a `Result` with everything that later stages print. Imports back ends where they
are used, so that checking pays for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.diagnostics.model import Diagnostic, has_errors
from archspec.dims import substitute
from archspec.document.model import Document, InputDeclaration
from archspec.document.model import load as load_document
from archspec.document.reader import Unreadable, decode, read
from archspec.expand.scope import expand
from archspec.facts import analyze as analyze_graph
from archspec.facts.expectations import check_expectations
from archspec.facts.model import Facts
from archspec.graph import Graph
from archspec.lints import lint
from archspec.source import Source


@dataclass(slots=True)
class Result:
    """Everything that checking one spec found. `graph` and `facts` are None where the document did not get that far."""

    source: Source
    document: Document | None = None
    graph: Graph | None = None
    facts: Facts | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings are allowed)."""
        return not has_errors(self.diagnostics)


class UnknownSymbol(ValueError):
    """A value was set for a name that the spec does not have."""


def check(path: str, data: bytes, values: Mapping[str, int] | None = None) -> Result:
    """Everything that is to be said of a spec's bytes. `values` are numbers for its symbolic sizes (`--set`)."""
    try:
        source = decode(path, data)
    except Unreadable as error:
        return Result(error.diagnostic.span.source, diagnostics=[error.diagnostic])
    result = Result(source)
    _fill(result, values or {})
    result.diagnostics.sort(key=lambda d: (d.span.line, d.span.column, d.code))
    return result


def _fill(result: Result, values: Mapping[str, int]) -> None:
    report = result.diagnostics
    try:
        root, problems = read(result.source)
    except Unreadable as error:
        report.append(error.diagnostic)
        return
    report.extend(problems)
    result.document = load_document(root, result.source, report)
    if result.document is None:
        return
    _set_values(result.document, values)
    result.graph = expand(result.document, report)
    if result.graph is None:
        return
    result.facts = analyze_graph(result.graph, report)
    check_expectations(result.facts, result.document, report)
    if not has_errors(report):
        report.extend(lint(result.facts))


def _set_values(document: Document, values: Mapping[str, int]) -> None:
    """Numbers in place of symbolic sizes. Raises UnknownSymbol."""
    for name in values:
        if name not in document.symbols:
            known = ", ".join(sorted(document.symbols)) or "none"
            raise UnknownSymbol(f"the spec has no symbolic size called {name} (it has {known})")
    if values and document.inputs:
        document.inputs = [
            InputDeclaration(d.name, tuple(substitute(size, values) for size in d.shape), d.dtype, d.span)
            for d in document.inputs
        ]
