"""The layer table for people: a line a layer, the totals beneath. Enters: facts; leaves: text of a given width.

A narrow terminal drops columns, least needed first; nothing is ever wrapped. Without a width (piped output) all columns are
there in full. Unknown is `?`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from archspec.backends.table.columns import Column, clip, lines, whole
from archspec.dims import Shape, Size
from archspec.facts.model import AxisField, Extent, Facts, LayerFacts, Scattered, Totals, Whole
from archspec.facts.totals import Subtotal, Subtotals, running_params, subtotal
from archspec.graph import Node, Scope
from archspec.ops.base import show_shape, without_batch


class Options(NamedTuple):
    """What the table shows beside the figures that it always has."""

    layout: str = "NCHW"
    running: bool = False
    width: int | None = None
    color: bool = False
    depth: int | None = None
    """How deep groups are opened; deeper ones are a row each."""


def table(facts: Facts, options: Options) -> str:
    """The table and the totals."""
    rows = lines(_columns(facts, options), options.width, options.color)
    return "\n".join([*rows, *totals(facts), *assumptions(facts)]) + "\n"


def totals(facts: Facts) -> list[str]:
    """The sums, a line each."""
    found = facts.totals
    sums = [("parameters", f"{_count(found.params)}{_why(facts, 'params')}")]
    if found.trainable_params != found.params:
        sums.append(("  trainable", f"{_count(found.trainable_params)}{_why(facts, 'trainable_params')}"))
    if found.buffers != 0:
        sums.append(("buffers", f"{_count(found.buffers)}{_why(facts, 'buffers')}"))
    sums.append(("MACs", f"{_count(found.macs)}{_scaled(found.macs)}{_why(facts, 'macs')}"))
    sums.append(("parameter memory", f"{_bytes(found.param_bytes)}{_why(facts, 'param_bytes')}"))
    sums.append(("peak activations", f"{_peak(found)}{_why(facts, 'peak_activation_bytes')}"))
    label = max(len(name) for name, _ in sums)
    numbered = [f"{name.ljust(label)}  {value}" for name, value in sums]
    return [f"{'layers'.ljust(label)}  {found.layers}", *numbered]


def _why(facts: Facts, key: str) -> str:
    """` (the reason)` for a total that is not known; nothing where an error says why."""
    reason = facts.totals.unknown.get(key)
    return f" ({whole(reason)})" if reason else ""


def _peak(found: Totals) -> str:
    """The peak, and beside it that of the generated module where it is another."""
    if found.peak_activation_bytes is None:
        return _bytes(None)
    module = found.module_peak_activation_bytes
    beside = f", {_bytes(module)} in the generated module" if module not in (None, found.peak_activation_bytes) else ""
    return f"{_bytes(found.peak_activation_bytes)} a sample{beside}"


def assumptions(facts: Facts) -> list[str]:
    """What the symbolic sizes have to fulfil."""
    return [f"holds where {statement}" for statement in facts.assumptions]


def _columns(facts: Facts, options: Options) -> list[Column]:
    rows = list(_walk(facts.graph.root, 0, options.depth))
    running = running_params(facts) if options.running else {}
    known: Subtotals = {}
    sums = {id(row): subtotal(facts, row, known) for row, _ in rows if isinstance(row, Scope)}

    def cells(make: Callable[[Node, LayerFacts], str], whole: Callable[[Scope, Subtotal], str]) -> list[str]:
        return [make(row, facts.of(row)) if isinstance(row, Node) else whole(row, sums[id(row)]) for row, _ in rows]

    def last(make: Callable[[Node, LayerFacts], str]) -> list[str]:
        """Of a group, the cell of the layer that gives its output."""
        return cells(make, lambda scope, sum: make(sum.last, facts.of(sum.last)) if sum.last is not None else "")

    names = [whole("  " * depth + (row.name if isinstance(row, Node) else f"{row.name}/")) for row, depth in rows]
    columns = [
        Column("layer", False, 9, names),
        Column("type", False, 7, cells(lambda node, record: _type(node), lambda scope, sum: whole(scope.what))),
        Column("output", False, 8, last(lambda node, record: _output(record, options.layout))),
        Column(
            "parameters",
            True,
            6,
            cells(
                lambda node, record: _params(facts, node, record),
                lambda scope, sum: _shared(scope) or _nonzero(sum.params),
            ),
        ),
    ]
    if options.running:
        columns.append(Column("running total", True, 5, last(lambda node, record: _count(running[node.index]))))
    columns.append(Column("MACs", True, 4, cells(_macs, lambda scope, sum: _nonzero(sum.macs))))
    columns.append(Column("field", True, 2, last(lambda node, record: _field(record, "size"))))
    columns.append(Column("stride", True, 1, last(lambda node, record: _field(record, "stride"))))
    return columns


def _walk(scope: Scope, depth: int, most: int | None) -> list[tuple[Node | Scope, int]]:
    found: list[tuple[Node | Scope, int]] = []
    for member in scope.members:
        found.append((member, depth))
        if isinstance(member, Scope) and (most is None or depth + 1 < most):
            found.extend(_walk(member, depth + 1, most))
    return found


def _shared(scope: Scope) -> str:
    return f"as {scope.shares.name}" if scope.shares is not None else ""


def _type(node: Node) -> str:
    """The type with what papers say of it: `Conv2d 11×11 /4`."""
    kernel = vars(node.op).get("kernel_size") if node.op is not None else None
    if node.op is None or kernel is None:
        return whole(node.type)
    sides = node.op.axes("kernel_size") if node.op.rank else (kernel,)
    text = f"{node.type} {'×'.join(map(str, sides))}"
    stride = getattr(node.op, "stride", None)
    if stride is None and node.op.kind == "pooling":
        stride = kernel
    steps = stride if isinstance(stride, tuple) else (stride,)
    if any(step not in (None, 1) for step in steps):
        text += f" /{'×'.join(map(str, steps))}"
    return text


def _output(record: LayerFacts, layout: str) -> str:
    if record.outputs is None:
        return "?"
    if record.output is not None:
        return _shape(record.output.shape, layout)
    first, tensor = next(iter(record.outputs.items()))
    return f"{first}: {_shape(tensor.shape, layout)}, …"


@lru_cache(maxsize=1_000)
def _shape(shape: Shape, layout: str) -> str:
    sizes = without_batch(shape)
    if layout == "NHWC" and len(shape) >= 4 and len(sizes) == len(shape) - 1:
        sizes = (*sizes[1:], sizes[0])
    return whole(show_shape(sizes)) if sizes else "scalar"


def _params(facts: Facts, node: Node, record: LayerFacts) -> str:
    if node.shares is not None:
        return f"as {facts.graph.nodes[node.shares].name}" if (record.parameters or {}) else ""
    return _nonzero(record.params)


def _field(record: LayerFacts, key: str) -> str:
    if record.field is None:
        return ""
    if key != "size" and not any(isinstance(extent, AxisField) for extent in record.field):
        return ""
    values = [_extent(extent, key) for extent in record.field]
    return values[0] if len(set(values)) == 1 else "×".join(values)


def _extent(extent: Extent, key: str) -> str:
    if isinstance(extent, AxisField):
        return str(getattr(extent, key))
    if key != "size":
        return "–"
    if isinstance(extent, Scattered):
        return str(extent.size)
    return "all" if isinstance(extent, Whole) else "?"


def _macs(node: Node, record: LayerFacts) -> str:
    """In parentheses where it is computed in training only, and so not in the total."""
    text = _nonzero(record.macs)
    return f"({text})" if text and node.train_only else text


def _nonzero(size: Size | None) -> str:
    return "" if size == 0 else _count(size)


def _count(size: Size | None) -> str:
    if size is None:
        return "?"
    return f"{size:,}" if isinstance(size, int) else clip(str(size))


_UNITS = (("M", 10**6), ("G", 10**9), ("T", 10**12), ("P", 10**15), ("E", 10**18))
_BYTE_UNITS = tuple((f"{letter}iB", 2 ** (10 * power)) for power, letter in enumerate("KMGTPE", 1))


def _scaled(size: Size | None) -> str:
    """` (1.14 G)` for numbers that are hard to read, with the units that a claim may have."""
    if not isinstance(size, int) or size < 10**6:
        return ""
    return f"  ({_short(size, _UNITS)}; FLOPs are twice as many)"


def _short(size: int, units: tuple[tuple[str, int], ...]) -> str:
    """A count in the unit that leaves the fewest digits; beyond the largest as a power of ten."""
    for unit, factor in units:
        text = f"{size / factor:.3g}"
        if "e" not in text:
            return f"{text} {unit}"
    mantissa, _, exponent = f"{size:.2e}".partition("e")
    return f"{mantissa} × 10^{int(exponent)}"


def _bytes(size: Size | None) -> str:
    if not isinstance(size, int):
        return _count(size)
    if size < 2**10:
        return f"{size} bytes"
    for unit, factor in _BYTE_UNITS:
        if size < 1023.95 * factor:
            return f"{size / factor:.1f} {unit}"
    return f"{_short(size, ())} bytes"
