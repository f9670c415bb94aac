"""What the pages for newcomers tell to do can be done, and prints what they show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from page_sessions import Session, Step, is_part, is_shown, steps
from support import ROOT

DOCS = ROOT / "docs"
WHOLE = [DOCS / "tutorial.md", DOCS / "howto" / "coming_from.md"]
"""Every block of these is a step; of others only their Python is run."""
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


@pytest.mark.parametrize("page", WHOLE, ids=lambda page: page.stem)
def test_a_page_can_be_followed_to_its_end(page: Path, tmp_path: Path) -> None:
    found = steps(page)
    assert [f"{page.name}:{step.line}: {step.text}" for step in found if step.how == "unknown"] == []
    assert sum(step.shown is not None for step in found) >= 3
    if page.name == "coming_from.md":
        (tmp_path / "model.json").write_text(json.dumps(KERAS))
    do(page, found, tmp_path)


KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "digits",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 28, 28, 1]}},
            {
                "class_name": "Conv2D",
                "config": {"name": "conv", "filters": 8, "kernel_size": [3, 3], "activation": "relu"},
            },
            {"class_name": "Flatten", "config": {"name": "flatten"}},
            {"class_name": "Dense", "config": {"name": "scores", "units": 10}},
        ],
    },
}
"""What a reader who comes from Keras has."""


@pytest.mark.parametrize("page", sorted({*PAGES} - {*WHOLE}), ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """But for what a page says is not run, and why."""
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    do(page, [step for step in steps(page) if step.how in ("python", "part of")], tmp_path)


def test_the_readmes_python_is_run() -> None:
    assert [step.how for step in steps(ROOT / "README.md") if step.how in ("python", "part of")] == [
        "part of", "part of", "python",
    ]  # fmt: skip


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
