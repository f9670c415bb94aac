"""`archspec render SPEC [-o FILE]`: a diagram, by the file's ending."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.bounds import bounded
from archspec.commands.common import ERRORS, OK, Commands, Unusable
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.comparison import Comparison
    from archspec.facts.model import Facts


def add(commands: Commands) -> None:
    """The arguments of `render`."""
    render = commands.add_parser("render", help="draw a diagram")
    common.add_spec(render)
    render.add_argument("-o", "--output", metavar="FILE", help="FILE.svg, .png, .pdf, .dot or .md (Mermaid); "
                        "left out, the network's name with .svg")  # fmt: skip
    render.add_argument("--depth", type=common.number_from_one, metavar="N", help="fold groups nested deeper than N; "
                        "left out, uses of blocks are folded")  # fmt: skip
    render.add_argument("--against", metavar="SPEC", help="colour what changed since another spec, or REV:PATH: added green, "
                        "changed amber, removed in a dashed list")  # fmt: skip
    common.add_force(render)
    common.add_set(render)
    render.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the diagram. 1: the spec has errors; one that only misses its own claims is drawn."""
    from archspec.backends.diagram import RenderError, draw, to_dot, to_dot_against, to_mermaid
    from archspec.expand.folding import LONG

    fold_from = LONG if options.against is None else None
    if options.against is not None:
        from archspec.commands.compare import parted

        common.need_one_stdin([options.spec, parted(options.against)[0]])
    result = common.load(options.spec, common.values(options.set), fold_from=fold_from)
    facts = common.network(result)
    if facts is None:
        return ERRORS
    path = Path(options.output or f"{facts.graph.name}.svg")
    ending = path.suffix.lower()
    try:
        if ending not in (".md", ".dot", ".svg", ".png", ".pdf"):
            raise Unusable(f"{path} has none of the endings .svg, .png, .pdf, .dot and .md")
        if options.against is not None and ending == ".md":
            raise Unusable("--against is drawn by Graphviz: .svg, .png, .pdf or .dot, not .md")
        common.need_output(path, options.force)
        found = _compared(options.against, facts) if options.against is not None else None
        if options.against is not None and found is None:
            return ERRORS
        with bounded("drawing it"):
            text = (
                to_dot_against(found, options.depth)
                if found is not None
                else to_mermaid(facts, options.depth)
                if ending == ".md"
                else to_dot(facts, options.depth)
            )
        data = text.encode() if ending in (".md", ".dot") else draw(text, ending[1:])
    except RenderError as error:
        raise Unusable(str(error)) from None
    common.write(path, data, options.force)
    return OK if result.ok else ERRORS


def _compared(against: str, facts: Facts) -> Comparison | None:
    """What changed since the other spec; None where that has errors, which are said. Raises Unusable."""
    from archspec.commands import diff
    from archspec.comparison import compare
    from archspec.diagnostics.text import escape

    before = diff.load(diff.variant(against))
    if not diff.holds(before) or before.facts is None:
        return None
    if before.missed:
        common.say(f"archspec: {escape(before.source.path)} misses {counted(len(before.missed), 'claim')}", OK)
    with bounded("comparing them"):
        return compare(before.facts, facts)
