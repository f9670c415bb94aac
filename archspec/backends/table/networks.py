"""Networks beside each other, a row each: the one list of what the columns are, the grid, and the report for programs.

Enters: the facts of each network. Leaves: a grid for any format, or the plain data of `archspec.comparison/1`.
A new column is one entry of `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from archspec.backends.table.figures import amount, count, in_bytes, percent, shape
from archspec.backends.table.grid import ALL, Cell, Figure, Grid, chosen, columns, largest_first, sorter
from archspec.dims import Size
from archspec.expressions.value import Value, show
from archspec.facts.model import AxisField, Facts, Scattered, Unknown, Whole
from archspec.words import counted

SCHEMA = "archspec.comparison/1"


class Network(NamedTuple):
    """One row. `label` tells it from the others, `set` says which values were set; `first` is what it is compared with."""

    label: str
    set: str
    name: str
    facts: Facts | None
    first: Facts | None

    @classmethod
    def of(cls, path: str, given: Mapping[str, Value], name: str, facts: Facts | None, first: Facts | None) -> Network:
        """The row of a spec, with the values that were set of it."""
        return cls(described(path, given), setting(given), name, facts, first)


def setting(given: Mapping[str, Value]) -> str:
    """The values that were set, in words: `depth = 101, batch_norm = true`."""
    return ", ".join(f"{name} = {show(value)}" for name, value in given.items())


def described(path: str, given: Mapping[str, Value]) -> str:
    """A spec, and what was set of it."""
    return f"{path} with {setting(given)}" if given else path


def grid(networks: Sequence[Network], names: Sequence[str] | None = None, sort: str | None = None,
         top: int | None = None) -> Grid:  # fmt: skip
    """The table, or its first rows and how many are left out. Raises WrongColumn."""
    figures = shown(names, sort)
    rows = largest_first(networks, sorter(FIGURES, sort)) if sort is not None else networks
    left_out = len(rows) - (top or len(rows))
    notes = [f"… {counted(left_out, 'more network')}"] if left_out > 0 else []
    is_beside = len(networks) > 1 and any(figure.key.endswith("_ratio") for figure in figures)
    caption = f"100 % is {networks[0].label}" if is_beside else ""
    return Grid(columns(figures, rows[:top]), notes=notes, caption=caption)


def shown(names: Sequence[str] | None, sort: str | None) -> list[Figure[Network]]:
    """The figures of these names, or the usual ones. Raises WrongColumn."""
    if sort is not None:
        sorter(FIGURES, sort)
    return chosen(FIGURES, USUAL if names is None else names)


def network_record(network: Network) -> dict[str, int | float | str | None]:
    """Every column for a network, as programs want it."""
    cells = {figure.key: figure.cell(network).raw for figure in FIGURES}
    return {key: raw if isinstance(raw, int | float | str | None) else str(raw) for key, raw in cells.items()}


def report(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The reports of the networks without their layers and diagnostics, which are `check`'s."""
    left_out = ("schema", "layers", "diagnostics", "left_out", "assumptions")
    networks = [{key: value for key, value in report.items() if key not in left_out} for report in reports]
    return {"schema": SCHEMA, "ok": all(report["ok"] for report in reports), "networks": networks}


# What the columns hold -----------------------------------------------------------------------------------------------


def _text(make: Callable[[Network], str]) -> Callable[[Network], Cell]:
    def cell(row: Network) -> Cell:
        text = make(row)
        return Cell(text, text)

    return cell


def _total(key: str, show: Callable[[Size | None], str] = count) -> Callable[[Network], Cell]:
    """A sum by its name in the report."""

    def cell(row: Network) -> Cell:
        size: Size | None = getattr(row.facts.totals, key) if row.facts is not None else None
        return Cell(size, show(size))

    return cell


def _beside(key: str) -> Callable[[Network], Cell]:
    """The same in per cent of the first network's."""

    def cell(row: Network) -> Cell:
        if row.facts is None or row.first is None:
            return Cell(None, "?")
        return percent(getattr(row.facts.totals, key), getattr(row.first.totals, key))

    return cell


