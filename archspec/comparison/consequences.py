"""The figures of the layers that are in both networks, as far as they differ. Enters: a matching; leaves: records."""

from __future__ import annotations

from collections.abc import Collection

from archspec.comparison.matching import Matching
from archspec.comparison.model import Figures
from archspec.dims import Shape
from archspec.facts.model import AxisField, Extent, LayerFacts, Scattered, Unknown, Whole
from archspec.graph import Node


def find_figures(matching: Matching, changed: Collection[Node]) -> list[Figures]:
    """A record for each layer that has another shape, count or field, in the second network's order. `changed` are those of
    its layers that were changed themselves."""
    found = []
    for x, y in sorted(matching.nodes(), key=lambda pair: pair[1].index):
        if y.is_input:
            continue
        ours, others = matching.before.facts.of(x), matching.after.facts.of(y)
        shapes = _shapes(ours), _shapes(others)
        figures = Figures(
            x, y,
            shapes if shapes[0] != shapes[1] else None,
            (ours.params, others.params) if ours.params != others.params else None,
            (ours.macs, others.macs) if ours.macs != others.macs else None,
            (ours.field, others.field) if _laws(ours.field) != _laws(others.field) else None,
            y in changed,
        )  # fmt: skip
        if figures.shapes or figures.params or figures.macs or figures.fields:
            found.append(figures)
    return found


def _laws(field: tuple[Extent, ...] | None) -> list[tuple[object, ...]] | None:
    """What is shown of a field: windows, or why there are none; not how full they are, nor bounds."""
    shown = {AxisField: 3, Scattered: 2, Unknown: 1, Whole: 0}
    return None if field is None else [(type(extent), *extent[: shown[type(extent)]]) for extent in field]


def _shapes(record: LayerFacts) -> tuple[Shape, ...]:
    return tuple(tensor.shape for tensor in (record.outputs or {}).values())
