"""The right side of every line that is printed, worked out, comes to its figure: all networks in `specs/`, all ops' examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import SPECS
from written_arithmetic import worked_out

from archspec.checking import Result, check
from archspec.dims import Dim, substitute
from archspec.explain.layer import sections
from archspec.explain.network import network_page
from archspec.explain.page import Line, Section
from archspec.ops import registry
from archspec.ops.examples import spec

ALL = sorted(SPECS.rglob("*.yaml"))
SYMBOLS = {"N": 1, "H": 41, "W": 57, "T": 19, "S": 23, "L": 31}


def lines_of(result: Result) -> list[Line]:
    """The lines of the network's page, and of each layer's once for equal ones."""
    assert result.facts is not None
    found = [
        line for part in network_page(result, has_all=True).parts if isinstance(part, Section) for line in part.lines
    ]
    known: set[tuple[object, ...]] = set()
    for node in result.facts.graph.layers:
        record = result.facts.of(node)
        key = (id(record.instance), record.field)
        if key not in known:
            known.add(key)
            found += [line for section in sections(result.facts, node) for line in section.lines]
    return found


def is_true(line: Line) -> bool:
    """Asserts it of a line with a formula; whether it has one."""
    if not line.filled:
        return False
    assert line.value is not None, line
    assert not isinstance(line.value, tuple), line
    value = line.value if isinstance(line.value, float) else substitute(line.value, SYMBOLS)  # halves are exact
    assert not isinstance(value, Dim), line
    assert worked_out(re.sub(r"(?<=\d),(?=\d{3})", "", line.filled), SYMBOLS) == value, line
    return True


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(SPECS)))
def test_of_a_network(path: Path) -> None:
    assert sum(map(is_true, lines_of(check(str(path), path.read_bytes())))) >= 3


def test_of_the_ops_examples() -> None:
    true = 0
    for name in registry.names():
        op = registry.find(name)
        assert op is not None
        true += sum(map(is_true, lines_of(check("example.yaml", spec(op).encode()))))
    assert true > 900
