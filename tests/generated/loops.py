"""Random networks whose repeats are loops in the generated module. `network(random)` is the text of a spec.

Turns read what they hand on and further tensors. What a loop begins with is an input, a layer just made or made long before, a
view, or the module's own; it is read once or again; the loop stands in the network, in a group, or in a block that is used twice.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

FEATURES = 8
LENGTH = 11

Layers = dict[str, dict[str, Any]]


def network(random: Random) -> str:
    """The text of a spec. Tensors are (11, 8), and vectors of 8."""
    blocks = {f"Turn{number}": _turn(random) for number in range(2)}
    if random.random() < 0.5:
        layers: Layers = {}
        names = ["x", "y"]
        _grow(random, layers, names, list(blocks))
        layers["end"] = {"type": "Add", "from": [names[-1], random.choice(names[2:])]}
        blocks["Stage"] = {"inputs": ["x", "y"], "layers": layers}
    layers, names = {}, ["x", "y"]
    for _ in range(random.randint(1, 2)):
        _grow(random, layers, names, list(blocks))
    layers["last"] = {"type": random.choice(("Tanh", "Add")), "from": [names[-1]]}
    if layers["last"]["type"] == "Add":
        layers["last"]["from"].append(random.choice(names))
    spec: dict[str, Any] = {
        "archspec": 1, "name": "Loops", "inputs": {"x": [LENGTH, FEATURES], "y": [LENGTH, FEATURES]},
        "blocks": blocks, "layers": layers,
    }  # fmt: skip
    if random.random() < 0.3:
        spec["outputs"] = {"one": "last", "two": names[-1]}
    return json.dumps(spec)


def _turn(random: Random) -> dict[str, Any]:
    """What a turn does with `x`, which it hands on, and `y`, which stays."""
    width = random.choice((FEATURES, 3 * FEATURES))
    layers: Layers = {"up": {"type": "Linear", "out_features": width, "from": random.choice(("x", "y"))}}
    if random.random() < 0.5:
        layers["act"] = {"type": random.choice(("SiLU", "Tanh", "Dropout"))}
    layers["down"] = {"type": "Linear", "out_features": FEATURES}
    layers["join"] = {"type": random.choice(("Add", "Mul")), "from": ["down", random.choice(("x", "y"))]}
    return {"inputs": ["x", "y"], "layers": layers}


def _grow(random: Random, layers: Layers, names: list[str], blocks: list[str]) -> None:
    """Adds some layers, then a repeat that may read any of them."""
    number = len(layers)
    for step in range(random.randint(0, 3)):
        name = f"l{number}_{step}"
        layers[name] = _layer(random, names)
        names.append(name)
    first, rest = random.choice(names[-3:]), random.choice(names)
    name = f"r{number}"
    repeat: dict[str, Any] = {"from": [first, rest]}
    kind = random.choice((*blocks, "group", "Add"))
    if kind == "group":
        repeat.update(inputs=["x", "y"], layers=_turn(random)["layers"])
    else:
        repeat["type"] = kind
    if random.random() < 0.85:
        repeat["repeat"] = random.randint(1, 4)
    if random.random() < 0.2:
        repeat = {"inputs": ["x", "y"], "from": repeat.pop("from"), "layers": {"inner": {**repeat, "from": ["x", "y"]}}}
    layers[name] = repeat
    names.append(name)


def _layer(random: Random, names: list[str]) -> dict[str, Any]:
    kind = random.choice(("Linear", "Tanh", "Add", "view", "own", "Dropout"))
    read = random.choice(names[-3:])
    match kind:
        case "Linear":
            return {"type": kind, "out_features": FEATURES, "from": read}
        case "Add":
            return {"type": kind, "from": [read, random.choice(names)]}
        case "view":
            return {"type": "Reshape", "shape": [LENGTH, FEATURES], "from": read}
        case "own":
            return {"type": "Parameter", "shape": [1, LENGTH, FEATURES]}
    return {"type": kind, "from": read}
