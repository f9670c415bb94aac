"""Operators that give a tensor other axes. https://onnx.ai/onnx/operators/onnx__Reshape.html"""

from __future__ import annotations

import numpy as np

from archspec.dims import Size, product
from archspec.importers.onnx.batch import expanded, has_batch, reshaped
from archspec.importers.onnx.fold import need_repeats
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step, one
from archspec.importers.onnx.values import Computed, Filled, Known, Value
from archspec.importers.sketch import Literal
from archspec.words import counted


@handles("Shape")
def shape(step: Step) -> Known:
    """The sizes, the batch among them by its name."""
    sizes = step.shape()
    chosen = sizes[slice(step.integer("start", 0), step.integer("end", len(sizes)))]
    array = np.empty(len(chosen), dtype=object)
    array[:] = list(chosen)
    return Known.of(array)


@handles("Size")
def size(step: Step) -> Known:
    """The number of elements."""
    array = np.empty((), dtype=object)
    array[()] = product(step.shape())
    return Known.of(array)


@handles("Reshape")
def reshape(step: Step) -> Computed:
    """Flatten or Reshape for a sample; View where the batch does not stay the first axis."""
    x, target = step.tensor_of(), step.sizes(1)
    step.need(len(target) <= 16, f"makes {len(target)} axes")
    if not step.integer("allowzero", 0):
        step.need(
            all(size != 0 or axis < x.rank for axis, size in enumerate(target)), "keeps an axis that is not there"
        )
        target = [x.shape[axis] if size == 0 else size for axis, size in enumerate(target)]
    step.need(target.count(-1) <= 1, "leaves two sizes open")
    after = reshaped(x.shape, target, step.network.batch)
    if after is None:
        shown = ", ".join(map(str, target))
        raise step.problem(
            f"makes ({shown}) of ({', '.join(map(str, x.shape))}), which holds another number of elements"
        )
    return view(step, x, after)


@handles("Flatten")
def flatten(step: Step) -> Computed:
    """Flatten; View where the axes before it are several."""
    x = step.tensor_of()
    axis = step.integer("axis", 1)
    step.need(-x.rank <= axis <= x.rank, f"has no axis {axis}")
    axis = axis % x.rank if axis < 0 else axis
    return view(step, x, [product(x.shape[:axis]), product(x.shape[axis:])])


def view(step: Step, x: Computed, after: list[Size], suffix: str = "") -> Computed:
    """The same numbers in other sizes, as the layer that says it best."""
    while x.layer is not None and x.layer.type in ("Reshape", "Flatten", "View", "Unsqueeze", "Squeeze"):
        earlier = step.network.made.get(x.layer.reads[0])
        if earlier is None:
            break
        x = earlier
    if list(x.shape) == after:
        return x
    if after and x.rank and after[0] == x.shape[0]:
        if len(after) == 2 and x.rank > 2:
            return step.layer("Flatten", [x], suffix=suffix)
        inner = [size if isinstance(size, int) else -1 for size in after[1:]]
        if inner and inner.count(-1) <= 1:
            return step.layer("Reshape", [x], suffix=suffix, shape=list(inner))
    sizes: list[Literal] = [size if isinstance(size, int) else str(size).replace("*", " * ") for size in after]
    open_ = [size for size in after if not isinstance(size, int) and not _is_of_batch(size)]
    step.need(len(open_) <= 1, "has several sizes that are only named", step.sizes_help)
    if open_:
        sizes = [-1 if size in open_ else written for size, written in zip(after, sizes, strict=True)]
    return step.layer("View", [x], suffix=suffix, shape=sizes)


def _is_of_batch(size: Size) -> bool:
    """Whether it is the batch, or a multiple of it."""
    return not isinstance(size, int) and size.symbols() == {"N"} and len(size.terms) == 1


@handles("Transpose")
def transpose(step: Step) -> Computed:
    """Permute; of a Permute, the two as one."""
    x = step.tensor_of()
    dims = step.axes("perm", x.rank, range(x.rank)[::-1])
    step.need(len(dims) == x.rank, "does not order all axes")
    return permuted(step, x, dims)


