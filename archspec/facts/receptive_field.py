"""Receptive fields: which input positions a feature depends on, along each axis of each network input.

Enters: how each op's outputs depend on its inputs (`Op.reach`). Leaves: size, stride and padding per spatial axis.
Feature i covers positions −P + i·S … −P + i·S + R − 1; branches are joined by their union, where their strides agree.
Size is not clipped to the image. What is no such window is `Unknown` with the reason, and with bounds where there are some.
Convention and published values: Araujo, Norris, Sim, "Computing Receptive Fields of CNNs", Distill 2019.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.dims import Size, TooComplex
from archspec.facts.bounds import Bounds
from archspec.facts.branches import Joining, joining, together
from archspec.facts.folds import NOT_FOLLOWED, after_all, folds_by_end, hides_alike, outputs, reads_alone
from archspec.facts.law import START, Law
from archspec.facts.masks import hidden_by
from archspec.facts.model import AxisField, Extent, Facts, Scattered, Unknown, Whole
from archspec.facts.trace import ALL, NoLaw, Trace, step_through
from archspec.facts.traced import Traced, Traces
from archspec.graph import Fold, Node, Ref
from archspec.limits import MAX_FIELD_INPUTS
from archspec.ops.base import Everything, Inputs, Reaches, Tensor

_TOO_LONG = "it is too long an expression of the symbolic sizes"


def trace_fields(facts: Facts) -> None:
    """Fills in `field` of every layer that depends on one network input with spatial axes, or on several alike."""
    found: list[Traced | Unknown | None] = []
    hides = hidden_by(facts)
    folds = folds_by_end(facts.graph.folds)
    for node in facts.graph.nodes:
        try:
            traced = _trace(facts, node, found)
        except TooComplex:
            traced = Unknown(_TOO_LONG)
        if isinstance(traced, Traced) and node.index in hides:
            why = hides[node.index]
            hidden = {source: tuple(_hidden(trace, why) for trace in axes) for source, axes in traced.traces.items()}
            traced = _noted(facts, hidden)
        found.append(traced)
        _say(facts, node, traced)
        for fold in folds.get(node.index, ()):
            _pass_over(facts, fold, found, hides)


def _say(facts: Facts, node: Node, traced: Traced | Unknown | None) -> None:
    record = facts.of(node)
    if isinstance(traced, Traced):
        record.field, record.field_axes, record.field_unknown = traced.field, traced.field_axes, traced.why_unknown
    elif traced is not None:
        record.field, record.field_axes, record.field_unknown = None, None, traced.why


def _pass_over(facts: Facts, fold: Fold, found: list[Traced | Unknown | None], hides: Mapping[int, str]) -> None:
    """Puts what the last of all steps sees in place of what the last one does that is written out."""
    is_alone = reads_alone(
        fold, [traced if isinstance(traced, Unknown) else traced and traced.traces for traced in found]
    )
    for refs in outputs(fold):
        last = refs[-1]
        if last is None or facts.layers[last.node].outputs is None:  # an error says why, or it is behind one
            continue
        seen = [found[ref.node] if ref is not None else None for ref in refs]
        behind = _behind(facts, seen, fold.more, is_alone) if hides_alike(fold, hides) else None
        if behind is None:
            facts.is_unsteady = True
            behind = Unknown(NOT_FOLLOWED)
        found[last.node] = behind
        _say(facts, facts.graph.nodes[last.node], behind)


def _behind(facts: Facts, seen: list[Traced | Unknown | None], more: int, is_alone: bool) -> Traced | Unknown | None:
    """What is seen behind more steps; None where that is not known."""
    before, last = seen[-2:]
    if not isinstance(last, Traced) or not isinstance(before, Traced):
        return last if isinstance(last, Unknown) and last == before else None
    key = ("passed", more, is_alone, *seen[:-1])
    if key in last.after:
        return last.after[key]
    known = [each.traces for each in seen if isinstance(each, Traced) and each.traces.keys() == last.traces.keys()]
    behind: Traces = {}
    for source, axes in last.traces.items():
        steps = [each[source] for each in known]
        if len({len(step) for step in steps}) > 1 or len(steps) < 2:
            return None
        passed = [after_all([step[at] for step in steps], more, is_alone) for at in range(len(axes))]
        whole = tuple(trace for trace in passed if trace is not None)
        if len(whole) < len(passed):
            return None
        behind[source] = whole
    passed_over = last if behind == last.traces else _noted(facts, behind)
    facts.sights.keep(last, key, passed_over)
    return passed_over


def _hidden(trace: Trace, why: str) -> Trace:
    """Where a mask leaves less of it: at most what there would be without."""
    return trace.unknown(why, bounds=trace.bounds and trace.bounds._replace(at_least=0, between=None))


def _noted(facts: Facts, traces: Traces) -> Traced:
    """With the extents along the spatial axes of the inputs, if there are any, or why they are not known.

    They are not where several inputs do not agree; an input without such axes, as a time step, has no part to be seen.
    """
    traced = Traced(traces)
    fields: set[tuple[Extent, ...]] = set()
    axes: set[tuple[int | None, ...]] = set()
    for source, along in traces.items():
        tensor = facts.layers[source].output
        own = along[first_spatial(tensor) :] if tensor is not None else ()
        if own:
            axes.add(tuple(trace.axis for trace in own))
            fields.add(tuple(_extent(trace, {trace.axis for trace in own}) for trace in own))
    if len(fields) > 1:
        traced.why_unknown = "it sees another part of each of the network's inputs"
    elif fields:
        traced.field = fields.pop()
        traced.field_axes = axes.pop() if len(axes) == 1 else None
    return traced


def _trace(facts: Facts, node: Node, found: list[Traced | Unknown | None]) -> Traced | Unknown | None:
    """The traces of a layer's first output, or why there are none; None where an error says why."""
    record, sights = facts.of(node), facts.sights
    if not record.outputs or record.inputs is None or node.op is None:
        return None
    output = next(iter(record.outputs.values()))
    if node.is_input:
        root = sights.root(node.index, output)
        if root is None:
            axes = tuple(Trace(axis, START, size, ALL) for axis, size in enumerate(output.shape))
            root = _noted(facts, {node.index: axes})
            sights.keep_root(node.index, output, root)
        return root
    reaches = record.reaches
    if reaches is None:
        is_foreign = node.op.kind == "external"
        return Unknown(f"what {node.path} reads is only known to its own module" if is_foreign else _TOO_LONG)
    read: list[Traced] = []
    for ref, _ in zip(node.inputs, reaches, strict=False):
        before = found[ref.node] if ref is not None else None
        if before is None or isinstance(before, Unknown):
            return before
        read.append(before)
    how = joining(node.op, record.inputs, output)
    key = _key(facts, node, record.inputs, output, reaches, read, how)
    traced = read[0].after.get(key) if key is not None else None
    if traced is not None:
        return traced
    traces = _step(facts, node, record.inputs, output, reaches, read, how)
    if traces is None:
        return Unknown(f"it depends on more than {MAX_FIELD_INPUTS} inputs of the network")
    traced = _noted(facts, traces)
    if key is not None:
        sights.keep(read[0], key, traced)
    return traced


