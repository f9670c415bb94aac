"""Mutated Keras models, imported: `python tests/fuzz/mutate_keras.py [--count N] [--seed S] [--keep FOLDER] [MODEL.json...]`.

Each mutation changes a small model as JSON (a value, a key, an item of a list, a layer, a class, a call) or as bytes.
`importing.py` says what the answer to each has to be; besides, a refusal names the layer, the model or the line. What is wrong is
kept in FOLDER.

Without models, those of tests/importers/keras are mutated, and each kind of layer by itself.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))
import importing

if TYPE_CHECKING:
    from archspec.importers.sketch import ImportProblem, Sketch

KERAS = Path(__file__).parents[1] / "importers" / "keras"
CASES = Path(__file__).parents[1] / "cases" / "files" / "keras"
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, 64, 255, 10_000, 2**27, 2**31 - 1, 2**31, 2**40, 2**61, 2**62, -(2**63), 10**30, 10**400,
    0.0, -0.0, 0.5, 1.0, 1e-30, 1e30, 3.4e38, 1e308, float("inf"), float("-inf"), float("nan"),
    "", "x", "same", "valid", "causal", "channels_first", "channels_last", "float16", "int32", "mixed_float16", "relu", "softmax",
    "a" * 99, "a" * 5_000, "Dense", "输出", "a\nb", "\x1b[31m", "\ud83d\ude00", "NaN", "${x}", "input", "forward", "a.b",
    [], [None], [1], [1, 1], [3, 3], [2**31, 1], [-1, 0], [[1, 2], [3, 4]], [[[[]]]], [1] * 64, [None, 8, 8, 3], ["x", 0, 0],
    {}, {"config": {}}, {"class_name": "ReLU", "config": {}}, {"class_name": "__numpy__", "config": {"value": float("nan")}},
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}},
)  # fmt: skip
Place = tuple[Any, Any]
"""An object or a list, and the key or the index of one of its values."""


def models(paths: list[Path]) -> list[bytes]:
    """What is mutated."""
    if paths:
        return [path.read_bytes() for path in paths]
    found = [case["model"] for case in json.loads((KERAS / "cases.json").read_text()).values()]
    found += [_alone(kind, config) for kind, config in json.loads((KERAS / "configs.json").read_text()).items()]
    return [
        *(json.dumps(model).encode() for model in found),
        *(path.read_bytes() for path in sorted(CASES.glob("*.json"))),
    ]


def _alone(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """A model of one layer."""
    shape = {"1D": [9, 6], "2D": [8, 9, 4], "3D": [5, 6, 7, 4]}.get(kind[-2:], [10, 6])
    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, *shape]}}
    return {
        "class_name": "Sequential",
        "config": {"name": "m", "layers": [start, {"class_name": kind, "config": config}]},
    }


def mutated(data: bytes, random: Random) -> bytes:
    """The model with one change, or a few."""
    if random.random() < 0.1:
        return _bytes(data, random)
    model = json.loads(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        change: Callable[[Any, Random], None] = random.choice(
            (_replace, _replace, _replace, _remove, _move, _double, _swap, _splice, _class, _call, _wrap)
        )
        change(model, random)
    return json.dumps(model).encode()


def _bytes(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        place = random.randrange(len(changed))
        what = random.random()
        if what < 0.6:
            changed[place] = random.choice(
                (0, 10, 34, 44, 58, 91, 93, 123, 125, 127, 255, changed[place] ^ 1 << random.randrange(8))
            )
        elif what < 0.8:
            del changed[place : place + random.choice((1, 2, 8, 200))]
        else:
            changed[place:place] = random.choice((b"[", b"{", b'"', b"-", b"9" * 50, b"&a ", b"*a", b"!!x "))
        if not changed:
            return data
    return bytes(changed)


def _places(value: Any) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _some(model: Any, random: Random, fits: Callable[[Any], bool] = lambda value: True) -> Place | None:
    """A value that fits, wherever it stands."""
    found = [(owner, key) for owner, key in _places(model) if fits(owner[key])]
    return random.choice(found) if found else None


def _replace(model: Any, random: Random) -> None:
    if place := _some(model, random):
        place[0][place[1]] = copy.deepcopy(random.choice(VALUES))


def _remove(model: Any, random: Random) -> None:
    if place := _some(model, random):
        del place[0][place[1]]


def _move(model: Any, random: Random) -> None:
    """A key of one object, in another as well."""
    source = _some(model, random)
    target = _some(model, random, lambda value: isinstance(value, dict))
    if source and target and isinstance(source[1], str):
        target[0][target[1]][source[1]] = copy.deepcopy(source[0][source[1]])


def _double(model: Any, random: Random) -> None:
    if place := _some(model, random, lambda value: isinstance(value, list) and bool(value)):
        items = place[0][place[1]]
        items += copy.deepcopy([random.choice(items)]) * random.choice((1, 1, 8, 300))


def _swap(model: Any, random: Random) -> None:
    if place := _some(model, random, lambda value: isinstance(value, list) and len(value) > 1):
        random.shuffle(place[0][place[1]])


def _splice(model: Any, random: Random) -> None:
    """A layer in the place of another, under its own name or that one's."""
    here, there = (_some(model, random, lambda value: isinstance(value, dict) and "class_name" in value) for _ in "ab")
    if here and there:
        made = copy.deepcopy(there[0][there[1]])
        old = here[0][here[1]]
        if random.random() < 0.7 and isinstance(made.get("config"), dict) and isinstance(old.get("config"), dict):
            made["config"]["name"] = old["config"].get("name")
            made.update({key: old[key] for key in ("name", "inbound_nodes") if key in old})
        here[0][here[1]] = made


