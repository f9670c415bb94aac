"""What could be done about tensors that are joined and differ: a window of one branch, a Reshape, a Parameter's shape. Leaves:
changes to be tried, likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from math import prod

from archspec.advice.alike import alike
from archspec.advice.case import Case
from archspec.advice.elsewhere import MAX_TRIED, inputs_that
from archspec.advice.knobs import MAX_LAYERS, Knob, one, paddings, together
from archspec.advice.projected import layer_between, projected, written_inputs
from archspec.advice.rerun import before
from archspec.advice.residual import about_residual, is_joined_again, skipped
from archspec.advice.tokens import along_another_axis, are_tokens
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import Shape
from archspec.document.edits import mapping_of, without_key
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
    yield from _expanded(case, node, tensors)
    yield from about_residual(case, node, fits)
    skips = list(skipped(case, node, fits)) if _has_ups(case, node) else []
    is_again = bool(skips) and is_joined_again(case, node)
    yield from skips if is_again else ()
    branches = _branches(case, node)
    rerun = case.rerun(node)

    def holds(knob: Knob) -> bool:
        inputs = rerun.inputs({}, knob.ops)
        return inputs is not None and fits(inputs) and not _is_spread(tensors, inputs)

    yield from (_written(knob) for knob in _windows(case, branches) if holds(knob))
    yield from () if is_rounded else resampled
    yield from skips if not is_again else ()
    yield from along_another_axis(node, tensors) if are_tokens(case, node) else ()
    yield from projected(case, node, tensors)


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
    for values in ((2,), (1, 4)):  # one that was forgotten before one too many
        for is_short in (True, False):
            layers = (other for branch in branches for other in branch if _is_short(other) is is_short)
            yield from (knob for other in layers for knob in _strides(case, other, values))
    other_paddings = [knob for group in found for is_common, knob in group if not is_common]
    yield from (knob for knob in other_paddings if _is_half(knob))
    yield from (knob for knob in other_paddings if not _is_half(knob))
    yield from (knob for branch in branches for other in branch for knob in _strides_and_paddings(case, other))


def _strides_and_paddings(case: Case, node: Node) -> Iterator[Knob]:
    """The usual other strides with half a kernel around, where neither is enough."""
    kernel = one(getattr(node.op, "kernel_size", None))
    if kernel is None or kernel % 2 == 0 or getattr(node.op, "padding", None) == kernel // 2:
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


def _is_half(knob: Knob) -> bool:
    """Whether a padding is half an odd kernel, as most are where there is a stride."""
    op = next(iter(knob.ops.values()))
    kernel = one(getattr(op, "kernel_size", None))
    return kernel is not None and kernel % 2 == 1 and getattr(op, "padding", None) == kernel // 2


def _strides(case: Case, node: Node, values: tuple[int, ...] = (2, 1, 4)) -> Iterator[Knob]:
    """The usual other strides."""
    now = getattr(node.op, "stride", None)
    if node.op is None or node.op.kind != "convolution" or type(now) is not int:
        return
    knobs = (case.places.knob(node, "stride", value) for value in values if value != now)
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
    items = written_inputs(node)
    if len(items) != 2 or len(node.inputs) != 2:
        return
    for own, like in ((0, 1), (1, 0)):
        ref, item = node.inputs[own], items[like]
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


# Shapes -----------------------------------------------------------------------------------------------------------


def _reshaped(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A number for each channel made an image of one position, as a gate on channels is: a Reshape before the layer. Or an image
    of as many numbers as the others are features: a Flatten before it."""
    items = written_inputs(node)
    largest = max(tensors, key=lambda tensor: tensor.rank).shape
    if len(items) != len(tensors):
        return
    features = min(tensors, key=lambda tensor: tensor.rank).shape
    for item, tensor in zip(items, tensors, strict=True):
        if len(features) == 2 < tensor.rank and _is_flat(tensor.shape, features) and isinstance(item, Scalar):
            for edits in layer_between(case, node, item, "flatten", "type: Flatten"):
                yield Fix(f"put a Flatten between {item.text} and {node.path}", edits)
        if tensor.rank != 2 or len(largest) < 3 or tensor.shape != largest[:2] or not isinstance(item, Scalar):
            continue
        shape = f"[{tensor.shape[1]}{', 1' * (len(largest) - 2)}]"
        said = f"put {{type: Reshape, shape: {shape}}} between {item.text} and {node.path}"
        for edits in layer_between(case, node, item, "reshape", f"type: Reshape, shape: {shape}"):
            yield Fix(said, edits)


