"""What waits for itself. Enters: what each of some names waits for. Leaves: the names that wait for each other, set by set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter


def find_cycles(waits: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The sets of more than one name that all wait for each other, by way of others or not: the strongly connected components.

    Most models have none, which the standard library finds out; networkx takes longer to import than that.
    """
    try:
        TopologicalSorter(waits).prepare()
    except CycleError:
        from networkx import DiGraph, strongly_connected_components

        graph = DiGraph((name, other) for name, others in waits.items() for other in others)
        return sorted(sorted(found) for found in strongly_connected_components(graph) if len(found) > 1)
    return []
