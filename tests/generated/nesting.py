"""Random specs of blocks, arguments, repeats and conditions, each with its flat expansion by a reference written in Python.

A value is drawn as the text of an expression together with the Python function that it stands for; the reference calls the
functions, so that nothing of archspec's own expansion is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Environment = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """What is written, and what it is worth; `channels` in the environment are those of the scope's input."""

    text: Any
    worth: Callable[[Environment], Any]


def plain(value: Any) -> Value:
    return Value(value, lambda env: value)


CHANNELS = [
    Value("${c}", lambda e: e["c"]), Value("${2 * c}", lambda e: 2 * e["c"]), Value("${input.shape[1]}", lambda e: e["channels"]),
    Value("${c if flag else 6}", lambda e: e["c"] if e["flag"] else 6), Value("${max(c, 4)}", lambda e: max(e["c"], 4)),
    Value("${wide}", lambda e: e["c"] + 2), Value("${input.shape[1] + c}", lambda e: e["channels"] + e["c"]), plain(4), plain(6),
    Value("${min(c, 12)}", lambda e: min(e["c"], 12)), Value("${round(0.8 * c)}", lambda e: round(0.8 * e["c"])),
    Value("${int(0.8 * c)}", lambda e: int(0.8 * e["c"])), Value("${c if c > 5 else 5}", lambda e: e["c"] if e["c"] > 5 else 5),
]  # fmt: skip
KERNELS = [
    Value("${k}", lambda e: e["k"]),
    plain(1),
    plain(3),
    Value("${3 if flag else 1}", lambda e: 3 if e["flag"] else 1),
]
FLAGS = [Value("${flag}", lambda e: e["flag"]), Value("${not flag}", lambda e: not e["flag"]), plain(True), plain(False),
         Value("${input.shape[1] != c}", lambda e: e["channels"] != e["c"]), Value("${k == 3 or flag}", lambda e: e["k"] == 3 or e["flag"])]  # fmt: skip
TURNS = [Value("${m}", lambda e: e["m"]), Value("${m + 1}", lambda e: e["m"] + 1), Value("${m - 1}", lambda e: e["m"] - 1),
         Value("${3 if flag else m}", lambda e: 3 if e["flag"] else e["m"])]  # fmt: skip
TOP_CHANNELS = [plain(2), plain(4), plain(6), Value("${width}", lambda e: e["width"]), Value("${width // 2}", lambda e: e["width"] // 2),
                Value("${wider}", lambda e: 2 * e["width"] if e["deep"] else e["width"]),
                Value("${min(width, 12)}", lambda e: min(e["width"], 12)), Value("${round(0.8 * width)}", lambda e: round(0.8 * e["width"])),
                Value("${int(0.8 * width)}", lambda e: int(0.8 * e["width"])),
                Value("${width if width > 5 else 5}", lambda e: e["width"] if e["width"] > 5 else 5)]  # fmt: skip
TOP_KERNELS = [plain(1), plain(3), Value("${kernel}", lambda e: e["kernel"])]
TOP_FLAGS = [plain(True), plain(False), Value("${deep}", lambda e: e["deep"]), Value("${times > 2}", lambda e: e["times"] > 2),
             Value("${deep and times == 1}", lambda e: e["deep"] and e["times"] == 1)]  # fmt: skip
TOP_TURNS = [
    Value("${times}", lambda e: e["times"]),
    Value("${times + 1 if deep else times}", lambda e: e["times"] + e["deep"]),
]
ARGUMENTS = {"width": 8, "kernel": {"default": 3, "one_of": [1, 3, 5]}, "deep": False, "times": 2}
"""The document's."""


def argument_values(given: Mapping[str, Any] | None = None) -> Environment:
    """The values of the document's arguments, those by default included."""
    return {"width": 8, "kernel": 3, "deep": False, "times": 2, **(given or {})}


@dataclass
class Step:
    """One entry of a scope: what is written, and how the reference adds it to the flat layers."""

    written: Any
    expand: Callable[[Flat, str, str, Environment], str]


@dataclass
class Flat:
    """The flat layers so far, and the channels of each."""

    layers: dict[str, Any] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=lambda: {"input": 3})

    def add(self, name: str, layer: dict[str, Any], channels: int) -> str:
        self.layers[name] = layer
        self.channels[name] = channels
        return name


@dataclass
class Nested:
    """A document, and its flat expansion."""

    spec: dict[str, Any]
    flat: dict[str, Any]
    with_: Callable[[Mapping[str, Any]], dict[str, Any]]
    """Its flat expansion with other values of its arguments."""


Scope = list[tuple[str, Step]]


def run(scope: Scope, flat: Flat, prefix: str, source: str, env: Environment) -> str:
    """The reference's expansion of a scope; answers the layer that gives its output."""
    names = {"input": source}
    env = {**env, "channels": flat.channels[source], "first": source, "names": names}
    for name, step in scope:
        source = names[name] = step.expand(flat, f"{prefix}__{name}", source, env)
    return source