def _inputs(row: Network) -> Cell:
    return _shapes(row.facts, [row.facts.of(node).output for node in row.facts.graph.inputs]) if row.facts else _UNKNOWN


def _outputs(row: Network) -> Cell:
    if row.facts is None:
        return _UNKNOWN
    return _shapes(row.facts, [row.facts.tensor(ref) for ref in row.facts.graph.outputs.values()])


def _shapes(facts: Facts, tensors: Sequence[Any]) -> Cell:
    if not tensors or None in tensors:
        return _UNKNOWN
    cells = [shape(tensor.shape) for tensor in tensors]
    return Cell("; ".join(str(cell.raw) for cell in cells), ", ".join(cell.text for cell in cells))


def _field(row: Network) -> Cell:
    """The largest window that a layer sees of the input, along its first spatial axis; and whether others see all of it."""
    if row.facts is None:
        return _UNKNOWN
    extents = [record.field[0] for record in row.facts.layers if record.field]
    known = [extent.size for extent in extents if isinstance(extent, (AxisField, Scattered))]
    open = [extent for extent in extents if isinstance(extent, Unknown)]
    least = max([*known, *(extent.at_least or 0 for extent in open)], default=0)
    is_open = any(record.field_unknown is not None for record in row.facts.layers) or any(
        extent.at_most is None or extent.at_most > least for extent in open
    )
    sees_all = any(isinstance(extent, Whole) for extent in extents)
    if not least:
        return Cell(None, "?") if is_open else Cell(ALL, ALL) if sees_all else Cell(None, "")
    found = amount(least)
    if is_open:
        found = Cell(f"≥ {found.text}", f"≥ {found.text}")
    text = f"{found.text}, then {ALL}"
    return Cell(text, text) if sees_all else found


_UNKNOWN = Cell(None, "?")

FIGURES: list[Figure[Network]] = [
    Figure("spec", "spec", False, 9, _text(lambda row: row.label), "the file, and what was set of it"),
    Figure("arguments", "arguments", False, 6, _text(lambda row: row.set), "what was set of it"),
    Figure("network", "network", False, 5, _text(lambda row: row.name), "its name"),
    Figure("input", "input", False, 4, _inputs, "the shapes that it reads"),
    Figure("output", "output", False, 3, _outputs, "the shapes that it gives"),
    Figure("layers", "layers", True, 4, _total("layers"), "how many it has"),
    Figure("parameters", "parameters", True, 8, _total("params"), "how many it has"),
    Figure("parameters_ratio", "parameters %", True, 7, _beside("params"), "that in per cent of the first network's"),
    Figure("trainable", "trainable", True, 3, _total("trainable_params"), "how many of its parameters train"),
    Figure("macs", "MACs", True, 8, _total("macs"), "multiply-accumulates of a sample"),
    Figure("macs_ratio", "MACs %", True, 7, _beside("macs"), "that in per cent of the first network's"),
    Figure("flops", "FLOPs", True, 7, _total("flops"), "twice its MACs"),
    Figure("elementwise", "elementwise", True, 2, _total("elementwise"), "operations on single elements"),
    Figure("memory", "parameter memory", True, 4, _total("param_bytes", in_bytes), "bytes of its parameters"),
    Figure("activations", "activations", True, 3, _total("activation_bytes", in_bytes), "bytes that its layers give of a sample"),
    Figure("peak", "peak activations", True, 5, _total("peak_activation_bytes", in_bytes), "bytes of a sample at the peak"),
    Figure("peak_ratio", "peak %", True, 2, _beside("peak_activation_bytes"), "that in per cent of the first network's"),
    Figure("field", "field", True, 1, _field,
           "the largest window of the input that a layer sees short of all of it, along the first axis; "
           "`≥` where windows of some layers are not known"),
]  # fmt: skip
"""Every column there is; the order is that of the help."""

USUAL = (
    "spec", "network", "input", "layers", "parameters", "parameters_ratio", "macs", "macs_ratio", "memory", "peak",
)  # fmt: skip
"""Those that are shown where none are chosen."""
