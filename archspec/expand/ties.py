"""`tie`: parameters that are another layer's. Enters: nodes with what they say; leaves: `Tie` records, diagnostics."""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Invalid, Mapping, Scalar
from archspec.expand.members import join
from archspec.expand.references import report_nothing
from archspec.graph import Graph, Node, Tie


def tie_all(graph: Graph, ties: list[tuple[Node, Mapping]], report: list[Diagnostic]) -> None:
    """Finds the layers that ties name: in the same scope, or by the whole path."""
    by_path = {node.path: node for node in graph.nodes if not node.is_input} if ties else {}
    for node, tie in ties:
        scope = node.path.rpartition(".")[0]
        found: list[Tie] = []
        for entry in tie.entries.values():
            text = entry.value.text if isinstance(entry.value, Scalar) else ""
            layer, _, parameter = text.rpartition(".")
            target = by_path.get(join(scope, layer)) or by_path.get(layer)
            if target is not None and target is not node and parameter:
                found.append(Tie(entry.key, target.index, parameter, entry.value.span))
            elif not isinstance(entry.value, Invalid):
                known = (path for path in by_path if path != node.path)
                report_nothing(text or "nothing", layer, known, entry.value.span, node.path, report)
        node.ties = tuple(found)
