"""Sizes that are the same numbers in all cases that are looked at, and others elsewhere: the class tells them apart.

Specs of layers whose widths follow from arguments in ways that agree for a while (`width` and `min(width, 512)`, `int` and `round`
of one product), in blocks, repeats and groups; the module with other values is the one of the spec with these values.
"""

from __future__ import annotations

import inspect
import json
import os
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from archspec.alternatives import alternatives
from archspec.backends.torch import generate
from archspec.checking import check
from archspec.running.build import build
from archspec.running.verify import verify

EXAMPLES = int(os.environ.get("ARCHSPEC_GROWN", "60"))
LAWS = ["width", "width", "limited", "min(512, w)", "round(0.8 * width)", "int(0.8 * width)", "4 * w // 5", "64", "w if w > 40 else 40",
        "max(w, 24)", "rounded", "other", "2 * width", "width + other - 64", "w - w % 1"]  # fmt: skip
HEAD = {
    "archspec": 1, "name": "Alike", "input": [3, 4, 4], "args": {"width": 64, "other": 64, "times": 2, "many": False},
    "let": {"w": "${width}", "limited": "${min(w, 512)}", "rounded": "${round(0.8 * w)}"},  # no number beside an argument
}  # fmt: skip
CONV: dict[str, Any] = {"type": "Conv2d", "kernel_size": 1}
BLOCKS = {
    "Two": {"args": {"a": "int", "b": "int"}, "layers": [
        {**CONV, "out_channels": "${a}"}, "BatchNorm2d", {**CONV, "out_channels": "${b}"}, "BatchNorm2d"]},
    "Same": {"args": {"inside": "int"}, "layers": {
        "wide": {**CONV, "out_channels": "${inside}"}, "norm": "BatchNorm2d",
        "back": {**CONV, "out_channels": "${input.shape[1]}"}, "add": {"type": "Add", "from": ["back", "input"]}}},
    "Limited": {"args": {"c": "int"}, "let": {"d": "${min(c, 512)}"}, "layers": {
        "first": {**CONV, "out_channels": "${c}"}, "second": {**CONV, "out_channels": "${d}"}, "norm": "BatchNorm2d",
        "both": {"type": "Cat", "from": ["norm", "first"], "dim": 1}, "last": {**CONV, "out_channels": "${d}"}}},
    "Shallow": {"args": {"c": "int", "is_wide": "bool"}, "layers": {
        "conv": {**CONV, "out_channels": "${c}", "when": "${is_wide}"}, "norm": "BatchNorm2d",
        "fit": {**CONV, "out_channels": "${c}"}}},
}  # fmt: skip
VALUES = [{"width": width} for width in (1, 2, 5, 30, 63, 65, 90, 511, 513, 700, 1201)]
VALUES += [
    {"other": 40},
    {"width": 600, "other": 70},
    {"width": 30, "times": 4},
    {"width": 900, "many": True},
    {"times": 1},
]


@st.composite
def layer(draw: DrawFn) -> dict[str, Any] | str:
    law = st.sampled_from(LAWS).map(lambda text: f"${{{text}}}")
    times = st.sampled_from([{}, {}, {"repeat": 2}, {"repeat": "${times}"}])
    kind = draw(st.sampled_from(["conv", "conv", "norm", "Two", "Same", "Limited", "Shallow", "group"]))
    match kind:
        case "conv":
            return {**CONV, "out_channels": draw(law), **draw(times)}
        case "norm":
            return "BatchNorm2d"
        case "Two":
            return {"type": "Two", "a": draw(law), "b": draw(law), **draw(times)}
        case "Same":
            return {"type": "Same", "inside": draw(law), **draw(times)}
        case "Limited":
            return {"type": "Limited", "c": draw(law), **draw(times)}
        case "Shallow":
            return {
                "type": "Shallow",
                "c": draw(law),
                "is_wide": draw(st.sampled_from(["${many}", True])),
                **draw(times),
            }
    return {"layers": [{**CONV, "out_channels": draw(law)}, {"type": "Same", "inside": draw(law)}, "BatchNorm2d"]}


def shapes(module: torch.nn.Module) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in module.state_dict().values()]


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.lists(layer(), min_size=2, max_size=5))
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_sizes_that_agree_in_the_cases_only(layers: list[Any]) -> None:
    text = json.dumps({**HEAD, "blocks": BLOCKS, "layers": [*layers, "Flatten", {"type": "Linear", "out_features": 2}]})
    found = check("alike.json", text.encode())
    if not found.ok:  # what cannot be added for this width
        return
    assert found.facts is not None
    code = generate(found.facts, arguments=alternatives(found))
    assert verify(found.facts, code) == [], (text, code.text)
    takes = inspect.signature(type(build(code.text, code.name, device="meta")).__init__).parameters
    for values in VALUES:
        if not values.keys() <= takes.keys():
            continue
        with_values = check("alike.json", text.encode(), values)
        if not with_values.ok:
            continue
        assert with_values.facts is not None
        mine = build(code.text, code.name, arguments=values, device="meta").eval()
        other = build(generate(with_values.facts).text, "Alike", device="meta").eval()
        assert shapes(mine) == shapes(other), (values, text, code.text)
        mine(torch.empty(2, 3, 4, 4, device="meta"))
