"""The documentation is true: generated pages are fresh, YAML blocks check, links lead somewhere, figures are those of a run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, checked

import archspec
from archspec.cli import main
from archspec.document.reader import read
from archspec.document.tree import plain
from archspec.ops import registry
from archspec.source import Source

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_defaults_in_the_reference_are_those_of_the_ops() -> None:
    """Their types too, for 1 is equal to True."""
    page = (ROOT / "docs" / "reference" / "ops.md").read_text("utf-8")
    found = 0
    for name, section in re.findall(r"^### (\w+)\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL):
        op = registry.find(name)
        assert op is not None
        for key, text in re.findall(r"^\| `(\w+)` \|.*\| `(.*)` \|$", section, re.MULTILINE):
            node, _ = read(Source("default", f"[{text}]"))
            default = op.model_fields[key].default
            assert repr(plain(node)) == repr((default,)), f"{name}: {key}"
            found += 1
    assert found > 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


HAND_WRITTEN = [
    page for page in PAGES if page.name not in ("diagnostics.md", "lints.md")
]  # those two show what is wrong


def test_whole_specs_in_the_pages_check_without_a_warning() -> None:
    blocks = [
        (page, block)
        for page in HAND_WRITTEN
        for block in re.findall(r"```yaml\n(archspec: 1\b.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]
    assert {page.name for page, _ in blocks} >= {"README.md", "language.md", "tutorial.md"}
    for page, block in blocks:
        assert checked(block).diagnostics == [], page


def test_the_tutorial_selects_what_a_file_ignores(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Section 4: the ignored warnings are there for who selects them."""
    command = re.search(
        r"^archspec (check .*--select.*)$", (ROOT / "docs" / "tutorial.md").read_text("utf-8"), re.MULTILINE
    )
    assert command is not None
    monkeypatch.chdir(ROOT)
    assert main(command[1].split()) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"warning\[W1001\]: (\w+) feeds nothing, and (\w+)", printed) == [
        ("dropout1", "relu6"), ("dropout2", "relu7"),
    ]  # fmt: skip
    assert "W1002" not in printed


def test_the_readmes_first_blocks_are_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert [block.strip() for block in blocks] == [
        "pip install -e . && archspec check specs/alexnet.yaml",
        'pip install -e ".[test]" && pytest',
    ]


def test_the_python_reference_has_everything_that_is_exported() -> None:
    """With every public member of the classes that are answered."""
    page = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
    for name in archspec.__all__:
        assert f"\n### {name}\n" in page, name
    for kind in (archspec.Spec, archspec.Report, archspec.Diagram):
        for member in set(dir(kind)) - set(dir(dict)):
            if not member.startswith("_"):
                shown = f"\n#### {kind.__name__}.{member}\n", f"\n| `{member}` | "
                assert any(text in page for text in shown), f"{kind.__name__}.{member}"
