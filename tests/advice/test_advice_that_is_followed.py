"""What is said of code that has no fix gives, where it is done as it is said, a spec of which nothing of the kind is told."""

from __future__ import annotations

import re

import pytest
from support import checked, helps, spec

ABOVE = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  d: {type: Conv2d, out_channels: 8, kernel_size: 3, from: input}\n"
SAID = re.compile(
    r"write (?:a group: )?(?P<layer>.+?)(?:, and (?P<below>.+) below it)?(?:, without .*)?(?:; .*)?, with args: \{(?P<args>.*)\} above"
)
NAMES = ["n", "i", "width", "layers", "input", "repeat", "c", "lambda_", "type", "from_", "True_", "d"]


def _followed(text: str, line: str) -> str:
    """The text in which its one help is done, with 3 for each argument."""
    (help,) = helps(text)
    said = SAID.fullmatch(help)
    assert said is not None, help
    below = f"\n  below: {said['below']}" if said["below"] else ""
    args = said["args"].replace("…", "3")
    return text.replace(line, said["layer"] + below).replace("layers:\n", f"args: {{{args}}}\nlayers:\n", 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", [
    "nn.Conv2d(8, {}, 3)", "nn.Conv2d(8, 4, {}, padding={})", "nn.Conv2d(8, {}, 3)(c)", "F.max_pool2d(c, {})", "c.relu().sum({})",
    "layers.Conv2D({}, 3, activation='relu')", "nn.Sequential(nn.Conv2d(8, {}, 3), nn.ReLU())", "layers.Dense({})(inputs)",
])  # fmt: skip
def test_a_name_that_stands_for_a_value(call: str, name: str) -> None:
    line = call.replace("{}", name)
    text = spec(f"{ABOVE}  r: {line}\n")
    after = checked(_followed(text, line)).diagnostics
    assert [found.message for found in after if found.severity == "error"] == []


@pytest.mark.parametrize("name", ["n", "width"])
def test_two_names_and_one_that_is_there(name: str) -> None:
    line = f"nn.Conv2d(8, {name}, k, {name})"
    text = spec(f"{ABOVE}  r: {line}\n")
    own = "count" if name == "n" else name
    assert helps(text) == [
        f'write {{type: Conv2d, in_channels: 8, out_channels: "${{{own}}}", kernel_size: "${{k}}", stride: "${{{own}}}"}}, '
        f"with args: {{{own}: …, k: …}} above"
    ]


def test_in_a_block_the_argument_is_the_blocks() -> None:
    block = "blocks:\n  B:\n    layers:\n      c: nn.Conv2d(3, n, 3)\n"
    text = f"archspec: 1\nname: Net\ninput: [3, 32, 32]\n{block}layers:\n  b: B\n"
    (help,) = helps(text)
    said = SAID.fullmatch(help)
    assert said is not None
    after = text.replace("nn.Conv2d(3, n, 3)", said["layer"]).replace(
        "  B:\n", f"  B:\n    args: {{{said['args'].replace('…', '3')}}}\n"
    )
    assert [found.message for found in checked(after).diagnostics if found.severity == "error"] == []
