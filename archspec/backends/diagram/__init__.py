"""Pictures of a network: Graphviz and Mermaid. Facts in, text or bytes out."""

from __future__ import annotations

from archspec.backends.diagram import dot, mermaid
from archspec.backends.diagram.drawing import Drawing, count_boxes, plan
from archspec.backends.diagram.engine import RenderError, draw
from archspec.backends.diagram.marking import mark
from archspec.comparison.model import Comparison
from archspec.facts.model import Facts

MAX_BOXES, MAX_ARROWS = 2_000, 10_000

__all__ = ["RenderError", "draw", "to_dot", "to_dot_against", "to_mermaid"]


def to_dot(facts: Facts, depth: int | None = None, direction: str = "TB") -> str:
    """The network in DOT; groups nested as deep as `depth` are one box each."""
    return dot.to_dot(_plan(facts, depth), direction)


def to_dot_against(found: Comparison, depth: int | None = None) -> str:
    """The second network of a comparison in DOT, coloured by what was added and changed, with a list of what is gone."""
    drawing = _plan(found.after, depth)
    return dot.to_dot(drawing, marks=mark(drawing, found))


def to_mermaid(facts: Facts, depth: int | None = None) -> str:
    """The network as a Mermaid flowchart in Markdown."""
    return mermaid.to_mermaid(_plan(facts, depth))


def _plan(facts: Facts, depth: int | None) -> Drawing:
    if depth is not None and depth < 1:
        raise RenderError("--depth takes a whole number from 1 up")
    drawing = plan(facts, depth)
    for number, most, what in (
        (count_boxes(drawing.members), MAX_BOXES, "boxes"),
        (len(drawing.arrows), MAX_ARROWS, "arrows"),
    ):
        if number > most:
            raise RenderError(
                f"a picture of {number:,} {what} helps nobody, and takes long; --depth 1 folds groups into boxes"
            )
    return drawing
