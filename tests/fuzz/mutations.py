"""Whole valid specs, changed as trees: keys moved, layers and blocks spliced in from other specs, conditions, repeats, groups and claims
added. What comes out is nearly valid, or valid in a way that nobody wrote.

Enters: a `Random`. Leaves: a tree of plain values, and its text. Never checks anything.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
Tree = Any
"""What YAML holds: mappings, lists, and single values."""
Scope = dict[str, Any]
"""A mapping that has layers: a document, a block or a group."""

NUMBERS = [0, 1, 2, 3, 4, 7, 8, 16, 64, 1000, 100_000, 10**9, 2**62 - 1, -1, -2, -7, 0.5, 1.5, 1e-5, 0.0, -0.0]
EXPRESSIONS = ["${i}", "${n}", "${i + 1}", "${width}", "${2 * width}", "${input.shape[1]}", "${input.shape[-1] // 2}", "${input.shape[0]}",
               "${x.shape[1]}", "${[x for x in range(3)]}", "${1 / 0}", "${q}", "${8 // 3}", "${'a' + 'b'}", "${true}", "${null}", "${[4, 4]}",
               "${8 if i == 0 else 4}", "${[]}", "${depth > 1}", "${9 ** 9}", "a${i}", "${max(1, 2)}b", "${", "${}", "$${a}"]  # fmt: skip
ODD = [None, True, False, "", "a", "input", "output", "é", "a.b", "0", "same", "all", "N", "H", "x" * 70, "1 k", [], {}, [1], [1, 2], [0, 1],
       [2, 2], [[1, 2], [3, 4]], {"a": 1}, {"type": "ReLU"}, [None], "two\nlines", "a: b", "# no", "- x", 2024, "2", "on", "1e3"]  # fmt: skip
CONDITIONS = [
    True,
    False,
    "${i == 0}",
    "${i > 0}",
    "${width > 4}",
    "${depth == 2}",
    "${input.shape[1] == 8}",
    "${n > 1}",
    1,
    "true",
]
REPEATS: list[Tree] = [0, 1, 2, 3, "${depth}", "${2}", "${n}", "${width // 4}", True, 2.0, "2", -1, 100_001]
ROWS = [
    {"a": [1, 2]},
    {"c": [4, 8, 8]},
    {"width": [4, 8]},
    {"a": [1], "b": [2]},
    {"a": [1, 2], "b": [1]},
    {"a": []},
    {"a": "${range(3)}"},
    {},
]
NAMES = [
    "a",
    "b",
    "relu",
    "conv",
    "0",
    "1",
    "2",
    "out",
    "input",
    "head",
    "a.0",
    "a.1",
    "type",
    "forward",
    "layer-1",
    "weight",
    "output",
    "x",
]
CLAIMS: list[Tree] = [{"output": [8]}, {"params": 12}, {"macs": 12}, {"params": "${width}"}, {"params": None}, {"output": []}, {"layer_count": 3},
                      {"flops": "1 k"}, {"buffers": 0}, {"trainable_params": 3.5}, {"when": "${depth == 1}", "params": 7}, {"output": ["H", 8]},
                      {"receptive_field": {"size": 3, "stride": 1}}, {"running_params": 100}, {"weights": 9, "biases": 1}]  # fmt: skip
KINDS: list[Tree] = ["int", "float", "bool", "str", "list", "any", 1, 8, 0.5, True, "a", [1, 2], None, {"default": 1, "one_of": [1, 2]},
                     {"one_of": ["a", "b"]}, {"default": 3, "one_of": [1]}, "${1}"]  # fmt: skip
INPUTS: list[Tree] = [[4], [3, 8, 8], [4, 6], [6, 8], [1, 16, 16], ["L"], [4, "L"], [3, "H", "W"], ["L", 8], [], [0], ["N", 3], [3, 8, 8, 8], "8",
                      [2**40, 2**40], ["${width}"], [3, "H", "H"]]  # fmt: skip
INITS: list[Tree] = [{"weight": {"normal": {"std": 0.01}}}, {"weight": 0, "bias": 1}, {"bias": {"kaiming_normal": {}}}, {"weight": "normal"},
                     {"other": 1}, 0.1, {"weight": {"xavier_uniform": {"gain": "a"}}}, {"weight": {"orthogonal": {}}}]  # fmt: skip
EXTRA: dict[str, list[Tree]] = {
    "when": CONDITIONS,
    "repeat": REPEATS,
    "for": ROWS,
    "as": ["a${i}", "stage${i + 1}", "a", "${i}", "b.${i}", "${a}", 3, ""],
    "let": [
        {"z": 3},
        {"z": "${i}"},
        {"width": 2},
        {"z": "${z}"},
        {"z": [1, 2], "y": "${z[0]}"},
        {"input": 1},
        {"a-b": 1},
    ],
    "mode": ["train", "always", "eval", True],
    "doc": ["some text", "two\nlines", '"""', 3, None, ["a"], {"a": 1}, "é" * 30, "${i}"],
    "init": INITS,
    "freeze": [True, False, ["weight"], ["bias", "weight"], ["nothing"], "weight", "${i == 0}", 1],
    "constraint": [
        {"weight": {"max_norm": 3}},
        {"weight": {"max_norm": -1}},
        {"bias": {"max_norm": 1}},
        {"weight": 3},
        {},
    ],
    "inputs": [["x"], ["x", "y"], ["input"], [], {"x": "a"}, ["x", "x"], "x", [1]],
    "inplace": [True],
    "activation": ["relu"],
    "bias": [True, False, 0],
    "dim": [0, 1, 2, -1, 3, -4, [1, 2], "1"],
    "padding": ["same", "same_upper", 1, [1, 2], -1, "valid"],
    "batch_first": [True, False],
    "dtype": ["int64", "float64", "float16", "bool", "long"],
}
"""Keys of layers with what is written for them, well or badly."""