@st.composite
def conv(draw: DrawFn, inside: bool) -> Step:
    out = draw(st.sampled_from(CHANNELS if inside else TOP_CHANNELS))
    kernel = draw(st.sampled_from(KERNELS if inside else TOP_KERNELS))
    bias = draw(st.booleans())
    written = {"type": "Conv2d", "out_channels": out.text, "kernel_size": kernel.text, "padding": "same", "bias": bias}
    when = draw(st.sampled_from([None, None, *(FLAGS if inside else TOP_FLAGS)]))
    if when is not None:
        written["when"] = when.text
    own = draw(st.sampled_from([{}, {}, {"init": {"weight": 0.25}}, {"init": {"weight": 0.5}}, {"freeze": True}]))
    written |= own

    def expand(flat: Flat, name: str, source: str, env: Environment) -> str:
        if when is not None and not when.worth(env):
            return source
        channels = out.worth(env)
        layer = {
            "type": "Conv2d",
            "out_channels": channels,
            "kernel_size": kernel.worth(env),
            "padding": "same",
            "bias": bias,
            **own,
        }
        return flat.add(name, {**layer, "from": source}, channels)

    return Step(written, expand)


@st.composite
def simple(draw: DrawFn, inside: bool) -> Step:
    kind = draw(st.sampled_from(["ReLU", "Tanh", "BatchNorm2d", "Dropout"]))
    count = draw(st.sampled_from([None, None, None, plain(0), plain(2), plain(3), *(TURNS if inside else TOP_TURNS)]))
    written: Any = kind if count is None else {"type": kind, "repeat": count.text}

    def expand(flat: Flat, name: str, source: str, env: Environment) -> str:
        for i in range(1 if count is None else count.worth(env)):
            source = flat.add(
                name if count is None else f"{name}__{i}", {"type": kind, "from": source}, flat.channels[source]
            )
        return source

    return Step(written, expand)


@st.composite
def use(draw: DrawFn, blocks: list[tuple[str, Scope]], inside: bool) -> Step:
    name, body = draw(st.sampled_from(blocks))
    chosen, otherwise, body_otherwise = Value(name, lambda e: True), name, body
    if len(blocks) > 1 and draw(st.booleans()):  # one of two blocks
        otherwise, body_otherwise = draw(st.sampled_from([block for block in blocks if block[0] != name]))
        which = draw(st.sampled_from(FLAGS[:2] if inside else TOP_FLAGS[2:4]))
        chosen = Value(f"${{'{name}' if {which.text[2:-1]} else '{otherwise}'}}", which.worth)
    values = {
        "c": draw(st.sampled_from(CHANNELS if inside else TOP_CHANNELS)), "k": draw(st.sampled_from(KERNELS if inside else TOP_KERNELS)),
        "flag": draw(st.sampled_from(FLAGS if inside else TOP_FLAGS)), "m": draw(st.sampled_from([plain(1), plain(2), plain(3), *([] if inside else TOP_TURNS[:1])])),
    }  # fmt: skip
    count = draw(st.sampled_from([None, None, plain(1), plain(2), plain(3), *(TURNS[:2] * 2 if inside else TOP_TURNS)]))
    over = draw(st.sampled_from([None, None, [1, 2], [2, 1, 1]]))  # a for outside the repeat, or alone
    if count is not None and draw(st.booleans()):
        values["c"] = draw(st.sampled_from([
            Value("${2 + 2 * i}", lambda e: 2 + 2 * e["i"]), Value("${2 * (n - i)}", lambda e: 2 * (e["n"] - e["i"])),
            Value("${[6, 2, 4, 8][i % 4]}", lambda e: [6, 2, 4, 8][e["i"] % 4]),
        ]))  # fmt: skip
    if over is not None and draw(st.booleans()):
        values["c"] = Value("${2 * s}", lambda e: 2 * e["s"])
    if count is not None and draw(st.booleans()):
        values["flag"] = Value("${i == 0}", lambda e: e["i"] == 0)
    given = {key: value for key, value in values.items() if key not in ("k", "m") or draw(st.booleans())}
    written = {"type": chosen.text, **{key: value.text for key, value in given.items()}}
    if count is not None:
        written["repeat"] = count.text
    if over is not None:
        written["for"] = {"s": over}

    def expand(flat: Flat, path: str, source: str, env: Environment) -> str:
        steps = 1 if count is None else count.worth(env)
        turns = [(s, i) for s in over or [0] for i in range(steps)]
        for number, (s, i) in enumerate(turns):
            counted = {**env, "i": i, "n": steps, "s": s}
            inner = {"k": 3, "m": 2, **{key: value.worth(counted) for key, value in given.items()}}
            one = body if chosen.worth(counted) else body_otherwise
            source = run(one, flat, path if count is over is None else f"{path}__{number}", source, inner)
        return source

    return Step(written, expand)


