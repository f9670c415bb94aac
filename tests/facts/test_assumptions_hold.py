"""Every condition on a symbol is listed: sizes that meet all of them check, sizes that break one are refused."""

from __future__ import annotations

import json
import random
from math import floor
from typing import Any

import pytest
from support import checked, spec

from archspec.checking import check


def chain(seed: int) -> dict[str, Any]:
    pick = random.Random(seed)

    def layer() -> dict[str, Any]:
        kernel = pick.randint(1, 9)
        return pick.choice([
            {"type": "Conv1d", "out_channels": 4, "kernel_size": kernel, "stride": pick.randint(1, 3), "padding": pick.randint(0, 2)},
            {"type": "Conv1d", "out_channels": 4, "kernel_size": kernel, "padding": pick.randint(1, 4),
             "padding_mode": pick.choice(["reflect", "circular", "replicate"])},
            {"type": "MaxPool1d", "kernel_size": kernel, "ceil_mode": pick.random() < 0.5},
            {"type": "AvgPool1d", "kernel_size": kernel, "stride": pick.randint(1, 3), "padding": kernel // 2},
            {"type": "ConvTranspose1d", "out_channels": 4, "kernel_size": pick.randint(1, 3), "stride": 2, "padding": pick.randint(0, 3)},
            {"type": "ReflectionPad1d", "padding": pick.randint(1, 4)}, {"type": "CircularPad1d", "padding": pick.randint(1, 4)},
            {"type": "ZeroPad1d", "padding": [-pick.randint(0, 3), -pick.randint(0, 3)]},
            {"type": "Slice", "dim": 2, "start": pick.randint(0, 4)}, {"type": "Slice", "dim": 2, "stop": -pick.randint(1, 4)},
            {"type": "Select", "dim": 2, "index": pick.randint(-4, 4)}, {"type": "Pad", "padding": [-2, 1]},
            {"type": "Pad", "padding": [3, 3], "mode": "reflect"}, {"type": "Upsample", "scale_factor": 2},
            {"type": "UnfoldDim", "dimension": 2, "size": kernel, "step": 2}, {"type": "Reshape", "shape": [2, -1]},
            {"type": "Reshape", "shape": [8, 2, -1]},
        ])  # fmt: skip

    layers = {f"a{i}": layer() for i in range(pick.randint(1, 4))}
    if pick.random() < 0.3:
        layers["add"] = {"type": "Add", "from": [list(layers)[-1], "input"]}
    return {"archspec": 1, "name": "Net", "input": [4, "L"], "layers": layers}


def holds(statement: str, size: int) -> bool:
    text = statement.replace(" = ", " == ").replace("^", "**")
    return bool(eval(text, {"__builtins__": {}}, {"L": size, "floor": floor}))


@pytest.mark.parametrize("start", range(0, 400, 50))
def test_what_is_assumed_is_what_check_asks_of_a_number(start: int) -> None:
    for seed in range(start, start + 50):
        document = json.dumps(chain(seed)).encode()
        result = check("net.json", document)
        if not result.ok or result.facts is None:
            continue
        statements = result.facts.assumptions
        bounds = [statement for statement in statements if " = " not in statement]
        for size in (*range(1, 24), 40, 64):
            is_fine = check("net.json", document, values={"L": size}).ok
            if all(holds(statement, size) for statement in statements):
                assert is_fine, (seed, size, statements, document)
            # Sizes that are not equal may still be broadcast, where one is 1: another network, but one that runs.
            elif "add" not in chain(seed)["layers"] or not all(holds(statement, size) for statement in bounds):
                assert not is_fine, (seed, size, statements, document)


@pytest.mark.parametrize(("layers", "expected"), [
    ("  c: {type: Conv1d, out_channels: 4, kernel_size: 10}\n", ["L >= 10"]),
    ("  c: {type: Conv1d, out_channels: 4, kernel_size: 3}\n  d: {type: MaxPool1d, kernel_size: 3}\n", ["L >= 5"]),
    ("  c: {type: Conv1d, out_channels: 4, kernel_size: 1, padding: 2, padding_mode: reflect}\n", ["L >= 3"]),
    ("  c: {type: CircularPad1d, padding: 4}\n", ["L >= 4"]), ("  c: {type: ZeroPad1d, padding: -2}\n", ["L >= 5"]),
])  # fmt: skip
def test_conditions(layers: str, expected: list[str]) -> None:
    """By hand."""
    result = checked(spec(layers, "[4, L]"))
    assert result.facts is not None
    assert result.facts.assumptions == expected
