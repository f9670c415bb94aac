"""The key `archspec` in other letters, with another value, or by another name: one error, with a change that puts it right."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import checked, fixed, inside

REST = "\nname: N\ninput: [3, 8, 8]\nlayers:\n  a: ReLU\n"
MESSAGE = "the spec does not say which version of the language it is written in"
SAFE = ["Archspec: 1", "ARCHSPEC: 1", "ARCHSPEC : 1", 'Archspec: "1"', "ArchSpec: 1.0", "arch-spec: 1", "Arch_Spec: '1'",
        "archspc: 1", '"Archspec": 1']  # fmt: skip
UNSAFE = ["version: 1", "Archspec: one", 'version: "1.0"', "Archspec: [1]", "Archspec:"]


@pytest.mark.parametrize("line", [*SAFE, *UNSAFE])
def test_it_is_one_error_with_a_change(line: str) -> None:
    (found,) = checked(line + REST).diagnostics
    assert (found.code, found.message) == ("E0102", MESSAGE)
    assert (found.label, found.help) == ("did you mean archspec?", "write archspec: 1")
    if line == "Archspec: [1]":
        assert found.fix is None
        return
    assert found.fix is not None
    assert found.fix.is_safe == (line in SAFE)
    assert checked(fixed(line + REST, is_unsafe=line in UNSAFE)).ok


def test_whatever_else_is_wrong() -> None:
    text = "Archspec: 1\ninput: [3, 8, 8]\nlayers:\n  a: RelU\n"
    assert [found.help for found in checked(text).diagnostics] == [
        "write archspec: 1", "add name: Spec, as the file is called; it becomes the class's name", "write ReLU",
    ]  # fmt: skip
    assert fixed(text).startswith("archspec: 1\n")


def test_as_json() -> None:
    text = '{"Archspec": "1", "name": "N", "input": [3], "layers": {"a": "ReLU"}}'
    assert fixed(text) == text.replace('"Archspec": "1"', '"archspec": 1')


def test_the_last_key() -> None:
    text = f"{REST.lstrip()}Archspec: 1\n"
    assert checked(fixed(text)).ok


@pytest.mark.parametrize(
    ("line", "code", "help"),
    [
        ("ArchSpec: 2", "E0101", "this archspec reads version 1; a newer one may read this spec"),
        ("version: 3", "E0102", "begin with the line archspec: 1"),
        ("versions: 1", "E0102", "begin with the line archspec: 1"),
    ],
)
def test_another_version(line: str, code: str, help: str) -> None:
    found = checked(line + REST).diagnostics
    assert (found[0].code, found[0].help) == (code, help)


def test_of_a_file_of_blocks(tmp_path: Path) -> None:
    blocks = "Archspec: 1\nblocks: {B: {layers: {a: ReLU}}}\n"
    (found,) = checked(blocks).diagnostics
    assert found.help == "write archspec: 1"
    (tmp_path / "b.yaml").write_text(blocks)
    with inside(tmp_path):
        found = checked("archspec: 1" + REST.replace("layers:", "import: [b.yaml]\nlayers:")).diagnostics[0]
        assert (found.code, found.help, found.span.text()) == ("E0101", "write archspec: 1", "Archspec")
