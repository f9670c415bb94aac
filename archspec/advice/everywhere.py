"""How many uses a change of one place of the text is in: of a block whose declaration it changes, or steps of a repeated group.
Enters: a change; leaves: the same, and its words say so.
"""

from __future__ import annotations

from archspec.advice.standing import overlap
from archspec.advice.trial import WRONG_CLAIM, Checked
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.model import Document
from archspec.document.tree import Mapping, Node
from archspec.graph import Graph, Scope
from archspec.words import counted

_WRITTEN = ("00", "01", "02", "05")
"""The families of what is wrong in a declaration however it is used."""


def with_uses(found: Checked, problem: Diagnostic, fix: Fix) -> Fix:
    """A change, whose words name the uses of the block, or the steps, that it is in. What changes no network, or what no use
    could be right with, needs none."""
    is_claim = problem.code == WRONG_CLAIM and overlap([Edit(problem.span, ""), *fix.edits])
    if fix.is_safe or is_claim or problem.code[1:3] in _WRITTEN or found.document is None or found.graph is None:
        return fix
    block = _block(found.document, fix.edits)
    uses = _uses(found.graph.root, block) if block else 0
    if uses > 1:
        is_told = not found.graph.is_guessed and not found.graph.cut  # else an error hides how many there are
        everywhere = f"in all {counted(uses, 'use') if is_told else 'uses'} of {block}"
        return fix._replace(said=_with(fix.said.replace(f" of the block {block}", ""), everywhere))
    repeat = _repeat(found.graph, problem.layer or "", fix.edits)
    if repeat is not None and repeat.members[-1].path not in fix.said:
        return fix._replace(said=_with(fix.said, f"in all {counted(repeat.length, 'step')} of {repeat.path}"))
    return fix


def _with(said: str, everywhere: str) -> str:
    """The words of a change, and where it is, before what else could be done."""
    first, apart, rest = said.partition("; or ")
    return f"{first}, {everywhere}{apart}{rest}"


def _uses(scope: Scope, block: str) -> int:
    """How many uses of a block stand in a group. Depth is bounded by the reader."""
    count = 0
    for member, times in scope.counted_members():
        if isinstance(member, Scope):
            own = member.use is not None and member.use.block == block
            count += times * (own + _uses(member, block))
    return count


def _block(document: Document, edits: tuple[Edit, ...]) -> str:
    """The block whose declaration a change is of."""
    blocks = document.root.get("blocks")
    for name, entry in blocks.entries.items() if isinstance(blocks, Mapping) else ():
        if any(_is_in(edit, entry.value) for edit in edits):
            return name
    return ""


def _repeat(graph: Graph, path: str, edits: tuple[Edit, ...]) -> Scope | None:
    """The repeat around a layer, of several steps, whose layers a change is of."""
    while "." in path:
        path = path.rpartition(".")[0]
        scope = graph.scopes.get(path)
        if scope is None or not scope.is_repeat or scope.length < 2:
            continue
        parent = graph.around(path)
        slot = next((slot for slot in parent.slots if slot.member is scope), None)
        mapping = getattr(slot.place, "mapping", None) if slot is not None else None
        layers = mapping.get("layers") if isinstance(mapping, Mapping) else None
        if layers is not None and any(_is_in(edit, layers) for edit in edits):
            return scope
    return None


def _is_in(edit: Edit, node: Node) -> bool:
    own, outer = edit.span, node.span
    return own.source.path == outer.source.path and outer[1:3] <= own[1:3] and own[3:5] <= outer[3:5]
