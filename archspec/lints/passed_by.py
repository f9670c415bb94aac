"""W1020: branch passed by

A merge that `when` leaves out stands for the first that it reads, and not for the branch beside it.

Whoever reads a layer that is left out reads the first of what it would have read: of `from: [input, act]` that is `input`, and
what `act` computes is lost to it. That is said where the order is free, so that the other input could as well stand first, both
have one shape, and something else reads the branch; where nothing does, W1001 says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Fix, Label
from archspec.facts.model import Facts
from archspec.lints.feeds_nothing import find_alive
from archspec.lints.left_out import LeftOut, is_from, left_out

CODE = "W1020"
BAD = """archspec: 1
name: Example
args: {residual: false}
input: [8]
layers:
  dense: {type: Linear, out_features: 8}
  act: ReLU
  add: {type: Add, from: [input, act], when: "${residual}"}
  gate: {type: Mul, from: [add, act]}
"""
GOOD = BAD.replace("[input, act]", "[act, input]")


def check(facts: Facts) -> Iterator[Diagnostic]:
    graph = facts.graph
    found = list(left_out(graph))
    alive = find_alive(graph) if found else set()
    for merge in found:
        first = merge.reads[0]
        for position, ref in enumerate(merge.reads):
            if first is None or ref is None or ref.node == first.node or ref.node not in alive:
                continue
            turned = merge.turned(facts, position)
            if turned is not None and is_from(graph, graph.nodes[ref.node], graph.nodes[first.node]):
                yield _warn(merge, position, turned)


def _warn(merge: LeftOut, position: int, turned: Fix) -> Diagnostic:
    first, branch, place = merge.name(0), merge.name(position), merge.slot.place
    labels = (Label(place.argument("when") or place.name, "false here"),)
    return Diagnostic(CODE, f"{merge.said} is left out and stands for {first}, so that {branch}, which is computed from it, is "
                      "passed by", place.argument("from") or place.name, label=f"{first} comes first", labels=labels,
                      help=turned.said, layer=merge.path or None, ways=(turned,) if turned.edits else ())  # fmt: skip
