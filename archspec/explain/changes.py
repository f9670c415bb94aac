"""What would be if an argument were another: tried, by checking the changed text in memory.

Enters: a result and a change; leaves: what it does, here and downstream.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from archspec.backends.table.figures import amount, count, shape
from archspec.backends.table.grid import EMPTY, Cell, Column, Grid
from archspec.checking import Result, check_source
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.expand.folding import LONG
from archspec.explain.outcome import then
from archspec.expressions.value import Value
from archspec.facts.model import LayerFacts
from archspec.facts.standing import by_path
from archspec.facts.standing import shown as shown_path
from archspec.graph import Graph, Node, Place, Scope
from archspec.limits import MAX_EXPLAINED_LAYERS
from archspec.shell import spec_argument
from archspec.source import Source, Span

if TYPE_CHECKING:
    from archspec.expressions.tree import Expression

MAX_ROWS = 30
_STEPS: dict[str, tuple[int, ...]] = {
    "kernel_size": (1, -1), "stride": (1, -1), "padding": (1, -1), "out_channels": (1,), "out_features": (1,),
}  # fmt: skip
"""The arguments that a page tries, and by how much."""


class Change(NamedTuple):
    """Another value of an argument."""

    node: Node
    field: str
    before: str
    after: str
    edit: Edit


class CannotChange(ValueError):
    """Nothing can be written there; the message says why.

    `instead` is the argument of the network (`heads`), or of a block's use (`b3.k`), that the value follows from, if one.
    """

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead


def again(result: Result, text: str | None = None, values: Mapping[str, Value] | None = None) -> Result:
    """The same check of another text, or with further values."""
    source = result.source if text is None else Source(result.source.path, text, result.source.folder)
    given = {**result.given, **(values or {})}
    return check_source(source, given, result.settings, fold_from=LONG, lists_few=True, asked=result.asked)


def changed(result: Result, changes: list[Change]) -> Result:
    """What checking the spec with the changes finds."""
    return again(result, apply(result.source, [change.edit for change in changes]))


def change(result: Result, node: Node, field: str, value: str) -> Change:
    """The change that gives an argument another value, as it would be written. Raises CannotChange."""
    if node.op is None:
        raise CannotChange(
            f"{node.path} is in error itself: archspec check {spec_argument(result.source.path)} says why"
        )
    if field not in type(node.op).model_fields:
        known = ", ".join(type(node.op).model_fields) or "none"
        raise CannotChange(f"{node.path} ({node.type}) has no argument {field}; it has {known}")
    span = node.place.argument(field)
    if node.place.type.source is not result.source:
        raise CannotChange(f"{node.path} is written in another file, {node.place.type.source.path}: change it there")
    edit = node.place.argument_edit(field, value)
    if edit is None and span is None and node.place.type.text() == node.type:
        edit = Edit(node.place.type, f'{{"type": "{node.type}", "{field}": {value}}}')
    if edit is None:
        raise written(result, f"{node.path}.{field}", node.path, node.place.argument(field))
    return Change(node, field, shown(getattr(node.op, field)), value, edit)


def written(result: Result, target: str, path: str, span: Span | None) -> CannotChange:
    """Why no other value is put in place of what is written for a layer, or a use, at a path."""
    assert result.graph is not None
    if span is None:
        return CannotChange(f"{target} is not written, and the layer has no keys that it could stand among")
    if span.line != span.end_line:
        return CannotChange(f"{target} is written on several lines: change it in the text")
    template = span.text().strip("\"'")
    source = _argument_in(result, path, _trees(template))
    if not source:
        return CannotChange(f"{target} is written as {template}, which is no argument: change it in the text")
    source = _first_source(result, source)
    above, _, name = source.rpartition(".")
    scope = result.graph.scopes.get(above)
    of = (
        "the network"
        if scope is None or scope.use is None
        else f"the block {scope.use.block}, given where {above} is written"
    )
    place = place_of(result, scope) if scope is not None else None
    if place is not None and not _is_given_plainly(result, place, name):
        return CannotChange(
            f"{target} is written as {template}, and {name} is an argument of {of}: change it in the text"
        )
    return CannotChange(f"{target} is written as {template}, and {name} is an argument of {of}", source)


def _is_given_plainly(result: Result, place: Place, name: str) -> bool:
    """Whether another value can be put where a use of a block gives an argument, or leaves it out."""
    if place.type.source is not result.source:
        return False
    return place.argument(name) is None or place.argument_edit(name, "1") is not None


def _first_source(result: Result, source: str) -> str:
    """The argument that one of a block's use follows from, where the use passes another on."""
    assert result.graph is not None
    above, _, name = source.rpartition(".")
    scope = result.graph.scopes.get(above)
    place = place_of(result, scope) if scope is not None else None
    passed = place.template(name) if place is not None else None
    before = _argument_in(result, above, passed.trees) if passed is not None else ""
    return _first_source(result, before) if before else source


def place_of(result: Result, scope: Scope) -> Place | None:
    """Where a scope is written."""
    assert result.graph is not None
    outer = result.graph.scopes.get(scope.path.removesuffix(scope.name).removesuffix("."), result.graph.root)
    return next((slot.place for slot in outer.slots if slot.member is scope), None)


def _trees(text: str) -> list[Expression]:
    """The expressions in a text; none where one of them cannot be read."""
    from archspec.expressions.grammar import readable

    found = readable(text)
    return found.trees if found is not None else []


