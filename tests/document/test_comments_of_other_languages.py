"""`// …`, `/* … */` and `-- …`: said to be comments, and `--fix` writes them as YAML has them."""

from __future__ import annotations

import pytest
from support import checked, helps, spec

from archspec.fixing import fix

CONV = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}"
BLOCK = "  c:\n    type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n"


@pytest.mark.parametrize(("mark", "end"), [("//", ""), ("/*", " */"), ("--", "")])
@pytest.mark.parametrize(
    "layers",
    [
        f"  @ first activation\n{CONV}\n  a: ReLU\n",
        f"{CONV}\n  @ first activation\n  a: ReLU\n",
        f"{CONV}\n  a: ReLU\n  @ first activation\n",
        f"{CONV}\n  a: ReLU  @ first activation\n",
        f"{CONV}  @ first activation\n  a: ReLU\n",
        "  - ReLU\n  @ first activation\n  - ReLU\n",
        BLOCK.replace("8\n", "8  @ the width\n"),
    ],
)
def test_it_is_put_right(layers: str, mark: str, end: str) -> None:
    wrong = "".join(f"{line}{end if '@' in line else ''}\n" for line in layers.splitlines()).replace("@", mark)
    (found,) = checked(spec(wrong)).diagnostics
    assert found.help.startswith("comments begin with #: write # ")
    fixed = fix("a.yaml", spec(wrong).encode())
    assert (fixed.after.decode(), fixed.result.diagnostics) == (spec(layers.replace("@", "#")), [])


def test_a_comment_with_a_colon() -> None:
    assert helps(spec("  // first: one\n  a: ReLU\n"))[0] == "comments begin with #: write # first: one"


@pytest.mark.parametrize(
    "text",
    [
        "doc: a -- b\n name: x\n",
        "doc: see: a -- b\n",
        "doc: a // b\nname Net\n",
    ],
)
def test_a_text_has_such_marks_too(text: str) -> None:
    for found in checked(text).diagnostics:
        assert "comment" not in found.help + found.message


JSON = """{
  "archspec": 1,
  "name": "A",
  "doc": "see https://x.y // and /* this */",
  "input": [3, 32, 32],
  "layers": {
    "a": "ReLU",
    "b": {"type": "Tanh"}
  }
}
"""


@pytest.mark.parametrize("mark", ["// {}", "/* {} */", "/* {}\n   {} */"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('  "archspec"', '  @\n  "archspec"'),
        ('"A",', '"A",  @'),
        ('"ReLU",', '"ReLU", @'),
        ('"Tanh"}', '"Tanh"} @'),
        ("  }\n", "    @\n  }\n"),
        ("{\n", "@\n{\n"),
    ],
)
def test_json_has_none(before: str, after: str, mark: str) -> None:
    """One mistake, and its words are no part of what a comma is put behind."""
    wrong = JSON.replace(before, after.replace("@", mark.replace("{}", 'a "word", so')), 1)
    (found,) = checked(wrong, "net.json").diagnostics
    assert (found.code, found.message) == ("E0001", "JSON has no comments")
    assert fix("net.json", wrong.encode()).after.decode() == JSON


def test_several_go_at_once() -> None:
    wrong = JSON.replace('"A",', '"A", // one').replace('"ReLU",', '"ReLU", // two').replace("{\n", "// three\n{\n", 1)
    fixed = fix("net.json", wrong.encode())
    assert (fixed.after.decode(), len(fixed.made)) == (JSON, 1)


@pytest.mark.parametrize(
    "value", ["channels // 8", "channels // (2 * heads)", '"{channels // 8}"', "64 // 8", "channels // heads"]
)
@pytest.mark.parametrize("layer", ["{type: Linear, out_features: @}", "\n    type: Linear\n    out_features: @"])
def test_a_division_is_none(value: str, layer: str) -> None:
    """Nothing of a number that is divided goes into a comment."""
    text = spec(f"  a: {layer.replace('@', value)}\n", "[16]").replace(
        "input:", "args: {channels: 64, heads: 4}\ninput:"
    )
    for is_unsafe in (False, True):
        assert " # " not in fix("net.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


def test_a_word_behind_a_number_is_one() -> None:
    text = spec("  a:\n    type: Linear\n    out_features: 10  // classes\n", "[16]")
    assert "out_features: 10  # classes" in fix("net.yaml", text.encode()).after.decode()
