"""Fixes of a text that is full of comments: what goes is the key, and its line where nothing else is on it."""

from __future__ import annotations

import pytest
from support import checked

from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [3, 32, 32]\nlayers:\n"
LAYER = "  conv1:   # one\n    type: Conv2d\n"
CASES = {
    "a line of its own below": (
        LAYER + "    activation: linear\n    # 16, as in the paper\n    out_channels: 16\n    kernel_size: 3\n",
        LAYER + "    # 16, as in the paper\n    out_channels: 16\n    kernel_size: 3\n",
    ),
    "behind the value above": (
        LAYER + "    out_channels: 16\n    kernel_size: 3   # keep\n    activation: linear\n",
        LAYER + "    out_channels: 16\n    kernel_size: 3   # keep\n",
    ),
    "behind the key itself": (
        LAYER + "    activation: linear   # none\n    out_channels: 16\n    kernel_size: 3\n",
        LAYER + "    # none\n    out_channels: 16\n    kernel_size: 3\n",
    ),
    "the first key of an item": (
        "  - activation: linear   # none\n    # a convolution\n    type: Conv2d\n    out_channels: 16\n    kernel_size: 3\n",
        "  - # none\n    # a convolution\n    type: Conv2d\n    out_channels: 16\n    kernel_size: 3\n",
    ),
    "the last in braces": (
        "  a: {\n    type: Conv2d, out_channels: 16,   # 16\n    kernel_size: 3,   # 3\n    activation: linear   # none\n  }\n",
        "  a: {\n    type: Conv2d, out_channels: 16,   # 16\n    kernel_size: 3   # 3\n    # none\n  }\n",
    ),
    "the last in braces, which close behind it": (
        "  a: {\n    type: Conv2d, out_channels: 16, kernel_size: 3,   # 3\n    activation: linear}   # none\n",
        "  a: {\n    type: Conv2d, out_channels: 16, kernel_size: 3   # 3\n    }   # none\n",
    ),
    "the last in braces, before a comma": (
        "  a: {\n    type: Conv2d, out_channels: 16, kernel_size: 3,   # 3\n    activation: linear,\n  }\n",
        "  a: {\n    type: Conv2d, out_channels: 16, kernel_size: 3,   # 3\n  }\n",
    ),
    "another in braces": (
        "  a: {type: Conv2d, activation: linear,   # none\n    out_channels: 16, kernel_size: 3}\n",
        "  a: {type: Conv2d, # none\n    out_channels: 16, kernel_size: 3}\n",
    ),
    "a type as a key": (
        "  conv1:   # one\n    Conv2d:   # two\n      # three\n      out_channels: 16   # four\n      kernel_size: 3\n",
        "  conv1:   # one\n    type: Conv2d   # two\n    # three\n    out_channels: 16   # four\n    kernel_size: 3\n",
    ),
    "a brace that is closed in a comment": (
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 3, # of 3}\n  b: ReLU\n",
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 3} # of 3}\n  b: ReLU\n",
    ),
    "a container's type": (
        "  a:\n    type: Sequential   # of torch\n    layers:   # two\n    - ReLU\n",
        "  a:\n    # of torch\n    layers:   # two\n    - ReLU\n",
    ),
    "an activation that becomes a layer": (
        LAYER + "    out_channels: 16\n    kernel_size: 3   # keep\n    activation: relu   # rectified\n  # below\n  b: ReLU\n",
        LAYER + "    out_channels: 16\n    kernel_size: 3   # keep\n  relu1: ReLU   # rectified\n  # below\n  b: ReLU\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_comments_stay_where_they_are(name: str, end: str) -> None:
    written, right = (f"{HEAD}{layers}".replace("\n", end) for layers in CASES[name])
    assert not checked(written).ok
    found = fix("spec.yaml", written.encode(), None, True)
    assert found.after.decode() == right
    assert found.result.ok


def test_a_text_that_is_put_into_quotes_keeps_its_comment_outside() -> None:
    text = f"title: LeNet: the first   # of many\n{HEAD}  a: ReLU\n"
    assert fix("spec.yaml", text.encode()).after.decode().startswith('title: "LeNet: the first"   # of many\n')


def test_a_change_that_would_lose_a_comment_is_not_made() -> None:
    text = f"{HEAD}  a: nn.Sequential(\n    nn.ReLU(),   # rectified\n    nn.Tanh(),\n  )\n"
    found = fix("spec.yaml", text.encode(), None, True)
    assert (found.after.decode(), found.result.ok) == (text, False)


def test_a_fix_that_puts_quotes_into_a_moved_line_of_a_text_is_no_safe_one() -> None:
    text = "archspec: 1\nname: A\ndoc: |\n  The first line\nof it: `archspec check` reads it.\n  The last.\ninput: [3, 8, 8]\nlayers: {a: ReLU}\n"
    assert fix("spec.yaml", text.encode()).after.decode() == text