def _key(facts: Facts, node: Node, inputs: Inputs, output: Tensor, reaches: Reaches, read: list[Traced],
         how: Joining) -> tuple[object, ...] | None:  # fmt: skip
    """All that the traces behind a layer follow from, beside those of what it reads first; None where it is not kept.

    Of sizes these are those along axes that are followed, here and behind the layer.
    """
    if not read:
        return None
    key: list[object] = [how.inputs, how.beside, how.laid_out, *read[1:]]
    after: set[int | None] = set()
    for ref, tensor, reach, before in zip(node.inputs, inputs, reaches, read, strict=False):
        if ref is None or len(facts.layers[ref.node].outputs or ()) != 1:  # of several it matters which is read
            return None
        for axis in before.followed:
            step = reach[axis]
            leads = None if isinstance(step, Everything) else step.axis
            after.add(leads)
            key += (axis, step, type(step), tensor.shape[axis], None if leads is None else output.shape[leads])
    if how.beside in after:
        key += how.parts
    return tuple(key)


def _step(facts: Facts, node: Node, inputs: Inputs, output: Tensor, reaches: Reaches, read: list[Traced],
          how: Joining) -> Traces | None:  # fmt: skip
    """The traces behind a layer; None where these are of too many inputs of the network."""
    parts: dict[int, list[tuple[Trace, ...]]] = {}
    for ref, tensor, reach, before in zip(node.inputs, inputs, reaches, read, strict=False):
        assert ref is not None
        for source, known in before.traces.items():
            axes = _at_port(facts, ref, known, tensor)
            parts.setdefault(source, []).append(tuple(step_through(trace, reach, tensor, output) for trace in axes))
            if len(parts) > MAX_FIELD_INPUTS:
                return None
    return {source: together(list(zip(*axes, strict=True)), how) for source, axes in parts.items()}


