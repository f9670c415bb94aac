"""What one unit of a layer sees of the network's inputs, exactly. Enters: facts, a layer, a position; leaves: boxes of positions.

Followed back layer by layer (`Op.reads`), so that padding is cut off wherever it stands on the way: positions that a layer only
pads with are no pixels. What is seen of an input is a few boxes, since branches may see different parts of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archspec.dims import Size
from archspec.facts import standing
from archspec.facts.folds import folds_by_end
from archspec.facts.masks import allowed_by, hidden_by
from archspec.facts.model import Facts, port_of
from archspec.facts.zeros import HIDES, factors, without_zeros
from archspec.graph import Fold, Node, Ref
from archspec.limits import MAX_SEEN_READ, MAX_SEEN_WORK
from archspec.ops.base import Op, per_sample
from archspec.ops.intervals import Positions, TooMany, one
from archspec.ops.reading import Asked, Box, Lost, all_of, together
from archspec.words import counted

_PARTS = "at {} it falls into more parts than are followed"


Wanted = dict[int, dict[str, list[Box]]]
"""What is asked for of layers' outputs, by the node's index and the port."""


class NoUnit(ValueError):
    """The layer has no such unit; the message says which there are."""


class NotFollowed(Exception):
    """What the unit sees is not followed to the inputs; the message says why."""


@dataclass(slots=True)
class View:
    """What a unit sees: of each input, by its node's index, boxes of positions."""

    of: dict[int, list[Box]] = field(default_factory=dict)
    at_most: str = ""
    """Why it may see less; nothing where this is what it sees."""


Unit = tuple[int | None, ...]
"""A position along each axis of an image, or along all axes but the batch; None: every position."""


def axes_of(facts: Facts, node: Node, unit: Unit) -> dict[int, int]:
    """The positions that a unit has, by the axes of the layer's first output. Raises NoUnit.

    They are given along the axes of an image, or the last; or along all, the channels as well.
    """
    outputs = facts.of(node).outputs
    if not outputs:
        raise NoUnit(f"the output of {node.path} is not known")
    shape = next(iter(outputs.values())).shape
    rank = len(shape)
    axes = range(2, rank) if rank > 2 else range(1, rank)
    if len(unit) == rank - 1:
        axes = range(1, rank)
    elif len(unit) != len(axes):
        also = f"; {rank - 1} say which channel as well" if rank > 2 else ""
        raise NoUnit(f"a unit of {node.path} has {counted(len(axes), 'position')}, not {len(unit)}{also}")
    places = {axis: place for axis, place in zip(axes, unit, strict=True) if place is not None}
    for axis, place in places.items():
        size = per_sample(shape[axis])
        if not isinstance(size, int):
            raise NoUnit(f"the output of {node.path} has a symbolic size, {size}: --set gives it a number")
        if place >= size:
            raise NoUnit(f"{node.path} has positions 0 to {size - 1} there, not {place}")
    return places


def seen_by(facts: Facts, node: Node, unit: Unit) -> View:
    """What a unit sees, all channels together unless it names one. Raises NoUnit, NotFollowed."""
    places = axes_of(facts, node, unit)
    port, tensor = next(iter((facts.of(node).outputs or {}).items()))
    box = tuple(one(places[i]) if i in places else all_of(size) for i, size in enumerate(_sample(tensor.shape)))
    allowed = {
        at.index: keys for at in facts.graph.nodes[: node.index + 1] if (keys := allowed_by(facts, at)) is not None
    }
    products = {at.index for at in facts.graph.nodes[: node.index + 1] if factors(facts, at)}
    masks = hidden_by(facts, allowed, products)
    view = _follow(facts, node, {port: [box]}, allowed, masks)
    if view.at_most:
        surely = _follow(facts, node, {port: [box]}, allowed, masks, is_sure=True)
        if surely.of == view.of:  # whatever is hidden is seen in another way
            view.at_most = ""
    return view


def _follow(
    facts: Facts,
    node: Node,
    start: dict[str, list[Box]],
    allowed: dict[int, tuple[Positions, ...]],
    masks: dict[int, str],
    *,
    is_sure: bool = False,
) -> View:
    """What boxes of a layer's outputs see: at most, or what is seen whatever masks hide. Raises NotFollowed."""
    view = View()
    asked: Wanted = {node.index: start}
    work = 0
    turns = _Turns(facts, asked)
    index = node.index + 1
    while (index := turns.next_before(index)) >= 0:
        if index not in asked:
            continue
        at = facts.graph.nodes[index]
        ports = {port: _together(at, boxes) for port, boxes in asked.pop(index).items()}
        if at.is_input:
            view.of[index] = next(iter(ports.values()))
            continue
        is_hidden = index in masks and bool(at.inputs)
        if is_hidden and not view.at_most:
            view.at_most = f"at {standing.read(facts.graph, at, node.path)} {masks[index]}"
        try:
            found = [_read(facts, at, name, boxes, allowed.get(index)) for name, boxes in ports.items()]
            for inputs in found:
                _add(facts, at, _sure(at, masks[index], inputs) if is_sure and is_hidden else inputs, asked)
        except TooMany:
            raise NotFollowed(_PARTS.format(standing.shown(facts.graph, at))) from None
        work += sum(_pieces(boxes) for inputs in found for boxes in inputs)
        if work > MAX_SEEN_WORK:
            raise NotFollowed(f"from {standing.shown(facts.graph, at)} on it is more work than is done")
    view.of = dict(sorted(view.of.items()))
    return view


