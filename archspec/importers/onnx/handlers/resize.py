"""Resampling, where PyTorch computes the same. https://onnx.ai/onnx/operators/onnx__Resize.html"""

from __future__ import annotations

from archspec.dims import Size, exact_div
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.measured import owner
from archspec.importers.onnx.step import Step, one
from archspec.importers.onnx.values import Computed, short
from archspec.importers.sketch import Literal
from archspec.words import counted

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@handles("Upsample", "Resize")
def resize(step: Step) -> Computed:
    """Upsample by the same factors, or to the same sizes, or as another tensor, with the mode that has the same coordinates."""
    x = step.tensor_of()
    rank = x.rank - 2
    step.need(1 <= rank <= 3, f"resizes an input of {counted(x.rank, 'axis')}")
    step.need(step.text("keep_aspect_ratio_policy", "stretch") == "stretch", "keeps the aspect ratio of the image")
    like = _like(step, x)
    if like is not None:
        step.without_effect("roi", "extrapolation_value")
        _need_same_ends(step, x, None, [size if isinstance(size, int) else 0 for size in like.shape[2:]])
        return step.layer("UpsampleLike", [x, like], more=_mode(step, rank, []))
    factors, sizes = _factors(step, x), _sizes(step, x)
    if factors is None and sizes is None:
        raise step.problem("has neither scales nor sizes")
    step.without_effect("roi", "extrapolation_value")  # of tf_crop_and_resize, which is refused
    keys = _mode(step, rank, factors or [])
    _need_same_ends(step, x, factors, sizes)
    if factors is not None:
        if set(factors) == {1.0}:
            return x
        keys["scale_factor"] = factors[0] if len(set(factors)) == 1 else list(factors)
    else:
        assert sizes is not None
        keys["size"] = one(sizes)
    return step.layer("Upsample", [x], more=keys)


def _like(step: Step, x: Computed) -> Computed | None:
    """Another tensor whose sizes the file gives: computed of that tensor's shape, or the same by the names of sizes."""
    wanted = _wanted(step, x)
    if wanted is None:
        return None
    given = step.axes("axes", x.rank, range(x.rank))
    spatial = list(range(2, x.rank))
    found = owner(step.network, step.node.input[3], spatial) if given[-len(spatial) :] == spatial else None
    if found is not None and found.rank == x.rank and list(found.shape[2:]) == wanted:
        is_same = wanted == list(x.shape[2:]) and not all(isinstance(size, int) for size in wanted)
        return None if is_same or found.ref == x.ref else found
    if all(isinstance(size, int) for size in wanted) or _ratios(x, wanted) is not None:
        return None
    made = reversed(step.network.made.values())
    return next((one for one in made if one.rank == x.rank and list(one.shape[2:]) == wanted), None)


def _ratios(x: Computed, wanted: list[Size]) -> list[float] | None:
    """The whole factors that give sizes; None where one is none."""
    factors = [exact_div(size, before) for size, before in zip(wanted, x.shape[2:], strict=True)]
    whole = [float(factor) for factor in factors if isinstance(factor, int)]
    return whole if len(whole) == len(factors) else None


def _factors(step: Step, x: Computed) -> list[float] | None:
    """The factor of each axis after the channels; None where sizes are given instead."""
    if step.op == "Upsample" and step.version < 9:
        scales = [short(number) for number in step.numbers("scales") or []]
    else:
        index = 1 if step.version < 11 else 2
        scales = step.floats(index) if step.has(index) else []
    if not scales:
        return _factors_of_sizes(step, x)
    step.need(all(scale > 0 for scale in scales), f"resizes by {min(scales)}")
    full = _by_axis(step, x, scales, 1.0)
    step.need(full[:2] == [1.0, 1.0], "resizes the batch or the channels")
    return full[2:]


