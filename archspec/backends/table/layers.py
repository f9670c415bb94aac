"""The layer table: the one list of what its columns are, and the grid of a network. Enters: facts; leaves: a grid for any format.

A new column is one entry of `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archspec.backends.table.figures import amount, count, extent_text, percent, shape
from archspec.backends.table.grid import EMPTY, Cell, Figure, Grid, chosen, columns, largest_first, sorter
from archspec.backends.table.rows import About, GroupRow, LayerRow, Row, StepsRow, TotalRow, first, flat, nested
from archspec.backends.table.text import MAX_NAME, clip
from archspec.backends.table.totals import accepted, totals, unchecked
from archspec.document.tree import show
from archspec.facts.model import Facts, LayerFacts
from archspec.facts.needs import numbers_that_fit
from archspec.ops.base import show_shape


class Options(NamedTuple):
    """What the table shows beside the figures that it always has."""

    layout: str = "NCHW"
    running: bool = False
    width: int | None = None
    color: bool = False
    depth: int | None = None
    """How deep groups are opened; deeper ones are a row each."""
    columns: Sequence[str] | None = None
    """Those to show, in their order; None: the usual ones."""
    sort: str | None = None
    """The column whose largest figures come first; then groups that are opened have no row."""
    top: int | None = None
    """How many rows there are, before one for all others; then, too, groups that are opened have no row."""
    batch: int | None = None
    """For how many samples at once sums are said, beside those of one."""


def grid(facts: Facts, options: Options, is_flat: bool = False) -> Grid:
    """The table of a network, with its sums. `is_flat`: groups that are opened have no row. Raises WrongColumn."""
    about = About(facts, options.layout)
    figures = shown(options)
    is_flat = is_flat or options.sort is not None or options.top is not None
    rows = (flat if is_flat else nested)(about, options.depth)
    if options.sort is not None:
        numbers = numbers_that_fit(facts, facts.symbols, {}) if facts.symbols else {}
        rows = largest_first(rows, sorter(FIGURES, options.sort), numbers)
    rows = first(rows, options.top)
    whole = [_none_as_zero(figure.cell(TotalRow(about))) for figure in figures]
    keys = {_SUMS.get(figure.key) for figure in figures}
    notes = [f"{sum.label.strip()}: {sum.text}" for sum in totals(facts, options.batch) if sum.key not in keys]
    said = [*accepted(facts), *unchecked(facts)]
    return Grid(columns(figures, rows), whole, [*notes, *(f"{label.strip()} {text}" for label, text in said)])


def shown(options: Options) -> list[Figure[Row]]:
    """The figures that the options ask for. Raises WrongColumn."""
    names = USUAL if options.columns is None else options.columns
    if options.running and "running" not in names:
        before = names.index("parameters") + 1 if "parameters" in names else len(names)
        names = [*names[:before], "running", *names[before:]]
    if options.sort is not None:
        sorter(FIGURES, options.sort)
    return chosen(FIGURES, names)


def _none_as_zero(cell: Cell) -> Cell:
    """A sum is said where it is 0, too; a single layer's is left empty."""
    return cell._replace(text="0") if cell.raw == 0 and not cell.text else cell


# What the columns hold -----------------------------------------------------------------------------------------------


def _name(row: Row) -> Cell:
    return Cell(row.path, row.name)


def _type(row: Row) -> Cell:
    """The type with what papers say of it: `Conv2d 11×11 /4`; of a group, what it is."""
    if isinstance(row, GroupRow):
        return Cell(row.scope.what, row.scope.what)
    if isinstance(row, StepsRow):
        step = _type(row.step).text or "group"
        return Cell(f"{step} × {row.number}", f"{step} × {row.number:,}")
    node = row.node
    if node is None:
        return EMPTY
    type = clip(node.type, MAX_NAME)
    kernel = vars(node.op).get("kernel_size") if node.op is not None else None
    if node.op is None or kernel is None:
        return Cell(type, type)
    sides = node.op.axes("kernel_size") if node.op.rank else (kernel,)
    text = f"{type} {'×'.join(map(str, sides))}"
    stride = getattr(node.op, "stride", None)
    if stride is None and node.op.kind == "pooling":
        stride = kernel
    steps = stride if isinstance(stride, tuple) else (stride,)
    if any(step not in (None, 1) for step in steps):
        text += f" /{'×'.join(map(str, steps))}"
    return Cell(type, text)


