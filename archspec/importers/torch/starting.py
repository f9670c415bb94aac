"""What parameters start at. Enters: a sketch, and the module's tensors. Leaves: `init` at its layers, and sentences.

A number, an identity matrix or an identity kernel is said as it is. A free parameter of other numbers starts at some like them:
drawn from a distribution with the mean and the standard deviation that were measured. Those of layers start as their type does.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

from archspec.importers.sketch import Layer, Literal, Sketch
from archspec.importers.torch.constants import MAX_DIGITS, number_throughout
from archspec.importers.torch.drawn import types_drawn_otherwise
from archspec.importers.torch.measuring import SURE, Measured, is_uniform, measure
from archspec.ops import registry
from archspec.words import counted, listed

_DIGITS = 2
_MOST_AXES = 5
"""Of an identity kernel."""
_NEAR_ONE = 0.1
_FAR = 0.5
"""Standard deviations from 0, from which on a mean is said."""
_GREAT = 10**6
"""From which on a number keeps its point."""
_MAX_NAMED = 3


def default_number(kind: str, name: str, keys: Mapping[str, Literal]) -> Literal:
    """The number that PyTorch starts this parameter of a layer at; None where it draws."""
    op = registry.find(kind)
    start = op.starts.get(name) if op is not None else None
    if op is None or not isinstance(start, str):
        return start
    default: Literal = op.model_fields[start].default
    return keys.get(start, default)


def note_starts(
    sketch: Sketch,
    parameters: Mapping[str, torch.Tensor],
    modules: Mapping[str, nn.Module],
    with_state: Mapping[str, Layer],
) -> list[str]:
    """Notes at each layer how its parameters start, and answers what is to be said of those that start otherwise than the
    module's did. `with_state` are the layers that stand at the paths of modules."""
    lost = [*_note_layers(sketch, modules, with_state)]
    drawn, frozen = _note_free(sketch, modules, parameters)
    free = (layer.path for layer in sketch.layers if layer.type == "Parameter")
    unknown = [path for path in free if not _is_finite(parameters[path])]
    sentences = {
        "start values of {} are drawn from the distributions that were measured; weights bring the real ones": drawn,
        "the frozen values of {} are not in the spec; load the model's weights": [*lost, *frozen],
        "start values of {} are infinite or no numbers in the model, and 0 in the spec": unknown,
    }
    said = [sentence.format(_named(keys)) for sentence, keys in sentences.items() if keys]
    otherwise = types_drawn_otherwise(sketch, modules, with_state)
    if otherwise:
        said.append(f"weights of {listed(otherwise)} start as PyTorch starts them, not as the model's do")
    return said