def permuted(step: Step, x: Computed, dims: list[int], suffix: str = "") -> Computed:
    """The axes in another order."""
    before = x.layer
    earlier = step.network.made.get(before.reads[0]) if before is not None and before.type == "Permute" else None
    if before is not None and earlier is not None:
        first = before.keys["dims"]
        assert isinstance(first, list)
        x, dims = earlier, [int(first[axis]) for axis in dims]  # type: ignore[arg-type]
    return x if dims == sorted(dims) else step.layer("Permute", [x], suffix=suffix, dims=list(dims))


@handles("Squeeze")
def squeeze(step: Step) -> Computed:
    """Squeeze; of an Unsqueeze, what was before it."""
    x = step.tensor_of()
    ones = [axis for axis, size in enumerate(x.shape) if size == 1]
    axes = step.checked_axes(step.list_of("axes", 1), x.rank, ones)
    if any(has_batch(x.shape[axis]) for axis in axes):
        raise step.problem("removes the batch's axis", help="export the model with a batch that stays")
    step.need(all(x.shape[axis] == 1 for axis in axes), f"removes an axis that is not 1 of {step.shown(x.shape)}")
    return squeezed(step, x, axes)


def squeezed(step: Step, x: Computed, axes: list[int], suffix: str = "") -> Computed:
    """The tensor without these axes of 1."""
    before = x.layer
    if before is not None and before.type == "Unsqueeze" and axes == [int(str(before.keys["dim"])) % x.rank]:
        earlier = step.network.made.get(before.reads[0])
        if earlier is not None:
            return earlier
    return step.layer("Squeeze", [x], suffix=suffix, dim=axes[0] if len(axes) == 1 else list(axes)) if axes else x


@handles("Unsqueeze")
def unsqueeze(step: Step) -> Computed:
    """An Unsqueeze for each new axis."""
    x = step.tensor_of()
    axes = step.list_of("axes", 1) or []
    for axis in sorted(step.checked_axes(axes, x.rank + len(axes), ())):
        x = step.layer("Unsqueeze", [x], dim=axis)
    return x


@handles("Expand")
def expand(step: Step) -> Value:
    """Expand, where it changes anything."""
    value = step.value(0)
    if isinstance(value, Known) and value.size == 1:
        sizes = step.sizes(1)
        step.need(
            all(not isinstance(size, int) or size >= 0 for size in sizes), f"expands to {step.shown(tuple(sizes))}"
        )
        return Filled(value.array.reshape(()), tuple(expanded(value.shape, sizes, None) or ()))
    x = step.tensor_of()
    after = expanded(x.shape, step.sizes(1), step.network.batch)
    if after is None:
        raise step.problem(f"expands {step.shown(x.shape)} to ({', '.join(map(str, step.sizes(1)))})")
    return expanded_to(step, x, after)


def expanded_to(step: Step, x: Computed, after: list[Size], suffix: str = "") -> Computed:
    """The tensor repeated along its axes of 1; the first axis of the result is the batch's."""
    if after == list(x.shape):
        return x
    if not after or not has_batch(after[0]):
        return _repeated(step, x, after, suffix)
    own = [1] * (len(after) - x.rank) + list(x.shape)
    sizes = [-1 if axis >= len(after) - x.rank and own[axis] == size else size for axis, size in enumerate(after)][1:]
    step.need(all(isinstance(size, int) for size in sizes), "expands to a size that is only named", step.sizes_help)
    return step.layer("Expand", [x], suffix=suffix, shape=[int(str(size)) for size in sizes])


def _repeated(step: Step, x: Computed, after: list[Size], suffix: str) -> Computed:
    """The same for a tensor without a batch."""
    for _ in range(len(after) - x.rank):
        x = step.layer("Unsqueeze", [x], suffix=suffix, dim=0)
    repeats: list[Literal] = []
    for have, want in zip(x.shape, after, strict=True):
        step.need(isinstance(want, int) or have == want, "expands to a size that is only named", step.sizes_help)
        repeats.append(1 if have == want else int(str(want)))
    return step.layer("Repeat", [x], suffix=suffix, repeats=repeats)