SLOW = frozenset(
    {
        "swin.yaml",
        "densenet.yaml",
        "inception_v3.yaml",
        "efficientnet.yaml",
        "bert.yaml",
        "mobilenet_v2.yaml",
        "mnasnet.yaml",
    }
)
"""Specs of the zoo that would take most of the time."""


def _loaded(path: Path) -> Tree:
    try:
        return yaml.load(path.read_bytes(), yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return None


@cache
def corpus() -> list[Scope]:
    """The specs that are changed: small ones of the folder beside this file more often than those of the zoo."""
    small = [_loaded(path) for path in sorted((FOLDER / "seeds").glob("*.yaml"))]
    cases = [
        _loaded(path)
        for path in sorted((FOLDER.parent / "cases" / "files").glob("*/*.yaml"))
        if path.parent.name != "hostile"
    ]
    zoo = [_loaded(path) for path in sorted((ROOT / "specs").rglob("*.yaml")) if path.name not in SLOW]
    found = small * 16 + cases + zoo
    return [tree for tree in found if isinstance(tree, dict) and isinstance(tree.get("layers"), (dict, list))]


@cache
def pool() -> dict[str, list[Tree]]:
    """What stands under each key anywhere in the corpus, layers under `layer`, and whole blocks under `block`."""
    found: dict[str, list[Tree]] = {"layer": [], "block": [], "name": []}
    for tree in corpus():
        for scope in scopes(tree):
            layers = scope["layers"]
            found["layer"] += layers.values() if isinstance(layers, dict) else layers
            found["name"] += [str(name) for name in layers] if isinstance(layers, dict) else []
        blocks = tree.get("blocks")
        found["block"] += blocks.items() if isinstance(blocks, dict) else []
        for holder, key in places(tree):
            if isinstance(holder, dict) and isinstance(key, str):
                found.setdefault(key, []).append(holder[key])
    return found


def places(tree: Tree) -> Iterator[tuple[Tree, Any]]:
    """Every value below, as what holds it and its key or number."""
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])


def scopes(tree: Tree) -> list[Scope]:
    """Everything that has layers."""
    own = [tree] if isinstance(tree, dict) and _has_layers(tree) else []
    return own + [
        holder[key] for holder, key in places(tree) if isinstance(holder[key], dict) and _has_layers(holder[key])
    ]


def _has_layers(tree: Scope) -> bool:
    return isinstance(tree.get("layers"), (dict, list)) and len(tree["layers"]) > 0


def layers(tree: Tree) -> list[tuple[Tree, Any]]:
    """Every layer, as what holds it and its name or number."""
    return [
        (scope["layers"], key)
        for scope in scopes(tree)
        for key in (list(scope["layers"]) if isinstance(scope["layers"], dict) else range(len(scope["layers"])))
    ]


# Changes ---------------------------------------------------------------------------------------------------------------


