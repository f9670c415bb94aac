"""What is wrong in a block is said once, at its definition, with the uses that cause it.

Enters: diagnostics and the graph; leaves: diagnostics, those of one place and code made one.
"""

from __future__ import annotations

from dataclasses import replace

from archspec.diagnostics.model import Diagnostic, Label
from archspec.document.tree import clip, show
from archspec.graph import Graph, Scope

MAX_USES = 3
STATIC = frozenset({"E0100", "E0103", "E0104", "E0107", "E0109", "E0202", "E0501", "E0502"})
"""What is wrong with a block however it is used, so that its uses need not be named."""


def say_once(report: list[Diagnostic], graph: Graph) -> list[Diagnostic]:
    """The diagnostics, each with the uses of blocks that led to it, and none twice."""
    first: dict[tuple[str, str, int, int], list[Diagnostic]] = {}
    for diagnostic in report:
        span = diagnostic.span
        first.setdefault((diagnostic.code, span.source.path, span.line, span.column), []).append(diagnostic)
    return [found for group in first.values() for found in _merged(group, graph)]


def _merged(group: list[Diagnostic], graph: Graph) -> list[Diagnostic]:
    """One diagnostic for a place; those that are about one layer, or about none, stay as they are."""
    layers = list(dict.fromkeys(diagnostic.layer for diagnostic in group))
    told = group[0]
    if told.code in STATIC:
        return [told]
    chain = _uses(told.layer, graph)
    if not chain and (len(layers) == 1 or None in layers):
        return group
    labels = [Label(scope.use.span, _used(scope)) for scope in chain[:MAX_USES] if scope.use is not None]
    others = [layer for layer in layers[1:] if layer is not None]
    notes = told.notes
    if others:
        shown = ", ".join(clip(layer) for layer in others[:MAX_USES])
        rest = len(others) - MAX_USES
        notes = (*notes, f"the same in {shown}" + (f" and {rest} more" if rest > 0 else ""))
        seen = {label.span for label in labels}
        for layer in others:
            scope = next(iter(_uses(layer, graph)), None)
            if scope is not None and scope.use is not None and scope.use.span not in seen and len(seen) <= MAX_USES:
                seen.add(scope.use.span)
                labels.append(Label(scope.use.span, _used(scope)))
    return [replace(told, labels=(*told.labels, *labels), notes=notes, help=_own_paths(told, chain))]


def _own_paths(told: Diagnostic, chain: list[Scope]) -> str:
    """The help with layers called as the file has them that it speaks of, where that is another than the network's."""
    uses = [scope.use for scope in chain if scope.use is not None]
    if not uses or told.span.source is uses[-1].span.source:
        return told.help
    return told.help.replace(f"{chain[0].path}.", "")


def _uses(layer: str | None, graph: Graph) -> list[Scope]:
    """The uses of blocks that a layer stands in, innermost first."""
    found: list[Scope] = []
    path = layer or ""
    while "." in path:
        path = path.rpartition(".")[0]
        scope = graph.scopes.get(path)
        if scope is not None and scope.use is not None:
            found.append(scope)
    return found


def _used(scope: Scope) -> str:
    assert scope.use is not None
    arguments = ", ".join(f"{name}: {show(value)}" for name, value in list(scope.use.arguments.items())[:6])
    return f"used here as {clip(scope.path)}" + (f" with {clip(arguments, 80)}" if arguments else "")
