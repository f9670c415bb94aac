"""W1019: repeated 0 times

A repeat of 0 leaves the layer out, which its own words hardly say.

Whoever reads it reads what stands above it. Where an expression says how often, that may be one variant of several; a 0 that is
written is hardly meant: a layer that is not wanted is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts

CODE = "W1019"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  hidden: {type: Linear, out_features: 16, repeat: 0}
  relu: ReLU
"""
GOOD = BAD.replace("repeat: 0", "repeat: 2")


def check(facts: Facts) -> Iterator[Diagnostic]:
    graph = facts.graph
    for scope in (graph.root, *graph.scopes.values()):
        for slot in scope.slots:
            span = slot.place.argument("repeat") if slot.member is None else None
            if span is not None and span.text() == "0":
                is_item = slot.name is None  # which has no number, and so no path
                path = scope.path if is_item else f"{scope.path}.{slot.name}".lstrip(".")
                named = f"a layer of {path or 'the network'}" if is_item else path
                yield Diagnostic(CODE, f"{named} is repeated 0 times, and so is not there", span, label="no layer",
                                 help="take the layer out, or write repeat: 1", layer=path or None)  # fmt: skip