def _spelt(holder: Tree, key: Any) -> Scope:
    """The layer as a mapping."""
    if not isinstance(holder[key], dict):
        holder[key] = {"type": holder[key]}
    found: Scope = holder[key]
    return found


def _references(random: Random, holder: Tree) -> Tree:
    """Something for `from`, of the names there are."""
    names = [str(name) for name in holder] if isinstance(holder, dict) else [str(i) for i in range(len(holder))]
    name = random.choice([*names, "input", random.choice(NAMES)])
    port = random.choice(
        ["", "", "", ".0", ".1", ".h", ".output", ".wide", f".{random.choice(NAMES)}", f".{random.choice(names)}"]
    )
    if random.random() < 0.3:
        return [_references(random, holder) for _ in range(random.choice((0, 1, 2, 2, 3)))]
    return int(name) if name.isdigit() and random.random() < 0.5 and not port else name + port


def _move_key(tree: Tree, random: Random) -> None:
    (one, a), (other, b) = random.choice(layers(tree)), random.choice(layers(tree))
    given, taken = _spelt(one, a), _spelt(other, b)
    key = random.choice(list(given))
    taken[key] = copy.deepcopy(given[key])
    if random.random() < 0.5 and given is not taken:
        del given[key]


def _extra_key(tree: Tree, random: Random) -> None:
    holder, name = random.choice(layers(tree))
    key = random.choice(list(EXTRA))
    layer = _spelt(holder, name)
    layer[key] = copy.deepcopy(random.choice(EXTRA[key]))
    if (
        key == "for" and isinstance(layer[key], dict) and layer[key] and random.random() < 0.6
    ):  # and something that reads it
        value = random.choice([k for k in layer if k not in ("type", "for", "layers")] or ["doc"])
        layer[value] = f"${{{next(iter(layer[key]))}}}"


def _control(tree: Tree, random: Random) -> None:
    holder, name = random.choice(layers(tree))
    key = random.choice(("when", "when", "repeat", "repeat", "for", "as", "let", "mode"))
    _spelt(holder, name)[key] = copy.deepcopy(random.choice(EXTRA[key][:4]))


def _change_value(tree: Tree, random: Random) -> None:
    holder, key = random.choice(list(places(tree)))
    same = pool().get(key, []) if isinstance(key, str) else []
    value = random.choice(
        (NUMBERS, EXPRESSIONS, ODD, EXTRA.get(key, ODD) if isinstance(key, str) else NUMBERS, same or NUMBERS)
    )
    holder[key] = copy.deepcopy(random.choice(value))


def _change_number(tree: Tree, random: Random) -> None:
    numbers = [(holder, key) for holder, key in places(tree) if type(holder[key]) in (int, float) and key != "archspec"]
    holder, key = random.choice(numbers)
    holder[key] = random.choice(
        [*NUMBERS[1:8], holder[key] * 2, holder[key] + 1, holder[key] - 1, f"${{{holder[key]}}}"]
    )


def _rename_key(tree: Tree, random: Random) -> None:
    """Another name for a key, in its place."""
    holder, key = random.choice([(h, k) for h, k in places(tree) if isinstance(h, dict) and k != "archspec"])
    new = random.choice([*NAMES, *EXTRA, random.choice(pool()["name"]), f"{key}s", random.choice(list(holder))])
    changed = {(new if k == key else k): value for k, value in holder.items()}
    holder.clear()
    holder.update(changed)


def _delete(tree: Tree, random: Random) -> None:
    holder, key = random.choice(list(places(tree)))
    del holder[key]


def _read(tree: Tree, random: Random) -> None:
    holder, key = random.choice(layers(tree))
    _spelt(holder, key)["from"] = _references(random, holder)


def _use(tree: Tree, random: Random) -> None:
    """An earlier layer or group again."""
    scope = random.choice(scopes(tree))
    layer: Scope = {"use": _references(random, scope["layers"])}
    for key in ("from", "when", "doc", "mode", "repeat", "freeze"):
        if random.random() < 0.15:
            layer[key] = (
                _references(random, scope["layers"]) if key == "from" else copy.deepcopy(random.choice(EXTRA[key]))
            )
    _insert(scope, layer, random)


def _insert(scope: Scope, layer: Tree, random: Random, name: str = "") -> None:
    holder = scope["layers"]
    at = random.randrange(len(holder) + 1)
    if isinstance(holder, list):
        holder.insert(at, layer)
        return
    items = list(holder.items())
    items.insert(at, (name or random.choice([*NAMES, random.choice(pool()["name"]), f"new{at}"]), layer))
    holder.clear()
    holder.update(items)


