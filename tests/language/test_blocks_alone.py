"""A file of blocks by itself: what is wrong in it however it is used is told; what depends on its uses is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import SPECS, checked

WITH_BLOCKS = [
    path for path in sorted(SPECS.rglob("*.yaml")) if re.search(r"^blocks:", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("path", WITH_BLOCKS, ids=lambda path: str(path.stem))
def test_the_blocks_of_right_networks_are_right_by_themselves(path: Path) -> None:
    declared = re.search(r"^blocks:.*?(?=^\w|\Z)", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert declared is not None
    result = checked(f"archspec: 1\n{declared[0]}")
    assert result.document is not None
    assert result.document.is_library
    assert result.diagnostics == []


def test_there_are_such_networks() -> None:
    assert len(WITH_BLOCKS) > 15


def library(block: str, more: str = "") -> str:
    return f"archspec: 1\nblocks:\n  A: {block}\n{more}"


@pytest.mark.parametrize(
    ("block", "code", "said"),
    [
        ("{layers: {a: Conv2D}}", "E0104", "A.a: there is no op or block called Conv2D"),
        ("{layers: {a: {type: BatchNorm2d, epss: 3}}}", "E0103", "A.a: BatchNorm2d takes no key epss"),
        ("{layers: {a: {type: Conv2d, kernel_size: 3}}}", "E0102", "A.a: Conv2d needs out_channels"),
        ("{layers: {a: {type: Dropout, p: 3}}}", "E0105", "A.a: p takes"),
        ("{layers: {a: ReLU, b: {type: ReLU, from: c}}}", "E0201", "A.b refers to c"),
        ('{args: {k: int}, layers: {a: {type: ReLU, repeat: "${m}"}}}', "E0502", "there is no value called m here"),
        ('{args: {k: int}, layers: {a: {type: ReLU, when: "${k +}"}}}', "E0501", "A.a: the expression ends too early"),
        ("{layers: {a: A}}", "E0504", "the block A uses itself"),
        ("{outputs: {output: b}, layers: {a: ReLU}}", "E0201", "b"),
        (
            '{args: {k: int}, layers: {a: {type: Conv2d, out_channels: "${k}"}}}',
            "E0102",
            "A.a: Conv2d needs kernel_size",
        ),
        ('{args: {k: int}, layers: {a: {type: ReLU, dims: "${k}"}}}', "E0103", "A.a: ReLU takes no key dims"),
        (
            '{args: {k: int}, layers: {a: {type: Linear, out_features: "${k}", biass: true}}}',
            "E0103",
            "takes no key biass",
        ),
        ('{args: {k: int}, layers: {a: {type: Linear, out_featurs: "${k}"}}}', "E0103", "takes no key out_featurs"),
        ('{args: {k: int}, layers: {a: {type: Dropout, p: 3, inplace: "${k}"}}}', "E0105", "A.a: p takes"),
        ("{layers: {g: {layers: {a: {type: ReLU, dims: 3}}}}}", "E0103", "A.g.a: ReLU takes no key dims"),
    ],
)
def test_what_is_wrong_however_it_is_used(block: str, code: str, said: str) -> None:
    found = checked(library(block)).diagnostics
    assert [d.code for d in found] == [code]
    assert said in found[0].message


@pytest.mark.parametrize("block", [
    '{args: {k: int}, layers: {a: {type: Conv2d, out_channels: "${k}", kernel_size: 3, groups: "${k // 3}"}}}',
    '{args: {k: 0}, layers: {a: {type: Linear, out_features: "${k}"}}}',  # the default is no size, and others are
    '{args: {k: int}, layers: {a: {type: ReLU, repeat: "${k}"}, b: {type: ReLU, when: "${k > 3}"}}}',
    '{args: {rows: list}, layers: [{type: Linear, for: {c: "${rows}"}, out_features: "${c}"}]}',
    '{layers: {a: {type: Linear, out_features: "${input.shape[1] // 4}"}, b: {type: ReLU, when: "${input.shape[1] == 3}"}}}',
    "{inputs: [x, memory], layers: {a: {type: Add, from: [x, memory]}}}",
    "{layers: {a: {type: Conv2d, out_channels: 7, kernel_size: 3}, b: {type: Conv1d, out_channels: 4, kernel_size: 3}}}",
])  # fmt: skip
def test_what_depends_on_its_uses_is_not_told(block: str) -> None:
    assert checked(library(block)).diagnostics == []


def test_a_mistake_in_a_block_that_others_use_is_told_once() -> None:
    uses = "".join(f"  B{i}: {{layers: {{a: A, b: A}}}}\n" for i in range(5))
    assert [d.code for d in checked(library("{layers: {a: Conv2D}}", uses)).diagnostics] == ["E0104"]


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ("{class: {layers: {a: ReLU}}}", [("E0107", 'the block name "class" is a word of the Python language')]),
        ("", [("E0105", "blocks takes a mapping of names to blocks, not nothing")]),
        ("[]", [("E0105", "blocks takes a mapping of names to blocks, not a list")]),
        ("{}", [("E0109", "there is no block here")]),
    ],
)
def test_a_file_without_a_block_that_can_be_read(blocks: str, said: list[tuple[str, str]]) -> None:
    found = checked(f"archspec: 1\nblocks: {blocks}\n").diagnostics
    assert [(one.code, one.message) for one in found] == said
