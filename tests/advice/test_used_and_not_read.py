"""W1001 of a layer that another one uses, which cannot just be taken out."""

from __future__ import annotations

import pytest
from support import fixed, spec, told

CONV = "type: Conv2d, out_channels: 3, kernel_size: 3"


def test_it_is_written_where_it_is_used() -> None:
    text = spec(f"  stem: {{{CONV}}}  # its own\n  a: {{type: ReLU, from: input}}\n  b: {{use: stem, from: a}}\n")
    assert told(text) == [
        ("W1001", "stem feeds nothing, and b uses it", "let a read it (from: stem), or write it in place of b")
    ]
    assert fixed(text, is_unsafe=True) == spec(
        f"  # its own\n  a: {{type: ReLU, from: input}}\n  b: {{{CONV}, from: a}}\n"
    )


@pytest.mark.parametrize(("stem", "use", "help"), [
    ("{layers: [ReLU, Tanh]}", "use: stem", "let a read it (from: stem), or write it in place of b"),
    (f"{{{CONV}}}", f"{CONV}, tie: {{weight: stem.weight}}",
     "let a read it (from: stem), or let b have its own, and take it out"),
])  # fmt: skip
def test_nobody_is_told_to_take_out_what_others_need(stem: str, use: str, help: str) -> None:
    text = spec(f"  stem: {stem}\n  a: {{type: ReLU, from: input}}\n  b: {{{use}, from: a}}\n")
    assert [found[2] for found in told(text)] == [help]


def test_what_two_use_stays() -> None:
    users = "".join(f"  b{i}: {{use: stem, from: {source}}}\n" for i, source in enumerate(("a", "b0")))
    text = spec(f"  stem: {{{CONV}}}\n  a: {{type: ReLU, from: input}}\n{users}")
    assert "write stem in place" not in "".join(found[2] for found in told(text))
    assert "  stem: " in fixed(text, is_unsafe=True)


def test_what_nobody_uses_is_taken_out() -> None:
    text = spec(f"  stem: {{{CONV}}}\n  a: {{type: ReLU, from: input}}\n")
    assert fixed(text, is_unsafe=True) == spec("  a: {type: ReLU, from: input}\n")
