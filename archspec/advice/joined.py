"""What could be done about tensors that are joined and differ: a window of one branch, a Reshape, a Parameter's shape. Leaves:
changes to be tried, likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from math import prod

from archspec.advice.alike import alike
from archspec.advice.case import Case
from archspec.advice.elsewhere import MAX_TRIED, inputs_that
from archspec.advice.knobs import MAX_LAYERS, Knob, paddings, together
from archspec.advice.rerun import before
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import Shape, Size
from archspec.document.edits import layer_before, mapping_of, without_key
from archspec.document.tree import Mapping, Scalar, Sequence
from archspec.graph import Node
from archspec.ops.base import Inputs
from archspec.words import counted

_UPS = ("ConvTranspose", "Upsample", "PixelShuffle")
"""What makes an image larger again."""
MAX_TOGETHER = 16
"""Windows of one branch that are changed together."""


def about_joined(case: Case, node: Node, fits: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """Changes after which the tensors that a layer joins are alike."""
    tensors = case.facts.of(node).inputs
    if tensors is None or len(tensors) < 2:
        return
    resampled, is_rounded = list(_resampled(case, node)), _is_rounded(tensors)
    yield from resampled if is_rounded else ()
    yield from _reshaped(case, node, tensors)
    yield from _sizes_of_a_parameter(case, node, tensors)
    branches = _branches(case, node)
    rerun = case.rerun(node)

    def holds(knob: Knob) -> bool:
        inputs = rerun.inputs({}, knob.ops)
        return inputs is not None and fits(inputs) and not _is_spread(tensors, inputs)

    yield from (_written(knob) for knob in _windows(case, branches) if holds(knob))
    yield from () if is_rounded else resampled
    yield from _along_another_axis(node, tensors) if are_tokens(case, node) else ()
    yield from _projected(case, node, tensors)


def joined_inputs(case: Case, node: Node, fits: Callable[[Inputs], bool], sign: int) -> Iterator[Fix]:
    """Inputs of the network for which they are alike: at least half as large, and with no size that became 1."""
    tensors = case.facts.of(node).inputs
    sides = [size for source in case.rerun(node).sources if (tensor := case.facts.of(source).output) is not None
             for size in tensor.shape[2:] if isinstance(size, int)]  # fmt: skip
    if tensors is None or not sides:
        return
    most = min(sides) // 2 if sign < 0 else min(sides)

    def is_right(inputs: Inputs) -> bool:
        return fits(inputs) and not _is_spread(tensors, inputs)

    for axis in (None, *range(len(sides))) if len(set(sides)) > 1 else (None,):
        yield from islice(inputs_that(case, node, is_right, sign, most, axis), 1 if axis is not None else MAX_TRIED)


def _is_spread(before: Inputs, after: Inputs) -> bool:
    """Whether a size became 1, which any other fits to."""
    return any(
        new == 1 != old
        for first, second in zip(before, after, strict=True)
        for old, new in zip(first.shape, second.shape, strict=False)
    )


# Windows ----------------------------------------------------------------------------------------------------------


def _branches(case: Case, node: Node) -> list[list[Node]]:
    """The layers before each input that are not before all of them."""
    found = []
    for ref in dict.fromkeys(node.inputs):
        source = case.facts.graph.nodes[ref.node] if ref is not None else None
        found.append([*before(case.facts, source), source] if source is not None else [])
    shared = set.intersection(*({other.index for other in branch} for branch in found))
    return [[other for other in branch if other.index not in shared][:MAX_LAYERS] for branch in found]


def _windows(case: Case, branches: list[list[Node]]) -> Iterator[Knob]:
    """Paddings that keep the size, one or all of a branch; strides, first of kernels of 1; other paddings."""
    found = [list(paddings(case.places, branch)) for branch in branches]
    common = [[knob for is_common, knob in group if is_common] for group in found]
    yield from (knob for group in common for knob in group)
    yield from (together(group) for group in common if 1 < len(group) <= MAX_TOGETHER)
    for is_short in (True, False):
        for branch in branches:
            yield from (knob for other in branch if _is_short(other) is is_short for knob in _strides(case, other))
    yield from (knob for group in found for is_common, knob in group if not is_common)
    yield from (knob for branch in branches for other in branch for knob in _strides_and_paddings(case, other))


def _strides_and_paddings(case: Case, node: Node) -> Iterator[Knob]:
    """The usual other strides with half a kernel around, where neither is enough."""
    kernel = getattr(node.op, "kernel_size", None)
    kernel = kernel[0] if isinstance(kernel, tuple) and len(set(kernel)) == 1 else kernel
    if type(kernel) is not int or kernel % 2 == 0 or getattr(node.op, "padding", None) == kernel // 2:
        return
    padding = case.places.knob(node, "padding", kernel // 2)
    if padding is None:
        return
    for stride in _strides(case, node):
        said = f"{stride.way.said.partition(' in ')[0]} and {padding.way.said}"
        ops = {index: op.model_copy(update={"padding": kernel // 2}) for index, op in stride.ops.items()}
        yield Knob(ops, Fix(said, (*stride.way.edits, *padding.way.edits)))


def halved(case: Case, node: Node) -> str:
    """That one of two images has about twice the sides of the other, or four times: what makes it so may be missing before one of
    them, or be one too many before the other."""
    tensors, refs = case.facts.of(node).inputs, [ref for ref in node.inputs if ref is not None]
    if tensors is None or len(tensors) != 2 or len(refs) != 2 or are_tokens(case, node):
        return ""
    for order in ((0, 1), (1, 0)):
        (large, small), names = (
            (tensors[i].shape[2:] for i in order),
            [case.facts.graph.nodes[refs[i].node].path for i in order],
        )
        times = next((times for times in (2, 4, 8) if _is_about(large, small, times)), 0)
        if times:
            said = "twice" if times == 2 else f"{times} times"
            missing = f"a stride or a pooling may be missing before {names[0]}, or be one too many before {names[1]}"
            return f"{names[0]} has about {said} the sides of {names[1]}: {missing}"
    return ""


def _is_about(large: Shape, small: Shape, times: int) -> bool:
    """Whether the sides of an image are so many times those of another, but for what borders take or give."""
    return 0 < len(large) == len(small) and all(
        isinstance(a, int) and isinstance(b, int) and abs(a - times * b) <= 2 * times < b
        for a, b in zip(large, small, strict=True)
    )


def _is_short(node: Node) -> bool:
    kernel = getattr(node.op, "kernel_size", None)
    return node.op is not None and node.op.kind == "convolution" and kernel in (1, (1,) * node.op.rank)


def _strides(case: Case, node: Node) -> Iterator[Knob]:
    """The usual other strides."""
    now = getattr(node.op, "stride", None)
    if node.op is None or node.op.kind != "convolution" or type(now) is not int:
        return
    knobs = (case.places.knob(node, "stride", value) for value in (2, 1, 4) if value != now)
    yield from (knob for knob in knobs if knob is not None)


def padded_everywhere(case: Case, error: Diagnostic) -> Fix | None:
    """The padding that keeps the size in all convolutions of the network that have none, where nothing is wrong with it."""
    knob = next(alike(case.places, case.facts.graph.layers), None)
    way = _written(knob) if knob is not None else None
    return way if way is not None and case.trier.holds(way.edits, error) and not case.trier.is_left else None


def _written(knob: Knob) -> Fix:
    """`write padding: 1 in a and padding: 1 in b`."""
    said = " and ".join(part.replace(" ", ": ", 1) for part in knob.way.said.split(" and "))
    return Fix(f"write {said}", knob.way.edits)


def _resampled(case: Case, node: Node) -> Iterator[Fix]:
    """An Upsample right before a join of two, that gives the positions of the other map instead of a multiple of its own."""
    mapping = getattr(node.place, "mapping", None)
    listed = mapping.get("from") if isinstance(mapping, Mapping) else None
    if not isinstance(listed, Sequence) or len(listed.items) != 2 or len(node.inputs) != 2:
        return
    for own, like in ((0, 1), (1, 0)):
        ref, item = node.inputs[own], listed.items[like]
        source = case.facts.graph.nodes[ref.node] if ref is not None else None
        keys = getattr(source.place, "mapping", None) if source is not None and source.type == "Upsample" else None
        read = keys.get("from") if isinstance(keys, Mapping) else None
        if (
            source is None
            or not isinstance(keys, Mapping)
            or not isinstance(read, Scalar)
            or not isinstance(item, Scalar)
        ):
            continue
        target = next((key for key in ("scale_factor", "size") if key in keys.entries), None)
        out = without_key(keys, target) if target is not None else None
        if out is not None:
            both = f"[{read.text}, {item.text}]"
            edits = (Edit(keys.entries["type"].value.span, "UpsampleLike"), Edit(read.span, both), out)
            yield Fix(f"write {{type: UpsampleLike, from: {both}}} in {source.path}", edits)


def _is_rounded(tensors: Inputs) -> bool:
    """Whether sides differ by one at the most, as those of a map do that was halved, with a half left over, and doubled again."""
    first, second = (tensor.shape[2:] for tensor in tensors[:2])
    pairs = list(zip(first, second, strict=False))
    return bool(pairs) and all(isinstance(a, int) and isinstance(b, int) and abs(a - b) <= 1 for a, b in pairs)


# Tokens -----------------------------------------------------------------------------------------------------------


def are_tokens(case: Case, node: Node) -> bool:
    """Whether what a layer joins are sequences of vectors, whose last axis are features, and no images or signals with channels:
    what made them last is a layer of features."""
    tensors = case.facts.of(node).inputs
    if tensors is None or any(tensor.rank != 3 for tensor in tensors):
        return False
    kinds = {
        kind for ref in node.inputs if ref is not None for kind in _kinds_before(case, case.facts.graph.nodes[ref.node])
    }
    return bool(kinds & {"linear", "attention", "embedding"}) and not kinds & {"convolution", "pooling"}


def _kinds_before(case: Case, node: Node) -> Iterator[str]:
    """The kinds of the layers on the way to one that read sequences of vectors, or give such."""
    for other in [*before(case.facts, node), node]:
        output = case.facts.of(other).output
        if other.op is not None and output is not None and output.rank == 3:
            yield "attention" if other.type == "LayerNorm" else other.op.kind


def _along_another_axis(node: Node, tensors: Inputs) -> Iterator[Fix]:
    """The axis of a Cat where the only one that differs is another."""
    apart = {axis for axis, sizes in enumerate(zip(*(t.shape for t in tensors), strict=True)) if len(set(sizes)) > 1}
    edit = node.place.argument_edit("dim", str(min(apart))) if node.type == "Cat" and len(apart) == 1 else None
    if edit is not None:
        what = "features" if apart == {2} else "tokens"
        yield Fix(f"write dim: {min(apart)} in {node.path}, which joins {what}", (edit,))


# Shapes -----------------------------------------------------------------------------------------------------------


def _reshaped(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A number for each channel made an image of one position, as a gate on channels is: a Reshape before the layer. Or an image
    of as many numbers as the others are features: a Flatten before it."""
    mapping = getattr(node.place, "mapping", None)
    listed = mapping.get("from") if isinstance(mapping, Mapping) else None
    largest = max(tensors, key=lambda tensor: tensor.rank).shape
    if not isinstance(listed, Sequence) or not isinstance(mapping, Mapping) or len(listed.items) != len(tensors):
        return
    features = min(tensors, key=lambda tensor: tensor.rank).shape
    for item, tensor in zip(listed.items, tensors, strict=True):
        if len(features) == 2 < tensor.rank and _is_flat(tensor.shape, features) and isinstance(item, Scalar):
            for edits in _layer_between(case, node, mapping, item, "flatten", "type: Flatten"):
                yield Fix(f"put a Flatten between {item.text} and {node.path}", edits)
        if tensor.rank != 2 or len(largest) < 3 or tensor.shape != largest[:2] or not isinstance(item, Scalar):
            continue
        shape = f"[{tensor.shape[1]}{', 1' * (len(largest) - 2)}]"
        said = f"put {{type: Reshape, shape: {shape}}} between {item.text} and {node.path}"
        for edits in _layer_between(case, node, mapping, item, "reshape", f"type: Reshape, shape: {shape}"):
            yield Fix(said, edits)


