"""The page of one layer: its arithmetic, the way to it, and what other arguments would do. Enters: a result; leaves: a page."""

from __future__ import annotations

from archspec.backends.table.figures import shape
from archspec.checking import Result
from archspec.explain import arithmetic
from archspec.explain.changes import neighbours
from archspec.explain.field import field
from archspec.explain.page import Line, Page, Section, shape_line
from archspec.explain.way import readers, way
from archspec.facts.model import Facts
from archspec.facts.standing import read
from archspec.graph import Node


def place(node: Node) -> str:
    """`specs/alexnet.yaml:17`."""
    span = node.place.name
    return f"{span.source.path}:{span.line}"


def layer_page(result: Result, node: Node) -> Page:
    """Everything about one layer."""
    facts = result.facts
    assert facts is not None
    page = Page(f"{node.path}: {node.type}, {place(node)}")
    page.about += [f"reads {_reads(facts, node)}", readers(facts, node)]
    page.parts += [section for section in sections(facts, node) if section.lines]
    page.parts.append(way(facts, node))
    tried = neighbours(result, node) if node.op is not None and not node.is_input else None
    if tried is not None:
        page.parts.append(tried)
    return page


def sections(facts: Facts, node: Node) -> list[Section]:
    """The arithmetic of a layer, by what it is of."""
    return [
        part(facts, node)
        for part in (arithmetic.output, arithmetic.parameters, arithmetic.work, arithmetic.memory, field)
    ]


def _reads(facts: Facts, node: Node) -> str:
    parts = []
    for ref in node.inputs:
        tensor = facts.tensor(ref)
        if ref is not None:
            given = shape(tensor.shape).text if tensor is not None else "?"
            parts.append(f"{read(facts.graph, facts.graph.nodes[ref.node], node.path)} ({given})")
    return " and ".join(parts) or "nothing"


def input_line(facts: Facts, node: Node) -> Line:
    """An input of the network with its shape."""
    tensor = facts.of(node).output
    return shape_line(node.path, tensor.shape) if tensor is not None else Line(node.path, "?")