def _argument_in(result: Result, path: str, trees: Sequence[Expression]) -> str:
    """The argument that expressions read first: of the innermost block around a path, or of the network."""
    from archspec.expressions.evaluation import names_in

    assert result.graph is not None
    assert result.document is not None
    scopes = list(_around(result.graph, path))
    use = scopes[-1].use
    arguments = use.arguments if use is not None else result.document.args
    before = f"{scopes[-1].path}." if use is not None else ""
    waiting, seen = list(trees), set[str]()
    while waiting:
        for name in [name.name for name in names_in(waiting.pop(0))]:
            if name in arguments:
                return before + name
            if name not in seen:
                seen.add(name)
                waiting += [scope.let[name] for scope in scopes if name in scope.let]
    return ""


def _around(graph: Graph, path: str) -> Iterator[Scope]:
    """The scopes whose names an expression at a path reads, innermost first: up to a block's, or to the network."""
    while "." in path:
        path = path.rpartition(".")[0]
        scope = graph.scopes.get(path)
        if scope is not None:
            yield scope
            if scope.use is not None:
                return
    yield graph.root


def shown(value: object) -> str:
    """An argument as a spec would have it."""
    if value is None or isinstance(value, bool):
        return {None: "left out", True: "true", False: "false"}[value]
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


# One argument by one ----------------------------------------------------------------------------------------------------


def neighbours(result: Result, node: Node) -> Grid | None:
    """What one more, and one less, of each argument would do; None where the layer has none of them that can be changed."""
    graph = result.graph
    assert graph is not None
    left = MAX_EXPLAINED_LAYERS
    rows: list[tuple[Cell, Cell, Cell, Cell]] = []
    notes = []
    for one in _neighbours(result, node):
        left -= len(graph.nodes)
        if left < 0 and rows:
            way = f"--with {node.path}.{one.field}={one.after}"
            notes.append(f"the network is large: not all arguments were tried; {way} tries one")
            break
        rows.append(_row(result, changed(result, [one]), one))
    if not rows:
        return None
    if any(other is not node and other.place.type == node.place.type for other in graph.nodes):
        notes.append(f"{node.path} is written once for several layers, which change together")
    titles = ("with", "output", "parameters", "then")
    columns = [
        Column(title, title, title == "parameters", 9, [row[i] for row in rows]) for i, title in enumerate(titles)
    ]
    return Grid(columns, None, notes, "by one more, by one less (tried)")


def _neighbours(result: Result, node: Node) -> Iterator[Change]:
    for field, steps in _STEPS.items():
        value = getattr(node.op, field, None)
        if isinstance(value, tuple) and len(set(value)) == 1:
            value = value[0]
        if type(value) is not int:
            continue
        for step in steps:
            if value + step < (field != "padding"):
                continue
            try:
                yield change(result, node, field, str(value + step))
            except CannotChange:
                break


def _row(before: Result, after: Result, one: Change) -> tuple[Cell, Cell, Cell, Cell]:
    record = _record(after, one.node.path)
    said, fits = f"{one.field} {one.before} → {one.after}", then(before, after)
    output = _output(record) if record is not None else Cell(None, "?")
    parameters = amount(record.params) if record is not None else Cell(None, "?")
    return Cell(said, said), output, parameters, Cell(fits, fits)


def _record(result: Result, path: str) -> LayerFacts | None:
    if result.graph is None or result.facts is None:
        return None
    node = next((node for node in result.graph.nodes if node.path == path), None)
    return result.facts.of(node) if node is not None else None


def _output(record: LayerFacts) -> Cell:
    return shape(next(iter(record.outputs.values())).shape) if record.outputs else Cell(None, "?")


# Before and after -------------------------------------------------------------------------------------------------------


def difference(before: Result, after: Result) -> Grid:
    """The layers whose output, parameters or MACs are others, with the sums."""
    rows = list(_different(before, after))
    columns = [Column(title, title, right, 9, [row[i] for row in rows[:MAX_ROWS]])
               for i, (title, right) in enumerate((("layer", False), ("output", False), ("parameters", True)))]  # fmt: skip
    notes = [f"{len(rows) - MAX_ROWS} more layers change"] if len(rows) > MAX_ROWS else []
    for key, title in (("layers", "layers"), ("params", "parameters"), ("macs", "MACs")):
        old, new = (getattr(one.facts.totals, key) if one.facts is not None else None for one in (before, after))
        if key != "layers" or (old != new and after.facts is not None):
            notes.append(f"{title}: {_arrow(count(old), count(new))}")
    return Grid(columns, None, notes, "before → after")


def _different(before: Result, after: Result) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Those that are written out, each beside the one of its path in the other network, or what stands for that."""
    if before.graph is None or before.facts is None:
        return
    missing = ("none", "") if after.facts is not None else ("?", "?")
    there = by_path(after.graph) if after.graph is not None and after.facts is not None else lambda path: None
    here = by_path(before.graph)
    for node in before.graph.nodes:
        old, other = before.facts.of(node), there(node.path)
        new = after.facts.of(other) if other is not None and after.facts is not None else None
        if new is None or (old.outputs, old.params, old.macs) != (new.outputs, new.params, new.macs):
            yield _row_of(shown_path(before.graph, node), _words(old), _words(new) if new is not None else missing)
    for node in after.graph.nodes if after.graph is not None and after.facts is not None else ():
        if here(node.path) is None and after.facts is not None and after.graph is not None:
            yield _row_of(shown_path(after.graph, node), ("none", ""), _words(after.facts.of(node)))


def _words(record: LayerFacts) -> tuple[str, str]:
    return _output(record).text, amount(record.params).text


def _row_of(path: str, old: tuple[str, str], new: tuple[str, str]) -> tuple[Cell, Cell, Cell]:
    outputs, params = (_arrow(one, other) for one, other in zip(old, new, strict=True))
    return Cell(path, path), Cell(outputs, outputs), (Cell(params, params) if params else EMPTY)


def _arrow(old: str, new: str) -> str:
    return old if old == new else f"{old or '0'} → {new or '0'}"
