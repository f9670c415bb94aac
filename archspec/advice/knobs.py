"""What else could be written in a spec: other sizes of its input, other arguments of a layer. Leaves: changes to be tried.

A layer that stands in a block, or in a repeat, is one place of the text: what is changed there changes in all its uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import mapping_of, with_key
from archspec.document.model import Document
from archspec.document.tree import Mapping, Scalar, Sequence
from archspec.document.tree import Node as Tree
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import Op, Tensor, show_shape

MAX_LAYERS = 64
WIDTHS = ("out_features", "out_channels", "embedding_dim", "hidden_size")


class Knob(NamedTuple):
    """Another value for one argument of a place of the text: the ops that it changes, and the change."""

    ops: dict[int, Op]
    way: Fix


class Places:
    """The layers of a network by where they are written."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.layers = list(facts.graph.layers)
        self.at: dict[tuple[str, int, int], list[Node]] = {}
        for node in self.layers:
            self.at.setdefault(_key(node), []).append(node)

    def is_single(self, node: Node) -> bool:
        """Whether the place where a layer is written stands for no other layer."""
        return self.at.get(_key(node)) == [node]

    def knob(self, node: Node, field: str, value: int | bool) -> Knob | None:
        """Another value for an argument; None where an expression gives it, or where it cannot be written."""
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        edit = node.place.argument_edit(field, shown)
        if edit is None:
            return None
        same = self.at.get(_key(node), [node])
        ops = {other.index: other.op.model_copy(update={field: value}) for other in same if other.op is not None}
        return Knob(ops, Fix(f"{field} {shown} in {self.named(node)}", (edit,)))

    def named(self, node: Node) -> str:
        """What the place is called: its path; within a block, what the block calls it; else the first and the last of many."""
        same = self.at.get(_key(node), [node])
        if len(same) == 1:
            return node.path
        path = node.path
        while "." in path:
            path = path.rpartition(".")[0]
            scope = self.facts.graph.scopes.get(path)
            if scope is not None and scope.use is not None:
                return f"{node.path[len(path) + 1 :]} of the block {scope.use.block}"
        return f"{same[0].path} to {same[-1].path}"


def _key(node: Node) -> tuple[str, int, int]:
    span = node.place.type
    return span.source.path, span.line, span.column


def paddings(places: Places, before: list[Node]) -> Iterator[tuple[bool, Knob]]:
    """Other paddings, as far as half a kernel, each with whether it keeps the size, as the commonest does."""
    for node in before[:MAX_LAYERS]:
        padding, kernel = getattr(node.op, "padding", None), getattr(node.op, "kernel_size", None)
        padding = 0 if padding == "valid" else padding
        if node.op is None or node.op.kind not in ("convolution", "pooling") or type(padding) is not int:
            continue
        kernel = one(kernel)
        if kernel is None:
            continue
        half = kernel // 2
        keeps = node.op.kind == "convolution" and getattr(node.op, "stride", 1) in (1, (1,) * node.op.rank)
        others = sorted((value for value in range(half + 1) if value != padding), key=lambda v: _order(v, padding))
        if keeps and half != padding and kernel % 2:
            others = [half, *(value for value in others if value != half)]
        for value in others[:6]:
            knob = places.knob(node, "padding", value)
            if knob is not None:
                yield keeps and value == half and kernel % 2 == 1, knob


def one(value: object) -> int | None:
    """The number that an argument is on all axes."""
    sizes = set(value) if isinstance(value, tuple) else {value}
    size = sizes.pop() if len(sizes) == 1 else None
    return size if type(size) is int else None


def widths(places: Places, before: list[Node], written: int, true: int) -> Iterator[Knob]:
    """As much wider a layer, nearest first, as the claim is more than what is there."""
    for node in before[: -MAX_LAYERS - 1 : -1]:
        for field in WIDTHS:
            width = getattr(node.op, field, None)
            if type(width) is int and width * written % true == 0:
                knob = places.knob(node, field, width * written // true)
                if knob is not None:
                    yield knob


def _order(value: int, now: int) -> tuple[bool, int]:
    """More padding before less, nearer before farther."""
    return value < now, abs(value - now)


def together(knobs: list[Knob]) -> Knob:
    """Several changes as one."""
    ops = {index: op for knob in knobs for index, op in knob.ops.items()}
    ways = list({knob.way.said: knob.way for knob in knobs}.values())
    return Knob(ops, Fix(" and ".join(way.said for way in ways), tuple(edit for way in ways for edit in way.edits)))


def resized(document: Document, node: Node, old: Tensor, new: Tensor) -> Fix | None:
    """The change that gives an input other sizes; None where it is not written as numbers, or arguments, of its own."""
    written = declared(document, node.path)
    if written is None or len(written.items) != old.rank - 1:
        return None
    edits: dict[tuple[int, int], Edit] = {}
    names: dict[str, object] = {}
    for item, before, after in zip(written.items, old.shape[1:], new.shape[1:], strict=True):
        if before == after:
            continue
        place = literal(item, document)
        if place is None:
            return None
        name, scalar = place
        edit = Edit(scalar.span, str(after))
        if edits.setdefault((scalar.span.line, scalar.span.column), edit).replacement != edit.replacement:
            return None
        names[name] = after
    if not edits:
        return None
    sizes = f"an input of {show_shape(new.shape[2:] if old.rank > 2 else new.shape[1:])}"
    by_name = " and ".join(f"{name}: {value}" for name, value in names.items() if name)
    return Fix(f"{by_name} ({sizes})" if by_name else sizes, tuple(edits.values()))


def rewritten(document: Document, node: Node, sizes: tuple[int, ...]) -> Edit | None:
    """The edit that writes a whole input's shape anew; None where it has names or expressions in it."""
    written = declared(document, node.path)
    if written is None or not all(isinstance(item, Scalar) and type(item.value) is int for item in written.items):
        return None
    return Edit(written.span, f"[{', '.join(map(str, sizes))}]")


def integers(document: Document, node: Node) -> Edit | None:
    """The edit that declares an input's numbers whole; None where a dtype is written, or the shape takes several lines."""
    written = declared(document, node.path)
    if written is None or written.span.line != written.span.end_line:
        return None
    mapping = mapping_of(document.root, written.span)
    if mapping is None or "dtype" in mapping.entries:
        return None
    if "shape" in mapping.entries:
        return with_key(mapping, "dtype", "int64")
    return Edit(written.span, f"{{shape: {written.span.text()}, dtype: int64}}")


def declared(document: Document, name: str) -> Sequence | None:
    """Where the sizes of an input are written; None where that is no list."""
    short, long = document.root.get("input"), document.root.get("inputs")
    value: Tree | None = short if name == "input" and short is not None else None
    if isinstance(long, Mapping):
        value = long.get(name)
    if isinstance(value, Mapping):
        value = value.get("shape")
    return value if isinstance(value, Sequence) else None


def literal(item: Tree, document: Document) -> tuple[str, Scalar] | None:
    """Where the number is written that an item of a shape has: there, or as the default of the argument that it names."""
    if not isinstance(item, Scalar):
        return None
    if type(item.value) is int:
        return "", item
    text = item.value if isinstance(item.value, str) else ""
    name = text.removeprefix("${").removesuffix("}").strip()
    args = document.root.get("args")
    if text != f"${{{name}}}" or name in document.given or not isinstance(args, Mapping):
        return None
    default = args.get(name)
    if isinstance(default, Mapping):
        default = default.get("default")
    return (name, default) if isinstance(default, Scalar) and type(default.value) is int else None
