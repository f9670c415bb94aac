"""`tie`: parameters that are another layer's; and names of tensors. Enters: nodes with what they say; leaves: `Tie` records,
diagnostics."""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Invalid, Mapping, Scalar, describe
from archspec.document.tree import Node as Tree
from archspec.expand.members import join
from archspec.expand.references import report_nothing
from archspec.graph import Graph, Node, Tie


def tie_of(node: Node, tree: Tree, report: list[Diagnostic]) -> Mapping | None:
    """What a layer says of its parameters; None where nothing, or nothing that can be read."""
    tie = tree.get("tie") if isinstance(tree, Mapping) else None
    if tie is None or isinstance(tie, Mapping | Invalid):
        return tie if isinstance(tie, Mapping) else None
    report.append(Diagnostic("E0105", f"{node.path}: tie takes a mapping, not {describe(tie)}", tie.span, layer=node.path,
                             help="write tie: {weight: other_layer.weight}"))  # fmt: skip
    return None


def need_module(node: Node, report: list[Diagnostic]) -> None:
    """E0107 for a tensor as item of a list: a list of PyTorch's holds modules and nothing else."""
    if node.op is not None and node.op.kind == "value":
        message = f'the name "{node.name}" makes it an item of a list of modules, and a {node.type} is a tensor'
        report.append(
            Diagnostic("E0107", message, node.place.name, layer=node.path, help="give it a name without a dot")
        )


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