def _need_same_ends(step: Step, x: Computed, factors: list[float] | None, sizes: list[int] | None) -> None:
    """Raises where ONNX places the last pixels otherwise than PyTorch: aligned corners of a size that is no whole number, and
    a single pixel of `pytorch_half_pixel`."""
    where, mode = step.text("coordinate_transformation_mode", "half_pixel"), step.text("mode", "nearest")
    if mode == "nearest":
        return
    if where == "align_corners" and factors is not None:
        whole = [factor.is_integer() or (isinstance(size, int) and (size * factor).is_integer())
                 for size, factor in zip(x.shape[2:], factors, strict=True)]  # fmt: skip
        step.need(all(whole), "aligns the corners of an image whose size is cut off to a whole number",
                  help="give the sizes in place of the scales")  # fmt: skip
    if where == "pytorch_half_pixel":
        after = sizes or [int(size * factor) if isinstance(size, int) else 0
                          for size, factor in zip(x.shape[2:], factors or [], strict=True)]  # fmt: skip
        step.need(all(size != 1 or before == 1 for size, before in zip(after, x.shape[2:], strict=True)),
                  "resizes an axis to 1 by pytorch_half_pixel, and PyTorch takes half a pixel there too")  # fmt: skip


def _by_axis(step: Step, x: Computed, values: list[float], default: float) -> list[float]:
    axes = step.axes("axes", x.rank, range(x.rank))
    step.need(len(values) == len(axes), f"has {counted(len(values), 'number')} for {counted(len(axes), 'axis')}")
    full = [default] * x.rank
    for axis, value in zip(axes, values, strict=True):
        full[axis] = value
    return full


def _factors_of_sizes(step: Step, x: Computed) -> list[float] | None:
    """Sizes that are only named are multiples of the input's, or cannot be written."""
    wanted = _wanted(step, x)
    if wanted is None or all(isinstance(size, int) for size in wanted):
        return None
    factors = _ratios(x, wanted)
    if factors is None:
        raise step.problem("resizes to a size that is only named", help=step.sizes_help)
    return factors


def _wanted(step: Step, x: Computed) -> list[Size] | None:
    if step.version < 11 or not step.has(3):
        return None
    given = step.sizes(3)
    axes = step.axes("axes", x.rank, range(x.rank))
    step.need(len(given) == len(axes), f"has {counted(len(given), 'size')} for {counted(len(axes), 'axis')}")
    full: list[Size] = list(x.shape)
    for axis, size in zip(axes, given, strict=True):
        full[axis] = size if axis > 1 else full[axis]
    return full[2:]


def _sizes(step: Step, x: Computed) -> list[int] | None:
    wanted = _wanted(step, x)
    return [size for size in wanted if isinstance(size, int)] if wanted is not None else None


def _mode(step: Step, rank: int, factors: list[float]) -> dict[str, Literal]:
    """PyTorch's mode and align_corners. Raises ImportProblem where its coordinates differ."""
    mode = step.text("mode", "nearest")
    old = step.version < 11
    where = "asymmetric" if old else step.text("coordinate_transformation_mode", "half_pixel")
    step.need(not step.integer("antialias", 0), "resizes with antialiasing")
    if mode == "nearest":
        step.without_effect("cubic_coeff_a", "exclude_outside")
        return {"mode": _nearest(step, where, factors, old)}
    step.without_effect("nearest_mode")
    halves = where in ("half_pixel", "pytorch_half_pixel")
    step.need(halves or where == "align_corners" or (set(factors) == {1.0}),
              f"interpolates at {where} coordinates, which PyTorch does not")  # fmt: skip
    step.need(not step.integer("exclude_outside", 0), "leaves out what lies outside of its input")
    if mode == "linear":
        step.without_effect("cubic_coeff_a")
        return {"mode": _LINEAR[rank], "align_corners": where == "align_corners"}
    step.need(mode == "cubic" and rank == 2, f"resizes in the mode {mode[:40]} over {counted(rank, 'axis')}")
    step.need(step.number("cubic_coeff_a", -0.75) == -0.75, "resizes by another cubic than PyTorch's")
    return {"mode": "bicubic", "align_corners": where == "align_corners"}


def _nearest(step: Step, where: str, factors: list[float], old: bool) -> str:
    """PyTorch's nearest cuts off i / scale; its nearest-exact rounds (i + 0.5) / scale − 0.5, halves up."""
    rounds = "floor" if old else step.text("nearest_mode", "round_prefer_floor")
    whole = bool(factors) and all(factor.is_integer() for factor in factors)
    if where == "asymmetric" and rounds == "floor":
        return "nearest"
    if where in ("half_pixel", "pytorch_half_pixel") and rounds in ("round_prefer_floor", "round_prefer_ceil"):
        if whole:
            return "nearest"
        if rounds == "round_prefer_ceil":
            return "nearest-exact"
    raise step.problem(f"takes the nearest pixel of {where} coordinates by {rounds}, which PyTorch does not")