def _splice_layer(tree: Tree, random: Random) -> None:
    _insert(random.choice(scopes(tree)), copy.deepcopy(random.choice(pool()["layer"])), random)


def _splice_block(tree: Tree, random: Random) -> None:
    """A block of another spec, and a use of it."""
    name, block = copy.deepcopy(random.choice(pool()["block"]))
    blocks = tree.setdefault("blocks", {})
    if not isinstance(blocks, dict):
        return
    blocks[name] = block
    use: Scope = {"type": name}
    given = block.get("args") if isinstance(block, dict) else None
    for argument in given if isinstance(given, dict) else ():
        if random.random() < 0.9:
            use[argument] = random.choice([1, 2, 8, 16, "${width}", True, "a"])
    scope = random.choice(scopes(tree))
    if random.random() < 0.4:
        use["from"] = _references(random, scope["layers"])
    if random.random() < 0.3:
        use["repeat"] = random.choice([2, "${depth}"])
    _insert(scope, use, random)


def _make_block(tree: Tree, random: Random) -> None:
    """A layer becomes a block, with one of its values as an argument."""
    holder, key = random.choice(layers(tree))
    layer = copy.deepcopy(_spelt(holder, key))
    outer = {k: layer.pop(k) for k in ("from", "when", "repeat") if k in layer}
    block: Scope = {"layers": {"inner": layer}}
    values = [k for k, value in layer.items() if type(value) in (int, bool, float)]
    if values:
        chosen = random.choice(values)
        block["args"] = {"v": random.choice((layer[chosen], type(layer[chosen]).__name__))}
        outer["v"] = layer[chosen]
        layer[chosen] = "${v}"
    if random.random() < 0.4:
        block["outputs"] = random.choice(
            ({"output": "inner"}, {"a": "inner", "b": "input"}, {"a": "inner.0"}, {"output": "inner", "p": "inner"})
        )
    if isinstance(blocks := tree.setdefault("blocks", {}), dict):
        blocks["Made"] = block
        holder[key] = {"type": "Made", **outer}


def _make_group(tree: Tree, random: Random) -> None:
    """Layers that stand together become a group, perhaps with names for what it reads and gives."""
    scope = random.choice(scopes(tree))
    holder = scope["layers"]
    first = random.randrange(len(holder))
    last = min(len(holder), first + random.choice((1, 1, 2, 3)))
    if isinstance(holder, list):
        group: Scope = {"layers": holder[first:last]}
        holder[first:last] = [group]
        inner = [str(i) for i in range(last - first)]
    else:
        items = list(holder.items())
        inner = [str(name) for name, _ in items[first:last]]
        group = {"layers": dict(items[first:last])}
        name = random.choice([inner[-1], inner[0], "group"])
        holder.clear()
        holder.update([*items[:first], (name, group), *items[last:]])
    if random.random() < 0.6:
        ports = random.sample(["output", "a", "b", "h", "0"], random.choice((1, 2, 3)))
        group["outputs"] = {port: random.choice([*inner, "input", f"{inner[0]}.0", "nothing"]) for port in ports}
    if random.random() < 0.3:
        group["from"] = _references(random, holder)
    if random.random() < 0.3:
        group["inputs"] = random.choice(EXTRA["inputs"][:4])
    if random.random() < 0.3:
        group[key] = random.choice(EXTRA[key := random.choice(("when", "repeat", "for", "mode", "doc", "let"))])


def _ungroup(tree: Tree, random: Random) -> None:
    """A group's layers in its place."""
    holder, key = random.choice([(h, k) for h, k in layers(tree) if isinstance(h[k], dict) and "layers" in h[k]])
    inner = holder[key]["layers"]
    if isinstance(holder, list) and isinstance(inner, list):
        holder[key : key + 1] = inner
    elif isinstance(holder, dict) and isinstance(inner, dict):
        changed = [item for k, v in holder.items() for item in (inner.items() if k == key else [(k, v)])]
        holder.clear()
        holder.update(changed)


def _repeat_layer(tree: Tree, random: Random) -> None:
    """A layer a second time, under another name."""
    scope = random.choice(scopes(tree))
    holder = scope["layers"]
    key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    _insert(scope, copy.deepcopy(holder[key]), random, f"{key}b")


