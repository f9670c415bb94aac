"""What a diagram shows, before any language for it: boxes, clusters and arrows. Enters: facts; leaves: a `Drawing`.

A layer is a box, a group a cluster, and a group nested as deep as `depth` one box with its own totals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from archspec.dims import Shape, Size
from archspec.facts.model import Facts, port_of
from archspec.facts.totals import Subtotals, subtotal, times, total
from archspec.graph import Node, Ref, Scope
from archspec.ops.base import show_shape, without_batch
from archspec.words import counted

MAX_TEXT = 60


class Box(NamedTuple):
    """One box: its name, the lines beneath it, and the kind of op that colours it."""

    id: str
    title: str
    lines: tuple[str, ...]
    kind: str


class Cluster(NamedTuple):
    """A group that is drawn open."""

    id: str
    title: str
    members: tuple[Box | Cluster, ...]


class Arrow(NamedTuple):
    """A tensor on its way, labelled with its shape."""

    source: str
    target: str
    label: str


class _Read(NamedTuple):
    """A tensor, by the node and port that give it, and the box that reads it.

    `name` is what the author calls it there, where what gives it has several outputs; else nothing.
    """

    node: int
    port: str
    target: str
    name: str


class Drawing(NamedTuple):
    """A network as it is drawn."""

    title: str
    subtitle: str
    members: tuple[Box | Cluster, ...]
    arrows: tuple[Arrow, ...]
    boxes: Mapping[int, str] = {}
    """The box that each node is in."""


def plan(facts: Facts, depth: int | None = None) -> Drawing:
    """The drawing of a network. Every layer is in a box; each tensor between two boxes is an arrow."""
    return _Planner(facts, depth).run()


class _Planner:
    def __init__(self, facts: Facts, depth: int | None) -> None:
        self.facts = facts
        self.depth = depth
        self.box_of: dict[int, str] = {}  # by node
        self.numbers: dict[Node | Scope, int] = {}  # how many layers or groups a member stands for
        self.known: Subtotals = {}
        self.runs: dict[str, list[Scope]] = {}  # uses of one block in a row, by the box that they are

    def run(self) -> Drawing:
        graph, totals = self.facts.graph, self.facts.totals
        members: list[Box | Cluster] = [self._input(node) for node in graph.inputs]
        members += self._members(graph.root, 1)
        outputs = [(f"out_{name}", name, ref) for name, ref in graph.outputs.items()]
        members += [Box(id, name, (), "output") for id, name, _ in outputs]
        assert all(node.index in self.box_of for node in graph.nodes), "every layer is in a box"
        reads = [read for node in graph.nodes for read in self._reads(node)]
        reads += [
            _Read(ref.node, self._port(ref), id, self._name(ref, "")) for id, _, ref in outputs if ref is not None
        ]
        subtitle = f"{_counted(totals.params, 'parameter')}, {_counted(totals.macs, 'MAC')}"
        return Drawing(graph.name, subtitle, tuple(members), self._arrows(list(dict.fromkeys(reads))), self.box_of)

    def _members(self, scope: Scope, level: int) -> list[Box | Cluster]:
        found: list[Box | Cluster] = []
        for member, number in scope.counted_members():
            self.numbers[member] = number
            if isinstance(member, Node):
                found.append(self._layer(member))
            elif number > 1 or self._is_folded(member, level):
                same = found[-1] if found else None
                found.append(self._folded([member]))
                self._join_run(scope, member, found, same)
            else:
                inner = tuple(self._members(member, level + 1))
                found.append(Cluster(_id("group", member.path), _titled(member), inner))
        return found

    def _is_folded(self, scope: Scope, level: int) -> bool:
        """Deep groups are one box; where no depth is asked for, uses of blocks are."""
        if self.depth is not None:
            return level >= self.depth
        return scope.use is not None or (scope.is_repeat and any(isinstance(m, Scope) and m.use for m in scope.members))

    def _join_run(self, scope: Scope, member: Scope, found: list[Box | Cluster], same: Box | Cluster | None) -> None:
        """Makes one box of uses of one block, equal in all but their weights, that follow each other in a list."""
        run = self.runs.get(same.id) if same is not None else None
        joined = run is not None and _continues(run[-1], member, self.facts)
        self.runs[found[-1].id] = [*run, member] if joined and run is not None else [member]
        if joined:
            members = self.runs.pop(found.pop().id)
            found[-1] = self._folded(members)
            self.runs[found[-1].id] = members

    def _input(self, node: Node) -> Box:
        box = Box(f"in_{node.path}", node.path, (), "input")
        self.box_of[node.index] = box.id
        return box

    def _layer(self, node: Node) -> Box:
        id = _id("layer", node.path)
        self.box_of[node.index] = id
        record, number = self.facts.of(node), self.numbers[node]
        lines = [_described(node) if number == 1 else f"{_described(node)} × {number:,}"]
        if node.shares is not None and record.parameters:
            lines.append(f"same weights as {self.facts.graph.nodes[node.shares].path}")
        elif node.shares is None and record.params != 0:
            lines.append(_counted(times(record.params, number), "parameter"))
        return Box(id, _named(node.name, node.name, number), tuple(lines), node.op.kind if node.op else "external")

    def _folded(self, scopes: list[Scope]) -> Box:
        """One box for a group, or for several in a row that are alike."""
        scope = scopes[0]
        id = _id("group", scope.path)
        layers = [node for each in scopes for node in each.nodes()]
        self.box_of.update((node.index, id) for node in layers)
        numbers = [self.numbers[each] for each in scopes]
        sums = [subtotal(self.facts, each, self.known).params for each in scopes]
        params = total(times(size, number) for size, number in zip(sums, numbers, strict=True))
        what = scope.what
        if sum(numbers) > 1:
            what = f"{what} × {sum(numbers):,}"
        count = sum(each.layer_count * number for each, number in zip(scopes, numbers, strict=True))
        lines = [clip(what) if what else counted(count, "layer")]
        if scope.shares is not None and any(self.facts.of(node).parameters for node in layers):
            lines.append(f"same weights as {scope.shares.path}")
        elif scope.shares is None and params != 0:
            lines.append(_counted(params, "parameter"))
        return Box(id, _named(scope.name, scopes[-1].name, numbers[-1]), tuple(lines), "group")

    def _reads(self, node: Node) -> list[_Read]:
        target = self.box_of[node.index]
        refs = [ref for ref in node.inputs if ref is not None and self.box_of[ref.node] != target]
        return [_Read(ref.node, self._port(ref), target, self._name(ref, node.path)) for ref in refs]

    def _name(self, ref: Ref, reader: str) -> str:
        """The port that a tensor leaves by, where it leaves what has several: the outermost group, or the layer itself."""
        node, port = self.facts.graph.nodes[ref.node], self._port(ref)
        name = port if len(self.facts.layers[ref.node].outputs or {}) > 1 else ""
        path = node.path
        while "." in path:
            path = path.rpartition(".")[0]
            if reader.startswith(f"{path}."):
                break
            scope = self.facts.graph.scopes.get(path)
            if scope is None or len(scope.outputs) < 2:
                continue
            own = (
                p
                for p, found in scope.outputs.items()
                if found is not None and (found.node, self._port(found)) == (node.index, port)
            )
            name = next(own, name)
        return name

    def _port(self, ref: Ref) -> str:
        return port_of(ref, self.facts.layers[ref.node].outputs or {})

    def _arrows(self, reads: list[_Read]) -> tuple[Arrow, ...]:
        """An arrow for each tensor, with its name where the author gave it one, or where several go the same way."""
        ways = Counter((self.box_of[read.node], read.target) for read in reads)
        found = []
        for read in reads:
            source, outputs = self.box_of[read.node], self.facts.layers[read.node].outputs or {}
            label = shape(outputs[read.port].shape) if read.port in outputs else "?"
            name = read.name
            if not name and ways[source, read.target] > 1:
                name = self.facts.graph.nodes[read.node].name
            label = clip(f"{name}: {label}") if name else label
            found.append(Arrow(source, read.target, label))
        return tuple(found)


def count_boxes(members: tuple[Box | Cluster, ...]) -> int:
    """The boxes that are drawn, in groups too."""
    return sum(count_boxes(member.members) if isinstance(member, Cluster) else 1 for member in members)


def shape(sizes: Shape) -> str:
    """A shape without its batch: `96 × 55 × 55`."""
    return clip(show_shape(without_batch(sizes)) if without_batch(sizes) else "scalar")


def _counted(size: Size | None, noun: str) -> str:
    """A count with separators; a long expression is cut."""
    return counted(size if size is None or isinstance(size, int) else clip(str(size)), noun, ",")


def clip(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _titled(scope: Scope) -> str:
    what = scope.what
    return clip(f"{scope.name}: {what}" if what else scope.name)


def _continues(before: Scope, after: Scope, facts: Facts) -> bool:
    """Whether two uses are of one block with the same arguments, the second on the first's output."""
    if before.use is None or after.use is None or not before.name.isdigit():
        return False
    if (before.use.block, dict(before.use.arguments)) != (after.use.block, dict(after.use.arguments)):
        return False
    ins, outs = list(after.inputs.values()), list(before.outputs.values())
    if len(ins) != 1 or len(outs) != 1 or ins[0] is None or outs[0] is None:
        return False
    return (ins[0].node, ins[0].port) == (outs[0].node, outs[0].port)


