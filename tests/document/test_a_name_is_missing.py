"""A spec without a name is told its file's, where that can be a class's."""

from __future__ import annotations

import pytest
from support import spec

from archspec.fixing import fix

TEXT = spec("  a: ReLU\n").replace("name: Example\n", "")


@pytest.mark.parametrize(("path", "name"), [
    ("le_net-5.yaml", "LeNet5"), ("specs/tiny.yml", "Tiny"), ("ResNet.yaml", "ResNet"), ("a b.yaml", "AB"),
])  # fmt: skip
def test_the_file_is_called_so(path: str, name: str) -> None:
    fixed = fix(path, TEXT.encode())
    assert fixed.after.decode() == TEXT.replace("archspec: 1\n", f"archspec: 1\nname: {name}\n")
    assert not fixed.result.diagnostics


@pytest.mark.parametrize("path", ["<stdin>", "5.yaml", "-.yaml", "größe.yaml", "none.yaml", ""])
def test_what_can_be_no_name_is_not_offered(path: str) -> None:
    made = fix(path, TEXT.encode())
    assert made.after.decode() == TEXT
    assert [found.help for found in made.result.diagnostics] == ["add name: MyNet; it becomes the class's name"]
