"""What a layer would read if something before it were different. Enters: facts, and other ops or inputs; leaves: tensors.

Only what depends on the change is computed anew, within the document's trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from archspec.dims import TooComplex
from archspec.facts.model import Facts, Trials, port_of
from archspec.graph import Node, Ref
from archspec.limits import MAX_LAYERS_BEFORE
from archspec.ops.base import Inputs, Op, Outputs, Problem, Tensor


class Rerun:
    """The layers before one, in order."""

    def __init__(self, facts: Facts, node: Node, trials: Trials) -> None:
        self.facts = facts
        self.node = node
        self.trials = trials
        self.before = before(facts, node)

    @property
    def sources(self) -> list[Node]:
        """The network's inputs among them."""
        return [node for node in self.before if node.is_input]

    @property
    def is_spent(self) -> bool:
        """Whether no more is tried."""
        return self.trials.left < len(self.before)

    def inputs(self, tensors: Mapping[int, Tensor], ops: Mapping[int, Op]) -> Inputs | None:
        """What the layer reads with other tensors in place of some inputs, and other ops in place of some layers' own.

        None where it does not fit, where something is not known, or where too much has been tried.
        """
        made: dict[int, Outputs] = {index: {"output": tensor} for index, tensor in tensors.items()}
        first = min([*tensors, *ops], default=None)
        if first is None or self.is_spent:
            return None
        for node in self.before:
            if node.index < first or node.index in made or not self._is_touched(node, made, ops):
                continue
            self.trials.left -= 1
            op = ops.get(node.index, node.op)
            read = self._read(node.inputs, made)
            if op is None or read is None:
                return None
            try:
                op.resolve(read)
                made[node.index] = op.outputs(read)
            except (Problem, TooComplex):
                return None
        return self._read(self.node.inputs, made)

    @staticmethod
    def _is_touched(node: Node, made: Mapping[int, Outputs], ops: Mapping[int, Op]) -> bool:
        return node.index in ops or any(ref is not None and ref.node in made for ref in node.inputs)

    def _read(self, refs: tuple[Ref | None, ...], made: Mapping[int, Outputs]) -> Inputs | None:
        tensors = [self._tensor(ref, made) for ref in refs]
        return None if any(tensor is None for tensor in tensors) else tuple(t for t in tensors if t is not None)

    def _tensor(self, ref: Ref | None, made: Mapping[int, Outputs]) -> Tensor | None:
        if ref is None or ref.node not in made:
            return self.facts.tensor(ref)
        return made[ref.node].get(port_of(ref, made[ref.node]))


def before(facts: Facts, node: Node) -> list[Node]:
    """All layers that a layer rests on, in order; none where there are too many."""
    found = list(islice(facts.graph.before(node.inputs), MAX_LAYERS_BEFORE + 1))
    return sorted(found, key=lambda before: before.index) if len(found) <= MAX_LAYERS_BEFORE else []
