"""Analyses of a graph, one file each, and the one list that says which there are and in which order they run."""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.facts.cost import count_cost
from archspec.facts.memory import measure_memory
from archspec.facts.model import Facts
from archspec.facts.parameters import count_parameters
from archspec.facts.receptive_field import trace_fields
from archspec.facts.shapes import infer_shapes
from archspec.facts.totals import add_up
from archspec.graph import Graph


def analyze(graph: Graph, report: list[Diagnostic]) -> Facts:
    """All facts of a graph. Problems go into the report; what they leave unknown is None."""
    facts = Facts(graph)
    infer_shapes(facts, report)
    count_parameters(facts, report)
    count_cost(facts)
    trace_fields(facts)
    measure_memory(facts)
    add_up(facts)
    return facts
