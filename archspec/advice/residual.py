"""What could be done about the two tensors of a residual sum that differ: a switch that the block's use lacks, a shortcut that
reads the wrong layer, has another width or stride, or is missing. Leaves: changes to be tried, likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from archspec.advice.agreeing import giver
from archspec.advice.case import Case
from archspec.advice.knobs import WIDTHS
from archspec.advice.projected import as_written, branch, has_template, left_out_before, written_inputs
from archspec.diagnostics.model import Edit, Fix
from archspec.dims import TooComplex
from archspec.document.edits import mapping_of, with_key
from archspec.document.tree import Scalar
from archspec.expressions.evaluation import names_in
from archspec.graph import FromInput, Node, Ref, Scope, Slot
from archspec.limits import MAX_LAYERS_TRIED
from archspec.lints.left_out import wire_name
from archspec.ops.base import Inputs, Problem, Tensor

_MOST_BETWEEN = 4
"""Layers between a sum and the first of its shortcut."""


def about_residual(case: Case, node: Node, fits: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """What the block's use lacks, and what the shortcut reads: before its windows are thought of."""
    tensors = case.facts.of(node).inputs
    if tensors is None or len(tensors) != 2 or node.type == "Cat":
        return
    yield from _unread(case, node, tensors, fits)
    yield from _switched(case, node)
    yield from _asked(case, node, tensors)
    yield from _read_before(case, node, tensors, fits)
    yield from _strided(case, node)
    yield from _widened(case, node, tensors)


# Another layer ----------------------------------------------------------------------------------------------------