def cropped(case: Case, node: Node) -> Fix | None:
    """The larger of two images that are joined cut to the sides of the smaller: what a U-Net without padding does with all that
    it skips. Elsewhere it is hardly meant."""
    tensors = case.facts.of(node).inputs
    mapping = getattr(node.place, "mapping", None)
    listed = mapping.get("from") if isinstance(mapping, Mapping) else None
    if node.type != "Cat" or tensors is None or len(tensors) != 2 or not isinstance(mapping, Mapping):
        return None
    if are_tokens(case, node):
        return None
    if not isinstance(listed, Sequence) or len(listed.items) != 2:
        return None
    for large, small in ((0, 1), (1, 0)):
        item, like = listed.items[large], listed.items[small]
        pairs = [(a, b) for a, b in zip(tensors[large].shape[2:], tensors[small].shape[2:], strict=False)
                 if isinstance(a, int) and isinstance(b, int) and a > b]  # fmt: skip
        is_larger = 0 < len(pairs) == tensors[large].rank - 2 == tensors[small].rank - 2
        if not is_larger or not isinstance(item, Scalar) or not isinstance(like, Scalar):
            continue
        is_usual = all(b + 1 < a < 2 * b for a, b in pairs) and _has_ups(case, node)
        both = f"[{item.text}, {like.text}]"
        source = Scalar(both, both, False, item.span)
        for edits in _layer_between(case, node, mapping, source, "crop", "CropLike"):
            return Fix(
                f"crop {item.text} like {like.text}: {{type: CropLike, from: {both}}}", edits, is_repeated=is_usual
            )
    return None