def _reorder(tree: Tree, random: Random) -> None:
    holder = random.choice(scopes(tree))["layers"]
    items = list(holder.items()) if isinstance(holder, dict) else list(holder)
    i, j = random.randrange(len(items)), random.randrange(len(items))
    items[i], items[j] = items[j], items[i]
    holder.clear()
    holder.update(items) if isinstance(holder, dict) else holder.extend(items)


def _list_or_mapping(tree: Tree, random: Random) -> None:
    scope = random.choice(scopes(tree))
    found = scope["layers"]
    scope["layers"] = (
        list(found.values()) if isinstance(found, dict) else {f"l{i}": layer for i, layer in enumerate(found)}
    )


def _outputs(tree: Tree, random: Random) -> None:
    scope = random.choice(scopes(tree))
    names = random.sample(["output", "a", "b", "h", "x-1", "0", "c"], random.choice((1, 1, 2, 3)))
    scope["outputs"] = {name: _references(random, scope["layers"]) for name in names}


def _claims(tree: Tree, random: Random) -> None:
    claim = copy.deepcopy(random.choice(CLAIMS))
    if random.random() < 0.5:
        _, key = random.choice(layers(tree))
        claim = {"layers": {random.choice([str(key), f"{key}.0", "nothing"]): claim}}
    what = random.random()
    if what < 0.2:
        tree["budget"] = random.choice(
            ({"params": {"max": 10}}, {"macs": {"max": "1 G", "min": 3}}, {"params": 3}, {"flops": {"max": "${width}"}})
        )
    elif what < 0.6 or not isinstance(tree.get("expect"), list):
        tree["expect"] = claim
    else:
        tree["expect"].append(claim)


def _arguments(tree: Tree, random: Random) -> None:
    owner = random.choice([tree, *[scope for scope in scopes(tree) if "args" in scope]])
    what = random.choice(("args", "let"))
    held = owner.setdefault(what, {})
    if isinstance(held, dict):
        name = random.choice([*held, "width", "depth", "i", "input", "z", "a-b"])
        held[name] = copy.deepcopy(random.choice(KINDS if what == "args" else [*NUMBERS, *EXPRESSIONS]))


def _network_input(tree: Tree, random: Random) -> None:
    shape = copy.deepcopy(random.choice(INPUTS))
    tree.pop("inputs", None)
    tree["input"] = shape
    if random.random() < 0.3:
        del tree["input"]
        names = random.sample(["input", "x", "y", "tokens", "in"], random.choice((1, 2)))
        tree["inputs"] = {
            name: {"shape": shape, "dtype": random.choice(("float32", "int64", "bool"))} for name in names
        }


def _tie(tree: Tree, random: Random) -> None:
    holder, key = random.choice(layers(tree))
    _spelt(holder, key)["tie"] = {random.choice(("weight", "bias")): f"{_references(random, holder)}.weight"}


def _initial(tree: Tree, random: Random) -> None:
    tree["init"] = {
        random.choice(("Linear", "Conv2d", "LSTM", "ReLU", "Parameter", "Made")): copy.deepcopy(random.choice(INITS))
    }


CHANGES: list[Callable[[Tree, Random], None]] = [
    _move_key, _move_key, _extra_key, _extra_key, _control, _control, _change_value, _change_value, _change_number, _change_number, _rename_key,
    _delete, _read, _read, _use, _splice_layer, _splice_layer, _splice_block, _make_block, _make_group, _make_group, _ungroup, _repeat_layer,
    _reorder, _list_or_mapping, _outputs, _claims, _arguments, _network_input, _tie, _initial,
]  # fmt: skip


def mutated(random: Random) -> Tree:
    """A spec of the corpus with one change, or a few."""
    tree = copy.deepcopy(random.choice(corpus()))
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))):
        try:
            random.choice(CHANGES)(tree, random)
        except (IndexError, TypeError, AttributeError, KeyError, ValueError):
            continue  # there is nothing of the kind
    return tree


class _Dumper(yaml.CSafeDumper):
    """Writes every value out where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(tree: Tree, random: Random) -> str:
    """The tree as a text, in one of the styles that people write."""
    if random.random() < 0.1:
        return json.dumps(tree, indent=random.choice((None, 2)), ensure_ascii=random.random() < 0.5)
    style = random.choice((None, None, False, True))
    return str(yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=style,
                         width=random.choice((40, 100, 10**6)), indent=random.choice((2, 4))))  # fmt: skip
