"""Networks beside each other, a row each: the one list of what the columns are, the grid, and the report for programs.

Enters: the facts of each network. Leaves: a grid for any format, or the plain data of `archspec.comparison/1`.
A new column is one entry of `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from archspec.backends.table.figures import amount, count, in_bytes, percent, shape
from archspec.backends.table.grid import ALL, Cell, Figure, Grid, chosen, columns, largest_first, sorter
from archspec.dims import Size
from archspec.expressions.value import Value, show
from archspec.facts.cost import count_batch
from archspec.facts.memory import measure_batch
from archspec.facts.model import AxisField, Facts, Scattered, Unknown, Whole
from archspec.words import counted

SCHEMA = "archspec.comparison/1"


Sums = Mapping[str, Size | None]
"""What a network has in all, by the names in the report."""


class Network(NamedTuple):
    """One row. `label` tells it from the others, `set` says which values were set; `first` are the sums of the first network."""

    label: str
    set: str
    name: str
    facts: Facts | None
    sums: Sums
    first: Sums
    batch: int | None = None
    """How many samples at once its MACs and activations are of; None of one."""


def beside(
    specs: Iterable[tuple[str, Mapping[str, Value], str, Facts | None]], batch: int | None = None
) -> list[Network]:
    """The rows of specs, each by its path, the values that were set of it, its name, and what is known of it."""
    found: list[Network] = []
    for path, given, name, facts in specs:
        own = _sums(facts, batch) if facts is not None else {}
        first = found[0].sums if found else own
        found.append(Network(described(path, given), setting(given), name, facts, own, first, batch))
    return found


def _sums(facts: Facts, batch: int | None = None) -> Sums:
    """The totals of a network, those that depend on how many samples there are of so many at once."""
    found = {key: getattr(facts.totals, key) for key in _KEYS}
    if batch is None:
        return found
    cost, memory = count_batch(facts, batch), measure_batch(facts, batch)
    return found | {
        "macs": cost.macs, "flops": cost.flops, "elementwise": cost.elementwise,
        "activation_bytes": memory.activation_bytes, "peak_activation_bytes": memory.peak_activation_bytes,
    }  # fmt: skip


def setting(given: Mapping[str, Value]) -> str:
    """The values that were set, in words: `depth = 101, batch_norm = true`."""
    return ", ".join(f"{name} = {show(value)}" for name, value in given.items())


def described(path: str, given: Mapping[str, Value]) -> str:
    """A spec, and what was set of it."""
    return f"{path} with {setting(given)}" if given else path


def grid(networks: Sequence[Network], names: Sequence[str] | None = None, sort: str | None = None,
         top: int | None = None, *, is_raw: bool = False) -> Grid:  # fmt: skip
    """The table, or its first rows and how many are left out. Per cents of what is not known of the first network have no column,
    but where they are asked for, and in what programs read (`is_raw`). Raises WrongColumn."""
    batch = networks[0].batch if networks else None
    figures = shown(names, sort, batch is not None)
    if names is None and not is_raw:
        figures = [figure for figure in figures if _is_of_first(figure.key, networks)]
    rows = largest_first(networks, sorter(FIGURES, sort)) if sort is not None else networks
    left_out = len(rows) - (top or len(rows))
    notes = [f"… {counted(left_out, 'more network')}"] if left_out > 0 else []
    is_beside = len(networks) > 1 and any(
        figure.key in _RATIOS and _is_of_first(figure.key, networks) for figure in figures
    )
    said = [f"MACs and activations are of {counted(batch, 'sample')} at once"] if batch is not None else []
    said += [f"100 % is {networks[0].label}"] if is_beside else []
    return Grid(columns(figures, rows[:top]), notes=notes, caption="; ".join(said))


def _is_of_first(key: str, networks: Sequence[Network]) -> bool:
    """Whether there is something to be a part of; a figure that is no part of the first network's always is."""
    return key not in _RATIOS or not networks or networks[0].first.get(_RATIOS[key]) is not None


def shown(names: Sequence[str] | None, sort: str | None, has_batch: bool = False) -> list[Figure[Network]]:
    """The figures of these names, or the usual ones, with the number of samples where there is one. Raises WrongColumn."""
    if sort is not None:
        sorter(FIGURES, sort)
    return chosen(FIGURES, names if names is not None else (*USUAL, "batch") if has_batch else USUAL)


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
        size = row.sums.get(key)
        return Cell(size, show(size))

    return cell


_RATIOS = {"parameters_ratio": "params", "macs_ratio": "macs", "peak_ratio": "peak_activation_bytes"}
"""The columns that are per cents, and the sums that they are of."""


def _beside(column: str) -> Callable[[Network], Cell]:
    """A sum in per cent of the first network's."""
    key = _RATIOS[column]

    def cell(row: Network) -> Cell:
        return percent(row.sums.get(key), row.first.get(key))

    return cell


def _batch(row: Network) -> Cell:
    return amount(1 if row.batch is None else row.batch)


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
    Figure("batch", "batch", True, 6, _batch, "how many samples at once its MACs and activations are of"),
    Figure("layers", "layers", True, 4, _total("layers"), "how many it has"),
    Figure("parameters", "parameters", True, 8, _total("params"), "how many it has"),
    Figure("parameters_ratio", "parameters %", True, 7, _beside("parameters_ratio"), "that in per cent of the first network's"),
    Figure("trainable", "trainable", True, 3, _total("trainable_params"), "how many of its parameters train"),
    Figure("macs", "MACs", True, 8, _total("macs"), "its multiply-accumulates"),
    Figure("macs_ratio", "MACs %", True, 7, _beside("macs_ratio"), "that in per cent of the first network's"),
    Figure("flops", "FLOPs", True, 7, _total("flops"), "twice its MACs"),
    Figure("elementwise", "elementwise", True, 2, _total("elementwise"), "operations on single elements"),
    Figure("memory", "parameter memory", True, 4, _total("param_bytes", in_bytes), "bytes of its parameters"),
    Figure("activations", "activations", True, 3, _total("activation_bytes", in_bytes), "bytes that its layers give"),
    Figure("peak", "peak activations", True, 5, _total("peak_activation_bytes", in_bytes), "bytes of them at the peak"),
    Figure("peak_ratio", "peak %", True, 2, _beside("peak_ratio"), "that in per cent of the first network's"),
    Figure("field", "field", True, 1, _field,
           "the largest window of the input that a layer sees short of all of it, along the first axis; "
           "`≥` where windows of some layers are not known"),
]  # fmt: skip
"""Every column there is; the order is that of the help."""

USUAL = (
    "spec", "network", "input", "layers", "parameters", "parameters_ratio", "macs", "macs_ratio", "memory", "peak",
)  # fmt: skip
"""Those that are shown where none are chosen."""
_KEYS = (
    "layers", "params", "trainable_params", "param_bytes", "macs", "flops", "elementwise", "activation_bytes",
    "peak_activation_bytes",
)  # fmt: skip
