"""An order of computation. Enters: what each of some things waits for. Leaves: their places, each after those."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from contextlib import suppress


def by_need(waits: Sequence[Iterable[int]]) -> list[int]:
    """Places, each after those that it waits for, and as near to the order given as can be: of what can be computed, the first
    comes first. What waits for itself, by way of others or not, is left out, and so is what waits for that.
    """
    from graphlib import CycleError, TopologicalSorter

    sorter = TopologicalSorter(dict(enumerate(waits)))
    with suppress(CycleError):  # what can be sorted is sorted nevertheless
        sorter.prepare()
    ready, order = list(sorter.get_ready()), list[int]()
    heapq.heapify(ready)
    while ready:
        order.append(heapq.heappop(ready))
        sorter.done(order[-1])
        for place in sorter.get_ready():
            heapq.heappush(ready, place)
    return order