def _has_ups(case: Case, node: Node) -> bool:
    """Whether something makes an image larger again on the way to a join."""
    return any(other.type.startswith(_UPS) for branch in _branches(case, node) for other in branch)


def _projected(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A projection of one tensor before a sum of two, where their channels differ, or their features: a convolution of 1 × 1 with
    the stride that leaves the other's sides, as residual networks have; a Linear for features."""
    mapping = getattr(node.place, "mapping", None)
    listed = mapping.get("from") if isinstance(mapping, Mapping) else None
    is_of_tokens = are_tokens(case, node)
    if (
        (node.type == "Cat" and not is_of_tokens)
        or not isinstance(listed, Sequence)
        or len(listed.items) != len(tensors)
        or len(tensors) != 2
    ):
        return
    first, second = (ref.node if ref is not None else 0 for ref in node.inputs)
    order = (0, 1) if first <= second else (1, 0)  # the earlier is the skip
    is_in_block = case.use(node) is not None  # which may have other sizes elsewhere
    for skip, other in (order,) if is_in_block else (order, order[::-1]):
        item, keys = listed.items[skip], _projection(tensors[skip].shape, tensors[other].shape, is_of_tokens)
        if keys and is_in_block:
            keys = _as_the_branch(case, node, other, keys)
        if keys and isinstance(item, Scalar) and isinstance(mapping, Mapping):
            for edits in _layer_between(case, node, mapping, item, "shortcut", keys):
                yield Fix(f"put {{{keys}}} between {item.text} and {node.path}", edits)


def _as_the_branch(case: Case, node: Node, other: int, keys: str) -> str:
    """The keys of a projection in a block with what gives the other branch its channels, or features, and its stride: expressions
    of the block's arguments. Nothing where several strides do."""
    inside = f"{node.path.rpartition('.')[0]}."
    width: str | None = None
    strides = []
    ref = node.inputs[other]
    while ref is not None and (source := case.facts.graph.nodes[ref.node]).path.startswith(inside):
        for field in ("out_channels", "out_features") if width is None else ():
            if getattr(source.op, field, None) is not None:
                width = _as_written(source, field)
        strides += (
            [_as_written(source, "stride")]
            if getattr(source.op, "stride", 1) != 1 or _has_template(source, "stride")
            else []
        )
        ref = source.inputs[0] if source.inputs else None
    if len(strides) > 1 or width is None:
        return ""
    kind = keys.partition(",")[0]
    if "Linear" in kind:
        return f"{kind}, out_features: {width}"
    return f"{kind}, out_channels: {width}, kernel_size: 1{f', stride: {strides[0]}' if strides else ''}"


def _has_template(node: Node, field: str) -> bool:
    template = node.place.template(field)
    return template is not None and bool(template.trees)


def _as_written(node: Node, field: str) -> str:
    """An argument as its layer has it: an expression, or its value."""
    template = node.place.template(field)
    return f'"{template.text}"' if template is not None and template.trees else str(getattr(node.op, field))


def _projection(shape: Shape, wanted: Shape, is_of_tokens: bool) -> str:
    """The keys of the layer that makes one shape another; nothing where none does."""
    rank = len(shape) - 2
    if is_of_tokens:
        is_feature = len(shape) == len(wanted) and shape[:-1] == wanted[:-1] and isinstance(wanted[-1], int)
        return f"type: Linear, out_features: {wanted[-1]}" if is_feature else ""
    if len(shape) != len(wanted) or not 0 <= rank <= 3 or not isinstance(wanted[1], int):
        return ""
    if rank == 0:
        return f"type: Linear, out_features: {wanted[1]}" if shape[1] != wanted[1] else ""
    strides = {_stride(size, goal) for size, goal in zip(shape[2:], wanted[2:], strict=True)}
    stride = strides.pop() if len(strides) == 1 else 0
    if not stride or shape[1] == wanted[1]:
        return ""
    return f"type: Conv{rank}d, out_channels: {wanted[1]}, kernel_size: 1{f', stride: {stride}' if stride > 1 else ''}"


def _stride(size: Size, goal: Size) -> int:
    """The step of a kernel of 1 that leaves so much of a side; 0 where none does."""
    return next((step for step in (1, 2, 4, 8) if (size - 1) // step + 1 == goal), 0)


def _is_flat(shape: Shape, features: Shape) -> bool:
    sizes = [size for size in shape[1:] if isinstance(size, int)]
    return len(sizes) == len(shape) - 1 and prod(sizes) == features[1] and shape[0] == features[0]


def _layer_between(
    case: Case, node: Node, mapping: Mapping, item: Scalar, name: str, keys: str
) -> list[tuple[Edit, ...]]:
    scope = node.path.rpartition(".")[0]
    names = (name, *(f"{name}_{i}" for i in range(1, 99)))
    free = next((name for name in names if f"{scope}.{name}".lstrip(".") not in case.by_path), names[0])
    whole = getattr(node.place, "whole", node.place.name)
    return layer_before(case.document.root, node.place.name, whole, mapping, free, keys, item)


def _sizes_of_a_parameter(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A Parameter's shape with the sizes of the tensor that it is joined with."""
    for ref, own in zip(node.inputs, tensors, strict=True):
        source = case.facts.graph.nodes[ref.node] if ref is not None else None
        other = next((tensor for tensor in tensors if tensor is not own), None)
        span = source.place.argument("shape") if source is not None and source.type == "Parameter" else None
        if source is None or span is None or other is None or own.rank > other.rank or "${" in span.text():
            continue
        shape = tuple(b if a not in (1, b) else a for a, b in zip(own.shape, other.shape[-own.rank :], strict=True))
        written = f"[{', '.join(map(str, shape))}]"
        said = f"write shape: {written} in {source.path}{_why(own.shape, shape)}"
        if all(isinstance(size, int) for size in shape) and mapping_of(case.document.root, span) is not None:
            yield Fix(said, (Edit(span, written),))


def _why(own: Shape, wanted: Shape) -> str:
    """What the number of positions tells, where that is what differs."""
    have, want = own[-2:-1], wanted[-2:-1]
    if have == want or own[-1:] != wanted[-1:] or not (have and isinstance(have[0], int) and isinstance(want[0], int)):
        return ""
    counts = f"{counted(want[0], 'token')}, {counted(have[0], 'position')}"
    return f": {counts}; or put the class token before them" if have[0] == want[0] + 1 else f": {counts}"