def cropped(case: Case, node: Node) -> Fix | None:
    """The larger of two images that are joined cut to the sides of the smaller: what a U-Net without padding does with all that
    it skips. Elsewhere it is hardly meant."""
    tensors = case.facts.of(node).inputs
    items = written_inputs(node)
    if node.type != "Cat" or tensors is None or len(tensors) != 2:
        return None
    if are_tokens(case, node):
        return None
    if len(items) != 2:
        return None
    for large, small in ((0, 1), (1, 0)):
        item, like = items[large], items[small]
        pairs = [(a, b) for a, b in zip(tensors[large].shape[2:], tensors[small].shape[2:], strict=False)
                 if isinstance(a, int) and isinstance(b, int) and a > b]  # fmt: skip
        is_larger = 0 < len(pairs) == tensors[large].rank - 2 == tensors[small].rank - 2
        if not is_larger or not isinstance(item, Scalar) or not isinstance(like, Scalar):
            continue
        is_usual = all(b + 1 < a < 2 * b for a, b in pairs) and _has_ups(case, node)
        both = f"[{item.text}, {like.text}]"
        source = Scalar(both, both, False, item.span)
        for edits in layer_between(case, node, source, "crop", "CropLike"):
            return Fix(
                f"crop {item.text} like {like.text}: {{type: CropLike, from: {both}}}", edits, is_repeated=is_usual
            )
    return None


def _has_ups(case: Case, node: Node) -> bool:
    """Whether something makes an image larger again on the way to a join."""
    return any(other.type.startswith(_UPS) for branch in _branches(case, node) for other in branch)


def _is_flat(shape: Shape, features: Shape) -> bool:
    sizes = [size for size in shape[1:] if isinstance(size, int)]
    return len(sizes) == len(shape) - 1 and prod(sizes) == features[1] and shape[0] == features[0]


def _sizes_of_a_parameter(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A Parameter's shape with the sizes of the tensor that it is joined with."""
    for ref, own in zip(node.inputs, tensors, strict=True):
        source = case.facts.graph.nodes[ref.node] if ref is not None else None
        other = next((tensor for tensor in tensors if tensor is not own), None)
        span = source.place.argument("shape") if source is not None and source.type == "Parameter" else None
        if source is None or span is None or other is None or own.rank > other.rank:
            continue
        shape = tuple(b if a not in (1, b) else a for a, b in zip(own.shape, other.shape[-own.rank :], strict=True))
        sizes = _resized(source, own.shape, shape)
        if sizes and mapping_of(case.document.root, span) is not None:
            written = f"[{', '.join(sizes)}]"
            yield Fix(f"write shape: {written} in {source.path}{_why(own.shape, shape)}", (Edit(span, written),))


def _resized(parameter: Node, own: Shape, shape: Shape) -> list[str]:
    """The items of a Parameter's shape with other sizes; none where an expression gives one that differs, or it is no number."""
    mapping = getattr(parameter.place, "mapping", None)
    listed = mapping.get("shape") if isinstance(mapping, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else []
    sizes = []
    for item, old, new in zip(items, own, shape, strict=False):
        is_number = isinstance(item, Scalar) and type(item.value) is int and isinstance(new, int)
        if old != new and not is_number:
            return []
        sizes.append(item.span.text() if old == new else str(new))
    return sizes if len(sizes) == len(shape) == len(items) else []


def _expanded(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A Parameter that is joined with what each sample has, as a class token is: an Expand, which gives each sample its own."""
    items = written_inputs(node)
    if node.type != "Cat":
        return
    for item, ref, tensor in zip(items, node.inputs, tensors, strict=False):
        source = case.facts.graph.nodes[ref.node] if ref is not None else None
        keys = getattr(source.place, "mapping", None) if source is not None and source.type == "Parameter" else None
        shape = keys.get("shape") if isinstance(keys, Mapping) else None
        if not isinstance(shape, Sequence) or tensor.shape[:1] != (1,) or not isinstance(item, Scalar):
            continue
        written = f"type: Expand, shape: [{', '.join(size.span.text() for size in shape.items[1:])}]"
        for edits in layer_between(case, node, item, "expanded", written):
            yield Fix(f"put {{{written}}} between {item.text} and {node.path}: one for each sample", edits)


def _why(own: Shape, wanted: Shape) -> str:
    """What the number of positions tells, where that is what differs."""
    have, want = own[-2:-1], wanted[-2:-1]
    if have == want or own[-1:] != wanted[-1:] or not (have and isinstance(have[0], int) and isinstance(want[0], int)):
        return ""
    counts = f"{counted(want[0], 'token')}, {counted(have[0], 'position')}"
    return f": {counts}; or put the class token before them" if have[0] == want[0] + 1 else f": {counts}"
