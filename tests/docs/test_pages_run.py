"""What the README, the tutorial and the how-tos tell to do can be done, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_sessions import Session, Step, is_part, is_shown, steps
from readers import HAVE
from support import ROOT

import archspec

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted((DOCS / "howto").glob("*.md")), DOCS / "tutorial.md"]


def do(page: Path, found: list[Step], folder: Path) -> None:
    session = Session(folder)
    for step in found:
        if step.how == "not run":
            continue
        printed = session.do(step)
        if step.how == "part of":
            assert is_part(step.text, printed), f"{page.name}:{step.line}: not in this:\n{printed}"
        if step.shown is not None and not is_shown(step.shown, printed):
            assert printed == step.shown, f"{page.name}:{step.line}"


def is_whole_spec(step: Step) -> bool:
    """Which tests/test_docs.py checks."""
    return step.how == "unknown" and step.text.startswith("archspec: 1\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_can_be_followed_to_its_end(page: Path, tmp_path: Path) -> None:
    """In an empty folder, but for what its reader has: the repository's specs where the page speaks of them, and files of his own."""
    found = [step for step in steps(page) if not is_whole_spec(step)]
    assert [f"{page.name}:{step.line}: {step.text}" for step in found if step.how == "unknown"] == []
    if page.stem in HAVE:
        (tmp_path / "specs").symlink_to(ROOT / "specs")
        HAVE[page.stem](tmp_path)
    do(page, found, tmp_path)
    for name in {step.what for step in found if step.how in ("file", "add to") and step.what.endswith(".yaml")}:
        archspec.load(tmp_path / name)  # what the page has built is right in the end


def test_pages_are_not_left_out() -> None:
    """A block that is not run says why; most blocks are run."""
    every = [step for page in PAGES for step in steps(page)]
    left_out = [step for step in every if step.how == "not run"]
    assert all(len(step.what.split()) > 2 for step in left_out)
    assert len(left_out) < len(every) / 8
    assert sum(step.shown is not None for step in every) >= 20


@pytest.mark.parametrize(("shown", "printed", "is_right"), [
    ("a\n…\nd\n", "a\nb\nc\nd\n", True), ("a\n…\nd\n", "a\nd\n", True), ("a\n", "a\nb\n", False), ("…\na", "b\na\n", True),
    ("a\n…\nd\n", "b\na\nd\n", False), ("a.c", "abc", False), ("a\n\nb", "a\n\nb\n", True), ("a …", "a b", False),
])  # fmt: skip
def test_only_whole_lines_are_left_out(shown: str, printed: str, is_right: bool) -> None:
    assert is_shown(shown, printed) is is_right


def test_a_part_keeps_its_order() -> None:
    assert is_part("b\n...\nd", "a\nb\nc\nd\ne\n")
    assert not is_part("b\nd", "a\nb\nc\nd\ne\n")
    assert not is_part("d\n...\nb", "a\nb\nc\nd\ne\n")


PAGE = """
<!-- file: net.yaml -->
```yaml
archspec: 1
```

```sh
archspec check net.yaml
```

says

```text
…
```

```text
who said that?
```

| there | here |
|---|---|
| `archspec there` | `archspec ops`, `archspec.load("a")`, `archspec.toml`, `report.layers` |

<!-- not run: needs your model -->
```python
model.fit()
```
"""


def test_each_block_of_a_page_is_a_step(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert [(step.how, step.text.strip(), step.shown) for step in steps(page)] == [
        ("file", "archspec: 1", None), ("sh", "archspec check net.yaml", "…\n"), ("unknown", "who said that?", None),
        ("sh", "archspec ops", None), ("expressions", 'archspec.load("a")', None), ("expressions", "report.layers", None),
        ("not run", "model.fit()", None),
    ]  # fmt: skip


def test_what_is_not_shown_truly_is_told(tmp_path: Path) -> None:
    for shown in ("wrong", "", "…\nwrong"):
        folder = tmp_path / str(len(shown))
        folder.mkdir()
        with pytest.raises(AssertionError):
            do(tmp_path, [Step("sh", "echo right", 1, shown=shown)], folder)
    with pytest.raises(AssertionError, match="exit 2"):
        do(tmp_path, [Step("sh", "exit 2", 1, shown="…")], tmp_path)