def _at_port(facts: Facts, ref: Ref, axes: tuple[Trace, ...], tensor: Tensor) -> tuple[Trace, ...]:
    """The traces of the tensor that is read: what is known of a layer is said of its first output, and its axes."""
    outputs = facts.layers[ref.node].outputs or {}
    if len(outputs) < 2:
        return axes
    port, first = next(iter(outputs)), next(iter(outputs.values())).shape
    op = facts.graph.nodes[ref.node].op
    if op is not None and op.kind == "recurrent" and ref.port not in (None, port):
        whys = "a state has seen other steps than the output"
        return tuple(trace if isinstance(trace.extent, Whole) else trace.unknown(whys) for trace in axes)
    return tuple(
        trace if trace.axis is None or (len(first) == tensor.rank and _alike(first, tensor.shape, trace.axis))
        else trace.unknown("another output of the layer has other axes")
        for trace in axes
    )  # fmt: skip


def _alike(first: tuple[Size, ...], other: tuple[Size, ...], axis: int) -> bool:
    return first[axis] == other[axis] or first[:axis] + first[axis + 1 :] == other[:axis] + other[axis + 1 :]


def _extent(trace: Trace, followed: set[int | None]) -> Extent:
    """What is said of a trace; `followed` are the axes along which units stand, where parts beside each other are units apart."""
    extent = trace.extent
    if isinstance(extent, (Whole, Scattered)) and (trace.uneven is None or trace.uneven[0] not in followed):
        return extent
    if trace.uneven is not None and trace.uneven[0] in followed:
        bounds = trace.bounds or Bounds(0)
        return _bounded("parts of different fields stand beside each other", bounds._replace(at_least=trace.uneven[1]))
    if isinstance(extent, NoLaw):
        return _bounded(extent.why, extent.bounds)
    assert isinstance(extent, Law)
    if len(extent.sets) == 1 and extent.sets[0]:
        first = extent.sets[0][0][0]
        return AxisField(extent.at_least, None if trace.axis is None else extent.stride, -first, extent.has_gaps)
    if extent.at_least == extent.at_most > 0:
        return Scattered(extent.at_least, extent.why, extent)
    return Unknown(extent.why or "it sees padding alone", extent.at_least, extent.at_most, extent)


def _bounded(why: str, bounds: Bounds | None) -> Unknown:
    if bounds is None:
        return Unknown(why)
    return Unknown(why, bounds.at_least or None, bounds.at_most)


def first_spatial(tensor: Tensor) -> int:
    """The first axis along which an input has positions: behind batch and channels; of a list of tokens, behind the batch."""
    return 1 if tensor.rank == 2 and not tensor.is_float else 2
