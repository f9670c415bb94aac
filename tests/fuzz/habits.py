"""Layers and lines as people write them elsewhere, in specs that were right: each is put right by safe fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from archspec.ops import registry


class Habit(NamedTuple):
    """A stretch of a text, and what is written there elsewhere."""

    start: int
    end: int
    written: str


_PATTERNS = (
    (re.compile(r"(?P<before>\{[^{}\n]*\w: -?[0-9]+)\.(?P<after>[0-9]+(?:, [^{}\n]*)?\})"), r"\g<before>,\g<after>"),
    (
        re.compile(r"(?P<before>\n +\w+: )\{type: (?P<type>[A-Z]\w+), (?P<after>[^{}\n]*\})"),
        r"\g<before>\g<type>: {\g<after>",
    ),
    (
        re.compile(r"(?P<before>\n +\w+:)(?P<apart>\n +)type: (?P<type>[A-Z]\w+)(?=(?P=apart)\w+: )"),
        r"\g<before> \g<type>",
    ),
    (re.compile(r"(?P<before>\n +- )type: (?P<type>[A-Z]\w+)(?=\n +(?!- )\w+: )"), r"\g<before>\g<type>"),
)
"""A comma for a point in braces, the type before its keys, or above them."""
_LAYER = re.compile(r"\{type: (?P<type>[A-Z]\w+)(?P<keys>(?:, \w+: (?:\[[\w, .-]*\]|[\w.-]+))+)\}")
_KEY = re.compile(r", (\w+): (\[[\w, .-]*\]|[\w.-]+)")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|true|false|\[-?[0-9]+(?:, -?[0-9]+)*\]")
_KERAS = {
    "Conv1d": ("Conv1D", {"out_channels": "filters", "stride": "strides", "dilation": "dilation_rate", "bias": "use_bias"}),
    "Conv2d": ("Conv2D", {"out_channels": "filters", "stride": "strides", "dilation": "dilation_rate", "bias": "use_bias"}),
    "Linear": ("Dense", {"out_features": "units", "bias": "use_bias"}),
    "MaxPool2d": ("MaxPooling2D", {"kernel_size": "pool_size", "stride": "strides"}),
    "AvgPool2d": ("AveragePooling2D", {"kernel_size": "pool_size", "stride": "strides"}),
    "Cat": ("concatenate", {}), "Mul": ("Multiply", {}), "Sub": ("Subtract", {}),
    "LocalResponseNorm": ("LRN", {"size": "local_size"}), "Dropout": ("Dropout", {"p": "rate"}), "LSTM": ("LSTM", {"hidden_size": "units"}),
}  # fmt: skip
"""What Keras calls an op and its keys, where that is the same."""
_NOTHING = ("", ", data_format: channels_first", ", kernel_regularizer: null", ", bias_constraint: null")
"""Keys that say what is so here anyway."""
_JOINS = ("Add", "Mul", "Cat", "Sub", "Stack", "Maximum", "Minimum")
_NAMED = re.compile(r"\nlayers:\n(?P<layers>(?:  \w+: (?:[A-Z]\w+|\{[^\n]*\}|#[^\n]*)(?: *#[^\n]*)?\n)+)(?=\S|\Z)")
_BELOW = re.compile(r"\nlayers:\n(?P<layers>(?:  (?:- |\w+: )(?:[A-Z]\w+|\{type: [A-Z][^{}\n]*\})\n)+)(?=\S|\Z)")
_LAYER_LINE = re.compile(
    r"  (?:- |(?P<name>\w+): )(?:(?P<kind>[A-Z]\w+)|\{type: (?P<type>[A-Z]\w+)(?P<keys>(?:, \w+: (?:\[[\w, .-]*\]|[\w.-]+))*)\})"
)
_LINE = re.compile(r"(?<=\n) {2,}(?=\w+: (?:\S.*)?\n)")


def habit(text: str, random: Random) -> str | None:
    """A text with one stretch of it as it is written elsewhere; None where none can be."""
    ways = (
        _matched(text),
        _called(text, random),
        _pasted(text, random),
        _keras(text, random),
        _inputs(text),
        _named(text),
        _tabbed(text),
    )
    kinds = [*map(list, ways)]
    kinds = [found for found in kinds if found]
    if not kinds:
        return None
    made = random.choice(random.choice(kinds))
    return text[: made.start] + made.written + text[made.end :]


def _matched(text: str) -> Iterator[Habit]:
    for pattern, meant in _PATTERNS:
        for found in pattern.finditer(text):
            is_op = registry.find(found.groupdict().get("type") or "ReLU") is not None
            if "$" not in found[0] and is_op:
                yield Habit(found.start(), found.end(), found.expand(meant))


def _layers(text: str) -> Iterator[tuple[re.Match[str], list[tuple[str, str]]]]:
    for found in _LAYER.finditer(text):
        if registry.find(found["type"]) is not None:
            yield found, _KEY.findall(found["keys"])


def _called(text: str, random: Random) -> Iterator[Habit]:
    """Code in braces: the type with some of its arguments, beside the other keys."""
    for found, keys in _layers(text):
        op = registry.find(found["type"])
        fields = op.model_fields if op is not None else {}
        first = next(
            (i for i, (key, value) in enumerate(keys) if key not in fields or not _NUMBER.fullmatch(value)), len(keys)
        )
        needed = sum(1 for name, info in fields.items() if info.is_required())
        if first < max(needed, 1):
            continue
        given = ", ".join(f"{key}={_python(value)}" for key, value in keys[:first])
        rest = "".join(f", {key}: {value}" for key, value in keys[first:])
        module = random.choice(("nn.", "", "torch.nn."))
        yield Habit(found.start(), found.end(), f"{{type: {module}{found['type']}({given}){rest}}}")


def _pasted(text: str, random: Random) -> Iterator[Habit]:
    """All layers as they stand in a `nn.Sequential`, a call a line, or in its `OrderedDict`."""
    for found in _BELOW.finditer(text):
        lines = [_code(line) for line in found["layers"].splitlines()]
        if all(lines):
            comma = random.choice((",", "")) if not lines[0].startswith("(") else ","
            code = [f"  {line}{comma}" for line in lines]
            rows = random.choice(
                (code, ["  nn.Sequential(", *(f"  {line},".replace(",,", ",") for line in code), "  )"])
            )
            yield Habit(found.start("layers"), found.end("layers"), "\n".join(rows) + "\n")


def _code(line: str) -> str:
    """The call that makes a layer, with its name; nothing where code has it otherwise."""
    found = _LAYER_LINE.fullmatch(line)
    name, kind = (found["name"], found["kind"] or found["type"]) if found is not None else (None, "")
    op = registry.find(kind)
    keys = _KEY.findall(found["keys"] or "") if found is not None else []
    if op is None or not all(key in op.model_fields and _NUMBER.fullmatch(value) for key, value in keys):
        return ""
    call = f"nn.{kind}({', '.join(f'{key}={_python(value)}' for key, value in keys)})"
    return f"('{name}', {call})" if name else call


def _python(value: str) -> str:
    if value.startswith("["):
        return f"({value[1:-1]}{'' if ',' in value else ','})"
    return value.capitalize()


def _keras(text: str, random: Random) -> Iterator[Habit]:
    for found, keys in _layers(text):
        kind, names = _KERAS.get(found["type"], ("", {}))
        if kind:
            written = "".join(f", {names.get(key, key)}: {value}" for key, value in keys)
            alias = kind.replace("Pooling", "Pool").replace("Average", "Avg")
            yield Habit(
                found.start(),
                found.end(),
                f"{{type: {random.choice((kind, alias))}{written}{random.choice(_NOTHING)}}}",
            )


def _inputs(text: str) -> Iterator[Habit]:
    for found, keys in _layers(text):
        if found["type"] in _JOINS and "from" in dict(keys):
            yield Habit(found.start(), found.end(), found[0].replace(", from: ", ", inputs: "))


def _named(text: str) -> Iterator[Habit]:
    """A list of layers that have names."""
    found = _NAMED.search(text)
    if found is not None:
        lines = [f"  - {line[2:]}" for line in found["layers"].splitlines(keepends=True)]
        yield Habit(found.start("layers"), found.end("layers"), "".join(lines))


def _tabbed(text: str) -> Iterator[Habit]:
    """A tab among the spaces of a line."""
    for found in _LINE.finditer(text) if not re.search(r": *[|>][+-]?\n", text) else ():
        yield Habit(found.start() + 1, found.start() + 1, "\t")
