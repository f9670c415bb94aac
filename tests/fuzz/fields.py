"""Random networks, and whether what is said of their receptive fields is the support of the gradient.

    python tests/fuzz/fields.py --count 500 --seed 1

All weights are positive and all ops smooth, so that what a unit depends on has a gradient. `judge` says what is wrong: a field that
is a number and not the window of units inside, a support beyond the bounds, a `--unit` that is not exactly the support along each
axis. Nothing is. What is not followed is counted, by its reason. `tests/facts/test_random_fields.py` runs some.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from archspec.backends.torch import generate
from archspec.checking import Result, check
from archspec.facts import seen
from archspec.facts.model import AxisField, Facts, Unknown, Whole
from archspec.ops import patches, reading, resample
from archspec.ops.intervals import collected, each, moved
from archspec.ops.reading import Lost, along
from archspec.running.build import build

UNITS = 8
"""Units of each network that are held against laws; three of them against what `--unit` says."""
FAR = 10_000
"""Positions that an axis is made longer by, on both sides, to see what its ends cut off."""
ZERO = 1e-13
"""Of the largest gradient: rounding where exact arithmetic has none."""
MOST = 40
"""Positions along an axis that a layer may have."""
Layer = dict[str, Any]


@dataclass
class Net:
    """A network that grows: its layers, the last one, and the sizes of what that gives."""

    rank: int
    layers: dict[str, Layer] = field(default_factory=dict)
    last: str = "input"
    sizes: tuple[int, ...] = ()
    side: int = 0

    @property
    def document(self) -> dict[str, Any]:
        return {"archspec": 1, "name": "Net", "input": [2, *(self.side,) * self.rank], "layers": self.layers}

    def check(self) -> Result:
        return check("net.json", json.dumps(self.document).encode())

    def put(self, added: dict[str, Layer], last: str) -> bool:
        """Adds layers, unless they do not fit or give too much."""
        before = dict(self.layers)
        self.layers.update(added)
        result = self.check()
        if result.ok and result.facts is not None:
            tensor = result.facts.of(result.facts.graph.layers[-1]).output
            sizes = tuple(int(str(size)) for size in tensor.shape[1:]) if tensor is not None else ()
            if len(sizes) == self.rank + 1 and max(sizes[1:]) <= MOST and sizes[0] <= 24:
                self.last, self.sizes = last, sizes
                return True
        self.layers = before
        return False


def _conv(pick: random.Random, net: Net, out: int | None = None, same: bool = False) -> Layer:
    channels = net.sizes[0]
    kernel, dilation = pick.randint(1, 3), pick.randint(1, 2)
    if same:
        kernel = pick.choice((1, 3))
        padding = dilation * (kernel - 1) // 2
    else:
        padding = pick.randint(0, 2)
    groups = pick.choice((1, 1, 1, channels, 2 if channels % 2 == 0 else 1))
    made: Layer = {"type": f"Conv{net.rank}d", "out_channels": out or groups * pick.randint(1, 2), "kernel_size": kernel, "dilation": dilation,
                   "padding": padding, "stride": 1 if same else pick.randint(1, 2), "groups": 1 if out else groups, "bias": False}  # fmt: skip
    if padding and pick.random() < 0.1:
        made["padding_mode"] = pick.choice(("reflect", "replicate", "circular"))
    return made


def _transposed(pick: random.Random, net: Net) -> Layer:
    return {"type": f"ConvTranspose{net.rank}d", "out_channels": 2, "kernel_size": pick.randint(1, 4), "stride": pick.randint(1, 3),
            "padding": pick.randint(0, 1), "dilation": pick.randint(1, 2), "bias": False}  # fmt: skip


def _upsample(pick: random.Random, net: Net) -> Layer:
    linear = {1: "linear", 2: "bilinear"}[net.rank]
    mode = pick.choice(
        ("nearest", "nearest", linear, linear, *(("bicubic",) if net.rank == 2 else ()), "nearest-exact")
    )
    made: Layer = {"type": "Upsample", "mode": mode}
    if pick.random() < 0.6:
        made["scale_factor"] = pick.choice((2, 2, 3, 1.5, 0.5))
    else:
        made["size"] = [max(1, size + pick.randint(-3, 8)) for size in net.sizes[1:]]
    if mode in (linear, "bicubic") and pick.random() < 0.3:
        made["align_corners"] = True
    return made


def _interpolate(pick: random.Random, net: Net) -> Layer:
    if net.rank == 2 and pick.random() < 0.6:
        return {"type": "Interpolate", "mode": pick.choice(("bilinear", "bicubic")), "antialias": True,
                "size": [max(1, int(size * pick.choice((0.5, 0.75, 1.5)))) for size in net.sizes[1:]]}  # fmt: skip
    return {"type": "Interpolate", "mode": "area", "size": [pick.randint(1, size + 2) for size in net.sizes[1:]]}


def _pad(pick: random.Random, net: Net) -> Layer:
    sides = [pick.randint(-1, 3) for _ in range(2 * net.rank)]
    if pick.random() < 0.6:
        return {"type": f"ZeroPad{net.rank}d", "padding": sides}
    if pick.random() < 0.5:
        return {
            "type": "Pad",
            "padding": [max(0, side) for side in sides],
            "mode": pick.choice(("reflect", "replicate", "circular")),
        }
    return {
        "type": f"{pick.choice(('Reflection', 'Replication', 'Circular'))}Pad{net.rank}d",
        "padding": [max(0, side) for side in sides],
    }


def _slice(pick: random.Random, net: Net) -> Layer:
    axis = pick.randint(0, net.rank)
    size = net.sizes[axis]
    start = pick.randint(0, size // 2)
    stop = pick.choice((None, pick.randint(start + 1, size)))
    return {"type": "Slice", "dim": 1 + axis, "start": start, "stop": stop, "step": pick.randint(1, 2)}


def _spatial(pick: random.Random, net: Net) -> int:
    return pick.randint(2, net.rank + 1)


def _chunk(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    kind = pick.choice(("Chunk", "Split"))
    dim = pick.randint(1, net.rank + 1)
    cut = {"chunks": 2} if kind == "Chunk" else {"split_size": max(1, net.sizes[dim - 1] // 2)}
    port = pick.choice("01")
    return {
        f"{name}_parts": {"type": kind, "dim": dim, **cut, "from": net.last},
        name: {"type": "Identity", "from": f"{name}_parts.{port}"},
    }


def _positive(name: str, source: str) -> dict[str, Layer]:
    """Values from 0.5 to 0.75, padding as well: no factor of 0, and nothing so large that a softmax sees one position alone."""
    return {f"{name}s": {"type": "Softsign", "from": source}, name: {"type": "Sigmoid", "from": f"{name}s"}}


def _gated(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    return {**_positive(f"{name}_v", net.last), name: {"type": "GLU", "dim": pick.randint(1, net.rank + 1)}}


def _branches(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    left, right = ({**_conv(pick, net, net.sizes[0], same=True), "from": net.last} for _ in range(2))
    source = pick.choice((f"{name}_l", net.last))
    found: dict[str, Layer] = {f"{name}_l": left}
    kind = pick.choice(("Add", "Mul", "Cat", "Cat", "CatSpatial", "Stack", "Sub"))
    if pick.random() < 0.3 and kind != "Sub":
        found[f"{name}_r"] = {"type": "Identity", "from": source}
    elif pick.random() < 0.2 and source == net.last:  # another stride
        found[f"{name}_l"] = {**left, "stride": 2}
        cuts = {f"{name}_c{axis}": {"type": "Slice", "dim": 2 + axis, "stop": (net.sizes[1 + axis] + 1) // 2,
                                    "from": net.last if axis == 0 else f"{name}_c{axis - 1}"} for axis in range(net.rank)}  # fmt: skip
        return {**found, **cuts, name: {"type": "Add", "from": [f"{name}_l", f"{name}_c{net.rank - 1}"]}}
    else:
        found[f"{name}_r"] = {**right, "from": source}
    both = [f"{name}_l", f"{name}_r"]
    if kind == "Stack":
        dim = pick.randint(1, net.rank + 2)
        return {**found, f"{name}_s": {"type": "Stack", "dim": dim, "from": both},
                name: {"type": "Select", "dim": dim, "index": pick.randint(-1, 1)}}  # fmt: skip
    if kind == "Mul":  # a factor of nothing but padding would hide the other
        found |= {**_positive(f"{name}_v", both[0]), **_positive(f"{name}_w", both[1])}
        both = [f"{name}_v", f"{name}_w"]
    joined: Layer = {"type": kind.removesuffix("Spatial"), "from": both}
    if kind.startswith("Cat"):
        joined["dim"] = 1 if kind == "Cat" else _spatial(pick, net)
    return {**found, name: joined}


def _context(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    """A mean along some axes, added to everything."""
    dims = pick.sample(range(2, net.rank + 2), pick.randint(1, net.rank))
    return {f"{name}_m": {"type": "Mean", "dim": dims, "keepdim": True, "from": net.last},
            name: {"type": "Add", "from": [net.last, f"{name}_m"]}}  # fmt: skip


def _attention(pick: random.Random, net: Net, name: str) -> dict[str, Layer] | None:
    """Tokens of all positions, dense or causal; or of windows."""
    channels, *sides = net.sizes
    if _product(sides) > 150:
        return None
    found = _positive(f"{name}_v", net.last)
    half = [2 if side % 2 == 0 else 3 if side % 3 == 0 else 1 for side in sides]
    kind = pick.choice(("dense", "causal", "local", "banded", "module"))
    if kind == "local" and _product(half) > 1:
        cut = [size for side, part in zip(sides, half, strict=True) for size in (side // part, part)]
        found[f"{name}_g"] = {"type": "Reshape", "shape": [channels, *cut]}
        outer, inner = list(range(2, 2 + 2 * net.rank, 2)), list(range(3, 3 + 2 * net.rank, 2))
        found[f"{name}_o"] = {"type": "Permute", "dims": [0, *outer, *inner, 1]}
        count = _product(sides) // _product(half)
        found[f"{name}_t"] = {"type": "Reshape", "shape": [count, _product(half), channels]}
        found[f"{name}_a"] = {"type": "ScaledDotProductAttention", "from": [f"{name}_t"] * 3}
        found[f"{name}_b"] = {
            "type": "Reshape",
            "shape": [*(side // part for side, part in zip(sides, half, strict=True)), *half, channels],
        }
        order = [0, 1 + 2 * net.rank, *(axis for i in range(net.rank) for axis in (1 + i, 1 + net.rank + i))]
        found[f"{name}_p"] = {"type": "Permute", "dims": order}
        found[name] = {"type": "Reshape", "shape": [channels, *sides]}
        return found
    if net.rank == 2:
        found[f"{name}_f"] = {"type": "Flatten", "start_dim": 2}
    found[f"{name}_t"] = {"type": "Transpose", "dim0": 1, "dim1": 2}
    if kind == "module":
        found[f"{name}_a"] = {"type": "MultiheadAttention", "num_heads": 1, "batch_first": True, "need_weights": False}
    else:
        found[f"{name}_a"] = {
            "type": "ScaledDotProductAttention",
            "from": [f"{name}_t"] * 3,
            "is_causal": kind == "causal",
        }
        if kind == "banded":
            count, width = _product(sides), pick.randint(0, 3)
            near = [[abs(i - j) <= width for j in range(count)] for i in range(count)]
            mask = near if pick.random() < 0.5 else [[0.0 if cell else "-inf" for cell in row] for row in near]
            found[f"{name}_a"]["from"].append(f"{name}_m")
            found[f"{name}_m"] = {"type": "Constant", "value": mask}
            found[f"{name}_a"] = found.pop(f"{name}_a")
    found[f"{name}_u"] = {"type": "Transpose", "dim0": 1, "dim1": 2}
    found[name] = {"type": "Unflatten", "dim": 2, "unflattened_size": sides} if net.rank == 2 else {"type": "Identity"}
    return found


def _recurrent(pick: random.Random, net: Net, name: str) -> dict[str, Layer] | None:
    if net.rank == 2 or net.sizes[1] > 16:
        return None
    kind = pick.choice(("GRU", "LSTM", "RNN"))
    return {f"{name}_t": {"type": "Transpose", "dim0": 1, "dim1": 2, "from": net.last},
            f"{name}_r": {"type": kind, "hidden_size": 2, "batch_first": True, "bidirectional": pick.random() < 0.4},
            name: {"type": "Transpose", "dim0": 1, "dim1": 2, "from": f"{name}_r.output"}}  # fmt: skip


def _unfolded(pick: random.Random, net: Net, name: str) -> dict[str, Layer] | None:
    """Windows as columns, and put back."""
    if net.rank == 1 or net.sizes[0] > 3:
        return None
    kernel, stride, padding = pick.randint(1, 3), pick.randint(1, 2), pick.randint(0, 1)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": pick.randint(1, 2)}
    return {f"{name}_w": {"type": "Unfold", **options, "from": net.last},
            name: {"type": "Fold", **options, "output_size": list(net.sizes[1:])}}  # fmt: skip


def _windows(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    dim, size = _spatial(pick, net), pick.randint(1, 3)
    return {f"{name}_w": {"type": "UnfoldDim", "dimension": dim, "size": size, "step": pick.randint(1, 2), "from": net.last},
            name: {"type": "Select", "dim": -1, "index": pick.randint(0, size - 1)} if pick.random() < 0.5
            else {"type": "Mean", "dim": -1}}  # fmt: skip


def _reshaped(pick: random.Random, net: Net, name: str) -> dict[str, Layer]:
    """The same numbers with other sides."""
    sides = list(net.sizes)
    i, j = pick.sample(range(len(sides)), 2)
    for factor in (2, 3):
        if sides[i] % factor == 0:
            sides[i], sides[j] = sides[i] // factor, sides[j] * factor
            break
    return {name: {"type": "Reshape", "shape": sides, "from": net.last}}


ONE: tuple[Callable[[random.Random, Net], Layer], ...] = (
    _conv, _conv, _conv, _transposed, _transposed, _upsample, _upsample, _interpolate, _pad, _slice,
    lambda pick, net: {"type": f"AvgPool{net.rank}d", "kernel_size": pick.randint(1, 3), "stride": pick.randint(1, 3)},
    lambda pick, net: {"type": f"AdaptiveAvgPool{net.rank}d", "output_size": [pick.randint(1, size) for size in net.sizes[1:]]},
    lambda pick, net: {"type": "Flip", "dims": _spatial(pick, net)},
    lambda pick, net: {"type": "Roll", "shifts": pick.randint(-3, 3), "dims": _spatial(pick, net)},
    lambda pick, net: {"type": "RepeatInterleave", "repeats": 2, "dim": _spatial(pick, net)},
    lambda pick, net: {"type": "Repeat", "repeats": [1, 1, *(pick.randint(1, 2) for _ in range(net.rank))]},
    lambda pick, net: {"type": "Linear", "out_features": pick.randint(2, 8)},
    lambda pick, net: {"type": "Softsign"},
    lambda pick, net: {"type": "Transpose", "dim0": 2, "dim1": net.rank + 1},
    lambda pick, net: {"type": "ChannelShuffle", "groups": 2},
    lambda pick, net: {"type": "PixelShuffle", "upscale_factor": 2},
    lambda pick, net: {"type": "PixelUnshuffle", "downscale_factor": 2},
    lambda pick, net: {"type": "Cumsum", "dim": _spatial(pick, net)},
)  # fmt: skip
SEVERAL: tuple[Callable[[random.Random, Net, str], dict[str, Layer] | None], ...] = (
    _chunk, _branches, _branches, _branches, _context, _attention, _attention, _recurrent, _gated, _unfolded, _windows, _reshaped,
)  # fmt: skip


def network(seed: int) -> Net:
    """A network of some layers, of which each fits."""
    pick = random.Random(seed)
    rank = pick.choice((1, 2))
    net = Net(rank, side=pick.randint(20, 36) if rank == 1 else pick.randint(10, 18))
    net.sizes = (2, *(net.side,) * rank)
    wanted = pick.randint(1, 6)
    for i in range(3 * wanted):
        name = f"a{i}"
        if pick.random() < 0.62:
            added: dict[str, Layer] | None = {name: {**pick.choice(ONE)(pick, net), "from": net.last}}
        else:
            added = pick.choice(SEVERAL)(pick, net, name)
        wanted -= added is not None and net.put(added, name)
        if not wanted:
            break
    return net


def _product(sizes: list[int]) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


# The oracle -------------------------------------------------------------------------------------------------------------


def _range(name: str, parameter: torch.Tensor) -> tuple[float, float]:
    """Weights for which no function saturates: gradients go through many layers, and through all steps of a recurrent one."""
    if "weight_hh" in name:
        return 0.3, 0.5
    if "_ih" in name or "_hh" in name:
        return 0.01, 0.03
    fan = max(1, parameter[0].numel() if parameter.dim() > 1 else 1)
    return 0.5 / fan, 1.5 / fan


def supports(net: Net, facts: Facts, units: list[tuple[int, ...]]) -> list[list[set[int]]]:
    """For each unit, the positions along each axis of the input that it has a gradient for."""
    torch.manual_seed(0)
    model = build(generate(facts).text, "Net").double().eval()
    for name, parameter in model.named_parameters():
        low, high = _range(name, parameter)
        torch.nn.init.uniform_(parameter, low, high)
    x = torch.rand(1, 2, *(net.side,) * net.rank, dtype=torch.float64).add(0.5).requires_grad_()
    y = model(x)
    weights = torch.rand(y.shape[1], dtype=torch.float64) + 0.5
    found = []
    for unit in units:
        (grad,) = torch.autograd.grad((y[(0, slice(None), *unit)] * weights).sum(), x, retain_graph=True)
        seen_at = grad[0].abs().sum(0)
        is_seen = seen_at > ZERO * seen_at.max()
        axes = [set(is_seen.any(dim=tuple(j for j in range(net.rank) if j != i)).nonzero().flatten().tolist()) if net.rank > 1
                else set(is_seen.nonzero().flatten().tolist()) for i in range(net.rank)]  # fmt: skip
        found.append(axes)
    return found


class Edges:
    """Whether a unit was cut off at an edge on its way: only then may it see less than its law."""

    CUTS = ("clipped", "clamped", "windows")
    MODULES = (reading, resample, patches)

    def __init__(self) -> None:
        self.is_met = False
        self._own = {
            (module, name): getattr(module, name)
            for module in self.MODULES
            for name in self.CUTS
            if hasattr(module, name)
        }

    def __enter__(self) -> Edges:
        for (module, name), cut in self._own.items():
            setattr(module, name, self._watched(cut))
        return self

    def __exit__(self, *_: object) -> None:
        for (module, name), cut in self._own.items():
            setattr(module, name, cut)

    def _watched(self, cut: Callable[..., Any]) -> Callable[..., Any]:
        def cutting(positions: Any, *rest: Any) -> Any:
            found = cut(positions, *rest)
            if len(rest) == 1:
                self.is_met |= found != positions
            else:
                step, size = rest
                self.is_met |= found != moved(
                    cut(positions, step._replace(padding=step.padding - FAR), size + 2 * FAR), -FAR
                )
            return found

        return cutting


@dataclass
class Judged:
    """What is wrong, and what was said of how much."""

    wrong: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)


def judge(net: Net, seed: int) -> Judged:
    """Holds what is said of the last layer against the support of the gradient."""
    judged = Judged()
    result = net.check()
    assert result.facts is not None
    if not net.layers:
        return judged
    facts = result.facts
    last = facts.graph.layers[-1]
    pick = random.Random(seed)
    sides = net.sizes[1:]
    units = [
        tuple(side // 2 for side in sides),
        *(tuple(pick.randrange(side) for side in sides) for _ in range(UNITS - 1)),
    ]
    true = supports(net, facts, units)
    laws, followed = facts.of(last).field, facts.of(last).field_axes
    for i, (unit, axes) in enumerate(zip(units, true, strict=True)):
        with Edges() as edges:
            found = _unit(facts, last, unit, judged if i < 3 else Judged())
        if found is not None and i < 3:
            for axis, (own, expected) in enumerate(zip(found, axes, strict=True)):
                if own is not None and own != expected:
                    judged.wrong.append(f"unit {unit} axis {axis}: says {sorted(own)}, sees {sorted(expected)}")
        for axis, expected in enumerate(axes):
            if laws is None or followed is None or not expected:
                continue
            along_ = followed[axis]
            place = unit[along_ - 2] if along_ is not None and along_ >= 2 else None
            problem = _law(laws[axis], place, expected, net.side, found is not None and not edges.is_met)
            if problem:
                judged.wrong.append(f"unit {unit} axis {axis}: {problem}: sees {sorted(expected)}")
    for law in laws or ():
        judged.said[_kind(law)] += 1
    if laws is None:
        judged.said[f"no field: {facts.of(last).field_unknown}"] += 1
    return judged


def _unit(facts: Facts, last: Any, unit: tuple[int, ...], judged: Judged) -> list[set[int] | None] | None:
    """What `--unit` says along each axis; None of an axis that is lost."""
    try:
        view = seen.seen_by(facts, last, unit)
    except seen.NotFollowed as error:
        judged.said[f"unit not followed: {str(error).partition(' it ')[2]}"] += 1
        return None
    boxes = next(iter(view.of.values()), None)
    rank = len(facts.of(facts.graph.inputs[0]).output.shape) - 2  # type: ignore[union-attr]
    if view.at_most:
        judged.said[f"unit at most: {view.at_most}"] += 1
        return None
    if boxes is None:
        judged.said["unit sees padding alone"] += 1
        return [set() for _ in range(rank)]
    found: list[set[int] | None] = []
    for axis in range(rank):
        own = along(boxes, 2 + axis)
        judged.said[f"unit lost: {own.why}" if isinstance(own, Lost) else "unit exact"] += 1
        found.append(None if isinstance(own, Lost) else set(each(own)))
    return found


def _kind(law: Any) -> str:
    if isinstance(law, Unknown):
        bounds = (
            "bounds"
            if getattr(law, "at_most", None) is not None
            else "at least"
            if getattr(law, "at_least", None)
            else "nothing"
        )
        return f"field ? with {bounds}: {law.why}"
    return f"field {type(law).__name__}"


def _law(law: Any, position: int | None, true: set[int], side: int, is_inside: bool) -> str:
    """What is wrong of a law, for one unit's support along one axis."""
    hull = max(true) - min(true) + 1
    if isinstance(law, Whole):
        return "" if true == set(range(side)) or not is_inside else "is not all"
    repeated = getattr(law, "law", None)
    if repeated is not None and position is not None:
        own = repeated.at(position)
        if not own or min(true) < own[0][0] or max(true) > own[-1][1]:
            return f"within {own}"
        if is_inside and repeated.is_exact and collected(true) != own:
            return f"is {own}"
    if isinstance(law, Unknown):
        most, least = getattr(law, "at_most", None), getattr(law, "at_least", None)
        if most is not None and hull > most:
            return f"at most {most}"
        return f"at least {least}" if is_inside and least is not None and hull < least else ""
    if not isinstance(law, AxisField):
        return f"size {law.size}" if hull > law.size or (is_inside and hull != law.size) else ""
    if position is None and law.stride is not None:
        return ""
    first = (position or 0) * (law.stride or 0) - law.padding
    if min(true) < first or max(true) > first + law.size - 1:
        return f"within {first} to {first + law.size - 1}"
    if not is_inside:
        return ""
    if hull != law.size:
        return f"size {law.size}"
    gaps = getattr(law, "has_gaps", None)
    return "" if gaps is None or gaps == (len(true) < hull) else f"has_gaps {gaps}"


def main() -> int:
    """Prints what is wrong, and how much was said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    said: Counter[str] = Counter()
    wrong = 0
    torch.set_num_threads(1)
    for seed in range(options.seed * 1_000_000, options.seed * 1_000_000 + options.count):
        net = network(seed)
        judged = judge(net, seed)
        said += judged.said
        wrong += bool(judged.wrong)
        for problem in judged.wrong[:2]:
            print(f"seed {seed}: {problem}\n  {json.dumps(net.document)}", file=sys.stderr)
    for kind, count in sorted(said.items(), key=lambda item: -item[1]):
        print(f"{count:6}  {kind}")
    print(f"{options.count} networks, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
