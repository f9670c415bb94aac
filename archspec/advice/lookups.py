"""What could be done about a layer that looks rows of a table up and gets no whole numbers: what to read instead.

Leaves: notes, and changes to be tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from archspec.advice.case import Case
from archspec.advice.knobs import integers
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.graph import Node, Ref

_WHOLE = ("int64", "int32")
MAX_NAMES = 8
"""Names that are tried in place of what is read."""


def about_dtype(case: Case, error: Diagnostic, node: Node) -> tuple[list[str], list[Fix]]:
    """Notes, and changes for help, about E0307 of such a layer: the network's input as whole numbers, where it reads that; else
    another name to read, but none whose numbers another table has more rows for; or the positions, of which each has a row."""
    if not node.type.startswith("Embedding"):
        return [], []
    source = case.source(node)
    if source is not None:
        edit = integers(case.document, source)
        if edit is None:
            return [], []
        written = edit.replacement if edit.replacement.startswith("{") else "{shape: […], dtype: int64}"
        return [], [Fix(f"declare the input as int64: {source.path}: {written}", (edit,))]
    positions = list(_positions(case, node))
    is_table = case.trier.first(positions, error) is not None
    rest = f"; or, for a table of positions, {positions[0].said}" if is_table else ""
    notes, ways = [], []
    for name, ref in islice(_whole_numbers(case, node), MAX_NAMES):
        larger = _larger(case, node, ref)
        if larger is not None:
            rows, own = getattr(larger.op, "num_embeddings", 0), getattr(node.op, "num_embeddings", 0)
            notes.append(
                f"{name} names rows of {larger.path}, which has {rows:,} of them: too many for the {own:,} of {node.path}"
            )
            continue
        edit = _read(node, name)
        ways += [Fix(f"write from: {name}, which is of whole numbers{rest}", (edit,))] if edit is not None else []
    alone = [way._replace(said=f"{way.said}, for a table of positions") for way in positions]
    return notes, [*ways, *alone]


def _whole_numbers(case: Case, node: Node) -> Iterator[tuple[str, Ref]]:
    """The names of whole numbers that a layer may read where it stands, with what they are: inputs, and layers above."""
    graph, path = case.facts.graph, node.path.rpartition(".")[0]
    scope = graph.scopes.get(path, graph.root)
    for name, ref in scope.inputs.items():
        tensor = case.facts.tensor(ref) if ref is not None else None
        if ref is not None and tensor is not None and tensor.dtype in _WHOLE:
            yield name, ref
    for other in graph.nodes[: node.index]:
        tensor = case.facts.of(other).output
        is_beside = not other.is_input and other.path.rpartition(".")[0] == path
        if is_beside and tensor is not None and tensor.dtype in _WHOLE:
            yield other.name, Ref(other.index, None, None)


def _larger(case: Case, node: Node, ref: Ref) -> Node | None:
    """A table with more rows that looks the same numbers up: they may be larger than this one has rows."""
    rows = getattr(node.op, "num_embeddings", 0)
    for index in case.readers[ref.node]:
        other = case.facts.graph.nodes[index]
        if other.type.startswith("Embedding") and getattr(other.op, "num_embeddings", 0) > rows:
            return other
    return None


def _read(node: Node, name: str) -> Edit | None:
    """The edit that lets a layer read another name."""
    edit = node.place.argument_edit("from", name)
    if edit is None and getattr(node.place, "mapping", None) is None:
        return Edit(node.place.type, f"{{type: {node.type}, from: {name}}}")
    return edit


def _positions(case: Case, node: Node) -> Iterator[Fix]:
    """The numbers of the positions before a table that has a row for each of what is read, as GPT-2 and BERT have it."""
    rows = getattr(node.op, "num_embeddings", None)
    tensor = case.facts.tensor(node.inputs[0]) if len(node.inputs) == 1 else None
    length = tensor.shape[1] if tensor is not None and tensor.rank == 3 else None
    if not isinstance(length, int) or not isinstance(rows, int) or length > rows:
        return
    if node.place.argument("from") is not None:
        return  # what is read is named, so that it is meant
    template = node.place.template("num_embeddings") if rows == length else None
    size = (
        template.text.removeprefix("${").removesuffix("}") if template is not None and template.trees else str(length)
    )
    keys = f'type: Constant, value: "${{range({size})}}"'
    for edits in case.before(node, "positions", keys):
        yield Fix(f"put {{{keys}}} before {case.before_what(node)}", edits)