def _id(kind: str, path: str) -> str:
    """An identifier of letters, digits and underscores that no other path has: dots become double underscores."""
    return f"{kind}_{path.replace('_', '_u').replace('.', '__')}"


def _named(first: str, last: str, number: int) -> str:
    """What a box is called that stands for layers or groups in a row: `0–11`."""
    if number > 1:
        last = f"{int(last) + number - 1:,}"
    return first if first == last else f"{first}–{last}"


def _described(node: Node) -> str:
    """The type and what papers say of it: `Conv2d 11 × 11, stride 4`."""
    op = node.op
    if op is None:
        return clip(node.type)
    words = [node.type.removeprefix("python:").rpartition(".")[2]]
    kernel = getattr(op, "kernel_size", None)
    if kernel is not None and op.rank:
        words.append("×".join(map(str, op.axes("kernel_size"))))
    stride = getattr(op, "stride", None)
    stride = kernel if stride is None and op.kind == "pooling" else stride
    text = " ".join(words)
    if stride not in (None, 1) and kernel is not None:
        text += f", stride {'×'.join(map(str, stride)) if isinstance(stride, tuple) else stride}"
    groups = getattr(op, "groups", 1)
    if isinstance(groups, int) and groups > 1:
        text += f", {groups} groups"
    return clip(text)
