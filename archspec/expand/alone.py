"""Blocks by themselves. Enters: a file of blocks; leaves: what is wrong in them however they are used.

Each is expanded once, with arguments and inputs of which nothing is known: types, keys, names, references and expressions are
looked at, and whatever depends on a value or a shape is unknown, of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block
from archspec.document.model import Document, InputDeclaration
from archspec.document.tree import Entry, Invalid, Mapping, Node, Scalar, Sequence
from archspec.expand.folding import Cut, Folding, refolded
from archspec.expand.room import TooLarge
from archspec.expand.scope import expand
from archspec.graph import Graph, Ref
from archspec.graph import Node as GraphNode
from archspec.limits import MAX_FOLLOWED_ALONE, MAX_LAYERS
from archspec.ops.base import Tensor


class _NoShapes:
    """Infers nothing."""

    is_by_path = False

    def __init__(self, graph: Graph) -> None:
        pass

    def add(self, node: GraphNode) -> None:
        pass

    def add_as(self, node: GraphNode, known: object) -> None:
        pass

    def known_of(self, node: GraphNode) -> object:
        return None

    def tensor(self, ref: Ref | None) -> Tensor | None:
        return None

    def forget(self, ref: Ref | None) -> None:
        pass

    def ports_without(self, ref: Ref) -> Collection[str] | None:
        return None


def check_blocks(document: Document, report: list[Diagnostic]) -> None:
    """Reports what is wrong in the blocks of a file, each problem once."""
    own = [block for block in document.blocks.values() if block.span.source is document.source]
    if not own:  # what kept one from being read was said
        entry = document.root.entries["blocks"]
        if isinstance(entry.value, Mapping) and not entry.value.entries:
            help = "write a block below it, with its layers: Block: {layers: {relu: ReLU}}"
            report.append(Diagnostic("E0109", "there is no block here", entry.key_span, help=help))
        return
    most = max((len(block.inputs) for block in document.blocks.values()), default=0)
    span = document.source.whole()
    inputs = [InputDeclaration(f"input{i}", (), "float32", span) for i in range(most)]
    uses = {block.name: Entry(block.name, block.span, _use(block)) for block in own}
    found: list[Diagnostic] = []
    used = replace(document, inputs=inputs, layers=Mapping(uses, span))

    def made(folding: Folding | None) -> None:
        found.clear()
        expand(used, found, _NoShapes, folding=folding)

    try:
        refolded(made, Folding(cut=Cut(MAX_FOLLOWED_ALONE, MAX_LAYERS)))
    except TooLarge as error:
        found.append(error.diagnostic)
    first = {(d.code, d.span.source.path, d.span.line, d.span.column): d for d in reversed(found)}
    report.extend(replace(diagnostic, layer=None) for diagnostic in reversed(first.values()))


def _use(block: Block) -> Mapping:
    """A use with arguments that are not known, which is what `Invalid` says."""

    def entry(key: str, value: Node) -> tuple[str, Entry]:
        return key, Entry(key, block.span, value)

    def text(value: str) -> Scalar:
        return Scalar(value, value, False, block.span)

    reads = Sequence([text(f"input{i}") for i in range(len(block.inputs))], block.span)
    arguments = [entry(name, Invalid(block.span)) for name in block.args]
    return Mapping(dict([entry("type", text(block.name)), entry("from", reads), *arguments]), block.span)
