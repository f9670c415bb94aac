"""Figures that a spec may claim or limit, of the network, a layer or a group. Enters: facts; leaves: each, and what makes it.

Parts of a sum are the layers that add to it, the largest first; those of the peak are the tensors that are alive at it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import NamedTuple

from archspec.dims import Shape, Size, product
from archspec.document.quantity import is_bytes
from archspec.facts.model import Facts
from archspec.facts.totals import PARAMETER_BYTES, Subtotals, running_params, subtotal
from archspec.graph import Node, Scope
from archspec.limits import MAX_FIGURES_WALKED
from archspec.ops.base import show_shape
from archspec.words import bytes_in_units

TOTALS = (
    "params", "trainable_params", "buffers", "macs", "flops", "param_bytes", "peak_activation_bytes", "layer_count",
)  # fmt: skip
MOST_NAMED = 5
_FACTORS = {"flops": ("macs", 2), "param_bytes": ("params", PARAMETER_BYTES)}

Notes = Callable[[], tuple[str, ...]]


def _none() -> tuple[str, ...]:
    return ()


class Figure(NamedTuple):
    """One number, and how to say it."""

    key: str
    actual: Size | None
    has: str
    """`the network has`"""
    arithmetic: Notes = _none
    """Where a layer's number comes from."""
    parts: Notes = _none
    """Which layers make a sum."""
    why: str = ""
    """Why it is not known."""

    @property
    def what(self) -> str:
        """What is counted: `parameters`, `peak activation bytes`."""
        words = self.key.removeprefix("running_").replace("param_", "parameter_").replace("params", "parameters")
        return words.replace("_count", "s").replace("_", " ").replace("macs", "MACs").replace("flops", "FLOPs")

    def said(self, size: Size | None = None) -> str:
        """A number of what it counts: `1,234 parameters`, `65,536 peak activation bytes (64.0 KiB)`."""
        shown = self.actual if size is None else size
        if not isinstance(shown, int):
            return f"{shown} {self.what}"
        units = bytes_in_units(shown) if is_bytes(self.key) and shown >= 2**10 else None
        return f"{shown:,} {self.what}{f' ({units})' if units else ''}"


class Figures:
    """Those of a network, each computed once and only where a claim asks for it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.sums: Subtotals = {}
        self.left = MAX_FIGURES_WALKED

    @cached_property
    def by_path(self) -> dict[str, Node]:
        return {node.path: node for node in self.facts.graph.layers}

    @cached_property
    def names(self) -> list[str]:
        return [*self.by_path, *self.facts.graph.scopes]

    @cached_property
    def running(self) -> dict[int, Size | None]:
        return running_params(self.facts)

    def of_network(self) -> list[Figure]:
        """The totals."""
        totals = self.facts.totals
        values = {key: getattr(totals, "layers" if key == "layer_count" else key) for key in TOTALS}
        return [
            Figure(key, value, "the network has", parts=self._parts(key, self.facts.graph.root, value),
                   why=totals.unknown.get(key, ""))
            for key, value in values.items()
        ]  # fmt: skip

    def of_layer(self, node: Node, keys: Collection[str]) -> list[Figure]:
        """Those of one layer, whose shapes are known. `keys` are those that are asked for."""
        record, has = self.facts.of(node), f"{node.path} has"
        own = record.own_parameters or {}
        weights = [product(shape) for name, shape in own.items() if "bias" not in name]
        biases = [product(shape) for name, shape in own.items() if "bias" in name]
        running = self.running.get(node.index) if "running_params" in keys else None
        return [
            Figure("params", record.params, has, lambda: _arithmetic(own)),
            Figure("weights", sum(weights, start=0), has, lambda: _arithmetic(own)),
            Figure("biases", sum(biases, start=0), has, lambda: _arithmetic(own)),
            Figure("running_params", running, f"up to {node.path} there are"),
            Figure("macs", record.macs, has),
        ]

    def of_group(self, scope: Scope) -> list[Figure]:
        """Those of a group, a repeat or a block's use: sums over its layers."""
        has, sums = f"{scope.path} has", subtotal(self.facts, scope, self.sums)
        found = [
            Figure(key, value, has, parts=self._parts(key, scope, value))
            for key, value in (("params", sums.params), ("macs", sums.macs))
        ]
        why = "they are counted for single layers"
        return found + [Figure(key, None, has, why=why) for key in ("weights", "biases", "running_params")]

    def output(self, thing: Node | Scope | None) -> Shape | None:
        """The shape that a layer, a group or the network (None) gives; None where there are several."""
        if isinstance(thing, Node):
            record = self.facts.of(thing)
            return record.output.shape if record.output else None
        refs = list((self.facts.graph if thing is None else thing).outputs.values())
        tensor = self.facts.tensor(refs[0]) if len(refs) == 1 else None
        return tensor.shape if tensor else None

    def _parts(self, key: str, scope: Scope, whole: Size | None) -> Notes:
        """Which layers make a figure, once that is asked."""

        def found() -> tuple[str, ...]:
            if not isinstance(whole, int) or key == "layer_count":
                return ()
            if key == "peak_activation_bytes":
                return _peak_parts(self.facts, whole)
            of, factor = _FACTORS.get(key, (key, 1))
            parts: list[tuple[str, int]] = []
            for node in scope.nodes():
                self.left -= 1
                if self.left < 0:
                    return ()
                size = getattr(self.facts.of(node), of)
                if isinstance(size, int) and not (node.train_only and of == "macs"):
                    number = self.facts.graph.times.get(node.index, 1)
                    name = node.path if number == 1 else f"{node.path} with {number - 1:,} like it"
                    parts.append((name, size * factor * number))
            return _largest("the largest parts are", parts, whole)

        return found


def _arithmetic(parameters: dict[str, Shape]) -> tuple[str, ...]:
    """`weight 96 × 3 × 11 × 11 = 34848, bias 96`: where the count comes from."""
    parts = [
        f"{name} {show_shape(shape)}".lstrip() + (f" = {product(shape)}" if len(shape) > 1 else "")
        for name, shape in list(parameters.items())[:8]
    ]
    return (", ".join(parts),) if parts else ()


def _peak_parts(facts: Facts, whole: int) -> tuple[str, ...]:
    from archspec.facts.memory import find_peak

    peak = find_peak(facts)
    if peak is None:
        return ()
    nodes = facts.graph.nodes
    alive = [(nodes[index].path, size) for index, size in peak.alive]
    if peak.between:
        alive.append((f"what {nodes[peak.node].path} takes in between", peak.between))
    return _largest(f"at the peak, while {nodes[peak.node].path} is computed, there are", alive, whole)


def _largest(head: str, parts: list[tuple[str, int]], whole: int) -> tuple[str, ...]:
    """`the largest parts are fc6 37,752,832 (60.5 %), fc7 16,781,312 (26.9 %)`."""
    found = sorted((part for part in parts if part[1] > 0), key=lambda part: -part[1])
    if not found or whole <= 0:
        return ()
    named = [f"{path[:80]} {size:,} ({_share(size, whole)} %)" for path, size in found[:MOST_NAMED]]
    rest = len(found) - len(named)
    return (f"{head} {', '.join(named)}{f', and {rest} more' if rest else ''}",)


def _share(part: int, whole: int) -> str:
    return f"{part * 1000 // whole / 10:.1f}" if part < whole else "100"
