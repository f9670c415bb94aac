"""The report `archspec.report/1`: everything known of a spec as plain data, for programs.

Enters: facts and diagnostics. Leaves: a dict that JSON can write. Unknown is null, never 0; sizes that depend on symbols are
strings. Figures are per sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archspec.backends.table.conditions import conditions
from archspec.backends.table.totals import accepted
from archspec.diagnostics.model import Diagnostic, breaking, first_told, has_errors
from archspec.diagnostics.records import record
from archspec.dims import Size
from archspec.facts.cost import count_batch
from archspec.facts.memory import allocated, measure_batch
from archspec.facts.model import NO_STRIDE, AxisField, Extent, Facts, LayerFacts, Scattered, Unknown, Whole
from archspec.facts.plain import plain_shape, plain_size
from archspec.graph import Graph, Node, Ref
from archspec.limits import MAX_LISTED_BESIDE_ERRORS, MAX_TOLD

SCHEMA = "archspec.report/1"
_TOTALS = (
    "layers", "params", "trainable_params", "buffers", "macs", "flops", "elementwise", "param_bytes", "activation_bytes",
    "peak_activation_bytes", "module_peak_activation_bytes",
)  # fmt: skip


def report(
    path: str,
    name: str | None,
    facts: Facts | None,
    diagnostics: Iterable[Diagnostic],
    error: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    symbols: Mapping[str, int | None] | None = None,
    batch: int | None = None,
) -> dict[str, Any]:
    """The whole report. Without facts (the document did not get that far) its lists are empty and its totals null.

    `arguments` are the values that the spec's have, as plain data, and `symbols` the numbers of its symbolic sizes. `error` says
    why the spec could not be checked at all. With a `batch`, the figures for so many samples are in `batch_totals`. `left_out`
    counts the diagnostics beyond those that are told, and the layers that are not listed: those of a large network with other
    errors than missed claims, so that what is wrong is told in little, and those of one that has too many.
    """
    found = list(diagnostics)
    layers = facts.graph.layers if facts else []
    hidden = len(layers) if breaking(found) and len(layers) > MAX_LISTED_BESIDE_ERRORS else 0
    if facts and facts.graph.folds:
        hidden = facts.graph.root.layer_count
    return {
        "schema": SCHEMA,
        "spec": {"name": name, "path": path},
        "ok": error is None and not has_errors(found),
        "error": error,
        "arguments": dict(arguments or {}),
        "symbols": dict(symbols or {}),
        "diagnostics": [record(diagnostic) for diagnostic in first_told(found)],
        "assumptions": facts.assumptions if facts else [],
        "accepts": dict(accepted(facts)).get("accepts") if facts else None,
        "unchecked": [*facts.unchecked, *facts.unchecked_sizes] if facts else [],
        "unchecked_budget": dict(facts.unchecked_budget) if facts else {},
        "conditions": conditions(facts) if facts else [],
        "inputs": [_tensor(node.path, facts.of(node)) for node in facts.graph.inputs] if facts else [],
        "outputs": [_output(facts, name, ref) for name, ref in facts.graph.outputs.items()] if facts else [],
        "layers": _layers(facts, layers) if facts and not hidden else [],
        "left_out": {"diagnostics": max(0, len(found) - MAX_TOLD), "layers": hidden},
        "totals": {key: plain_size(getattr(facts.totals, key)) if facts else None for key in _TOTALS},
        "unknown": dict(facts.totals.unknown) if facts else {},
        **({} if batch is None else {"batch": batch, "batch_totals": _of_batch(facts, batch) if facts else None}),
    }


def _of_batch(facts: Facts, batch: int) -> dict[str, Any]:
    """The totals of a batch; `unknown` is why memory is not known."""
    cost, found = count_batch(facts, batch), measure_batch(facts, batch)
    return {
        "macs": plain_size(cost.macs), "flops": plain_size(cost.flops), "elementwise": plain_size(cost.elementwise),
        "param_bytes": plain_size(facts.totals.param_bytes),
        "activation_bytes": plain_size(found.activation_bytes),
        "peak_activation_bytes": plain_size(found.peak_activation_bytes),
        "module_peak_activation_bytes": plain_size(found.module_peak_activation_bytes),
        "unknown": found.unknown or found.sum_unknown or None,
    }  # fmt: skip


def _tensor(name: str, record: LayerFacts) -> dict[str, Any]:
    tensor = record.output
    return {
        "name": name,
        "shape": plain_shape(tensor.shape) if tensor else None,
        "dtype": tensor.dtype if tensor else None,
    }


def _output(facts: Facts, name: str, ref: Ref | None) -> dict[str, Any]:
    tensor = facts.tensor(ref)
    return {
        "name": name,
        "shape": plain_shape(tensor.shape) if tensor else None,
        "dtype": tensor.dtype if tensor else None,
    }


def _layers(facts: Facts, layers: Sequence[Node]) -> list[dict[str, Any]]:
    own = allocated(facts)
    return [_layer(facts.graph, node, facts.of(node), own[node.index]) for node in layers]


def _layer(graph: Graph, node: Node, record: LayerFacts, own: Size | None) -> dict[str, Any]:
    return {
        "path": node.path,
        "type": node.type,
        "from": [_reference(graph, ref) for ref in node.inputs],
        "line": node.place.name.line,
        "output": _outputs(record),
        "params": plain_size(record.params),
        "param_shapes": {name: plain_shape(shape) for name, shape in record.own_parameters.items()}
        if record.own_parameters is not None
        else None,
        "shares": graph.nodes[node.shares].path if node.shares is not None else None,
        "buffers": plain_size(record.buffers),
        "trainable": record.trainable if record.params not in (0, None) else None,
        "mode": "train" if node.train_only else "always",
        "macs": plain_size(record.macs),
        "elementwise": plain_size(record.elementwise),
        "activation_bytes": plain_size(record.activation_bytes),
        "allocated_bytes": plain_size(own),
        "receptive_field": field_record(record.field),
        "receptive_field_unknown": _why(record),
        "receptive_field_axes": _axes(record.field),
    }


def _reference(graph: Graph, ref: Ref | None) -> str | None:
    if ref is None:
        return None
    path = graph.nodes[ref.node].path
    return path if ref.port in (None, "output") else f"{path}.{ref.port}"


def _outputs(record: LayerFacts) -> Any:
    if record.outputs is None:
        return None
    if record.output is not None:
        return plain_shape(record.output.shape)
    return {port: plain_shape(tensor.shape) for port, tensor in record.outputs.items()}


def field_record(field: tuple[Extent, ...] | None) -> dict[str, list[Any]] | None:
    """By axis: a number, or "all" for the size, or None where it is not known."""
    if field is None or all(isinstance(extent, Unknown) for extent in field):
        return None
    axes = [extent if isinstance(extent, AxisField) else None for extent in field]
    sizes = ["all" if isinstance(extent, Whole) else getattr(extent, "size", None) for extent in field]
    return {
        "size": sizes,
        "stride": [axis and axis.stride for axis in axes],
        "padding": [axis and axis.padding for axis in axes],
    }


def _axes(field: tuple[Extent, ...] | None) -> list[dict[str, Any]] | None:
    """What else is known, by axis: see docs/reference/command_line.md."""
    return None if field is None else [_axis(extent) for extent in field]


def _axis(extent: Extent) -> dict[str, Any]:
    law = getattr(extent, "law", None)
    size = getattr(extent, "size", None)
    own = extent if isinstance(extent, AxisField) else law
    return {
        "offset": extent.offset if isinstance(extent, AxisField) else None,
        "has_gaps": None if own is None else own.has_gaps,
        "at_least": getattr(extent, "at_least", size),
        "at_most": getattr(extent, "at_most", size),
        "period": None if law is None else len(law.sets),
        "period_stride": None if law is None else law.stride,
    }


def _why(record: LayerFacts) -> str | None:
    """Why a size or a stride of the field is null, or all of it."""
    reasons = [_why_of(extent) for extent in record.field or ()]
    return "; ".join(dict.fromkeys(filter(None, reasons))) or record.field_unknown


def _why_of(extent: Extent) -> str:
    if isinstance(extent, Unknown | Scattered):
        return extent.why
    return NO_STRIDE if isinstance(extent, AxisField) and extent.stride is None else ""
