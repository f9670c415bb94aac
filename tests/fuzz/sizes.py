"""Random networks over symbolic sizes beside PyTorch: each size is accepted or refused as PyTorch does, and no expression is wrong.

    python tests/fuzz/sizes.py --count 2000 --seed 1

A network is a plan: layers by the names that both sides have. archspec follows it once, for symbols; PyTorch runs it on the
meta device for each size. A pair is one network at one size. What PyTorch accepts only because it spreads an axis of 1 over
another, or cuts a slice short, is counted apart: conditions say where symbolic shapes fit as they are.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from typing import Any, NamedTuple

import torch
from torch import nn

from archspec.checking import Result, check
from archspec.conditions.solve import holds
from archspec.dims import BATCH, evaluate, parts_of_largest

PEAKS = ("peak_activation_bytes", "module_peak_activation_bytes")
TOTALS = ("params", "macs", "flops", "elementwise", "param_bytes", "activation_bytes", *PEAKS)
BATCH_SIZE = 5
"""A number of samples that no other size is."""


class Layer(NamedTuple):
    """A layer of a plan."""

    type: str
    arguments: dict[str, Any]
    sources: list[int]
    """The layers that it reads; 0 is the input."""


Plan = list[Layer]


def plan(pick: random.Random, axes: int) -> Plan:
    """A random network over an image (2 axes) or a signal (1)."""
    channels = {0: 4}
    found: Plan = []
    last = 0
    for _ in range(pick.randint(2, 9)):
        for layer in _layers(pick, axes, channels[last], last, channels, found):
            found.append(layer)
            last = len(found)
            channels[last] = _channels(layer, channels)
    if pick.random() < 0.4:
        found.append(Layer("Flatten", {}, [last]))
        found.append(Layer("Linear", {"in_features": 0, "out_features": 3}, [len(found)]))
    return found


def _layers(
    pick: random.Random, axes: int, width: int, last: int, channels: dict[int, int], found: Plan
) -> list[Layer]:
    """One layer; or two, by which the last axis is cut into windows or all places are put into the shape of another tensor."""
    others = [
        index
        for index, number in channels.items()
        if number == width and index != last and found[index - 1].type not in ("Unflatten", "Flatten")
    ]
    draw = pick.random()
    if draw < 0.06:
        cut = Layer("Unflatten", {"dim": axes + 1, "unflattened_size": [-1, pick.choice([2, 3, 4])]}, [last])
        return [cut, Layer("Flatten", {"start_dim": axes + 1}, [last + 1])]
    if draw < 0.1 and others:
        return [Layer("Flatten", {"start_dim": 2}, [last]), Layer("ReshapeAs", {}, [last + 1, pick.choice(others)])]
    if draw < 0.16 and others:
        return [Layer("CropLike", {}, pick.choice([[last, pick.choice(others)], [pick.choice(others), last]]))]
    return [_layer(pick, axes, width, last, channels)]


def _layer(pick: random.Random, axes: int, width: int, last: int, channels: dict[int, int]) -> Layer:
    kind = pick.choice(["Conv", "Conv", "Conv", "MaxPool", "MaxPool", "AvgPool", "ConvTranspose", "Upsample", "ZeroPad", "ReLU", "Add", "Cat",
                        "AdaptiveAvgPool", "Crop", "Slice"])  # fmt: skip
    if kind == "Conv":
        kernel = pick.choice([1, 2, 3, 3, 5])
        return Layer(f"Conv{axes}d", {"in_channels": width, "out_channels": pick.choice([4, 6]), "kernel_size": kernel, "stride": pick.choice([1, 1, 2, 3]),
                                      "padding": pick.choice([0, 0, 1, kernel // 2]), "dilation": pick.choice([1, 1, 2])}, [last])  # fmt: skip
    if kind in ("MaxPool", "AvgPool"):
        kernel = pick.choice([2, 3])
        return Layer(f"{kind}{axes}d", {"kernel_size": kernel, "stride": pick.choice([1, 2, 3]), "padding": pick.choice([0, 1]),
                                        "ceil_mode": pick.random() < 0.3}, [last])  # fmt: skip
    if kind == "ConvTranspose":
        stride = pick.choice([1, 2, 3])
        return Layer(f"ConvTranspose{axes}d", {"in_channels": width, "out_channels": 4, "kernel_size": pick.choice([2, 3, 4]), "stride": stride,
                                               "padding": pick.choice([0, 1]), "output_padding": pick.randrange(stride)}, [last])  # fmt: skip
    if kind == "Upsample":
        return Layer("Upsample", {"scale_factor": pick.choice([2, 3])}, [last])
    if kind == "ZeroPad":
        return Layer(f"ZeroPad{axes}d", {"padding": pick.choice([1, 2])}, [last])
    if kind == "AdaptiveAvgPool" and pick.random() < 0.4:
        return Layer(f"AdaptiveAvgPool{axes}d", {"output_size": pick.choice([1, 3])}, [last])
    if kind in ("Add", "Cat"):
        others = [index for index, number in channels.items() if number == width and index != last]
        if others:
            other = pick.choice(others)
            return (
                Layer("Add", {}, [last, other])
                if kind == "Add"
                else Layer("Cat", {"dim": pick.choice([1, axes + 1])}, [last, other])
            )
    if kind == "Slice":
        return Layer(
            "Slice", {"dim": axes + 1, "start": pick.choice([0, 1, 2]), "stop": pick.choice([3, 6, -1])}, [last]
        )
    return Layer("ReLU", {}, [last])


def _channels(layer: Layer, channels: dict[int, int]) -> int:
    if layer.type == "Cat" and layer.arguments["dim"] == 1:
        return sum(channels[source] for source in layer.sources)
    return int(layer.arguments.get("out_channels", channels[layer.sources[0]]))


def run(network: Plan, sizes: tuple[int, ...], is_strict: bool) -> list[tuple[int, ...]] | None:
    """The shapes of all layers by PyTorch, the input's first; None where it refuses. `is_strict`: nothing is spread or cut short."""
    shapes = [torch.empty(BATCH_SIZE, 4, *sizes, device="meta")]
    try:
        for layer in network:
            read = [shapes[source] for source in layer.sources]
            if any(0 in tensor.shape for tensor in read):
                return None  # PyTorch goes on with empty tensors; nobody means them
            if layer.type == "Add":
                if is_strict and read[0].shape != read[1].shape:
                    return None
                shapes.append(read[0] + read[1])
            elif layer.type == "Cat":
                shapes.append(torch.cat(read, layer.arguments["dim"]))
            elif layer.type == "CropLike":
                shapes.append(_cropped(*read))
            elif layer.type == "ReshapeAs":
                shapes.append(read[0].reshape_as(read[1]))
            elif layer.type == "Slice":
                shapes.append(_sliced(read[0], is_strict, **layer.arguments))
            else:
                shapes.append(getattr(nn, layer.type)(**layer.arguments, device="meta")(read[0]) if _has_weights(layer)
                              else getattr(nn, layer.type)(**layer.arguments)(read[0]))  # fmt: skip
    except (RuntimeError, ValueError, IndexError):
        return None
    if any(0 in tensor.shape for tensor in shapes):
        return None
    return [tuple(tensor.shape) for tensor in shapes]