def _class(model: Any, random: Random) -> None:
    from archspec.importers.keras.layers import registered

    if place := _some(model, random, lambda value: isinstance(value, dict) and "class_name" in value):
        kinds = [*registered(), "Sequential", "Functional", "Model", "InputLayer", "Lambda", "TimeDistributed"]
        place[0][place[1]]["class_name"] = random.choice(kinds).removeprefix("ops.")


def _call(model: Any, random: Random) -> None:
    """Another origin of a tensor."""
    names = [owner[key] for owner, key in _places(model) if key == "name" and isinstance(owner[key], str)]

    def is_origin(value: Any) -> bool:
        return isinstance(value, list) and len(value) > 2 and isinstance(value[0], str)

    if (place := _some(model, random, is_origin)) and names:
        place[0][place[1]][:3] = [
            random.choice(names),
            random.choice((0, 0, 1, 2, -1)),
            random.choice((0, 0, 0, 1, 2**40)),
        ]


def _wrap(model: Any, random: Random) -> None:
    """A layer within a model of its own, once or many times over."""
    if place := _some(
        model, random, lambda value: isinstance(value, dict) and "class_name" in value and "config" in value
    ):
        inner = place[0][place[1]]
        for _ in range(random.choice((1, 1, 2, 15, 30))):
            inner = {**inner, "class_name": "Sequential", "config": {"name": str(random.random()), "layers": [inner]}}
        place[0][place[1]] = inner


# What comes of it ----------------------------------------------------------------------------------------------------


def _imported(path: str) -> Sketch:
    from archspec.importers.keras import import_keras

    return import_keras(path)


def unsaid(problem: ImportProblem) -> str | None:
    """What a refusal lacks: it names the layer, the model or a line, or is about the whole."""
    is_said = re.match(r"layer .+ \(.+\)$|the model$|.+\.json(:\d+)?$", problem.place) or problem.message.startswith(
        ("the model ", "the spec would not say the same")
    )
    return None if is_said else f"no place: {problem.place}: {problem.message}"


MODELS = importing.Kind("json", mutated, _imported, unsaid)

if __name__ == "__main__":
    sys.exit(importing.main(MODELS, __doc__, models))
