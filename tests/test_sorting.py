"""Orders of computation, and what waits for itself, beside their definitions."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from archspec.importers.structure.cycles import find_cycles
from archspec.sorting import by_need

WAITS = st.integers(0, 9).flatmap(
    lambda count: st.lists(st.sets(st.integers(0, max(count - 1, 0)), max_size=3), min_size=count, max_size=count)
)


@given(WAITS)
def test_of_what_can_be_computed_the_first_comes_first(waits: list[set[int]]) -> None:
    left, order = list(range(len(waits))), []
    while ready := [place for place in left if waits[place] <= set(order)]:
        order.append(ready[0])
        left.remove(ready[0])
    assert by_need(waits) == order


@given(WAITS)
def test_what_waits_for_each_other(waits: list[set[int]]) -> None:
    names = {str(place): {str(other) for other in others} - {str(place)} for place, others in enumerate(waits)}
    reached = {name: set(others) for name, others in names.items()}
    for between in names:
        for found in reached.values():
            found.update(reached[between] if between in found else ())
    mutual = {
        name: frozenset(other for other in names if other in reached[name] and name in reached[other]) for name in names
    }
    sets = {tuple(sorted(found)) for found in mutual.values() if found}
    assert find_cycles(names) == [list(found) for found in sorted(sets)]


def test_models_without_cycles_do_not_import_networkx() -> None:
    code = (
        "import sys; from archspec.importers.structure.cycles import find_cycles; "
        "assert find_cycles({'b': {'a'}, 'c': {'a', 'b'}}) == []; print('networkx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
