"""Receptive fields whose axes differ: one is seen as a whole, another through a window."""

from __future__ import annotations

import json

import pytest
from support import checked

from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table

HEAD = "archspec: 1\nname: Example\ninput: [1, 32, 100]\nlayers:\n  conv: {type: Conv2d, out_channels: 4, kernel_size: KERNEL}\n"


@pytest.mark.parametrize(("kernel", "layer", "size", "shown"), [
    ("[32, 3]", "{type: Squeeze, dim: 2}", [32, 3], "32×3"), ("3", "{type: Mean, dim: 2}", ["all", 3], "all×3"),
    ("3", "{type: Mean, dim: [2, 3]}", ["all", "all"], "all"), ("3", "{type: Select, dim: 2, index: 0}", [3, 3], "3"),
    ("[32, 100]", "Flatten", [32, 100], "32×100"), ("3", "Flatten", [3, 3], "3"),
    ("3", "{type: Reshape, shape: [-1, 7]}", None, "?"),
])  # fmt: skip
def test_each_axis_says_what_it_sees(kernel: str, layer: str, size: list[object] | None, shown: str) -> None:
    result = checked(HEAD.replace("KERNEL", kernel) + f"  last: {layer}\n")
    assert result.facts is not None
    found = json.loads(json.dumps(report("spec.yaml", None, result.facts, result.diagnostics)))["layers"][-1]
    assert (found["receptive_field"] and found["receptive_field"]["size"]) == size
    row = next(line for line in table(result.facts, Options()).splitlines() if line.startswith("last"))
    assert shown in row.split()