class _Turns:
    """Which layer comes next on the way back: the last of the steps that others are like once for each of them, or until a step
    asks for what the one behind it asked for.
    """

    def __init__(self, facts: Facts, asked: Wanted) -> None:
        self.facts = facts
        self.asked = asked
        self.ends = folds_by_end(facts.graph.folds)
        self.open: list[_Turn] = []

    def next_before(self, index: int) -> int:
        """The node before one, or the last of a step once more."""
        while self.open and index <= self.open[-1].first:
            turn = self.open[-1]
            if self._is_again(turn):
                return self._enter(turn.last, turn.fold)
            self.open.pop()
        return self._enter(index - 1)

    def _enter(self, index: int, fold: Fold | None = None) -> int:
        """Begins with the steps that end at a node: of one in another, the outer first; `fold` has begun already."""
        folds = self.ends.get(index, [])[::-1]
        for inner in folds[folds.index(fold) + 1 :] if fold is not None else folds:
            before, own = (refs[0] for refs in inner.outputs()[-2:])
            if before is None or own is None or own.node not in self.asked:
                continue
            step = inner.steps[-1]
            indices = [step.index] if isinstance(step, Node) else [node.index for node in step.nodes()]
            self.open.append(
                _Turn(inner, min(indices), max(indices), inner.more, before, own, self.asked.pop(before.node, {}))
            )
        return index

    def _is_again(self, turn: _Turn) -> bool:
        """Hands what a step asks for to the one before it, which is like it, or that of the first to what is before them all."""
        wanted = self.asked.pop(turn.before.node, {})
        if turn.left and wanted and wanted != turn.wanted:
            turn.left, turn.wanted = turn.left - 1, wanted
            outputs = self.facts.layers[turn.own.node].outputs or {}
            self.asked[turn.own.node] = {
                port_of(turn.own, outputs): [box for boxes in wanted.values() for box in boxes]
            }
            return True
        for port, boxes in turn.held.items():
            wanted[port] = [*wanted.get(port, []), *boxes]
        if wanted:
            self.asked[turn.before.node] = wanted
        return False


@dataclass(slots=True)
class _Turn:
    """A step that is gone through again: where it begins and ends, how often still, what it reads of the step before, and gives;
    what others asked of that, and what it asked of it the last time."""

    fold: Fold
    first: int
    last: int
    left: int
    before: Ref
    own: Ref
    held: dict[str, list[Box]]
    wanted: dict[str, list[Box]] | None = None


def _sure(node: Node, why: str, inputs: list[list[Box]]) -> list[list[Box]]:
    """What is read whatever is hidden: of an attention without a mask the values, for no weight of theirs is 0."""
    is_weighted = node.type == "ScaledDotProductAttention" and why == HIDES
    return [boxes if is_weighted and i == 2 else [] for i, boxes in enumerate(inputs)]


def _read(
    facts: Facts, node: Node, port: str, boxes: list[Box], allowed: tuple[Positions, ...] | None
) -> list[list[Box]]:
    """What a layer reads of each of its inputs for positions of one output. Raises TooMany."""
    record = facts.of(node)
    if record.inputs is None or node.op is None:
        return []
    outputs = record.outputs or {}
    sizes, first = outputs[port].shape, next(iter(outputs.values())).shape
    inputs = tuple(tensor._replace(shape=_sample(tensor.shape)) for tensor in record.inputs)
    if type(node.op).reads is Op.reads and _sample(sizes) != _sample(first):
        lost = Lost(f"what {port} of {node.path} reads is not known")
        return [[(lost,) * tensor.rank] for tensor in inputs]
    found: list[list[Box]] = [[] for _ in inputs]
    for box in without_zeros(facts, node, boxes, len(sizes)):
        for i, read in enumerate(node.op.reads(inputs, Asked(port, _sample(sizes), box, allowed))):
            found[i] += read
    return found


def _sample(shape: Sequence[Size]) -> tuple[Size, ...]:
    return tuple(map(per_sample, shape))


def _together(node: Node, boxes: list[Box]) -> list[Box]:
    """What is asked of a layer's output, in few boxes. Raises NotFollowed."""
    try:
        return together(boxes)
    except TooMany:
        raise NotFollowed(_PARTS.format(node.path)) from None


def _add(facts: Facts, node: Node, inputs: list[list[Box]], asked: Wanted) -> None:
    """Adds what is read to what is asked of the layers before. Raises TooMany."""
    for ref, boxes in zip(node.inputs, inputs, strict=False):
        outputs = facts.layers[ref.node].outputs if ref is not None else None
        if ref is None or not outputs or not boxes:
            continue
        ports = asked.setdefault(ref.node, {})
        port = port_of(ref, outputs)
        ports[port] = [*ports.get(port, []), *boxes]
        if len(ports[port]) > MAX_SEEN_READ:
            raise TooMany


def _pieces(boxes: list[Box]) -> int:
    return sum(1 if isinstance(own, Lost) else len(own) for box in boxes for own in box) + 1
