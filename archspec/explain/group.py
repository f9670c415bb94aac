"""The page of a group, or of a block: what it is, what it reads and gives, and what its layers come to. Enters: a result and a
scope; leaves: a page.
"""

from __future__ import annotations

from archspec.backends.table.figures import amount, shape
from archspec.backends.table.grid import EMPTY, Cell, Column, Grid
from archspec.checking import Result
from archspec.dims import Size
from archspec.document.tree import clip, show
from archspec.explain.page import Line, Page, Section, count_line, shape_line
from archspec.facts.model import Facts
from archspec.facts.standing import number_of, read, shown
from archspec.facts.totals import Subtotals, subtotal, times, total
from archspec.graph import Node, Ref, Scope, Use
from archspec.source import Span
from archspec.words import counted

MAX_ROWS = 25
MAX_USES = 6


def scope_of(result: Result, asked: str) -> Scope | None:
    """The group of this path, which may end with a slash as tables write it; or the first use of the block of this name."""
    facts = result.facts
    assert facts is not None
    path = asked.rstrip("/")
    return facts.graph.scopes.get(path) or next(iter(_uses(facts, path)), None)


def group_page(result: Result, scope: Scope, asked: str, is_whole: bool = False) -> Page:
    """Everything about one group; `is_whole`: with all its layers."""
    facts = result.facts
    assert facts is not None
    known: Subtotals = {}
    page = Page(f"{scope.path}: {scope.what or 'a group'}, {_at(_place(facts, scope))}")
    page.about += _about(result, scope, asked)
    page.parts.append(Section("reads", [_tensor(facts, name, ref) for name, ref in scope.inputs.items()]))
    page.parts.append(Section("gives", [_tensor(facts, name, ref) for name, ref in scope.outputs.items()]))
    page.parts.append(_members(facts, scope, known, is_whole))
    sums = subtotal(facts, scope, known)
    lines = [
        count_line("layers", scope.layer_count),
        count_line("parameters", sums.params),
        count_line("MACs", sums.macs),
        count_line("activations", _bytes(facts, scope), unit="bytes"),
    ]
    page.parts.append(Section("in all", lines))
    return page


def _about(result: Result, scope: Scope, asked: str) -> list[str]:
    """Which block it is, with which arguments, where that is written, and where else it is used."""
    facts = result.facts
    use = _use(scope)
    assert facts is not None
    if use is None:
        return [scope.doc] if scope.doc else []
    blocks = result.document.blocks if result.document is not None else {}
    block = blocks.get(use.block)
    where = f", which is written at {_at(block.span)}" if block is not None else ""
    found = [f"{'each is ' if scope.is_repeat else ''}the block {use.block}{where}"]
    given = ", ".join(f"{name}: {clip(show(value))}" for name, value in use.arguments.items())
    uses = [member.use.arguments for member in scope.members if isinstance(member, Scope) and member.use is not None]
    first = "the first " if scope.is_repeat and any(other != uses[0] for other in uses) else ""
    found += [f"{first}with {given}"] if given else []
    found += [scope.doc or use.doc] if scope.doc or use.doc else []
    others = [shown(facts.graph, other) for other in _uses(facts, use.block) if other is not scope]
    if asked == use.block and others:
        more = f" and {len(others) - MAX_USES} more" if len(others) > MAX_USES else ""
        number = sum(number_of(facts.graph, other) for other in _uses(facts, use.block)) - number_of(facts.graph, scope)
        found.append(f"used {counted(number, 'more time', ',')}: {', '.join(others[:MAX_USES])}{more}")
    return found


def _use(scope: Scope) -> Use | None:
    """The use that a group is, or that a repeat repeats."""
    first = scope.members[0] if scope.is_repeat and scope.members else scope
    return first.use if isinstance(first, Scope) else None


def _uses(facts: Facts, block: str) -> list[Scope]:
    return [scope for scope in facts.graph.scopes.values() if scope.use is not None and scope.use.block == block]


def _place(facts: Facts, scope: Scope) -> Span | None:
    """Where a group is written."""
    slots = (slot for other in (facts.graph.root, *facts.graph.scopes.values()) for slot in other.slots)
    found = next((slot.place.name for slot in slots if slot.member is scope), None)
    return found or (scope.use.span if scope.use is not None else None)


def _at(span: Span | None) -> str:
    return f"{span.source.path}:{span.line}" if span is not None else "?"


def _tensor(facts: Facts, name: str, ref: Ref | None) -> Line:
    """A tensor that goes in, or out: its shape, and the layer it comes from."""
    tensor = facts.tensor(ref)
    if tensor is None or ref is None:
        return Line(name, "?")
    return shape_line(name, tensor.shape, f"of {read(facts.graph, facts.graph.nodes[ref.node])}")


def _members(facts: Facts, scope: Scope, known: Subtotals, is_whole: bool) -> Grid:
    """A row for each layer and group in it."""
    members = list(scope.counted_members())
    first = members if is_whole else members[:MAX_ROWS]
    left = sum(number for _, number in members[len(first) :])
    cells: dict[str, list[Cell]] = {"layer": [], "type": [], "output": [], "parameters": [], "MACs": []}
    for member, number in first:
        is_layer = isinstance(member, Node)
        node = member if isinstance(member, Node) else subtotal(facts, member, known).last
        tensor = facts.of(node).output if node is not None else None
        if isinstance(member, Node):
            params, macs = facts.of(member).params, 0 if member.train_only else facts.of(member).macs
        else:
            sums = subtotal(facts, member, known)
            params, macs = sums.params, sums.macs
        name, what = member.name, member.type if isinstance(member, Node) else member.what
        if number > 1:
            name, what = f"{name}…{int(name) + number - 1:,}", f"{what or 'group'} × {number:,}"
            params, macs = times(params, number), times(macs, number)
        name = name if is_layer else f"{name}/"
        cells["layer"].append(Cell(member.path, name))
        cells["type"].append(Cell(what, what))
        cells["output"].append(shape(tensor.shape) if tensor is not None else EMPTY)
        cells["parameters"].append(amount(params))
        cells["MACs"].append(amount(macs))
    columns = [Column(name, name, name in ("parameters", "MACs"), 9, column) for name, column in cells.items()]
    return Grid(columns, None, [f"{left:,} more layers; --all shows them"] if left else [])


def _bytes(facts: Facts, scope: Scope) -> Size | None:
    """What all its layers give; depth is bounded by the reader."""
    return total(
        times(facts.of(member).activation_bytes if isinstance(member, Node) else _bytes(facts, member), number)
        for member, number in scope.counted_members()
    )
