"""Changes of a place that stands for several layers; that help says so."""

from __future__ import annotations

import pytest
from support import checked, spec

BLOCK = """blocks:
  B:
    args: {c: int, s: 1}
    layers:
      conv: {type: Conv2d, out_channels: "${c}", kernel_size: 3, stride: "${s}", padding: 1}
      add: {type: Add, from: [conv, input]}
"""
SHORTCUT = 'put {type: Conv2d, out_channels: "${c}", kernel_size: 1, stride: "${s}"} between input and'


def error(text: str) -> str:
    return next(found for found in checked(text).diagnostics if found.severity == "error").help


@pytest.mark.parametrize(
    ("layers", "help"),
    [
        ("  a: {type: B, c: 3}\n  b: {type: B, c: 6, s: 2}\n", f"{SHORTCUT} b.add, in all 2 uses of B"),
        ("  a: {type: B, c: 3, repeat: 30}\n  b: {type: B, c: 6, s: 2}\n", f"{SHORTCUT} b.add, in all 31 uses of B"),
        ("  b: {type: B, c: 6, s: 2}\n", f"{SHORTCUT} b.add"),
    ],
)
def test_uses_of_a_block(layers: str, help: str) -> None:
    assert error(BLOCK + spec(layers, "[3, 8, 8]")) == help


def test_a_place_that_is_named_with_its_block() -> None:
    skip = '      skip: {type: Conv2d, out_channels: "${c}", kernel_size: 1, from: input}\n'
    block = BLOCK.replace("      add:", f"{skip}      add:").replace("[conv, input]", "[conv, skip]")
    text = block + spec("  a: {type: B, c: 3, s: 2}\n  b: {type: B, c: 6, s: 2}\n", "[3, 8, 8]")
    assert error(text) == 'write stride: "${s}" in skip, in all 2 uses of B'


def test_steps_of_a_repeat() -> None:
    group = (
        '  s:\n    repeat: 3\n    layers:\n      a: {type: Conv2d, out_channels: "${6 * (i + 1)}", kernel_size: 1}\n'
    )
    text = spec(f"{group}      add: {{type: Add, from: [a, input]}}\n", "[3, 8, 8]")
    assert error(text).endswith("s.0.add, in all 3 steps of s")


def test_what_is_wrong_in_all_uses_needs_no_such_words() -> None:
    text = BLOCK.replace("kernel_size", "kernel") + spec("  a: {type: B, c: 3}\n  b: {type: B, c: 3}\n", "[3, 8, 8]")
    assert "uses of" not in error(text)
