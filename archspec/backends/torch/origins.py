"""How each size and each name of a network follows from its arguments. Enters: the cases; leaves: origins, which two series that
are the same for all numbers share, and two that only agree in the cases do not.

An origin is a size over the arguments that may be any number; what is no sum or product of them (`min(width, 512)`) is a symbol
of its own, called as it is written. Conditions, and arguments that have only some values, are as they are in each case: that
all of these are seen is asked elsewhere (`seen.py`). Where it is not known how something comes about, there is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from archspec.backends.python.code import Code
from archspec.backends.torch.cases import Cases
from archspec.backends.torch.origins_written import Expressions, Frame, Stand
from archspec.backends.torch.series import Origin, Series
from archspec.backends.torch.translate import Untranslatable
from archspec.dims import Dim, Size, TooComplex
from archspec.expressions.grammar import Expression, parse
from archspec.facts.model import port_of
from archspec.graph import Node, Ref, Scope
from archspec.ops.base import Op, Tensor
from archspec.ops.origins import Given, follow


def origins_of(cases: Cases) -> Origins | None:
    """The origins in all cases; None where no argument may be any number, so that all that there is is seen."""
    free = frozenset(name for name, taken in cases.taken.items() if not taken.is_limited)
    return Origins(cases, free) if free and len(cases.roots) > 1 else None


class Origins(Expressions):
    """What the network's tensors and names come from. Layers are gone through once, in the order of computation."""

    def __init__(self, cases: Cases, free: frozenset[str]) -> None:
        super().__init__(cases, free, _unlike(cases))
        self.frames: dict[int, Frame] = {}
        self.classes: set[int] = set()
        """The ids of the scopes that have a class; the others are written in place."""
        self._stands: dict[int, Stand] = {}
        self._tensors: list[Mapping[str, tuple[Size | None, ...]]] = []
        self._followed: dict[object, Mapping[str, tuple[Size | None, ...]]] = {}
        for number, root in enumerate(cases.roots):
            self._enter(Frame(root, None, None, number))
        for node in cases.facts.graph.nodes:
            self._tensors.append(self._outputs(node))

    def here(self, scopes: Iterable[Scope], position: int | None = None) -> Here:
        """The uses of a class, or of what is written in place in it; one of their entries, where it is there."""
        found: dict[int, Stand] = {}
        for scope in scopes:
            slot = scope.slots[position] if position is not None and position < len(scope.slots) else None
            if position is None or (slot is not None and slot.member is not None):
                found[self.use_around(scope)] = Stand(self.frames[id(scope)], slot)
        return Here(self, found)

    def use_around(self, scope: Scope) -> int:
        """The id of the use of a class that a scope is, or is written in."""
        frame: Frame | None = self.frames[id(scope)]
        while frame is not None and id(frame.scope) not in self.classes:
            frame = frame.outer
        assert frame is not None
        return id(frame.scope)

    def are_alike(self, member: Node, other: Node) -> bool:
        """Whether all that decides how two layers are built comes from the same."""
        if member.op is None or other.op is None:
            return False
        read = [[self.axis(node.inputs[at[0]], at[1]) for at in op.follows().values()]
                for node, op in ((member, member.op), (other, other.op))]  # fmt: skip
        return read[0] == read[1] and self._arguments(member) == self._arguments(other)

    # Layers ------------------------------------------------------------------------------------------------------

    def _enter(self, frame: Frame) -> None:
        self.frames[id(frame.scope)] = frame
        if frame.outer is None:
            for ref in frame.scope.inputs.values():
                if ref is not None:
                    self._stands[ref.node] = Stand(frame, None)
        for slot in frame.scope.slots:
            if isinstance(slot.member, Node):
                self._stands[slot.member.index] = Stand(frame, slot)
            elif slot.member is not None:
                self._enter(Frame(slot.member, frame, slot, frame.case))

    def axes(self, ref: Ref | None) -> tuple[Size | None, ...] | None:
        """Where the sizes of a tensor come from."""
        if ref is None:
            return None
        outputs = self.cases.facts.layers[ref.node].outputs
        return self._tensors[ref.node].get(port_of(ref, outputs)) if outputs is not None else None

    def _outputs(self, node: Node) -> Mapping[str, tuple[Size | None, ...]]:
        record = self.cases.facts.of(node)
        if node.op is None or record.inputs is None or record.outputs is None or node.index not in self._stands:
            return {}
        arguments = self._arguments(node)
        if node.is_input:
            shape = arguments.get("shape", record.outputs["output"].shape)
            sizes = shape if isinstance(shape, tuple) else (None,) * record.outputs["output"].rank
            return {"output": tuple(size if isinstance(size, (int, Dim)) else None for size in sizes)}
        given = [
            self.axes(ref) or (None,) * tensor.rank for ref, tensor in zip(node.inputs, record.inputs, strict=True)
        ]
        key = (
            id(record.instance) if record.instance is not None else node.index,
            tuple(given),
            tuple(arguments.items()),
        )
        if key not in self._followed:
            self._followed[key] = self._follow(
                node.op, record.inputs, given, arguments, self._stands[node.index].frame.case
            )
        return self._followed[key]

    def _follow(
        self,
        op: Op,
        inputs: tuple[Tensor, ...],
        given: list[tuple[Size | None, ...]],
        arguments: Mapping[str, Given],
        case: int,
    ) -> Mapping[str, tuple[Size | None, ...]]:
        with suppress(TooComplex):
            return follow(op, inputs, given, arguments, self.numbers[case])
        return {port: (None,) * tensor.rank for port, tensor in op.outputs(inputs).items()}

    def _arguments(self, node: Node) -> dict[str, Given]:
        """The origins of a layer's arguments that follow from something."""
        assert node.op is not None
        stand = self._stands[node.index]
        found: dict[str, Given] = {}
        for name in type(node.op).model_fields:
            value = getattr(node.op, name)
            if type(value) is not int and not isinstance(value, tuple):
                continue
            origin = self._argument(node, name, value, stand)
            if origin != value:
                found[name] = origin
        return found

    def _argument(self, node: Node, name: str, value: object, stand: Stand) -> Given:
        text = node.place.expression(name)
        if text is not None:
            return _fitting(self._of_value(parse(text), stand, value), value)
        items = node.place.items(name)
        if isinstance(value, tuple) and (len(items) == len(value) or node.is_input):
            before = value[: len(value) - len(items)]  # of inputs, the batch
            own = zip(value[len(before) :], items, strict=False)
            return (
                *before,
                *(item if text is None else _fitting(self.of(parse(text), stand), item) for item, text in own),
            )
        isplain = (node.place.name, name) not in self.plain
        return value if isplain else None  # type: ignore[return-value]


