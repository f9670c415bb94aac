"""A key that is written twice with one value is safely written once, and a layer that is written twice is two; excerpts point at
the right character after tabs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, spec

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.text import render
from archspec.fixing import fix
from archspec.source import Source, Span


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (spec("  a: {type: Dropout, p: 0.3, p: 0.3}\n"), spec("  a: {type: Dropout, p: 0.3}\n")),
        (
            spec("  a: {type: Dropout, p: 0.3, p: 0.3, inplace: false}\n"),
            spec("  a: {type: Dropout, p: 0.3, inplace: false}\n"),
        ),
        (
            spec("  a: ReLU\n", "[3]", "expect: {layers: {a: {params: 0}, a: {params: 0}}}\n"),
            spec("  a: ReLU\n", "[3]", "expect: {layers: {a: {params: 0}}}\n"),
        ),
        (spec("  - {type: Dropout, p: 0.3, p: 0.3}\n"), spec("  - {type: Dropout, p: 0.3}\n")),
        (spec("  a: ReLU\n") + "name: Example\n", spec("  a: ReLU\n")),
        (spec("  a: ReLU\n") + "input: [3, 32, 32]", spec("  a: ReLU\n").rstrip()),
    ],
)
def test_the_same_twice(text: str, right: str) -> None:
    fixed = fix("a.yaml", text.encode())
    assert [problem.code for problem in fixed.made] == ["E0004"]
    assert fixed.after.decode() == right


@pytest.mark.parametrize(
    "layers", ["  a: {type: Dropout, p: 0.3, p: 0.4}\n", "  a: {type: Flatten, start_dim: 1, start_dim: true}\n",
               "  a: {type: Dropout, p: 0.3,\n    p: 0.3}\n", "  - {a: ReLU, a: ReLU}\n",
               "  a:\n  type: ReLU\n  b:\n  type: ReLU\n  b:\n  type: ReLU\n"]
)  # fmt: skip
def test_what_is_not_sure_to_be_the_same_stays(layers: str) -> None:
    text = spec(layers)
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text
    assert "E0004" in [d.code for d in checked(text).diagnostics]


BLOCK = "blocks: {B: {layers: {a: {layers: {c: ReLU, t: Tanh, c: ReLU}}}}}\n"


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        (spec("  relu: ReLU\n  b: Tanh\n  relu: ReLU\n  c: Tanh\n  relu: ReLU # why\n"), {7: "relu2", 9: "relu3"}),
        (spec("  relu1: ReLU\n  relu2: Tanh\n  relu1: ReLU\n  relu3: Tanh\n"), {7: "relu4"}),
        (spec("  a: Tanh\n  b: ReLU\n  a: {type: Linear, out_features: 4}\n  c: {type: Linear, in_features: 4, out_features: 1, bias: no}\n"),
         {7: "a2"}),
    ],
)  # fmt: skip
def test_a_layer_written_again_is_another_layer(text: str, renamed: dict[int, str]) -> None:
    lines = text.split("\n")
    for number, name in renamed.items():
        lines[number - 1] = f"  {name}:" + lines[number - 1].partition(":")[2]
    right = "\n".join(lines).replace("bias: no", "bias: false")
    assert fix("a.yaml", text.encode()).after.decode() == right
    assert {d.code for d in checked(text).diagnostics} <= {"E0004", "E0105"}, "the network has both"


def test_in_blocks_and_groups_too() -> None:
    text = BLOCK + spec("  g: {layers: {r: ReLU, t: Tanh, r: ReLU}}\n  b: B\n")
    after = fix("a.yaml", text.encode()).after.decode()
    assert after == text.replace(", c: ReLU}", ", c2: ReLU}").replace(", r: ReLU}", ", r2: ReLU}")


@pytest.mark.parametrize(
    "text",
    [
        spec("  a: ReLU\n  b: Tanh\n  a: ReLU\n  d: {type: Add, from: [a, b]}\n"),
        spec("  a: ReLU\n  b: Tanh\n  a: ReLU\n", "[3, 32, 32]", "expect: {layers: {a: {params: 0}}}\n"),
        spec("  a: ReLU\n  b: Tanh\n  a: ReLU\n", "[3, 32, 32]", "outputs: {y: a}\n"),
        spec("  a: ReLU\n  b: Tanh\n  a: ReLU\n  d: {type: Flatten, start_dim: '${len(a.shape) - 3}'}\n"),
        spec("  a: ReLU\n  a: Tanh\n"),  # the second is perhaps in place of the first
        spec("  a: ReLU\n  a: ReLU\n"),  # or the same line pasted again
    ],
)
def test_which_of_two_is_meant_is_not_sure(text: str) -> None:
    assert fix("a.yaml", text.encode()).after.decode() == text
    first, second = text.rsplit("  a: ", 1)
    result = checked(text)
    found = next(d for d in result.diagnostics if d.code == "E0004")
    assert found.fix is not None
    assert not found.fix.is_safe
    assert apply(result.source, found.fix.edits) == f"{first}  a2: {second}"


@given(st.text(alphabet="\t ab", max_size=30), st.text(alphabet="\tab", max_size=10))
def test_the_caret_stands_under_its_character(before: str, after: str) -> None:
    source = Source("a.yaml", f"{before}X{after}")
    column = len(before) + 1
    found = Diagnostic("E0001", "wrong", Span(source, 1, column, 1, column + 1), label="here")
    lines = render([found]).split("\n")
    shown, marked = lines[3], lines[4]
    assert shown.index("X") == marked.index("^")
    assert "\t" not in shown


IN_LINES = "  a:\n    type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n"


@pytest.mark.parametrize("more", ["", "    c:\n    type: ReLU\n    d:\n    type: ReLU\n"])
def test_a_layer_under_another_is_moved_and_loses_nothing(more: str) -> None:
    inner = "    b:\n    type: Conv2d\n    out_channels: 16\n    kernel_size: 3\n" + more
    text = spec(IN_LINES + inner + "  last: {type: Tanh, from: b}\n")
    found = checked(text).diagnostics
    assert [(problem.code, problem.message) for problem in found] == [
        ("E0004", f"{name} stands under a, with keys that a has") for name in ("bcd" if more else "b")
    ]
    assert found[0].help == "indent it by 2, like a"
    right = text.replace("    b:", "  b:").replace("    c:", "  c:").replace("    d:", "  d:")
    assert fix("a.yaml", text.encode()).after.decode() == right


def test_nothing_is_taken_out_below_a_key_that_stands_there_alone() -> None:
    text = spec(
        "  - type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n    b:\n    type: Conv2d\n    kernel_size: 3\n"
    )
    assert fix("a.yaml", text.encode()).after.decode() == text