def _has_weights(layer: Layer) -> bool:
    return layer.type.startswith("Conv") or layer.type == "Linear"


def _cropped(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The middle of a tensor, as PyTorch narrows it."""
    for axis in range(2, x.dim()):
        x = x.narrow(axis, (x.shape[axis] - like.shape[axis]) // 2, like.shape[axis])
    return x


def _sliced(x: torch.Tensor, is_strict: bool, dim: int, start: int, stop: int) -> torch.Tensor:
    """A slice as Python makes it; `is_strict`: with as many positions as are written. Never an empty one."""
    size = x.shape[dim]
    stop = stop if stop >= 0 else size + stop
    if (is_strict and stop > size) or start >= min(stop, size):
        raise IndexError
    return x.narrow(dim, start, min(stop, size) - start)


def document(network: Plan, axes: int, sizes: list[Any]) -> bytes:
    """The network as a spec."""
    names = ["input", *(f"l{i}" for i in range(1, len(network) + 1))]
    layers = {}
    for name, layer in zip(names[1:], network, strict=True):
        arguments = dict(layer.arguments)
        layers[name] = {"type": layer.type, **arguments, "from": [names[source] for source in layer.sources]}
    return json.dumps({"archspec": 1, "name": "Net", "input": [4, *sizes], "layers": layers}).encode()


def accepts(result: Result, numbers: dict[str, int]) -> bool:
    """Whether all conditions hold."""
    assert result.facts is not None
    return all(holds(need.statement, numbers) for need in result.facts.needs)


def said(result: Result, numbers: dict[str, int]) -> bool:
    """Whether the solution, as it is told, has these numbers."""
    assert result.facts is not None
    solution = result.facts.solution
    if solution is None:
        return True
    fits = all(
        any(all(numbers[name] in sizes for name, sizes in box.items()) for box in group) for group in solution.groups
    )
    ties = all(numbers[name] == evaluate(size, numbers) for name, size in solution.ties.items())
    return fits and ties and all(holds(one, numbers) for one in solution.open)


def trial(seed: int, counts: Counter[str]) -> list[str]:
    """One network at several sizes; what is wrong, in words."""
    pick = random.Random(seed)
    axes = pick.choice([1, 2, 2])
    network = plan(pick, axes)
    names = ["H", "W"][:axes]
    around = [pick.randint(6, 60) for _ in names]
    if network[-1].type == "Linear":
        shapes = run(network[:-1], tuple(around), is_strict=True)
        features = shapes[-1][-1] if shapes is not None else 12
        network[-1].arguments["in_features"] = features
    result = check("net.json", document(network, axes, names))
    symbolic = result.ok and result.facts is not None
    counts["networks"] += 1
    counts["followed"] += symbolic
    if symbolic and result.facts is not None:
        counts["peaks unknown"] += sum(getattr(result.facts.totals, key) is None for key in PEAKS)
        counts["largest of several"] += sum(
            len(parts_of_largest(getattr(result.facts.totals, key) or 0)) > 1 for key in PEAKS
        )
    wrong = []
    for _ in range(4):
        sizes = tuple(
            max(1, size + pick.choice([0, 1, -1, pick.randint(-9, 9), pick.randint(-50, 50)])) for size in around
        )
        numbers = {**dict(zip(names, sizes, strict=True)), BATCH: BATCH_SIZE}
        true = run(network, sizes, is_strict=True)
        counts["pairs"] += 1
        counts["accepted"] += true is not None
        here = f"seed {seed}, {sizes}: {document(network, axes, names).decode()}"
        loose = run(network, sizes, is_strict=False)
        counts["spread or cut short"] += true is None and loose is not None
        concrete = check("net.json", document(network, axes, list(sizes)))
        if (loose is not None) != concrete.ok:
            wrong.append(
                f"refused at numbers: {here}: {[d.message for d in concrete.diagnostics if d.severity == 'error']}"
            )
        if not symbolic:
            if true is not None and not any(d.code == "E0308" for d in result.diagnostics):
                wrong.append(
                    f"refused for symbols: {here}: {[d.message for d in result.diagnostics if d.severity == 'error']}"
                )
            continue
        answers = accepts(result, numbers), said(result, numbers)
        if answers[0] != answers[1] or answers[0] not in (true is not None, loose is not None):
            wrong.append(f"conditions and solution say {answers}: {here}")
        elif answers[0] and loose is not None:
            wrong += _wrong_figures(result, concrete, numbers, loose, here, counts)
    return wrong


def _wrong_figures(result: Result, concrete: Result, numbers: dict[str, int], true: list[tuple[int, ...]], here: str, counts: Counter[str]
                   ) -> list[str]:  # fmt: skip
    """Shapes against PyTorch's, counts against those of the spec with numbers."""
    assert result.facts is not None
    assert concrete.facts is not None
    found = []
    for node, other, shape in zip(result.facts.layers, concrete.facts.layers, true, strict=True):
        assert node.output is not None
        counts["evaluations"] += len(shape) + 3
        if tuple(evaluate(size, numbers) for size in node.output.shape) != shape:
            found.append(f"shape {node.output.shape} is not {shape}: {here}")
        for key in ("params", "macs", "elementwise"):
            size, number = getattr(node, key), getattr(other, key)
            if size is not None and evaluate(size, numbers) != number:
                found.append(f"{key} {size} is not {number}: {here}")
    for key in TOTALS:
        size, number = getattr(result.facts.totals, key), getattr(concrete.facts.totals, key)
        if size is not None and number is not None:
            counts["evaluations"] += 1
            counts["peaks"] += key in PEAKS
            if evaluate(size, numbers) != number:
                found.append(f"total {key} {size} is not {number}: {here}")
    return found


def main() -> int:
    """Prints what is wrong, and the counts; 1 where anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="pairs of a network and a size")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong = 0
    seed = options.seed * 10**6
    while counts["pairs"] < options.count:
        for text in trial(seed, counts):
            wrong += 1
            print(text)
        seed += 1
    print(", ".join(f"{number:,} {name}" for name, number in counts.items()) + f"; {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    raise SystemExit(main())
