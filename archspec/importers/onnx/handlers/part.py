"""Operators that take parts of a tensor or put borders around it. https://onnx.ai/onnx/operators/onnx__Slice.html"""

from __future__ import annotations

import numpy as np

from archspec.importers.onnx.batch import has_batch
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.handlers.shape import permuted
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Filled, Known, Value, short
from archspec.importers.sketch import Literal
from archspec.words import counted

_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


@handles("Slice")
def slice_(step: Step) -> Value:
    """A Slice for each axis; a Flip where an axis is read backwards as a whole."""
    x = step.tensor_of()
    for axis, start, stop, pace in step.slices(x.rank):
        size = x.shape[axis]
        if pace < 0:
            step.need(pace == -1 and (start == -1 or (start or 0) >= 2**31 - 1) and stop is not None and stop < -(2**30),
                      f"reads a part of axis {axis} backwards, and PyTorch's slices go forwards")  # fmt: skip
            x = step.layer("Flip", [x], dims=axis)
            continue
        if has_batch(size) and start == 0 and pace == 1 and (stop is None or stop == step.network.batch):
            continue
        if isinstance(size, int) and not range(*slice(start, stop, pace).indices(size)):
            step.need(not has_batch(size), "takes no part of the batch")
            return empty(x, axis)
        end = None if isinstance(size, int) and stop is not None and stop >= size else stop
        if start or end is not None or pace != 1:
            x = step.layer("Slice", [x], dim=axis, start=start or None, stop=end, step=pace)
    return x


@handles("Split")
def split(step: Step) -> list[Value]:
    """Split, with a port for each part."""
    x = step.tensor_of()
    sizes, axis = step.split_sizes(x.shape), step.axis(x.rank, 0)
    step.need(not has_batch(x.shape[axis]), "cuts the batch", help="export the model with a batch that stays")
    some = [size for size in sizes if size]
    step.need(bool(some), "cuts an axis into parts of no size")
    if len(some) == 1:
        parts: list[Computed] = [x]
    else:
        equal = len(set(some[:-1])) == 1 and some[-1] <= some[0]
        made = step.layers("Split", [x], dim=axis, split_size=some[0] if equal else list(some))
        parts = [made[str(i)] for i in range(len(some))]
    return [parts.pop(0) if size else empty(x, axis) for size in sizes]


def empty(x: Computed, axis: int) -> Filled:
    """No part of a tensor: it has the axis, and nothing on it."""
    kind = {"float32": np.float32, "bool": np.bool_}.get(x.dtype, np.int64)
    return Filled(np.zeros((), kind), (*x.shape[:axis], 0, *x.shape[axis + 1 :]))


@handles("Gather")
def gather(step: Step) -> Computed:
    """Embedding of a known table; Select, Slice or IndexSelect for known places."""
    data, places = step.value(0), step.value(1)
    axis = step.axis(len(data.shape), 0)
    if isinstance(places, Known):
        return _taken(step, step.tensor_of(), axis, np.asarray(step.whole_numbers(places.array)).reshape(places.shape))
    if isinstance(data, Known) and axis == 0 and len(data.shape) == 2 and data.dtype == "float32":
        rows, width = data.shape
        return step.layer("Embedding", [places], {"weight": data}, num_embeddings=rows, embedding_dim=width)
    wanted = step.tensor_of(1)
    step.need(wanted.rank == 1, f"picks places that are computed as {step.shown(wanted.shape)}, and a list is expected")
    return step.layer("IndexSelect", [data, wanted], dim=axis)


def _taken(step: Step, x: Computed, axis: int, places: np.ndarray) -> Computed:
    """The positions of an axis that numbers name."""
    if has_batch(x.shape[axis]):
        raise step.problem("takes samples out of the batch", help="export the model with a batch that stays")
    flat = [int(place) for place in places.reshape(-1)]
    step.need(bool(flat), "takes no positions")
    if places.ndim == 0:
        return step.layer("Select", [x], dim=axis, index=flat[0])
    if places.ndim > 1:
        taken = _taken(step, x, axis, places.reshape(-1))
        return step.layer("Unflatten", [taken], suffix="table", dim=axis, unflattened_size=list(places.shape))
    size = x.shape[axis]
    if min(flat) >= 0 and flat == list(range(flat[0], flat[0] + len(flat))):
        return step.layer("Slice", [x], dim=axis, start=flat[0] or None, stop=flat[-1] + 1)
    if isinstance(size, int):
        flat = [place + size if place < 0 else place for place in flat]
    if len(flat) == size and flat == list(range(len(flat)))[::-1]:
        return step.layer("Flip", [x], dims=axis)
    step.need(min(flat) >= 0, "counts positions from the end of an axis that is only named", step.sizes_help)
    return step.layer("IndexSelect", [x, Known.of(np.array(flat))], dim=axis)


