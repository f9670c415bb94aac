"""Analyses of a graph, one file each, and the one list that says which there are and in which order they run."""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.facts.cost import count_cost
from archspec.facts.memory import measure_memory
from archspec.facts.model import Facts
from archspec.facts.overwriting import check_overwriting
from archspec.facts.parameters import count_parameters
from archspec.facts.receptive_field import trace_fields
from archspec.facts.totals import add_up


def analyze_tensors(facts: Facts, report: list[Diagnostic]) -> None:
    """What code is written from, without any figures: parameters and buffers, and whether a tensor is overwritten."""
    count_parameters(facts, report)
    check_overwriting(facts, report)


def analyze(facts: Facts, report: list[Diagnostic]) -> None:
    """All other facts of a graph whose shapes are known. Problems go into the report; what they leave unknown is None."""
    count_parameters(facts, report)
    count_cost(facts)
    trace_fields(facts)
    measure_memory(facts)
    check_overwriting(facts, report)
    add_up(facts)
    if facts.symbols:
        from archspec.facts.symbolic_peak import measure_symbolic_peak

        measure_symbolic_peak(facts)
