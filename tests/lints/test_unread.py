"""W1021: arguments that nothing reads, where they may be read, and what takes them out."""

from __future__ import annotations

import pytest
from support import checked, fixed

from archspec.checking import check
from archspec.fixing import fix

HEAD = "archspec: 1\nname: Net\nargs: {width: 8, other: 3}\n"
LAYER = 'layers:\n  a: {type: Conv2d, out_channels: "${width}", kernel_size: 3}\n'
BLOCK = 'blocks:\n  B: {args: {k: 3, other: 1}, layers: {c: {type: Conv2d, out_channels: 8, kernel_size: "${k}"}}}\n'


def unread(text: str) -> list[str]:
    return [found.message for found in checked(text).diagnostics if found.code == "W1021"]


@pytest.mark.parametrize("more", [
    "input: [\"${other}\", 32, 32]\n" + LAYER,
    "inputs: {input: {shape: [\"${other}\", 32, 32]}}\n" + LAYER,
    "input: [3, 32, 32]\nlet: {twice: \"${2 * other}\"}\n" + LAYER,
    "input: [3, 32, 32]\n" + LAYER + "  b: {type: ReLU, when: \"${other > 2}\"}\n",
    "input: [3, 32, 32]\n" + LAYER + "  b: {type: ReLU, repeat: \"${other}\"}\n",
    "input: [3, 32, 32]\n" + LAYER + "  b: {for: {x: \"${[i for i in range(other)]}\"}, type: ReLU}\n",
    "input: [3, 32, 32]\n" + LAYER + "  b: {type: ReLU, as: \"relu${i + other}\", repeat: 2}\n",
    "input: [3, 32, 32]\n" + LAYER + "  g: {layers: {b: {let: {p: \"${other}\"}, layers: [ReLU]}}}\n",
    "input: [3, 32, 32]\n" + LAYER + "expect: {output: [8, 30, \"${10 * other}\"]}\n",
    "input: [3, 32, 32]\n" + LAYER + "expect: [{when: \"${other == 3}\", params: 224}]\n",
    "input: [3, 32, 32]\n" + LAYER + "budget: {params: {max: \"${other * 1000}\"}}\n",
    "input: [3, 32, 32]\n" + LAYER + "  b: {type: Conv2d, out_channels: 2, kernel_size: 1, tie: {bias: \"${'' if other else 'a.bias'}\"}}\n",
])  # fmt: skip
def test_where_an_argument_may_be_read(more: str) -> None:
    assert unread(HEAD + more) == []


def test_an_argument_that_nothing_reads() -> None:
    """A block has names of its own, and what it calls alike is another."""
    text = f"{HEAD}input: [3, 32, 32]\n{BLOCK}{LAYER}  b: {{type: B, k: 1}}\n"
    assert unread(text) == ["nothing reads the argument other", "nothing reads B's argument other"]
    told = text.replace("other: 3", "other: 3, also: 2")
    assert unread(told) == [
        "nothing reads the argument other",
        "nothing reads the argument also",
        "nothing reads B's argument other",
    ]
    passed = text.replace("k: 1}", 'k: 1, other: "${other}"}')
    assert unread(passed) == ["nothing reads B's argument other"]
    assert (
        unread(text.replace("  b: {type: B, k: 1}\n", "  # other\n  b: ReLU\n"))[0]
        == "nothing reads the argument other"
    )


def test_a_text_that_has_the_name_reads_nothing() -> None:
    text = f"{HEAD}input: [3, 32, 32]\n{LAYER}  other: {{type: ReLU, doc: other}}\n"
    assert unread(text) == ["nothing reads the argument other"]


def test_what_several_blocks_have_in_common_is_theirs() -> None:
    """Either may stand there, so each takes what the use gives."""
    block = BLOCK + BLOCK.removeprefix("blocks:\n").replace("B:", "C:").replace(
        'kernel_size: "${k}"', 'kernel_size: "${k + other - 1}"'
    )
    use = "  b: {type: \"${'B' if other == 3 else 'C'}\", k: 1, other: 1}\n"
    assert unread(f"{HEAD}input: [3, 32, 32]\n{block}{LAYER}{use}") == []


@pytest.mark.parametrize(("before", "after"), [
    ("args: {width: 8, other: 3}\n", "args: {width: 8}\n"),
    ("args:\n  width: 8  # of all\n  other: 3\n", "args:\n  width: 8  # of all\n"),
])  # fmt: skip
def test_it_is_taken_out_where_that_is_asked(before: str, after: str) -> None:
    rest = f"input: [3, 32, 32]\n{LAYER}"
    head = HEAD.partition("args")[0]
    assert fixed(head + before + rest) == head + before + rest  # what it was meant for is not known
    assert fixed(head + before + rest, is_unsafe=True) == head + after + rest


def test_a_block_s_argument_is_taken_out_where_no_use_gives_it() -> None:
    rest = f"input: [3, 32, 32]\n{BLOCK}{LAYER}"
    text = f"{HEAD.replace(', other: 3', '')}{rest}  b: {{type: B, k: 1}}\n"
    assert fixed(text, is_unsafe=True) == text.replace(", other: 1", "")
    used = f"{text}  c: {{type: B, other: 2}}\n"  # the block forgets it
    assert fixed(used, is_unsafe=True) == used


def test_one_that_is_set_is_not_taken_out() -> None:
    """The value would find no argument any more."""
    text = f"{HEAD}input: [3, 32, 32]\n{LAYER}".encode()
    found = check("net.yaml", text, {"other": 4}, has_all_fixes=True)
    assert [(one.code, one.fix) for one in found.diagnostics] == [("W1021", None)]
    assert fix("net.yaml", text, {"other": 4}, is_unsafe=True).after == text