MIX = {"inputs": ["x", "memory"], "layers": {
    "fit": {"type": "Conv2d", "out_channels": "${x.shape[1]}", "kernel_size": 1, "from": "memory"},
    "add": {"type": "Sub", "from": ["fit", "x"]},
}}  # fmt: skip


@st.composite
def mix(draw: DrawFn, names: list[str], inside: bool) -> Step:
    """A block of two inputs, which a repeat carries the first of, and reads the second of in each turn."""
    first, second = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    count = draw(st.sampled_from([None, plain(1), plain(2), plain(3), *(TURNS if inside else TOP_TURNS)]))
    written = {"type": "Mix", "from": [first, second], **({} if count is None else {"repeat": count.text})}

    def expand(flat: Flat, path: str, source: str, env: Environment) -> str:
        carried, memory = env["names"][first], env["names"][second]
        channels = flat.channels[carried]
        for i in range(1 if count is None else count.worth(env)):
            name = path if count is None else f"{path}__{i}"
            layer = {"type": "Conv2d", "out_channels": channels, "kernel_size": 1, "from": memory}
            fit = flat.add(f"{name}__fit", layer, channels)
            carried = flat.add(f"{name}__add", {"type": "Sub", "from": [fit, carried]}, channels)
        return carried

    return Step(written, expand)


@st.composite
def residual(draw: DrawFn) -> list[tuple[str, Step]]:
    """Back to the input's channels, and the input added, where a condition says so."""
    when = draw(st.sampled_from([None, *FLAGS]))
    fit = {"type": "Conv2d", "out_channels": "${input.shape[1]}", "kernel_size": 1}
    add: dict[str, Any] = {"type": "Add", "from": ["fit", "input"]}
    if when is not None:
        add["when"] = when.text

    def expand_fit(flat: Flat, name: str, source: str, env: Environment) -> str:
        return flat.add(name, {**fit, "out_channels": env["channels"], "from": source}, env["channels"])

    def expand_add(flat: Flat, name: str, source: str, env: Environment) -> str:
        if when is not None and not when.worth(env):
            return source
        return flat.add(name, {"type": "Add", "from": [source, env["first"]]}, env["channels"])

    return [("fit", Step(fit, expand_fit)), ("add", Step(add, expand_add))]


@st.composite
def group(draw: DrawFn, inside: bool) -> Step:
    """A list in place, whose numbers depend on what `when` leaves out."""
    inner = [(str(i), draw(st.one_of(conv(inside), simple(inside)))) for i in range(draw(st.integers(1, 3)))]
    written = {"layers": [step.written for _, step in inner]}

    def expand(flat: Flat, name: str, source: str, env: Environment) -> str:
        return run(inner, flat, name, source, env)

    return Step(written, expand)


@st.composite
def nested(draw: DrawFn) -> Nested:
    """A document with blocks and its flat expansion."""
    blocks: list[tuple[str, Scope]] = []
    written: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 3))):
        kinds = [conv(True), conv(True), simple(True), group(True)] + ([use(blocks, True)] if blocks else [])
        scope: Scope = []
        for i in range(draw(st.integers(1, 4))):
            mixed = [mix(["input", *(name for name, _ in scope)], True)] if scope else []
            scope.append((f"l{i}", draw(st.one_of(*kinds, *mixed))))
        if draw(st.booleans()):
            scope += draw(residual())
        blocks.append((f"B{number}", scope))
        written[f"B{number}"] = {
            "args": {"c": "int", "k": 3, "flag": "bool", "m": 2}, "let": {"wide": "${c + 2}"},
            "layers": {name: step.written for name, step in scope},
        }  # fmt: skip
    top: Scope = []
    for i in range(draw(st.integers(1, 6))):
        mixed = [mix(["input", *(name for name, _ in top)], False)] * 2
        top.append(
            (f"t{i}", draw(st.one_of(use(blocks, False), use(blocks, False), conv(False), simple(False), *mixed)))
        )
    top.append(
        (
            "last",
            Step(
                "Tanh",
                lambda flat, name, source, env: flat.add(name, {"type": "Tanh", "from": source}, flat.channels[source]),
            ),
        )
    )
    head = {"archspec": 1, "name": "Nested", "input": [3, 6, 6]}
    spec = {
        **head,
        "args": ARGUMENTS,
        "let": {"wider": "${2 * width if deep else width}"},
        "blocks": {**written, "Mix": MIX},
        "layers": {name: step.written for name, step in top},
    }

    def flattened(values: Mapping[str, Any]) -> dict[str, Any]:
        flat = Flat()
        run(top, flat, "x", "input", argument_values(values))
        return {**head, "layers": flat.layers}

    return Nested(spec, flattened({}), flattened)
