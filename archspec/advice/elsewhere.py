"""Changes before a layer that would make it right: other windows, another input, a wider layer. Each is computed, then tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.advice.alike import alike
from archspec.advice.case import Case
from archspec.advice.knobs import Knob, paddings, widths
from archspec.advice.rerun import Rerun
from archspec.advice.windows import forgotten, kernels, poolings, strides, too_many
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.tree import Mapping, Scalar
from archspec.graph import Node
from archspec.ops.base import Inputs

MAX_MOVE = 64
MAX_TRIED = 32
"""Inputs that are tried for one error, nearest first."""
MAX_WAYS = 3
MAX_BESIDE = 64
NEAR = 10
"""An input is near where it differs by one part in so many at most."""
USUAL = (28, 32, 64, 96, 128, 224, 227, 256, 299, 384, 512)
"""The sides of images that networks are made for."""


def elsewhere(
    case: Case,
    error: Diagnostic,
    node: Node,
    is_right: Callable[[Inputs], bool],
    written: int,
    true: int,
    rests_on_sides: bool,
) -> tuple[list[Fix], bool]:
    """Up to three changes that hold, the commonest first: a stride that was forgotten, paddings that keep the size, of one layer
    or of all like it, an input, one argument of a window, a pooling missing or too many; a width,
    and any other input.

    And whether one of them is evidence of what was meant: a width can nearly always be changed so that a claim is true, an input
    of any size often, and they say nothing; that another padding, stride or reference, or an input that is likely, gives just
    this number hardly comes by chance. Where not all could be tried, it may be so.
    """
    rerun, places = case.rerun(node), case.places
    windows = Rerun(case.facts, node, case.window_trials)

    def fits(knob: Knob, rerun: Rerun = rerun) -> bool:
        inputs = rerun.inputs({}, knob.ops)
        return inputs is not None and is_right(inputs)

    def ways(knobs: Iterator[Knob]) -> Iterator[Fix]:
        return (knob.way for knob in knobs if fits(knob, windows))

    found = [(is_common, knob) for is_common, knob in paddings(places, rerun.before) if fits(knob)]
    common = [knob.way for is_common, knob in found if is_common]
    other = [knob.way for is_common, knob in found if not is_common]
    before = rerun.before if rests_on_sides else []
    likely, unlikely = _distances(case, node)
    all_alike = (
        knob.way for knob in alike(places, before if not common else []) if fits(knob)
    )  # not where one is enough
    evident = [
        _others_read(case, node, is_right), ways(forgotten(places, before)), *_by_place(common), all_alike,
        _inputs_at(case, node, is_right, likely), ways(strides(places, before)), *_by_place(other),
        *_by_place([knob.way for knob in kernels(places, before) if fits(knob, windows)]),
        *((too_many(case, windows, is_right), poolings(case, windows, is_right)) if rests_on_sides else ()),
    ]  # fmt: skip
    chosen = _first_of_each(case, error, evident, MAX_WAYS)
    is_evident = bool(chosen) or windows.is_spent
    wider = (knob.way for knob in widths(places, rerun.before, written, true) if fits(knob))
    rest = [wider, _inputs_at(case, node, is_right, unlikely)]
    return [*chosen, *_first_of_each(case, error, rest, MAX_WAYS - len(chosen))], is_evident


def _first_of_each(case: Case, error: Diagnostic, groups: list[Iterator[Fix]], most: int) -> list[Fix]:
    """The first change of each group that holds, so many at most."""
    found: list[Fix] = []
    for ways in groups:
        if len(found) == most:
            break
        way = next((way for way in ways if case.trier.holds(way.edits, error)), None)
        found += [way] if way is not None else []
    return found


def _distances(case: Case, node: Node) -> tuple[list[int], list[int]]:
    """By how much the network's input may differ, nearest first: where it is near, or usual; and any other."""
    tensors = [case.facts.of(source).output for source in case.rerun(node).sources]
    sides = {size for tensor in tensors if tensor is not None for size in tensor.shape[2:]}
    side = min((size for size in sides if isinstance(size, int)), default=0)
    steps = [step * sign for step in range(1, MAX_MOVE + 1) for sign in (1, -1)]
    near = [step for step in steps if abs(step) * NEAR <= side]
    usual = sorted((size - side for size in USUAL if size != side), key=abs) if len(sides) == 1 else []
    likely = list(dict.fromkeys([*near, *usual]))
    return likely, [step for step in steps if step not in likely]


def _others_read(case: Case, node: Node, is_right: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """Another layer beside it in place of the one that `from` names: first those that nobody reads, then the nearest."""
    mapping, scope = getattr(node.place, "mapping", None), node.path.rpartition(".")[0]
    source = mapping.get("from") if isinstance(mapping, Mapping) else None
    is_unsaid = isinstance(mapping, Mapping) and source is None and _is_joined(case, node)
    if not (isinstance(source, Scalar) or is_unsaid) or len(node.inputs) != 1:
        return
    graph = case.facts.graph
    read = {ref.node for other in graph.nodes for ref in other.inputs if ref is not None}
    beside = [n for n in graph.nodes[: node.index] if not n.is_input and n.path.rpartition(".")[0] == scope]
    found = [
        (n.name, case.facts.of(n).output)
        for n in sorted(beside[-MAX_BESIDE:], key=lambda n: (n.index in read, -n.index))
    ]
    if is_unsaid:
        found += [(name, case.facts.tensor(ref)) for name, ref in graph.around(node.path).inputs.items()]
    for name, tensor in found:
        if tensor is not None and is_right((tensor,)):
            edit = Edit(source.span, name) if isinstance(source, Scalar) else node.place.argument_edit("from", name)
            if edit is not None:
                yield Fix(f"from: {name}", (edit,))


def _is_joined(case: Case, node: Node) -> bool:
    """Whether what a layer gives is joined with what it reads, or with what comes of the same: a shortcut, which would go around
    something."""
    readers = [case.facts.graph.nodes[index] for index in case.readers[node.index]]
    return len(readers) == 1 and len(readers[0].inputs) > 1


def _by_place(ways: list[Fix]) -> list[Iterator[Fix]]:
    """The changes of one place together, of which one is enough."""
    places: dict[str, list[Fix]] = {}
    for way in ways:
        places.setdefault(way.said.partition(" in ")[2], []).append(way)
    return [iter(group) for group in places.values()]


def inputs_that(
    case: Case, node: Node, is_right: Callable[[Inputs], bool], sign: int, most: int = MAX_MOVE, axis: int | None = None
) -> Iterator[Fix]:
    """Larger inputs, or smaller ones, nearest first; by so much at most, and along one axis alone where one is given."""
    return _inputs_at(case, node, is_right, [step * sign for step in range(1, min(most, MAX_MOVE) + 1)], axis)


def _inputs_at(
    case: Case, node: Node, is_right: Callable[[Inputs], bool], distances: list[int], axis: int | None = None
) -> Iterator[Fix]:
    rerun, tried = case.rerun(node), 0
    for distance in distances:
        move = case.moved(node, distance, axis)
        inputs = rerun.inputs(move.tensors, {}) if move is not None else None
        if move is None or inputs is None or not is_right(inputs):
            continue
        tried += 1
        if tried > MAX_TRIED:
            return
        yield move.way


def either(ways: list[str]) -> str:
    """Several as a person lists them."""
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
