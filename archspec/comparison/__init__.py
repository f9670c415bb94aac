"""Two networks beside each other: which layers are the same, what was done to the others, and what follows.

Enters: facts of two networks without errors. Leaves: a `Comparison`; nothing here prints.
"""

from __future__ import annotations

from archspec.comparison.changes import find_changes, find_shifted, reference
from archspec.comparison.consequences import find_figures
from archspec.comparison.loading import find_loading
from archspec.comparison.matching import Matching, match
from archspec.comparison.model import Comparison, Detail
from archspec.comparison.wiring import Wiring
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import show_shape, without_batch

__all__ = ["Comparison", "compare"]


def compare(before: Facts, after: Facts) -> Comparison:
    """What the second network has that the first has not, and the other way round."""
    matching = match(before, after)
    wiring = Wiring(matching)
    changes = find_changes(matching, wiring)
    pairs = dict(matching.nodes())
    changed = {change.after for change in changes if isinstance(change.after, Node) and change.details}
    return Comparison(
        before, after, changes, find_shifted(matching),
        find_figures(matching, changed),
        find_loading(before, after, {y: x for x, y in pairs.items()}),
        [*_inputs(matching), *_outputs(matching, wiring)], pairs, matching.is_bounded,
    )  # fmt: skip


def _inputs(matching: Matching) -> list[Detail]:
    """What the network reads: names, shapes and kinds of numbers."""
    before, after = matching.before.facts, matching.after.facts
    others = {y: x for x, y in matching.nodes() if y.is_input}
    found = []
    for node in after.graph.inputs:
        old = others.get(node)
        told = (_input(before, old) if old is not None else ""), _input(after, node)
        if told[0] != told[1]:
            is_renamed = old is not None and old.path != node.path
            name = f"input {old.path} → {node.path}" if old is not None and is_renamed else f"input {node.path}"
            found.append(Detail(name if node.path != "input" or is_renamed else "input", *told))
        elif old is not None and old.path != node.path:
            found.append(Detail("input", old.path, node.path))
    gone = [node for node in before.graph.inputs if node not in matching.pairs]
    return [*found, *(Detail(f"input {node.path}", _input(before, node), "") for node in gone)]


def _input(facts: Facts, node: Node) -> str:
    tensor = facts.of(node).output
    if tensor is None:
        return "?"
    sizes = without_batch(tensor.shape)
    return f"{show_shape(sizes) if sizes else 'scalar'}{'' if tensor.dtype == 'float32' else f' {tensor.dtype}'}"


def _outputs(matching: Matching, wiring: Wiring) -> list[Detail]:
    """What the network gives: names, and which layers' outputs they are."""
    before, after = matching.before.facts, matching.after.facts
    ours, others = before.graph.outputs, after.graph.outputs
    found = []
    for name in dict.fromkeys([*ours, *others]):
        if name in ours and name in others and wiring.is_same(ours[name], others[name]):
            continue
        told = (
            (reference(before, ours[name]) if name in ours else ""),
            reference(after, others[name]) if name in others else "",
        )
        found.append(Detail(f"output {name}" if len({**ours, **others}) > 1 else "output", *told))
    return found
