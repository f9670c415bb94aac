"""Pictures of a network: Graphviz and Mermaid. Facts in, text or bytes out."""

from __future__ import annotations

from archspec.backends.diagram import dot, mermaid
from archspec.backends.diagram.drawing import plan
from archspec.backends.diagram.engine import RenderError, draw
from archspec.facts.model import Facts

MAX_BOXES = 2_000

__all__ = ["RenderError", "draw", "to_dot", "to_mermaid"]


def to_dot(facts: Facts, depth: int | None = None, direction: str = "TB") -> str:
    """The network in DOT; groups nested as deep as `depth` are one box each."""
    _need_few(facts, depth)
    return dot.to_dot(plan(facts, depth), direction)


def to_mermaid(facts: Facts, depth: int | None = None) -> str:
    """The network as a Mermaid flowchart in Markdown."""
    _need_few(facts, depth)
    return mermaid.to_mermaid(plan(facts, depth))


def _need_few(facts: Facts, depth: int | None) -> None:
    if depth is not None and depth < 1:
        raise RenderError("--depth takes a whole number from 1 up")
    boxes = len(facts.graph.nodes) if depth is None else len(plan(facts, depth).arrows)
    if boxes > MAX_BOXES:
        raise RenderError(
            f"a picture of {boxes:,} boxes helps nobody, and takes long; --depth 1 folds groups into boxes"
        )