def _arguments(row: Row) -> Cell:
    """What its type was given, as it is once expressions are computed; those that have their defaults are left out."""
    if not isinstance(row, LayerRow) or row.node.op is None:
        return EMPTY
    op = row.node.op
    given = [name for name in type(op).model_fields if name in op.model_fields_set]
    text = ", ".join(f"{name}={clip(show(getattr(op, name)), MAX_NAME)}" for name in given)
    return Cell(text, text)


def _input(row: Row) -> Cell:
    """The shapes that a layer reads; a group's are those of its layers."""
    if not isinstance(row, LayerRow) or row.record is None:
        return EMPTY
    if row.record.inputs is None:
        return Cell(None, "?")
    records = row.about.facts.layers
    read = [records[ref.node] if ref is not None else row.record for ref in row.node.inputs]
    cells = [shape(tensor.shape, _layout(row, record)) for record, tensor in zip(read, row.record.inputs, strict=False)]
    return Cell("; ".join(str(cell.raw) for cell in cells), ", ".join(cell.text for cell in cells))


def _layout(row: Row, record: LayerFacts) -> str:
    """The order in which a tensor's axes are turned: not at all where those of the image come first already."""
    axes = record.field_axes
    is_last = axes is not None and axes == tuple(range(1, len(axes) + 1))
    return "NCHW" if is_last else row.about.layout


def _output(row: Row) -> Cell:
    """The shape that a layer gives: of several, the first."""
    if row.record is None:
        return EMPTY
    if row.record.outputs is None:
        return Cell(None, "?")
    if row.record.output is not None:
        return shape(row.record.output.shape, _layout(row, row.record))
    cells = {port: shape(tensor.shape, _layout(row, row.record)) for port, tensor in row.record.outputs.items()}
    first, cell = next(iter(cells.items()))
    return Cell("; ".join(f"{port}: {cell.raw}" for port, cell in cells.items()), f"{first}: {cell.text}, …")


def _parameters(row: Row) -> Cell:
    """A layer's own parameters; of one that uses another's, whose they are."""
    found = amount(row.amount("params"))
    if isinstance(row, GroupRow) and row.scope.shares is not None:
        return found._replace(text=f"as {row.scope.shares.name}")
    if isinstance(row, LayerRow) and row.node.shares is not None:
        has_any = bool(row.record and row.record.parameters)
        return found._replace(text=f"as {row.about.facts.graph.nodes[row.node.shares].name}" if has_any else "")
    return found


def _running(row: Row) -> Cell:
    if row.node is None:
        return EMPTY
    so_far = row.about.running[row.node.index]
    return Cell(so_far, count(so_far))


def _macs(row: Row) -> Cell:
    """In parentheses where they are computed in training only, and so not in the total."""
    found = amount(row.amount("macs"))
    if isinstance(row, LayerRow) and row.node.train_only and row.record is not None:
        text = amount(row.record.macs).text
        return found._replace(text=f"({text})" if text else "")
    return found


def _flops(row: Row) -> Cell:
    """Twice the multiply-accumulates."""
    macs = row.amount("macs")
    return amount(2 * macs if macs is not None else None)


def _amount(key: str) -> Callable[[Row], Cell]:
    """A figure that adds up, by its name in the facts."""
    return lambda row: amount(row.amount(key))


def _share(key: str) -> Callable[[Row], Cell]:
    """The same in per cent of the total."""
    return lambda row: percent(row.amount(key), getattr(row.about.facts.totals, key))


def _activations(row: Row) -> Cell:
    """The bytes of what a layer gives, or a group. Their sum is no total: some are written in place, or views of others."""
    return amount(row.record.activation_bytes) if row.record is not None else EMPTY


