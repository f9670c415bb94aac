"""What the reports have as fixes, made as plain text by whoever reads them: each gives a text that parses, and names no unknown op.

The edits are made here by line and column, from the records alone, so that nothing of what makes them is trusted.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from comments import lost
from support import ROOT, checked, spec
from test_corpus import CORPUS

from archspec.checking import Result, check
from archspec.diagnostics.records import Record, record, sarif
from archspec.document.reader import read
from archspec.source import Source

CLAIM = '  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  fc: {type: Linear, in_features: "${8*5*5}", out_features: 4}\n'
FLOW = "layers: {{conv: {{type: Conv2d, out_channels: 8, kernel_size: 3}},{0}fc: {{type: Linear, in_features: {1}, out_features: 4}}}}\n"
HEAD = "archspec: 1\nname: Net\ninput: [3, 8, 8]\n"
OTHERS = {
    "an expression that stays wrong": spec(CLAIM, "[3, 8, 8]"),
    "the same over lines": spec(CLAIM.replace("{type: Linear, in_features", "\n    type: Linear\n    in_features")
                                .replace(", out_features: 4}", "\n    out_features: 4"), "[3, 8, 8]"),
    "in braces": HEAD + FLOW.format(" ", 288),
    "in braces over lines": HEAD + FLOW.format("\n  ", 288),
    "in braces, and wrong": HEAD + FLOW.format("\n  ", '"${8*5*5}"'),
    "an expression that is right": spec(CLAIM.replace("8*5*5", "8*6*6"), "[3, 8, 8]"),
    "branches that differ": spec("  a: {type: Flatten}\n  b: {type: Linear, out_features: 8}\n"
                                 "  c: {type: Conv2d, out_channels: 8, kernel_size: 3, from: input}\n  d: {type: Add, from: [b, c]}\n"),
    "a call": spec("  a: nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n  )\n"),
    "a list of layers": spec("  a:\n  - ReLU\n  - Tanh\n"),
    "an activation": spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, activation: nn.ReLU()}\n"),
}  # fmt: skip
FILES = [path for folder in ("hostile", "language") for path in (ROOT / "tests/cases/files" / folder).glob("*.yaml")]
ALL = {**CORPUS, **OTHERS, **{str(path.relative_to(path.parents[1])): path.read_text("utf-8") for path in FILES}}


def edited(text: str, regions: list[tuple[int, int, int, int, str]]) -> str:
    """The text with several of its regions replaced."""
    starts = [0, *(found.end() for found in re.finditer("\r\n|[\n\r\x85\u2028\u2029]", text))]
    for line, column, end_line, end_column, new in sorted(regions, reverse=True):
        first, last = starts[line - 1] + column - 1, starts[end_line - 1] + end_column - 1
        text = text[:first] + new + text[last:]
    return text


def of_record(fix: Record) -> list[tuple[int, int, int, int, str]]:
    return [(fix["line"], fix["column"], fix["end_line"], fix["end_column"], fix["replacement"])]


def of_sarif(fix: dict[str, Any]) -> list[tuple[int, int, int, int, str]]:
    return [
        (*(part["deletedRegion"][key] for key in ("startLine", "startColumn", "endLine", "endColumn")), part["insertedContent"]["text"])
        for part in fix["artifactChanges"][0]["replacements"]
    ]  # fmt: skip


def texts(text: str, result: Result) -> list[str]:
    """The texts that the reports' fixes make of a text."""
    fixes = [record(problem)["fix"] for problem in result.diagnostics]
    found = sarif(result.diagnostics, "1.0.0")["runs"][0]["results"]
    made = [edited(text, of_record(fix)) for fix in fixes if fix is not None]
    assert made == [edited(text, of_sarif(fix)) for entry in found for fix in entry.get("fixes", ())]
    return made


def unknown(result: Result) -> set[str]:
    """The types that are none."""
    return {problem.message for problem in result.diagnostics if problem.code == "E0104"}


@pytest.mark.parametrize("name", ALL)
def test_a_reported_fix_gives_a_text_that_parses(name: str) -> None:
    path = str(ROOT / "tests/cases/files" / name)
    before = check(path, ALL[name].encode(), has_all_fixes=True)
    for text in texts(ALL[name], before):
        after = checked(text, path)
        assert not lost(ALL[name], text)
        if before.document is not None:
            read(Source(path, text))
            assert after.document is not None
            assert unknown(after) <= unknown(before)


@pytest.mark.parametrize("name", OTHERS)
def test_each_of_the_others_has_a_fix(name: str) -> None:
    assert texts(OTHERS[name], checked(OTHERS[name]))
