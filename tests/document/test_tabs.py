"""Tabs in the indentation: how many spaces one stands for is tried, and said only where nothing else can be meant."""

from __future__ import annotations

import pytest

from archspec.checking import check
from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [3, 32, 32]\nlayers:\n"
CONV = "type: Conv2d\n{0}out_channels: 8\n{0}kernel_size: 3\n"


def conv(depth: str) -> str:
    return CONV.format(depth)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("    a: ReLU\n\tb: ReLU\n", "    a: ReLU\n    b: ReLU\n"),
        ("  a: ReLU\n\tb: ReLU\n", "  a: ReLU\n  b: ReLU\n"),
        ("        a: ReLU\n\tb: ReLU\n", "        a: ReLU\n        b: ReLU\n"),
        ("   a: ReLU\n\tb: ReLU\n", "   a: ReLU\n   b: ReLU\n"),
        ("    a:\n\t\t" + conv("        "), "    a:\n        " + conv("        ")),
        ("\ta:\n\t\t" + conv("\t\t"), "  a:\n    " + conv("    ")),
    ],
)
def test_the_one_depth_that_is_right(wrong: str, right: str) -> None:
    fixed = fix("a.yaml", (HEAD + wrong).encode())
    assert fixed.after.decode() == HEAD + right
    assert fixed.result.ok


def test_where_two_depths_are_right_none_is_taken() -> None:
    """The claim is of the layer or of the network, which have the same MACs."""
    text = HEAD + "  a: ReLU\nexpect:\n  layers:\n   a:\n    params: 0\n\tmacs: 0\n"
    (found,) = check("a.yaml", text.encode()).diagnostics
    assert found.fix is None or not found.fix.is_safe
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_a_tab_beside_something_else() -> None:
    text = HEAD + "    a: ReLU\n\ta: nn.ReLU\n"
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == HEAD + "    a: ReLU\n    a2: ReLU\n"


@pytest.mark.parametrize("lead", ["  \t  ", "\t    ", "    \t", " \t   "])
def test_a_tab_among_spaces_that_are_enough(lead: str) -> None:
    text = HEAD + "  a:\n    " + conv("    ").replace("    kernel_size", f"{lead}kernel_size") + "  b: ReLU\n"
    assert fix("a.yaml", text.encode()).after.decode() == text.replace(lead + "kernel", "    kernel")


@pytest.mark.parametrize("breaks", [1, 3, 5])
def test_lines_that_end_otherwise_are_read_and_stay(breaks: int) -> None:
    text = (HEAD + "  a: Linear\n  b: Conv2D\n").replace("Linear", "nn.ReLU").replace("\n", "\r\n", breaks)
    text = text.replace("b: Conv2D", "b: {type: Dropout, rate: 0.5}")
    meant = text.replace("nn.ReLU", "ReLU").replace("rate", "p")
    assert fix("a.yaml", text.encode()).after == meant.encode()
    assert fix("a.yaml", text.replace("\r\n", "\n").replace("\n", "\r\n", breaks).encode()).result.ok