@handles("Tile")
def tile(step: Step) -> Computed:
    """Repeat."""
    repeats = step.whole_numbers(step.known(1))
    need_repeats(step, repeats, len(step.shape()))
    return step.layer("Repeat", repeats=list(repeats)) if set(repeats) != {1} else step.tensor_of()


@handles("Concat")
def concat(step: Step) -> Computed:
    """Cat; a tensor without a batch is expanded to that of the others."""
    given = [step.value(i) for i in range(step.count)]
    axis = step.axis(len(given[0].shape), 0)
    some = [
        value for value in given if 0 not in value.shape[axis : axis + 1]
    ]  # what has nothing on the axis adds nothing
    step.need(bool(some), "joins tensors that have no numbers")
    values = [step.network.as_layer(value, step) for value in some]
    step.need(all(len(value.shape) == values[0].rank for value in given), "joins tensors of different numbers of axes")
    if len(values) == 1:
        return values[0]
    batch = next((value.shape[0] for value in values if has_batch(value.shape[0])), None)
    if batch is not None and axis:
        values = [expanded_to(step, value, [batch, *value.shape[1:]], "batch")
                  if value.shape[0] in (1, step.network.batch) else value for value in values]  # fmt: skip
    return step.layer("Cat", values, dim=axis)


@handles("DepthToSpace")
def depth_to_space(step: Step) -> Computed:
    """PixelShuffle for the order CRD; for DCR the axes are exchanged by hand."""
    size, sizes = step.integer("blocksize", 0), _image(step)
    if step.text("mode", "DCR") == "CRD":
        return step.layer("PixelShuffle", upscale_factor=size)
    channels, height, width = sizes
    step.need(size > 0 and channels % (size * size) == 0, f"makes blocks of {size} of {counted(channels, 'channel')}")
    x = step.layer("Reshape", suffix="blocks", shape=[size, size, channels // size**2, height, width])
    x = permuted(step, x, [0, 3, 4, 1, 5, 2], "order")
    return step.layer("Reshape", [x], shape=[channels // size**2, height * size, width * size])


@handles("SpaceToDepth")
def space_to_depth(step: Step) -> Computed:
    """As PixelUnshuffle, with the channels in ONNX's order."""
    size = step.integer("blocksize", 0)
    channels, height, width = _image(step)
    step.need(size > 0 and height % size == width % size == 0, f"makes blocks of {size} of {height} × {width} pixels")
    x = step.layer("Reshape", suffix="blocks", shape=[channels, height // size, size, width // size, size])
    x = permuted(step, x, [0, 3, 5, 1, 2, 4], "order")
    return step.layer("Reshape", [x], shape=[channels * size**2, height // size, width // size])


@handles("Col2Im")
def col2im(step: Step) -> Computed:
    """Fold of images."""
    sides, kernel = step.whole_numbers(step.known(1)), step.whole_numbers(step.known(2))
    step.need(
        len(sides) == len(kernel) == 2,
        f"puts windows of {counted(len(kernel), 'axis')} back, and PyTorch's Fold has images",
    )
    pads = step.per_axis("pads", 4, 0)
    step.need(pads[:2] == pads[2:], "cuts off more at one end than at the other, which PyTorch's Fold does not")
    return step.layer(
        "Fold", output_size=list(sides), kernel_size=one(kernel), dilation=one(step.per_axis("dilations", 2, 1)),
        padding=one(pads[:2]), stride=one(step.per_axis("strides", 2, 1)),
    )  # fmt: skip


def _image(step: Step) -> list[int]:
    """Channels, height and width as numbers."""
    sizes = [size for size in step.shape()[1:] if isinstance(size, int)]
    step.need(len(step.shape()) == 4, f"reads {step.shown(step.shape())}, which is no image")
    step.need(len(sizes) == 3, "needs the sizes of its image as numbers", step.sizes_help)
    return sizes