def _unread(case: Case, node: Node, tensors: Inputs, fits: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """A layer beside it that nothing reads, in place of one that it reads."""
    for slot in islice(reversed(case.facts.graph.around(node.path).slots), MAX_LAYERS_TRIED):
        member = slot.member
        if slot.name is None or member is None or member is node:
            continue
        given = [Ref(member.index, None, None)] if isinstance(member, Node) else [*member.outputs.values()]
        output = case.facts.tensor(given[0]) if len(given) == 1 else None
        if output is None or given[0] is None or given[0].node > node.index or case.readers[given[0].node]:
            continue
        for i in (0, 1):
            if fits((output, tensors[1]) if i == 0 else (tensors[0], output)):
                yield from _reading(node, i, slot.name, "nothing reads")


def _reading(node: Node, i: int, name: str, why: str) -> Iterator[Fix]:
    """The change that lets a join read another layer in place of one."""
    items = written_inputs(node)
    item = items[i] if len(items) == 2 else None
    if isinstance(item, Scalar) and item.text != name:
        yield Fix(f"let {node.path} read {name}, which {why}, in place of {item.text}", (Edit(item.span, name),))


def skipped(case: Case, node: Node, fits: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """The nearest layer before a Cat that has the sides of the other tensor, in place of one that has not: a U-Net that skips
    from another level. None of what the other tensor alone is made by."""
    tensors = case.facts.of(node).inputs
    if node.type != "Cat" or tensors is None or len(tensors) != 2:
        return
    scope, graph = case.facts.graph.around(node.path), case.facts.graph
    for i in (0, 1):
        own, other = node.inputs[i], node.inputs[1 - i]
        if own is None or other is None or own.node > other.node:
            continue  # the earlier is the skip
        kind = graph.nodes[own.node].type
        beside = (slot for slot in reversed(scope.slots) if isinstance(slot.member, Node) and slot.name is not None)
        for slot in islice(beside, MAX_LAYERS_TRIED):
            found, name = slot.member, slot.name
            if not isinstance(found, Node) or name is None or found.index >= other.node or found.type != kind:
                continue
            output = case.facts.of(found).output if case.readers[found.index] else None
            if output is not None and fits((output, tensors[1]) if i == 0 else (tensors[0], output)):
                yield from _reading(node, i, name, "has the sides of the other")
                break


def is_joined_again(case: Case, node: Node) -> bool:
    """Whether the earlier of two tensors that a Cat joins is joined elsewhere, too, as that of another level would be."""
    own = min((ref.node for ref in node.inputs if ref is not None), default=0)
    return any(case.facts.graph.nodes[reader].type == node.type for reader in case.readers[own] if reader != node.index)


# What is left out -------------------------------------------------------------------------------------------------


def _switched(case: Case, node: Node) -> Iterator[Fix]:
    """The flags of the block's use with which such a layer is there."""
    for scope, out in left_out_before(case, node):
        condition = out.place.expression("when")
        use = scope.use or getattr(case.use(node), "use", None)
        used = mapping_of(case.document.root, use.span) if use is not None else None
        if use is None or used is None or condition is None or use.span.source is not case.found.source:
            continue
        for name in dict.fromkeys(found.name for found in names_in(condition)):
            value, entry = use.arguments.get(name), used.entries.get(name)
            if not isinstance(value, bool):
                continue
            text = str(not value).lower()
            edit = with_key(used, name, text) if entry is None else Edit(entry.value.span, text)
            if edit is not None and (entry is None or (isinstance(entry.value, Scalar) and entry.value.value is value)):
                said = f"write {name}: {text} in {scope.path}, so that it has {out.name or 'its shortcut'}"
                yield Fix(said, (edit,))


def _asked(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """The condition of such a layer with the sizes in it that differ: the widths, as torchvision's ResNet asks, or the stride."""
    for scope, out in left_out_before(case, node):
        span, wire = out.place.argument("when"), out.reads[0]
        text = span.text().strip("\"'") if span is not None else ""
        if span is None or not isinstance(wire, FromInput) or not (text.startswith("${") and text.endswith("}")):
            continue
        own = scope.inputs.get(wire.input)
        places = [i for i, ref in enumerate(node.inputs) if ref is not None and own is not None and ref[:2] != own[:2]]
        if len(places) != 1:
            continue
        (other,) = places
        axis = 1 if tensors[other].rank != 3 else 2
        width, stride = branch(case, node, other)
        name = wire_name(scope, wire)
        asked = [f"{name}.shape[{axis}] != {bare(width)}"] if width and _differ(tensors, axis) else []
        asked += [f"{bare(stride[0])} != 1"] if len(stride) == 1 and stride[0].startswith('"') else []
        asked = [part for part in asked if part not in text]
        if asked:
            written = f'"${{{" or ".join([text[2:-1].strip(), *asked])}}}"'
            yield Fix(f"write when: {written} in {out.name or 'the shortcut'}", (Edit(span, written),))


def bare(text: str) -> str:
    """What stands in `"${…}"`, or a plain value as it is."""
    return text.removeprefix('"${').removesuffix('}"').strip()


# What reads, and how wide it is -----------------------------------------------------------------------------------


def _read_before(case: Case, node: Node, tensors: Inputs, fits: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """A shortcut that reads the branch which it goes around, for want of a `from`: the input of the block, or the nearest layer
    before from which it fits."""
    graph, scope = case.facts.graph, case.facts.graph.around(node.path)
    for short, other in ((1, 0), (0, 1)):
        end, ref = node.inputs[other], node.inputs[short]
        chain: list[Node] = []
        while ref is not None and end is not None and ref.node != end.node and len(chain) < _MOST_BETWEEN:
            source = graph.nodes[ref.node]
            chain.insert(0, source)
            ref = source.inputs[0] if len(source.inputs) == 1 else None
        if ref is None or end is None or not chain or ref.node != end.node:
            continue
        first = _entry(case, chain[0], scope)
        if first is None or first.place.argument("from") is not None:
            continue
        starts = [(name, case.facts.tensor(own)) for name, own in scope.inputs.items()] if scope.use is not None else []
        beside = (slot.member for slot in reversed(scope.slots) if isinstance(slot.member, Node) and slot.name)
        before = (found for found in beside if found.index < end.node)
        starts += [(found.name, case.facts.of(found).output) for found in islice(before, MAX_LAYERS_TRIED)]
        ends = ((name, _through(chain, tensor)) for name, tensor in starts)
        made = ((name, (given, tensors[1]) if short == 0 else (tensors[0], given)) for name, given in ends if given)
        name = next((name for name, inputs in made if fits(inputs)), None)
        edit = first.place.argument_edit("from", name) if name is not None else None
        if edit is not None:
            said = case.places.named(chain[0]) if first.member is chain[0] else (first.name or chain[0].path)
            yield Fix(f"write from: {name} in {said}, which reads the layer above it", (edit,))


def _entry(case: Case, node: Node, scope: Scope) -> Slot | None:
    """The entry of a group that a layer is, or whose first layer it is."""
    scopes, inner = case.facts.graph.scopes, node.path
    while inner.rpartition(".")[0] != scope.path:
        inner = inner.rpartition(".")[0]
        group = scopes.get(inner)
        if group is None or group.use is not None or next(group.nodes(), None) is not node:
            return None
    return next((slot for slot in scope.slots if slot.member is not None and slot.member.path == inner), None)


def _through(chain: list[Node], tensor: Tensor | None) -> Tensor | None:
    """What layers that stand one behind the other give of a tensor; None where it does not fit."""
    for node in chain:
        if tensor is None or node.op is None:
            return None
        try:
            node.op.resolve((tensor,))
            outputs = node.op.outputs((tensor,))
        except (Problem, TooComplex):
            return None
        tensor = next(iter(outputs.values())) if len(outputs) == 1 else None
    return tensor


def _strided(case: Case, node: Node) -> Iterator[Fix]:
    """The stride of the shortcut as the expression that the other branch has."""
    for short, other in ((1, 0), (0, 1)):
        _, strides = branch(case, node, other)
        layer = _first_wide(case, node, short, 1)
        if (
            layer is None
            or len(strides) != 1
            or not strides[0].startswith('"')
            or case.use(layer) is not case.use(node)
        ):
            continue
        edit = layer.place.argument_edit("stride", strides[0]) if not has_template(layer, "stride") else None
        if edit is not None:
            yield Fix(f"write stride: {strides[0]} in {case.places.named(layer)}", (edit,))


def _widened(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """The width of the shortcut's layer as the other branch's, where each branch has such a layer; of both where neither is
    shorter."""
    axis = _differs(tensors)
    layers = [_first_wide(case, node, i, axis) for i in (0, 1)] if axis is not None else []
    if axis is None or layers[0] is layers[1]:
        return
    lengths = [sum(1 for _ in _wide(case, node, i)) for i in (0, 1)]
    order = ((1, 0), (0, 1)) if lengths[1] <= lengths[0] else ((0, 1), (1, 0))
    for own, other in order if lengths[0] == lengths[1] else order[:1]:
        layer, like = layers[own], layers[other]
        if layer is None or like is None:
            continue
        field = next(field for field in WIDTHS if hasattr(layer.op, field))
        source = next(field for field in WIDTHS if hasattr(like.op, field))
        is_beside = case.use(layer) is case.use(like)
        text = as_written(like, source) if is_beside else str(tensors[other].shape[axis])
        edit = layer.place.argument_edit(field, text) if not has_template(layer, field) else None
        if edit is not None:
            yield Fix(f"write {field}: {text} in {case.places.named(layer)}", (edit,))


def _differs(tensors: Inputs) -> int | None:
    """The one axis along which two tensors differ, where it is that of channels or features."""
    first, second = (tensor.shape for tensor in tensors)
    axes = [axis for axis, (a, b) in enumerate(zip(first, second, strict=False)) if a != b]
    return axes[0] if len(first) == len(second) and len(axes) == 1 and axes[0] in (1, len(first) - 1) else None


def _differ(tensors: Inputs, axis: int) -> bool:
    return all(tensor.rank > axis for tensor in tensors) and tensors[0].shape[axis] != tensors[1].shape[axis]


def _first_wide(case: Case, node: Node, i: int, axis: int) -> Node | None:
    """The layer of a branch alone that its tensor has a size from, if it is one that is told a width."""
    ref = node.inputs[i]
    found = giver(case, case.facts.graph.nodes[ref.node], axis)[0] if ref is not None else None
    own = {layer.index for layer in _wide(case, node, i)}
    return found if found is not None and found.index in own else None


def _wide(case: Case, node: Node, i: int) -> Iterator[Node]:
    """The layers of a branch alone that are told a width."""
    refs = [ref.node for ref in node.inputs if ref is not None]
    branches = [{refs[j], *(found.index for found in case.facts.graph.before((node.inputs[j],)))} for j in (0, 1)]
    for index in sorted(branches[i] - branches[1 - i]):
        layer = case.facts.graph.nodes[index]
        if any(hasattr(layer.op, field) for field in WIDTHS):
            yield layer
