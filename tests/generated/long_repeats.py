"""Random networks with long repeats, for what a few of their steps must say of all."""

from __future__ import annotations

from random import Random
from typing import Any

SIDE = 12
_KEPT: list[dict[str, Any]] = [  # layers that keep the shape of an image
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 2, "dilation": 2},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": [1, 5], "padding": [0, 2]},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 1},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 2, "padding": "same"},
    {"type": "MaxPool2d", "kernel_size": 3, "stride": 1, "padding": 1},
    {"type": "BatchNorm2d"}, {"type": "ReLU"}, {"type": "ReLU", "inplace": True}, {"type": "GELU"},
    {"type": "Dropout", "p": 0.2}, {"type": "Identity"}, {"type": "Softmax", "dim": 1}, {"type": "Flip", "dims": [2]},
    {"type": "Transpose", "dim0": 2, "dim1": 3}, {"type": "Roll", "shifts": 1, "dims": 3},
    {"type": "Permute", "dims": [0, 1, 3, 2]}, {"type": "LayerNorm", "normalized_shape": [SIDE, SIDE]},
    {"type": "Linear", "out_features": SIDE},
]  # fmt: skip
_PAIRS: list[list[dict[str, Any]]] = [  # what keeps it together
    [{"type": "AvgPool2d", "kernel_size": 2}, {"type": "Upsample", "scale_factor": 2}],
    [
        {"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1},
        {"type": "Conv2d", "out_channels": 4, "kernel_size": 1},
    ],
    [{"type": "PixelUnshuffle", "downscale_factor": 2}, {"type": "PixelShuffle", "upscale_factor": 2}],
    [{"type": "Flatten", "start_dim": 2}, {"type": "Unflatten", "dim": 2, "unflattened_size": [SIDE, SIDE]}],
    [{"type": "Pad", "padding": [1, 0, 2, 0]}, {"type": "Conv2d", "out_channels": 4, "kernel_size": [3, 2]}],
    [
        {"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
        {"type": "MaxPool2d", "kernel_size": 2},
    ],
]


def network(random: Random) -> dict[str, Any]:
    """A document, as data: blocks that keep an image's shape, repeated, in blocks and lists too."""
    blocks: dict[str, Any] = {"Step": _step(random, {}), "Two": _two(random)}
    blocks["Outer"] = _step(random, blocks)
    layers: dict[str, Any] = {
        "stem": {"type": "Conv2d", "out_channels": random.choice([3, 4, 4, 4, 4]), "kernel_size": 3, "padding": 1}
    }
    for number in range(random.randint(1, 3)):
        kind = random.random()
        name, times = f"part{number}", random.randint(4, 9)
        if kind < 0.3:
            layers[name] = {"type": random.choice(["Step", "Outer"]), "repeat": times}
        elif kind < 0.5:
            layers[name] = {
                "type": "Two",
                "from": [random.choice(list(layers)), random.choice(list(layers))],
                "repeat": times,
            }
            layers[name]["from"][0] = list(layers)[-2] if len(layers) > 1 else "stem"
        elif kind < 0.65:
            layers[name] = {**random.choice(_KEPT), "repeat": times}
        elif kind < 0.8:
            layers[name] = {"layers": _chain(random), "repeat": times}
        else:
            layers[name] = {"layers": [*_chain(random), {"type": "Step", "repeat": times}, random.choice(_KEPT),
                                       {**random.choice(_KEPT), "repeat": random.randint(1, 6)}]}  # fmt: skip
    if random.random() < 0.3:
        layers["end"] = {"type": "AdaptiveAvgPool2d", "output_size": 1}
    height = "H" if random.random() < 0.15 else SIDE
    return {"archspec": 1, "name": "Long", "input": [3, height, SIDE], "blocks": blocks, "layers": layers}


def _chain(random: Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(random.randint(1, 3)):
        found += random.choice(_PAIRS) if random.random() < 0.3 else [random.choice(_KEPT)]
    return found


def _step(random: Random, blocks: dict[str, Any]) -> dict[str, Any]:
    """A chain, with a branch around it perhaps, and another repeat in it."""
    layers = {f"a{i}": dict(layer) for i, layer in enumerate(_chain(random))}
    if blocks and random.random() < 0.7:
        layers["inner"] = {"type": "Step", "repeat": random.randint(1, 7)}
    last = list(layers)[-1]
    kind = random.random()
    if kind < 0.4:
        layers["sum"] = {"type": "Add", "from": ["input", last]}
    elif kind < 0.6:
        layers["both"] = {"type": "Cat", "from": [last, "input"], "dim": 1}
        layers["mix"] = {"type": "Conv2d", "out_channels": 4, "kernel_size": random.choice([1, 3]), "padding": "same"}
    elif kind < 0.7:
        layers["other"] = {**random.choice(_KEPT), "from": "input"}
        layers["times"] = {"type": "Mul", "from": [last, "other"]}
    return {"layers": layers}


def _two(random: Random) -> dict[str, Any]:
    layers = {f"a{i}": dict(layer) for i, layer in enumerate(_chain(random))}
    first = next(iter(layers))
    layers[first]["from"] = "x"
    last = list(layers)[-1]
    side = {
        "type": "Conv2d",
        "from": "y",
        "out_channels": 4,
        "kernel_size": random.choice([1, 3, 5]),
        "padding": "same",
    }
    return {"inputs": ["x", "y"], "layers": {**layers, "side": side, "sum": {"type": "Add", "from": [last, "side"]}}}