@handles("GatherND")
def gather_nd(step: Step) -> Computed:
    """What stands at known places of one axis, or of several that are made one."""
    places, x = step.known(1), step.tensor_of()
    step.need(step.integer("batch_dims", 0) == 0, "takes other places in each sample")
    table = np.asarray(step.whole_numbers(places.reshape(-1))).reshape(places.shape)
    count = table.shape[-1] if table.ndim else 0
    sizes = [size for size in x.shape[:count] if isinstance(size, int)]
    step.need(0 < count <= x.rank and len(sizes) == count, "takes samples out of the batch, or places of axes whose size is only "
              "named", step.sizes_help)  # fmt: skip
    inside = all(
        -size <= place < size for row in table.reshape(-1, count) for place, size in zip(row, sizes, strict=True)
    )
    step.need(inside, "takes places beyond the end of an axis")
    if count > 1:
        x = step.layer("Flatten", [x], suffix="axes", start_dim=0, end_dim=count - 1)
    flat = np.ravel_multi_index(tuple(np.moveaxis(table % np.array(sizes), -1, 0)), tuple(sizes))
    return _taken(step, x, 0, np.asarray(flat))


@handles("GatherElements")
def gather_elements(step: Step) -> Computed:
    """Gather; places that are known count from the end where they are below 0, those that are computed from the start."""
    axis = step.axis(len(step.shape()), 0)
    places = step.value(1)
    if isinstance(places, Known):
        size = step.shape()[axis]
        numbers = np.asarray(step.whole_numbers(places.array), np.int64).reshape(places.shape)
        if (numbers < 0).any():
            step.need(
                isinstance(size, int), "counts positions from the end of an axis that is only named", step.sizes_help
            )
            numbers = np.where(numbers < 0, numbers + int(str(size)), numbers)
        places = Known.of(numbers)
    return step.layer("Gather", [step.value(0), places], dim=axis)


@handles("OneHot")
def one_hot(step: Step) -> Computed:
    """OneHot, with the new axis moved from the end, and its 0 and 1 made the two numbers that ONNX names."""
    depth = step.whole_number(1)
    values = step.known(2).reshape(-1)
    step.need(len(values) == 2, f"has {counted(len(values), 'value')}, and one number off and one on are expected")
    off, on = (step.number_of(value) for value in values)
    rank = len(step.shape())
    axis = step.axis(rank + 1, -1)
    x = step.tensor_of()
    step.need(x.dtype in ("int64", "int32"), "reads places that are no whole numbers")
    x = x if x.dtype == "int64" else step.layer("To", [x], suffix="places", dtype="int64")
    y = step.layer("OneHot", [x], num_classes=depth)
    y = permuted(step, y, [*range(axis), rank, *range(axis, rank)], "order")
    wanted = step.value(2).dtype
    y = y if wanted == "int64" else step.layer("To", [y], suffix="numbers", dtype=wanted)
    step.need(wanted != "bool" or (off, on) == (False, True), "has other truth values than false and true")
    if on - off != 1:
        y = step.layer("Mul", [y], suffix="difference", value=on - off)
    return step.layer("Add", [y], suffix="off", value=off) if off else y


_GRIDS = {"bilinear": "bilinear", "linear": "bilinear", "nearest": "nearest", "bicubic": "bicubic", "cubic": "bicubic"}


@handles("GridSample")
def grid_sample(step: Step) -> Computed:
    """GridSample, whose modes newer versions call otherwise."""
    mode = step.text("mode", "linear" if step.version >= 20 else "bilinear")
    step.need(mode in _GRIDS, f"samples in the mode {mode[:40]}")
    return step.layer("GridSample", [step.value(0), step.value(1)], mode=_GRIDS[mode],
                      padding_mode=step.text("padding_mode", "zeros"),
                      align_corners=bool(step.integer("align_corners", 0)))  # fmt: skip


@handles("Pad")
def pad(step: Step) -> Computed:
    """Pad, with the last axis first, as PyTorch has it."""
    x = step.tensor_of()
    before, after = _pads(step, x.rank)
    mode = _MODES.get(step.text("mode", "constant"))
    if mode is None:
        raise step.problem(f"pads in the mode {step.text('mode', '')[:40]}")
    value = float(step.number_of(step.known(2))) if step.has(2) else step.number("value", 0.0)
    pairs = list(zip(before, after, strict=True))
    step.need(pairs[0] == (0, 0), "pads the batch")
    while pairs and pairs[0] == (0, 0) and (mode == "constant" or len(pairs) > x.rank - 2):
        pairs.pop(0)
    if not any(map(any, pairs)):
        return x
    keys: dict[str, Literal] = {"padding": [number for pair in reversed(pairs) for number in pair], "mode": mode}
    if mode == "constant" and value:
        keys["value"] = max(min(short(value), 3.4028234663852886e38), -3.4028234663852886e38)
    return step.layer("Pad", [x], more=keys)


def _pads(step: Step, rank: int) -> tuple[list[int], list[int]]:
    """How much is put before and after each axis."""
    pads = step.list_of("pads", 1) or []
    axes = step.checked_axes(step.whole_numbers(step.known(3)) if step.has(3) else None, rank, range(rank))
    step.need(len(pads) == 2 * len(axes), f"has {counted(len(pads), 'amount')} for {counted(len(axes), 'axis')}")
    before, after = [0] * rank, [0] * rank
    for axis, start, end in zip(axes, pads, pads[len(axes) :], strict=False):
        before[axis], after[axis] = start, end
    return before, after


@handles("Trilu")
def trilu(step: Step) -> Computed:
    """Triu or Tril."""
    step.need(len(step.shape()) >= 2, f"reads {step.shown(step.shape())}, and a triangle is of matrices")
    k = step.whole_number(1) if step.has(1) else 0
    return step.layer("Triu" if step.integer("upper", 1) else "Tril", diagonal=k)
