"""`tie`: parameters that are another layer's; and names of tensors. Enters: nodes with what they say; leaves: `Tie` records,
diagnostics."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_

from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.nearest import find_path, names_here
from archspec.document.tree import Invalid, Mapping, Scalar
from archspec.document.tree import Node as Tree
from archspec.expand.folding import Unwritten, leads_into_others
from archspec.expand.members import join
from archspec.expand.unknown_names import around, report_nothing
from archspec.expressions.value import is_expression
from archspec.graph import Graph, Node, Tie
from archspec.ops.base import OWN, Op

MOST_PARTS = 2
"""Of a parameter's name: `out_proj.weight`."""


def _is_left_out(value: Tree) -> bool:
    """Whether an expression says that a parameter is the layer's own after all; a name that is not written is a mistake."""
    return isinstance(value, Scalar) and value.value in (None, "") and is_expression(value.span.text())


def _target(text: str, scope: str, by_path: Mapping_[str, Node]) -> tuple[Node | None, str]:
    """The layer and its parameter: `head.weight`, `attention.out_proj.weight`, or `token` where that is a parameter itself."""
    whole = by_path.get(join(scope, text)) or by_path.get(text)
    if whole is not None and _is_parameter(whole):
        return whole, OWN
    parts = text.split(".")
    for count in range(len(parts) - 1, max(len(parts) - 1 - MOST_PARTS, 0), -1):
        layer, parameter = ".".join(parts[:count]), ".".join(parts[count:])
        target = by_path.get(join(scope, layer)) or by_path.get(layer)
        if target is not None:
            return target, parameter
    return None, ""


def _is_parameter(node: Node) -> bool:
    """Whether the layer is itself a parameter, whose path is its key in the `state_dict`."""
    return node.op is not None and OWN in node.op.parameter_names


def need_module(node: Node, report: list[Diagnostic]) -> None:
    """E0107 for a tensor as item of a list: a list of PyTorch's holds modules and nothing else."""
    if node.op is not None and node.op.kind == "value":
        message = f'the name "{node.name}" makes it an item of a list of modules, and a {node.type} is a tensor'
        report.append(
            Diagnostic("E0107", message, node.place.name, layer=node.path, help="give it a name without a dot")
        )


def tie_all(graph: Graph, ties: list[tuple[Node, Mapping]], report: list[Diagnostic], is_cut: bool = False) -> None:
    """Finds the layers that ties name: in the same scope, or by the whole path. Raises Unwritten for a step that another one
    stands for. `is_cut`: long repeats were not followed to their ends, so that what is not there may be.
    """
    by_path = {node.path: node for node in graph.nodes if not node.is_input} if ties else {}
    for node, tie in ties:
        scope = node.path.rpartition(".")[0]
        found: list[Tie] = []
        for entry in tie.entries.values():
            if _is_left_out(entry.value):
                continue
            text = entry.value.text if isinstance(entry.value, Scalar) else ""
            target, parameter = _target(text, scope, by_path)
            if target is not None and target is not node and parameter:
                own, of = ((one.op or Op).parameter_key(name) for one, name in ((node, entry.key), (target, parameter)))
                found.append(Tie(own, target.index, of, entry.value.span))
            elif not isinstance(entry.value, Invalid):
                unwritten = {path for path in (join(scope, text), text) if leads_into_others(graph, path)}
                if unwritten and is_cut:
                    continue
                if unwritten:
                    raise Unwritten(frozenset(unwritten))
                likeliest = (other.path for _, other in around(graph.nodes, node.index) if not other.is_input)
                help = names_here(path for path in by_path if path != node.path)
                name = text.rpartition(".")[0]
                near = find_path(name, likeliest)
                report_nothing(text or "nothing", name, near, help, entry.value.span, node.path, report)
        node.ties = tuple(found)