def _field(key: str) -> Callable[[Row], Cell]:
    """The size or the stride of the receptive field; several numbers where axes differ."""

    def cell(row: Row) -> Cell:
        if row.record is None:
            return EMPTY
        extents = row.record.field
        if extents is None:
            return Cell(None, "?" if row.record.field_unknown is not None and key == "size" else "")
        values = [extent_text(extent, key) for extent in extents]
        if set(values) == {"–"}:
            return EMPTY
        text = values[0] if len(set(values)) == 1 else "×".join(values)
        return Cell(int(text) if text.isdecimal() else None if set(values) <= {"?", "–"} else text, text)

    return cell


def _mode(row: Row) -> Cell:
    if not isinstance(row, LayerRow):
        return EMPTY
    text = "train" if row.node.train_only else "always"
    return Cell(text, text)


def _trainable(row: Row) -> Cell:
    """Whether any parameter of a layer trains, and of a group of each layer; nothing where there is none."""
    records = map(row.about.facts.of, row.nodes())
    found = {record.trainable for record in records if record.parameters}
    if not found:
        return EMPTY
    text = "in part" if len(found) > 1 else "yes" if found.pop() else "no"
    return Cell(text, text)


def _weights(row: Row) -> Cell:
    """The shapes of a layer's own parameters, by name. A tensor that is a layer itself has none beside its own."""
    if not isinstance(row, LayerRow) or row.record is None:
        return EMPTY
    if row.record.own_parameters is None:
        return Cell(None, "?")
    own = row.record.own_parameters
    sizes = {name: ", ".join(map(str, shape)) for name, shape in own.items()}
    raw = "; ".join(f"{name}: [{size}]" if name else f"[{size}]" for name, size in sizes.items())
    shown = (f"{name} {show_shape(shape) if shape else 'scalar'}".lstrip() for name, shape in own.items())
    return Cell(raw, ", ".join(shown))


def _line(row: Row) -> Cell:
    if not isinstance(row, LayerRow):
        return EMPTY
    line = row.node.place.name.line
    return Cell(line, str(line))


FIGURES: list[Figure[Row]] = [
    Figure("layer", "layer", False, 9, _name, "its name; in CSV, and where rows are sorted, its path"),
    Figure("type", "type", False, 7, _type, "its type, kernel and stride (CSV: the type alone); of a group, its block"),
    Figure("arguments", "arguments", False, 3, _arguments, "what the spec gives it: kernel, stride, padding, …"),
    Figure("input", "input", False, 3, _input, "the shapes that it reads"),
    Figure("output", "output", False, 8, _output, "the shape that it gives"),
    Figure("parameters", "parameters", True, 6, _parameters, "how many it has of its own"),
    Figure("parameters_share", "parameters %", True, 3, _share("params"), "that in per cent of all"),
    Figure("running", "running total", True, 5, _running, "the parameters of it and of all before it"),
    Figure("macs", "MACs", True, 4, _macs, "multiply-accumulates; in parentheses where they count in training only"),
    Figure("macs_share", "MACs %", True, 3, _share("macs"), "that in per cent of all"),
    Figure("flops", "FLOPs", True, 3, _flops, "twice its MACs"),
    Figure("elementwise", "elementwise", True, 2, _amount("elementwise"), "operations on single elements"),
    Figure("activations", "activation bytes", True, 2, _activations, "the bytes that it gives (no sum: some write in place)"),
    Figure("buffers", "buffers", True, 2, _amount("buffers"), "how many it has"),
    Figure("field", "field", True, 2, _field("size"), "the size of its receptive field"),
    Figure("stride", "stride", True, 1, _field("stride"), "the stride of its receptive field"),
    Figure("trainable", "trainable", False, 2, _trainable,
           "whether any of its parameters trains; of a group, `in part` where those of some layers do"),
    Figure("mode", "mode", False, 1, _mode, "`train`: computed in training only"),
    Figure("weights", "weights", False, 2, _weights, "the shapes of its own parameters"),
    Figure("line", "line", True, 1, _line, "where it stands in the spec"),
]  # fmt: skip
"""Every column there is; the order is that of the help."""

USUAL = ("layer", "type", "output", "parameters", "macs", "field", "stride")
"""Those that are shown where none are chosen."""

_SUMS = {"parameters": "params", "macs": "macs", "flops": "flops", "buffers": "buffers"}
"""The totals that a row of sums has in a column, and that are not said again beneath."""
