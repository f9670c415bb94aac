"""Arguments with names that they cannot have are called otherwise wherever they are read, and given."""

from __future__ import annotations

import pytest
from support import checked, fixed

NET = """archspec: 1
name: Net
args: {{{0}: 8, deep: 2}}
let: {{twice: "${{2 * {0}}}"}}
input: [3, 8, 8]
layers:
  a: {{type: Conv2d, out_channels: "${{{0}}}", kernel_size: 1}}
  b: {{type: Conv2d, out_channels: "${{twice + {0} * {0}}}", kernel_size: 1, when: "${{{0} > 2}}"}}
"""
BLOCK = """archspec: 1
name: Net
input: [3, 8, 8]
blocks:
  B:
    args: {{{0}: int, groups: 1}}
    layers:
      a: {{type: Conv2d, out_channels: "${{{0}}}", kernel_size: 1}}
layers:
  a: {{type: B, {0}: 8}}
  b:
    type: B
    {0}: 16
  c: {{layers: [{{type: B, {0}: 4}}]}}
"""


@pytest.mark.parametrize(("text", "name", "better"), [
    (NET, "n", "count"), (NET, "layers", "num_layers"), (NET, "i", "index"), (NET, "when", "when1"),
    (BLOCK, "n", "count"), (BLOCK, "i", "index"),
])  # fmt: skip
def test_all_readings(text: str, name: str, better: str) -> None:
    assert fixed(text.format(name)) == text.format(better)


def test_what_is_a_repeats_own_is_not_taken_for_the_argument() -> None:
    text = """archspec: 1
name: Net
args: {n: 2}
input: [3]
layers:
  a: {type: Linear, out_features: "${n + i}", repeat: 3}
"""
    (found,) = checked(text).diagnostics
    assert (found.help, found.fix) == ("call it count", None)
    how_often = text.replace('"${n + i}", repeat: 3', '4, repeat: "${n}"')
    assert fixed(how_often) == how_often.replace("{n: 2}", "{count: 2}").replace("${n}", "${count}")


def test_a_name_that_is_taken_is_not_given() -> None:
    text = NET.format("n").replace("deep", "count")
    assert fixed(text, is_unsafe=True) == text


def test_what_other_files_may_read_is_not_safe() -> None:
    text = BLOCK.format("n").partition("layers:\n  a: {type: B")[0].replace("name: Net\ninput: [3, 8, 8]\n", "")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace("n: int", "count: int").replace("${n}", "${count}")


def test_a_text_in_an_expression_is_no_name() -> None:
    text = "archspec: 1\nname: Net\nargs: {{{0}: 8, m: a}}\ninput: [3]\nlayers:\n  a: {{type: Linear, out_features: \"${{{0} if m != 'n' else 2}}\"}}\n"
    assert fixed(text.format("n")) == text.format("count")