class Here(NamedTuple):
    """Where something stands, in each use of a class by the id of its scope."""

    origins: Origins
    stands: Mapping[int, Stand]

    def of(self, tree: Expression) -> Series:
        """Where the value of an expression comes from."""
        return {key: self.origins.of(tree, stand) for key, stand in self.stands.items()}

    def axis(self, input: str, axis: int) -> Series:
        """Where the size of an input's axis comes from."""
        return {key: self.origins.axis(stand.frame.scope.inputs.get(input), axis) for key, stand in self.stands.items()}

    def spelt(self, series: Series | None, known: Callable[[Origin], Code | None]) -> Code | None:
        """A size that comes from the same in all uses, as code by what is known; None where there is none."""
        sizes = list(series.values()) if series else []
        if not sizes or not isinstance(sizes[0], Dim) or any(size != sizes[0] for size in sizes):
            return None
        with suppress(Untranslatable):
            return self.origins.code(sizes[0], known)
        return None


def _fitting(origin: Origin, value: object) -> Given:
    """The origin of an argument that has this value; one number stands for all of a list."""
    if isinstance(value, tuple):
        if isinstance(origin, tuple) or not isinstance(origin, (int, Dim)):
            return value if origin == value else None
        return (origin,) * len(value)
    return origin if isinstance(origin, (int, Dim)) else None


def _unlike(cases: Cases) -> frozenset[tuple[object, str]]:
    """Arguments that differ between the cases where no expression stands: by the place of their layer, and their name."""
    seen: dict[tuple[object, str], object] = {}
    found: set[tuple[object, str]] = set()
    for node in cases.facts.graph.nodes:
        for name in type(node.op).model_fields if node.op is not None else ():
            key = (node.place.name, name)
            value = getattr(node.op, name)
            if seen.setdefault(key, value) != value:
                found.add(key)
    for root in cases.roots:
        for name, value in root.values.items():
            if seen.setdefault((root.path, name), value) != value:
                found.add((root.path, name))
    return frozenset(found)