def _is_finite(tensor: torch.Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


# Layers --------------------------------------------------------------------------------------------------------------


def _note_layers(sketch: Sketch, modules: Mapping[str, nn.Module], with_state: Mapping[str, Layer]) -> Iterator[str]:
    """Answers the keys of frozen parameters whose numbers no initializer gives."""
    found: dict[tuple[str, str], list[tuple[Layer, Literal]]] = {}
    for layer in sketch.layers:
        if layer.use is not None or with_state.get(layer.path) is not layer:
            continue
        for name, tensor in modules[layer.path].named_parameters():
            if name in layer.tie:
                continue
            start = _exact(tensor)
            if start is None and not tensor.requires_grad:
                yield f"{layer.path}.{name}"
            if start == default_number(layer.type, name, layer.keys):
                start = None
            if layer.type == "PReLU":
                layer.keys.update({"init": start} if start is not None else {})
            else:
                found.setdefault((layer.type, name), []).append((layer, start))
    for (kind, name), starts in found.items():
        first = starts[0][1]
        if len(starts) > 1 and first is not None and all(start == first for _, start in starts):
            sketch.init.setdefault(kind, {})[name] = first
            continue
        for layer, start in starts:
            if start is not None:
                layer.keys["init"] = {**_inits(layer), name: start}


def _inits(layer: Layer) -> dict[str, Literal]:
    found = layer.keys.get("init")
    return found if isinstance(found, dict) else {}


def _exact(tensor: torch.Tensor) -> Literal:
    """What gives exactly these numbers; None where nothing does. A single number of many digits was drawn or trained."""
    tensor = tensor.detach()
    number = number_throughout(tensor)
    if number is not None:
        is_drawn = tensor.numel() == 1 and len(repr(number)) > MAX_DIGITS
        return None if is_drawn else int(number) if number.is_integer() and abs(number) < _GREAT else number
    if tensor.dim() < 2 or int(torch.count_nonzero(tensor)) != min(tensor.shape[:2]):
        return None
    if tensor.dim() == 2 and torch.equal(tensor, torch.eye(*tensor.shape, dtype=tensor.dtype)):
        return "eye"
    is_dirac = 3 <= tensor.dim() <= _MOST_AXES and torch.equal(tensor, nn.init.dirac_(torch.empty_like(tensor)))
    return "dirac" if is_dirac else None


# Free parameters -----------------------------------------------------------------------------------------------------


def _note_free(
    sketch: Sketch, modules: Mapping[str, nn.Module], parameters: Mapping[str, torch.Tensor]
) -> tuple[list[str], list[str]]:
    """Answers the keys of those that are drawn, and of those among them that are frozen."""
    drawn: list[str] = []
    frozen: list[str] = []
    kinds: dict[tuple[object, str], list[Layer]] = {}
    for layer in sketch.layers:
        tensor = parameters[layer.path].detach() if layer.type == "Parameter" else None
        if tensor is None or not tensor.numel() or not _is_finite(tensor):
            continue
        start = _exact(tensor)
        if isinstance(start, str):
            layer.keys["init"] = {"value": start}
        elif isinstance(start, (int, float)):
            layer.keys.update({"fill": float(start)} if start != 0 else {})
        else:
            path, _, name = layer.path.rpartition(".")
            kinds.setdefault((type(modules.get(path)), "" if name.isdigit() else name), []).append(layer)
    for layers in kinds.values():
        pools = _pooled([(layer, measure(parameters[layer.path].detach())) for layer in layers])
        form = _form([measured for _, measured in pools])
        for members, measured in pools:
            is_one = measured.low == measured.high
            start = number_throughout(parameters[members[0].path]) if is_one else _distribution(measured, form)
            for layer in members:
                if isinstance(start, float):
                    layer.keys["fill"] = start
                else:
                    layer.keys["init"] = {"value": start}
                    (drawn if parameters[layer.path].requires_grad else frozen).append(layer.path)
    order = {layer.path: number for number, layer in enumerate(sketch.layers)}
    return sorted(drawn, key=order.__getitem__), sorted(frozen, key=order.__getitem__)


def _pooled(found: Sequence[tuple[Layer, Measured]]) -> list[tuple[list[Layer], Measured]]:
    """Parameters of one kind whose numbers are alike start alike, so that their layers are one block."""
    pools: list[tuple[list[Layer], Measured]] = []
    firsts: list[Measured] = []
    for layer, measured in found:
        at = next((i for i, first in enumerate(firsts) if first.is_like(measured)), -1)
        if at < 0:
            pools.append(([layer], measured))
            firsts.append(measured)
        else:
            pools[at] = ([*pools[at][0], layer], pools[at][1].with_(measured))
    return pools


class _Form(NamedTuple):
    """What is written of a distribution: one for all parameters of a kind, so that their layers are one block."""

    is_uniform: bool
    has_mean: bool
    """Where the mean is a part of the deviation from 0 alone, as it is in any trained tensor, it is left out."""
    is_signed: bool
    """Numbers of one sign keep it: they may be under a root."""
    is_standard: bool
    """All have a mean of 0 and a deviation of 1."""


def _form(pools: Sequence[Measured]) -> _Form:
    is_signed = all(measured.low > 0 or measured.high < 0 for measured in pools)
    is_far = any(abs(measured.mean) > _FAR * measured.std for measured in pools)
    is_near = all(abs(measured.mean) < SURE * measured.std for measured in pools)
    has_mean = is_signed or is_far
    return _Form(
        all(map(is_uniform, pools)), has_mean, is_signed and is_near, not has_mean and all(map(_is_one, pools))
    )


def _is_one(measured: Measured) -> bool:
    """Whether the standard deviation is 1, as nearly as so many numbers tell."""
    return abs(measured.std - 1) <= min(_NEAR_ONE, SURE / math.sqrt(2 * measured.count))


def _distribution(measured: Measured, form: _Form) -> Literal:
    """The initializer, with figures of two digits of the deviation."""
    error = measured.std / math.sqrt(measured.count)
    mean = 0.0 if abs(measured.mean) <= SURE * error else measured.mean
    std = 1.0 if _is_one(measured) else measured.std
    if form.is_uniform:
        low, high = mean - math.sqrt(3) * std, mean + math.sqrt(3) * std
        low, high = max(low, 0.0) if measured.low >= 0 else low, min(high, 0.0) if measured.high <= 0 else high
        return {"uniform": {"a": _rounded(low, std), "b": _rounded(high, std)}}
    given: dict[str, Literal] = {"std": _rounded(std, std)}
    if form.has_mean:
        given = {"mean": _rounded(measured.mean, std), **given}
    if form.is_signed:
        return {"trunc_normal": {**given, "a": _short(measured.low), "b": _short(measured.high)}}
    return "normal" if form.is_standard else {"normal": given}


def _rounded(number: float, std: float) -> float:
    """As many places as the standard deviation has with two digits."""
    return round(number, _DIGITS - 1 - math.floor(math.log10(std))) + 0.0


def _short(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _named(keys: Collection[str]) -> str:
    """Parameters by the layer that they are in: `w1 and w2 of moe, and 14 more in 7 layers`."""
    places: dict[str, list[str]] = {}
    for key in keys:
        path, _, name = key.rpartition(".")
        places.setdefault(path, []).append(name)
    (path, names), *others = places.items()
    shown = names[:_MAX_NAMED]
    said = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    if path:
        said = f"{path}.{said}" if len(shown) == 1 else f"{said} of {path}"
    left = len(keys) - len(shown)
    where = f" in {counted(len(others), 'other place')}" if others else ""
    return f"{said}, and {counted(left, 'more parameter')}{where}" if left else said
