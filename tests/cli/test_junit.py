"""`check --format junit`: a case a spec, whose failure is that of the check, and XML whatever a spec is called."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import spec

from archspec.cli import main

GOOD = spec("  a: ReLU\n")
WARNED = spec("  a: {type: Conv2d, out_channels: 4, kernel_size: 1}\n  b: BatchNorm2d\n")
WRONG = spec("  a: {type: Conv2d, out_channels: 4, kernel_size: 1, groups: 2}\n")


def suite(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, ElementTree.Element]:
    code = main(["check", "--format", "junit", *options])
    return code, ElementTree.fromstring(capsys.readouterr().out)


def kinds(found: ElementTree.Element) -> dict[str, list[str]]:
    return {Path(case.attrib["name"]).name: [inner.tag for inner in case] for case in found}


def test_a_case_fails_where_the_check_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("good", GOOD), ("warned", WARNED), ("wrong", WRONG)):
        (tmp_path / f"{name}.yaml").write_text(text)
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    code, found = suite(capsys, *files)
    assert code == 1
    assert kinds(found) == {"good.yaml": [], "warned.yaml": ["system-out"], "wrong.yaml": ["failure"]}
    assert (found.attrib["tests"], found.attrib["failures"], found.attrib["errors"]) == ("3", "1", "0")
    assert found.find(".//failure").attrib["message"].startswith("E0304: a has 2 groups")  # type: ignore[union-attr]
    assert "help: write bias: false" in str(found.find(".//system-out").text)  # type: ignore[union-attr]
    code, found = suite(capsys, "--strict", *files)
    assert (code, found.attrib["failures"]) == (1, "2")
    code, found = suite(capsys, "--strict", files[0])
    assert (code, found.attrib["failures"]) == (0, "0")
    code, found = suite(capsys, files[0], str(tmp_path / "none.yaml"))
    assert code == 2
    assert (kinds(found)["none.yaml"], found.attrib["errors"]) == (["error"], "1")


@pytest.mark.parametrize(
    "name", ["<b>&]]>", "\\x1b[31m", "\\ufffe", "\\uffff", "\\ud800", "日本語", "\\U0001f600", "\\x85"]
)
def test_names_are_text(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(spec(f'  "{name}": {{type: Nothing}}\n'))
    code, found = suite(capsys, str(path))
    assert code == 1
    assert [case.tag for case in found] == ["testcase"]
    assert kinds(found) == {"net.yaml": ["failure"]}
