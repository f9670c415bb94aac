"""A padding that is forgotten, where the network gives another figure than is claimed. Enters: the claim; leaves: the change with
which all claims hold, of all like layers or of one, and what else would do as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from archspec.advice.alike import alike
from archspec.advice.case import Case
from archspec.advice.knobs import MAX_LAYERS, Knob, one, paddings, together
from archspec.diagnostics.model import Diagnostic, Fix
from archspec.graph import Node

MAX_BORDERS = 24
"""Changes that are tried for one claim."""
MAX_SAID = 4
"""Of those that hold, how many are said."""


def with_borders(case: Case, claim: Diagnostic) -> Fix | None:
    """The padding in all layers that have none with which a claim holds, and all others do; else that of one layer, where the
    claim is of a shape."""
    layers = [node for node in case.places.layers if node.op is not None][:MAX_LAYERS]
    ways = _holding(case, claim, [*_everywhere(case, layers)])
    if not ways and "write output: " in claim.help:
        ways = _holding(case, claim, list(islice(_alone(case, layers), MAX_BORDERS)))
    if not ways:
        return None
    others = "".join(f", or {way.said}" for way in ways[1:MAX_SAID])
    more = f", or one of {len(ways) - MAX_SAID} more" if len(ways) > MAX_SAID else ""
    return Fix(f"write {ways[0].said}{others}{more}, with which the claim holds", ways[0].edits)


def _holding(case: Case, claim: Diagnostic, knobs: Sequence[Knob]) -> list[Fix]:
    """The changes that leave no error."""
    ways = [Fix(knob.way.said.replace("padding ", "padding: "), knob.way.edits) for knob in knobs]
    return [way for way in ways if case.trier.holds(way.edits, claim) and not case.trier.is_left]


def _everywhere(case: Case, layers: list[Node]) -> Iterator[Knob]:
    """The padding that keeps the size in all convolutions without one; what a stride leaves out in all ConvTranspose layers."""
    yield from (knob for knob in alike(case.places, layers) if knob.way.said.startswith("padding"))
    knobs = [knob for node in layers if (knob := _output_padding(case, node)) is not None]
    if len(knobs) > 1:
        yield together(knobs)


def _alone(case: Case, layers: list[Node]) -> Iterator[Knob]:
    """The same in one layer, and other paddings, those first that keep the size, or make it a multiple."""
    found = [node for node in layers if node.op is not None and node.op.kind == "convolution"]
    ups = [(_is_short_by_one(node), knob) for node in found if (knob := _output_padding(case, node)) is not None]
    for is_common in (True, False):
        yield from (knob for is_usual, knob in ups if is_usual is is_common)
        yield from (knob for is_usual, knob in paddings(case.places, found) if is_usual is is_common)


def _is_short_by_one(node: Node) -> bool:
    """Whether one position more makes the output of a ConvTranspose s times the input: (n − 1) · s − 2p + k + 1 = n · s."""
    kernel, stride, padding = (one(getattr(node.op, name, 0)) for name in ("kernel_size", "stride", "padding"))
    return kernel is not None and padding is not None and kernel - 2 * padding + 1 == stride


def _output_padding(case: Case, node: Node) -> Knob | None:
    """One more position at one border, where a ConvTranspose has a stride and none."""
    stride = one(getattr(node.op, "stride", 1))
    is_bare = "ConvTranspose" in node.type and getattr(node.op, "output_padding", None) == 0
    return case.places.knob(node, "output_padding", 1) if is_bare and stride is not None and stride > 1 else None
