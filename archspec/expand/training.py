"""Layers that are computed in training only (`mode: train`): nothing that is computed in evaluation may rest on them.

Enters: nodes and scopes as they are made. Leaves: diagnostics; what rests on such a layer becomes unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics.model import Diagnostic, Label
from archspec.graph import Node, Scope
from archspec.source import Span


def need_computed(node: Node, nodes: Sequence[Node], report: list[Diagnostic]) -> None:
    """E0206 where a layer reads in evaluation what is computed in training only; it is unknown then."""
    for ref in node.inputs if not node.train_only else ():
        if ref is not None and nodes[ref.node].train_only:
            other = nodes[ref.node]
            report.append(Diagnostic(
                "E0206", f"{node.path} reads {other.path}, which is computed in training only", ref.span or node.place.name,
                label="evaluation has nothing to read here", labels=(Label(other.place.name, f"{other.name} stands here"),),
                help="say what it reads: from: …, or give it mode: train too", layer=node.path))  # fmt: skip
            node.inputs = tuple(None if r is not None and nodes[r.node].train_only else r for r in node.inputs)
            return


def need_result(scope: Scope, span: Span, nodes: Sequence[Node], report: list[Diagnostic]) -> None:
    """E0206 where a scope that is no part of training alone gives nothing in evaluation."""
    refs = [ref for ref in scope.outputs.values() if ref is not None]
    if refs and all(nodes[ref.node].train_only for ref in refs):
        what = scope.path or "the network"
        report.append(Diagnostic("E0206", f"{what} gives nothing in evaluation: what it returns is of training only", span,
                                 help="name an output that is always computed: outputs: {output: …}",
                                 layer=scope.path or None))  # fmt: skip
        scope.outputs = dict.fromkeys(scope.outputs)
